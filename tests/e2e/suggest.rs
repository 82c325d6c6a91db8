//! The suggestion of a field: asked for by anybody, learned from staff, deciding nothing.

use std::time::Duration;

use api::{
    limits::LimitSetting,
    settings::{LimitSettings, ServeSettings},
};
use persistence::Consumer;
use reqwest::Method;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use tests::{Draft, Reply, TestApp, app::settings, both_engines};

use crate::{
    erasure::traces_of,
    log::{connected, verified},
};

both_engines!(
    a_text_gets_fields_with_the_words_that_spoke_for_them,
    what_no_petition_is_for_is_said_and_decides_nothing,
    staff_teach_it_and_a_restart_forgets_nothing,
    what_is_learned_names_nobody,
    two_servers_learn_everything_once,
    bad_texts_are_named,
);

const DISTRICT: &str = "ubnd-256";

async fn asks(app: &TestApp, text: &str) -> Value {
    app.stranger().post("categories/suggest", &json!({"text": text})).await.expect(200)
}

fn first(suggestion: &Value) -> Option<&str> {
    suggestion["suggestions"][0]["category"]["code"].as_str()
}

async fn a_text_gets_fields_with_the_words_that_spoke_for_them(app: TestApp) {
    let told = asks(&app, "Đèn đường trước số 5 không sáng, tối om").await;
    assert_eq!(first(&told), Some("chieu_sang"), "{told}");
    let best = &told["suggestions"][0];
    assert_eq!(best["category"]["name"], "Chiếu sáng công cộng");
    assert!(best["words"].as_array().unwrap().contains(&json!("đèn đường")), "{told}");
    assert!(best["weight"].as_f64().unwrap() > 0.5 && told["suggestions"].as_array().unwrap().len() <= 3, "{told}");
    assert_eq!(told["hints"], json!([]));
    assert_eq!(first(&asks(&app, "den duong khong sang").await), Some("chieu_sang"));
    let parts = json!({"title": "Mất nước", "content": "Nước sạch mất ba ngày nay"});
    assert_eq!(first(&app.stranger().post("categories/suggest", &parts).await.expect(200)), Some("nuoc_sach"));
    assert_eq!(asks(&app, "Xin chào các bạn").await["suggestions"], json!([]));
    let request = app.stranger().request(Method::POST, "categories/suggest").header("accept-language", "en");
    let english = Reply::read(request.json(&json!({"text": "Đèn đường hỏng"})).send().await.unwrap()).await.expect(200);
    assert_eq!(english["suggestions"][0]["category"]["name"], "Street lighting");
}

async fn what_no_petition_is_for_is_said_and_decides_nothing(app: TestApp) {
    let kinds = |told: &Value| -> Vec<String> {
        told["hints"].as_array().unwrap().iter().map(|hint| hint["kind"].as_str().unwrap().to_owned()).collect()
    };
    let complaint = "Tôi không đồng ý với quyết định xử phạt của Chủ tịch UBND phường, đề nghị xem xét lại.";
    let told = asks(&app, complaint).await;
    assert_eq!(kinds(&told), ["complaint"]);
    assert!(told["hints"][0]["message"].as_str().unwrap().contains("Luật Khiếu nại"), "{told}");
    let denunciation = asks(&app, "Cán bộ địa chính đòi chung chi 20 triệu mới đo đất").await;
    assert_eq!(kinds(&denunciation), ["denunciation"]);
    assert_eq!(denunciation["hints"][0]["hotline"], Value::Null);
    let fire = asks(&app, "Xưởng gỗ đang cháy lớn").await;
    assert_eq!((kinds(&fire), &fire["hints"][0]["hotline"]), (vec!["emergency".to_owned()], &json!("114")));
    // It is stored as it is sent, in the field that its sender chose.
    let draft = Draft::rubbish().with("content", json!(complaint));
    let sent = app.citizen().await.sends(&draft).await.expect(201);
    assert_eq!((&sent["status"], &sent["category"]["code"]), (&json!("submitted"), &json!("moi_truong")));
}

/// Petitions of a word that no keyword knows, which staff put into a field.
async fn teaches(app: &TestApp, word: &str, field: &str, petitions: usize) -> Vec<String> {
    let (citizen, coordinator) = (app.citizen().await, app.coordinator().await);
    let mut codes = Vec::new();
    for _ in 0..petitions {
        let draft = Draft::street_lamp()
            .with("category", json!("khac"))
            .with("title", json!(format!("Về {word}")))
            .with("content", json!(format!("Ở đây có {word} làm phiền.")));
        let code = citizen.submits(&draft).await;
        coordinator.does(&code, "recategorise", &json!({"category": field})).await;
        codes.push(code);
    }
    codes
}

/// Learns all that has happened. On PostgreSQL that is waited for: a transaction that another test's database has open holds the end of the
/// log back, as any of the cluster does.
async fn learns(app: &TestApp) {
    let database = connected(app).await;
    let last = Statement::from_string(database.get_database_backend(), "SELECT MAX(position) AS last FROM event");
    let last: i64 = database.query_one_raw(last).await.unwrap().unwrap().try_get("", "last").unwrap();
    let until = std::time::Instant::now() + Duration::from_secs(60);
    loop {
        while app.app.learn().await.unwrap() {}
        let upto = app.app.store.turn(Consumer::Suggestion).await.unwrap().upto.to_string();
        if upto.rsplit('-').next().unwrap().parse::<i64>().unwrap() >= last {
            break;
        }
        assert!(std::time::Instant::now() < until, "something holds the log back");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    app.app.refresh_suggestions().await.unwrap();
}

async fn staff_teach_it_and_a_restart_forgets_nothing(app: TestApp) {
    let text = "Có flycam vo ve trên mái nhà, mong xử lý flycam vo ve";
    assert_eq!(first(&asks(&app, text).await), None);
    let codes = teaches(&app, "flycam vo ve", "an_ninh_trat_tu", 8).await;
    learns(&app).await;
    let told = asks(&app, text).await;
    assert_eq!(first(&told), Some("an_ninh_trat_tu"), "{told}");
    assert!(told["suggestions"][0]["words"].to_string().contains("flycam"), "{told}");
    // Another server, or this one after a restart, knows it without reading the log again.
    let other = app.another_server().await;
    let url = format!("http://{}/api/v1/categories/suggest", other.address);
    let reply = reqwest::Client::new().post(url).json(&json!({"text": text})).send().await.unwrap();
    assert_eq!(first(&Reply::read(reply).await.expect(200)), Some("an_ninh_trat_tu"));
    // Staff think again, and so does it.
    let coordinator = app.coordinator().await;
    for code in &codes {
        coordinator.does(code, "recategorise", &json!({"category": "tieng_on"})).await;
    }
    learns(&app).await;
    assert_eq!(first(&asks(&app, text).await), Some("tieng_on"));
    assert!(verified(&app).await.damages.is_empty());
}

async fn what_is_learned_names_nobody(app: TestApp) {
    teaches(&app, "ông Quách Zuỳnh Wường", "dien", 1).await;
    let before = asks(&app, "Quách Zuỳnh Wường mất điện").await;
    learns(&app).await;
    let after = asks(&app, "Quách Zuỳnh Wường mất điện").await;
    let words = |told: &Value| told["suggestions"][0]["words"].clone();
    assert_eq!(words(&before), words(&after), "one petition moves nothing");
    assert!(!after.to_string().contains("zuỳnh"), "{after}");
    // What is counted has no word in it: in the petition it stands, and once that is erased nowhere.
    assert!(!traces_of(&app, &["Zuỳnh", "zuynh"]).is_empty());
    let rows = app.app.store.learned().await.unwrap();
    assert_eq!(rows.petitions(), 1);
}

async fn two_servers_learn_everything_once(app: TestApp) {
    teaches(&app, "flycam vo ve", "an_ninh_trat_tu", 6).await;
    let officer = app.officer(DISTRICT).await;
    let answered = app.citizen().await.submits(&Draft::street_lamp()).await;
    officer.receives(&answered).await;
    officer.answers(&answered, "Đã thay.").await;
    let other = app.another_server().await;
    let (one, two) = tokio::join!(app.app.learn(), other.app.learn());
    one.unwrap();
    two.unwrap();
    learns(&app).await;
    assert_eq!(app.app.store.learned().await.unwrap().petitions(), 7);
    while other.app.learn().await.unwrap() {}
    assert_eq!(app.app.store.learned().await.unwrap().petitions(), 7);
}

async fn bad_texts_are_named(app: TestApp) {
    let stranger = app.stranger();
    let asks = async |body: Value| stranger.post("categories/suggest", &body).await;
    asks(json!({})).await.faults(&[("/text", "required")]);
    asks(json!({"text": 5, "title": " ", "content": "x".repeat(10_001)})).await.faults(&[
        ("/text", "wrong_type"),
        ("/title", "blank"),
        ("/content", "too_long"),
    ]);
    let limited = LimitSettings {
        limit: vec!["search-address=2/60".parse::<LimitSetting>().unwrap()],
        ..LimitSettings::default()
    };
    let settings = ServeSettings { trusted_hops: 1, limits: limited, ..settings() };
    let limited = TestApp::start_with(app.engine, settings).await;
    let mut refused = 0;
    for _ in 0..4 {
        let from = ("x-forwarded-for", "203.0.113.7");
        let reply = limited.stranger().post_with("categories/suggest", from, &json!({"text": "Đèn"})).await;
        refused += usize::from(reply.status == 429);
    }
    assert_eq!(refused, 2);
}
