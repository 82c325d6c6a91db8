//! Targets: set up, changed with a reason, and read as they were.

use persistence::Engine;
use reqwest::{Method, RequestBuilder};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use tests::{Draft, Person, Reply, TestApp, both_engines};
use tokio::task::JoinSet;

use crate::log::connected;

both_engines!(
    a_target_is_set_up_and_changed_and_stays_readable,
    a_change_names_the_version_it_means,
    what_was_asked_about_the_past_stays,
    only_administrators_set_targets,
    every_server_sees_a_change,
    the_database_refuses_to_change_a_version,
    targets_of_an_older_database_are_their_first_version,
    an_empty_installation_forecasts_nothing,
);

/// A plan of 2026 as an administrator sends it.
pub(crate) fn plan() -> Value {
    json!({
        "name": "Kế hoạch chuyển đổi số năm 2026",
        "name_en": "Digital transformation plan 2026",
        "channels": ["mobile", "web"],
        "levels": ["district", "commune"],
        "definition": "actionable",
        "from": "2026-01-01",
        "to": "2027-01-01",
        "milestones": [
            {"before": "2026-12-01", "rate": 0.8},
            {"before": "2026-09-01", "rate": 0.7},
            {"before": "2026-09-01", "rate": 0.655, "level": "commune"},
        ],
        "reason": "Kế hoạch số 15/KH-UBND.",
    })
}

pub(crate) fn with(mut plan: Value, field: &str, value: Value) -> Value {
    plan[field] = value;
    plan
}

pub(crate) fn new(code: &str) -> Value {
    with(plan(), "code", json!(code))
}

fn change(admin: &Person<'_>, code: &str, if_match: Option<&str>, body: &Value) -> RequestBuilder {
    let request = admin.request(Method::PUT, &format!("admin/targets/{code}")).json(body);
    if_match.into_iter().fold(request, |request, tag| request.header("if-match", tag))
}

pub(crate) async fn changes(admin: &Person<'_>, code: &str, if_match: Option<&str>, body: &Value) -> Reply {
    Reply::read(change(admin, code, if_match, body).send().await.unwrap()).await
}

/// How each of them ended, all sent at once.
async fn at_once(requests: impl Iterator<Item = RequestBuilder>) -> Vec<u16> {
    let mut all = JoinSet::new();
    for request in requests {
        all.spawn(async move { request.send().await.unwrap().status().as_u16() });
    }
    all.join_all().await
}

async fn versions(reader: &Person<'_>, code: &str) -> Vec<Value> {
    let list = reader.get(&format!("targets/{code}/versions")).await.expect(200);
    assert_eq!(list["next_cursor"], Value::Null);
    list["items"].as_array().unwrap().clone()
}

async fn a_target_is_set_up_and_changed_and_stays_readable(app: TestApp) {
    let (admin, steering) = (app.admin().await, app.steering().await);
    let reply = admin.post("admin/targets", &new("cds-2026")).await;
    assert_eq!(reply.header("etag"), "\"1\"");
    let made = reply.expect(201);
    let expected = json!({
        "code": "cds-2026", "version": 1, "name": "Kế hoạch chuyển đổi số năm 2026",
        "channels": ["mobile", "web"], "levels": ["district", "commune"], "definition": "actionable",
        "from": "2026-01-01T00:00:00+07:00", "to": "2027-01-01T00:00:00+07:00",
        "milestones": [
            {"before": "2026-09-01T00:00:00+07:00", "required_rate": 0.7, "level": null},
            {"before": "2026-09-01T00:00:00+07:00", "required_rate": 0.655, "level": "commune"},
            {"before": "2026-12-01T00:00:00+07:00", "required_rate": 0.8, "level": null},
        ],
    });
    assert_eq!(made, expected);
    let listed = steering.get("targets").await.expect(200);
    let codes: Vec<&Value> = listed["items"].as_array().unwrap().iter().map(|target| &target["code"]).collect();
    assert_eq!(codes, ["cds-2022", "cds-2026"]);
    assert_eq!(listed["items"][1], made);
    admin.post("admin/targets", &new("cds-2026")).await.problem(409, "code_taken");
    admin.post("admin/targets", &new("cds-2022")).await.problem(409, "code_taken");

    let higher = with(plan(), "milestones", json!([{"before": "2026-12-01", "rate": 0.85}]));
    let higher = with(higher, "reason", json!("Nghị quyết giữa năm."));
    let reply = changes(&admin, "cds-2026", None, &higher).await;
    assert_eq!(reply.header("etag"), "\"2\"");
    let changed = reply.expect(200);
    assert_eq!((&changed["version"], &changed["milestones"][0]["required_rate"]), (&json!(2), &json!(0.85)));
    changes(&admin, "cds-2026", None, &higher).await.problem(409, "no_effect");
    assert_eq!(steering.get("targets").await.expect(200)["items"][1], changed);

    let told = versions(&steering, "cds-2026").await;
    assert_eq!(told.len(), 2);
    let author = admin.account.as_ref().unwrap().id.to_string();
    assert!(told.iter().all(|version| version["author"] == author), "{told:?}");
    assert_eq!((&told[0]["target"], &told[1]["target"]), (&changed, &made));
    assert_eq!((&told[0]["reason"], &told[1]["reason"]), (&higher["reason"], &plan()["reason"]));
    assert!(told[1]["recorded_at"].as_str() < told[0]["recorded_at"].as_str(), "{told:?}");
    let seeded = versions(&steering, "cds-2022").await;
    assert_eq!((seeded.len(), &seeded[0]["version"], &seeded[0]["author"]), (1, &json!(1), &Value::Null));
    let english = steering.request(Method::GET, "targets/cds-2026/versions").header("accept-language", "en");
    let english = Reply::read(english.send().await.unwrap()).await.expect(200);
    assert_eq!(english["items"][0]["target"]["name"], "Digital transformation plan 2026");

    // Of what has no English name the other is shown; an administrator may give no reason at first.
    let mut short = new("cds-2028");
    for field in ["name_en", "definition", "reason"] {
        short.as_object_mut().unwrap().remove(field);
    }
    assert_eq!(admin.post("admin/targets", &short).await.expect(201)["definition"], "eligible");
    assert_eq!(versions(&steering, "cds-2028").await[0]["reason"], Value::Null);
}

async fn a_change_names_the_version_it_means(app: TestApp) {
    let admin = app.admin().await;
    let reason = |reason: &str| with(plan(), "reason", json!(reason));
    changes(&admin, "cds-1999", None, &plan()).await.problem(404, "not_found");
    changes(&admin, "Không có", None, &plan()).await.problem(404, "not_found");
    changes(&admin, "cds-2022", Some("\"2\""), &plan()).await.problem(412, "stale_version");
    changes(&admin, "cds-2022", Some("1"), &plan()).await.problem(400, "malformed_header");
    changes(&admin, "cds-2022", Some("\"1\""), &plan()).await.expect(200);
    let again = with(reason("Lần nữa."), "definition", json!("all"));
    changes(&admin, "cds-2022", Some("\"1\""), &again).await.problem(412, "stale_version");
    changes(&admin, "cds-2022", Some("\"1\", \"2\""), &again).await.expect(200);
    changes(&admin, "cds-2022", Some("*"), &reason("Trở lại.")).await.expect(200);

    // Of many who mean the same version one is first.
    let bodies: Vec<Value> = (1..=6)
        .map(|hundredths| {
            with(
                reason("Cùng lúc."),
                "milestones",
                json!([{"before": "2026-12-01", "rate": f64::from(hundredths) / 100.0}]),
            )
        })
        .collect();
    let mut statuses = at_once(bodies.iter().map(|body| change(&admin, "cds-2022", Some("\"4\""), body))).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412, 412, 412, 412, 412]);
    let statuses = at_once(bodies.iter().map(|body| change(&admin, "cds-2022", None, body))).await;
    let made = statuses.iter().filter(|status| **status == 200).count();
    assert!(made >= 5, "who names no version changes whichever there is; one may find it so already: {statuses:?}");
    let told = versions(&app.steering().await, "cds-2022").await;
    let numbers: Vec<u64> = told.iter().rev().map(|version| version["version"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=u64::try_from(5 + made).unwrap()).collect::<Vec<_>>());
    let times: Vec<&str> = told.iter().rev().map(|version| version["recorded_at"].as_str().unwrap()).collect();
    assert!(times.is_sorted(), "{times:?}");
}

async fn what_was_asked_about_the_past_stays(app: TestApp) {
    let (admin, steering, citizen) = (app.admin().await, app.steering().await, app.citizen().await);
    let desk = app.officer("ubnd-256").await;
    for answered in [true, false] {
        let code = citizen.submits(&Draft::street_lamp()).await;
        if answered {
            desk.receives(&code).await;
            desk.answers(&code, "Đã sửa.").await;
        }
    }
    let year = with(with(plan(), "from", json!("2020-01-01")), "to", json!("2029-12-31"));
    let step = |rate: f64| {
        with(
            year.clone(),
            "milestones",
            json!([{"before": "2021-01-01", "rate": 1}, {"before": "2029-12-01", "rate": rate}]),
        )
    };
    admin.post("admin/targets", &with(step(0.5), "code", json!("dai-han"))).await.expect(201);
    let progress = async |query: &str| steering.get(&format!("targets/dai-han/progress?{query}")).await.expect(200);
    let now = progress("").await;
    assert_eq!((&now["target"]["version"], &now["milestones"][1]["answers_needed"]), (&json!(1), &json!(0)));
    let then = now["as_of"].as_str().unwrap().replace('+', "%2B");

    changes(&admin, "dai-han", None, &step(0.9)).await.expect(200);
    let later = progress("").await;
    assert_eq!((&later["target"]["version"], &later["milestones"][1]["answers_needed"]), (&json!(2), &json!(1)));
    assert_eq!(progress(&format!("as_of={then}")).await, now, "the version in force then");
    let otherwise = progress(&format!("as_of={then}&version=2")).await;
    assert_eq!((&otherwise["target"]["version"], &otherwise["current"]), (&json!(2), &now["current"]));
    assert_eq!(otherwise["milestones"], later["milestones"]);
    assert_eq!(progress("version=1").await["milestones"], now["milestones"]);
    let before_all = progress("as_of=2021-06-01").await;
    assert_eq!(before_all["target"]["version"], 1, "before it was written down, the first");
    assert_eq!(before_all["milestones"][0]["status"], "missed");
}

async fn only_administrators_set_targets(app: TestApp) {
    let people = [app.citizen().await, app.officer("ubnd-256").await, app.leader("ubnd-256").await];
    for person in people.iter().chain([&app.coordinator().await, &app.steering().await]) {
        person.post("admin/targets", &new("cds-2026")).await.problem(403, "forbidden");
        changes(person, "cds-2022", None, &plan()).await.problem(403, "forbidden");
    }
    app.stranger().post("admin/targets", &new("cds-2026")).await.problem(401, "unauthenticated");
    for path in ["targets/cds-2022/versions", "targets/cds-2022/forecast"] {
        people[0].get(path).await.problem(403, "forbidden");
        people[1].get(path).await.expect(200);
    }
    assert_eq!(versions(&people[1], "cds-2022").await.len(), 1);
}

async fn every_server_sees_a_change(app: TestApp) {
    let other = app.another_server().await;
    let admin = app.admin().await;
    changes(&admin, "cds-2022", None, &plan()).await.expect(200);
    // What its task does every two seconds.
    assert!(other.app.refresh_catalogue().await.unwrap(), "the revision has grown");
    let steering = app.steering().await;
    let request =
        app.client.get(format!("http://{}/api/v1/targets", other.address)).bearer_auth(steering.token.unwrap());
    let told = Reply::read(request.send().await.unwrap()).await.expect(200);
    assert_eq!(told["items"][0]["version"], 2);
}

async fn the_database_refuses_to_change_a_version(app: TestApp) {
    let (admin, database) = (app.admin().await, connected(&app).await);
    changes(&admin, "cds-2022", None, &plan()).await.expect(200);
    let told = versions(&admin, "cds-2022").await;
    let mut attempts = vec![
        "UPDATE target_version SET milestones = '[]' WHERE version = 1",
        "UPDATE target_version SET recorded_at = recorded_at",
        "DELETE FROM target_version WHERE version = 2",
    ];
    match app.engine {
        Engine::Sqlite => attempts.extend([
            "INSERT OR REPLACE INTO target_version SELECT target, version, 0, author, reason, name, name_en, channels, levels,
                definition, from_at, to_at, milestones FROM target_version",
            "UPDATE OR REPLACE target_version SET version = 1 WHERE version = 2",
        ]),
        Engine::Postgres => attempts.push("TRUNCATE target_version"),
    }
    for sql in attempts {
        let refusal = database.execute_unprepared(sql).await.expect_err(sql).to_string();
        assert!(refusal.contains("the versions of a target are append-only"), "{sql}: {refusal}");
    }
    assert_eq!(versions(&admin, "cds-2022").await, told);
}

async fn targets_of_an_older_database_are_their_first_version(app: TestApp) {
    let database = connected(&app).await;
    // As the release before left it.
    let (begin, bigint) = match app.engine {
        Engine::Sqlite => ("DROP TABLE target_version;", "INTEGER"),
        Engine::Postgres => ("DROP TABLE target_version; DROP FUNCTION target_version_is_append_only;", "bigint"),
    };
    let sql = format!(
        "{begin}
         DELETE FROM seaql_migrations WHERE version = 'm20261125_000006_target_versions';
         CREATE TABLE target (code text NOT NULL PRIMARY KEY, name text NOT NULL, name_en text NOT NULL, channels text NOT NULL,
            levels text NOT NULL, definition text NOT NULL, from_at {bigint} NOT NULL, to_at {bigint} NOT NULL);
         CREATE TABLE milestone (target text NOT NULL REFERENCES target (code), before_at {bigint} NOT NULL,
            required_basis_points INTEGER NOT NULL, PRIMARY KEY (target, before_at));
         INSERT INTO target VALUES ('rieng', 'Của tỉnh', 'Own', 'mobile web', 'commune', 'all', 1640970000000000, 1672506000000000),
            ('trong', 'Không mốc', 'Without steps', 'mobile', 'commune', 'all', 1640970000000000, 1672506000000000);
         INSERT INTO milestone VALUES ('rieng', 1669827600000000, 8000), ('rieng', 1661965200000000, 7000)"
    );
    database.execute_unprepared(&sql).await.unwrap();
    app.app.store.migrate().await.unwrap();
    let read = app.app.store.snapshot().await.unwrap().catalogue("2026-11-25".parse().unwrap()).await.unwrap().targets;
    let [own, empty] = read.as_slice() else { panic!("{read:?}") };
    let version = own.newest();
    assert_eq!((version.number, version.author, version.reason.as_deref()), (1, None, None));
    assert!((api::clock::now().micros() - version.recorded_at.micros()).abs() < 60_000_000, "{}", version.recorded_at);
    let steps: Vec<(String, u32)> = version
        .target
        .milestones
        .iter()
        .map(|step| (step.before.to_local_rfc3339(), step.required_basis_points))
        .collect();
    let expected = [("2022-09-01T00:00:00+07:00", 7000), ("2022-12-01T00:00:00+07:00", 8000)];
    assert_eq!(steps, expected.map(|(before, points)| (before.to_owned(), points)));
    assert_eq!((version.target.name.as_str(), version.target.channels.len()), ("Của tỉnh", 2));
    assert!(empty.newest().target.milestones.is_empty());
    let left = database.execute_unprepared("SELECT 1 FROM milestone").await;
    assert!(left.is_err(), "what is dead is gone");
}

async fn an_empty_installation_forecasts_nothing(app: TestApp) {
    let (admin, steering) = (app.admin().await, app.steering().await);
    let year = with(
        with(plan(), "from", json!("2025-12-01")),
        "milestones",
        json!([{"before": "2029-06-01", "rate": 0.8, "level": "commune"}]),
    );
    admin.post("admin/targets", &with(year, "code", json!("trong"))).await.expect(201);
    let told = steering.get("targets/trong/forecast?until=2026-12-31&as_of=2026-11-01&level=commune").await.expect(200);
    assert_eq!(
        (&told["status"], &told["path"], &told["pace"]),
        (&json!("too_few_petitions"), &json!([]), &Value::Null)
    );
    assert_eq!((&told["level"], &told["confidence"]), (&json!("commune"), &json!(0.8)));
    assert!(told["method"].as_str().unwrap().contains("12 tuần"), "{told}");
    let progress = steering.get("targets/trong/progress?as_of=2026-11-01").await.expect(200);
    let step = &progress["milestones"][0];
    let none = json!({"status": "too_few_petitions", "rate": null, "low": null, "high": null, "confidence": 0.8});
    assert_eq!((&step["forecast"], &step["projected_rate"], &step["level"]), (&none, &Value::Null, &json!("commune")));
    let early = steering.get("targets/trong/forecast?as_of=2025-12-15").await.expect(200);
    assert_eq!(early["status"], "too_few_days");
    let past = steering.get("targets/cds-2022/progress").await.expect(200);
    assert_eq!(past["milestones"][0]["forecast"], Value::Null, "it is over");
}
