//! Who keeps webhooks, and what is wrong with one.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{TestApp, both_engines, webhook_target::WebhookTarget};

use super::{DESK, OTHER, makes, open_settings, sends};

both_engines!(with open_settings();
    a_leader_keeps_the_webhooks_of_the_own_agency_alone,
    what_is_wrong_with_a_webhook_is_named,
    an_agency_has_ten,
);

async fn a_leader_keeps_the_webhooks_of_the_own_agency_alone(app: TestApp) {
    let (leader, other, admin) = (app.leader(DESK).await, app.leader(OTHER).await, app.admin().await);
    let target = WebhookTarget::start();
    let made = makes(&leader, &target, json!({"name": "Văn bản", "events": ["petition.submitted"]})).await;
    let shown = made.shown(&leader).await;
    assert_eq!(
        (&shown["url"], &shown["name"], &shown["agency"], &shown["events"], &shown["categories"], &shown["state"]),
        (
            &json!(target.url()),
            &json!("Văn bản"),
            &json!(DESK),
            &json!(["petition.submitted"]),
            &json!([]),
            &json!("active")
        )
    );
    let body = json!({"url": target.url()});
    // For others it does not exist, whatever they ask of it.
    for (method, rest) in [
        (Method::GET, ""),
        (Method::PUT, ""),
        (Method::DELETE, ""),
        (Method::POST, "/rotate-secret"),
        (Method::POST, "/pause"),
        (Method::POST, "/resume"),
        (Method::POST, "/test"),
        (Method::POST, "/redeliver"),
        (Method::GET, "/deliveries"),
    ] {
        sends(&other, method.clone(), &made.path(rest), &body).await.problem(404, "not_found");
        sends(&app.officer(DESK).await, method, &made.path(rest), &body).await.problem(403, "forbidden");
    }
    assert_eq!(other.get("webhooks").await.expect(200)["items"], json!([]));
    other.get(&format!("webhooks?agency={DESK}")).await.faults(&[("/agency", "foreign_agency")]);
    let listed = admin.get(&format!("webhooks?agency={DESK}")).await.expect(200);
    assert_eq!(listed["items"], json!([shown]));
    let changed = sends(&admin, Method::PUT, &made.path(""), &body).await.expect(200);
    assert_eq!((&changed["name"], &changed["events"]), (&Value::Null, &json!([])), "all of it is put");
    let foreign = json!({"url": target.url(), "agency": DESK});
    other.post("webhooks", &foreign).await.faults(&[("/agency", "foreign_agency")]);
    let key =
        admin.post("api-keys", &json!({"name": "x", "scopes": ["read", "handle", "answer"], "agency": DESK})).await;
    let key = app.stranger().with_token(key.expect(201)["secret"].as_str().unwrap());
    key.get("webhooks").await.problem(403, "forbidden");
    sends(&leader, Method::DELETE, &made.path(""), &json!({})).await.expect(204);
    sends(&leader, Method::DELETE, &made.path(""), &json!({})).await.problem(404, "not_found");
    leader.get("webhooks/x").await.problem(404, "not_found");
}

async fn what_is_wrong_with_a_webhook_is_named(app: TestApp) {
    let admin = app.admin().await;
    admin.post("webhooks", &json!({})).await.faults(&[("/url", "required"), ("/agency", "required")]);
    let wrong = json!({
        "url": "http://169.254.169.254/", "name": "x\ny", "agency": "ubnd-0",
        "events": ["petition.submitted", "submitted", "petition.submitted", 7, "webhook.test"],
        "categories": ["chieu_sang", "khong_co", "chieu_sang"],
    });
    admin.post("webhooks", &wrong).await.faults(&[
        ("/url", "forbidden_target"),
        ("/name", "control_character"),
        ("/agency", "unknown_agency"),
        ("/events/1", "unknown_value"),
        ("/events/2", "repeated"),
        ("/events/3", "wrong_type"),
        ("/events/4", "unknown_value"),
        ("/categories/1", "unknown_category"),
        ("/categories/2", "repeated"),
    ]);
    let types = json!({"url": 5, "name": 5, "agency": "dieu-phoi", "events": "petition.submitted", "categories": {}});
    admin.post("webhooks", &types).await.faults(&[
        ("/url", "wrong_type"),
        ("/name", "wrong_type"),
        ("/agency", "foreign_agency"),
        ("/events", "wrong_type"),
        ("/categories", "wrong_type"),
    ]);
    let target = WebhookTarget::start();
    let made = makes(&admin, &target, json!({"agency": DESK})).await;
    sends(&admin, Method::PUT, &made.path(""), &json!({"events": ["x"]}))
        .await
        .faults(&[("/url", "required"), ("/events/0", "unknown_value")]);
    admin.get(&made.path("/deliveries?state=lost&limit=0&cursor=x")).await.faults(&[
        ("/state", "unknown_value"),
        ("/limit", "out_of_range"),
        ("/cursor", "invalid_cursor"),
    ]);
}

async fn an_agency_has_ten(app: TestApp) {
    let leader = app.leader(DESK).await;
    let target = WebhookTarget::start();
    for _ in 0..10 {
        makes(&leader, &target, json!({})).await;
    }
    leader.post("webhooks", &json!({"url": target.url()})).await.problem(409, "too_many");
    makes(&app.leader(OTHER).await, &target, json!({})).await;
    let (mut seen, mut cursor) = (0, String::new());
    loop {
        let page = leader.get(&format!("webhooks?limit=4{cursor}")).await.expect(200);
        seen += page["items"].as_array().unwrap().len();
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, 10);
}
