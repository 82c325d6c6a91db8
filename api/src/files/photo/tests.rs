use std::io::Write;

use image::{ImageFormat, Rgba, RgbaImage};

use super::*;

const FRAME: Frame = Frame { megapixels: 10, edge: 1_000 };

fn file(content: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(content).unwrap();
    file
}

/// Wide, red on the left and blue on the right.
fn picture(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, _| if x < width / 2 { Rgb([255, 0, 0]) } else { Rgb([0, 0, 255]) })
}

fn written(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut content = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut content, format).unwrap();
    content.into_inner()
}

fn reads(content: &[u8]) -> DynamicImage {
    image::load_from_memory(content).unwrap()
}

#[test]
fn every_kind_is_written_anew_with_two_previews() {
    let opaque = DynamicImage::ImageRgb8(picture(1_600, 400));
    let clear = DynamicImage::ImageRgba8(RgbaImage::from_pixel(400, 200, Rgba([9, 9, 9, 0])));
    for (content, kind, made, size) in [
        (written(&opaque, ImageFormat::Jpeg), MediaType::Jpeg, MediaType::Jpeg, (1_000, 250)),
        (written(&opaque, ImageFormat::Png), MediaType::Png, MediaType::Png, (1_000, 250)),
        (written(&opaque, ImageFormat::WebP), MediaType::Webp, MediaType::Jpeg, (1_000, 250)),
        (written(&clear, ImageFormat::WebP), MediaType::Webp, MediaType::Png, (400, 200)),
        (written(&opaque.grayscale(), ImageFormat::Jpeg), MediaType::Jpeg, MediaType::Jpeg, (1_000, 250)),
    ] {
        let developed = develop(&file(&content), kind, FRAME).unwrap();
        assert_eq!((developed.media_type, (developed.width, developed.height)), (made, size));
        let full = reads(&developed.full);
        assert_eq!((full.width(), full.height()), size);
        assert!(reads(&developed.large).width() <= 1_280 && reads(&developed.small).width() <= 320);
        assert_eq!(image::guess_format(&developed.small).unwrap(), ImageFormat::Jpeg);
    }
    let on_white = develop(&file(&written(&clear, ImageFormat::Png)), MediaType::Png, FRAME).unwrap();
    assert_eq!(reads(&on_white.small).to_rgb8().get_pixel(10, 10).0, [255, 255, 255]);
}

#[test]
fn a_picture_that_was_cut_off_is_refused_wherever_that_was() {
    let picture = DynamicImage::ImageRgb8(picture(300, 200));
    for (kind, format) in
        [(MediaType::Jpeg, ImageFormat::Jpeg), (MediaType::Png, ImageFormat::Png), (MediaType::Webp, ImageFormat::WebP)]
    {
        let content = written(&picture, format);
        for share in 1..10 {
            let cut = &content[..content.len() * share / 10];
            let refused = develop(&file(cut), kind, FRAME).map(|_| ());
            assert!(matches!(refused, Err(Unusable::Damaged(_))), "{kind} {share}: {refused:?}");
        }
    }
    let jpeg = written(&picture, ImageFormat::Jpeg);
    let almost = &jpeg[..jpeg.len() - 2];
    assert!(matches!(develop(&file(almost), MediaType::Jpeg, FRAME).map(|_| ()), Err(Unusable::Damaged(_))));
}

#[test]
fn pixels_are_counted_before_they_are_unpacked() {
    let content = written(&DynamicImage::ImageRgb8(picture(400, 300)), ImageFormat::Png);
    let small = Frame { megapixels: 0, ..FRAME };
    assert_eq!(memory(&file(&content), MediaType::Png, 1, small), Err(Unusable::TooManyPixels(0)));
    let bytes = memory(&file(&content), MediaType::Png, 1, FRAME).unwrap();
    assert_eq!(bytes, 2 + 400 * 300 * 7);
}

#[test]
fn what_follows_the_end_of_a_jpeg_is_not_kept() {
    let mut content = written(&DynamicImage::ImageRgb8(picture(300, 200)), ImageFormat::Jpeg);
    content.extend(b"<script>alert(1)</script>");
    let developed = develop(&file(&content), MediaType::Jpeg, FRAME).unwrap();
    assert!(!developed.full.windows(8).any(|window| window == b"<script>"));
}
