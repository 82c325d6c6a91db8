//! The key that signs access tokens is changed, and nobody is signed out.

use api::auth::Keys;
use jsonwebtoken::decode_header;
use serde_json::Value;
use tests::{TestApp, Visitor, both_engines, program};
use tokio::task::block_in_place;

use crate::sign_in::{PASSWORD, refreshes, signs_in};

both_engines!(
    a_new_key_is_published_before_it_signs_on_every_server,
    a_key_in_wrong_hands_ends_and_nobody_is_signed_out
);

async fn published(visitor: &Visitor) -> Vec<String> {
    let keys = visitor.get("/.well-known/jwks.json").await.expect(200);
    keys["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

fn kid(pair: &Value) -> String {
    decode_header(pair["access_token"].as_str().unwrap()).unwrap().kid.unwrap()
}

/// The newest key signs from that second on, as if it had been made that much earlier.
fn as_if_made_earlier(app: &TestApp, signs_from: u64, second: u64, only: &str) {
    let folder = app.folder.path().join("keys");
    let file = |second: u64| folder.join(format!("access-token.{second}{only}.ed25519.p8"));
    std::fs::rename(file(signs_from), file(second)).unwrap();
}

fn now() -> u64 {
    jsonwebtoken::get_current_timestamp()
}

async fn a_new_key_is_published_before_it_signs_on_every_server(app: TestApp) {
    let other = app.another_server().await;
    let elsewhere = Visitor::at(other.address);
    let body = serde_json::json!({"phone": "0977123456", "password": PASSWORD, "full_name": "Lê Thị Hà"});
    app.stranger().post("auth/register", &body).await.expect(201);
    let before = signs_in(&app, "0977123456", PASSWORD).await.expect(200);
    let first = published(&elsewhere).await;
    assert_eq!(first, [kid(&before)]);

    // As an operator does it, beside running servers.
    let output = block_in_place(|| program::run(app.folder.path(), Some(&app.database_url), &["keys", "rotate"]));
    assert!(output.status.success(), "{output:?}");
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.starts_with("a new key signs from ") && printed.contains(&first[0]), "{printed}");
    for server in [&app.app, &other.app] {
        server.keys.read_again().unwrap();
    }
    let both = published(&elsewhere).await;
    assert_eq!((both.len(), &both[0]), (2, &first[0]), "it is published at once");
    let meanwhile = signs_in(&app, "0977123456", PASSWORD).await.expect(200);
    assert_eq!(kid(&meanwhile), first[0], "and does not sign yet");

    let second = app.app.keys.standing().into_iter().map(|key| key.signs_from).max().unwrap();
    assert!(second > now() + 500, "those who keep the published keys for five minutes know it by then");
    as_if_made_earlier(&app, second, now() - 1, "");
    for server in [&app.app, &other.app] {
        server.keys.read_again().unwrap();
    }
    let after = signs_in(&app, "0977123456", PASSWORD).await.expect(200);
    assert_eq!(kid(&after), both[1]);
    // Tokens of both keys are good at every server, and so is every refresh token.
    for pair in [&before, &meanwhile, &after] {
        let token = pair["access_token"].as_str().unwrap();
        Visitor::holding(other.address, token).get("me").await.expect(200);
        Visitor::holding(app.address, token).get("me").await.expect(200);
    }
    let renewed = refreshes(&app, &before["refresh_token"]).await.expect(200);
    assert_eq!(kid(&renewed), both[1]);
    assert_eq!(published(&elsewhere).await, both, "the first is published as long as it has tokens");
}

async fn a_key_in_wrong_hands_ends_and_nobody_is_signed_out(app: TestApp) {
    let body = serde_json::json!({"phone": "0977123456", "password": PASSWORD, "full_name": "Lê Thị Hà"});
    app.stranger().post("auth/register", &body).await.expect(201);
    let before = signs_in(&app, "0977123456", PASSWORD).await.expect(200);
    let signs_from = Keys::rotate(app.folder.path(), true).unwrap();
    assert!((now() + 50..now() + 70).contains(&signs_from));
    as_if_made_earlier(&app, signs_from, now() - 1, ".only");
    app.app.keys.read_again().unwrap();
    let token = before["access_token"].as_str().unwrap();
    Visitor::holding(app.address, token).get("me").await.problem(401, "invalid_token");
    let visitor = Visitor::at(app.address);
    assert!(!published(&visitor).await.contains(&kid(&before)));
    let renewed = refreshes(&app, &before["refresh_token"]).await.expect(200);
    Visitor::holding(app.address, renewed["access_token"].as_str().unwrap()).get("me").await.expect(200);
    assert_eq!(published(&visitor).await, [kid(&renewed)]);
    // The file is gone, so that nobody finds it later.
    let files = std::fs::read_dir(app.folder.path().join("keys")).unwrap();
    let names = files.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(names.filter(|name| name.starts_with("access-token")).count(), 1);
}
