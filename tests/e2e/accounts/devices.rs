//! The devices that are signed in, and the end of one.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::Value;
use tests::{Person, Reply, TestApp, Visitor, both_engines};

use super::registered;
use crate::sign_in::{PASSWORD, holder, refreshes, signs_in};

both_engines!(devices_are_listed_and_signed_out, what_ends_on_one_server_ends_on_the_other);

async fn deletes(person: &Person<'_>, path: &str) -> Reply {
    Reply::read(person.request(Method::DELETE, path).send().await.unwrap()).await
}

async fn from(app: &TestApp, device: &str) -> Value {
    let body = serde_json::json!({"login": "0912345678", "password": PASSWORD});
    let request = app.stranger().request(Method::POST, "auth/login").header("user-agent", device).json(&body);
    Reply::read(request.send().await.unwrap()).await.expect(200)
}

async fn devices_are_listed_and_signed_out(app: TestApp) {
    registered(&app, "0912345678").await;
    let names = ["PAKN/2.1 (Android 15)", "PAKN/2.1 (iOS 19)", "Mozilla/5.0"];
    let mut pairs = Vec::new();
    for name in names {
        pairs.push(from(&app, name).await);
    }
    let me = holder(&app, &pairs[0]);
    let listed = me.get("me/sessions").await.expect(200);
    let items = listed["items"].as_array().unwrap();
    let devices: Vec<&str> = items.iter().map(|item| item["device"].as_str().unwrap()).collect();
    assert_eq!(devices, [names[2], names[1], names[0]], "the newest first");
    let current: Vec<bool> = items.iter().map(|item| item["current"].as_bool().unwrap()).collect();
    assert_eq!(current, [false, false, true]);
    // Page by page.
    let first = me.get("me/sessions?limit=2").await.expect(200);
    let rest = me.get(&format!("me/sessions?limit=2&cursor={}", first["next_cursor"].as_str().unwrap())).await;
    assert_eq!(rest.expect(200)["items"], serde_json::json!([items[2]]));
    assert_eq!(rest.json()["next_cursor"], Value::Null);
    me.get("me/sessions?cursor=x&limit=0").await.faults(&[("/cursor", "invalid_cursor"), ("/limit", "out_of_range")]);

    // Nobody else's.
    let stranger = app.citizen().await;
    assert_eq!(stranger.get("me/sessions").await.expect(200)["items"], serde_json::json!([]));
    let id = |item: &Value| item["id"].as_str().unwrap().to_owned();
    for path in [format!("me/sessions/{}", id(&items[0])), "me/sessions/x".to_owned()] {
        deletes(&stranger, &path).await.problem(404, "not_found");
    }
    let gone = deletes(&me, &format!("me/sessions/{}", id(&items[0]))).await;
    assert_eq!((gone.status, gone.text.as_str()), (204, ""));
    deletes(&me, &format!("me/sessions/{}", id(&items[0]))).await.problem(404, "not_found");
    holder(&app, &pairs[2]).get("me").await.problem(401, "invalid_token");
    refreshes(&app, &pairs[2]["refresh_token"]).await.problem(401, "invalid_refresh_token");
    // A refresh is the same device.
    let refreshed = refreshes(&app, &pairs[1]["refresh_token"]).await.expect(200);
    assert_eq!(me.get("me/sessions").await.expect(200)["items"].as_array().unwrap().len(), 2);
    assert_eq!(deletes(&me, "me/sessions").await.status, 204);
    for pair in [&pairs[1], &refreshed] {
        holder(&app, pair).get("me").await.problem(401, "invalid_token");
    }
    refreshes(&app, &refreshed["refresh_token"]).await.problem(401, "invalid_refresh_token");
    let left = me.get("me/sessions").await.expect(200);
    assert_eq!(left["items"].as_array().unwrap().len(), 1);
    assert_eq!(left["items"][0]["current"], true);
}

async fn what_ends_on_one_server_ends_on_the_other(app: TestApp) {
    registered(&app, "0912345678").await;
    let other = app.another_server().await;
    let pair = signs_in(&app, "0912345678", PASSWORD).await.expect(200);
    let there = Visitor::holding(other.address, pair["access_token"].as_str().unwrap());
    there.get("me").await.expect(200);
    assert_eq!(holder(&app, &pair).post("auth/logout", &serde_json::json!({})).await.status, 204);
    let ended = Instant::now();
    while there.get("me").await.status == 200 {
        assert!(ended.elapsed() < Duration::from_secs(60), "a minute later the token is still good there");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    there.get("me").await.problem(401, "invalid_token");
}
