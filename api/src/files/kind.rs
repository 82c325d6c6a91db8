//! What a file is, by its first bytes: never by its name or by what its sender says.

use domain::petition::MediaType;

use super::unusable::{MB, Unusable};
use crate::settings::FileSettings;

/// How many first bytes it takes to tell.
pub const HEAD: usize = 16;

/// Brands of ISO base media files that are MP4 videos; others are audio, QuickTime, or pictures (HEIC, AVIF).
const BRANDS: [&[u8; 4]; 13] = [
    b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"3gp4", b"3gp5", b"3gp6",
];

/// What it is; whether it is that all through is for those to say who decode it.
///
/// # Errors
/// [`Unusable::UnknownKind`].
pub fn kind(head: &[u8]) -> Result<MediaType, Unusable> {
    let at = |from: usize, bytes: &[u8]| head.get(from..from + bytes.len()) == Some(bytes);
    if at(0, b"\xFF\xD8\xFF") {
        Ok(MediaType::Jpeg)
    } else if at(0, b"\x89PNG\r\n\x1A\n") {
        Ok(MediaType::Png)
    } else if at(0, b"RIFF") && at(8, b"WEBP") {
        Ok(MediaType::Webp)
    } else if at(0, b"%PDF-") {
        Ok(MediaType::Pdf)
    } else if at(4, b"ftyp") && BRANDS.iter().any(|brand| at(8, *brand)) {
        Ok(MediaType::Mp4)
    } else {
        Err(Unusable::UnknownKind)
    }
}

/// The most megabytes of a file of that kind.
pub fn most_mb(kind: MediaType, settings: &FileSettings) -> u64 {
    match kind {
        MediaType::Jpeg | MediaType::Png | MediaType::Webp => settings.photo_max_mb,
        MediaType::Pdf => settings.document_max_mb,
        MediaType::Mp4 => settings.video_max_mb,
    }
}

/// The most bytes of any file.
pub fn most_bytes(settings: &FileSettings) -> u64 {
    MediaType::ALL.iter().map(|kind| most_mb(*kind, settings)).max().unwrap_or_default() * MB
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_it_begins_with() {
        for (head, expected) in [
            (&b"\xFF\xD8\xFF\xE0\0\x10JFIF"[..], Ok(MediaType::Jpeg)),
            (b"\x89PNG\r\n\x1A\n\0\0\0\rIHDR", Ok(MediaType::Png)),
            (b"RIFF\x10\0\0\0WEBPVP8 ", Ok(MediaType::Webp)),
            (b"%PDF-1.7\n", Ok(MediaType::Pdf)),
            (b"\0\0\0\x18ftypmp42", Ok(MediaType::Mp4)),
            (b"\0\0\0\x18ftypheic", Err(Unusable::UnknownKind)),
            (b"\0\0\0\x14ftypqt  ", Err(Unusable::UnknownKind)),
            (b"RIFF\x10\0\0\0WAVEfmt ", Err(Unusable::UnknownKind)),
            (b"<svg xmlns=\"http", Err(Unusable::UnknownKind)),
            (b"\x7FELF\x02\x01\x01", Err(Unusable::UnknownKind)),
            (b"MZ\x90\0", Err(Unusable::UnknownKind)),
            (b"PK\x03\x04", Err(Unusable::UnknownKind)),
            (b"\xFF\xD8", Err(Unusable::UnknownKind)),
            (b"", Err(Unusable::UnknownKind)),
        ] {
            assert_eq!(kind(head), expected, "{head:?}");
        }
    }
}
