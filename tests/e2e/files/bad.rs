//! Files that are not what they should be, and what each gets.

use std::io::Write;

use image::ImageFormat;
use serde_json::json;
use tests::{
    Draft, TestApp, both_engines,
    files::{contains, encoded, form, jpeg, mp4, pdf, picture, with_exif},
};

use super::fetched;

both_engines!(
    each_bad_file_gets_its_own_answer,
    a_polyglot_is_a_picture_and_nothing_else,
    exif_that_lies_about_its_length_is_no_exif,
    a_form_holds_one_file,
    ten_thousand_files_are_not_taken,
);

/// A PNG that says it has so many pixels, in two kilobytes.
fn png_bomb(width: u32, height: u32) -> Vec<u8> {
    let mut small = encoded(&picture(8, 8), ImageFormat::Png);
    small[16..20].copy_from_slice(&width.to_be_bytes());
    small[20..24].copy_from_slice(&height.to_be_bytes());
    let checksum = crc(&small[12..29]);
    small[29..33].copy_from_slice(&checksum.to_be_bytes());
    small.resize(2_048, 0);
    small
}

/// CRC-32 as PNG has it.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 })
    })
}

async fn each_bad_file_gets_its_own_answer(app: TestApp) {
    let citizen = app.citizen().await;
    let photo = encoded(&picture(640, 480), ImageFormat::Jpeg);
    let mut zeros = Vec::new();
    for _ in 0..2 {
        zeros.write_all(&vec![0; 1_000_000]).unwrap();
    }
    let svg = b"<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>";
    let half_png = encoded(&picture(640, 480), ImageFormat::Png);
    let cases: Vec<(&str, Vec<u8>, u16, &str)> = vec![
        ("an SVG", svg.to_vec(), 415, "unsupported_file"),
        ("an executable", [b"\x7FELF\x02\x01\x01".as_slice(), &[0; 100]].concat(), 415, "unsupported_file"),
        ("another executable", [b"MZ\x90\0".as_slice(), &[0; 100]].concat(), 415, "unsupported_file"),
        ("a zip", [b"PK\x03\x04".as_slice(), &[0; 100]].concat(), 415, "unsupported_file"),
        ("a gzip bomb", [b"\x1F\x8B\x08\0".as_slice(), &zeros].concat(), 415, "unsupported_file"),
        ("HTML", b"<!doctype html><script>alert(1)</script>".to_vec(), 415, "unsupported_file"),
        ("a GIF", b"GIF89a\x01\0\x01\0\0\0\0;".to_vec(), 415, "unsupported_file"),
        ("three bytes", b"abc".to_vec(), 415, "unsupported_file"),
        ("nothing", Vec::new(), 422, "empty_file"),
        ("2.5 gigapixels in 2 KB", png_bomb(50_000, 50_000), 422, "too_many_pixels"),
        ("pixels that are not there", png_bomb(4_000, 4_000), 422, "damaged_file"),
        ("half a JPEG", photo[..photo.len() / 2].to_vec(), 422, "damaged_file"),
        ("a JPEG without its end", photo[..photo.len() - 2].to_vec(), 422, "damaged_file"),
        ("half a PNG", half_png[..half_png.len() / 2].to_vec(), 422, "damaged_file"),
        ("the first bytes of a JPEG", b"\xFF\xD8\xFF\xE0abcdefghijklmnop".to_vec(), 422, "damaged_file"),
        ("half a PDF", pdf()[..100].to_vec(), 422, "damaged_file"),
        ("a PDF with a page behind", [pdf(), b"<script>".to_vec()].concat(), 422, "damaged_file"),
        ("a long video", mp4(121, 100), 422, "video_too_long"),
        ("half a video", mp4(10, 1_000)[..1_000].to_vec(), 422, "damaged_file"),
        ("a large photo", [photo.as_slice(), &vec![0; 21 * 1024 * 1024]].concat(), 413, "file_too_large"),
    ];
    for (what, content, status, code) in cases {
        let reply = citizen.sends_file(&content).await;
        assert_eq!((reply.status, reply.json()["code"].as_str().unwrap()), (status, code), "{what}: {}", reply.text);
        let told = reply.problem(status, code);
        assert!(!told["detail"].as_str().unwrap().is_empty(), "{what}");
    }
    let english = citizen.request(reqwest::Method::POST, "uploads").header("accept-language", "en");
    let english = english.header("content-type", tests::files::form_type()).body(form(&[("file", "a.svg", svg)]));
    let english = tests::Reply::read(english.send().await.unwrap()).await.problem(415, "unsupported_file");
    assert!(english["title"].as_str().unwrap().starts_with("Only JPEG"), "{english}");
    assert_eq!(app.app.files.store.count().await.unwrap(), (0, 0), "nothing of them is kept");
    app.stranger().sends_file(&jpeg()).await.problem(401, "unauthenticated");
    app.steering().await.sends_file(&jpeg()).await.problem(403, "forbidden");
}

async fn a_polyglot_is_a_picture_and_nothing_else(app: TestApp) {
    let citizen = app.citizen().await;
    let script = b"--><script>alert('xin chao')</script>";
    // A comment within, and a page behind.
    let photo = jpeg();
    let comment = [&[0xFF, 0xFE, 0, u8::try_from(script.len() + 2).unwrap()], script.as_slice()].concat();
    let polyglot = [&photo[..2], &comment, &photo[2..], script].concat();
    let upload = citizen.uploads(&polyglot).await;
    let sent = citizen.sends(&Draft::street_lamp().with("attachments", json!([upload]))).await.expect(201);
    let links = [&sent["attachments"][0]["url"], &sent["attachments"][0]["thumbnails"]["small"]];
    for link in links {
        let (reply, content) = fetched(&citizen, link.as_str().unwrap()).await;
        assert!(!contains(&content, b"script"));
        assert_eq!(reply.header("content-type"), "image/jpeg");
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
        assert_eq!(reply.header("content-security-policy"), "default-src 'none'; sandbox");
    }
}

async fn exif_that_lies_about_its_length_is_no_exif(app: TestApp) {
    let (citizen, officer) = (app.citizen().await, app.officer("ubnd-256").await);
    // A directory far beyond the block, one that leads back to itself, one that says it has 65,535 entries, and noise.
    let blocks: [&[u8]; 4] = [
        b"MM\0*\xFF\xFF\xFF\xF0",
        b"MM\0*\0\0\0\x08\0\0\0\0\0\x08",
        b"II*\0\x08\0\0\0\xFF\xFF\x12\x01\x03\0\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF",
        b"noise that is no block at all",
    ];
    for block in blocks {
        let upload = citizen.uploads(&with_exif(&jpeg(), block)).await;
        let code = citizen.submits(&Draft::street_lamp().with("attachments", json!([upload]))).await;
        let shown = &officer.reads(&code).await["attachments"][0];
        assert!(shown.get("evidence").is_none() && shown["width"] == 64, "{shown}");
    }
}

async fn a_form_holds_one_file(app: TestApp) {
    let citizen = app.citizen().await;
    let photo = jpeg();
    citizen.sends_form(form(&[])).await.faults(&[("/file", "required")]);
    citizen.sends_form(form(&[("photo", "a.jpg", &photo)])).await.faults(&[("/photo", "unknown_field")]);
    let two = form(&[("file", "a.jpg", &photo), ("file", "b.jpg", &photo)]);
    citizen.sends_form(two).await.faults(&[("/file", "repeated")]);
    let many: Vec<(&str, &str, &[u8])> = (0..10_000).map(|_| ("file", "a.jpg", photo.as_slice())).collect();
    citizen.sends_form(form(&many)).await.faults(&[("/file", "repeated")]);
    let cut = form(&[("file", "a.jpg", &photo)]);
    citizen.sends_form(cut[..cut.len() - 40].to_vec()).await.problem(400, "malformed_request");
    citizen.sends_form(b"no form at all".to_vec()).await.problem(400, "malformed_request");
    citizen.post("uploads", &json!({"file": "abc"})).await.problem(415, "unsupported_media_type");
    let packed = citizen.request(reqwest::Method::POST, "uploads").header("content-encoding", "gzip");
    let packed = packed.header("content-type", tests::files::form_type()).body(form(&[("file", "a.jpg", &photo)]));
    tests::Reply::read(packed.send().await.unwrap()).await.problem(415, "unsupported_media_type");
    assert_eq!(app.app.files.store.count().await.unwrap(), (0, 0));
}

async fn ten_thousand_files_are_not_taken(app: TestApp) {
    let citizen = app.citizen().await;
    let ids: Vec<String> = (0..10_000).map(|number| format!("00000000-0000-7000-8000-{number:012}")).collect();
    let before = app.statements.load(std::sync::atomic::Ordering::Relaxed);
    citizen
        .sends(&Draft::street_lamp().with("attachments", json!(ids)))
        .await
        .faults(&[("/attachments", "too_many_items")]);
    let asked = app.statements.load(std::sync::atomic::Ordering::Relaxed) - before;
    assert!(asked < 20, "{asked} statements");
    // And no more wait for one account than the setting says.
    let most = app.app.files.settings.uploads_waiting_max;
    let photo = encoded(&picture(8, 8), ImageFormat::Jpeg);
    let mut kept = Vec::new();
    for _ in 0..most {
        kept.push(citizen.uploads(&photo).await);
    }
    let told = citizen.sends_file(&photo).await.problem(409, "too_many");
    assert_eq!(told["detail"], format!("max {most}"));
    app.citizen().await.uploads(&photo).await;
    citizen.submits(&Draft::street_lamp().with("attachments", json!(kept[..10]))).await;
    citizen.uploads(&photo).await;
}
