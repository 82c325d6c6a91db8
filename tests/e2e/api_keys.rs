//! Keys of agencies' own systems: made by whom, good for what, for how long, and seen in the log.

use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use tests::{Draft, Person, TestApp, both_engines};

use crate::{erasure::traces_of, log::connected};

both_engines!(
    a_key_acts_as_an_officer_of_its_agency_and_the_log_names_it,
    a_leader_keeps_the_keys_of_the_own_agency_alone,
    what_is_wrong_with_a_key_is_named,
    a_key_that_is_over_lets_nobody_in_on_any_server,
    a_key_makes_no_agency_staffed_and_nobody_signs_in_with_it,
);

const DESK: &str = "ubnd-256";

async fn made(by: &Person<'_>, scopes: Value) -> Value {
    by.post("api-keys", &json!({"name": "Văn bản", "scopes": scopes, "agency": DESK})).await.expect(201)
}

fn holder<'a>(app: &'a TestApp, made: &Value) -> Person<'a> {
    app.stranger().with_token(made["secret"].as_str().unwrap())
}

async fn a_key_acts_as_an_officer_of_its_agency_and_the_log_names_it(app: TestApp) {
    let (citizen, officer, admin) = (app.citizen().await, app.officer(DESK).await, app.admin().await);
    let made = made(&admin, json!(["read", "handle", "answer"])).await;
    let system = holder(&app, &made);
    assert!(made["secret"].as_str().unwrap().starts_with("pakn_"));
    assert_eq!(made["key"]["last_used_at"], Value::Null);
    let code = citizen.submits(&Draft::street_lamp()).await;
    assert_eq!(system.queue("").await, [code.clone()]);
    system.receives(&code).await;
    system.starts(&code).await;
    system.answers(&code, "Đã thay bóng đèn.").await;
    assert_eq!(system.reads(&code).await["status"], "answered");
    let history = officer.get(&format!("petitions/{code}/history")).await.expect(200);
    let last = &history["items"][3];
    assert_eq!((&last["role"], &last["agency"]["code"]), (&json!("officer"), &json!(DESK)));
    let parsed = domain::petition::PetitionCode::parse(&code).unwrap();
    let id = app.app.store.petition(&parsed).await.unwrap().unwrap().petition.id;
    let logged = app.app.store.history(id).await.unwrap();
    let actor = logged.last().unwrap().event.actor.account.unwrap();
    assert_eq!(json!(actor.0), made["key"]["account"], "it is the key's own account that acts");
    // The person is told that the agency's system looked.
    let log = citizen.get("me/access-log").await.expect(200);
    assert!(log["items"].as_array().unwrap().iter().any(|look| look["purpose"] == "handling"), "{log}");

    // What it may not do it may not do: not with another's petition, and nothing of a leader's.
    system.commands(&code, "extend", &json!({})).await.problem(403, "forbidden");
    system.get("me").await.problem(403, "forbidden");
    system.post("auth/logout", &json!({})).await.problem(403, "forbidden");
    system.get("api-keys").await.problem(403, "forbidden");
    let other = citizen.submits(&Draft::rubbish()).await;
    system.get(&format!("petitions/{other}")).await.problem(404, "not_found");

    app.app.api_keys.write_down_use(&app.app.store).await.unwrap();
    let listed = admin.get("api-keys").await.expect(200);
    assert!(listed["items"][0]["last_used_at"].is_string(), "{listed}");
    assert!(listed["items"][0].get("secret").is_none() && listed["items"][0].get("hash").is_none());
    // Only its hash is kept.
    let secret = made["secret"].as_str().unwrap().trim_start_matches("pakn_").to_owned();
    assert!(!traces_of(&app, &[secret.as_str()]).contains(secret.as_str()));
}

async fn a_leader_keeps_the_keys_of_the_own_agency_alone(app: TestApp) {
    let (leader, other, admin) = (app.leader(DESK).await, app.leader("ubnd-09163").await, app.admin().await);
    let body = json!({"name": "Văn bản", "scopes": ["read"]});
    let own = leader.post("api-keys", &body).await.expect(201);
    assert_eq!(own["key"]["agency"], DESK);
    let foreign = json!({"name": "Văn bản", "scopes": ["read"], "agency": DESK});
    other.post("api-keys", &foreign).await.faults(&[("/agency", "foreign_agency")]);
    admin.post("api-keys", &body).await.faults(&[("/agency", "required")]);
    assert_eq!(other.get("api-keys").await.expect(200)["items"], json!([]));
    other.get(&format!("api-keys?agency={DESK}")).await.faults(&[("/agency", "foreign_agency")]);
    assert_eq!(admin.get(&format!("api-keys?agency={DESK}")).await.expect(200)["items"].as_array().unwrap().len(), 1);
    let path = format!("api-keys/{}", own["key"]["id"].as_str().unwrap());
    let revokes = async |person: &Person<'_>| {
        tests::Reply::read(person.request(reqwest::Method::DELETE, &path).send().await.unwrap()).await
    };
    revokes(&other).await.problem(404, "not_found");
    revokes(&app.officer(DESK).await).await.problem(403, "forbidden");
    let system = holder(&app, &own);
    assert_eq!(system.queue("").await, Vec::<String>::new());
    revokes(&leader).await.expect(204);
    revokes(&leader).await.problem(404, "not_found");
    system.get("agency/petitions").await.problem(401, "invalid_token");
    assert!(leader.get("api-keys").await.expect(200)["items"][0]["revoked_at"].is_string());

    for _ in 0..20 {
        leader.post("api-keys", &body).await.expect(201);
    }
    leader.post("api-keys", &body).await.problem(409, "too_many");
    let (mut seen, mut cursor) = (0, String::new());
    loop {
        let page = leader.get(&format!("api-keys?limit=8{cursor}")).await.expect(200);
        seen += page["items"].as_array().unwrap().len();
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, 21);
}

async fn what_is_wrong_with_a_key_is_named(app: TestApp) {
    let admin = app.admin().await;
    let name_scopes = [("/name", "required"), ("/scopes", "required"), ("/agency", "required")];
    admin.post("api-keys", &json!({})).await.faults(&name_scopes);
    let wrong =
        json!({"name": " ", "scopes": ["read", "read", "publish"], "agency": "ubnd-0", "expires_on": "2000-01-01"});
    admin.post("api-keys", &wrong).await.faults(&[
        ("/name", "blank"),
        ("/scopes/1", "repeated"),
        ("/scopes/2", "unknown_value"),
        ("/agency", "unknown_agency"),
        ("/expires_on", "out_of_range"),
    ]);
    let coordinator = json!({"name": "x", "scopes": [], "agency": "dieu-phoi", "expires_on": "mai"});
    admin.post("api-keys", &coordinator).await.faults(&[
        ("/scopes", "required"),
        ("/agency", "foreign_agency"),
        ("/expires_on", "invalid_instant"),
    ]);
    app.coordinator().await.post("api-keys", &json!({})).await.problem(403, "forbidden");
}

async fn a_key_that_is_over_lets_nobody_in_on_any_server(app: TestApp) {
    let admin = app.admin().await;
    let other = app.another_server().await;
    let (one, two) = (made(&admin, json!(["read"])).await, made(&admin, json!(["read"])).await);
    let at_the_other = |made: &Value| tests::Visitor::holding(other.address, made["secret"].as_str().unwrap());
    other.app.api_keys.read_again(&other.app.store).await.unwrap();
    at_the_other(&one).get("agency/petitions").await.expect(200);
    let path = format!("api-keys/{}", one["key"]["id"].as_str().unwrap());
    tests::Reply::read(admin.request(reqwest::Method::DELETE, &path).send().await.unwrap()).await.expect(204);
    other.app.api_keys.read_again(&other.app.store).await.unwrap();
    at_the_other(&one).get("agency/petitions").await.problem(401, "invalid_token");
    connected(&app).await.execute_unprepared("UPDATE api_key SET expires_at = 1").await.unwrap();
    other.app.api_keys.read_again(&other.app.store).await.unwrap();
    at_the_other(&two).get("agency/petitions").await.problem(401, "invalid_token");
    for garbage in ["pakn_", "pakn_00", "pakn_eyJhbGciOiJub25lIn0.e30."] {
        app.stranger().with_token(garbage).get("agency/petitions").await.problem(401, "invalid_token");
    }
}

async fn a_key_makes_no_agency_staffed_and_nobody_signs_in_with_it(app: TestApp) {
    let admin = app.admin().await;
    let made = made(&admin, json!(["read"])).await;
    app.app.refresh_catalogue().await.unwrap();
    let sent = app.citizen().await.sends(&Draft::street_lamp()).await.expect(201);
    assert_eq!((&sent["agency"]["code"], &sent["routing"]["rule"]), (&json!("dieu-phoi"), &json!("no_staff")));
    let login = format!("khoa.{}", made["key"]["account"].as_str().unwrap());
    for password in ["", "erased", made["secret"].as_str().unwrap()] {
        let reply = app.stranger().post("auth/login", &json!({"login": login, "password": password})).await;
        assert!([401, 422].contains(&reply.status), "{}", reply.text);
    }
    let leader = app.leader(DESK).await;
    let staff = leader.get("agency/staff").await.expect(200);
    assert!(!staff.to_string().contains("Văn bản"), "{staff}");
}
