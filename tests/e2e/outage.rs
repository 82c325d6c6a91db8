//! The database goes away and comes back: requests are told so soon, and nothing that was acknowledged is lost.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    Draft, Engine, Person, Reply, TestApp, Visitor,
    postgres::PrivateCluster,
    program::{self, Serving},
};
use tokio::task::{JoinSet, block_in_place};

use persistence::{Store, StoreOptions};

/// How soon a request must be answered, whatever the database does.
const SOON: Duration = Duration::from_secs(10);

/// How many connections the program holds.
const POOL: u32 = 16;

/// It must be the problem that the database is away, with the time to try again.
#[track_caller]
fn unavailable(reply: &Reply) {
    reply.problem(503, "unavailable");
    assert!(reply.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds > 0), "{:?}", reply.headers);
}

/// Sends petitions one after another until told to stop; the code of each, `None` for what was not acknowledged.
async fn sends_on(citizen: Visitor, name: usize, enough: Arc<AtomicBool>) -> Vec<(String, Option<String>)> {
    let (mut sent, mut noticed) = (Vec::new(), false);
    while !enough.load(Ordering::SeqCst) {
        let key = format!("{name}-{}", sent.len());
        let began = Instant::now();
        let reply = citizen.tries(&key, &draft(&key)).await.expect("a server that is up answers");
        assert!(began.elapsed() < SOON, "{:?} for {}", began.elapsed(), reply.status);
        if reply.status == 201 {
            sent.push((key, Some(reply.json()["code"].as_str().unwrap().to_owned())));
        } else {
            unavailable(&reply);
            sent.push((key, None));
            noticed = true;
        }
        // Without a pause, so that some are under way when the database goes; then no more than the test needs.
        tokio::time::sleep(Duration::from_millis(if noticed { 100 } else { 0 })).await;
    }
    sent
}

fn draft(key: &str) -> Draft {
    Draft::street_lamp().with("title", json!(format!("Phản ánh {key}")))
}

/// Whatever needs the database is told that it is away; what does not goes on.
async fn is_away(serving: &Serving, citizen: &Visitor) {
    let credentials = json!({"login": "0912345678", "password": "mật khẩu nào đó"});
    let registration = json!({"phone": "0912345678", "password": "mật khẩu nào đó", "full_name": "Ai đó"});
    let requests: [(Method, &str, Value); 8] = [
        (Method::GET, "/health/ready", Value::Null),
        (Method::GET, "me", Value::Null),
        (Method::GET, "me/petitions", Value::Null),
        (Method::GET, "petitions/PAKN.20220101.000001", Value::Null),
        (Method::POST, "petitions/PAKN.20220101.000001/withdraw", json!({})),
        (Method::POST, "petitions", Draft::street_lamp().0),
        (Method::POST, "auth/login", credentials),
        (Method::POST, "auth/register", registration),
    ];
    let began = Instant::now();
    let mut all = JoinSet::new();
    for (method, path, body) in requests {
        let request = citizen.moved(serving.address).request(method.clone(), path);
        let request = if body.is_null() { request } else { request.json(&body) };
        all.spawn(async move { (path, Reply::read(request.send().await.unwrap()).await) });
    }
    for path in ["/health/live", "categories", "routing/preview?category=chieu_sang&lat=21.1875&lon=106.0838"] {
        Visitor::at(serving.address).get(path).await.expect(200);
    }
    // Less than the five seconds for which what needs one waits.
    assert!(began.elapsed() < Duration::from_secs(4), "what needs no database waits for none: {:?}", began.elapsed());
    while let Some(done) = all.join_next().await {
        let (path, reply) = done.unwrap();
        assert_eq!((path, reply.status), (path, 503), "{}", reply.text);
        unavailable(&reply);
        assert!(began.elapsed() < SOON, "{path}: {:?}", began.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_goes_away_and_comes_back() {
    let Some(mut cluster) = block_in_place(PrivateCluster::start) else { return };
    let (folder, url) = (tempfile::tempdir().unwrap(), cluster.url("postgres"));
    let mut command = program::command(folder.path(), Some(&url), &["serve"]);
    // Every one of thousands of refusals would be told.
    command.env("PAKN_LOG", "off");
    let serving = block_in_place(|| program::started(command));
    let mut citizens = Vec::new();
    for number in 0..4 {
        citizens.push(Visitor::citizen(serving.address, number).await);
    }
    let mut known = vec![Vec::new(); citizens.len()];
    // Twice: the second time the pool has connections of a server that has been away before.
    for round in 0..2 {
        let enough = Arc::new(AtomicBool::new(false));
        let mut senders = JoinSet::new();
        for (index, citizen) in citizens.iter().enumerate() {
            let name = round * citizens.len() + index;
            let sending = sends_on(citizen.moved(serving.address), name, Arc::clone(&enough));
            senders.spawn(async move { (index, sending.await) });
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
        block_in_place(|| cluster.stop());
        is_away(&serving, &citizens[0]).await;
        // A petition stored just before is acknowledged after two seconds of looking for duplicates in vain; the next one waits
        // five for a connection. Longer than both, and every sender notices.
        tokio::time::sleep(Duration::from_secs(3)).await;
        block_in_place(|| cluster.restart());
        let back = Instant::now();
        let prober = citizens[0].moved(serving.address);
        while prober.get("/health/ready").await.status != 200 || prober.get("me/petitions").await.status != 200 {
            assert!(back.elapsed() < SOON, "the database is back and the server has not noticed");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        // From now on each request, on whichever connection of the pool, is served.
        tokio::time::sleep(SOON.saturating_sub(back.elapsed())).await;
        enough.store(true, Ordering::SeqCst);
        let mut all = JoinSet::new();
        for _ in 0..40 {
            let citizen = citizens[0].moved(serving.address);
            all.spawn(async move { citizen.get("me/petitions").await.status });
        }
        assert_eq!(all.join_all().await, [200; 40]);
        for (index, sent) in senders.join_all().await {
            assert!(sent.iter().any(|(_, code)| code.is_none()), "sender {index} noticed nothing");
            assert!(sent.last().is_some_and(|(_, code)| code.is_some()), "sender {index} is not served again");
            known[index].extend(sent);
        }
    }

    // Restarted while nobody asks, it leaves the pool full of dead connections; each is found out by one request at most.
    block_in_place(|| cluster.restart());
    let mut refused = 0;
    for _ in 0..60 {
        let reply = citizens[0].get("me").await;
        if reply.status != 200 {
            unavailable(&reply);
            refused += 1;
        }
    }
    assert!(refused <= POOL, "{refused}");
    citizens[0].get("me").await.expect(200);

    for (citizen, sent) in citizens.iter().zip(&known) {
        let mut codes = Vec::new();
        for (key, code) in sent {
            let again = citizen.tries(key, &draft(key)).await.unwrap().expect(201);
            let again = again["code"].as_str().unwrap().to_owned();
            assert!(code.as_ref().is_none_or(|code| *code == again), "{key} was {code:?} and is {again}");
            codes.push(again);
        }
        let mut own = citizen.own().await;
        own.sort();
        codes.sort();
        assert_eq!(own, codes, "each once");
    }
    let verified = block_in_place(|| program::run(folder.path(), Some(&url), &["verify"]));
    assert!(verified.status.success(), "{verified:?}");
}

/// How long the slowest of three writers and of the readers beside them took while another process held the lock.
async fn while_locked(app: &TestApp, citizen: &Person<'_>, officer: &Person<'_>, code: &str) -> (Duration, Duration) {
    let steering = app.steering().await;
    let options = StoreOptions { url: app.database_url.clone(), max_connections: 1 };
    let other = Store::connect(&options).await.unwrap();
    let lock = other.begin().await.unwrap();
    let began = Instant::now();
    let (draft, receive) = (Draft::street_lamp(), json!({}));
    let mut slowest = Duration::ZERO;
    let (one, two, three, ()) = tokio::join!(
        citizen.post_with("petitions", ("idempotency-key", "one"), &draft.0),
        citizen.sends(&draft),
        officer.commands(code, "receive", &receive),
        async {
            // Reading goes on meanwhile.
            for _ in 0..5 {
                let began = Instant::now();
                assert_eq!(citizen.reads(code).await["status"], "submitted");
                assert_eq!(officer.queue("").await, [code]);
                assert_eq!(steering.get("rates").await.expect(200)["total"]["counts"]["submitted"], 1);
                app.stranger().get("/health/ready").await.expect(200);
                slowest = slowest.max(began.elapsed());
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        }
    );
    for reply in [&one, &two, &three] {
        unavailable(reply);
    }
    let took = began.elapsed();
    drop(lock);
    other.close().await.unwrap();
    (took, slowest)
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite_another_writer_holds_the_lock_for_too_long() {
    let app = TestApp::start(Engine::Sqlite).await;
    let (citizen, officer) = (app.citizen().await, app.officer("ubnd-256").await);
    let code = citizen.submits(&Draft::street_lamp()).await;
    // A machine that is busy with something else may take its time once; a server that waits too long does so each time.
    let mut tries = Vec::new();
    loop {
        let (writers, readers) = while_locked(&app, &citizen, &officer, &code).await;
        if writers < SOON && readers < Duration::from_secs(2) {
            break;
        }
        tries.push((writers, readers));
        assert!(tries.len() < 3, "{tries:?}");
    }
    let draft = Draft::street_lamp();
    let sent = citizen.post_with("petitions", ("idempotency-key", "one"), &draft.0).await.expect(201);
    officer.receives(&code).await;
    let own = citizen.get("me/petitions").await.expect(200);
    let own: Vec<&Value> = own["items"].as_array().unwrap().iter().map(|item| &item["code"]).collect();
    assert_eq!(own, [&sent["code"], &json!(code)], "what was refused did not happen");
    let verification = app.app.store.snapshot().await.unwrap().verify().await.unwrap();
    assert!(verification.damages.is_empty(), "{verification:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite_a_short_lock_is_waited_for() {
    let app = TestApp::start(Engine::Sqlite).await;
    let citizen = app.citizen().await;
    let options = StoreOptions { url: app.database_url.clone(), max_connections: 1 };
    let other = Store::connect(&options).await.unwrap();
    let lock = other.begin().await.unwrap();
    let draft = Draft::street_lamp();
    let (reply, ()) = tokio::join!(citizen.sends(&draft), async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        drop(lock);
    });
    reply.expect(201);
}
