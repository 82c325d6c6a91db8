//! The second factor.

use api::settings::{AccountSettings, ServeSettings};
use aws_lc_rs::hmac;
use domain::account::Role;
use serde_json::{Value, json};
use tests::{Browser, Person, Reply, TestApp, app::settings, both_engines};

use super::executes;
use crate::sign_in::{PASSWORD, holder, signs_in};

both_engines!(
    a_sign_in_asks_for_the_second_factor,
    a_code_of_the_second_factor_is_good_once_and_guesses_wait,
    roles_that_need_one_do_nothing_before,
);

/// The code at an instant (RFC 6238), by code that shares nothing with the server's.
pub(crate) fn code_at(secret: &[u8], seconds: u64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &(seconds / 30).to_be_bytes());
    let bytes = tag.as_ref();
    let offset = usize::from(bytes[19] & 0xf);
    let number = u32::from_be_bytes(bytes[offset..offset + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

/// Base 32 (RFC 4648), without padding.
fn unlettered(text: &str) -> Vec<u8> {
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0_u64, 0);
    for letter in text.bytes() {
        let five = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".iter().position(|known| *known == letter).unwrap();
        bits = (bits << 5) | five as u64;
        held += 5;
        if held >= 8 {
            held -= 8;
            bytes.push(((bits >> held) & 0xff) as u8);
        }
    }
    bytes
}

#[test]
fn the_codes_of_rfc_6238() {
    let secret = b"12345678901234567890";
    // Appendix B, the last six of eight digits.
    for (seconds, code) in [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924")] {
        assert_eq!(code_at(secret, seconds), code);
    }
}

pub(crate) fn now() -> u64 {
    api::clock::now().unix_millis() / 1000
}

/// Somebody of staff who can sign in.
async fn made(app: &TestApp, login: &str, role: &str) {
    let body = json!({"login": login, "full_name": "A", "role": role, "password": PASSWORD});
    app.admin().await.post("admin/accounts", &body).await.expect(201);
}

async fn signs_in_with(app: &TestApp, login: &str, code: &str) -> Reply {
    app.stranger().post("auth/login", &json!({"login": login, "password": PASSWORD, "code": code})).await
}

/// Sets a second factor up; its secret, and the tokens that came of it.
pub(crate) async fn sets_up(person: &Person<'_>) -> (Vec<u8>, Value) {
    let begun = person.post("me/second-factor", &json!({"current_password": PASSWORD})).await.expect(200);
    let secret = begun["secret"].as_str().unwrap();
    let uri = begun["otpauth_uri"].as_str().unwrap();
    assert!(uri.starts_with("otpauth://totp/") && uri.contains(&format!("secret={secret}")), "{uri}");
    let secret = unlettered(secret);
    assert_eq!(secret.len(), 20);
    // The step before this one: this one's is left for a sign-in.
    let code = code_at(&secret, now() - 30);
    let pair = person.post("me/second-factor/confirm", &json!({"code": code})).await.expect(200);
    (secret, pair)
}

async fn a_sign_in_asks_for_the_second_factor(app: TestApp) {
    made(&app, "bcd.01", "steering").await;
    let before = signs_in(&app, "bcd.01", PASSWORD).await.expect(200);
    let me = holder(&app, &before);
    me.post("me/second-factor", &json!({"current_password": "không phải"}))
        .await
        .faults(&[("/current_password", "wrong_password")]);
    me.post("me/second-factor/confirm", &json!({"code": "012345"})).await.problem(409, "no_second_factor");
    let remove = json!({"current_password": PASSWORD, "code": "012345"});
    me.post("me/second-factor/remove", &remove).await.problem(409, "no_second_factor");
    // Begun and not confirmed, it is not in force.
    me.post("me/second-factor", &json!({"current_password": PASSWORD})).await.expect(200);
    signs_in(&app, "bcd.01", PASSWORD).await.expect(200);
    me.post("me/second-factor/confirm", &json!({"code": "x"})).await.faults(&[("/code", "malformed_code")]);
    let (secret, pair) = sets_up(&me).await;
    me.get("me").await.problem(401, "invalid_token");
    let me = holder(&app, &pair);
    assert_eq!(me.get("me").await.expect(200)["second_factor"], true);
    let begin = json!({"current_password": PASSWORD});
    me.post("me/second-factor", &begin).await.problem(409, "second_factor_in_force");

    signs_in(&app, "bcd.01", PASSWORD).await.problem(401, "second_factor_required");
    // The password comes first: without it nobody learns that there is a second factor.
    signs_in(&app, "bcd.01", "không phải").await.problem(401, "bad_credentials");
    signs_in_with(&app, "bcd.01", "12345").await.problem(401, "wrong_second_factor");
    signs_in_with(&app, "bcd.01", &code_at(&secret, now() - 300)).await.problem(401, "wrong_second_factor");
    // The same one is used again below, when its step may be over.
    let used = code_at(&secret, now());
    signs_in_with(&app, "bcd.01", &used).await.expect(200);
    // And so on the page.
    let mut browser = Browser::at(app.address);
    let refused = browser.signs_in("bcd.01", PASSWORD).await;
    assert!(refused.status == 401 && refused.text.contains("name=\"code\""), "{}", refused.text);
    assert!(!browser.cookies.contains_key("pakn_session"));

    let remove = |code: String| json!({"current_password": PASSWORD, "code": code});
    me.post("me/second-factor/remove", &remove(used)).await.faults(&[("/code", "wrong_code")]);
    let removed = me.post("me/second-factor/remove", &remove(code_at(&secret, now() + 30))).await;
    assert_eq!((removed.status, removed.text.as_str()), (204, ""));
    me.get("me").await.problem(401, "invalid_token");
    signs_in(&app, "bcd.01", PASSWORD).await.expect(200);
}

async fn a_code_of_the_second_factor_is_good_once_and_guesses_wait(app: TestApp) {
    made(&app, "bcd.01", "steering").await;
    let (secret, _) = sets_up(&holder(&app, &signs_in(&app, "bcd.01", PASSWORD).await.expect(200))).await;
    let code = code_at(&secret, now() + 30);
    signs_in_with(&app, "bcd.01", &code).await.expect(200);
    signs_in_with(&app, "bcd.01", &code).await.problem(401, "wrong_second_factor");
    signs_in_with(&app, "bcd.01", &code_at(&secret, now())).await.problem(401, "wrong_second_factor");
    // Two wrong so far; five are free.
    for _ in 0..3 {
        signs_in_with(&app, "bcd.01", "000000").await.problem(401, "wrong_second_factor");
    }
    executes(&app, "UPDATE tries SET count = 12 WHERE count = 5").await;
    let waits = signs_in_with(&app, "bcd.01", &code_at(&secret, now())).await;
    waits.problem(429, "too_many_tries");
    assert!((100..=256).contains(&waits.header("retry-after").parse::<u64>().unwrap()));
    // It is not kept in the clear.
    let kept = sea_orm::Statement::from_string(
        super::database(&app).await.get_database_backend(),
        "SELECT totp_secret FROM account WHERE totp_secret IS NOT NULL",
    );
    use sea_orm::ConnectionTrait;
    let row = super::database(&app).await.query_one_raw(kept).await.unwrap().unwrap();
    let sealed: Vec<u8> = row.try_get_by_index(0).unwrap();
    assert!(!sealed.windows(secret.len()).any(|bytes| bytes == secret));
    // An administrator helps who has lost the phone.
    let admin = app.admin().await;
    let items = admin.get("admin/accounts?role=steering").await.expect(200);
    let path = format!("admin/accounts/{}/reset-second-factor", items["items"][0]["id"].as_str().unwrap());
    assert_eq!(admin.post(&path, &json!({})).await.expect(200)["second_factor"], false);
    admin.post(&path, &json!({})).await.problem(409, "no_second_factor");
    executes(&app, "UPDATE tries SET last_at = last_at - 3600000000").await;
    signs_in(&app, "bcd.01", PASSWORD).await.expect(200);
}

async fn roles_that_need_one_do_nothing_before(app: TestApp) {
    let accounts =
        AccountSettings { require_second_factor: vec![Role::Coordinator, Role::Admin], ..AccountSettings::default() };
    let strict = app.another_server_with(ServeSettings { accounts, ..settings() }).await;
    made(&app, "dieuphoi.01", "coordinator").await;
    made(&app, "bcd.01", "steering").await;
    let there = tests::Visitor::at(strict.address);
    let signs_in_there = async |login: &str, code: Value| {
        there.post("auth/login", &json!({"login": login, "password": PASSWORD, "code": code})).await
    };
    let pair = signs_in_there("dieuphoi.01", Value::Null).await.expect(200);
    assert_eq!(pair["must_set_up_second_factor"], true);
    let token = pair["access_token"].as_str().unwrap();
    let me = tests::Visitor::holding(strict.address, token);
    for path in ["agency/petitions", "rates", "public/petitions", "targets"] {
        let reply = me.get(path).await;
        // What is for everybody is for them too.
        if reply.status != 200 || path != "public/petitions" {
            reply.problem(403, "second_factor_setup_required");
        }
    }
    let begun = me.post("me/second-factor", &json!({"current_password": PASSWORD})).await.expect(200);
    let secret = unlettered(begun["secret"].as_str().unwrap());
    let code = code_at(&secret, now() - 30);
    let pair = me.post("me/second-factor/confirm", &json!({"code": code})).await.expect(200);
    assert_eq!(pair["must_set_up_second_factor"], false);
    let me = tests::Visitor::holding(strict.address, pair["access_token"].as_str().unwrap());
    me.get("agency/petitions").await.expect(200);
    // Others need none.
    let pair = signs_in_there("bcd.01", Value::Null).await.expect(200);
    tests::Visitor::holding(strict.address, pair["access_token"].as_str().unwrap()).get("rates").await.expect(200);
    // And whoever signs in on the page is told too.
    made(&app, "dieuphoi.02", "coordinator").await;
    let mut browser = Browser::at(strict.address);
    let refused = browser.signs_in("dieuphoi.02", PASSWORD).await;
    assert!(refused.status == 403 && refused.text.contains("second-factor"), "{}", refused.text);
    assert!(!browser.cookies.contains_key("pakn_session"));
}
