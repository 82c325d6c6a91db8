//! Erasing a person: nothing of them is left in the database, and nothing else changes.

use std::collections::BTreeSet;

use persistence::Engine;
use reqwest::Method;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use tests::{Draft, Person, Reply, TestApp, Visitor, both_engines, files::jpeg, in_twenty_days, postgres};
use tokio::task::block_in_place;

use crate::{
    log::{connected, verified},
    sign_in::{PASSWORD, holder, refreshes, signs_in},
};

both_engines!(
    nothing_is_left_of_a_person_and_the_figures_stay,
    an_answer_that_others_share_stays_unless_it_names_the_person,
    nobody_erases_anybody_else,
    what_a_token_brings_that_was_still_good_goes_too,
    what_was_cut_off_is_taken_up_again,
    who_is_back_from_a_backup_is_erased_again,
    petitions_may_be_settled_first,
    a_request_on_paper_has_its_days_and_steps,
    nothing_waits_beyond_its_last_day,
    every_table_says_what_an_erasure_does_to_it,
);

const NAME: &str = "Quách Zuỳnh Wường-Xqz";
const PHONE: &str = "0977 123 456";
/// In every text of the story, whoever writes it, and in no other.
const MARK: &str = "xqzđ";
const DISTRICT: &str = "ubnd-256";

/// What must not be found: the mark and the name as they were written and as they are searched, the number in every form.
const TRACES: [&str; 10] =
    ["xqzđ", "xqzd", "Zuỳnh", "zuỳnh", "zuynh", "Wường", "wuong", "977123456", "77 123 456", "khoa-rieng-xqz"];

fn marked(text: &str) -> String {
    format!("{text} {MARK} {NAME} {PHONE}")
}

async fn registered<'a>(app: &'a TestApp, phone: &str, name: &str) -> (Person<'a>, Value) {
    let body = json!({"phone": phone, "password": PASSWORD, "full_name": name, "consent": "2022-01"});
    app.stranger().post("auth/register", &body).await.expect(201);
    let pair = signs_in(app, phone, PASSWORD).await.expect(200);
    (holder(app, &pair), pair)
}

async fn erases(person: &Person<'_>, query: &str) -> Reply {
    Reply::read(person.request(Method::DELETE, &format!("me{query}")).send().await.unwrap()).await
}

/// Every byte of the database: its files, or what `pg_dump` writes.
fn bytes(app: &TestApp) -> Vec<u8> {
    match app.engine {
        Engine::Sqlite => {
            let files = std::fs::read_dir(app.folder.path()).unwrap().map(|entry| entry.unwrap().path());
            let database = files.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("pakn.sqlite"));
            database.flat_map(|path| std::fs::read(path).unwrap()).collect()
        }
        Engine::Postgres => block_in_place(|| postgres::server().unwrap().dump(&app.database_url)).unwrap(),
    }
}

/// Which of those texts stand anywhere in the database.
pub(crate) fn traces_of<'t>(app: &TestApp, texts: &[&'t str]) -> BTreeSet<&'t str> {
    let bytes = bytes(app);
    let found = |trace: &&str| bytes.windows(trace.len()).any(|window| window == trace.as_bytes());
    texts.iter().copied().filter(found).collect()
}

fn traces(app: &TestApp) -> BTreeSet<&'static str> {
    traces_of(app, &TRACES)
}

/// What figures say of now and of a past instant, by agency.
async fn figures(steering: &Person<'_>, middle: &str) -> Value {
    let now = steering.get("rates?group_by=agency,category").await.expect(200);
    let then = steering.get(&format!("rates?group_by=agency&as_of={middle}")).await.expect(200);
    json!([now["total"], now["groups"], then["total"], then["groups"]])
}

/// The petitions of the story: in every status, with every text that anybody writes.
async fn lives(app: &TestApp, person: &Person<'_>) -> (Vec<String>, String) {
    let (officer, leader) = (app.officer(DISTRICT).await, app.leader(DISTRICT).await);
    let (coordinator, neighbour) = (app.coordinator().await, app.citizen().await);
    let content = || json!({"content": marked("Nội dung")});
    let reason = || json!({"reason": marked("Lý do")});
    let message = || json!({"message": marked("Lời nhắn")});
    let draft = || {
        let location = json!({"lat": 21.1875, "lon": 106.0838, "address": marked("Số 5")});
        let long = format!("{}\n{}", marked("Đèn hỏng"), MARK.repeat(300));
        Draft::street_lamp().with("title", json!(marked("Đèn"))).with("content", json!(long)).with("location", location)
    };
    let mut codes = Vec::new();
    // A photo that belongs to a petition, one that waits, and the agency's own.
    let photo = person.uploads(&jpeg()).await;
    person.uploads(&jpeg()).await;
    let answered = officer.uploads(&jpeg()).await;
    let key = ("idempotency-key", "khoa-rieng-xqz");
    let first =
        person.post_with("petitions", key, &draft().with("attachments", json!([photo])).0).await.expect(201)["code"]
            .as_str()
            .unwrap()
            .to_owned();
    officer.receives(&first).await;
    officer.does(&first, "note", &content()).await;
    officer.does(&first, "request-information", &message()).await;
    person.does(&first, "supplement", &content()).await;
    officer.does(&first, "progress", &message()).await;
    leader.does(&first, "extend", &json!({"due_at": in_twenty_days(), "reason": marked("Lý do")})).await;
    officer.does(&first, "draft-answer", &content()).await;
    leader.does(&first, "return-answer", &reason()).await;
    officer.does(&first, "draft-answer", &content()).await;
    leader.does(&first, "approve-answer", &json!({})).await;
    person.does(&first, "rating", &json!({"level": "unsatisfied", "comment": marked("Chưa")})).await;
    person.does(&first, "reopen", &reason()).await;
    let answer = json!({"content": marked("Nội dung"), "attachments": [answered]});
    officer.does(&first, "answer", &answer).await;
    let wording = json!({"title": marked("Đèn công khai"), "content": marked("Công khai")});
    coordinator.does(&first, "publish", &wording).await;
    neighbour.post(&format!("petitions/{first}/support"), &json!({})).await.expect(200);
    codes.push(first);
    let middle = chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Micros, true);

    let other = neighbour.submits(&Draft::street_lamp()).await;
    let merged = person.submits(&draft()).await;
    coordinator.does(&merged, "merge", &json!({"into": other})).await;
    officer.receives(&other).await;
    officer.answers(&other, "Đã thay bóng đèn.").await;
    let withdrawn = person.submits(&draft()).await;
    person.does(&withdrawn, "withdraw", &reason()).await;
    let rejected = person.submits(&draft()).await;
    coordinator.rejects(&rejected, "unclear", &marked("Không rõ")).await;
    let moved = person.submits(&draft()).await;
    officer.transfers(&moved, "dieu-phoi", &marked("Chuyển")).await;
    codes.extend([merged, withdrawn, rejected, moved]);
    // So many that pages of the database were divided, merged and freed.
    for _ in 0..25 {
        codes.push(person.submits(&draft()).await);
        neighbour.submits(&Draft::street_lamp()).await;
    }
    let filter = json!({"name": "Của tôi", "query": "q=quach%20zuynh%20wuong%20xqz"});
    officer.post("agency/filters", &filter).await.expect(201);
    let filter = json!({"name": "Khác", "query": "q=den%20duong"});
    officer.post("agency/filters", &filter).await.expect(201);
    assert!(officer.queue("q=zuynh&limit=100").await.len() > 20);
    let published = neighbour.submits(&Draft::rubbish()).await;
    coordinator.does(&published, "publish", &json!({})).await;
    person.post(&format!("petitions/{published}/follow"), &json!({})).await.expect(200);
    (codes, middle)
}

async fn nothing_is_left_of_a_person_and_the_figures_stay(app: TestApp) {
    let (person, pair) = registered(&app, PHONE, NAME).await;
    let (coordinator, steering) = (app.coordinator().await, app.steering().await);
    let (codes, middle) = lives(&app, &person).await;
    app.folds().await;
    let before = figures(&steering, &middle).await;
    assert_eq!(traces(&app), BTreeSet::from(TRACES), "the story leaves them");
    let clean = verified(&app).await;
    assert_eq!((clean.erased, clean.damages.len()), (0, 0), "{clean:?}");
    let objects = async || app.app.files.store.count().await.unwrap().0;
    assert_eq!(objects().await, 9, "a photo and its two smaller ones, of each of three");
    let export = person.get("me/export").await.expect(200);
    assert_eq!(export["files"].as_array().unwrap().len(), 2);

    let done = erases(&person, "").await.expect(200);
    assert_eq!((&done["state"], &done["origin"]), (&json!("erased"), &json!("person")));
    while !app.app.store.scrub().await.unwrap() {}
    assert_eq!(traces(&app), BTreeSet::new());
    assert_eq!(objects().await, 3, "what the agency sent stays");

    // Folded or not, the figures are what they were, and every chain holds.
    assert_eq!(figures(&steering, &middle).await, before);
    app.folds().await;
    assert_eq!(figures(&steering, &middle).await, before);
    let verification = verified(&app).await;
    assert!(verification.damages.is_empty() && verification.erased > 100, "{verification:?}");
    assert_eq!(traces(&app), BTreeSet::new(), "nor in what was folded since");

    for code in &codes {
        let read = coordinator.reads(code).await;
        let worded = [&read["title"], &read["content"], &read["location"]["address"], &read["submitter"]];
        assert_eq!(worded, [&Value::Null; 4], "{read}");
        assert_eq!(read["published"], false);
        let history = coordinator.get(&format!("petitions/{code}/history")).await.expect(200);
        let items = history["items"].as_array().unwrap();
        assert!(items.iter().all(|item| item["text"].is_null()), "{history}");
        assert_eq!(items.last().unwrap()["type"], "erased");
    }
    app.stranger().get(&format!("petitions/{}", codes[0])).await.problem(404, "not_found");
    // The petition they were put to is another's, and has its answer still.
    let shared = coordinator.reads(&codes[1]).await;
    assert_eq!(shared["answer"]["content"], "Đã thay bóng đèn.");

    signs_in(&app, PHONE, PASSWORD).await.problem(401, "bad_credentials");
    refreshes(&app, &pair["refresh_token"]).await.problem(401, "invalid_refresh_token");
    person.get("me").await.problem(401, "invalid_token");
    person.get("me/export").await.problem(401, "invalid_token");
    // The number is free again, for whoever has it now.
    let (again, _) = registered(&app, PHONE, "Lê Thị Mới").await;
    assert_eq!(again.get("me/petitions").await.expect(200)["items"], json!([]));
}

async fn an_answer_that_others_share_stays_unless_it_names_the_person(app: TestApp) {
    let (person, _) = registered(&app, PHONE, NAME).await;
    let (officer, coordinator) = (app.officer(DISTRICT).await, app.coordinator().await);
    let neighbour = app.citizen().await;
    let mut petitions = Vec::new();
    for answer in ["Đã thay bóng đèn.", "Kính gửi bà QUACH ZUYNH WUONG XQZ, đã thay bóng đèn."] {
        let into = person.submits(&Draft::street_lamp()).await;
        let other = neighbour.submits(&Draft::street_lamp()).await;
        coordinator.does(&other, "merge", &json!({"into": into})).await;
        officer.receives(&into).await;
        officer.answers(&into, answer).await;
        assert_eq!(neighbour.reads(&other).await["answer"]["content"], answer);
        petitions.push((into, other));
    }
    erases(&person, "").await.expect(200);
    let answer = async |code: &str| neighbour.reads(code).await["answer"]["content"].clone();
    assert_eq!(answer(&petitions[0].1).await, "Đã thay bóng đèn.");
    assert_eq!(answer(&petitions[1].1).await, Value::Null);
    let own = coordinator.reads(&petitions[0].0).await;
    assert_eq!((&own["title"], &own["content"]), (&Value::Null, &Value::Null));
    assert!(verified(&app).await.damages.is_empty());
}

async fn nobody_erases_anybody_else(app: TestApp) {
    let (person, _) = registered(&app, PHONE, NAME).await;
    let code = person.submits(&Draft::street_lamp()).await;
    let id = person.get("me").await.expect(200)["id"].as_str().unwrap().to_owned();
    let others = [app.citizen().await, app.officer(DISTRICT).await, app.leader(DISTRICT).await];
    let body = json!({"login": PHONE, "reference": "Giấy"});
    for other in &others {
        other.post("admin/erasures", &body).await.problem(403, "forbidden");
        // Whatever is sent along, it is their own account that they speak of.
        let request = other.request(Method::DELETE, &format!("me?account={id}&login=0977123456"));
        let done = Reply::read(request.json(&json!({"account": id})).send().await.unwrap()).await;
        assert!([200, 202].contains(&done.status), "{}", done.text);
    }
    app.stranger().post("admin/erasures", &body).await.problem(401, "unauthenticated");
    erases(&app.stranger(), "").await.problem(401, "unauthenticated");
    assert_eq!(person.get("me").await.expect(200)["full_name"], NAME);
    assert_eq!(person.reads(&code).await["title"], "Đèn đường hỏng");
    let admin = app.admin().await;
    admin
        .post("admin/erasures", &json!({"login": "0900000001", "reference": "Giấy"}))
        .await
        .faults(&[("/login", "unknown_account")]);
    let login = admin.account.as_ref().unwrap().login.as_str().to_owned();
    admin.post("admin/erasures", &json!({"login": login, "reference": "Giấy"})).await.problem(403, "forbidden");
    erases(&person, "?open_petitions=maybe").await.faults(&[("/open_petitions", "unknown_value")]);
}

/// As if that long had passed since requests were ended.
async fn time_passes(app: &TestApp, column: &str, minutes: i64) {
    let sql = format!("UPDATE erasure SET {column} = {column} - {}", minutes * 60_000_000);
    assert!(connected(app).await.execute_unprepared(&sql).await.unwrap().rows_affected() > 0);
}

async fn what_a_token_brings_that_was_still_good_goes_too(app: TestApp) {
    let (person, pair) = registered(&app, PHONE, NAME).await;
    let behind = app.another_server_that_is_behind().await;
    erases(&person, "").await.expect(200);
    let late = Draft::street_lamp().with("title", json!(marked("Muộn")));
    person.sends(&late).await.problem(401, "invalid_token");
    let there = Visitor::holding(behind.address, pair["access_token"].as_str().unwrap());
    let late = there.post("petitions", &late.0).await.expect(201)["code"].as_str().unwrap().to_owned();
    app.app.keep_erasures_moving().await.unwrap();
    assert_eq!(app.coordinator().await.reads(&late).await["title"], marked("Muộn"), "a token may still be good there");
    time_passes(&app, "ended_at", 21).await;
    app.app.keep_erasures_moving().await.unwrap();
    assert_eq!(app.coordinator().await.reads(&late).await["title"], Value::Null);
    while !app.app.store.scrub().await.unwrap() {}
    assert_eq!(traces(&app), BTreeSet::new());
    assert!(verified(&app).await.damages.is_empty());
}

async fn what_was_cut_off_is_taken_up_again(app: TestApp) {
    let (person, pair) = registered(&app, PHONE, NAME).await;
    let draft = Draft::street_lamp().with("title", json!(marked("Đèn")));
    let codes = [person.submits(&draft).await, person.submits(&draft).await];
    // As a server leaves it that was killed after the first step: begun, and nothing more.
    erases(&person, "?open_petitions=finish").await.expect(202);
    let sql = "UPDATE erasure SET state = 'underway'";
    connected(&app).await.execute_unprepared(sql).await.unwrap();
    app.app.keep_erasures_moving().await.unwrap();
    for code in &codes {
        assert_eq!(app.coordinator().await.reads(code).await["title"], Value::Null);
    }
    refreshes(&app, &pair["refresh_token"]).await.problem(401, "invalid_refresh_token");
    while !app.app.store.scrub().await.unwrap() {}
    assert_eq!(traces(&app), BTreeSet::new());
}

async fn who_is_back_from_a_backup_is_erased_again(app: TestApp) {
    let (person, _) = registered(&app, PHONE, NAME).await;
    let (other, _) = registered(&app, "0977123457", "Lê Thị Khác").await;
    let code = person.submits(&Draft::street_lamp().with("title", json!(marked("Đèn")))).await;
    let id = person.get("me").await.expect(200)["id"].as_str().unwrap().to_owned();
    assert_eq!(app.app.erase_again().await.unwrap(), 0);
    // The database is one from before: what the folder beside it knows of is the erasure since.
    let line = format!("{{\"account\":\"{id}\",\"erased_at\":\"2026-11-25T10:00:00+07:00\"}}\n{{\"account\":\"");
    std::fs::write(app.folder.path().join("erasures.ndjson"), line).unwrap();
    assert_eq!(app.app.erase_again().await.unwrap(), 1);
    assert_eq!(app.coordinator().await.reads(&code).await["title"], Value::Null);
    person.get("me").await.problem(401, "invalid_token");
    assert_eq!(other.get("me").await.expect(200)["full_name"], "Lê Thị Khác");
    assert_eq!(app.app.erase_again().await.unwrap(), 0, "once");
    let noted = std::fs::read_to_string(app.folder.path().join("erasures.ndjson")).unwrap();
    assert!(noted.lines().last().unwrap().contains(&id) && !noted.contains("977123456"), "{noted}");
}

async fn petitions_may_be_settled_first(app: TestApp) {
    let (person, _) = registered(&app, PHONE, NAME).await;
    let officer = app.officer(DISTRICT).await;
    let code = person.submits(&Draft::street_lamp()).await;
    let waits = erases(&person, "?open_petitions=finish").await.expect(202);
    assert_eq!(waits["state"], "waiting");
    assert!(waits["answered_at"].is_string() && waits["complete_due_at"].is_string());
    assert_eq!(erases(&person, "?open_petitions=finish").await.expect(202)["id"], waits["id"], "it is one request");
    app.app.keep_erasures_moving().await.unwrap();
    assert_eq!(person.reads(&code).await["title"], "Đèn đường hỏng", "the agency still needs it");
    assert_eq!(person.get("me/erasure").await.expect(200)["state"], "waiting");
    officer.receives(&code).await;
    officer.answers(&code, "Đã thay bóng đèn.").await;
    app.app.keep_erasures_moving().await.unwrap();
    assert_eq!(officer.reads(&code).await["title"], Value::Null);
    person.get("me").await.problem(401, "invalid_token");
}

async fn a_request_on_paper_has_its_days_and_steps(app: TestApp) {
    let (person, _) = registered(&app, PHONE, NAME).await;
    let admin = app.admin().await;
    let entered = json!({"login": PHONE, "reference": "Đơn số 12/2026"});
    admin.post("admin/erasures", &json!({"received_on": "2999-01-01"})).await.faults(&[
        ("/login", "required"),
        ("/reference", "required"),
        ("/received_on", "in_future"),
    ]);
    let case = admin.post("admin/erasures", &entered).await.expect(201);
    assert_eq!(
        (&case["origin"], &case["answered_at"], &case["full_name"]),
        (&json!("paper"), &Value::Null, &json!(NAME))
    );
    admin.post("admin/erasures", &entered).await.problem(409, "erasure_pending");
    app.app.keep_erasures_moving().await.unwrap();
    assert_eq!(person.get("me").await.expect(200)["full_name"], NAME, "it waits for the administrator");
    let step = async |step: &str, body: Value| {
        admin.post(&format!("admin/erasures/{}/{step}", case["id"].as_str().unwrap()), &body).await
    };
    assert!(step("answer", json!({})).await.expect(200)["answered_at"].is_string());
    step("answer", json!({})).await.problem(409, "erasure_over");
    step("extend", json!({})).await.faults(&[("/reason", "required")]);
    let put_off = step("extend", json!({"reason": "Đang xác minh."})).await.expect(200);
    assert_eq!(put_off["reason"], "Đang xác minh.");
    step("extend", json!({"reason": "Nữa."})).await.problem(409, "erasure_over");
    assert_eq!(person.get("me/erasure").await.expect(200)["extended_to"], put_off["extended_to"]);
    // Who was shown the person is told.
    let log = person.get("me/access-log").await.expect(200);
    assert_eq!((&log["items"][0]["purpose"], &log["items"][0]["role"]), (&json!("erasure"), &json!("admin")), "{log}");
    let queue = admin.get("admin/erasures").await.expect(200);
    assert_eq!((&queue["items"][0]["id"], &queue["items"][0]["overdue"]), (&case["id"], &json!(false)));

    let done = step("complete", json!({})).await.expect(200);
    assert_eq!(
        (&done["state"], &done["full_name"], &done["reference"]),
        (&json!("erased"), &Value::Null, &Value::Null)
    );
    step("complete", json!({})).await.problem(409, "erasure_over");
    step("refuse", json!({"reason": "Muộn."})).await.problem(409, "erasure_over");
    assert_eq!(admin.get("admin/erasures").await.expect(200)["items"], json!([]));
    assert_eq!(admin.get("admin/erasures?state=erased").await.expect(200)["items"].as_array().unwrap().len(), 1);
    admin.get("admin/erasures?state=gone").await.faults(&[("/state", "unknown_value")]);

    let (other, _) = registered(&app, "0977123457", "Lê Thị Khác").await;
    let case = admin.post("admin/erasures", &json!({"login": "0977123457", "reference": "Đơn"})).await.expect(201);
    let path = format!("admin/erasures/{}/refuse", case["id"].as_str().unwrap());
    admin.post(&path, &json!({"reason": "Không chứng minh được."})).await.expect(200);
    let told = other.get("me/erasure").await.expect(200);
    assert_eq!((&told["state"], &told["reason"]), (&json!("refused"), &json!("Không chứng minh được.")));
    erases(&other, "").await.expect(200);
}

async fn nothing_waits_beyond_its_last_day(app: TestApp) {
    let (person, _) = registered(&app, PHONE, NAME).await;
    let officer = app.officer(DISTRICT).await;
    let code = person.submits(&Draft::street_lamp()).await;
    erases(&person, "?open_petitions=finish").await.expect(202);
    // Staff are erased by an administrator, or by the last day.
    let request = erases(&officer, "").await.expect(202);
    assert_eq!(request["state"], "waiting");
    app.app.keep_erasures_moving().await.unwrap();
    officer.get("me").await.expect(200);
    time_passes(&app, "complete_due_at", 16 * 24 * 60).await;
    let queue = app.admin().await.get("admin/erasures").await.expect(200);
    assert!(queue["items"].as_array().unwrap().iter().all(|item| item["overdue"] == true), "{queue}");
    app.app.keep_erasures_moving().await.unwrap();
    officer.get("me").await.problem(401, "invalid_token");
    let read = app.coordinator().await.reads(&code).await;
    assert_eq!((&read["title"], &read["status"]), (&Value::Null, &json!("submitted")), "it stays open all the same");
}

/// Tables in which an erasure takes something away, or that say something about a person which stays, with the reason.
const DECIDED: [(&str, &str); 57] = [
    ("account", "login, name and password go; the row stays without them, since the log names it by its id"),
    ("agency", "nobody's"),
    ("api_key", "of an agency's system"),
    ("calendar_day", "nobody's"),
    ("bucket", "digests under the server's key, for an hour"),
    ("calendar_year", "nobody's"),
    ("catalogue_change", "stays: what the staff changed, by ids; of an account neither name nor login"),
    ("catalogue_revision", "nobody's"),
    ("category", "nobody's"),
    ("category_group", "nobody's"),
    ("category_terms", "nobody's"),
    ("consent", "stays: which wording, when, and an id"),
    ("consent_wording", "nobody's"),
    ("delivery", "goes"),
    ("erasure", "stays without reference and reason: that it was asked for, and done"),
    ("event", "stays: ids and digests whose salts go"),
    ("idempotency_key", "goes"),
    ("identity", "goes: a digest under the server's key of who vouched for whom"),
    ("identity_attempt", "goes, by itself within ten minutes; encrypted meanwhile"),
    ("intake_item", "stays: a digest under the server's key, so that the item is not entered anew"),
    ("learned_checkpoint", "nobody's"),
    ("learned_petition", "an id and a field"),
    ("learned_word", "counts under fingerprints by the server's key; what few petitions have is not used"),
    ("look", "stays for its time: who of the staff looked, and ids"),
    ("milestone", "nobody's"),
    ("notice", "goes"),
    ("notice_checkpoint", "nobody's"),
    ("notice_preference", "goes"),
    ("office_hours", "nobody's"),
    ("one_time_code", "goes"),
    ("partial_upload", "goes, by a sweep"),
    ("petition", "stays: status, place and dates; no words"),
    ("petition_follower", "goes"),
    ("petition_fts", "follows petition_search"),
    ("petition_search", "the code alone stays"),
    ("push_token", "goes"),
    ("rate_checkpoint", "nobody's"),
    ("rate_deed", "length and print of erased answers go, when the event is taken in"),
    ("rate_name", "nobody's"),
    ("rate_petition", "ids and dates"),
    ("rate_span", "ids and dates"),
    ("rate_sum", "counts"),
    ("refresh_token", "goes"),
    ("routing_rule", "nobody's"),
    ("saved_filter", "one's own go, and others' that look for the person"),
    ("seal", "hashes"),
    ("seal_tree", "hashes"),
    ("seaql_migrations", "nobody's"),
    ("session", "goes"),
    ("tries", "digests under the server's key, for a day"),
    ("upload", "goes, with its objects"),
    ("upload_part", "goes, by a sweep"),
    ("webhook", "of an agency's system; who made it is staff, by an id"),
    ("webhook_checkpoint", "nobody's"),
    ("webhook_delivery", "stays for its time: code, status, field and agency of petitions; nothing that anybody wrote"),
    ("wording", "nobody's"),
    ("words", "goes"),
];
const OTHERS: [&str; 11] = [
    // What a desk is told.
    "agency_preference",
    "agency_successor",
    "file_hold",
    // Its author is staff.
    "reform",
    "schema_step",
    "target",
    "target_version",
    "unit",
    "unit_boundary",
    "unit_successor",
    "sqlite_sequence",
];

async fn every_table_says_what_an_erasure_does_to_it(app: TestApp) {
    let database = connected(&app).await;
    let sql = match app.engine {
        Engine::Sqlite => "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'petition_fts_%'",
        Engine::Postgres => "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = 'public'",
    };
    let rows = database.query_all_raw(Statement::from_string(database.get_database_backend(), sql)).await.unwrap();
    let tables: BTreeSet<String> = rows.iter().map(|row| row.try_get("", "name").unwrap()).collect();
    assert!(tables.len() > 30, "{tables:?}");
    let decided: BTreeSet<&str> = DECIDED.iter().map(|(table, _)| *table).chain(OTHERS).collect();
    let forgotten: Vec<&String> = tables.iter().filter(|table| !decided.contains(table.as_str())).collect();
    assert!(
        forgotten.is_empty(),
        "does {forgotten:?} hold something of a person? Say so here, and erase it in persistence/src/person.rs"
    );
}
