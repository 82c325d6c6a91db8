//! A small MP4, box by box, as a phone might write it: with its place, its camera's name, and a track of GPS samples. The end-to-end tests
//! include this file too.

/// A box.
pub fn boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len() + 8).unwrap();
    [&length.to_be_bytes(), kind.as_slice(), content].concat()
}

fn full(kind: &[u8; 4], numbers: &[u32]) -> Vec<u8> {
    let numbers: Vec<u8> = numbers.iter().flat_map(|number| number.to_be_bytes()).collect();
    boxed(kind, &[&[0; 4], numbers.as_slice()].concat())
}

/// What a sample of the picture is filled with.
pub const PICTURE: &[u8] = b"PICTURE-SAMPLE..";
/// What a sample of the GPS track is filled with.
pub const GPS: &[u8] = b"GPS:21.1875,106.0838,SECRET-TRACK";
/// The name of the camera.
pub const CAMERA: &[u8] = b"SecretCam 3000";

fn track(handler: &[u8; 4], codec: &[u8; 4], sample: u32, at: u32) -> Vec<u8> {
    let hdlr = boxed(b"hdlr", &[&[0; 8], handler.as_slice(), &[0; 12], CAMERA, b"\0"].concat());
    let mut entry = vec![0; 78];
    entry[42..42 + CAMERA.len()].copy_from_slice(CAMERA);
    let stsd = boxed(b"stsd", &[[0, 0, 0, 0, 0, 0, 0, 1].as_slice(), &boxed(codec, &entry)].concat());
    let table = [
        stsd,
        full(b"stts", &[1, 1, 1000]),
        full(b"stsc", &[1, 1, 1, 1]),
        full(b"stsz", &[0, 1, sample]),
        full(b"stco", &[1, at]),
    ]
    .concat();
    let minf = boxed(b"minf", &[boxed(b"dinf", &full(b"dref", &[0])), boxed(b"stbl", &table)].concat());
    let mdia = boxed(b"mdia", &[full(b"mdhd", &[3_000_000_000, 3_000_000_000, 1000, 1000, 0]), hdlr, minf].concat());
    boxed(b"trak", &[full(b"tkhd", &[3_000_000_000, 3_000_000_000, 1]), mdia].concat())
}

/// The whole file; of so many seconds, with so much picture.
pub fn mp4(seconds: u32, picture: usize) -> Vec<u8> {
    let ftyp = boxed(b"ftyp", b"isom\0\0\x02\0isomavc1mp41");
    let place = boxed(b"udta", &boxed(b"\xA9xyz", b"\0\x12\x15\xC7+21.1875+106.0838/"));
    // Seconds since 1904: 2022-08-31 08:30 in Việt Nam.
    let created = 3_744_754_200;
    let moov = |media: u32| {
        let video = track(b"vide", b"avc1", u32::try_from(picture).unwrap(), media);
        let gps = track(b"meta", b"gpmd", u32::try_from(GPS.len()).unwrap(), media + u32::try_from(picture).unwrap());
        boxed(b"moov", &[full(b"mvhd", &[created, created, 1000, seconds * 1000]), video, gps, place.clone()].concat())
    };
    let uuid = boxed(b"uuid", b"0123456789abcdef<x:xmpmeta>SECRET-XMP</x:xmpmeta>");
    let before = ftyp.len() + moov(0).len() + uuid.len() + 8;
    let samples: Vec<u8> = PICTURE.iter().copied().cycle().take(picture).chain(GPS.iter().copied()).collect();
    [ftyp, moov(u32::try_from(before).unwrap()), uuid, boxed(b"mdat", &samples)].concat()
}
