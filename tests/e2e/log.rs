//! The log: the database refuses to change it, whoever changes it all the same is found out, and anybody can check it and
//! count by it without pakn.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    io::{BufRead, BufReader},
    process::Stdio,
};

use persistence::{Engine, Verification};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tests::{Draft, Person, TestApp, both_engines, program};
use tokio::task::block_in_place;

both_engines!(
    the_database_refuses_to_change_the_log,
    whoever_changes_anything_is_found_out,
    words_that_are_lost_are_damage_and_read_as_nothing,
    the_export_is_checked_and_counted_without_pakn,
);

/// Somebody at the database, past the program.
pub(crate) async fn connected(app: &TestApp) -> DatabaseConnection {
    let mut options = ConnectOptions::new(&app.database_url);
    options.max_connections(1).sqlx_logging(false);
    Database::connect(options).await.unwrap()
}

/// The same, with the database's own guards taken off, as the owner of its tables may.
pub(crate) async fn unguarded(app: &TestApp) -> DatabaseConnection {
    let database = connected(app).await;
    let sql = match app.engine {
        Engine::Sqlite => {
            "PRAGMA foreign_keys = OFF; DROP TRIGGER event_no_update; DROP TRIGGER event_no_delete;
             DROP TRIGGER event_no_replace"
        }
        Engine::Postgres => {
            "ALTER TABLE event DISABLE TRIGGER USER;
             ALTER TABLE event DROP CONSTRAINT event_petition_id_fkey;
             ALTER TABLE words DROP CONSTRAINT words_petition_id_fkey;
             ALTER TABLE petition_search DROP CONSTRAINT petition_search_petition_id_fkey"
        }
    };
    database.execute_unprepared(sql).await.unwrap();
    database
}

pub(crate) async fn verified(app: &TestApp) -> Verification {
    app.app.store.snapshot().await.unwrap().verify().await.unwrap()
}

/// A petition with a history of four events.
async fn answered(citizen: &Person<'_>, officer: &Person<'_>) -> String {
    let code = citizen.submits(&Draft::street_lamp()).await;
    officer.receives(&code).await;
    officer.starts(&code).await;
    officer.answers(&code, "Đã thay bóng đèn.").await;
    code
}

async fn the_database_refuses_to_change_the_log(app: TestApp) {
    let (citizen, officer) = (app.citizen().await, app.officer("ubnd-256").await);
    let code = answered(&citizen, &officer).await;
    let database = connected(&app).await;
    let mut attempts = vec![
        "UPDATE event SET at = at + 1 WHERE seq = 2",
        "UPDATE event SET data = data",
        "UPDATE event SET position = position + 1000",
        "DELETE FROM event WHERE seq = 4",
        "DELETE FROM event",
    ];
    match app.engine {
        Engine::Sqlite => attempts.extend([
            "INSERT OR REPLACE INTO event SELECT position, petition_id, seq, at + 1, type, actor_account, actor_role,
                actor_agency, data, hash FROM event WHERE seq = 2",
            "INSERT OR REPLACE INTO event (petition_id, seq, at, type, data, hash)
                SELECT petition_id, seq, at + 1, type, data, hash FROM event WHERE seq = 2",
            "UPDATE OR REPLACE event SET seq = 1 WHERE seq = 2",
        ]),
        Engine::Postgres => attempts.extend([
            "TRUNCATE event",
            "TRUNCATE petition CASCADE",
            "INSERT INTO event (petition_id, seq, at, type, data, hash)
                SELECT petition_id, seq, at, type, data, hash FROM event WHERE seq = 2
                ON CONFLICT (petition_id, seq) DO UPDATE SET at = 0",
        ]),
    }
    for sql in attempts {
        let refusal = database.execute_unprepared(sql).await.expect_err(sql).to_string();
        assert!(refusal.contains("the event log is append-only"), "{sql}: {refusal}");
    }
    let verification = verified(&app).await;
    assert_eq!((verification.events, verification.damages.len()), (4, 0), "{verification:?}");
    assert_eq!(citizen.reads(&code).await["version"], 4);
}

/// What was done to a petition (`{id}`: its row's id), and what must be said of it.
const TAMPERINGS: &[(&str, &str)] = &[
    // One byte.
    (
        "UPDATE event SET data = replace(data, '\"chieu_sang\"', '\"chieu_sanh\"') WHERE petition_id = {id} AND seq = 1",
        "the chain breaks at event 1",
    ),
    ("UPDATE event SET data = '{} ' WHERE petition_id = {id} AND seq = 2", "event 2 is not in canonical form"),
    ("UPDATE event SET data = '{' WHERE petition_id = {id} AND seq = 2", "event 2 cannot be read"),
    ("UPDATE event SET at = at - 1 WHERE petition_id = {id} AND seq = 4", "the chain breaks at event 4"),
    (
        "UPDATE event SET actor_account = (SELECT id FROM account WHERE role = 'steering')
            WHERE petition_id = {id} AND seq = 3",
        "the chain breaks at event 3",
    ),
    ("UPDATE event SET actor_role = 'leader' WHERE petition_id = {id} AND seq = 3", "the chain breaks at event 3"),
    ("UPDATE event SET actor_agency = 'ubnd-257' WHERE petition_id = {id} AND seq = 2", "the chain breaks at event 2"),
    ("UPDATE event SET type = 'started' WHERE petition_id = {id} AND seq = 2", "the chain breaks at event 2"),
    ("UPDATE event SET type = 'invented' WHERE petition_id = {id} AND seq = 2", "event 2 cannot be read"),
    ("UPDATE event SET seq = 5 WHERE petition_id = {id} AND seq = 4", "the chain breaks at event 5"),
    (
        "UPDATE event SET hash = (SELECT hash FROM event WHERE petition_id = {id} AND seq = 1)
            WHERE petition_id = {id} AND seq = 4",
        "the chain breaks at event 4",
    ),
    ("UPDATE event SET position = -position WHERE petition_id = {id} AND seq = 3", "event 3 is out of order"),
    ("DELETE FROM event WHERE petition_id = {id} AND seq = 4", "the log ends at 3"),
    ("DELETE FROM event WHERE petition_id = {id} AND seq = 3", "the chain breaks at event 4"),
    ("DELETE FROM event WHERE petition_id = {id} AND seq = 1", "the chain breaks at event 2"),
    ("DELETE FROM event WHERE petition_id = {id}", "no event of it is left"),
    (
        "INSERT INTO event (petition_id, seq, at, type, actor_account, actor_role, actor_agency, data, hash)
            SELECT petition_id, 5, at, type, actor_account, actor_role, actor_agency, data, hash
            FROM event WHERE petition_id = {id} AND seq = 4",
        "the chain breaks at event 5",
    ),
    ("UPDATE petition SET status = 'in_progress' WHERE id = {id}", "its events: status"),
    ("UPDATE petition SET holder = 'ubnd-09163' WHERE id = {id}", "its events: holder"),
    ("UPDATE petition SET due_order = 0 WHERE id = {id}", "the columns its queue is ordered by"),
    ("UPDATE petition SET is_open = NOT is_open WHERE id = {id}", "the columns its queue is ordered by"),
    ("UPDATE petition SET due_at = 1, due_order = 1 WHERE id = {id}", "its events: deadlines"),
    ("UPDATE petition SET submitted_at = submitted_at - 1 WHERE id = {id}", "its events: submitted_at"),
    ("UPDATE petition SET received_at = received_at + 1 WHERE id = {id}", "its events: received_at"),
    ("UPDATE petition SET answered_at = answered_at - 1 WHERE id = {id}", "its events: answer"),
    ("UPDATE petition SET answered_at = NULL WHERE id = {id}", "half of a pair is missing"),
    ("UPDATE petition SET hide_identity = NOT hide_identity WHERE id = {id}", "its events: hide_identity"),
    ("UPDATE petition SET category = 'moi_truong' WHERE id = {id}", "its events: category"),
    ("UPDATE petition SET channel = 'web' WHERE id = {id}", "its events: channel"),
    (
        "UPDATE petition SET submitter = (SELECT id FROM account WHERE role = 'steering') WHERE id = {id}",
        "its events: submitter",
    ),
    ("UPDATE petition SET version = 3 WHERE id = {id}", "stored at version 3, but the log ends at 4"),
    (
        "UPDATE petition SET head = (SELECT hash FROM event WHERE petition_id = {id} AND seq = 3) WHERE id = {id}",
        "the log ends at 4",
    ),
    ("DELETE FROM petition_search WHERE petition_id = {id}", "the text it is searched by"),
    ("UPDATE petition SET number = number + 500000 WHERE id = {id}", "its number"),
    ("UPDATE petition_search SET folded = folded || ' x' WHERE petition_id = {id}", "the text it is searched by"),
    (
        "UPDATE words SET words = replace(words, 'hỏng', 'hòng') WHERE petition_id = {id} AND slot = 'title'",
        "the title of event 1 was changed",
    ),
    (
        "UPDATE words SET salt = (SELECT salt FROM words WHERE petition_id = {id} AND slot = 'title')
            WHERE petition_id = {id} AND slot = 'answer'",
        "the answer of event 4 was changed",
    ),
    ("DELETE FROM words WHERE petition_id = {id} AND slot = 'title'", "the title of event 1 is gone"),
    (
        "INSERT INTO words (petition_id, seq, slot, salt, words)
            SELECT petition_id, 2, 'reason', salt, words FROM words WHERE petition_id = {id} AND slot = 'title'",
        "no event names the reason of event 2",
    ),
];

/// What SQLite alone would store: text that is no text, an id that is none.
const SQLITE_TAMPERINGS: &[(&str, &str)] = &[
    ("UPDATE event SET data = CAST(x'7b7de1' AS TEXT) WHERE petition_id = {id} AND seq = 2", "cannot be read"),
    ("UPDATE event SET actor_account = x'00' WHERE petition_id = {id} AND seq = 2", "cannot be read"),
    ("UPDATE petition SET holder = CAST(x'e1' AS TEXT) WHERE id = {id}", "cannot be read"),
    ("UPDATE words SET words = CAST(x'e1' AS TEXT) WHERE petition_id = {id} AND seq = 4", "cannot be read"),
];

async fn whoever_changes_anything_is_found_out(app: TestApp) {
    let (citizen, officer) = (app.citizen().await, app.officer("ubnd-256").await);
    app.steering().await;
    let mut codes = Vec::new();
    let tamperings = match app.engine {
        Engine::Sqlite => [TAMPERINGS, SQLITE_TAMPERINGS].concat(),
        Engine::Postgres => TAMPERINGS.to_vec(),
    };
    for _ in &tamperings {
        codes.push(answered(&citizen, &officer).await);
    }
    answered(&citizen, &officer).await;
    let gone = answered(&citizen, &officer).await;
    let clean = verified(&app).await;
    assert_eq!((clean.petitions, clean.damages.len()), (u64::try_from(codes.len()).unwrap() + 2, 0), "{clean:?}");

    let database = unguarded(&app).await;
    for (index, ((sql, text), code)) in tamperings.iter().zip(&codes).enumerate() {
        let sql = sql.replace("{id}", &format!("(SELECT id FROM petition WHERE code = '{code}')"));
        let changed = database.execute_unprepared(&sql).await.unwrap().rows_affected();
        assert!(changed > 0, "{sql}");
        let verification = verified(&app).await;
        let mut found = verification.damages.iter().filter(|damage| damage.petition == *code);
        assert!(
            found.any(|damage| damage.problem.contains(text)),
            "not found out: {sql}; {:?}",
            verification.damages.last()
        );
        let named: BTreeSet<&str> = verification.damages.iter().map(|damage| damage.petition.as_str()).collect();
        assert_eq!(named, codes[..=index].iter().map(String::as_str).collect(), "nobody else is blamed: {sql}");
    }
    let id = app.app.store.petition(&domain::petition::PetitionCode::parse(&gone).unwrap()).await.unwrap().unwrap();
    let id = id.petition.id.to_string();
    database.execute_unprepared(&format!("DELETE FROM petition WHERE code = '{gone}'")).await.unwrap();

    let output = block_in_place(|| program::run(app.folder.path(), Some(&app.database_url), &["verify"]));
    assert_eq!(output.status.code(), Some(1));
    let printed = String::from_utf8(output.stdout).unwrap();
    for ((_, text), code) in tamperings.iter().zip(&codes) {
        let mut told = printed.lines().filter_map(|line| line.strip_prefix(&format!("DAMAGED {code}: ")));
        assert!(told.any(|problem| problem.contains(text)), "{code}, {text}: {printed}");
    }
    assert!(printed.contains(&format!("DAMAGED {id}: the petition's row is missing")), "{printed}");
    assert!(printed.ends_with(&format!("{} petitions are damaged\n", codes.len() + 1)), "{printed}");
    for personal in ["Đèn", "Nguyễn", "bóng", "den duong"] {
        assert!(!printed.contains(personal), "{printed}");
    }
}

/// That those which were erased are no damage is told in `erasure`.
async fn words_that_are_lost_are_damage_and_read_as_nothing(app: TestApp) {
    let (citizen, officer) = (app.citizen().await, app.officer("ubnd-256").await);
    let (code, other) = (answered(&citizen, &officer).await, answered(&citizen, &officer).await);
    let database = connected(&app).await;
    let sql = format!("DELETE FROM words WHERE petition_id = (SELECT id FROM petition WHERE code = '{code}')");
    assert_eq!(database.execute_unprepared(&sql).await.unwrap().rows_affected(), 4);
    let verification = verified(&app).await;
    assert_eq!((verification.texts, verification.erased, verification.damages.len()), (4, 0, 1), "{verification:?}");
    assert_eq!(verification.damages[0].petition, code);
    let output = block_in_place(|| program::run(app.folder.path(), Some(&app.database_url), &["verify"]));
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.starts_with("checked 2 chains, 8 events, 4 texts (0 ") && !output.status.success(), "{printed}");
    assert!(printed.contains("of event 1 is gone, and no event erased it"), "{printed}");

    for person in [&citizen, &officer] {
        let read = person.reads(&code).await;
        assert_eq!((&read["title"], &read["content"]), (&Value::Null, &Value::Null));
        assert_eq!((&read["location"]["address"], &read["answer"]["content"]), (&Value::Null, &Value::Null));
        assert_eq!((&read["status"], &read["location"]["lat"]), (&json!("answered"), &json!(21.1875)));
        let history = person.get(&format!("petitions/{code}/history")).await.expect(200);
        assert_eq!((&history["items"][3]["type"], &history["items"][3]["text"]), (&json!("answered"), &Value::Null));
        assert_eq!(person.reads(&other).await["title"], "Đèn đường hỏng");
    }
    let own = citizen.get("me/petitions").await.expect(200);
    assert_eq!((&own["items"][0]["title"], &own["items"][1]["title"]), (&json!("Đèn đường hỏng"), &Value::Null));
    assert_eq!(officer.queue("status=answered").await.len(), 2);
}

/// RFC 8785 for what a log holds: no floats. Its strings are escaped as that standard asks.
pub(crate) fn canonical(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let sorted: BTreeMap<&String, &Value> = members.iter().collect();
            let members = sorted.into_iter().map(|(name, value)| format!("{}:{}", json!(name), canonical(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        Value::Number(number) => {
            assert!(number.is_i64() || number.is_u64(), "{number} is no whole number");
            number.to_string()
        }
        Value::Null | Value::Bool(_) | Value::String(_) => value.to_string(),
    }
}

/// Every hash must follow from the lines before it.
fn check_chains(lines: &[Value]) {
    let mut heads: HashMap<&str, (Vec<u8>, u64)> = HashMap::new();
    let mut position = 0;
    for line in lines {
        let event = &line["event"];
        let (head, seq) = heads.entry(event["petition"].as_str().unwrap()).or_insert((vec![0; 32], 0));
        let hash = Sha256::new().chain_update(&head).chain_update(canonical(event)).finalize().to_vec();
        let text: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(line["hash"], text, "{line}");
        assert_eq!(event["seq"], *seq + 1, "{line}");
        assert!(line["position"].as_i64().unwrap() > position, "{line}");
        position = line["position"].as_i64().unwrap();
        (*head, *seq) = (hash, *seq + 1);
    }
}

/// By agency: submitted, received, answered, rejected, as the rates define them.
type Count = BTreeMap<String, [u64; 4]>;

/// Counts by the lines alone, as things stood before an instant.
fn count(lines: &[Value], as_of: &str) -> Count {
    // Who has it, whether it was ever received, and the last thing that gave it a status.
    let mut petitions: HashMap<&str, (&str, bool, &str)> = HashMap::new();
    for event in lines.iter().map(|line| &line["event"]).filter(|event| event["at"].as_str().unwrap() < as_of) {
        let (id, data) = (event["petition"].as_str().unwrap(), &event["data"]);
        let (holder, received, status) = petitions.entry(id).or_default();
        match event["type"].as_str().unwrap() {
            "submitted" => *holder = data["routing"]["agency"].as_str().unwrap(),
            "received" => *received = true,
            "transferred" => *holder = data["to"].as_str().unwrap(),
            "returned" => *holder = "dieu-phoi",
            "answered" | "answer_approved" => *status = "answered",
            "reopened" => *status = "",
            kind @ ("rejected" | "withdrawn" | "merged") => *status = kind,
            // What is closed stays answered, and nothing else moves a petition or ends it.
            _ => {}
        }
    }
    let mut counts = Count::new();
    for (holder, received, status) in
        petitions.into_values().filter(|(.., status)| !["withdrawn", "merged"].contains(status))
    {
        let [submitted, acknowledged, answered, rejected] = counts.entry(holder.to_owned()).or_default();
        *submitted += 1;
        *acknowledged += u64::from(received && status != "rejected");
        *answered += u64::from(status == "answered");
        *rejected += u64::from(status == "rejected");
    }
    counts
}

fn figures(counts: &Value) -> [u64; 4] {
    ["submitted", "received", "answered", "rejected"].map(|name| counts[name].as_u64().unwrap())
}

/// Petitions of every fate; an instant in the middle of it all.
async fn played(app: &TestApp) -> String {
    let (lamps, rubbish) = (app.officer("ubnd-256").await, app.officer("ubnd-09163").await);
    let (citizen, coordinator) = (app.citizen().await, app.coordinator().await);
    let (mut left, mut middle) = (Vec::new(), String::new());
    for number in 0..84 {
        let (draft, desk, other, elsewhere) = match number % 2 {
            0 => (Draft::street_lamp(), &lamps, &rubbish, "ubnd-09163"),
            _ => (Draft::rubbish(), &rubbish, &lamps, "ubnd-256"),
        };
        if number == 42 {
            middle = chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
        }
        let code = citizen.submits(&draft).await;
        match number % 7 {
            0 => drop(citizen.withdraws(&code).await),
            1 => drop(desk.receives(&code).await),
            2 => {
                desk.returns(&code, "Không thuộc thẩm quyền.").await;
                coordinator.rejects(&code, "unclear", "Đề nghị nói rõ.").await;
            }
            3 => {
                desk.transfers(&code, elsewhere, "Không thuộc thẩm quyền.").await;
                other.receives(&code).await;
                other.answers(&code, "Đã xử lý.").await;
            }
            4 => left.push((code, desk)),
            _ => {
                desk.receives(&code).await;
                desk.answers(&code, "Đã xử lý.").await;
            }
        }
    }
    // What was left over from before the middle is answered after it.
    for (code, desk) in left {
        desk.receives(&code).await;
        desk.answers(&code, "Đã xử lý.").await;
    }
    middle
}

async fn the_export_is_checked_and_counted_without_pakn(app: TestApp) {
    let (folder, url) = (app.folder.path(), Some(app.database_url.as_str()));
    let demo = ["demo", "--petitions", "200", "--seed", "11", "--password", "mật khẩu của năm mô phỏng"];
    let simulated = block_in_place(|| program::run(folder, url, &demo));
    assert!(simulated.status.success(), "{simulated:?}");
    let middle = played(&app).await;

    let exported = block_in_place(|| program::run(folder, url, &["export", "events"]));
    assert!(exported.status.success() && exported.stderr.is_empty(), "{:?}", exported.stderr);
    let text = String::from_utf8(exported.stdout).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.len() > 200 && text.len() > 100_000, "{} lines, {} bytes", lines.len(), text.len());
    for personal in ["Đèn đường", "Nguyễn", "+849", "Không thuộc", "Đã xử lý"] {
        assert!(!text.contains(personal), "{personal} is in the log");
    }
    check_chains(&lines);

    let steering = app.steering().await;
    let in_the_middle = format!("&as_of={middle}");
    for (as_of, instant) in [
        ("", "9"),
        (in_the_middle.as_str(), middle.as_str()),
        ("&as_of=2022-09-01", "2022-08-31T17:00:00.000000Z"),
        ("&as_of=2022-12-01T00:00:00%2B07:00", "2022-11-30T17:00:00.000000Z"),
    ] {
        let counted = count(&lines, instant);
        let rates = steering.get(&format!("rates?group_by=agency{as_of}")).await.expect(200);
        let groups = rates["groups"].as_array().unwrap().iter();
        let told: Count = groups
            .map(|group| (group["key"]["agency"].as_str().unwrap().to_owned(), figures(&group["counts"])))
            .collect();
        assert_eq!(told, counted, "{as_of}");
        let total = [0, 1, 2, 3].map(|index: usize| counted.values().map(|counts| counts[index]).sum::<u64>());
        assert_eq!(figures(&rates["total"]["counts"]), total, "{as_of}");
        let [submitted, _, answered, rejected] = total.map(|count| f64::from(u32::try_from(count).unwrap()));
        let rate = if submitted > rejected { json!(answered / (submitted - rejected)) } else { Value::Null };
        assert_eq!(rates["total"]["rate"], rate, "{as_of}");
    }
    assert_ne!(count(&lines, &middle), count(&lines, "9"));

    // `pakn export events | head -1`
    let mut command = program::command(folder, url, &["export", "events"]);
    block_in_place(|| {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        assert_eq!(Some(first.trim_end()), text.lines().next());
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    });
}
