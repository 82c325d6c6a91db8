//! Linking an identity to an account that there is: never to somebody else's.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Reply, TestApp, both_engines, gateway::SmsGateway};

use super::{begins, citizen, finishes, returned, shows_to_link, signs_in, with_provider, with_providers};
use crate::{
    accounts::{
        asks_for_reset, executes,
        factors::{code_at, now, sets_up},
        registered, resets,
    },
    sign_in::{PASSWORD, holder, signs_in as signs_in_with},
};

both_engines!(
    a_number_alone_opens_nobodys_account,
    an_identity_is_linked_by_who_has_the_password,
    a_link_is_only_its_beginners_to_end,
    a_second_factor_is_asked_for_here_too,
    who_resets_the_password_is_rid_of_what_was_linked_meanwhile,
    who_may_not_sign_in_does_not_with_an_identity,
);

/// Somebody who registered, signed in.
async fn member<'a>(app: &'a TestApp, phone: &str) -> tests::Person<'a> {
    registered(app, phone).await;
    holder(app, &signs_in_with(app, phone, PASSWORD).await.expect(200))
}

async fn a_number_alone_opens_nobodys_account(app: TestApp) {
    let (app, provider) = with_provider(app.engine).await;
    // Registered by whoever knew the number.
    let squatter = member(&app, "0977000001").await;
    signs_in(&app, &provider, &citizen("+84977000001")).await.problem(409, "identity_not_linked");
    assert_eq!(squatter.get("me/identities").await.expect(200)["items"], json!([]));
    assert_eq!(squatter.get("me").await.expect(200)["verified"], false);
    // Nor by an address.
    app.stranger()
        .post("auth/register", &json!({"email": "ha@example.vn", "password": PASSWORD, "full_name": "Hà"}))
        .await
        .expect(201);
    let mut by_mail = json!({"sub": "2", "name": "Hà", "email": "HA@example.vn", "email_verified": true});
    signs_in(&app, &provider, &by_mail).await.problem(409, "identity_not_linked");
    // One that the provider did not verify is nobody's.
    by_mail["email_verified"] = json!(false);
    signs_in(&app, &provider, &by_mail).await.expect(201);
}

async fn an_identity_is_linked_by_who_has_the_password(app: TestApp) {
    let (app, provider) = with_provider(app.engine).await;
    let me = member(&app, "0977000001").await;
    let who = citizen("+84977000001");
    let start = async |body: Value| me.post("me/identities/start", &body).await;
    start(json!({})).await.faults(&[("/provider", "required"), ("/current_password", "required")]);
    start(json!({"provider": "vneid", "current_password": "không phải"}))
        .await
        .faults(&[("/current_password", "wrong_password")]);
    let body = shows_to_link(&me, &provider, &who, PASSWORD).await;
    let linked = me.post("me/identities", &body).await.expect(201);
    assert_eq!((&linked["provider"], &linked["founding"]), (&json!("vneid"), &json!(false)));
    me.post("me/identities", &body).await.problem(401, "identity_attempt_over");
    let pair = signs_in(&app, &provider, &who).await.expect(200);
    let by_identity = holder(&app, &pair);
    assert_eq!(by_identity.get("me").await.expect(200)["id"], me.get("me").await.expect(200)["id"]);
    let listed = me.get("me/identities").await.expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    assert!(listed["items"][0]["last_used_at"].is_string(), "{listed}");
    // It opens one account.
    let body = shows_to_link(&me, &provider, &who, PASSWORD).await;
    me.post("me/identities", &body).await.problem(409, "identity_taken");
    let other = member(&app, "0977000002").await;
    let body = shows_to_link(&other, &provider, &who, PASSWORD).await;
    other.post("me/identities", &body).await.problem(409, "identity_taken");
    // And no more, once it is unlinked; by its owner alone.
    let path = format!("me/identities/{}", listed["items"][0]["id"].as_str().unwrap());
    for (person, status) in [(&other, 404), (&me, 204), (&me, 404)] {
        let reply = Reply::read(person.request(Method::DELETE, &path).send().await.unwrap()).await;
        assert_eq!(reply.status, status, "{}", reply.text);
    }
    signs_in(&app, &provider, &who).await.problem(409, "identity_not_linked");
}

async fn a_link_is_only_its_beginners_to_end(app: TestApp) {
    let (app, provider) = with_provider(app.engine).await;
    let (me, other) = (member(&app, "0977000001").await, member(&app, "0977000002").await);
    let attackers = citizen("+84977000009");
    // Somebody has another end what they began: their identity would open that account.
    let body = shows_to_link(&other, &provider, &attackers, PASSWORD).await;
    me.post("me/identities", &body).await.problem(401, "identity_attempt_over");
    finishes(&app, &body).await.problem(401, "identity_attempt_over");
    // Nor is a sign-in a link.
    let begun = begins(&app).await;
    let back = provider.shows(begun["authorization_url"].as_str().unwrap(), &attackers);
    me.post("me/identities", &returned(&begun, &back)).await.problem(401, "identity_attempt_over");
    assert_eq!(me.get("me/identities").await.expect(200)["items"], json!([]));
    // Whoever began it may.
    other.post("me/identities", &body).await.expect(201);
}

async fn a_second_factor_is_asked_for_here_too(app: TestApp) {
    let (app, provider) = with_provider(app.engine).await;
    let who = citizen("+84977000001");
    let me = member(&app, "0977000001").await;
    let (secret, pair) = sets_up(&me).await;
    let me = holder(&app, &pair);
    let body = shows_to_link(&me, &provider, &who, PASSWORD).await;
    me.post("me/identities", &body).await.expect(201);
    let begun = begins(&app).await;
    let back = provider.shows(begun["authorization_url"].as_str().unwrap(), &who);
    finishes(&app, &returned(&begun, &back)).await.problem(401, "second_factor_required");
    let with = |code: &str| json!({"attempt": begun["attempt"], "second_factor": code});
    finishes(&app, &with("12345")).await.problem(401, "wrong_second_factor");
    finishes(&app, &with(&code_at(&secret, now() - 300))).await.problem(401, "wrong_second_factor");
    let code = code_at(&secret, now() + 30);
    finishes(&app, &with(&code)).await.expect(200);
    finishes(&app, &with(&code)).await.problem(401, "identity_attempt_over");
    // A code is good once, whatever it is given with.
    let begun = begins(&app).await;
    let back = provider.shows(begun["authorization_url"].as_str().unwrap(), &who);
    let mut body = returned(&begun, &back);
    body["second_factor"] = json!(code);
    finishes(&app, &body).await.problem(401, "wrong_second_factor");
    // Guesses wait.
    for _ in 0..6 {
        let reply = finishes(&app, &json!({"attempt": begun["attempt"], "second_factor": "000000"})).await;
        assert!(matches!(reply.status, 401 | 429), "{}", reply.text);
    }
    executes(&app, "UPDATE tries SET count = 12 WHERE count >= 5").await;
    let waits = finishes(&app, &json!({"attempt": begun["attempt"], "second_factor": "000000"})).await;
    waits.problem(429, "too_many_tries");
}

async fn who_resets_the_password_is_rid_of_what_was_linked_meanwhile(app: TestApp) {
    let provider = tests::identity_provider::IdentityProvider::start();
    let gateway = SmsGateway::start();
    let (mut settings, _folder) = with_providers(&json!([provider.settings()]));
    settings.messages.sms_url = Some(secrecy::SecretString::from(format!("http://{}/send", gateway.address)));
    let app = TestApp::start_with(app.engine, settings).await;
    // Made with one identity; another is linked by whoever knew the password for a while.
    signs_in(&app, &provider, &citizen("+84977000001")).await.expect(201);
    asks_for_reset(&app, "0977000001").await.expect(202);
    let code = gateway.sent(0).await.code();
    resets(&app, "0977000001", &code, PASSWORD).await.expect(204);
    let me = holder(&app, &signs_in_with(&app, "0977000001", PASSWORD).await.expect(200));
    let intruders = json!({"sub": "intruder", "name": "Kẻ Gian"});
    let body = shows_to_link(&me, &provider, &intruders, PASSWORD).await;
    me.post("me/identities", &body).await.expect(201);
    signs_in(&app, &provider, &intruders).await.expect(200);
    executes(&app, "DELETE FROM tries").await;
    asks_for_reset(&app, "0977000001").await.expect(202);
    let code = gateway.sent(1).await.code();
    resets(&app, "0977000001", &code, "một mật khẩu khác hẳn").await.expect(204);
    signs_in(&app, &provider, &citizen("+84977000001")).await.expect(200);
    // The intruder is a stranger now.
    let pair = signs_in(&app, &provider, &intruders).await.expect(201);
    assert_ne!(holder(&app, &pair).get("me").await.expect(200)["login"], "+84977000001");
}

async fn who_may_not_sign_in_does_not_with_an_identity(app: TestApp) {
    let (app, provider) = with_provider(app.engine).await;
    let admin = app.admin().await;
    let body = json!({"login": "canbo.01", "full_name": "Trần Văn Bảy", "role": "officer", "agency": "ubnd-256", "password": PASSWORD});
    let made = admin.post("admin/accounts", &body).await.expect(201);
    let officer = holder(&app, &signs_in_with(&app, "canbo.01", PASSWORD).await.expect(200));
    let who = citizen("+84977000001");
    let body = shows_to_link(&officer, &provider, &who, PASSWORD).await;
    officer.post("me/identities", &body).await.expect(201);
    let pair = signs_in(&app, &provider, &who).await.expect(200);
    holder(&app, &pair).get("agency/petitions").await.expect(200);
    let path = |action: &str| format!("admin/accounts/{}/{action}", made["account"]["id"].as_str().unwrap());
    admin.post(&path("deactivate"), &json!({})).await.expect(200);
    signs_in(&app, &provider, &who).await.problem(401, "identity_refused");
    admin.post(&path("activate"), &json!({})).await.expect(200);
    signs_in(&app, &provider, &who).await.expect(200);
    // An administrator who makes another password takes the account back.
    admin.post(&path("reset-password"), &json!({})).await.expect(200);
    signs_in(&app, &provider, &who).await.expect(201);
}
