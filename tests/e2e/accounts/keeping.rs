//! Who keeps whose account: administrators all of staff, leaders the officers of their agency.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::{Draft, Person, TestApp, Visitor, both_engines};

use crate::sign_in::{PASSWORD, holder, refreshes, signs_in};

both_engines!(
    a_leader_makes_and_deactivates_the_agencys_officers,
    what_is_deactivated_ends_on_every_server_within_a_minute,
    an_administrator_keeps_all_of_staff,
    an_administrator_remains,
    a_password_is_hashed_anew_when_it_should_cost_more,
);

const ACTIONS: [&str; 4] = ["deactivate", "activate", "reset-password", "reset-second-factor"];

fn id(account: &Value) -> &str {
    account["id"].as_str().unwrap()
}

async fn makes_officer(leader: &Person<'_>, login: &str) -> Value {
    let body = json!({"login": login, "full_name": "Trần Văn Bảy", "password": PASSWORD});
    leader.post("agency/officers", &body).await.expect(201)["account"].clone()
}

async fn a_leader_makes_and_deactivates_the_agencys_officers(app: TestApp) {
    let leader = app.leader("ubnd-256").await;
    let made = makes_officer(&leader, "canbo.01").await;
    assert_eq!((&made["role"], &made["agency"]), (&json!("officer"), &json!("ubnd-256")));
    leader.post("agency/officers", &json!({"login": "canbo.01", "full_name": "B"})).await.problem(409, "login_taken");
    leader.post("agency/officers", &json!({"login": "Đ", "password": "12345678"})).await.faults(&[
        ("/login", "invalid_login"),
        ("/full_name", "required"),
        ("/password", "password_common"),
    ]);
    // Neither role nor agency is theirs to choose.
    let body = json!({"login": "canbo.02", "full_name": "B", "role": "admin", "agency": "ubnd-258"});
    let second = leader.post("agency/officers", &body).await.expect(201);
    assert_eq!((&second["account"]["role"], &second["account"]["agency"]), (&json!("officer"), &json!("ubnd-256")));
    assert!(second["password"].as_str().unwrap().len() >= 20);
    let listed = leader.get("agency/officers").await.expect(200);
    let logins: Vec<&str> = listed["items"].as_array().unwrap().iter().map(|o| o["login"].as_str().unwrap()).collect();
    assert_eq!(logins, ["canbo.02", "canbo.01"]);

    // For others they do not exist; and other people's do not exist for a leader.
    let (elsewhere, admin) = (app.leader("ubnd-258").await, app.admin().await);
    assert_eq!(elsewhere.get("agency/officers").await.expect(200)["items"], json!([]));
    let citizen = app.citizen().await.account.unwrap().id.to_string();
    let peer = app.leader("ubnd-256").await.account.unwrap().id.to_string();
    let own = leader.account.as_ref().unwrap().id.to_string();
    for action in ACTIONS {
        let path = |of: &str| format!("agency/officers/{of}/{action}");
        elsewhere.post(&path(id(&made)), &json!({})).await.problem(404, "not_found");
        for nobody in [citizen.as_str(), &peer, &own, "x", "00000000-0000-0000-0000-000000000000"] {
            leader.post(&path(nobody), &json!({})).await.problem(404, "not_found");
        }
        app.officer("ubnd-256").await.post(&path(id(&made)), &json!({})).await.problem(403, "forbidden");
        admin.post(&format!("admin/accounts/{citizen}/{action}"), &json!({})).await.problem(404, "not_found");
    }

    let pair = signs_in(&app, "canbo.01", PASSWORD).await.expect(200);
    holder(&app, &pair).get("agency/petitions").await.expect(200);
    let path = |action: &str| format!("agency/officers/{}/{action}", id(&made));
    for _ in 0..2 {
        let gone = leader.post(&path("deactivate"), &json!({})).await.expect(200);
        assert_eq!(gone["active"], false);
    }
    holder(&app, &pair).get("agency/petitions").await.problem(401, "invalid_token");
    refreshes(&app, &pair["refresh_token"]).await.problem(401, "invalid_refresh_token");
    signs_in(&app, "canbo.01", PASSWORD).await.problem(401, "bad_credentials");
    let inactive = leader.get("agency/officers?active=false").await.expect(200);
    assert_eq!(inactive["items"].as_array().unwrap().len(), 1);
    assert_eq!(leader.post(&path("activate"), &json!({})).await.expect(200)["active"], true);
    let again = signs_in(&app, "canbo.01", PASSWORD).await.expect(200);
    holder(&app, &again).get("agency/petitions").await.expect(200);
    holder(&app, &pair).get("me").await.problem(401, "invalid_token");

    let made = leader.post(&path("reset-password"), &json!({})).await.expect(200);
    holder(&app, &again).get("me").await.problem(401, "invalid_token");
    signs_in(&app, "canbo.01", PASSWORD).await.problem(401, "bad_credentials");
    let pair = signs_in(&app, "canbo.01", made["password"].as_str().unwrap()).await.expect(200);
    assert_eq!(pair["must_change_password"], true);
}

async fn what_is_deactivated_ends_on_every_server_within_a_minute(app: TestApp) {
    let leader = app.leader("ubnd-256").await;
    let made = makes_officer(&leader, "canbo.01").await;
    let other = app.another_server().await;
    let there = Visitor::at(other.address).signed_in("canbo.01", PASSWORD).await;
    there.get("agency/petitions").await.expect(200);
    // One who has a token without a session that the database knows ends too.
    let officer = app.officer("ubnd-256").await;
    let unseen = Visitor::holding(other.address, officer.token.as_ref().unwrap());
    unseen.get("agency/petitions").await.expect(200);
    let other_id = officer.account.as_ref().unwrap().id.to_string();
    for of in [id(&made), &other_id] {
        leader.post(&format!("agency/officers/{of}/deactivate"), &json!({})).await.expect(200);
    }
    let begun = Instant::now();
    for visitor in [&there, &unseen] {
        while visitor.get("agency/petitions").await.status == 200 {
            assert!(begun.elapsed() < Duration::from_secs(60), "a minute later the token is still good there");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        visitor.get("agency/petitions").await.problem(401, "invalid_token");
    }
    // The desk has nobody but its leader now; with them gone petitions go to the coordinator.
    let admin = app.admin().await;
    let leader_id = leader.account.as_ref().unwrap().id.to_string();
    admin.post(&format!("admin/accounts/{leader_id}/deactivate"), &json!({})).await.expect(200);
    let code = app.citizen().await.submits(&Draft::street_lamp()).await;
    let seen = app.coordinator().await.reads(&code).await;
    assert_eq!(seen["agency"]["code"], "dieu-phoi");
}

async fn an_administrator_keeps_all_of_staff(app: TestApp) {
    let admin = app.admin().await;
    for (login, role, agency) in [
        ("a.officer", "officer", json!("ubnd-256")),
        ("b.leader", "leader", json!("ubnd-256")),
        ("c.officer", "officer", json!("ubnd-258")),
        ("d.steering", "steering", Value::Null),
        ("e.coordinator", "coordinator", Value::Null),
    ] {
        let body = json!({"login": login, "full_name": "A", "role": role, "agency": agency, "password": PASSWORD});
        admin.post("admin/accounts", &body).await.expect(201);
    }
    app.citizen().await;
    let logins = async |query: &str| -> Vec<String> {
        let page = admin.get(&format!("admin/accounts?{query}")).await.expect(200);
        page["items"].as_array().unwrap().iter().map(|item| item["login"].as_str().unwrap().to_owned()).collect()
    };
    let all = logins("").await;
    assert_eq!(all[..5], ["e.coordinator", "d.steering", "c.officer", "b.leader", "a.officer"]);
    assert_eq!(all.len(), 6, "and the administrator; citizens are not listed: {all:?}");
    assert_eq!(logins("role=officer,leader&agency=ubnd-256").await, ["b.leader", "a.officer"]);
    admin.get("admin/accounts?role=citizen&agency=nowhere&active=x&limit=0&cursor=y").await.faults(&[
        ("/role", "unknown_value"),
        ("/agency", "unknown_agency"),
        ("/active", "unknown_value"),
        ("/limit", "out_of_range"),
        ("/cursor", "invalid_cursor"),
    ]);
    let mut walked = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = admin.get(&format!("admin/accounts?limit=2{cursor}")).await.expect(200);
        walked.extend(page["items"].as_array().unwrap().iter().map(|item| item["login"].as_str().unwrap().to_owned()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(walked, all);
    for role in ["officer", "leader", "steering", "coordinator"] {
        let page = admin.get(&format!("admin/accounts?role={role}")).await.expect(200);
        let path = format!("admin/accounts/{}/deactivate", id(&page["items"][0]));
        assert_eq!(admin.post(&path, &json!({})).await.expect(200)["active"], false);
    }
    assert_eq!(logins("active=true&role=officer").await, ["a.officer"]);
}

async fn an_administrator_remains(app: TestApp) {
    let (one, two) = (app.admin().await, app.admin().await);
    let path = |of: &Person<'_>| format!("admin/accounts/{}/deactivate", of.account.as_ref().unwrap().id);
    one.post(&path(&one), &json!({})).await.problem(409, "own_account");
    one.post(&path(&two), &json!({})).await.expect(200);
    two.post(&path(&one), &json!({})).await.problem(401, "invalid_token");
}

async fn a_password_is_hashed_anew_when_it_should_cost_more(app: TestApp) {
    use api::settings::{AccountSettings, ServeSettings};
    super::registered(&app, "0912345678").await;
    let login = domain::account::Login::phone("0912345678").unwrap();
    let hash = async || app.app.store.account_by_login(&login).await.unwrap().unwrap().password_hash;
    let before = hash().await;
    assert!(before.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{before}");
    signs_in(&app, "0912345678", PASSWORD).await.expect(200);
    assert_eq!(hash().await, before, "it costs what it should");
    let accounts = AccountSettings { password_passes: 3, ..AccountSettings::default() };
    let dearer = app.another_server_with(ServeSettings { accounts, ..tests::app::settings() }).await;
    let wrong = json!({"login": "0912345678", "password": "không phải"});
    Visitor::at(dearer.address).post("auth/login", &wrong).await.problem(401, "bad_credentials");
    assert_eq!(hash().await, before);
    Visitor::at(dearer.address).signed_in("0912345678", PASSWORD).await.get("me").await.expect(200);
    let after = hash().await;
    assert!(after.starts_with("$argon2id$v=19$m=19456,t=3,p=1$"), "{after}");
    // Where it costs less it is good as well, and not made cheaper.
    signs_in(&app, "0912345678", PASSWORD).await.expect(200);
    assert_eq!(hash().await, after);
}
