//! What a program sends, and what becomes of it.

use serde_json::{Value, json};
use tests::{
    Reply, TestApp, both_engines,
    files::{jpeg, mp4},
};

use super::{DISTRICT, HERE, Of, form, key, of_json, posting, publishes, reads, sends, submits};
use crate::{erasure::traces_of, log::verified, open311::reading::asks_besides};

both_engines!(
    a_request_is_a_petition_like_any_other,
    a_place_in_words_goes_to_the_coordinator_and_a_unit_to_its_desk,
    answers_to_what_a_service_asks_are_kept_as_what_they_are,
    files_come_along,
    a_retry_does_once_what_it_says,
    a_title_is_made_of_the_first_words,
    a_citizen_without_an_account_is_erased_like_any_other,
);

const BOUNDARY: &str = "----three";

/// A multipart form: what has a file's name is a file.
pub(super) fn parts(fields: &[(&str, Option<&str>, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, file, content) in fields {
        let file = file.map(|file| format!("; filename=\"{file}\"")).unwrap_or_default();
        body.extend(
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n").into_bytes(),
        );
        body.extend_from_slice(content);
        body.extend(b"\r\n");
    }
    body.extend(format!("--{BOUNDARY}--\r\n").into_bytes());
    body
}

pub(super) async fn sends_parts(app: &TestApp, body: Vec<u8>) -> Reply {
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    Reply::read(posting(app, "json").header("content-type", kind).body(body).send().await.unwrap()).await
}

async fn a_request_is_a_petition_like_any_other(app: TestApp) {
    let (officer, coordinator) = (app.officer(DISTRICT).await, app.coordinator().await);
    let key = key(&app, "toi-yeu-bac-ninh").await;
    let parameters = [
        ("api_key", key.as_str()),
        ("jurisdiction_id", "bacninh.gov.vn"),
        ("service_code", "chieu_sang"),
        ("lat", "21.1875"),
        ("long", "106.0838"),
        ("address_string", "5 Nguyễn Huệ"),
        ("description", "Đèn hỏng.\r\nĐã ba hôm nay."),
        ("first_name", "Văn Gọi"),
        ("last_name", "Trần"),
        ("phone", "0912 000 111"),
        ("email", "goi@example.vn"),
        ("device_id", "thiet-bi-zqx"),
        ("account_id", "tai-khoan-zqx"),
        ("something_else", "1"),
    ];
    let reply = sends(&app, "json", &parameters).await;
    let taken = of_json(&reply, 201, Of::Taken)[0].clone();
    let code = taken["service_request_id"].as_str().unwrap();
    assert_eq!(reply.header("location"), format!("/open311/v2/requests/{code}.json"));
    let notice = taken["service_notice"].as_str().unwrap();
    let petition = officer.reads(code).await;
    assert!(
        notice.contains("UBND thành phố Bắc Ninh") && notice.contains(petition["due_at"].as_str().unwrap()),
        "{notice}"
    );
    assert_eq!((&petition["channel"], &petition["agency"]["code"]), (&json!("portal"), &json!(DISTRICT)));
    assert_eq!((&petition["title"], &petition["content"]), (&json!("Đèn hỏng."), &json!("Đèn hỏng.\nĐã ba hôm nay.")));
    assert_eq!(petition["location"]["address"], "5 Nguyễn Huệ");
    assert_eq!(petition["submitter"], json!({"full_name": "Trần Văn Gọi", "phone": "+84912000111"}));
    assert_eq!(petition["intake"]["source"], "open311-toi-yeu-bac-ninh");
    assert!(!traces_of(&app, &["goi@example.vn", "zqx"]).contains("zqx"), "what is of no use is not kept");
    let token = taken["token"].as_str().unwrap();
    let of_token = reads(&app.stranger(), &format!("tokens/{token}"), "", Of::Tokens).await;
    assert_eq!(of_token, json!([{"service_request_id": code, "token": token}]));

    // From the program's side it is seen to be answered, by whoever may see it.
    officer.receives(code).await;
    officer.starts(code).await;
    officer.answers(code, "Đã thay bóng.").await;
    let shown = reads(&app.stranger(), &format!("requests/{code}"), &format!("api_key={key}"), Of::Requests).await;
    assert_eq!(
        (&shown[0]["status"], &shown[0]["status_notes"]),
        (&json!("closed"), &json!("Đã trả lời: Đã thay bóng."))
    );
    publishes(&coordinator, code).await;
    assert_eq!(
        reads(&app.stranger(), &format!("requests/{code}"), "", Of::Requests).await[0]["address"],
        "Phường Vũ Ninh"
    );

    // The same person again is the same sender; the same in XML is the same answer.
    let reply = sends(&app, "xml", &parameters).await;
    assert_eq!((reply.status, reply.header("content-type")), (201, "text/xml; charset=utf-8"));
    let again = officer.queue("").await;
    let second = again.iter().find(|other| *other != code).unwrap();
    assert!(reply.text.contains(&format!("<service_request_id>{second}</service_request_id>")), "{}", reply.text);
    let submitters = async |code: &str| {
        let code = domain::petition::PetitionCode::parse(code).unwrap();
        app.app.store.petition(&code).await.unwrap().unwrap().petition.submitter
    };
    assert_eq!(submitters(code).await, submitters(second).await);

    // Of an emergency the sender is told whom to call.
    let fire = [&parameters[..6], &[("description", "Nhà cháy lớn ở ngõ 5.")]].concat();
    let taken = of_json(&sends(&app, "json", &fire).await, 201, Of::Taken);
    assert!(taken[0]["service_notice"].as_str().unwrap().contains("114"), "{taken}");
    assert!(verified(&app).await.damages.is_empty());
}

async fn a_place_in_words_goes_to_the_coordinator_and_a_unit_to_its_desk(app: TestApp) {
    app.officer("ubnd-09163").await;
    let (coordinator, key) = (app.coordinator().await, key(&app, "ban").await);
    let words = [("service_code", "moi_truong"), ("address_string", "Gần chợ Nhớn"), ("description", "Rác chất đống.")];
    let petition = coordinator.reads(&submits(&app, &key, &words).await).await;
    assert_eq!((&petition["agency"]["code"], &petition["routing"]["rule"]), (&json!("dieu-phoi"), &json!("no_place")));
    assert_eq!(petition["content"], "Rác chất đống.");
    assert_eq!((&petition["location"], &petition["address"]), (&Value::Null, &json!("Gần chợ Nhớn")));
    let unit =
        [("service_code", "moi_truong"), ("address_id", "09163"), ("address_string", "Ngõ 5"), ("description", "Rác.")];
    let petition = coordinator.reads(&submits(&app, &key, &unit).await).await;
    assert_eq!((&petition["agency"]["code"], &petition["unit"]["code"]), (&json!("ubnd-09163"), &json!("09163")));
    assert_eq!(petition["address"], "Ngõ 5");
    let elsewhere = [("service_code", "moi_truong"), ("lat", "10.77"), ("long", "106.70")];
    let petition = coordinator.reads(&submits(&app, &key, &elsewhere).await).await;
    assert_eq!(petition["agency"]["code"], "dieu-phoi");
}

async fn answers_to_what_a_service_asks_are_kept_as_what_they_are(app: TestApp) {
    let choices =
        json!([{"code": "tat", "label": "Tắt", "label_en": "Off"}, {"code": "mo", "label": "Mờ", "label_en": "Dim"}]);
    let question = |code: &str, kind: &str, required: bool| {
        let choices = if kind.ends_with("choice") { choices.clone() } else { json!([]) };
        json!({"code": code, "label": format!("{code}?"), "label_en": code, "type": kind, "required": required, "choices": choices})
    };
    asks_besides(
        &app,
        json!([
            question("tinh_trang", "single_choice", true),
            question("khi", "multiple_choice", false),
            question("so_cot", "text", false),
            question("so_den", "number", false),
            question("tu_ngay", "date", false),
            question("den_ngay", "date", false),
            question("nguy_hiem", "boolean", false),
        ]),
    )
    .await;
    let (coordinator, key) = (app.coordinator().await, key(&app, "ban").await);
    let answers = [
        ("attribute[tinh_trang]", "tat"),
        ("attribute[khi][]", "tat"),
        ("attribute[khi][]", "mo"),
        ("attribute[so_cot]", "A-12"),
        ("attribute[so_den]", "2.5"),
        ("attribute[tu_ngay]", "2026-11-20"),
        ("attribute[den_ngay]", "2026-11-20T18:00:00Z"),
        ("attribute[nguy_hiem]", "true"),
    ];
    let petition = coordinator.reads(&submits(&app, &key, &[HERE.as_slice(), &answers].concat()).await).await;
    let values: Vec<Value> =
        petition["attributes"].as_array().unwrap().iter().map(|answer| answer["value"].clone()).collect();
    let expected = [
        json!("tat"),
        json!(["tat", "mo"]),
        json!("A-12"),
        json!(2.5),
        json!("2026-11-20"),
        json!("2026-11-21"),
        json!(true),
    ];
    assert_eq!(values, expected);
    let refused = async |answers: &[(&str, &str)]| {
        let parameters = [&[("api_key", key.as_str())], HERE.as_slice(), answers].concat();
        let errors = of_json(&sends(&app, "json", &parameters).await, 400, Of::Errors);
        super::parameters(&super::descriptions(&errors, 400)).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(refused(&[]).await, ["attribute[tinh_trang]"], "it must be answered");
    assert_eq!(refused(&[("attribute[tinh_trang]", "")]).await, ["attribute[tinh_trang]"]);
    let wrong = [
        ("attribute[tinh_trang]", "vo"),
        ("attribute[khi][]", "vo"),
        ("attribute[so_den]", "hai"),
        ("attribute[tu_ngay]", "20/11/2026"),
        ("attribute[nguy_hiem]", "có"),
        ("attribute[mau]", "đỏ"),
        ("attribute[so_cot]", "A"),
        ("attribute[so_cot]", "B"),
        ("attribute[", "x"),
    ];
    assert_eq!(
        refused(&wrong).await,
        [
            "attribute[",
            "attribute[khi]",
            "attribute[mau]",
            "attribute[nguy_hiem]",
            "attribute[so_cot]",
            "attribute[so_den]",
            "attribute[tinh_trang]",
            "attribute[tu_ngay]",
        ]
    );
    assert_eq!(coordinator.queue("").await.len(), 1);
}

async fn files_come_along(app: TestApp) {
    let (coordinator, key) = (app.coordinator().await, key(&app, "ban").await);
    let (photo, video) = (jpeg(), mp4(3, 2_000));
    let fields: Vec<(&str, Option<&str>, &[u8])> = vec![
        ("media", Some("anh.jpg"), &photo),
        ("service_code", None, b"chieu_sang"),
        ("lat", None, b"21.1875"),
        ("long", None, b"106.0838"),
        ("description", None, "Đèn hỏng.".as_bytes()),
        ("phone", None, b""),
        ("media", Some(""), b""),
        ("media", Some("phim.mp4"), &video),
        ("api_key", None, key.as_bytes()),
    ];
    let taken = of_json(&sends_parts(&app, parts(&fields)).await, 201, Of::Taken);
    let code = taken[0]["service_request_id"].as_str().unwrap();
    let petition = coordinator.reads(code).await;
    let kinds: Vec<&Value> =
        petition["attachments"].as_array().unwrap().iter().map(|file| &file["media_type"]).collect();
    assert_eq!(kinds, ["image/jpeg", "video/mp4"]);
    publishes(&coordinator, code).await;
    let shown = reads(&app.stranger(), &format!("requests/{code}"), "", Of::Requests).await;
    let picture = app.client.get(shown[0]["media_url"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(picture.status(), 200);
    assert!(verified(&app).await.damages.is_empty());
}

async fn a_retry_does_once_what_it_says(app: TestApp) {
    let (coordinator, key, renewed) = (app.coordinator().await, key(&app, "ban").await, key(&app, "ban").await);
    let sends = async |key: &str, description: &str, retry: &str| {
        let parameters = [&[("api_key", key), ("description", description)], HERE.as_slice()].concat();
        let request = posting(&app, "json").header("content-type", "application/x-www-form-urlencoded");
        Reply::read(request.header("idempotency-key", retry).body(form(&parameters)).send().await.unwrap()).await
    };
    let first = of_json(&sends(&key, "Đèn hỏng.", "a").await, 201, Of::Taken);
    assert_eq!(of_json(&sends(&key, "Đèn hỏng.", "a").await, 201, Of::Taken), first);
    assert_eq!(
        of_json(&sends(&renewed, "Đèn hỏng.", "a").await, 201, Of::Taken),
        first,
        "the program's, not the key's"
    );
    let other = of_json(&sends(&key, "Đèn tắt.", "a").await, 400, Of::Errors);
    assert!(other[0]["description"].as_str().unwrap().contains("Idempotency-Key"), "{other}");
    assert_eq!(coordinator.queue("").await.len(), 1);
    // At once, with a file.
    let photo = jpeg();
    let mut fields: Vec<(&str, Option<&str>, &[u8])> =
        vec![("api_key", None, key.as_bytes()), ("media", Some("a.jpg"), &photo)];
    fields.extend(HERE.iter().map(|(name, value)| (*name, None, value.as_bytes())));
    let body = parts(&fields);
    let send = async || {
        let request = posting(&app, "json").header("content-type", format!("multipart/form-data; boundary={BOUNDARY}"));
        Reply::read(request.header("idempotency-key", "b").body(body.clone()).send().await.unwrap()).await
    };
    let (one, two, three) = tokio::join!(send(), send(), send());
    for reply in [&two, &three] {
        assert_eq!(of_json(reply, 201, Of::Taken), one.json());
    }
    assert_eq!(coordinator.queue("").await.len(), 2);
    assert!(verified(&app).await.damages.is_empty());
}

async fn a_title_is_made_of_the_first_words(app: TestApp) {
    let (coordinator, key) = (app.coordinator().await, key(&app, "ban").await);
    let long = "rất dài ".repeat(30);
    for (description, title) in [
        ("", "Chiếu sáng công cộng".to_owned()),
        ("  \n\nĐèn\thỏng  hai hôm.\nXin sửa. ", "Đèn hỏng hai hôm.".to_owned()),
        (&long, format!("{}…", "rất dài ".repeat(10).trim_end())),
        (&"x".repeat(4_000), format!("{}…", "x".repeat(80))),
    ] {
        let parameters = [&[("description", description)], HERE.as_slice()].concat();
        let petition = coordinator.reads(&submits(&app, &key, &parameters).await).await;
        assert_eq!(petition["title"], title);
    }
}

async fn a_citizen_without_an_account_is_erased_like_any_other(app: TestApp) {
    let (admin, key) = (app.admin().await, key(&app, "ban").await);
    let parameters = [
        &[("description", "Đèn xqzđ hỏng."), ("last_name", "Xqzđ"), ("first_name", "Thị"), ("phone", "0977 123 456")],
        HERE.as_slice(),
    ]
    .concat();
    let code = submits(&app, &key, &parameters).await;
    assert_eq!(traces_of(&app, &["xqzđ", "Xqzđ", "977123456"]).len(), 3);
    let asked = admin.post("admin/erasures", &json!({"petition": code, "reference": "Công văn 1"})).await.expect(201);
    let path = format!("admin/erasures/{}/complete", asked["id"].as_str().unwrap());
    admin.post(&path, &json!({})).await.expect(200);
    while !app.app.store.scrub().await.unwrap() {}
    assert_eq!(traces_of(&app, &["xqzđ", "Xqzđ", "977123456"]).len(), 0);
    let shown = reads(&app.stranger(), &format!("requests/{code}"), &format!("api_key={key}"), Of::Requests).await;
    assert_eq!(shown[0]["description"], Value::Null);
    assert!(verified(&app).await.damages.is_empty());
}
