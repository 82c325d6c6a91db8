//! What the system does by itself: what is overdue rises, what is settled ends, and deadlines follow the calendar.

use api::petition::{close_settled, escalate_overdue, recount_deadlines};
use domain::{account::Actor, petition::Command};
use persistence::PlayedPetition;
use serde_json::{Value, json};
use tests::{
    Person, TestApp, both_engines,
    past::{self, Past, at},
};

both_engines!(
    what_is_overdue_rises_to_the_leader_and_then_to_the_coordinator,
    two_servers_raise_each_petition_once,
    what_nobody_reopens_in_time_ends,
    the_queue_shows_what_asks_for_attention,
    deadlines_follow_the_calendar,
);

/// Petitions of the past, each with its commands.
async fn past(app: &TestApp, citizen: &Person<'_>, number: u64, steps: &[(&str, Actor, Command)]) -> PlayedPetition {
    let catalogue = app.app.catalogue();
    let mut past = Past::begins(&catalogue, citizen, number, at(steps[0].0));
    for (when, actor, command) in &steps[1..] {
        past.then(&catalogue, at(when), actor, command.clone());
    }
    past.played()
}

async fn store(app: &TestApp, played: &[PlayedPetition]) -> Vec<String> {
    past::store(app, played).await;
    let code = |played: &PlayedPetition| match &played.decisions[0].event.data {
        domain::petition::EventData::Submitted(submitted) => submitted.code.to_string(),
        other => panic!("{other:?}"),
    };
    played.iter().map(code).collect()
}

fn submitted(when: &'static str, citizen: &Person<'_>) -> (&'static str, Actor, Command) {
    // Only its time counts.
    (when, citizen.account.as_ref().unwrap().actor.clone(), Command::Receive)
}

async fn kinds(person: &Person<'_>, code: &str) -> Vec<String> {
    let history = person.get(&format!("petitions/{code}/history")).await.expect(200);
    history["items"].as_array().unwrap().iter().map(|entry| entry["type"].as_str().unwrap().to_owned()).collect()
}

async fn what_is_overdue_rises_to_the_leader_and_then_to_the_coordinator(app: TestApp) {
    let (officer, citizen, coordinator) = (app.officer("ubnd-256").await, app.citizen().await, app.coordinator().await);
    let overdue = past(&app, &citizen, 1, &[submitted("2026-09-01T09:00:00+07:00", &citizen)]).await;
    let code = store(&app, &[overdue]).await.remove(0);
    let fresh = citizen.submits(&tests::Draft::street_lamp()).await;

    assert_eq!(escalate_overdue(&app.app).await.unwrap(), 1);
    assert_eq!(officer.reads(&code).await["escalated"], "leader");
    // Overdue for more than two working days, it rises again at once.
    assert_eq!(escalate_overdue(&app.app).await.unwrap(), 1);
    assert_eq!(officer.reads(&code).await["escalated"], "coordinator");
    assert_eq!(escalate_overdue(&app.app).await.unwrap(), 0, "never twice");
    assert_eq!(kinds(&officer, &code).await, ["submitted", "escalated", "escalated"]);
    assert_eq!(kinds(&citizen, &code).await, ["submitted"], "the agency's own affair");
    assert_eq!(citizen.reads(&code).await["escalated"], Value::Null);
    assert_eq!(officer.reads(&fresh).await["escalated"], Value::Null);
    assert_eq!(coordinator.queue("agency=all&flagged=true").await, [code.clone()]);

    // A new desk has its own time.
    app.officer("ubnd-09163").await;
    officer.transfers(&code, "ubnd-09163", "Của xã.").await;
    assert_eq!(escalate_overdue(&app.app).await.unwrap(), 1);
    assert_eq!(escalate_overdue(&app.app).await.unwrap(), 0);
}

async fn two_servers_raise_each_petition_once(app: TestApp) {
    let (_officer, citizen) = (app.officer("ubnd-256").await, app.citizen().await);
    let mut played = Vec::new();
    for number in 1..=40 {
        played.push(past(&app, &citizen, number, &[submitted("2026-11-02T09:00:00+07:00", &citizen)]).await);
    }
    let codes = store(&app, &played).await;
    let other = app.another_server().await;
    let (one, two, three, four) = tokio::join!(
        escalate_overdue(&app.app),
        escalate_overdue(&other.app),
        escalate_overdue(&app.app),
        escalate_overdue(&other.app)
    );
    let risen: usize = [one, two, three, four].into_iter().map(Result::unwrap).sum();
    let coordinator = app.coordinator().await;
    let mut escalations = 0;
    for code in &codes {
        let told = kinds(&coordinator, code).await;
        let times = told.iter().filter(|kind| *kind == "escalated").count();
        assert!((1..=2).contains(&times), "{told:?}");
        escalations += times;
    }
    assert_eq!(risen, escalations, "what was counted was done, once");
    while escalate_overdue(&app.app).await.unwrap() > 0 {}
    for code in &codes {
        assert_eq!(kinds(&coordinator, code).await, ["submitted", "escalated", "escalated"]);
    }
    assert_eq!(app.app.store.snapshot().await.unwrap().verify().await.unwrap().damages, []);
}

async fn what_nobody_reopens_in_time_ends(app: TestApp) {
    let (officer, citizen) = (app.officer("ubnd-256").await, app.citizen().await);
    let desk = officer.account.as_ref().unwrap().actor.clone();
    let answer = || Command::Answer { content: past::sealed("Đã sửa."), attachments: Vec::new() };
    let old = past(
        &app,
        &citizen,
        1,
        &[
            submitted("2026-10-01T09:00:00+07:00", &citizen),
            ("2026-10-01T10:00:00+07:00", desk.clone(), Command::Receive),
            ("2026-10-02T10:00:00+07:00", desk.clone(), answer()),
        ],
    )
    .await;
    let old = store(&app, &[old]).await.remove(0);
    let fresh = citizen.submits(&tests::Draft::street_lamp()).await;
    officer.receives(&fresh).await;
    officer.answers(&fresh, "Đã sửa.").await;

    let over = citizen.commands(&old, "reopen", &json!({"reason": "Vẫn tối."})).await.problem(409, "reopening_over");
    assert_eq!(over["detail"], "2026-10-18T00:00:00+07:00", "fifteen days after the day of the answer");
    assert_eq!(close_settled(&app.app).await.unwrap(), 1);
    assert_eq!(close_settled(&app.app).await.unwrap(), 0);
    assert_eq!(
        (&citizen.reads(&old).await["status"], &citizen.reads(&fresh).await["status"]),
        (&json!("closed"), &json!("answered"))
    );
    let history = citizen.get(&format!("petitions/{old}/history")).await.expect(200);
    let last = history["items"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["type"], &last["role"]), (&json!("closed"), &Value::Null));
    // It may still be rated.
    assert_eq!(citizen.does(&old, "rating", &json!({"level": "satisfied"})).await["rating"]["level"], "satisfied");
    let reopened = citizen.does(&fresh, "reopen", &json!({"reason": "Vẫn tối."})).await;
    assert_eq!(
        (&reopened["status"], &reopened["answer"], &reopened["reopenings"]),
        (&json!("received"), &Value::Null, &json!(1))
    );
}

async fn the_queue_shows_what_asks_for_attention(app: TestApp) {
    // Without a deadline, at the end of a year, what is urgent would not come first.
    app.admin().await.post("admin/calendar/2027/confirm", &json!({})).await.expect(200);
    let (officer, leader, citizen) = (app.officer("ubnd-256").await, app.leader("ubnd-256").await, app.citizen().await);
    let lamp = citizen.submits(&tests::Draft::street_lamp()).await;
    let fire = tests::Draft::street_lamp().with("title", json!("Cháy nhà cạnh trạm biến áp"));
    let fire = citizen.sends(&fire).await.expect(201);
    assert_eq!((&fire["emergency"]["hotline"], &fire["priority"]), (&json!("114"), &json!("urgent")));
    assert!(fire["emergency"]["message"].as_str().unwrap().contains("114"));
    let fire = fire["code"].as_str().unwrap().to_owned();
    assert_eq!(officer.queue("flagged=true").await, [fire.clone()]);
    assert_eq!(officer.queue("flagged=false").await, [lamp.clone()]);
    assert_eq!(officer.queue("").await, [fire.clone(), lamp.clone()], "urgent is due first");

    let me = officer.account.as_ref().unwrap().id.0.to_string();
    leader.does(&lamp, "assign", &json!({"assignee": me})).await;
    assert_eq!(officer.queue("assignee=me").await, [lamp.clone()]);
    assert_eq!(leader.queue(&format!("assignee={me}")).await, [lamp.clone()]);
    assert_eq!(leader.queue("assignee=none").await, [fire.clone()]);
    assert_eq!(leader.queue("unit=256").await.len(), 2, "a district with its communes");
    assert!(leader.queue("unit=258").await.is_empty());
    let counts = leader.get("agency/counts").await.expect(200);
    assert_eq!(
        (&counts["open"], &counts["flagged"], &counts["unassigned"], &counts["by_status"]["submitted"]),
        (&json!(2), &json!(1), &json!(1), &json!(2))
    );
    let staff = leader.get("agency/staff").await.expect(200);
    let hers = staff["items"].as_array().unwrap().iter().find(|person| person["id"] == me.as_str()).unwrap();
    assert_eq!(hers["open"], 1);

    let both = json!({"petitions": [lamp, fire, "PAKN.20220101.999999"]});
    let bulk = officer.post("agency/bulk/receive", &both).await.expect(200);
    let statuses: Vec<&Value> = bulk["results"].as_array().unwrap().iter().map(|result| &result["status"]).collect();
    assert_eq!(statuses, [200, 200, 404]);
    let again = officer.post("agency/bulk/receive", &both).await.expect(200);
    assert_eq!(again["results"][0]["code"], "command_not_allowed");
    officer.post("agency/bulk/receive", &json!({"petitions": []})).await.faults(&[("/petitions", "out_of_range")]);
    officer.post("agency/bulk/assign", &json!({"petitions": [lamp, lamp, "x"], "assignee": 5})).await.faults(&[
        ("/petitions/1", "repeated"),
        ("/petitions/2", "unknown_petition"),
        ("/assignee", "wrong_type"),
    ]);
    // The same key gives each petition's first result again.
    let assign = json!({"petitions": [fire], "assignee": me});
    for _ in 0..2 {
        let given = officer.post_with("agency/bulk/assign", ("idempotency-key", "giao-1"), &assign).await.expect(200);
        assert_eq!(given["results"][0]["status"], 200);
    }

    let kept = officer.post("agency/filters", &json!({"name": "Của tôi", "query": "assignee=me&overdue=false"})).await;
    let kept = kept.expect(201);
    assert_eq!(officer.get(kept["url"].as_str().unwrap()).await.expect(200)["items"].as_array().unwrap().len(), 2);
    officer.post("agency/filters", &json!({"name": "Của tôi", "query": ""})).await.problem(409, "name_taken");
    officer
        .post("agency/filters", &json!({"name": "x", "query": "status=wrong&overdue=maybe"}))
        .await
        .faults(&[("/query/status", "unknown_value"), ("/query/overdue", "unknown_value")]);
    for slip in ["stauts=received", "limit=5", "overdue=true&cursor=x"] {
        officer
            .post("agency/filters", &json!({"name": "y", "query": slip}))
            .await
            .faults(&[("/query", "unknown_value")]);
    }
    let typed = officer.post("agency/filters", &json!({"name": "Tìm", "query": "q=đèn đường #5"})).await.expect(201);
    assert_eq!(typed["query"], "q=%C4%91%C3%A8n+%C4%91%C6%B0%E1%BB%9Dng+%235");
    officer.get(typed["url"].as_str().unwrap()).await.expect(200);
    assert!(leader.get("agency/filters").await.expect(200)["items"].as_array().unwrap().is_empty());
    let path = format!("agency/filters/{}", kept["id"].as_str().unwrap());
    let forget = async |person: &Person<'_>| {
        tests::Reply::read(person.request(reqwest::Method::DELETE, &path).send().await.unwrap()).await
    };
    forget(&leader).await.problem(404, "not_found");
    forget(&officer).await.expect(204);
    forget(&officer).await.problem(404, "not_found");
}

async fn deadlines_follow_the_calendar(app: TestApp) {
    let (officer, citizen, coordinator) = (app.officer("ubnd-256").await, app.citizen().await, app.coordinator().await);
    let december = past(&app, &citizen, 1, &[submitted("2026-12-30T09:00:00+07:00", &citizen)]).await;
    let desk = officer.account.as_ref().unwrap().actor.clone();
    let back = Command::Return { reason: past::sealed("Không phải.") };
    let steps = [submitted("2026-12-23T09:00:00+07:00", &citizen), ("2026-12-31T16:20:00+07:00", desk, back)];
    let moved = past(&app, &citizen, 2, &steps).await;
    let late = past(&app, &citizen, 3, &[submitted("2026-12-30T10:00:00+07:00", &citizen)]).await;
    let codes = store(&app, &[december, moved]).await;
    let (code, moved) = (codes[0].clone(), codes[1].clone());
    let read = coordinator.reads(&moved).await;
    assert!(
        read["due_at"].is_string() && read["receive_due_at"].is_null() && read["deadline_note"].is_string(),
        "{read}"
    );
    assert_eq!(officer.reads(&code).await["due_at"], Value::Null);
    assert_eq!(recount_deadlines(&app.app).await.unwrap(), 0, "2027 is a projection");
    let admin = app.admin().await;
    assert_eq!(admin.post("admin/calendar/2027/confirm", &json!({})).await.expect(200)["deadlines_set"], 2);
    let read = coordinator.reads(&moved).await;
    assert!(read["receive_due_at"].is_string() && read["deadline_note"].is_null(), "{read}");
    assert!(officer.reads(&code).await["due_at"].is_string());
    assert_eq!(recount_deadlines(&app.app).await.unwrap(), 0, "what is right stays");
    // A year that is confirmed already: what came meanwhile is counted all the same.
    store(&app, &[late]).await;
    assert_eq!(admin.post("admin/calendar/2027/confirm", &json!({})).await.expect(200)["deadlines_set"], 1);

    // A day off is added where one was worked: what is due after it is due a day later, and its history says so.
    let due = officer.reads(&code).await["due_at"].as_str().unwrap().to_owned();
    let day = &due[..10];
    let sql = format!(
        "INSERT INTO calendar_day (date, name, kind, status, source) VALUES ('{day}', 'Nghỉ bù', 'compensation', 'observed', 'thử')"
    );
    let database = sea_orm::Database::connect(app.database_url.as_str()).await.unwrap();
    sea_orm::ConnectionTrait::execute_unprepared(&database, &sql).await.unwrap();
    sea_orm::ConnectionTrait::execute_unprepared(&database, "UPDATE catalogue_revision SET revision = revision + 1")
        .await
        .unwrap();
    assert!(app.app.refresh_catalogue().await.unwrap());
    assert_eq!(recount_deadlines(&app.app).await.unwrap(), 2, "the two of that day");
    let later = officer.reads(&code).await["due_at"].as_str().unwrap().to_owned();
    assert!(later > due, "{due} → {later}");
    assert_eq!(kinds(&citizen, &code).await, ["submitted", "deadlines_set", "deadlines_set"]);
}
