//! Accounts of staff: who may make them, what they must be, and the password that the system makes.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Draft, Person, Reply, TestApp, both_engines};

use crate::sign_in::{PASSWORD, holder, refreshes, shows_no_secret, signs_in};

both_engines!(
    accounts_are_made_by_an_administrator_alone,
    all_that_is_wrong_with_an_account_is_named,
    every_role_gets_an_account_that_works,
    a_password_made_by_the_system_must_be_changed_before_anything_else,
);

fn officer(login: &str) -> Value {
    json!({"login": login, "full_name": "Trần Văn Bảy", "role": "officer", "agency": "ubnd-256"})
}

fn with(mut body: Value, field: &str, value: Value) -> Value {
    body[field] = value;
    body
}

async fn accounts_are_made_by_an_administrator_alone(app: TestApp) {
    let body = officer("canbo.256");
    app.stranger().post("admin/accounts", &body).await.problem(401, "unauthenticated");
    let others = [
        app.citizen().await,
        app.officer("ubnd-256").await,
        app.leader("ubnd-256").await,
        app.coordinator().await,
        app.steering().await,
    ];
    for person in &others {
        person.post("admin/accounts", &body).await.problem(403, "forbidden");
    }
    let admin = app.admin().await;
    let made = admin.post("admin/accounts", &body).await.expect(201);
    assert_eq!(made["account"]["login"], "canbo.256");
    shows_no_secret(&made["account"]);
    admin.post("admin/accounts", &body).await.problem(409, "login_taken");
    // A citizen's number is taken as well, however it is written.
    let phone = app.citizen().await.account.unwrap().login.as_str().replace("+84", "0");
    admin.post("admin/accounts", &officer(&phone)).await.problem(409, "login_taken");
    // A citizen cannot make themselves anything else.
    let body =
        json!({"phone": "0912345678", "password": PASSWORD, "full_name": "Hà", "role": "admin", "agency": "ubnd-256"});
    let account = app.stranger().post("auth/register", &body).await.expect(201);
    assert_eq!((&account["role"], &account["agency"]), (&json!("citizen"), &Value::Null));
}

async fn all_that_is_wrong_with_an_account_is_named(app: TestApp) {
    let admin = app.admin().await;
    let good = || officer("canbo.256");
    let steering = || json!({"login": "bcd.01", "full_name": "Lê Thị Tám", "role": "steering"});
    let mut cases = vec![
        (json!({}), vec![("/login", "required"), ("/full_name", "required"), ("/role", "required")]),
        (with(good(), "agency", json!(null)), vec![("/agency", "agency_mismatch")]),
        (with(good(), "agency", json!("so-moi")), vec![("/agency", "unknown_agency")]),
        (with(good(), "agency", json!("")), vec![("/agency", "unknown_agency")]),
        (with(good(), "agency", json!("256")), vec![("/agency", "unknown_agency")]),
        (with(good(), "agency", json!(256)), vec![("/agency", "wrong_type")]),
        (with(with(good(), "role", json!("leader")), "agency", json!(null)), vec![("/agency", "agency_mismatch")]),
        (with(steering(), "agency", json!("ubnd-256")), vec![("/agency", "agency_mismatch")]),
        (with(good(), "role", json!("coordinator")), vec![("/agency", "agency_mismatch")]),
        (with(good(), "role", json!("admin")), vec![("/agency", "agency_mismatch")]),
        (with(steering(), "role", json!("citizen")), vec![("/role", "unknown_value")]),
        (with(steering(), "role", json!("Steering")), vec![("/role", "unknown_value")]),
        (with(steering(), "role", json!("")), vec![("/role", "unknown_value")]),
        (with(steering(), "role", json!(["admin"])), vec![("/role", "wrong_type")]),
        (with(good(), "full_name", json!("\t")), vec![("/full_name", "blank")]),
        (with(good(), "full_name", json!("x".repeat(201))), vec![("/full_name", "too_long")]),
        (with(good(), "password", json!("ngắn")), vec![("/password", "too_short")]),
        (with(good(), "password", json!("")), vec![("/password", "too_short")]),
        (with(good(), "password", json!("CanBo.256")), vec![("/password", "password_is_login")]),
        (with(good(), "password", json!("x".repeat(257))), vec![("/password", "too_long")]),
        (with(good(), "password", json!(12_345_678)), vec![("/password", "wrong_type")]),
        (
            json!({"login": "Đặng", "full_name": "\u{0}", "role": "boss", "agency": "nowhere", "password": "x"}),
            vec![
                ("/login", "invalid_login"),
                ("/full_name", "control_character"),
                ("/role", "unknown_value"),
                ("/agency", "unknown_agency"),
                ("/password", "too_short"),
            ],
        ),
    ];
    let long = format!("a{}", "b".repeat(64));
    for login in
        ["", "ab", "1abc", "-abc", "CanBo", "can bo", "cán.bộ", "can/bo", "can\u{0}bo", "can@bo", "0112345678", &long]
    {
        cases.push((officer(login), vec![("/login", "invalid_login")]));
    }
    cases.push((with(good(), "login", json!(256)), vec![("/login", "wrong_type")]));
    for (body, faults) in cases {
        admin.post("admin/accounts", &body).await.faults(&faults);
    }
    let told = admin.post("admin/accounts", &with(steering(), "role", json!("citizen"))).await.text;
    assert!(told.contains("officer, leader, coordinator, steering, admin"), "{told}");
    // Nothing of it was made, and no desk was opened.
    signs_in(&app, "canbo.256", "CanBo.256").await.problem(401, "bad_credentials");
    let preview = "routing/preview?category=chieu_sang&lat=21.1875&lon=106.0838";
    assert_eq!(app.stranger().get(preview).await.expect(200)["rule"], "no_staff");
    for login in ["abc", &long[..64], "can-bo_2.56", "Ha@BacNinh.gov.vn", "0222 3822 155"] {
        admin.post("admin/accounts", &officer(login)).await.expect(201);
    }
    assert_eq!(app.stranger().get(preview).await.expect(200)["agency"]["code"], "ubnd-256", "now somebody is there");
}

async fn every_role_gets_an_account_that_works(app: TestApp) {
    let admin = app.admin().await;
    for (role, agency, path) in [
        ("officer", json!("ubnd-09163"), "agency/petitions"),
        ("leader", json!("ubnd-09163"), "agency/petitions"),
        ("coordinator", Value::Null, "agency/petitions"),
        ("steering", Value::Null, "rates"),
        ("admin", Value::Null, "rates"),
    ] {
        let login = format!("can.{role}");
        let body = json!({"login": login, "full_name": "A", "role": role, "agency": agency, "password": PASSWORD});
        let made = admin.post("admin/accounts", &body).await.expect(201);
        assert_eq!(made["password"], Value::Null, "a password that was given is not sent back");
        assert_eq!((&made["account"]["role"], &made["account"]["agency"]), (&json!(role), &agency));
        assert_eq!(made["account"]["must_change_password"], false);
        let pair = signs_in(&app, &login, PASSWORD).await.expect(200);
        let person = holder(&app, &pair);
        assert_eq!(person.get("me").await.expect(200), made["account"]);
        person.get(path).await.expect(200);
    }
}

async fn a_password_made_by_the_system_must_be_changed_before_anything_else(app: TestApp) {
    let (admin, citizen) = (app.admin().await, app.citizen().await);
    let made = admin.post("admin/accounts", &officer("canbo.256")).await.expect(201);
    let password = made["password"].as_str().unwrap();
    assert_eq!(made["account"]["must_change_password"], true);
    let other = admin.post("admin/accounts", &officer("canbo.257")).await.expect(201);
    assert_ne!(made["password"], other["password"]);
    let code = citizen.submits(&Draft::street_lamp()).await;

    let pair = signs_in(&app, "canbo.256", password).await.expect(200);
    assert_eq!(pair["must_change_password"], true);
    let refreshed = refreshes(&app, &pair["refresh_token"]).await.expect(200);
    assert_eq!(refreshed["must_change_password"], true, "nor does a new token help");
    let calls = [
        (Method::GET, "agency/petitions".to_owned()),
        (Method::GET, "rates".to_owned()),
        (Method::GET, "targets".to_owned()),
        (Method::GET, "targets/cds-2022/progress".to_owned()),
        (Method::GET, "me/petitions".to_owned()),
        (Method::GET, format!("petitions/{code}")),
        (Method::GET, format!("petitions/{code}/history")),
        (Method::GET, "admin/calendar/2026".to_owned()),
        (Method::POST, "petitions".to_owned()),
        (Method::POST, "admin/accounts".to_owned()),
    ];
    let commands = ["receive", "start", "transfer", "return", "answer", "reject", "withdraw"];
    let commands = commands.map(|command| (Method::POST, format!("petitions/{code}/{command}")));
    for token in [&pair, &refreshed] {
        let person = holder(&app, token);
        for (method, path) in calls.iter().chain(&commands) {
            let request = person.request(method.clone(), path).json(&json!({}));
            Reply::read(request.send().await.unwrap()).await.problem(403, "password_change_required");
        }
        // Who one is can be asked, and signing out is always possible.
        shows_no_secret(&person.get("me").await.expect(200));
    }
    assert_eq!(citizen.reads(&code).await["version"], 1);

    let person: Person<'_> = holder(&app, &refreshed);
    let changes =
        async |new: &str| person.post("me/password", &json!({"current_password": password, "new_password": new})).await;
    changes(password).await.faults(&[("/new_password", "same_password")]);
    changes("canbo.256").await.faults(&[("/new_password", "password_is_login")]);
    let own = changes(PASSWORD).await.expect(200);
    assert_eq!(own["must_change_password"], false);
    let officer = holder(&app, &own);
    assert_eq!(officer.get("me").await.expect(200)["must_change_password"], false);
    assert_eq!(officer.receives(&code).await["status"], "received");
    refreshes(&app, &refreshed["refresh_token"]).await.problem(401, "invalid_refresh_token");
    signs_in(&app, "canbo.256", password).await.problem(401, "bad_credentials");
    let again = signs_in(&app, "canbo.256", PASSWORD).await.expect(200);
    assert_eq!(again["must_change_password"], false);
    assert_eq!(holder(&app, &again).post("auth/logout", &json!({})).await.status, 204);
}
