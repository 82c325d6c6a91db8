//! Consent, what is held on a person, who looked at it, who stays hidden, and for how long anything is kept.

use std::io::{Cursor, Read};

use api::{
    app::App,
    settings::{ConsentRule, PrivacySettings, ServeSettings},
};
use persistence::Engine;
use reqwest::Method;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use tests::{
    Draft, Person, Reply, TestApp,
    app::settings,
    both_engines,
    files::{jpeg, pdf},
    postgres, program,
};
use tokio::task::block_in_place;

use crate::{
    log::{connected, verified},
    sign_in::{PASSWORD, holder, signs_in},
};

both_engines!(
    consent_is_given_by_its_wording_shown_and_withdrawn,
    a_person_is_given_all_that_is_held_on_them,
    a_copy_has_the_files_too,
    every_look_is_told_to_the_person_once_an_hour,
    looks_are_paged_and_never_anybody_elses,
    who_hides_is_hidden_everywhere_but_from_the_coordinator,
    what_was_kept_for_long_enough_goes,
);

const DISTRICT: &str = "ubnd-256";
const NAME: &str = "Nguyễn Đặng Thuỳ-Trâm";

async fn registered<'a>(app: &'a TestApp, phone: &str) -> Person<'a> {
    let body = json!({"phone": phone, "password": PASSWORD, "full_name": NAME, "consent": "2022-01"});
    app.stranger().post("auth/register", &body).await.expect(201);
    holder(app, &signs_in(app, phone, PASSWORD).await.expect(200))
}

async fn consent_is_given_by_its_wording_shown_and_withdrawn(app: TestApp) {
    let stranger = app.stranger();
    let wording = stranger.get("consent").await.expect(200);
    assert_eq!((&wording["version"], &wording["required"]), (&json!("2022-01"), &json!(false)));
    let english = stranger.request(Method::GET, "consent").header("accept-language", "en").send().await.unwrap();
    let english = Reply::read(english).await.expect(200);
    assert!(wording["text"].as_str().unwrap().contains("Quyền của tôi"), "{wording}");
    assert!(english["text"].as_str().unwrap().contains("My rights"), "{english}");

    let body = json!({"phone": "0977 000 001", "password": PASSWORD, "full_name": NAME});
    let with = |consent: Value| {
        let mut body = body.clone();
        body["consent"] = consent;
        body
    };
    stranger.post("auth/register", &with(json!("1999-01"))).await.faults(&[("/consent", "unknown_consent")]);
    // A tick that says nothing of what was read is no consent.
    stranger.post("auth/register", &with(json!(true))).await.faults(&[("/consent", "wrong_type")]);
    stranger.post("auth/register", &body).await.expect(201);
    let silent = holder(&app, &signs_in(&app, "0977000001", PASSWORD).await.expect(200));
    assert_eq!(silent.get("me/consents").await.expect(200)["items"], json!([]), "silence is none");
    silent.post("me/consents", &json!({"version": "2"})).await.faults(&[("/version", "unknown_consent")]);
    for _ in 0..2 {
        let given = silent.post("me/consents", &json!({"version": "2022-01"})).await.expect(201);
        assert_eq!(given["items"].as_array().unwrap().len(), 1, "nobody consents twice");
    }

    let person = registered(&app, "0977 000 002").await;
    let given = person.get("me/consents").await.expect(200);
    assert_eq!(given["items"][0]["text"], wording["text"]);
    assert_eq!(given["items"][0]["withdrawn_at"], Value::Null);
    let withdraws = async || Reply::read(person.request(Method::DELETE, "me/consents").send().await.unwrap()).await;
    withdraws().await.expect(204);
    withdraws().await.problem(409, "no_effect");
    assert!(person.get("me/consents").await.expect(200)["items"][0]["withdrawn_at"].is_string());
    person.submits(&Draft::street_lamp()).await;
    person.post("me/consents", &json!({"version": "2022-01"})).await.expect(201);
    assert_eq!(person.get("me/consents").await.expect(200)["items"].as_array().unwrap().len(), 2);
}

async fn where_consent_is_required(app: TestApp) {
    let body = json!({"phone": "0977 000 001", "password": PASSWORD, "full_name": NAME});
    app.stranger().post("auth/register", &body).await.faults(&[("/consent", "required")]);
    assert_eq!(app.stranger().get("consent").await.expect(200)["required"], true);
    let person = registered(&app, "0977 000 001").await;
    let code = person.submits(&Draft::street_lamp()).await;
    Reply::read(person.request(Method::DELETE, "me/consents").send().await.unwrap()).await.expect(204);
    person.sends(&Draft::street_lamp()).await.problem(403, "consent_required");
    person.withdraws(&code).await;
    // Who registered before it was required is asked.
    app.citizen().await.sends(&Draft::street_lamp()).await.problem(403, "consent_required");
}

fn required() -> ServeSettings {
    let privacy = PrivacySettings { consent: ConsentRule::Required, ..PrivacySettings::default() };
    ServeSettings { privacy, ..settings() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn consent_may_be_required_on_sqlite() {
    where_consent_is_required(TestApp::start_with(Engine::Sqlite, required()).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn consent_may_be_required_on_postgres() {
    if postgres::server().is_some() {
        where_consent_is_required(TestApp::start_with(Engine::Postgres, required()).await).await;
    }
}

async fn a_person_is_given_all_that_is_held_on_them(app: TestApp) {
    let person = registered(&app, "0977 123 456").await;
    let officer = app.officer(DISTRICT).await;
    let code = person.submits(&Draft::street_lamp()).await;
    officer.receives(&code).await;
    officer.does(&code, "note", &json!({"content": "Chỉ cho cơ quan."})).await;
    officer.answers(&code, "Đã thay bóng đèn.").await;
    let other = app.citizen().await.submits(&Draft::rubbish()).await;
    app.coordinator().await.does(&other, "publish", &json!({})).await;
    person.post(&format!("petitions/{other}/support"), &json!({})).await.expect(200);

    let reply = person.get("me/export").await;
    assert!(reply.header("content-disposition").starts_with("attachment; filename=\"pakn-"));
    let export = reply.expect(200);
    assert_eq!((&export["account"]["login"], &export["account"]["full_name"]), (&json!("+84977123456"), &json!(NAME)));
    assert_eq!(export["sessions"].as_array().unwrap().len(), 1);
    assert_eq!(export["consents"][0]["version"], "2022-01");
    assert_eq!(export["following"], json!([{"code": other, "supports": true}]));
    let petition = &export["petitions"][0];
    assert_eq!(petition["petition"]["content"], Draft::street_lamp().0["content"]);
    assert_eq!(petition["petition"]["answer"]["content"], "Đã thay bóng đèn.");
    let told: Vec<&str> =
        petition["history"]["items"].as_array().unwrap().iter().map(|item| item["type"].as_str().unwrap()).collect();
    assert_eq!(told, ["submitted", "received", "answered"], "what is the agency's own affair is not the person's");
    let looks = export["access_log"].as_array().unwrap();
    assert!(looks.iter().any(|look| look["petition"] == json!(code) && look["named"] == true), "{looks:?}");
    assert!(!reply.text.contains("argon2") && !reply.text.contains(&other.replace("PAKN", "x")), "no secret is in it");

    let stranger = app.citizen().await;
    let nothing = stranger.get("me/export").await.expect(200);
    assert_eq!((&nothing["petitions"], &nothing["access_log"]), (&json!([]), &json!([])));
    for _ in 0..105 {
        stranger.submits(&Draft::street_lamp()).await;
    }
    let many = stranger.get("me/export").await.expect(200);
    assert_eq!(many["petitions"].as_array().unwrap().len(), 105);
    officer.get("me/export").await.expect(200);
}

async fn a_copy_has_the_files_too(app: TestApp) {
    let person = registered(&app, "0977 123 456").await;
    let photo = person.uploads(&jpeg()).await;
    person.submits(&Draft::street_lamp().with("attachments", json!([photo]))).await;
    person.uploads(&pdf()).await;
    app.citizen().await.uploads(&jpeg()).await;
    let asked = || person.request(Method::GET, "me/export").header("accept", "application/zip, */*;q=0.1");
    let reply = asked().send().await.unwrap();
    assert_eq!((reply.status().as_u16(), &reply.headers()["content-type"]), (200, &"application/zip".parse().unwrap()));
    assert!(reply.headers()["content-disposition"].to_str().unwrap().ends_with(".zip\""));
    let bytes = reply.bytes().await.unwrap();
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let read = |archive: &mut zip::ZipArchive<Cursor<_>>, name: &str| {
        let mut content = Vec::new();
        archive.by_name(name).unwrap().read_to_end(&mut content).unwrap();
        content
    };
    let document: Value = serde_json::from_slice(&read(&mut archive, "pakn.json")).unwrap();
    assert_eq!(document["account"]["full_name"], NAME);
    let files = document["files"].as_array().unwrap();
    assert_eq!((files.len(), archive.len()), (2, 3), "one's own, attached or not");
    for file in files {
        let content = read(&mut archive, file["name"].as_str().unwrap());
        let handed_out = person.request(Method::GET, file["url"].as_str().unwrap()).send().await.unwrap();
        assert_eq!(content, handed_out.bytes().await.unwrap().to_vec(), "{file}");
        assert_eq!(file["size"], content.len());
    }
    // A file that has gone meanwhile is left out; what is there is given.
    let folder = app.folder.path().join("files/uploads");
    std::fs::remove_dir_all(folder).unwrap();
    let bytes = asked().send().await.unwrap().bytes().await.unwrap();
    assert_eq!(zip::ZipArchive::new(Cursor::new(bytes)).unwrap().len(), 1);
}

async fn every_look_is_told_to_the_person_once_an_hour(app: TestApp) {
    let (person, officer) = (app.citizen().await, app.officer(DISTRICT).await);
    let code = person.submits(&Draft::street_lamp()).await;
    person.reads(&code).await;
    let log = async || person.get("me/access-log").await.expect(200)["items"].as_array().unwrap().clone();
    assert_eq!(log().await, Vec::<Value>::new(), "one's own looks are none");
    for _ in 0..3 {
        officer.queue("").await;
    }
    officer.reads(&code).await;
    officer.receives(&code).await;
    officer.get(&format!("petitions/{code}/history")).await.expect(200);
    let told = log().await;
    let purposes: Vec<&str> = told.iter().map(|look| look["purpose"].as_str().unwrap()).collect();
    assert_eq!(purposes, ["history", "handling", "list"], "newest first, each once: {told:?}");
    for look in &told {
        assert_eq!((&look["petition"], &look["role"]), (&json!(code), &json!("officer")));
        assert_eq!(look["agency"]["code"], DISTRICT);
    }
    assert_eq!((&told[1]["named"], &told[0]["named"]), (&json!(true), &json!(false)));
    // What stands beside another petition is in a list too; told once.
    let near = person.submits(&Draft::street_lamp()).await;
    officer.get(&format!("petitions/{near}/nearby")).await.expect(200);
    assert_eq!(log().await.len(), 3);
    // Nobody else is told, and who may not see it has not looked.
    assert_eq!(app.citizen().await.get("me/access-log").await.expect(200)["items"], json!([]));
    app.officer("ubnd-09163").await.get(&format!("petitions/{code}")).await.problem(404, "not_found");
    assert_eq!(log().await.len(), 3);
    app.coordinator().await.reads(&code).await;
    assert_eq!(log().await[0]["role"], "coordinator");
}

async fn looks_are_paged_and_never_anybody_elses(app: TestApp) {
    let (person, officer) = (app.citizen().await, app.officer(DISTRICT).await);
    let mut codes = Vec::new();
    for _ in 0..7 {
        codes.push(person.submits(&Draft::street_lamp()).await);
    }
    app.citizen().await.submits(&Draft::street_lamp()).await;
    officer.queue("").await;
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = person.get(&format!("me/access-log?limit=3{cursor}")).await.expect(200);
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 3);
        seen.extend(items.iter().map(|look| look["petition"].as_str().unwrap().to_owned()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    seen.sort();
    assert_eq!(seen, codes);
    person
        .get("me/access-log?limit=0&cursor=x")
        .await
        .faults(&[("/limit", "out_of_range"), ("/cursor", "invalid_cursor")]);
}

async fn who_hides_is_hidden_everywhere_but_from_the_coordinator(app: TestApp) {
    let person = registered(&app, "0977 123 456").await;
    let (officer, leader) = (app.officer(DISTRICT).await, app.leader(DISTRICT).await);
    let (coordinator, steering) = (app.coordinator().await, app.steering().await);
    let code = person.submits(&Draft::street_lamp().with("hide_identity", json!(true))).await;
    let secret = |text: &str| ["Thuỳ", "thuy", "977123456", "977 123"].iter().any(|trace| text.contains(trace));
    for desk in [&officer, &leader] {
        assert_eq!(desk.reads(&code).await["submitter"], Value::Null);
        for path in [
            format!("petitions/{code}"),
            format!("petitions/{code}/history"),
            format!("petitions/{code}/nearby"),
            "agency/petitions".to_owned(),
            "agency/counts".to_owned(),
        ] {
            let text = desk.get(&path).await.text;
            assert!(!secret(&text), "{path}: {text}");
        }
        assert_eq!(desk.queue("q=0977123456").await, Vec::<String>::new(), "nor is it found by the number");
        let receipt = desk.commands(&code, "note", &json!({"content": "Ghi chú."})).await;
        assert!(!secret(&receipt.text), "{}", receipt.text);
    }
    for path in ["rates?group_by=agency", "rates/behind", "rates/signs"] {
        assert!(!secret(&steering.get(path).await.text), "{path}");
    }
    coordinator.does(&code, "publish", &json!({})).await;
    for path in [format!("petitions/{code}"), format!("petitions/{code}/history"), "public/petitions".to_owned()] {
        assert!(!secret(&app.stranger().get(&path).await.text), "{path}");
    }
    assert_eq!(coordinator.reads(&code).await["submitter"]["full_name"], NAME);
    assert_eq!(coordinator.queue("agency=all&q=0977123456").await, [code.clone()]);
    // The log, which anybody may be given, names nobody.
    let exported = block_in_place(|| program::run(app.folder.path(), Some(&app.database_url), &["export", "events"]));
    assert!(exported.status.success() && !secret(&String::from_utf8(exported.stdout).unwrap()));
    // The person is told who learnt it.
    let log = person.get("me/access-log?limit=100").await.expect(200);
    let named: Vec<&Value> = log["items"].as_array().unwrap().iter().filter(|look| look["named"] == true).collect();
    assert!(!named.is_empty() && named.iter().all(|look| look["role"] == "coordinator"), "{log}");
}

async fn count(app: &TestApp, table: &str) -> i64 {
    let database = connected(app).await;
    let sql = format!("SELECT COUNT(*) AS rows FROM {table}");
    let row = database.query_one_raw(Statement::from_string(database.get_database_backend(), sql)).await;
    row.unwrap().unwrap().try_get("", "rows").unwrap()
}

async fn what_was_kept_for_long_enough_goes(app: TestApp) {
    let person = registered(&app, "0977 123 456").await;
    let officer = app.officer(DISTRICT).await;
    let key = ("idempotency-key", "khoa");
    let settled = person.post_with("petitions", key, &Draft::street_lamp().0).await.expect(201);
    let settled = settled["code"].as_str().unwrap().to_owned();
    let open = person.submits(&Draft::street_lamp()).await;
    officer.receives(&settled).await;
    officer.answers(&settled, "Đã thay bóng đèn.").await;
    person.get("me/access-log").await.expect(200);
    let tables = ["idempotency_key", "session", "refresh_token", "look"];
    let counted = async || {
        [
            count(&app, tables[0]).await,
            count(&app, tables[1]).await,
            count(&app, tables[2]).await,
            count(&app, tables[3]).await,
        ]
    };
    let before = counted().await;
    assert!(before.iter().all(|rows| *rows > 0), "{before:?}");

    let keep = |days: u32| PrivacySettings {
        keep_words_days: Some(days),
        keep_access_log_days: days,
        keep_idempotency_days: days,
        keep_sessions_days: days,
        ..PrivacySettings::default()
    };
    let with = async |days| {
        let settings = ServeSettings { privacy: keep(days), ..settings() };
        App::open(app.app.store.clone(), app.folder.path(), &settings).await.unwrap()
    };
    with(1).await.clear_kept().await.unwrap();
    assert_eq!((counted().await, &officer.reads(&settled).await["title"]), (before, &json!("Đèn đường hỏng")));
    with(0).await.clear_kept().await.unwrap();
    // A token that is still good is kept whatever the setting, and its session.
    assert_eq!(counted().await[..3], [0, before[1], before[2]]);
    assert_eq!(officer.reads(&settled).await["title"], Value::Null);
    assert_eq!(officer.reads(&open).await["title"], "Đèn đường hỏng", "what is open is nobody's to forget");
    let history = person.get(&format!("petitions/{settled}/history")).await.expect(200);
    assert_eq!(history["items"][3]["label"], "Đã xóa nội dung vì hết thời hạn lưu giữ");
    assert!(verified(&app).await.damages.is_empty());
    let expired = "UPDATE refresh_token SET expires_at = 0";
    connected(&app).await.execute_unprepared(expired).await.unwrap();
    with(0).await.clear_kept().await.unwrap();
    assert_eq!(counted().await[1..3], [0, 0]);
}
