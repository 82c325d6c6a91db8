//! Other people's clients, as they are on PyPI, against this server: what they see is asserted by `tests/python/open311.py`.

use serde_json::{Value, json};
use tests::{Draft, TestApp, both_engines, files::jpeg, python};
use tokio::task::block_in_place;

use super::{DISTRICT, key, publishes, reading::asks_besides};

both_engines!(other_peoples_clients_read_and_write);

async fn other_peoples_clients_read_and_write(app: TestApp) {
    let (officer, coordinator, citizen) = (app.officer(DISTRICT).await, app.coordinator().await, app.citizen().await);
    let choices =
        json!([{"code": "tat", "label": "Tắt", "label_en": "Off"}, {"code": "mo", "label": "Mờ", "label_en": "Dim"}]);
    asks_besides(
        &app,
        json!([
            {"code": "tinh_trang", "label": "Tình trạng đèn", "label_en": "State", "type": "single_choice", "required": true, "choices": choices},
            {"code": "khi", "label": "Khi nào", "label_en": "When", "type": "multiple_choice", "required": false, "choices": choices},
        ]),
    )
    .await;
    let draft = Draft::street_lamp().with("attributes", json!({"tinh_trang": "tat"}));
    let (open, closed) = (citizen.submits(&draft).await, citizen.submits(&draft).await);
    let hidden = citizen.submits(&draft).await;
    officer.receives(&closed).await;
    officer.starts(&closed).await;
    officer.answers(&closed, "Đã thay bóng đèn & chụp lại.").await;
    for code in [&open, &closed] {
        publishes(&coordinator, code).await;
    }
    // More than a page of 200, which chicagorequests asks for.
    let mut many = Vec::new();
    for _ in 0..205 {
        let code = citizen.submits(&Draft::rubbish()).await;
        publishes(&coordinator, &code).await;
        many.push(code);
    }
    let photo = app.folder.path().join("anh.jpg");
    std::fs::write(&photo, jpeg()).unwrap();
    let Some(mut script) = python::script("open311.py") else { return };
    script.arg(app.url("/open311/v2")).args([&key(&app, "civic").await, &open, &closed, &hidden]).arg(&photo);
    let output = block_in_place(|| script.output().unwrap());
    let (said, complained) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}\n{complained}");
    let seen: Value = serde_json::from_str(said.lines().last().unwrap()).unwrap();

    // What they sent is what we have.
    let of_civicbot = officer.reads(seen["civicbot"].as_str().unwrap()).await;
    assert_eq!(of_civicbot["content"], "Đèn hỏng & tối <cả ngõ>.");
    let answers: Vec<&Value> =
        of_civicbot["attributes"].as_array().unwrap().iter().map(|answer| &answer["value"]).collect();
    assert_eq!(answers, [&json!("tat"), &json!(["tat", "mo"])]);
    assert_eq!(of_civicbot["submitter"], json!({"full_name": "Trần Gọi", "phone": "+84912000111"}));
    let of_three = coordinator.reads(seen["three"].as_str().unwrap()).await;
    assert_eq!(of_three["attachments"][0]["media_type"], "image/jpeg");
    assert_eq!(of_three["location"]["address"], "Ngõ 5, Vũ Ninh");
    assert_eq!(of_three["submitter"]["full_name"], "Nguyễn An");
    assert_eq!(of_three["intake"]["source"], "open311-civic");
}
