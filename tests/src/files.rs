//! Photos, videos and documents to send, made when they are needed; and how they are sent.

#[path = "../../api/src/files/video/sample.rs"]
mod sample;

use std::io::Cursor;

use exif::{Field, In, Rational, Tag, Value, experimental::Writer};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use reqwest::Method;

pub use sample::{CAMERA, GPS, mp4};

use crate::{Person, Reply};

/// A picture, red on its left half and blue on its right.
pub fn picture(width: u32, height: u32) -> DynamicImage {
    DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, |x, _| {
        if x < width / 2 { Rgb([220, 10, 10]) } else { Rgb([10, 10, 220]) }
    }))
}

/// A picture in a format.
pub fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut content = Cursor::new(Vec::new());
    picture.write_to(&mut content, format).unwrap();
    content.into_inner()
}

/// A small JPEG.
pub fn jpeg() -> Vec<u8> {
    encoded(&picture(64, 48), ImageFormat::Jpeg)
}

/// Where and how a camera was held.
pub struct Shot {
    /// Degrees, north and east.
    pub place: Option<(f64, f64)>,
    /// `2022:08:31 08:30:00`.
    pub at: &'static str,
    /// The orientation of Exif, 1 to 8.
    pub orientation: u16,
}

/// A JPEG as a phone writes one: with Exif that has a place, a time, a camera's name and an owner.
pub fn phone_photo(picture: &DynamicImage, shot: &Shot) -> Vec<u8> {
    let text =
        |tag, text: &str| Field { tag, ifd_num: In::PRIMARY, value: Value::Ascii(vec![text.as_bytes().to_vec()]) };
    let degrees = |tag, degrees: f64| {
        let micro = u32::try_from((degrees * 1e6).round() as i64).unwrap();
        let whole = |number| Rational { num: number, denom: 1 };
        let parts = vec![Rational { num: micro, denom: 1_000_000 }, whole(0), whole(0)];
        Field { tag, ifd_num: In::PRIMARY, value: Value::Rational(parts) }
    };
    let mut fields = vec![
        text(Tag::Make, "SecretCam"),
        text(Tag::Artist, "Secret Owner"),
        text(Tag::DateTimeOriginal, shot.at),
        Field { tag: Tag::Orientation, ifd_num: In::PRIMARY, value: Value::Short(vec![shot.orientation]) },
    ];
    if let Some((lat, lon)) = shot.place {
        fields.extend([
            text(Tag::GPSLatitudeRef, "N"),
            degrees(Tag::GPSLatitude, lat),
            text(Tag::GPSLongitudeRef, "E"),
            degrees(Tag::GPSLongitude, lon),
        ]);
    }
    let mut writer = Writer::new();
    fields.iter().for_each(|field| writer.push_field(field));
    let mut block = Cursor::new(Vec::new());
    writer.write(&mut block, false).unwrap();
    with_exif(&encoded(picture, ImageFormat::Jpeg), block.get_ref())
}

/// A JPEG with a block of Exif.
pub fn with_exif(jpeg: &[u8], block: &[u8]) -> Vec<u8> {
    let length = u16::try_from(block.len() + 8).unwrap();
    let segment = [&[0xFF, 0xE1], length.to_be_bytes().as_slice(), b"Exif\0\0", block].concat();
    [&jpeg[..2], segment.as_slice(), &jpeg[2..]].concat()
}

/// A PDF of one empty page.
pub fn pdf() -> Vec<u8> {
    let objects = "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n\
                   3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>endobj\n";
    let at = objects.len();
    format!("{objects}xref\n0 1\n0000000000 65535 f \ntrailer<</Size 4/Root 1 0 R>>\nstartxref\n{at}\n%%EOF\n")
        .into_bytes()
}

const BOUNDARY: &str = "----ranh-gioi-thu";

/// A form of files, each by its field and its name.
pub fn form(files: &[(&str, &str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (field, name, content) in files {
        body.extend(
            format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\
                 Content-Type: image/jpeg\r\n\r\n"
            )
            .into_bytes(),
        );
        body.extend_from_slice(content);
        body.extend(b"\r\n");
    }
    body.extend(format!("--{BOUNDARY}--\r\n").into_bytes());
    body
}

/// The content type of such a form.
pub fn form_type() -> String {
    format!("multipart/form-data; boundary={BOUNDARY}")
}

impl Person<'_> {
    /// Sends a form, whatever comes of it.
    pub async fn sends_form(&self, body: Vec<u8>) -> Reply {
        let request = self.request(Method::POST, "uploads").header("content-type", form_type());
        Reply::read(request.body(body).send().await.unwrap()).await
    }

    /// Sends a file as a photo, whatever it is and whatever comes of it.
    pub async fn sends_file(&self, content: &[u8]) -> Reply {
        self.sends_form(form(&[("file", "anh.jpg", content)])).await
    }

    /// Sends a file that must be taken; its id.
    pub async fn uploads(&self, content: &[u8]) -> String {
        self.sends_file(content).await.expect(201)["id"].as_str().unwrap().to_owned()
    }
}

/// Whether the bytes are somewhere in the content.
pub fn contains(content: &[u8], bytes: &[u8]) -> bool {
    content.windows(bytes.len()).any(|window| window == bytes)
}
