//! What happens is told to desks as it happens, from whichever server they listen to.

use std::time::{Duration, Instant};

use reqwest::{Method, Response};
use serde_json::{Value, json};
use tests::{Draft, Engine, Person, TestApp, both_engines, past::held_open};

both_engines!(
    who_heard_nothing_yet_misses_nothing_either,
    a_desk_hears_what_comes_in_and_what_changes_and_another_does_not,
    a_desk_hears_that_a_petition_was_taken_from_it,
    a_stream_goes_on_where_it_ended,
    the_coordinator_hears_of_its_own_desk_or_of_all,
    a_stream_is_for_staff_and_takes_no_nonsense,
    a_compressing_client_does_not_wait,
    who_never_reads_hurts_nobody,
    one_account_has_five_streams,
);

/// What was promised: on the screen within a second.
const SOON: Duration = Duration::from_secs(1);

/// How long anything may take on a machine that builds and tests at the same time. On PostgreSQL a stream waits besides for every
/// transaction of the cluster that is older, and other tests have theirs there.
const PATIENCE: Duration = Duration::from_secs(30);

/// A stream that somebody listens to.
struct Ear {
    response: Response,
    heard: String,
}

impl Ear {
    async fn of(person: &Person<'_>, path: &str, last: Option<&str>) -> Self {
        let mut request = person.request(Method::GET, path);
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let mut ear = Self { response, heard: String::new() };
        ear.hear("retry:").await;
        ear
    }

    /// Waits until the text has been heard, and the event that it stands in to its end.
    async fn hear(&mut self, text: &str) {
        let until = Instant::now() + PATIENCE;
        while !self.heard.split_once(text).is_some_and(|(_, rest)| rest.contains("\n\n")) {
            let left = until.saturating_duration_since(Instant::now());
            let chunk = tokio::time::timeout(left, self.response.chunk()).await;
            let chunk = chunk.unwrap_or_else(|_| panic!("{text} was not heard in time: {}", self.heard));
            let chunk = chunk.unwrap().unwrap_or_else(|| panic!("the stream ended: {}", self.heard));
            self.heard.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// Everything that comes for a while.
    async fn listen(&mut self, time: Duration) {
        let until = Instant::now() + time;
        while let Ok(Ok(Some(chunk))) =
            tokio::time::timeout(until.saturating_duration_since(Instant::now()), self.response.chunk()).await
        {
            self.heard.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// The events heard so far: id and data.
    fn events(&self) -> Vec<(String, Value)> {
        // What follows the last blank line has not ended.
        let whole = self.heard.rsplit_once("\n\n").map_or("", |(whole, _)| whole);
        let blocks = whole.split("\n\n").filter(|block| block.contains("event: petition"));
        let field =
            |block: &str, name: &str| block.lines().find_map(|line| line.strip_prefix(name)).unwrap().to_owned();
        blocks.map(|block| (field(block, "id: "), serde_json::from_str(&field(block, "data: ")).unwrap())).collect()
    }

    fn told(&self) -> Vec<(String, String)> {
        let word = |value: &Value| value.as_str().unwrap().to_owned();
        self.events().iter().map(|(_, data)| (word(&data["code"]), word(&data["type"]))).collect()
    }
}

fn pair(code: &str, kind: &str) -> (String, String) {
    (code.to_owned(), kind.to_owned())
}

async fn a_desk_hears_what_comes_in_and_what_changes_and_another_does_not(app: TestApp) {
    let (officer, other, citizen) =
        (app.officer("ubnd-256").await, app.officer("ubnd-09163").await, app.citizen().await);
    let mut ear = Ear::of(&officer, "agency/events", None).await;
    let mut elsewhere = Ear::of(&other, "agency/events", None).await;
    let code = citizen.submits(&Draft::street_lamp()).await;
    ear.hear(&code).await;
    let (_, data) = ear.events().remove(0);
    assert_eq!(
        (&data["type"], &data["status"], &data["agency"], &data["seq"]),
        (&json!("submitted"), &json!("submitted"), &json!("ubnd-256"), &json!(1))
    );
    assert!(!ear.heard.contains("Nguyễn"), "no words of anybody");
    officer.receives(&code).await;
    ear.hear("received").await;
    officer.transfers(&code, "ubnd-09163", "Của xã.").await;
    ear.hear("transferred").await;
    elsewhere.hear("transferred").await;
    assert_eq!(elsewhere.told().last().unwrap(), &pair(&code, "transferred"));
    other.receives(&code).await;
    elsewhere.hear("\"seq\":4").await;
    ear.listen(Duration::from_millis(700)).await;
    assert_eq!(ear.told(), [pair(&code, "submitted"), pair(&code, "received"), pair(&code, "transferred")]);
}

async fn a_desk_hears_that_a_petition_was_taken_from_it(app: TestApp) {
    let (officer, right, citizen) =
        (app.officer("ubnd-256").await, app.officer("ubnd-09163").await, app.citizen().await);
    let coordinator = app.coordinator().await;
    let code = citizen.submits(&Draft::street_lamp()).await;
    let mut ear = Ear::of(&officer, "agency/events", None).await;
    let mut elsewhere = Ear::of(&app.officer("ubnd-09166").await, "agency/events", None).await;
    coordinator.transfers(&code, "ubnd-09163", "Của phường.").await;
    ear.hear("ubnd-09163").await;
    assert_eq!(ear.told(), [pair(&code, "transferred")]);
    right.receives(&code).await;
    let other = citizen.submits(&Draft::street_lamp()).await;
    ear.hear(&other).await;
    assert_eq!(ear.told(), [pair(&code, "transferred"), pair(&other, "submitted")], "what others do with it is theirs");
    elsewhere.listen(Duration::from_millis(500)).await;
    assert_eq!(elsewhere.told(), []);
}

async fn a_stream_goes_on_where_it_ended(app: TestApp) {
    let (officer, citizen) = (app.officer("ubnd-256").await, app.citizen().await);
    let mut ear = Ear::of(&officer, "agency/events", None).await;
    let first = citizen.submits(&Draft::street_lamp()).await;
    ear.hear(&first).await;
    let (last, _) = ear.events().pop().unwrap();
    drop(ear);
    let mut missed = Vec::new();
    for _ in 0..7 {
        missed.push(citizen.submits(&Draft::street_lamp()).await);
    }
    for path in ["agency/events".to_owned(), format!("agency/events?last_event_id={last}")] {
        let header = (path == "agency/events").then_some(last.as_str());
        let mut ear = Ear::of(&officer, &path, header).await;
        ear.hear(missed.last().unwrap()).await;
        let after = citizen.submits(&Draft::street_lamp()).await;
        ear.hear(&after).await;
        missed.push(after);
        ear.listen(Duration::from_millis(500)).await;
        let told: Vec<String> = ear.told().into_iter().map(|(code, _)| code).collect();
        assert_eq!(told, missed, "nothing missed, nothing twice");
    }
}

async fn who_heard_nothing_yet_misses_nothing_either(app: TestApp) {
    let (officer, citizen) = (app.officer("ubnd-256").await, app.citizen().await);
    let mut ear = Ear::of(&officer, "agency/events", None).await;
    ear.hear("id: ").await;
    let place = ear.heard.lines().find_map(|line| line.strip_prefix("id: ")).unwrap().to_owned();
    drop(ear);
    let missed = citizen.submits(&Draft::street_lamp()).await;
    let mut ear = Ear::of(&officer, "agency/events", Some(&place)).await;
    ear.hear(&missed).await;
    assert_eq!(ear.told(), [pair(&missed, "submitted")]);
}

async fn the_coordinator_hears_of_its_own_desk_or_of_all(app: TestApp) {
    let (coordinator, citizen) = (app.coordinator().await, app.citizen().await);
    let officer = app.officer("ubnd-256").await;
    let mut own = Ear::of(&coordinator, "agency/events", None).await;
    let mut all = Ear::of(&coordinator, "agency/events?agency=all", None).await;
    let mut one = Ear::of(&coordinator, "agency/events?agency=ubnd-256", None).await;
    let lamp = citizen.submits(&Draft::street_lamp()).await;
    let nowhere = citizen.submits(&Draft::street_lamp().without("location")).await;
    all.hear(&nowhere).await;
    own.hear(&nowhere).await;
    one.hear(&lamp).await;
    assert_eq!(all.told(), [pair(&lamp, "submitted"), pair(&nowhere, "submitted")]);
    assert_eq!((own.told(), one.told()), (vec![pair(&nowhere, "submitted")], vec![pair(&lamp, "submitted")]));
    officer.returns(&lamp, "Không thuộc thẩm quyền.").await;
    own.hear("returned").await;
}

async fn a_stream_is_for_staff_and_takes_no_nonsense(app: TestApp) {
    let (officer, citizen) = (app.officer("ubnd-256").await, app.citizen().await);
    app.stranger().get("agency/events").await.problem(401, "unauthenticated");
    citizen.get("agency/events").await.problem(403, "forbidden");
    officer.get("agency/events?agency=ubnd-09163").await.problem(403, "forbidden");
    officer.get("agency/events?agency=all").await.faults(&[("/agency", "unknown_agency")]);
    // Of another log: nothing would ever come after it.
    officer
        .get("agency/events?last_event_id=9000000000-9000000000")
        .await
        .faults(&[("/last_event_id", "invalid_cursor")]);
    for nonsense in ["x", "1", "-1-2", "1-2-3", "1-%00", "99999999999999999999-1"] {
        officer
            .get(&format!("agency/events?last_event_id={nonsense}"))
            .await
            .faults(&[("/last_event_id", "invalid_cursor")]);
    }
}

async fn a_compressing_client_does_not_wait(app: TestApp) {
    let (officer, citizen) = (app.officer("ubnd-256").await, app.citizen().await);
    let request = officer.request(Method::GET, "agency/events").header("accept-encoding", "gzip, br, zstd");
    let response = request.send().await.unwrap();
    let mut ear = Ear { response, heard: String::new() };
    let code = citizen.submits(&Draft::street_lamp()).await;
    ear.hear(&code).await;
}

/// Far more than the kernel and the backlog hold.
async fn who_never_reads_hurts_nobody(app: TestApp) {
    let (officer, citizen) = (app.officer("ubnd-256").await, app.citizen().await);
    let deaf = officer.request(Method::GET, "agency/events").send().await.unwrap();
    let mut ear = Ear::of(&officer, "agency/events", None).await;
    let mut sent = Vec::new();
    for _ in 0..150 {
        sent.push(citizen.submits(&Draft::street_lamp()).await);
    }
    ear.hear(sent.last().unwrap()).await;
    let told: Vec<String> = ear.told().into_iter().map(|(code, _)| code).collect();
    assert_eq!(told, sent);
    // Whoever reads at last hears all of it.
    let mut late = Ear { response: deaf, heard: String::new() };
    late.hear(sent.last().unwrap()).await;
    assert_eq!(late.told().len(), sent.len());
}

async fn one_account_has_five_streams(app: TestApp) {
    let officer = app.officer("ubnd-256").await;
    let mut ears = Vec::new();
    for _ in 0..5 {
        ears.push(Ear::of(&officer, "agency/events", None).await);
    }
    let refused = officer.get("agency/events").await;
    refused.problem(503, "busy");
    assert_eq!(refused.header("retry-after"), "5");
    app.officer("ubnd-256")
        .await
        .request(Method::GET, "agency/events")
        .send()
        .await
        .unwrap()
        .error_for_status()
        .unwrap();
    ears.pop();
    // The server notices at its next word to the one that has gone.
    app.citizen().await.submits(&Draft::street_lamp()).await;
    let until = Instant::now() + PATIENCE;
    loop {
        let response = officer.request(Method::GET, "agency/events").send().await.unwrap();
        if response.status() == 200 {
            break;
        }
        assert!(Instant::now() < until, "the seat is not given back");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// An officer connected to one server sees within a second what a citizen sent to the other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_tell_the_same() {
    if tests::postgres::server().is_none() {
        return;
    }
    let app = TestApp::start(Engine::Postgres).await;
    let (officer, citizen) = (app.officer("ubnd-256").await, app.citizen().await);
    let other = app.another_server().await;
    let mut ear = Ear::of(&officer, "agency/events", None).await;
    let mut took = Vec::new();
    for _ in 0..10 {
        let sent = app
            .client
            .post(format!("http://{}/api/v1/petitions", other.address))
            .bearer_auth(citizen.token.as_ref().unwrap())
            .json(&Draft::street_lamp().0);
        let sent: Value = sent.send().await.unwrap().json().await.unwrap();
        let began = Instant::now();
        ear.hear(sent["code"].as_str().unwrap()).await;
        took.push(began.elapsed());
    }
    println!("from the answer to the officer: {took:?}");
    // Most of them: what this machine does besides may hold up one or another, and so may a transaction of another test.
    took.sort_unstable();
    assert!(took[6] < SOON, "{took:?}");
}

/// On PostgreSQL a position that is taken early may be committed late; it must be told all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_committed_late_is_not_stepped_over() {
    if tests::postgres::server().is_none() {
        return;
    }
    let app = TestApp::start(Engine::Postgres).await;
    let (officer, citizen) = (app.officer("ubnd-256").await, app.citizen().await);
    let mut ear = Ear::of(&officer, "agency/events", None).await;
    let (held, slow) = held_open(&app, &citizen).await;

    let quick = citizen.submits(&Draft::street_lamp()).await;
    ear.listen(Duration::from_millis(800)).await;
    assert!(ear.told().is_empty(), "nothing is told that an older transaction might still come before: {}", ear.heard);
    held.commit().await.unwrap();
    ear.hear(&quick).await;
    ear.hear(&slow).await;
    let told: Vec<String> = ear.told().into_iter().map(|(code, _)| code).collect();
    assert_eq!(told, [slow, quick]);
}
