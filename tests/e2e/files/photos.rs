//! What is made of a photo and of a video.

use image::GenericImageView;
use serde_json::{Value, json};
use tests::{
    Draft, TestApp, both_engines,
    files::{CAMERA, GPS, Shot, contains, encoded, mp4, pdf, phone_photo, picture},
};

use super::fetched;

both_engines!(
    a_photo_is_turned_upright_and_loses_what_is_no_picture,
    staff_are_told_where_and_when_a_photo_says_it_was_taken,
    every_kind_is_taken_by_its_content,
    a_video_loses_its_place_and_camera,
);

fn shot() -> Shot {
    // Some 1,100 m north of the street lamp.
    Shot { place: Some((21.1975, 106.0838)), at: "2022:08:31 08:30:00", orientation: 6 }
}

async fn a_photo_is_turned_upright_and_loses_what_is_no_picture(app: TestApp) {
    let citizen = app.citizen().await;
    // Orientation 6: the camera was turned; to be seen upright the picture is turned to the right by a quarter.
    let photo = phone_photo(&picture(1600, 900), &shot());
    for secret in [&b"SecretCam"[..], b"Secret Owner", b"2022:08:31"] {
        assert!(contains(&photo, secret));
    }
    let receipt = citizen.sends_file(&photo).await.expect(201);
    assert_eq!((&receipt["media_type"], &receipt["size"]), (&json!("image/jpeg"), &json!(photo.len())));
    let digest = domain::chain::Digest::of(&[&photo]).to_string();
    assert_eq!(receipt["sha256"], digest, "what came");
    assert_eq!(citizen.get(&format!("uploads/{}", receipt["id"].as_str().unwrap())).await.expect(200), receipt);

    let sent = citizen.sends(&Draft::street_lamp().with("attachments", json!([receipt["id"]]))).await.expect(201);
    let shown = &sent["attachments"][0];
    assert_eq!((&shown["id"], &shown["media_type"]), (&receipt["id"], &json!("image/jpeg")));
    assert_eq!((&shown["width"], &shown["height"]), (&json!(900), &json!(1600)));
    assert!(shown.get("evidence").is_none(), "it is for staff");
    for (link, size) in [
        (&shown["url"], (900, 1600)),
        (&shown["thumbnails"]["large"], (720, 1280)),
        (&shown["thumbnails"]["small"], (180, 320)),
    ] {
        let (reply, content) = fetched(&app.stranger(), link.as_str().unwrap()).await;
        assert_eq!((reply.status, reply.header("content-type")), (200, "image/jpeg"));
        for secret in [&b"SecretCam"[..], b"Secret Owner", b"2022:08:31", b"Exif"] {
            assert!(!contains(&content, secret), "{}", String::from_utf8_lossy(secret));
        }
        let made = image::load_from_memory(&content).unwrap();
        assert_eq!(made.dimensions(), size);
        // What was left is on top now.
        let (top, bottom) = (made.get_pixel(size.0 / 2, 20), made.get_pixel(size.0 / 2, size.1 - 20));
        assert!(top.0[0] > 180 && top.0[2] < 60 && bottom.0[2] > 180 && bottom.0[0] < 60, "{top:?} {bottom:?}");
    }
    assert_eq!(shown["size"], fetched(&citizen, shown["url"].as_str().unwrap()).await.1.len());
    // Nothing else of it lies anywhere: the picture and two smaller ones.
    assert_eq!(app.app.files.store.count().await.unwrap().0, 3);
    assert!(std::fs::read_dir(app.folder.path().join("incoming")).unwrap().next().is_none());
}

async fn staff_are_told_where_and_when_a_photo_says_it_was_taken(app: TestApp) {
    let (citizen, officer, coordinator) = (app.citizen().await, app.officer("ubnd-256").await, app.coordinator().await);
    let upload = citizen.uploads(&phone_photo(&picture(400, 300), &shot())).await;
    let code = citizen.submits(&Draft::street_lamp().with("attachments", json!([upload]))).await;
    let evidence = |petition: &Value| petition["attachments"][0].get("evidence").cloned();
    let told = evidence(&officer.reads(&code).await).unwrap();
    assert_eq!(told["taken_at"], "2022-08-31T08:30:00+07:00");
    assert_eq!((told["lat"].as_f64().unwrap(), told["lon"].as_f64().unwrap()), (21.1975, 106.0838));
    let distance = told["distance_m"].as_u64().unwrap();
    assert!((1_100..1_120).contains(&distance), "{distance}");
    assert_eq!(evidence(&citizen.reads(&code).await), None);
    coordinator.does(&code, "publish", &json!({})).await;
    assert_eq!(evidence(&app.stranger().reads(&code).await), None);

    // Photos are taken at home: of a hidden sender the desk is told how far, and not where.
    let upload = citizen.uploads(&phone_photo(&picture(400, 300), &shot())).await;
    let hidden = Draft::street_lamp().with("attachments", json!([upload])).with("hide_identity", json!(true));
    let code = citizen.submits(&hidden).await;
    let told = evidence(&officer.reads(&code).await).unwrap();
    assert_eq!((&told["lat"], &told["lon"]), (&Value::Null, &Value::Null));
    assert_eq!(told["distance_m"], distance);
    assert_eq!(evidence(&coordinator.reads(&code).await).unwrap()["lat"], 21.1975);

    // A photo that says nothing is no evidence.
    let upload = citizen.uploads(&encoded(&picture(40, 30), image::ImageFormat::Jpeg)).await;
    let code = citizen.submits(&Draft::street_lamp().with("attachments", json!([upload]))).await;
    assert_eq!(evidence(&officer.reads(&code).await), None);
}

async fn every_kind_is_taken_by_its_content(app: TestApp) {
    let citizen = app.citizen().await;
    let small = picture(40, 30);
    let mut uploads = Vec::new();
    for (content, kind) in [
        (encoded(&small, image::ImageFormat::Jpeg), "image/jpeg"),
        (encoded(&small, image::ImageFormat::Png), "image/png"),
        (encoded(&small, image::ImageFormat::WebP), "image/webp"),
        (pdf(), "application/pdf"),
        (mp4(10, 1_000), "video/mp4"),
    ] {
        // Each is called anh.jpg and declared as image/jpeg.
        let receipt = citizen.sends_file(&content).await.expect(201);
        assert_eq!((&receipt["media_type"], &receipt["size"]), (&json!(kind), &json!(content.len())));
        uploads.push(receipt["id"].clone());
    }
    let sent = citizen.sends(&Draft::street_lamp().with("attachments", json!(uploads))).await.expect(201);
    let shown: Vec<(&str, bool)> = sent["attachments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|shown| (shown["media_type"].as_str().unwrap(), shown["thumbnails"].is_object()))
        .collect();
    let expected = [
        ("image/jpeg", true),
        ("image/png", true),
        ("image/jpeg", true),
        ("application/pdf", false),
        ("video/mp4", false),
    ];
    assert_eq!(shown, expected, "in the order that they were named in");
    let (reply, content) = fetched(&citizen, sent["attachments"][3]["url"].as_str().unwrap()).await;
    assert!(reply.header("content-disposition").starts_with("attachment; filename=\"pakn-"), "{:?}", reply.headers);
    assert_eq!(content, pdf());
}

async fn a_video_loses_its_place_and_camera(app: TestApp) {
    let (citizen, officer) = (app.citizen().await, app.officer("ubnd-256").await);
    let video = mp4(30, 200_000);
    let upload = citizen.uploads(&video).await;
    let code = citizen.submits(&Draft::street_lamp().with("attachments", json!([upload]))).await;
    let petition = officer.reads(&code).await;
    let shown = &petition["attachments"][0];
    assert_eq!((&shown["media_type"], &shown["size"]), (&json!("video/mp4"), &json!(video.len())));
    assert_eq!(shown["evidence"]["taken_at"], "2022-08-31T08:30:00+07:00");
    assert_eq!(shown["evidence"]["distance_m"], 0);
    let (_, content) = fetched(&citizen, shown["url"].as_str().unwrap()).await;
    for secret in [CAMERA, GPS, b"+21.1875", b"SECRET-XMP"] {
        assert!(contains(&video, secret) && !contains(&content, secret), "{}", String::from_utf8_lossy(secret));
    }
}
