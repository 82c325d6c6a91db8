//! Photos: decoded, turned upright, and written anew. What is not picture (place, camera, comments, whatever was hung on) is not in what
//! is written, since only pixels are.

use std::{
    fs::File,
    io::{BufReader, Read, Seek},
};

use bytes::Bytes;
use domain::petition::MediaType;
use image::{
    DynamicImage, ExtendedColorType, ImageDecoder, ImageEncoder, Limits, Rgb, RgbImage,
    codecs::{
        jpeg::{JpegDecoder, JpegEncoder},
        png::{PngDecoder, PngEncoder},
        webp::WebPDecoder,
    },
    metadata::Orientation,
};
use persistence::Taken;

use super::{evidence, unusable::Unusable};

/// The longest edge of the larger preview: a phone's screen. Pixels.
const LARGE: u32 = 1280;
/// The longest edge of the smaller preview: a row of a list. Pixels.
const SMALL: u32 = 320;
const QUALITY: u8 = 85;
const PREVIEW_QUALITY: u8 = 78;

/// What a photo is made into.
pub struct Developed {
    /// JPEG, or PNG where the picture came as one.
    pub media_type: MediaType,
    /// The picture, upright.
    pub full: Bytes,
    /// The larger preview, JPEG.
    pub large: Bytes,
    /// The smaller preview, JPEG.
    pub small: Bytes,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// What it said of itself.
    pub taken: Taken,
}

/// What a picture may be.
#[derive(Debug, Clone, Copy)]
pub struct Frame {
    /// The most pixels, millions.
    pub megapixels: u32,
    /// The longest edge that is kept, pixels.
    pub edge: u32,
}

/// How many bytes of memory it takes to work on a picture of that file: by what its head says, decoding nothing. A decoder may hold the
/// file, the picture as it is stored, and the one that is turned.
///
/// # Errors
/// [`Unusable::TooManyPixels`], or [`Unusable::Damaged`] where the head cannot be read.
pub fn memory(file: &File, kind: MediaType, size: u64, frame: Frame) -> Result<u64, Unusable> {
    let decoder = decoder(file, kind)?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels > u64::from(frame.megapixels) * 1_000_000 {
        return Err(Unusable::TooManyPixels(frame.megapixels));
    }
    let twice = decoder.total_bytes().saturating_add(pixels.saturating_mul(4));
    Ok(size.saturating_mul(2).saturating_add(twice))
}

/// Makes of a file what is handed out.
///
/// # Errors
/// [`Unusable::Damaged`] where it does not decode to its end.
pub fn develop(file: &File, kind: MediaType, frame: Frame) -> Result<Developed, Unusable> {
    if kind == MediaType::Jpeg {
        complete_jpeg(file)?;
    }
    let mut decoder = decoder(file, kind)?;
    let (width, height) = decoder.dimensions();
    let mut limits = Limits::default();
    limits.max_image_width = Some(width);
    limits.max_image_height = Some(height);
    // Beside the picture itself decoders have tables and lines; what they unpack more than that is not for the picture.
    limits.max_alloc = Some(decoder.total_bytes().saturating_mul(2).saturating_add(64 * 1024 * 1024));
    decoder.set_limits(limits)?;
    let taken = decoder.exif_metadata().ok().flatten().map(|block| evidence::taken(&block)).unwrap_or_default();
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let decoded = DynamicImage::from_decoder(decoder)?;
    // Sixteen bits, grey and palettes become what every phone shows alike.
    let decoded = if decoded.color().has_alpha() {
        DynamicImage::ImageRgba8(decoded.into_rgba8())
    } else {
        DynamicImage::ImageRgb8(decoded.into_rgb8())
    };
    let mut picture = within(decoded, frame.edge);
    picture.apply_orientation(orientation);
    let large = flat(&picture.thumbnail(LARGE.min(picture.width()), LARGE.min(picture.height())));
    let small = DynamicImage::ImageRgb8(large.clone()).thumbnail(SMALL.min(large.width()), SMALL.min(large.height()));
    let (width, height) = (picture.width(), picture.height());
    let keeps_png = kind == MediaType::Png || picture.color().has_alpha();
    let (media_type, full) =
        if keeps_png { (MediaType::Png, png(&picture)?) } else { (MediaType::Jpeg, jpeg(&flat(&picture), QUALITY)?) };
    let (large, small) = (jpeg(&large, PREVIEW_QUALITY)?, jpeg(&flat(&small), PREVIEW_QUALITY)?);
    Ok(Developed { media_type, full, large, small, width, height, taken })
}

fn decoder(file: &File, kind: MediaType) -> Result<Box<dyn ImageDecoder>, Unusable> {
    let mut reader = BufReader::new(file.try_clone()?);
    reader.rewind()?;
    Ok(match kind {
        MediaType::Jpeg => Box::new(JpegDecoder::new(reader)?),
        MediaType::Png => Box::new(PngDecoder::new(reader)?),
        MediaType::Webp => Box::new(WebPDecoder::new(reader)?),
        MediaType::Pdf | MediaType::Mp4 => return Err(Unusable::UnknownKind),
    })
}

/// The picture, made smaller where an edge is too long.
fn within(picture: DynamicImage, edge: u32) -> DynamicImage {
    if picture.width().max(picture.height()) <= edge { picture } else { picture.thumbnail(edge, edge) }
}

/// The picture on white.
fn flat(picture: &DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.to_rgb8();
    }
    let mut flat = RgbImage::new(picture.width(), picture.height());
    for (onto, pixel) in flat.pixels_mut().zip(picture.to_rgba8().pixels()) {
        let [red, green, blue, alpha] = pixel.0;
        let over = |colour: u8| {
            let mixed = (u32::from(colour) * u32::from(alpha) + 255 * (255 - u32::from(alpha))) / 255;
            u8::try_from(mixed).unwrap_or(u8::MAX)
        };
        *onto = Rgb([over(red), over(green), over(blue)]);
    }
    flat
}

fn jpeg(picture: &RgbImage, quality: u8) -> Result<Bytes, Unusable> {
    let mut written = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut written, quality);
    encoder
        .write_image(picture, picture.width(), picture.height(), ExtendedColorType::Rgb8)
        .map_err(|error| Unusable::Failed(error.to_string()))?;
    Ok(written.into())
}

fn png(picture: &DynamicImage) -> Result<Bytes, Unusable> {
    let mut written = Vec::new();
    picture.write_with_encoder(PngEncoder::new(&mut written)).map_err(|error| Unusable::Failed(error.to_string()))?;
    Ok(written.into())
}

/// A JPEG has its end (T.81, annex B): decoders paint the rest of one that was cut off in grey, and an officer would take that for the
/// photo. What follows the end is not looked at: cameras hang all kinds of things on, and none of it is kept.
fn complete_jpeg(file: &File) -> Result<(), Unusable> {
    let mut reader = BufReader::new(file.try_clone()?);
    reader.rewind()?;
    let next = |reader: &mut BufReader<File>| -> Result<u8, Unusable> {
        let mut byte = [0];
        reader.read_exact(&mut byte)?;
        let [byte] = byte;
        Ok(byte)
    };
    let mut in_scan = false;
    loop {
        let mut byte = next(&mut reader)?;
        if byte != 0xFF {
            if in_scan {
                continue;
            }
            return Err(Unusable::damaged("no marker where one must be"));
        }
        while byte == 0xFF {
            byte = next(&mut reader)?;
        }
        match byte {
            0xD9 => return Ok(()),
            // Stuffing and restarts within a scan; the start; a marker without a length.
            0x00 | 0xD0..=0xD8 | 0x01 => {}
            marker => {
                let length = u16::from_be_bytes([next(&mut reader)?, next(&mut reader)?]);
                let rest =
                    length.checked_sub(2).ok_or_else(|| Unusable::damaged("a segment without its own length"))?;
                reader.seek_relative(i64::from(rest))?;
                in_scan = marker == 0xDA;
            }
        }
    }
}

#[cfg(test)]
mod tests;
