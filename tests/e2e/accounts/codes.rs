//! One-time codes: verification, and another password.

use api::settings::{AccountSettings, ServeSettings};
use reqwest::Method;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use tests::{Draft, TestApp, app::settings, both_engines};

use super::{asks_for_reset, database, executes, registered, resets, with_sms};
use crate::{
    retries::at_once,
    sign_in::{PASSWORD, holder, refreshes, signs_in},
};

both_engines!(
    a_phone_is_verified_by_the_code_that_came,
    only_who_has_an_address_is_verified,
    a_password_is_reset_by_the_code_that_came,
    a_code_tried_a_thousand_times_fails,
    a_code_is_not_kept_and_expires,
    codes_come_later_each_time_whoever_asks,
    whoever_must_be_verified_sends_nothing_before,
);

const PHONE: &str = "0912345678";
const NEW: &str = "một mật khẩu khác";

/// Another code of six digits.
fn other(code: &str, by: u32) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + by) % 1_000_000)
}

async fn a_phone_is_verified_by_the_code_that_came(app: TestApp) {
    let (app, gateway) = with_sms(app.engine).await;
    assert_eq!(registered(&app, PHONE).await["verified"], false);
    let me = holder(&app, &signs_in(&app, PHONE, PASSWORD).await.expect(200));
    assert_eq!(me.post("me/verification", &json!({})).await.expect(202), json!({"expires_in": 600}));
    let sent = gateway.sent(0).await;
    let body: Value = serde_json::from_str(&sent.body).unwrap();
    assert_eq!(body["to"], "+84912345678");
    let code = sent.code();
    let confirms = async |code: Value| me.post("me/verification/confirm", &json!({"code": code})).await;
    for (given, fault) in [
        (json!("12345"), "malformed_code"),
        (json!("mã số"), "malformed_code"),
        (json!(123_456), "wrong_type"),
        (Value::Null, "required"),
        (json!(other(&code, 1)), "wrong_code"),
    ] {
        confirms(given).await.faults(&[("/code", fault)]);
    }
    // A code for one thing opens no other, and a code of one person no other's.
    resets(&app, PHONE, &code, NEW).await.faults(&[("/code", "wrong_code")]);
    app.citizen()
        .await
        .post("me/verification/confirm", &json!({"code": code}))
        .await
        .faults(&[("/code", "wrong_code")]);
    // As it is read out.
    let account = confirms(json!(format!("{} {}", &code[..3], &code[3..]))).await.expect(200);
    assert_eq!(account["verified"], true);
    assert_eq!(me.get("me").await.expect(200)["verified"], true);
    confirms(json!(code)).await.problem(409, "already_verified");
    me.post("me/verification", &json!({})).await.problem(409, "already_verified");
    assert_eq!(gateway.count(), 1);
}

async fn only_who_has_an_address_is_verified(app: TestApp) {
    let officer = app.officer("ubnd-256").await;
    officer.post("me/verification", &json!({})).await.problem(409, "not_verifiable");
    officer.post("me/verification/confirm", &json!({"code": "012345"})).await.problem(409, "not_verifiable");
}

async fn a_password_is_reset_by_the_code_that_came(app: TestApp) {
    let (app, gateway) = with_sms(app.engine).await;
    registered(&app, PHONE).await;
    let before = signs_in(&app, PHONE, PASSWORD).await.expect(200);
    // Who is not there is answered alike, and nobody is told anything.
    let unknown = asks_for_reset(&app, "0987654321").await;
    let known = asks_for_reset(&app, "0912 345 678").await;
    assert_eq!((unknown.status, &unknown.text), (202, &known.text));
    let code = gateway.sent(0).await.code();
    for (login, code, new, faults) in [
        ("nobody at all", code.as_str(), NEW, vec![("/login", "invalid_login")]),
        (PHONE, "1", NEW, vec![("/code", "malformed_code")]),
        (PHONE, code.as_str(), "short", vec![("/new_password", "too_short")]),
        (PHONE, code.as_str(), "0912345678", vec![("/new_password", "password_is_login")]),
        (PHONE, code.as_str(), "iloveyou", vec![("/new_password", "password_common")]),
    ] {
        resets(&app, login, code, new).await.faults(&faults);
    }
    let wrong = resets(&app, PHONE, &other(&code, 1), NEW).await;
    let nobody = resets(&app, "0987654321", &code, NEW).await;
    wrong.faults(&[("/code", "wrong_code")]);
    assert_eq!(nobody.json()["errors"], wrong.json()["errors"]);
    let done = resets(&app, "+84912345678", &code, NEW).await;
    assert_eq!((done.status, done.text.as_str()), (204, ""));
    // Good for one time.
    resets(&app, PHONE, &code, "và một mật khẩu nữa").await.faults(&[("/code", "wrong_code")]);
    signs_in(&app, PHONE, PASSWORD).await.problem(401, "bad_credentials");
    refreshes(&app, &before["refresh_token"]).await.problem(401, "invalid_refresh_token");
    holder(&app, &before).get("me").await.problem(401, "invalid_token");
    let after = signs_in(&app, PHONE, NEW).await.expect(200);
    assert_eq!(holder(&app, &after).get("me").await.expect(200)["verified"], true, "the phone was shown to be theirs");
    assert_eq!(gateway.count(), 1, "nothing was sent to nobody");
}

async fn a_code_tried_a_thousand_times_fails(app: TestApp) {
    let (app, gateway) = with_sms(app.engine).await;
    registered(&app, PHONE).await;
    asks_for_reset(&app, PHONE).await.expect(202);
    let code = gateway.sent(0).await.code();
    // All at once, so that none waits for what becomes of another.
    let mut opened = 0;
    for round in 0..50 {
        let tries = (0..20).map(|number| {
            let body = json!({"login": PHONE, "code": other(&code, 1 + round * 20 + number), "new_password": NEW});
            app.stranger().request(Method::POST, "auth/password/reset").json(&body)
        });
        for reply in at_once(tries).await {
            opened += u32::from(reply.status == 204);
            if reply.status != 503 {
                reply.faults(&[("/code", "wrong_code")]);
            }
        }
    }
    assert_eq!(opened, 0);
    // After five even the right one is none.
    resets(&app, PHONE, &code, NEW).await.faults(&[("/code", "wrong_code")]);
    signs_in(&app, PHONE, PASSWORD).await.expect(200);
}

async fn a_code_is_not_kept_and_expires(app: TestApp) {
    let (app, gateway) = with_sms(app.engine).await;
    registered(&app, PHONE).await;
    asks_for_reset(&app, PHONE).await.expect(202);
    let code = gateway.sent(0).await.code();
    let database = database(&app).await;
    let backend = database.get_database_backend();
    let kept = Statement::from_string(backend, "SELECT key, hash FROM one_time_code");
    let row = database.query_one_raw(kept).await.unwrap().unwrap();
    for column in ["key", "hash"] {
        let bytes: Vec<u8> = row.try_get("", column).unwrap();
        assert_eq!(bytes.len(), 32);
        use sha2::{Digest, Sha256};
        assert_ne!(bytes, Sha256::digest(code.as_bytes()).to_vec(), "a million hashes are made in no time");
        assert_ne!(bytes, Sha256::digest(b"+84912345678").to_vec());
    }
    executes(&app, "UPDATE one_time_code SET expires_at = expires_at - 601000000").await;
    resets(&app, PHONE, &code, NEW).await.faults(&[("/code", "wrong_code")]);
}

async fn codes_come_later_each_time_whoever_asks(app: TestApp) {
    let (app, gateway) = with_sms(app.engine).await;
    registered(&app, PHONE).await;
    for login in [PHONE, "0987654321"] {
        asks_for_reset(&app, login).await.expect(202);
        let early = asks_for_reset(&app, login).await;
        early.problem(429, "too_many_tries");
        let wait: u64 = early.header("retry-after").parse().unwrap();
        assert!((1..=60).contains(&wait), "{wait}");
    }
    // Knocking again and again does not put it off, and the minute after that is two.
    executes(&app, "UPDATE tries SET last_at = last_at - 60000000").await;
    asks_for_reset(&app, PHONE).await.expect(202);
    executes(&app, "UPDATE tries SET last_at = last_at - 60000000").await;
    let wait: u64 = asks_for_reset(&app, PHONE).await.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    executes(&app, "UPDATE tries SET last_at = last_at - 60000000").await;
    asks_for_reset(&app, PHONE).await.expect(202);
    // The newest is the one.
    let (first, last) = (gateway.sent(0).await.code(), gateway.sent(2).await.code());
    if first != last {
        resets(&app, PHONE, &first, NEW).await.faults(&[("/code", "wrong_code")]);
    }
    assert_eq!(resets(&app, PHONE, &last, NEW).await.status, 204);
}

async fn whoever_must_be_verified_sends_nothing_before(app: TestApp) {
    let accounts = AccountSettings { require_verified: true, ..AccountSettings::default() };
    let app = TestApp::start_with(app.engine, ServeSettings { accounts, ..settings() }).await;
    let citizen = app.citizen().await;
    citizen.sends(&Draft::street_lamp()).await.problem(403, "not_verified");
    let id = citizen.account.as_ref().unwrap().id;
    let mut unit = app.app.store.begin().await.unwrap();
    unit.set_verified(id, api::clock::now()).await.unwrap();
    unit.commit().await.unwrap();
    citizen.submits(&Draft::street_lamp()).await;
}
