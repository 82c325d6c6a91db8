//! Routing rules as an administrator keeps them: made, changed without touching what the log says, ended; looked at as a whole, tried out
//! before they are saved, and held against the petitions of the past.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    Draft, Reply, TestApp, both_engines,
    past::{Past, at, store},
};
use tokio::task::JoinSet;

use crate::changes::{listed, puts};

both_engines!(
    a_rule_is_made_and_decides,
    a_rule_that_has_begun_keeps_its_number_for_what_it_decided,
    all_that_is_wrong_with_a_rule_is_named,
    an_editor_sees_contradictions_idle_rules_and_holes,
    a_rule_is_tried_out_before_it_is_saved,
    a_replay_says_what_would_have_gone_elsewhere,
    a_replay_asks_the_database_by_the_thousand,
    of_two_who_change_it_at_once_one_is_told,
    every_server_has_it,
    only_administrators_keep_rules,
);

const PREVIEW: &str = "routing/preview?category=chieu_sang&lat=21.1875&lon=106.0838";

fn to_department() -> Value {
    json!({"category": "chieu_sang", "area": "09163", "agency": "so-xd", "reason": "Sở quản lý tuyến này."})
}

fn with(mut body: Value, field: &str, value: Value) -> Value {
    body[field] = value;
    body
}

async fn a_rule_is_made_and_decides(app: TestApp) {
    let (admin, citizen) = (app.admin().await, app.citizen().await);
    app.officer("ubnd-256").await;
    app.officer("so-xd").await;
    let reply = admin.post("admin/rules", &to_department()).await;
    assert_eq!(reply.header("etag"), "\"1\"");
    let rule = reply.expect(201);
    let sent = citizen.sends(&Draft::street_lamp()).await.expect(201);
    assert_eq!((&sent["agency"]["code"], &sent["routing"]["rule"]), (&json!("so-xd"), &json!("rule")));
    let preview = app.stranger().get(PREVIEW).await.expect(200);
    assert_eq!((&preview["agency"]["code"], &preview["rule_id"]), (&json!("so-xd"), &rule["id"]));
    let id = rule["id"].as_i64().unwrap();
    let ended =
        admin.post_with(&format!("admin/rules/{id}/end"), ("if-match", "\"1\""), &json!({"reason": "Hết."})).await;
    assert_eq!(ended.header("etag"), "\"2\"");
    let sent = citizen.sends(&Draft::street_lamp()).await.expect(201);
    assert_eq!(sent["agency"]["code"], "ubnd-256");
    let again =
        admin.post_with(&format!("admin/rules/{id}/end"), ("if-match", "\"2\""), &json!({"reason": "Hết."})).await;
    again.problem(409, "no_effect");
    let listed_rules = admin.get("admin/rules").await.expect(200);
    assert_eq!(listed_rules["items"].as_array().unwrap().len(), 1, "it is never taken away");
    let told = listed(&admin, "kind=rule").await;
    assert_eq!((told.len(), &told[1]["after"], &told[1]["reason"]), (2, &rule, &to_department()["reason"]));
    assert_eq!((&told[0]["before"], &told[0]["after"]), (&rule, &listed_rules["items"][0]));
}

async fn a_rule_that_has_begun_keeps_its_number_for_what_it_decided(app: TestApp) {
    let admin = app.admin().await;
    let first = admin.post("admin/rules", &to_department()).await.expect(201);
    let path = format!("admin/rules/{}", first["id"]);
    puts(&admin, &path, Some("\"1\""), &to_department()).await.problem(409, "no_effect");
    let other = with(to_department(), "agency", json!("so-gtvt"));
    let reply = puts(&admin, &path, Some("\"1\""), &with(other.clone(), "valid_from", json!("2099-01-01"))).await;
    let second = reply.expect(201);
    assert_eq!(second["replaces"], first["id"]);
    assert_ne!(second["id"], first["id"]);
    let old = admin.get(&path).await.expect(200);
    assert_eq!((&old["agency"], &old["valid_to"]), (&json!("so-xd"), &json!("2099-01-01")));
    // What has not begun is simply changed.
    let path = format!("admin/rules/{}", second["id"]);
    let earlier = with(other, "valid_from", json!("2098-01-01"));
    let refused = puts(&admin, &path, Some("\"1\""), &earlier).await;
    refused.faults(&[("/priority", "contradicts_rule")]);
    let higher = with(earlier, "priority", json!(5));
    let changed = puts(&admin, &path, Some("\"1\""), &higher).await.expect(200);
    assert_eq!((&changed["id"], &changed["replaces"], &changed["priority"]), (&second["id"], &json!(null), &json!(5)));
    // By the rules of a day.
    app.officer("so-xd").await;
    app.officer("so-gtvt").await;
    for (day, agency) in [("2097-12-31", "so-xd"), ("2098-06-01", "so-gtvt"), ("2100-01-01", "so-gtvt")] {
        let preview = app.stranger().get(&format!("{PREVIEW}&on={day}")).await.expect(200);
        assert_eq!(preview["agency"]["code"], agency, "{day}: {preview}");
    }
    let told = listed(&admin, "kind=rule").await;
    assert_eq!(told.len(), 4, "made, ended, made, changed: {told:?}");
}

async fn all_that_is_wrong_with_a_rule_is_named(app: TestApp) {
    let admin = app.admin().await;
    admin.post("admin/rules", &json!({})).await.faults(&[("/agency", "required")]);
    let bad = json!({
        "category": "khong_co", "area": "27", "agency": "khong-co", "priority": 2_000_000, "valid_from": "2022-01-01", "valid_to": "mai",
        "reason": "",
    });
    admin.post("admin/rules", &bad).await.faults(&[
        ("/category", "unknown_category"),
        ("/area", "unknown_unit"),
        ("/agency", "unknown_agency"),
        ("/priority", "out_of_range"),
        ("/valid_from", "in_past"),
        ("/valid_to", "invalid_day"),
        ("/reason", "blank"),
    ]);
    let wrong = json!({"category": 1, "area": [], "agency": {}, "priority": "cao", "valid_from": 2099});
    admin.post("admin/rules", &wrong).await.faults(&[
        ("/category", "wrong_type"),
        ("/area", "wrong_type"),
        ("/agency", "wrong_type"),
        ("/priority", "wrong_type"),
        ("/valid_from", "wrong_type"),
    ]);
    let backwards = with(with(to_department(), "valid_from", json!("2099-02-01")), "valid_to", json!("2099-02-01"));
    admin.post("admin/rules", &backwards).await.faults(&[("/valid_to", "empty_period")]);
    // Two that are equal would send everything to the coordinator.
    let rule = admin.post("admin/rules", &to_department()).await.expect(201);
    let same = admin.post("admin/rules", &with(to_department(), "agency", json!("so-gtvt"))).await;
    same.faults(&[("/priority", "contradicts_rule")]);
    assert!(same.text.contains(&rule["id"].to_string()), "it says which: {}", same.text);
    // A rule to an agency that ceases to exist before it.
    let end = json!({"on": "2099-07-01", "successor": "so-xd", "reason": "Sáp nhập."});
    admin.post_with("admin/agencies/so-gtvt/dissolve", ("if-match", "\"1\""), &end).await.expect(200);
    let outlives = with(with(to_department(), "agency", json!("so-gtvt")), "priority", json!(1));
    let refused = admin.post("admin/rules", &outlives).await;
    refused.faults(&[("/agency", "agency_ends")]);
    assert!(refused.text.contains("2099-07-01"), "it says when: {}", refused.text);
    admin.post("admin/rules", &with(outlives, "valid_to", json!("2099-07-01"))).await.expect(201);
    admin.get("admin/rules/0").await.problem(404, "not_found");
    admin.get("admin/rules/abc").await.problem(404, "not_found");
    puts(&admin, "admin/rules/1", None, &to_department()).await.problem(428, "precondition_required");
    admin.post("admin/rules/1/end", &json!({})).await.problem(428, "precondition_required");
}

async fn an_editor_sees_contradictions_idle_rules_and_holes(app: TestApp) {
    let admin = app.admin().await;
    app.staff_everywhere().await;
    let make = async |body: Value| admin.post("admin/rules", &body).await.expect(201)["id"].clone();
    let beaten = make(to_department()).await;
    let wide = make(json!({"area": "256", "agency": "so-gtvt", "priority": 10})).await;
    let review = admin.get("admin/routing/review").await.expect(200);
    assert_eq!(review["idle"], json!([{"rule": beaten, "why": "overruled", "by": [wide]}]));
    assert_eq!((&review["contradictions"], &review["without_agency"]), (&json!([]), &json!([])));
    // What the coordinator sorts is the only hole where everybody has staff.
    let holes = review["holes"].as_array().unwrap();
    assert_eq!(holes.len(), 1, "{holes:?}");
    assert_eq!((&holes[0]["category"], &holes[0]["reason"]), (&json!("khac"), &json!("coordinator_category")));
    let of_city =
        app.stranger().get("units?level=commune&parent=256").await.expect(200)["items"].as_array().unwrap().len();
    assert_eq!(holes[0]["communes"].as_array().unwrap().len(), 126 - of_city, "the wide rule has the city");
    // A year from now the same is asked of another day.
    let later = admin.get("admin/routing/review?on=2099-01-01").await.expect(200);
    assert_eq!(later["on"], "2099-01-01");
    admin.get("admin/routing/review?on=mai").await.faults(&[("/on", "invalid_instant")]);
}

async fn a_rule_is_tried_out_before_it_is_saved(app: TestApp) {
    let admin = app.admin().await;
    app.officer("ubnd-256").await;
    app.officer("so-xd").await;
    let question = |rule: Value| json!({"category": "chieu_sang", "lat": 21.1875, "lon": 106.0838, "rule": rule});
    let answer = admin.post("admin/routing/preview", &question(to_department())).await.expect(200);
    assert_eq!((&answer["now"]["agency"]["code"], &answer["now"]["rule"]), (&json!("ubnd-256"), &json!("competence")));
    assert_eq!((&answer["then"]["agency"]["code"], &answer["then"]["rule"]), (&json!("so-xd"), &json!("rule")));
    assert_eq!(answer["moves"], true);
    let preview = app.stranger().get(PREVIEW).await.expect(200);
    assert_eq!(preview["agency"]["code"], "ubnd-256", "nothing is saved");
    let saved = admin.post("admin/rules", &to_department()).await.expect(201)["id"].clone();
    let without = json!({"category": "chieu_sang", "unit": "09163", "on": "2099-01-01", "replaces": saved});
    let answer = admin.post("admin/routing/preview", &without).await.expect(200);
    assert_eq!(
        (&answer["now"]["agency"]["code"], &answer["then"]["agency"]["code"]),
        (&json!("so-xd"), &json!("ubnd-256"))
    );
    admin.post("admin/routing/preview", &json!({})).await.faults(&[("/category", "required"), ("/rule", "required")]);
    let bad = json!({
        "category": "khong_co", "lat": 91, "unit": "256", "on": "mai", "replaces": 0, "rule": {"area": "x", "agency": "khong-co"},
    });
    admin.post("admin/routing/preview", &bad).await.faults(&[
        ("/category", "unknown_category"),
        ("/lat", "out_of_range"),
        ("/lon", "required"),
        ("/unit", "two_places"),
        ("/on", "invalid_day"),
        ("/replaces", "unknown_rule"),
        ("/rule/area", "unknown_unit"),
        ("/rule/agency", "unknown_agency"),
    ]);
}

/// Petitions about Phường Vũ Ninh, one an hour from 1 March 2022, 9:00 on.
async fn petitions_of_2022(app: &TestApp, count: u64) {
    let citizen = app.citizen().await;
    let catalogue = app.app.catalogue();
    let first = at("2022-03-01T09:00:00+07:00");
    let sent = |hour: u64| first.plus(chrono::Duration::hours(i64::try_from(hour).unwrap()));
    let played: Vec<_> =
        (0..count).map(|hour| Past::begins(&catalogue, &citizen, hour + 1, sent(hour)).played()).collect();
    store(app, &played).await;
}

async fn a_replay_says_what_would_have_gone_elsewhere(app: TestApp) {
    let admin = app.admin().await;
    app.officer("ubnd-256").await;
    app.officer("so-xd").await;
    petitions_of_2022(&app, 30).await;
    let rates = admin.get("rates?from=2022-01-01&to=2023-01-01").await.expect(200);
    let question = |from: &str, to: &str, rule: Value| json!({"from": from, "to": to, "rule": rule});
    let of_year = question("2022-01-01", "2023-01-01", to_department());
    let answer = admin.post("admin/routing/replay", &of_year).await.expect(200);
    assert_eq!(
        (&answer["petitions"], &answer["moved"], &answer["next_cursor"]),
        (&json!(30), &json!(30), &json!(null))
    );
    assert_eq!(answer["between"], json!([{"from": "ubnd-256", "to": "so-xd", "petitions": 30}]));
    let examples = answer["examples"].as_array().unwrap();
    assert_eq!(examples.len(), 20, "some of them");
    assert_eq!(examples[0]["submitted_at"], "2022-03-01T09:00:00+07:00");
    assert_eq!((&examples[0]["without"]["rule"], &examples[0]["with"]["rule"]), (&json!("competence"), &json!("rule")));
    // From the first instant on, and before the second.
    let some = question("2022-03-01T10:00:00+07:00", "2022-03-01T12:00:00+07:00", to_department());
    assert_eq!(admin.post("admin/routing/replay", &some).await.expect(200)["petitions"], 2);
    let elsewhere = question("2022-01-01", "2023-01-01", with(to_department(), "area", json!("09166")));
    let answer = admin.post("admin/routing/replay", &elsewhere).await.expect(200);
    assert_eq!((&answer["petitions"], &answer["moved"], &answer["between"]), (&json!(30), &json!(0), &json!([])));
    let after = admin.get("rates?from=2022-01-01&to=2023-01-01").await.expect(200);
    assert_eq!(after["total"], rates["total"], "nothing changes");

    admin.post("admin/routing/replay", &json!({})).await.faults(&[
        ("/from", "required"),
        ("/to", "required"),
        ("/rule", "required"),
    ]);
    let bad = json!({"from": "2023-01-01", "to": "2022-01-01", "cursor": "x", "rule": []});
    admin.post("admin/routing/replay", &bad).await.faults(&[
        ("/to", "empty_period"),
        ("/cursor", "invalid_cursor"),
        ("/rule", "wrong_type"),
    ]);
}

async fn a_replay_asks_the_database_by_the_thousand(app: TestApp) {
    let admin = app.admin().await;
    app.officer("ubnd-256").await;
    petitions_of_2022(&app, 1_200).await;
    let question = json!({"from": "2022-01-01", "to": "2023-01-01", "rule": to_department()});
    let before = app.statements.load(std::sync::atomic::Ordering::Relaxed);
    let answer = admin.post("admin/routing/replay", &question).await.expect(200);
    let asked = app.statements.load(std::sync::atomic::Ordering::Relaxed) - before;
    assert_eq!((&answer["petitions"], &answer["moved"]), (&json!(1_200), &json!(1_200)));
    assert!(asked <= 12, "{asked} statements for 1,200 petitions");
}

async fn of_two_who_change_it_at_once_one_is_told(app: TestApp) {
    let admin = app.admin().await;
    let rule = admin.post("admin/rules", &with(to_department(), "valid_from", json!("2099-01-01"))).await.expect(201);
    let mut all = JoinSet::new();
    for number in 1..=6 {
        let body = with(with(to_department(), "valid_from", json!("2099-01-01")), "priority", json!(number));
        let path = format!("admin/rules/{}", rule["id"]);
        let request = admin.request(Method::PUT, &path).header("if-match", "\"1\"").json(&body);
        all.spawn(async move { request.send().await.unwrap().status().as_u16() });
    }
    let mut statuses = all.join_all().await;
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412, 412, 412, 412, 412]);
    // Two rules made at once may not contradict each other either.
    let mut all = JoinSet::new();
    for agency in ["so-xd", "so-gtvt", "so-tnmt", "so-yt"] {
        let body = json!({"category": "y_te", "area": "09166", "agency": agency});
        let request = admin.request(Method::POST, "admin/rules").json(&body);
        all.spawn(async move { request.send().await.unwrap().status().as_u16() });
    }
    let mut statuses = all.join_all().await;
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 422, 422, 422]);
}

async fn every_server_has_it(app: TestApp) {
    let other = app.another_server().await;
    let admin = app.admin().await;
    app.officer("so-xd").await;
    admin.post("admin/rules", &to_department()).await.expect(201);
    // What its task does every two seconds.
    assert!(other.app.refresh_catalogue().await.unwrap(), "the revision has grown");
    let request = app.client.get(format!("http://{}/api/v1/{PREVIEW}", other.address));
    let told = Reply::read(request.send().await.unwrap()).await.expect(200);
    assert_eq!(told["agency"]["code"], "so-xd");
}

async fn only_administrators_keep_rules(app: TestApp) {
    let people = [app.citizen().await, app.officer("ubnd-256").await, app.leader("ubnd-256").await];
    for person in people.iter().chain([&app.coordinator().await, &app.steering().await]) {
        person.get("admin/rules").await.problem(403, "forbidden");
        person.get("admin/routing/review").await.problem(403, "forbidden");
        for path in ["admin/rules", "admin/rules/1/end", "admin/routing/preview", "admin/routing/replay"] {
            person.post(path, &to_department()).await.problem(403, "forbidden");
        }
        puts(person, "admin/rules/1", Some("*"), &to_department()).await.problem(403, "forbidden");
    }
    assert_eq!(listed(&app.admin().await, "").await, Vec::<Value>::new());
}
