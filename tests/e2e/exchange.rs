//! The exchange with another portal, from the portal's side: a client of its own that signs by RFC 9421 without the product's code.

use std::sync::atomic::Ordering;

use api::settings::{ExchangeSettings, ServeSettings};
use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::Utc;
use persistence::Engine;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tests::{Draft, Reply, TestApp, app::settings};

use crate::{erasure::traces_of, log::verified};

const DISTRICT: &str = "ubnd-256";
const SECRET: [u8; 32] = [7; 32];
const OTHER_SECRET: [u8; 32] = [8; 32];
const NEW_SECRET: [u8; 32] = [9; 32];

/// A server with two partners, one of which changes its key; a test for each engine.
macro_rules! with_partners {
    ($($test:ident),+ $(,)?) => {
        mod on_sqlite { $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() { super::$test(super::start(persistence::Engine::Sqlite).await).await; }
        )+ }
        mod on_postgres { $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                if tests::postgres::server().is_some() {
                    super::$test(super::start(persistence::Engine::Postgres).await).await;
                }
            }
        )+ }
    };
}

with_partners!(
    a_petition_comes_and_its_answer_goes_back,
    a_message_does_once_what_it_says,
    who_signs_wrong_is_refused,
    a_signature_covers_all_of_the_request,
    what_is_wrong_with_a_message_is_named,
    what_its_citizen_does_there_is_done_here,
    an_answer_that_is_shared_goes_back_too,
    changes_are_pulled_without_a_gap_and_never_anybody_elses,
    a_page_asks_no_more_often_for_more_rows,
    an_erased_sender_leaves_nothing_in_the_exchange,
);

async fn start(engine: Engine) -> TestApp {
    let keys = [("dvcqg", SECRET), ("dvcqg", NEW_SECRET), ("ihanoi", OTHER_SECRET)];
    let keys = keys.map(|(name, key)| format!("{name}={}", STANDARD.encode(key)).parse().unwrap());
    let exchange = ExchangeSettings { partner_keys: keys.to_vec() };
    TestApp::start_with(engine, ServeSettings { exchange, ..settings() }).await
}

/// A portal.
struct Portal<'a> {
    app: &'a TestApp,
    name: &'static str,
    secret: [u8; 32],
    /// How far its clock is ahead, in seconds.
    ahead: i64,
}

fn portal(app: &TestApp) -> Portal<'_> {
    Portal { app, name: "dvcqg", secret: SECRET, ahead: 0 }
}

/// A request as it goes out.
#[derive(Clone)]
struct Signed {
    method: Method,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Portal<'_> {
    fn signs(&self, method: Method, path: &str, body: &str) -> Signed {
        let (path_only, query) = path.split_once('?').unwrap_or((path, ""));
        let created = Utc::now().timestamp() + self.ahead;
        let mut lines =
            vec![format!("\"@method\": {method}"), format!("\"@path\": {path_only}"), format!("\"@query\": ?{query}")];
        let (mut covered, mut headers) = ("(\"@method\" \"@path\" \"@query\"".to_owned(), Vec::new());
        if !body.is_empty() {
            let digest = format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(body.as_bytes())));
            lines.push(format!("\"content-digest\": {digest}"));
            covered += " \"content-digest\"";
            headers.push(("content-digest", digest));
        }
        let parameters = format!("{covered});created={created};keyid=\"{}\";alg=\"hmac-sha256\"", self.name);
        lines.push(format!("\"@signature-params\": {parameters}"));
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.secret);
        let signature = hmac::sign(&key, lines.join("\n").as_bytes());
        headers.push(("signature-input", format!("pakn={parameters}")));
        headers.push(("signature", format!("pakn=:{}:", STANDARD.encode(signature))));
        Signed { method, path: path.to_owned(), headers, body: body.to_owned() }
    }

    async fn sends(&self, message: &Value) -> Reply {
        let signed = self.signs(Method::POST, "/api/v1/exchange/messages", &message.to_string());
        goes(self.app, &signed).await
    }

    async fn pulls(&self, query: &str) -> Value {
        goes(self.app, &self.signs(Method::GET, &format!("/api/v1/exchange/changes{query}"), "")).await.expect(200)
    }

    /// Everything after a place, in small pages, and where it ends. That many are waited for: on PostgreSQL a transaction that another test's
    /// database has open holds the end of the log back, as any of the cluster does.
    async fn pulls_after(&self, cursor: Option<&str>, at_least: usize) -> (Vec<Value>, String) {
        let until = std::time::Instant::now() + std::time::Duration::from_secs(60);
        let mut items = Vec::new();
        let mut cursor = cursor.map(str::to_owned);
        loop {
            let after = cursor.as_ref().map_or_else(String::new, |cursor| format!("&cursor={cursor}"));
            let page = self.pulls(&format!("?limit=2{after}")).await;
            items.extend(page["items"].as_array().unwrap().iter().cloned());
            let next = page["next_cursor"].as_str().unwrap().to_owned();
            if page["has_more"] == false && items.len() >= at_least {
                return (items, next);
            }
            assert!(std::time::Instant::now() < until, "{items:?}");
            if page["has_more"] == false {
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
            cursor = Some(next);
        }
    }
}

async fn goes(app: &TestApp, signed: &Signed) -> Reply {
    let mut request = app.stranger().request(signed.method.clone(), &signed.path);
    for (name, value) in &signed.headers {
        request = request.header(*name, value);
    }
    if !signed.body.is_empty() {
        request = request.header("content-type", "application/json").body(signed.body.clone());
    }
    Reply::read(request.send().await.unwrap()).await
}

fn message(id: &str, reference: &str) -> Value {
    json!({
        "id": id, "type": "submitted", "reference": reference,
        "petition": {
            "category": "chieu_sang", "title": "Đèn đường hỏng", "content": "Đèn trước số 5 không sáng.",
            "location": {"lat": 21.1875, "lon": 106.0838, "address": "5 Nguyễn Huệ"},
            "received_at": (Utc::now() - chrono::Duration::days(1)).to_rfc3339(),
            "sender": {"full_name": "Lê Thị Cổng", "phone": "0912000444"},
        },
    })
}

fn code_of(receipt: &Value) -> String {
    receipt["code"].as_str().unwrap().to_owned()
}

fn kinds(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["event"]["type"].as_str().unwrap()).collect()
}

async fn a_petition_comes_and_its_answer_goes_back(app: TestApp) {
    let (portal, officer) = (portal(&app), app.officer(DISTRICT).await);
    let receipt = portal.sends(&message("m-1", "DVC-1")).await.expect(200);
    assert_eq!(
        (&receipt["id"], &receipt["reference"], &receipt["status"]),
        (&json!("m-1"), &json!("DVC-1"), &json!("submitted"))
    );
    let code = code_of(&receipt);
    let read = officer.reads(&code).await;
    assert_eq!((&read["channel"], &read["intake"]["source"]), (&json!("portal"), &json!("dvcqg")));
    assert_eq!(read["submitter"], json!({"full_name": "Lê Thị Cổng", "phone": "+84912000444"}));
    let (items, cursor) = portal.pulls_after(None, 1).await;
    assert_eq!(kinds(&items), ["submitted"]);
    officer.receives(&code).await;
    officer.does(&code, "note", &json!({"content": "Nội bộ."})).await;
    officer.answers(&code, "Đã thay bóng đèn.").await;
    let (items, _) = portal.pulls_after(Some(&cursor), 2).await;
    assert_eq!(kinds(&items), ["received", "answered"], "what is the desk's own is not told");
    let last = items.last().unwrap();
    assert_eq!((&last["reference"], &last["event"]["text"]), (&json!("DVC-1"), &json!("Đã thay bóng đèn.")));
    assert_eq!(last["petition"]["code"], code);
    assert_eq!(last["petition"]["answer"]["content"], "Đã thay bóng đèn.");
    assert_eq!((&last["petition"]["submitter"], &last["petition"]["commands"]), (&Value::Null, &json!([])));
    assert!(verified(&app).await.damages.is_empty());
}

async fn a_message_does_once_what_it_says(app: TestApp) {
    let (portal, coordinator) = (portal(&app), app.coordinator().await);
    let signed = portal.signs(Method::POST, "/api/v1/exchange/messages", &message("m-1", "DVC-1").to_string());
    let first = goes(&app, &signed).await.expect(200);
    // Played again to the letter, signed anew, and ten at once.
    assert_eq!(goes(&app, &signed).await.expect(200), first);
    let mut same = message("m-1", "DVC-1");
    same["petition"]["received_at"] =
        serde_json::from_str::<Value>(&signed.body).unwrap()["petition"]["received_at"].clone();
    assert_eq!(portal.sends(&same).await.expect(200), first);
    let other = message("m-2", "DVC-2");
    let all = futures_util::future::join_all((0..10).map(|_| portal.sends(&other))).await;
    let codes: std::collections::BTreeSet<String> = all.iter().map(|reply| code_of(&reply.expect(200))).collect();
    assert_eq!(codes.len(), 1);
    // Another content under an id that had one.
    let mut changed = same.clone();
    changed["petition"]["title"] = json!("Đèn tắt");
    portal.sends(&changed).await.problem(422, "idempotency_key_reused");
    // Another id for a petition that is here: nothing new.
    let again = portal.sends(&message("m-3", "DVC-1")).await.expect(200);
    assert_eq!(code_of(&again), code_of(&first));
    assert_eq!(coordinator.queue("").await.len(), 2);
    // The ids of another partner are its own.
    let ihanoi = Portal { name: "ihanoi", secret: OTHER_SECRET, ..portal };
    let theirs = ihanoi.sends(&message("m-1", "DVC-1")).await.expect(200);
    assert_ne!(code_of(&theirs), code_of(&first));
}

async fn who_signs_wrong_is_refused(app: TestApp) {
    let body = message("m-1", "DVC-1").to_string();
    let path = "/api/v1/exchange/messages";
    let signed = |portal: &Portal<'_>| portal.signs(Method::POST, path, &body);
    for (name, secret) in [("dvcqg", OTHER_SECRET), ("ihanoi", SECRET), ("khac", SECRET)] {
        let wrong = Portal { name, secret, ..portal(&app) };
        goes(&app, &signed(&wrong)).await.problem(401, "invalid_signature");
    }
    for ahead in [-360, 360] {
        let off = Portal { ahead, ..portal(&app) };
        goes(&app, &signed(&off)).await.problem(401, "stale_signature");
    }
    let mut unsigned = signed(&portal(&app));
    unsigned.headers.clear();
    goes(&app, &unsigned).await.problem(401, "unsigned");
    // A bearer's token is no signature.
    let admin = app.admin().await;
    admin.post("exchange/messages", &message("m-1", "DVC-1")).await.problem(401, "unsigned");
    admin.get("exchange/changes").await.problem(401, "unsigned");
    assert!(app.coordinator().await.queue("").await.is_empty());
    // Both keys of a partner that changes its key are good, and a clock that is a little off.
    for (secret, ahead) in [(SECRET, 0), (NEW_SECRET, 0), (NEW_SECRET, -240), (SECRET, 240)] {
        let right = Portal { secret, ahead, ..portal(&app) };
        goes(&app, &signed(&right)).await.expect(200);
    }
}

async fn a_signature_covers_all_of_the_request(app: TestApp) {
    let portal = portal(&app);
    let signed = portal.signs(Method::POST, "/api/v1/exchange/messages", &message("m-1", "DVC-1").to_string());
    let mut other_body = signed.clone();
    other_body.body = message("m-1", "DVC-2").to_string();
    goes(&app, &other_body).await.problem(401, "invalid_signature");
    // The digest may be mended, but then it is not what was signed.
    let digest = format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(other_body.body.as_bytes())));
    other_body.headers.iter_mut().find(|(name, _)| *name == "content-digest").unwrap().1 = digest;
    goes(&app, &other_body).await.problem(401, "invalid_signature");
    let mut no_body = signed.clone();
    no_body.body = String::new();
    goes(&app, &no_body).await.problem(401, "invalid_signature");
    let pull = portal.signs(Method::GET, "/api/v1/exchange/changes?limit=5", "");
    goes(&app, &pull).await.expect(200);
    let mut further = pull.clone();
    further.path = "/api/v1/exchange/changes?limit=50".to_owned();
    goes(&app, &further).await.problem(401, "invalid_signature");
    let mut posted = pull;
    (posted.method, posted.path) = (Method::POST, "/api/v1/exchange/messages".to_owned());
    goes(&app, &posted).await.problem(401, "invalid_signature");
    assert!(app.coordinator().await.queue("").await.is_empty());
}

async fn what_is_wrong_with_a_message_is_named(app: TestApp) {
    let portal = portal(&app);
    let empty = portal.sends(&json!({})).await;
    empty.faults(&[("/id", "required"), ("/type", "required"), ("/reference", "required")]);
    portal.sends(&json!({"id": "x".repeat(129), "type": "deleted", "reference": 7})).await.faults(&[
        ("/id", "too_long"),
        ("/type", "unknown_value"),
        ("/reference", "wrong_type"),
    ]);
    let mut wrong = message("m-1", "DVC-1");
    wrong["petition"] =
        json!({"category": "x", "content": "y", "location": {"lat": 95, "lon": 106}, "sender": {"phone": "1"}});
    portal.sends(&wrong).await.faults(&[
        ("/petition/category", "unknown_category"),
        ("/petition/title", "required"),
        ("/petition/location/lat", "out_of_range"),
        ("/petition/received_at", "required"),
        ("/petition/sender/phone", "invalid_phone"),
    ]);
    let nothing = portal.sends(&json!({"id": "m-2", "type": "submitted", "reference": "DVC-1"})).await;
    nothing.faults(&[("/petition", "required")]);
    let unknown = json!({"id": "m-3", "type": "withdrawn", "reference": "DVC-99"});
    portal.sends(&unknown).await.problem(404, "not_found");
    let signed = portal.signs(Method::POST, "/api/v1/exchange/messages", "{\"id\": ");
    goes(&app, &signed).await.problem(400, "malformed_json");
    let signed = portal.signs(Method::POST, "/api/v1/exchange/messages", "[]");
    goes(&app, &signed).await.faults(&[("", "wrong_type")]);
    let pull = portal.signs(Method::GET, "/api/v1/exchange/changes?cursor=x&limit=0", "");
    goes(&app, &pull).await.faults(&[("/cursor", "invalid_cursor"), ("/limit", "out_of_range")]);
    // What was refused may be mended under the same id.
    portal.sends(&message("m-1", "DVC-1")).await.expect(200);
}

async fn what_its_citizen_does_there_is_done_here(app: TestApp) {
    let (portal, officer) = (portal(&app), app.officer(DISTRICT).await);
    let code = code_of(&portal.sends(&message("m-1", "DVC-1")).await.expect(200));
    let does = async |id: &str, kind: &str, content: Value| {
        portal.sends(&json!({"id": id, "type": kind, "reference": "DVC-1", "content": content})).await
    };
    does("m-2", "supplemented", json!("Số 5A.")).await.problem(409, "command_not_allowed");
    officer.receives(&code).await;
    officer.does(&code, "request-information", &json!({"message": "Số nhà nào?"})).await;
    does("m-3", "supplemented", Value::Null).await.faults(&[("/content", "required")]);
    let receipt = does("m-3", "supplemented", json!("Số 5A.")).await.expect(200);
    assert_eq!(receipt["status"], "in_progress");
    assert_eq!(does("m-3", "supplemented", json!("Số 5A.")).await.expect(200), receipt, "once");
    officer.answers(&code, "Đã thay.").await;
    assert_eq!(does("m-4", "reopened", json!("Vẫn tắt.")).await.expect(200)["status"], "received");
    let gone = does("m-5", "withdrawn", json!("Thôi.")).await.expect(200);
    assert_eq!(gone["status"], "withdrawn");
    // Of what came before, the answer is what was so then.
    assert_eq!(does("m-3", "supplemented", json!("Số 5A.")).await.expect(200), receipt);
    let ihanoi = Portal { name: "ihanoi", secret: OTHER_SECRET, ..portal };
    let foreign = json!({"id": "m-9", "type": "withdrawn", "reference": "DVC-1"});
    ihanoi.sends(&foreign).await.problem(404, "not_found");
    let history = officer.get(&format!("petitions/{code}/history")).await.expect(200);
    let roles: Vec<&Value> = history["items"].as_array().unwrap().iter().map(|item| &item["role"]).collect();
    assert_eq!(roles.iter().filter(|role| **role == "citizen").count(), 4, "{history}");
    assert!(verified(&app).await.damages.is_empty());
}

async fn an_answer_that_is_shared_goes_back_too(app: TestApp) {
    let (portal, officer, coordinator) = (portal(&app), app.officer(DISTRICT).await, app.coordinator().await);
    let code = code_of(&portal.sends(&message("m-1", "DVC-1")).await.expect(200));
    let citizen = app.citizen().await;
    let (middle, other) = (citizen.submits(&Draft::street_lamp()).await, citizen.submits(&Draft::street_lamp()).await);
    coordinator.does(&code, "merge", &json!({"into": middle})).await;
    coordinator.does(&middle, "merge", &json!({"into": other})).await;
    let (items, cursor) = portal.pulls_after(None, 3).await;
    assert_eq!(kinds(&items), ["submitted", "merged", "merged"], "nothing of what the others were before");
    officer.receives(&other).await;
    officer.does(&other, "progress", &json!({"message": "Gửi riêng người kia."})).await;
    officer.answers(&other, "Đã thay cả tuyến.").await;
    let (items, _) = portal.pulls_after(Some(&cursor), 3).await;
    assert_eq!(kinds(&items), ["received", "progressed", "answered"]);
    let last = items.last().unwrap();
    assert_eq!((&last["reference"], &last["petition"]["code"]), (&json!("DVC-1"), &json!(code)));
    assert_eq!(last["petition"]["answer"]["content"], "Đã thay cả tuyến.");
    assert!(!format!("{items:?}").contains("Gửi riêng"), "{items:?}");
}

async fn changes_are_pulled_without_a_gap_and_never_anybody_elses(app: TestApp) {
    let (portal, officer) = (portal(&app), app.officer(DISTRICT).await);
    let nothing = portal.pulls("").await;
    assert_eq!((&nothing["items"], &nothing["has_more"]), (&json!([]), &json!(false)));
    let mut codes = Vec::new();
    for number in 0..5 {
        codes
            .push(code_of(&portal.sends(&message(&format!("m-{number}"), &format!("DVC-{number}"))).await.expect(200)));
        let own = app.citizen().await.submits(&Draft::street_lamp()).await;
        officer.receives(&own).await;
    }
    for code in &codes {
        officer.receives(code).await;
    }
    let (items, cursor) = portal.pulls_after(None, 10).await;
    assert_eq!(items.len(), 10);
    let cursors: Vec<&str> = items.iter().map(|item| item["cursor"].as_str().unwrap()).collect();
    let mut once = cursors.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), 10, "{cursors:?}");
    assert_eq!(portal.pulls(&format!("?cursor={cursor}")).await["items"], json!([]));
    let ihanoi = Portal { name: "ihanoi", secret: OTHER_SECRET, ..portal };
    assert_eq!(ihanoi.pulls_after(None, 0).await.0, Vec::<Value>::new());
}

async fn a_page_asks_no_more_often_for_more_rows(app: TestApp) {
    let portal = portal(&app);
    for number in 0..12 {
        portal.sends(&message(&format!("m-{number}"), &format!("DVC-{number}"))).await.expect(200);
    }
    portal.pulls_after(None, 12).await;
    let mut asked = Vec::new();
    for (limit, rows) in [(2, 2), (100, 12)] {
        let mut least = u64::MAX;
        // The least of a few tries: the server looks at the log now and then besides.
        for _ in 0..5 {
            let before = app.statements.load(Ordering::Relaxed);
            let page = portal.pulls(&format!("?limit={limit}")).await;
            least = least.min(app.statements.load(Ordering::Relaxed) - before);
            assert_eq!(page["items"].as_array().unwrap().len(), rows);
        }
        asked.push(least);
    }
    assert!(asked[0] > 0 && asked[1] <= asked[0], "{asked:?} times for 2 and for 12 rows");
}

const TRACES: [&str; 4] = ["Zuỳnh", "912000555", "xqzđ", "DVC-XQZ"];

async fn an_erased_sender_leaves_nothing_in_the_exchange(app: TestApp) {
    let (portal, admin) = (portal(&app), app.admin().await);
    let mut told = message("m-1", "DVC-XQZ");
    told["petition"]["content"] = json!("xqzđ Quách Zuỳnh");
    told["petition"]["sender"] = json!({"full_name": "Quách Zuỳnh", "phone": "0912000555"});
    let code = code_of(&portal.sends(&told).await.expect(200));
    assert_eq!(traces_of(&app, &TRACES).len(), 4);
    let paper = admin.post("admin/erasures", &json!({"petition": code, "reference": "1"})).await.expect(201);
    admin.post(&format!("admin/erasures/{}/complete", paper["id"].as_str().unwrap()), &json!({})).await.expect(200);
    while !app.app.store.scrub().await.unwrap() {}
    assert_eq!(traces_of(&app, &TRACES).len(), 0, "{:?}", traces_of(&app, &TRACES));
    let (items, _) = portal.pulls_after(None, 2).await;
    assert_eq!(kinds(&items), ["submitted", "erased"]);
    assert!(items.iter().all(|item| item["reference"].is_null()), "{items:?}");
    // Sent again it is the same petition, and brings nobody back.
    assert_eq!(code_of(&portal.sends(&told).await.expect(200)), code);
    assert_eq!(traces_of(&app, &TRACES).len(), 0);
}
