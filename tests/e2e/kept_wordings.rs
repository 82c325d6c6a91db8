//! Texts that an operator puts in other words: hotlines, what a refusal means, messages.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Draft, Reply, TestApp, both_engines};

use crate::changes::{listed, puts};

both_engines!(
    hotlines_and_refusals_are_told_in_the_operators_words,
    all_that_is_wrong_with_a_text_is_named,
    every_server_has_it,
    only_administrators_keep_texts,
);

async fn hotlines_and_refusals_are_told_in_the_operators_words(app: TestApp) {
    let (admin, citizen, coordinator) = (app.admin().await, app.citizen().await, app.coordinator().await);
    let own = admin.get("admin/wordings").await.expect(200);
    let fire = own["items"].as_array().unwrap().iter().find(|text| text["name"] == "hotline.fire").unwrap().clone();
    assert_eq!((&fire["vietnamese"], &fire["version"]), (&json!("114"), &json!(0)));
    let path = "admin/wordings/hotline.fire";
    let other = json!({"vietnamese": "0222 3822 114", "reason": "Số trực của tỉnh."});
    puts(&admin, path, None, &other).await.problem(428, "precondition_required");
    let set = puts(&admin, path, Some("\"0\""), &other).await;
    assert_eq!((set.header("etag"), set.expect(200)["english"].clone()), ("\"1\"", json!("0222 3822 114")));
    puts(&admin, path, Some("\"0\""), &other).await.problem(412, "stale_version");
    puts(&admin, path, Some("\"1\""), &other).await.problem(409, "no_effect");
    let sent = citizen.sends(&Draft::street_lamp().with("title", json!("Cháy nhà ở ngõ 12"))).await.expect(201);
    assert_eq!(sent["emergency"]["hotline"], "0222 3822 114");
    assert!(sent["emergency"]["message"].as_str().unwrap().contains("0222 3822 114"), "{sent}");

    let guidance =
        json!({"vietnamese": "Gửi đơn đến Ban Tiếp công dân tỉnh.", "english": "Go to the citizens' office."});
    puts(&admin, "admin/wordings/guidance.complaint", Some("\"0\""), &guidance).await.expect(200);
    let code = sent["code"].as_str().unwrap();
    coordinator.rejects(code, "complaint", "Đây là đơn khiếu nại.").await;
    let rejection = citizen.reads(code).await["rejection"].clone();
    assert_eq!((&rejection["reason"], &rejection["guidance"]), (&json!("Khiếu nại"), &guidance["vietnamese"]));
    let english = app.stranger().request(Method::GET, "rejection-reasons").header("accept-language", "en");
    let reasons = Reply::read(english.send().await.unwrap()).await.expect(200);
    assert_eq!(reasons["items"].as_array().unwrap().len(), 9);
    let complaint = &reasons["items"][0];
    assert_eq!((&complaint["code"], &complaint["guidance"]), (&json!("complaint"), &guidance["english"]));
    let told = listed(&admin, "kind=wording").await;
    assert_eq!(
        (told.len(), &told[1]["key"], &told[1]["before"]["vietnamese"]),
        (2, &json!("hotline.fire"), &json!("114"))
    );
}

async fn all_that_is_wrong_with_a_text_is_named(app: TestApp) {
    let admin = app.admin().await;
    puts(&admin, "admin/wordings/khong.co", Some("*"), &json!({})).await.problem(404, "not_found");
    let path = "admin/wordings/message.verify.text";
    puts(&admin, path, Some("*"), &json!({})).await.faults(&[("/vietnamese", "required")]);
    let bad = json!({"vietnamese": "Mã có hạn {minutes} phút", "english": "{code} {ten}", "reason": " "});
    puts(&admin, path, Some("*"), &bad).await.faults(&[
        ("/vietnamese", "wrong_place"),
        ("/english", "wrong_place"),
        ("/reason", "blank"),
    ]);
    let long = json!({"vietnamese": format!("{{code}}{}", "x".repeat(2_000)), "english": 5});
    puts(&admin, path, Some("*"), &long).await.faults(&[("/vietnamese", "too_long"), ("/english", "wrong_type")]);
    let no_number = json!({"vietnamese": "gọi ngay"});
    puts(&admin, "admin/wordings/hotline.crime", Some("*"), &no_number)
        .await
        .faults(&[("/vietnamese", "invalid_number")]);
}

async fn every_server_has_it(app: TestApp) {
    let other = app.another_server().await;
    let admin = app.admin().await;
    let text = json!({"vietnamese": "Thư quảng cáo", "english": "Advertising"});
    puts(&admin, "admin/wordings/reason.spam", Some("*"), &text).await.expect(200);
    // What its task does every two seconds.
    assert!(other.app.refresh_catalogue().await.unwrap(), "the revision has grown");
    let request = app.client.get(format!("http://{}/api/v1/rejection-reasons", other.address));
    let told = Reply::read(request.send().await.unwrap()).await.expect(200);
    assert!(told["items"].as_array().unwrap().iter().any(|reason| reason["name"] == "Thư quảng cáo"), "{told}");
}

async fn only_administrators_keep_texts(app: TestApp) {
    let people = [app.citizen().await, app.officer("ubnd-256").await, app.leader("ubnd-256").await];
    for person in people.iter().chain([&app.coordinator().await, &app.steering().await]) {
        person.get("admin/wordings").await.problem(403, "forbidden");
        puts(person, "admin/wordings/reason.spam", Some("*"), &json!({"vietnamese": "x"}))
            .await
            .problem(403, "forbidden");
    }
    assert_eq!(listed(&app.admin().await, "").await, Vec::<Value>::new());
}
