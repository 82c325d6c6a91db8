//! The list of changes: every change of the catalogue with its author, its time, what it was and what it is.

use persistence::Engine;
use reqwest::Method;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use tests::{Person, Reply, TestApp, both_engines};

use crate::{
    log::connected,
    targets::{changes as changes_target, new, plan, with},
};

both_engines!(
    every_change_is_in_the_list_with_its_author_and_what_it_was,
    the_list_is_read_page_by_page,
    a_bad_question_is_told_whole,
    only_administrators_read_it,
    the_database_refuses_to_change_the_list,
);

/// What the list has, the newest first.
pub(crate) async fn listed(admin: &Person<'_>, query: &str) -> Vec<Value> {
    let page = admin.get(&format!("admin/changes?limit=100&{query}")).await.expect(200);
    page["items"].as_array().unwrap().clone()
}

async fn every_change_is_in_the_list_with_its_author_and_what_it_was(app: TestApp) {
    let admin = app.admin().await;
    let author = admin.account.as_ref().unwrap().id.to_string();
    assert_eq!(listed(&admin, "").await, Vec::<Value>::new(), "what came with the program is no change");
    admin.post("admin/targets", &new("cds-2026")).await.expect(201);
    let stricter = with(plan(), "definition", json!("all"));
    changes_target(&admin, "cds-2026", None, &stricter).await.expect(200);
    changes_target(&admin, "cds-2026", None, &stricter).await.problem(409, "no_effect");
    let told = listed(&admin, "kind=target&key=cds-2026").await;
    let [second, first] = told.as_slice() else { panic!("what changed nothing is not in the list: {told:?}") };
    assert_eq!((&first["before"], &first["after"]["definition"]), (&Value::Null, &json!("actionable")));
    assert_eq!(second["before"], first["after"]);
    assert_eq!(second["after"]["definition"], "all");
    assert_eq!((&second["author"], &second["reason"]), (&json!(author), &plan()["reason"]));
    assert!(first["at"].as_str() < second["at"].as_str(), "{told:?}");

    let confirm = async || admin.post("admin/calendar/2027/confirm", &json!({})).await.expect(200);
    confirm().await;
    confirm().await;
    let told = listed(&admin, "kind=calendar").await;
    assert_eq!(told.len(), 1, "a second confirmation changes nothing: {told:?}");
    assert_eq!((&told[0]["key"], &told[0]["before"]["status"]), (&json!("2027"), &json!("projected")));

    let body = json!({"login": "canbo.thu", "full_name": "Trần Thị Thử", "role": "officer", "agency": "ubnd-256"});
    let made = admin.post("admin/accounts", &body).await.expect(201);
    let id = made["account"]["id"].as_str().unwrap();
    for call in ["deactivate", "deactivate", "activate"] {
        admin.post(&format!("admin/accounts/{id}/{call}"), &json!({})).await.expect(200);
    }
    let told = listed(&admin, &format!("kind=account&key={id}")).await;
    let active: Vec<&Value> = told.iter().map(|change| &change["after"]["active"]).collect();
    assert_eq!(active, [&json!(true), &json!(false), &json!(true)]);
    let text = format!("{told:?}");
    assert!(!text.contains("Thử") && !text.contains("canbo.thu"), "the list is for good and names nobody: {text}");
}

async fn the_list_is_read_page_by_page(app: TestApp) {
    let admin = app.admin().await;
    for number in 0..5 {
        admin.post("admin/targets", &new(&format!("cds-{number}"))).await.expect(201);
    }
    let (mut keys, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = admin.get(&format!("admin/changes?limit=2{cursor}")).await.expect(200);
        keys.extend(page["items"].as_array().unwrap().iter().map(|change| change["key"].as_str().unwrap().to_owned()));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(keys, ["cds-4", "cds-3", "cds-2", "cds-1", "cds-0"]);
}

async fn a_bad_question_is_told_whole(app: TestApp) {
    let admin = app.admin().await;
    let reply = admin.get("admin/changes?kind=target,xyz&limit=0&cursor=1").await;
    reply.faults(&[("/kind", "unknown_value"), ("/limit", "out_of_range"), ("/cursor", "invalid_cursor")]);
}

async fn only_administrators_read_it(app: TestApp) {
    let people = [app.citizen().await, app.officer("ubnd-256").await, app.leader("ubnd-256").await];
    for person in people.iter().chain([&app.coordinator().await, &app.steering().await]) {
        person.get("admin/changes").await.problem(403, "forbidden");
    }
    app.stranger().get("admin/changes").await.problem(401, "unauthenticated");
}

async fn the_database_refuses_to_change_the_list(app: TestApp) {
    let (admin, database) = (app.admin().await, connected(&app).await);
    admin.post("admin/targets", &new("cds-2026")).await.expect(201);
    let told = listed(&admin, "").await;
    let mut attempts = vec!["UPDATE catalogue_change SET author = NULL", "DELETE FROM catalogue_change"];
    match app.engine {
        Engine::Sqlite => attempts.push("INSERT OR REPLACE INTO catalogue_change SELECT id, 0, author, kind, item_key, NULL, NULL, NULL FROM catalogue_change"),
        Engine::Postgres => attempts.push("TRUNCATE catalogue_change"),
    }
    for sql in attempts {
        let refusal = database.execute_unprepared(sql).await.expect_err(sql).to_string();
        assert!(refusal.contains("the list of changes is append-only"), "{sql}: {refusal}");
    }
    assert_eq!(listed(&admin, "").await, told);
}

/// A change of something that names the version it means.
pub(crate) async fn puts(admin: &Person<'_>, path: &str, if_match: Option<&str>, body: &Value) -> Reply {
    let request = admin.request(Method::PUT, path).json(body);
    let request = if_match.into_iter().fold(request, |request, tag| request.header("if-match", tag));
    Reply::read(request.send().await.unwrap()).await
}
