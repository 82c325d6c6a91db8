//! Who may send, and who follows what came through them.

use serde_json::{Value, json};
use tests::{Draft, Reply, TestApp, both_engines};

use super::{DISTRICT, HERE, Of, asks, descriptions, key, of_json, posting, publishes, reads, refused, sends, submits};

both_engines!(
    an_administrator_alone_gives_keys_to_programs,
    who_has_no_key_sends_nothing,
    a_program_follows_what_came_through_it_and_nothing_else,
);

async fn an_administrator_alone_gives_keys_to_programs(app: TestApp) {
    let admin = app.admin().await;
    let body = json!({"name": "Ứng dụng", "scopes": ["open311"], "source": "ung-dung"});
    let made = admin.post("api-keys", &body).await.expect(201);
    assert_eq!((&made["key"]["source"], &made["key"]["agency"]), (&json!("ung-dung"), &Value::Null));
    let again = admin.post("api-keys", &body).await.expect(201);
    assert_eq!(made["key"]["account"], again["key"]["account"], "one program, however many keys");
    let listed = admin.get("api-keys").await.expect(200);
    assert_eq!(listed["items"][0]["scopes"], json!(["open311"]));
    let with = |field: &str, value: Value| {
        let mut body = body.clone();
        body[field] = value;
        body
    };
    admin.post("api-keys", &with("agency", json!(DISTRICT))).await.faults(&[("/agency", "agency_or_source")]);
    admin.post("api-keys", &with("source", Value::Null)).await.faults(&[("/source", "required")]);
    admin.post("api-keys", &with("source", json!("Ứng dụng"))).await.faults(&[("/source", "invalid_code")]);
    admin.post("api-keys", &with("source", json!("a".repeat(60)))).await.faults(&[("/source", "invalid_code")]);
    admin.post("api-keys", &with("scopes", json!(["open311", "read"]))).await.faults(&[("/scopes/1", "unknown_value")]);
    let leader = app.leader(DISTRICT).await;
    leader.post("api-keys", &body).await.faults(&[("/scopes/0", "unknown_value"), ("/source", "agency_or_source")]);
    let own = json!({"name": "x", "scopes": ["read"]});
    leader.post("api-keys", &own).await.expect(201);
    assert_eq!(leader.get("api-keys").await.expect(200)["items"].as_array().unwrap().len(), 1);
    let path = format!("api-keys/{}", made["key"]["id"].as_str().unwrap());
    let revoke = leader.request(reqwest::Method::DELETE, &path).send().await.unwrap();
    Reply::read(revoke).await.problem(404, "not_found");
    // Nobody signs in by it.
    let login = json!({"login": "open311.ung-dung", "password": made["secret"]});
    assert!([401, 422].contains(&app.stranger().post("auth/login", &login).await.status));
}

async fn who_has_no_key_sends_nothing(app: TestApp) {
    let admin = app.admin().await;
    let of_agency = json!({"name": "x", "scopes": ["read", "handle", "answer"], "agency": DISTRICT});
    let of_agency = admin.post("api-keys", &of_agency).await.expect(201)["secret"].as_str().unwrap().to_owned();
    let revoked =
        admin.post("api-keys", &json!({"name": "x", "scopes": ["open311"], "source": "cu"})).await.expect(201);
    let path = format!("api-keys/{}", revoked["key"]["id"].as_str().unwrap());
    Reply::read(admin.request(reqwest::Method::DELETE, &path).send().await.unwrap()).await.expect(204);
    let token = app.citizen().await.token.unwrap();
    for wrong in ["", "pakn_", "x", &of_agency, revoked["secret"].as_str().unwrap(), &token] {
        let parameters = [&[("api_key", wrong)], HERE.as_slice()].concat();
        let errors = of_json(&sends(&app, "json", &parameters).await, 403, Of::Errors);
        assert!(descriptions(&errors, 403)[0].contains("api_key"), "{errors}");
    }
    let reply = sends(&app, "xml", &HERE).await;
    assert_eq!((reply.status, reply.header("content-type")), (403, "text/xml; charset=utf-8"));
    let reply = Reply::read(posting(&app, "json").json(&json!({})).send().await.unwrap()).await;
    of_json(&reply, 403, Of::Errors);
    // In the head or in the address it is as good as in the form.
    let key = key(&app, "ban").await;
    let in_head = posting(&app, "json").bearer_auth(&key);
    let in_address = app.stranger().request(reqwest::Method::POST, &format!("/open311/v2/requests.json?api_key={key}"));
    for request in [in_head, in_address] {
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(super::form(&HERE));
        of_json(&Reply::read(request.send().await.unwrap()).await, 201, Of::Taken);
    }
    assert_eq!(app.coordinator().await.queue("").await.len(), 2);
}

async fn a_program_follows_what_came_through_it_and_nothing_else(app: TestApp) {
    let (own, renewed, other) = (key(&app, "ban").await, key(&app, "ban").await, key(&app, "khac").await);
    let code = submits(&app, &own, &HERE).await;
    let citizens = app.citizen().await.submits(&Draft::street_lamp()).await;
    let stranger = app.stranger();
    let path = format!("requests/{code}");
    for key in [&own, &renewed] {
        let shown = reads(&stranger, &path, &format!("api_key={key}"), Of::Requests).await;
        assert_eq!(
            (&shown[0]["status_notes"], &shown[0]["description"]),
            (&json!("Chờ tiếp nhận"), &json!("Chiếu sáng công cộng"))
        );
        let shown = reads(&stranger.with_token(key), &path, "", Of::Requests).await;
        assert_eq!(shown[0]["service_request_id"], code);
    }
    refused(&stranger, &path, &format!("api_key={other}"), 404).await;
    refused(&stranger, &path, "api_key=pakn_x", 404).await;
    refused(&stranger, &format!("requests/{citizens}"), &format!("api_key={own}"), 404).await;
    // Lists are of what is published, for them too.
    assert_eq!(
        asks(&stranger, "requests", &format!("api_key={own}&service_request_id={code}"), 200, Of::Requests).await,
        json!([])
    );
    publishes(&app.coordinator().await, &code).await;
    assert_eq!(reads(&stranger, &path, "", Of::Requests).await[0]["service_request_id"], code);
}
