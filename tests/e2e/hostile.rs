//! Input that nobody sent by mistake: what is valid, changed at random, byte by byte and value by value, to each of the parsers. Nothing of it may be a fault of
//! ours, every answer is one that the contract names (`Reply::read` looks), and the log agrees with everything afterwards.
//!
//! Each target has two seconds here. For minutes, with a count of the answers by status:
//!
//!     HOSTILE_SECONDS=120 cargo test -p tests --test e2e hostile:: -- --nocapture --test-threads=1
//!
//! `HOSTILE_SEED` plays a run again; a failure names it.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, Instant},
};

use chrono::NaiveDate;
use persistence::Boundaries;
use rand::{Rng, RngExt, SeedableRng, rngs::StdRng};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tests::{
    Draft, Engine, Reply, TestApp,
    files::{form, form_type, jpeg, mp4, pdf, phone_photo, picture},
};

/// Values that parsers trip over.
const ODD: [&str; 24] = [
    "null",
    "true",
    "-1",
    "0",
    "1e308",
    "-0.0",
    "1e-320",
    "9223372036854775808",
    "18446744073709551616",
    "[]",
    "{}",
    "\"\"",
    "\" \"",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "\"\\u202e\\u200b\"",
    "\"a\\u0301\\u0301\\u0301\\u0301\"",
    "\"../../etc/passwd\"",
    "\"' OR 1=1 --\"",
    "\"<script>\"",
    "\"2022-02-30\"",
    "\"9999-12-31T23:59:60Z\"",
    "[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]",
    "\"Ⅷ９\"",
];

struct Chance(StdRng);

impl Chance {
    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.0.random_range(0..of.len())]
    }

    /// Bytes with some of them changed, left out, put twice or cut off.
    fn bytes(&mut self, valid: &[u8]) -> Vec<u8> {
        let mut bytes = valid.to_vec();
        for _ in 0..self.0.random_range(1..6) {
            if bytes.is_empty() {
                break;
            }
            let at = self.0.random_range(0..bytes.len());
            // The head is where what it is is said.
            let at = if self.0.random_bool(0.5) { at.min(self.0.random_range(0..64)) } else { at };
            let end = (at + self.0.random_range(1..32)).min(bytes.len());
            match self.0.random_range(0..6) {
                0 => bytes[at] ^= 1 << self.0.random_range(0..8),
                1 => bytes[at] = *[0, 0xff, 0x7f, 0x80, b'"', b'{', b'%', b'&'].get(self.0.random_range(0..8)).unwrap(),
                2 => drop(bytes.drain(at..end)),
                3 => {
                    let again = bytes[at..end].to_vec();
                    bytes.splice(at..at, again);
                }
                4 => bytes.truncate(at),
                _ => self.0.fill_bytes(&mut bytes[at..end]),
            }
        }
        bytes
    }

    /// JSON with one of its values, wherever it is, another one; or its bytes changed.
    fn json(&mut self, valid: &Value) -> Vec<u8> {
        if self.0.random_bool(0.3) {
            return self.bytes(valid.to_string().as_bytes());
        }
        let mut places = Vec::new();
        all_places(valid, String::new(), &mut places);
        let mut text = valid.clone();
        let place = self.one(&places).clone();
        let mark = "\u{1}here\u{1}";
        if let Some(value) = text.pointer_mut(&place) {
            *value = json!(mark);
        }
        let long = format!("\"{}\"", "ă".repeat(self.0.random_range(1..40_000)));
        let odd = if self.0.random_bool(0.1) { long.as_str() } else { self.one(&ODD) };
        text.to_string().replace(&json!(mark).to_string(), odd).into_bytes()
    }

    /// Text with bytes changed, where they still are text.
    fn text(&mut self, valid: &str) -> String {
        String::from_utf8_lossy(&self.bytes(valid.as_bytes())).into_owned()
    }
}

fn all_places(value: &Value, at: String, places: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| all_places(value, format!("{at}/{name}"), places))
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| all_places(item, format!("{at}/{index}"), places))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    places.push(at);
}

fn seconds() -> Duration {
    Duration::from_secs(std::env::var("HOSTILE_SECONDS").map_or(2, |seconds| seconds.parse().unwrap()))
}

fn chance() -> (u64, Chance) {
    let seed = std::env::var("HOSTILE_SEED").map_or_else(|_| rand::rng().random(), |seed| seed.parse().unwrap());
    (seed, Chance(StdRng::seed_from_u64(seed)))
}

/// Sends what a target makes for as long as is said. None of it may be our fault.
async fn sends(app: &TestApp, target: &str, mut make: impl FnMut(&mut Chance) -> Option<RequestBuilder>) {
    let (seed, mut chance) = chance();
    let until = Instant::now() + seconds();
    let mut counts: BTreeMap<u16, usize> = BTreeMap::new();
    while Instant::now() < until {
        // What no client can write is left out.
        let Some(request) = make(&mut chance).and_then(|request| request.build().ok()) else { continue };
        let told = format!("{request:?}, seed {seed}");
        let Ok(response) = reqwest::Client::execute(&app.client, request).await else { continue };
        let reply = Reply::read(response).await;
        assert!(reply.status < 500, "{target}: {} {} for {told}", reply.status, reply.text);
        *counts.entry(reply.status).or_default() += 1;
    }
    println!("{target}: {counts:?}");
    assert!(counts.values().sum::<usize>() > 10, "{target}: hardly anything was sent");
    app.stranger().get("/health/ready").await.expect(200);
    let verification = app.app.store.snapshot().await.unwrap().verify().await.unwrap();
    assert!(verification.damages.is_empty(), "{target}, seed {seed}: {verification:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn petitions_and_commands() {
    let app = TestApp::start(Engine::Sqlite).await;
    let (citizen, officer) = (app.citizen().await, app.officer("ubnd-256").await);
    let code = citizen.submits(&Draft::street_lamp()).await;
    officer.receives(&code).await;
    let commands = [
        ("start", json!({"assignee": null})),
        ("transfer", json!({"agency": "ubnd-262", "reason": "Thuộc địa bàn khác."})),
        ("extend", json!({"due_at": tests::in_twenty_days(), "reason": "Cần thêm thời gian."})),
        ("note", json!({"content": "Đã gọi điện."})),
        ("recategorise", json!({"category": "moi_truong"})),
    ];
    let draft =
        Draft::street_lamp().with("attachments", json!([])).with("occurred_at", json!("2026-11-25T08:00:00+07:00")).0;
    sends(&app, "petitions", |chance| {
        if chance.0.random_bool(0.5) {
            let request = citizen.request(Method::POST, "petitions").header("content-type", "application/json");
            return Some(request.body(chance.json(&draft)));
        }
        let (command, body) = chance.one(&commands).clone();
        let request = officer.request(Method::POST, &format!("petitions/{code}/{command}"));
        Some(request.header("content-type", "application/json").body(chance.json(&body)))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cursors_tokens_and_queries() {
    let app = TestApp::start(Engine::Sqlite).await;
    let (citizen, officer) = (app.citizen().await, app.officer("ubnd-256").await);
    for _ in 0..3 {
        citizen.submits(&Draft::street_lamp()).await;
    }
    let page = citizen.get("me/petitions?limit=1").await.expect(200);
    let cursor = page["next_cursor"].as_str().unwrap().to_owned();
    let token = citizen.token.clone().unwrap();
    let lists = [
        "me/petitions",
        "me/petitions/changes",
        "me/inbox",
        "public/petitions",
        "public/clusters",
        "rates",
        "units",
        "routing/preview",
    ];
    let parameters = [
        "cursor", "limit", "since", "q", "bbox", "as_of", "from", "to", "near", "category", "lat", "lon", "group_by",
        "status",
    ];
    let values = [
        cursor.as_str(),
        "20",
        "2026-11-25T08:00:00+07:00",
        "105.9,20.9,106.3,21.3",
        "chieu_sang",
        "21.1875",
        "đèn đường",
    ];
    sends(&app, "cursors, tokens and queries", |chance| {
        let list = *chance.one(&lists);
        if chance.0.random_bool(0.3) {
            // What cannot stand in a header cannot be sent.
            let token = chance.text(&token);
            return Some(citizen.with_token(&token).request(Method::GET, list));
        }
        let asked: Vec<(&str, String)> = (0..chance.0.random_range(1..4))
            .map(|_| {
                let value = *chance.one(&values);
                (
                    *chance.one(&parameters),
                    if chance.0.random_bool(0.7) { chance.text(value) } else { value.to_owned() },
                )
            })
            .collect();
        let person = if chance.0.random_bool(0.5) { &citizen } else { &officer };
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(asked).finish();
        Some(person.request(Method::GET, &format!("{list}?{query}")))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn open311_forms() {
    let app = TestApp::start(Engine::Sqlite).await;
    let body = json!({"name": "Ứng dụng của tỉnh bạn", "scopes": ["open311"], "source": "tinh-ban"});
    let key = app.admin().await.post("api-keys", &body).await.expect(201)["secret"].as_str().unwrap().to_owned();
    let fields = [
        ("api_key", key.as_str()),
        ("service_code", "chieu_sang"),
        ("lat", "21.1875"),
        ("long", "106.0838"),
        ("description", "Đèn đường hỏng đã ba hôm nay."),
        ("email", "nguoi.dan@example.vn"),
        ("phone", "0912345678"),
        ("attribute[den]", "mot"),
    ];
    let urlencoded = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let parts = String::from_utf8(form(&[("media", "anh.jpg", b"x")])).unwrap();
    sends(&app, "open311 forms", |chance| {
        let format = *chance.one(&["json", "xml"]);
        let request = app.stranger().request(Method::POST, &format!("/open311/v2/requests.{format}"));
        Some(match chance.0.random_range(0..3) {
            0 => request.header("content-type", form_type()).body(chance.bytes(parts.as_bytes())),
            _ => request
                .header("content-type", "application/x-www-form-urlencoded")
                .body(chance.bytes(urlencoded.as_bytes())),
        })
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files() {
    let app = TestApp::start(Engine::Sqlite).await;
    let citizen = app.citizen().await;
    let small = picture(64, 48);
    let shot = tests::files::Shot { place: Some((21.18, 106.07)), at: "2022:08:31 08:30:00", orientation: 6 };
    let valid = [
        jpeg(),
        phone_photo(&small, &shot),
        tests::files::encoded(&small, image::ImageFormat::Png),
        tests::files::encoded(&small, image::ImageFormat::WebP),
        mp4(300, 4),
        pdf(),
    ];
    sends(&app, "files", |chance| {
        let content = chance.one(&valid).clone();
        let changed = chance.bytes(&content);
        let request = citizen.request(Method::POST, "uploads").header("content-type", form_type());
        Some(request.body(form(&[("file", "anh.jpg", &changed)])))
    })
    .await;
}

/// What `pakn import-units` reads. It must come to an end, by whatever word.
#[tokio::test(flavor = "multi_thread")]
async fn boundaries() {
    let app = TestApp::start(Engine::Sqlite).await;
    let units = app.app.store.snapshot().await.unwrap().units().await.unwrap();
    let ring = json!([[106.0, 21.0], [106.1, 21.0], [106.1, 21.1], [106.05, 21.05], [106.0, 21.1], [106.0, 21.0]]);
    let feature = |code: &str, geometry: Value| json!({"type": "Feature", "properties": {"code": code, "level": "commune"}, "geometry": geometry});
    let file = json!({"type": "FeatureCollection", "features": [
        feature("09163", json!({"type": "Polygon", "coordinates": [ring]})),
        feature("09166", json!({"type": "MultiPolygon", "coordinates": [[ring], [ring]]})),
    ]});
    let day = NaiveDate::from_ymd_opt(2022, 1, 1).unwrap();
    let (seed, mut chance) = chance();
    let until = Instant::now() + seconds();
    let (mut taken, mut refused) = (0, 0);
    while Instant::now() < until {
        let text = String::from_utf8_lossy(&chance.json(&file)).into_owned();
        let began = Instant::now();
        let read = catch_unwind(AssertUnwindSafe(|| Boundaries::read(&text, &units, day).map(|read| read.count())));
        let read = read.unwrap_or_else(|_| panic!("seed {seed}: {text}"));
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}, seed {seed}: {text}", began.elapsed());
        match read {
            Ok(_) => taken += 1,
            Err(faults) => {
                assert!(!faults.is_empty(), "seed {seed}: {text}");
                refused += 1;
            }
        }
    }
    println!("boundaries: {taken} taken, {refused} refused");
    assert!(refused > 10);
}
