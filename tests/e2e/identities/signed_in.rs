//! What a sign-in with an identity gives.

use api::settings::{ConsentRule, PrivacySettings, ServeSettings};
use serde_json::json;
use tests::{Draft, TestApp, Visitor, both_engines, identity_provider::IdentityProvider};

use super::{begins, citizen, finishes, returned, signs_in, with_provider, with_providers};
use crate::{log::connected, sign_in::holder};

both_engines!(
    the_first_sign_in_makes_an_account_and_the_next_opens_it,
    what_the_provider_does_not_say_the_person_says,
    an_identity_without_a_number_is_an_account_all_the_same,
    one_server_begins_and_another_ends,
    keys_change_and_providers_come_back,
    who_is_erased_is_forgotten_and_may_come_again,
    a_file_of_providers_that_cannot_be_used_is_said,
);

async fn the_first_sign_in_makes_an_account_and_the_next_opens_it(app: TestApp) {
    assert_eq!(app.stranger().get("auth/identity-providers").await.expect(200)["items"], json!([]));
    let (app, provider) = with_provider(app.engine).await;
    let known = app.stranger().get("auth/identity-providers").await.expect(200);
    assert_eq!(known["items"], json!([{"code": "vneid", "name": "VNeID"}]));

    let begun = begins(&app).await;
    let url = begun["authorization_url"].as_str().unwrap();
    assert!(url.contains("redirect_uri=vn.example.pakn%3A%2Fdang-nhap&"), "{url}");
    assert!(!url.contains(begun["attempt"].as_str().unwrap()), "what only this phone knows");
    let back = provider.shows(url, &citizen("+84977000001"));
    let pair = finishes(&app, &returned(&begun, &back)).await.expect(201);
    let me = holder(&app, &pair);
    let account = me.get("me").await.expect(200);
    assert_eq!(account["login"], "+84977000001");
    assert_eq!(account["full_name"], "Nguyễn Đặng Thuỳ-Trâm");
    assert_eq!((&account["role"], &account["verified"]), (&json!("citizen"), &json!(true)));
    let code = me.submits(&Draft::street_lamp()).await;

    let again = signs_in(&app, &provider, &citizen("+84977000001")).await.expect(200);
    let again = holder(&app, &again);
    assert_eq!(again.get("me").await.expect(200)["id"], account["id"]);
    assert_eq!(again.get("me/petitions").await.expect(200)["items"][0]["code"], code);
    // It is the identity that counts: the person has another number now.
    let mut moved = citizen("+84977000002");
    moved["sub"] = json!("cccd +84977000001");
    let moved = signs_in(&app, &provider, &moved).await.expect(200);
    assert_eq!(holder(&app, &moved).get("me").await.expect(200)["id"], account["id"]);
    // Nobody signs in with a password that was never set.
    app.stranger()
        .post("auth/login", &json!({"login": "0977000001", "password": "bất kỳ mật khẩu nào"}))
        .await
        .problem(401, "bad_credentials");
    let other = signs_in(&app, &provider, &citizen("+84977000003")).await.expect(201);
    assert_ne!(holder(&app, &other).get("me").await.expect(200)["id"], account["id"]);
}

async fn what_the_provider_does_not_say_the_person_says(app: TestApp) {
    let provider = IdentityProvider::start();
    let (mut with, _folder) = with_providers(&json!([provider.settings()]));
    with.privacy = PrivacySettings { consent: ConsentRule::Required, ..PrivacySettings::default() };
    let app = TestApp::start_with(app.engine, with).await;
    let begun = begins(&app).await;
    let back = provider.shows(begun["authorization_url"].as_str().unwrap(), &json!({"sub": "1", "name": " "}));
    finishes(&app, &returned(&begun, &back)).await.faults(&[("/full_name", "required"), ("/consent", "required")]);
    assert_eq!(provider.asked(), 1);
    // The provider has vouched: its code is used up, and nothing else of it is needed.
    let mut more = json!({"attempt": begun["attempt"], "full_name": "N", "consent": "1999-01"});
    finishes(&app, &more).await.faults(&[("/consent", "unknown_consent")]);
    more["full_name"] = json!("a".repeat(300));
    more["consent"] = json!("2022-01");
    finishes(&app, &more).await.faults(&[("/full_name", "too_long")]);
    more["full_name"] = json!("Đ");
    let pair = finishes(&app, &more).await.expect(201);
    let me = holder(&app, &pair);
    assert_eq!(me.get("me").await.expect(200)["full_name"], "Đ");
    assert_eq!(me.get("me/consents").await.expect(200)["items"][0]["version"], "2022-01");
    me.submits(&Draft::street_lamp()).await;
    assert_eq!(provider.asked(), 1);
    finishes(&app, &more).await.problem(401, "identity_attempt_over");
}

async fn an_identity_without_a_number_is_an_account_all_the_same(app: TestApp) {
    let (app, provider) = with_provider(app.engine).await;
    let mut who = citizen("+84977000001");
    who["phone_number_verified"] = json!(false);
    let pair = signs_in(&app, &provider, &who).await.expect(201);
    let me = holder(&app, &pair);
    let account = me.get("me").await.expect(200);
    assert!(account["login"].as_str().unwrap().starts_with("dinh-danh."), "{account}");
    let code = me.submits(&Draft::street_lamp()).await;
    let shown = me.get(&format!("petitions/{code}")).await.expect(200);
    assert_eq!(shown["submitter"]["phone"], json!(null), "{shown}");
    // The number is its owner's to register.
    let body = json!({"phone": "0977000001", "password": "một mật khẩu khác", "full_name": "Người Khác"});
    app.stranger().post("auth/register", &body).await.expect(201);
    signs_in(&app, &provider, &who).await.expect(200);
    // And nothing else opens this account.
    let linked = me.get("me/identities").await.expect(200);
    let path = format!("me/identities/{}", linked["items"][0]["id"].as_str().unwrap());
    let reply = tests::Reply::read(me.request(reqwest::Method::DELETE, &path).send().await.unwrap()).await;
    reply.problem(409, "last_way_in");
}

async fn one_server_begins_and_another_ends(app: TestApp) {
    let provider = IdentityProvider::start();
    let (with, _folder) = with_providers(&json!([provider.settings()]));
    let app = TestApp::start_with(app.engine, ServeSettings { ..with.clone() }).await;
    let other = app.another_server_with(with).await;
    let begun = begins(&app).await;
    let back = provider.shows(begun["authorization_url"].as_str().unwrap(), &citizen("+84977000001"));
    let there = Visitor::at(other.address);
    let pair = there.post("auth/identity/finish", &returned(&begun, &back)).await.expect(201);
    holder(&app, &pair).get("me").await.expect(200);
    // The same, by ten phones at once: one of them gets in.
    let begun = begins(&app).await;
    let back = provider.shows(begun["authorization_url"].as_str().unwrap(), &citizen("+84977000001"));
    let body = returned(&begun, &back);
    let tries = (0..10).map(|try_| {
        let (there, here, body) = (there.clone(), app.stranger(), &body);
        async move {
            if try_ % 2 == 0 {
                there.post("auth/identity/finish", body).await.status
            } else {
                here.post("auth/identity/finish", body).await.status
            }
        }
    });
    let mut got = futures_util::future::join_all(tries).await;
    got.sort_unstable();
    assert_eq!(got[0], 200, "{got:?}");
    assert!(got[1..].iter().all(|status| *status == 401), "{got:?}");
    assert_eq!(provider.asked(), 2);
}

async fn keys_change_and_providers_come_back(app: TestApp) {
    let (app, provider) = with_provider(app.engine).await;
    provider.is_down(true);
    let down = app.stranger().post("auth/identity/start", &json!({"provider": "vneid"})).await;
    down.problem(503, "identity_provider_unavailable");
    assert!(!down.header("retry-after").is_empty());
    provider.is_down(false);
    signs_in(&app, &provider, &citizen("+84977000001")).await.expect(201);
    provider.rotates();
    signs_in(&app, &provider, &citizen("+84977000001")).await.expect(200);
    // It goes away between the two halves: the person begins again.
    let begun = begins(&app).await;
    let back = provider.shows(begun["authorization_url"].as_str().unwrap(), &citizen("+84977000001"));
    provider.is_down(true);
    finishes(&app, &returned(&begun, &back)).await.problem(503, "identity_provider_unavailable");
    provider.is_down(false);
    finishes(&app, &returned(&begun, &back)).await.problem(401, "identity_attempt_over");
    signs_in(&app, &provider, &citizen("+84977000001")).await.expect(200);
}

async fn who_is_erased_is_forgotten_and_may_come_again(app: TestApp) {
    let (app, provider) = with_provider(app.engine).await;
    let pair = signs_in(&app, &provider, &citizen("+84977000001")).await.expect(201);
    let me = holder(&app, &pair);
    let export = me.get("me/export").await.expect(200);
    assert_eq!(export["identities"][0]["provider_name"], "VNeID");
    assert_eq!(export["identities"][0]["founding"], true);
    let first = me.get("me").await.expect(200)["id"].clone();
    let gone = tests::Reply::read(me.request(reqwest::Method::DELETE, "me").send().await.unwrap()).await;
    assert!(matches!(gone.status, 200 | 202 | 204), "{}", gone.text);
    assert_eq!(kept(&app).await, 0);
    let pair = signs_in(&app, &provider, &citizen("+84977000001")).await.expect(201);
    assert_ne!(holder(&app, &pair).get("me").await.expect(200)["id"], first);
}

/// How many identities are kept.
async fn kept(app: &TestApp) -> i64 {
    use sea_orm::{ConnectionTrait, Statement};
    let database = connected(app).await;
    let count = Statement::from_string(database.get_database_backend(), "SELECT count(*) FROM identity");
    database.query_one_raw(count).await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

async fn a_file_of_providers_that_cannot_be_used_is_said(app: TestApp) {
    let opens = async |providers: serde_json::Value| {
        let (settings, _folder) = with_providers(&providers);
        api::app::App::open(app.app.store.clone(), app.folder.path(), &settings).await.map(|_| ())
    };
    let provider = IdentityProvider::start();
    opens(json!([provider.settings()])).await.unwrap();
    let mut open = provider.settings();
    open["issuer"] = json!("http://id.example.vn");
    let error = opens(json!([open])).await.unwrap_err().to_string();
    assert!(error.contains("PAKN_IDENTITY_PROVIDERS") && error.contains("an https address"), "{error}");
    let error = opens(json!([provider.settings(), provider.settings()])).await.unwrap_err().to_string();
    assert!(error.contains("vneid stands twice"), "{error}");
    assert!(!error.contains(tests::identity_provider::CLIENT.1));
}
