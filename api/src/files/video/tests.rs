use std::io::Write;

use domain::time::Instant;

use super::{
    sample::{CAMERA, GPS, PICTURE, boxed, mp4},
    *,
};

fn cleaned(content: &[u8]) -> (Result<Taken, Unusable>, Vec<u8>) {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(content).unwrap();
    let taken = clean(&mut file, u64::try_from(content.len()).unwrap(), 120);
    let mut after = Vec::new();
    file.rewind().unwrap();
    file.read_to_end(&mut after).unwrap();
    (taken, after)
}

fn has(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|window| window == what)
}

#[test]
fn what_is_no_picture_or_sound_is_made_void_in_its_place() {
    let video = mp4(10, 4_096);
    for secret in [CAMERA, GPS, b"+21.1875", b"SECRET-XMP"] {
        assert!(has(&video, secret));
    }
    let (taken, after) = cleaned(&video);
    let taken = taken.unwrap();
    assert_eq!(taken.at, Some(Instant::parse("2022-08-31T08:30:00+07:00").unwrap()));
    assert_eq!(taken.place, Some(Point::from_degrees(21.1875, 106.0838).unwrap()));
    for secret in [CAMERA, GPS, b"+21.1875", b"SECRET-XMP", b"gpmd", b"udta"] {
        assert!(!has(&after, secret), "{}", String::from_utf8_lossy(secret));
    }
    assert_eq!(after.len(), video.len());
    let picture: Vec<u8> = PICTURE.iter().copied().cycle().take(4_096).collect();
    let at = |bytes: &[u8]| bytes.windows(picture.len()).position(|window| window == picture);
    assert_eq!(at(&after), at(&video), "the picture is where its table says");
    let (again, twice) = cleaned(&after);
    assert_eq!(again.unwrap(), Taken::default());
    assert_eq!(twice, after);
}

#[test]
fn what_is_no_whole_video_is_refused() {
    let video = mp4(10, 64);
    assert_eq!(cleaned(&mp4(121, 64)).0, Err(Unusable::TooLong(120)));
    let pieces = [boxed(b"ftyp", b"isom\0\0\0\0"), boxed(b"moof", b"")].concat();
    let no_description = [boxed(b"ftyp", b"isom\0\0\0\0"), boxed(b"mdat", b"abc")].concat();
    let beyond = {
        // The samples are gone, the table that names them is not.
        let at = video.windows(4).position(|window| window == b"mdat").unwrap() - 4;
        video[..at].to_vec()
    };
    for damaged in [&pieces, &no_description, &beyond, &video[..video.len() - 5].to_vec(), &video[..200].to_vec()] {
        assert!(matches!(cleaned(damaged).0, Err(Unusable::Damaged(_))), "{}", damaged.len());
    }
}

#[test]
fn no_damage_makes_it_panic_or_take_for_ever() {
    let video = mp4(10, 64);
    for at in 0..video.len() - 64 {
        for byte in [0x00, 0x01, 0x7F, 0xFF] {
            let mut damaged = video.clone();
            damaged[at] = byte;
            let (_, after) = cleaned(&damaged);
            assert_eq!(after.len(), video.len(), "byte {at}");
        }
    }
    for end in 0..video.len() {
        let _refused = cleaned(&video[..end]).0.is_err();
    }
}
