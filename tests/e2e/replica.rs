//! A replica of the database: what everybody reads is read from it, and nothing else; it lags, is cut off, goes away, comes back and ends, and nobody is told an error.

use std::{
    collections::BTreeMap,
    process::Output,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::json;
use tests::{Draft, TestApp, Visitor, postgres::PrivateCluster, program};
use tokio::task::{JoinSet, block_in_place};

/// By how much the replica may lag.
const MOST_LAG: Duration = Duration::from_secs(4);

/// What a scraper shows.
const TOKEN: &str = "mot-ma-cho-prometheus-cua-cac-thu-nghiem";

/// Where everybody reads.
const PUBLIC: [&str; 5] = [
    "public/petitions",
    "public/petitions as a map",
    "public/clusters?bbox=105.9,21.0,106.4,21.4&zoom=22",
    "/open311/v2/requests.json",
    "/open311/v2/requests/CODE.json",
];

struct Reader(Visitor);

impl Reader {
    /// Whether a published petition is to be seen at one of [`PUBLIC`].
    async fn sees(&self, place: &str, code: &str) -> bool {
        let request = match place.strip_suffix(" as a map") {
            Some(path) => self.0.request(reqwest::Method::GET, path).header("accept", "application/geo+json"),
            None => self.0.request(reqwest::Method::GET, &place.replace("CODE", code)),
        };
        let reply = tests::Reply::read(request.send().await.unwrap()).await;
        assert!(reply.status == 200 || reply.status == 404 && place.contains("CODE"), "{place}: {}", reply.text);
        reply.status == 200 && reply.text.contains(code)
    }

    async fn sees_everywhere(&self, code: &str) -> Vec<&'static str> {
        let mut seen = Vec::new();
        for place in PUBLIC {
            if self.sees(place, code).await {
                seen.push(place);
            }
        }
        seen
    }

    async fn figures(&self) -> BTreeMap<String, f64> {
        let request = self.0.request(reqwest::Method::GET, "/metrics").bearer_auth(TOKEN);
        let text = request.send().await.unwrap().text().await.unwrap();
        let lines = text.lines().filter(|line| line.starts_with("pakn_replica") || line.contains("pool=\"replica\""));
        lines
            .filter_map(|line| line.rsplit_once(' '))
            .map(|(name, value)| (name.to_owned(), value.parse().unwrap()))
            .collect()
    }

    /// Waits until the replica is read from, or is not.
    async fn waits_for(&self, is_used: bool) {
        let until = Instant::now() + Duration::from_secs(20);
        loop {
            let figures = self.figures().await;
            if figures["pakn_replica_used"] == f64::from(u8::from(is_used)) {
                return;
            }
            assert!(Instant::now() < until, "{is_used} is waited for: {figures:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn read_there(&self) -> f64 {
        self.figures().await["pakn_replica_reads_total{server=\"replica\"}"]
    }

    /// Reads the feed by eight at once while something happens; every answer must be one.
    async fn reads_on<T>(&self, happens: impl AsyncFnOnce() -> T) -> T {
        let enough = Arc::new(AtomicBool::new(false));
        let mut readers = JoinSet::new();
        for _ in 0..8 {
            let (reader, enough) = (self.0.clone(), Arc::clone(&enough));
            readers.spawn(async move {
                let mut read = 0;
                while !enough.load(Ordering::SeqCst) {
                    let began = Instant::now();
                    reader.get("public/petitions").await.expect(200);
                    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
                    read += 1;
                }
                read
            });
        }
        let happened = happens().await;
        enough.store(true, Ordering::SeqCst);
        let read: Vec<u32> = readers.join_all().await;
        assert!(read.iter().all(|read| *read > 0), "{read:?}");
        happened
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_everybody_reads_is_read_there_and_nothing_else() {
    let Some(cluster) = block_in_place(PrivateCluster::start) else { return };
    let app = TestApp::start_within(&cluster).await;
    let (citizen, coordinator) = (app.citizen().await, app.coordinator().await);
    let mut replica = block_in_place(|| cluster.replica());
    let mut command = program::command(app.folder.path(), Some(&app.database_url), &["serve"]);
    command.env("PAKN_DATABASE_READ_URL", replica.url("postgres")).env("PAKN_LIMITS", "off").env("PAKN_LOG", "off");
    command.env("PAKN_DATABASE_READ_LAG", MOST_LAG.as_secs().to_string()).env("PAKN_METRICS_TOKEN", TOKEN);
    let serving = block_in_place(|| program::started(command));
    assert!(serving.printed.iter().any(|line| line.contains("read replica")), "{:?}", serving.printed);
    let sender = Visitor::holding(serving.address, citizen.token.as_deref().unwrap());
    let desk = Visitor::holding(serving.address, coordinator.token.as_deref().unwrap());
    let reader = Reader(Visitor::at(serving.address));
    // Each at a place of its own: alone in its cluster of the map.
    let mut north = 0.0;
    let mut sends = async || {
        north += 0.02;
        let draft = Draft::street_lamp().with("location", json!({"lat": 21.1 + north, "lon": 106.08}));
        let sent = sender.post("petitions", &draft.0).await.expect(201);
        sent["code"].as_str().unwrap().to_owned()
    };
    let publishes = async |code: &str| {
        desk.post(&format!("petitions/{code}/publish"), &json!({})).await.expect(200);
    };

    // It is found well, and read from.
    reader.waits_for(true).await;
    let (withdrawn, late) = (sends().await, sends().await);
    publishes(&withdrawn).await;
    let until = Instant::now() + MOST_LAG;
    while !reader.sees(PUBLIC[0], &withdrawn).await {
        assert!(Instant::now() < until, "what was published {MOST_LAG:?} ago is not there");
    }
    assert_eq!(reader.sees_everywhere(&withdrawn).await, PUBLIC);
    assert!(reader.read_there().await >= 5.0, "{:?}", reader.figures().await);

    // It stops where it is. Everybody sees what it has, whoever has written what they wrote.
    replica.psql(&["SELECT pg_wal_replay_pause()"]);
    block_in_place(|| std::thread::sleep(Duration::from_millis(200)));
    let stopped = Instant::now();
    desk.post(&format!("petitions/{withdrawn}/unpublish"), &json!({"reason": "Theo đề nghị."})).await.expect(200);
    let gone = Instant::now();
    publishes(&late).await;
    let published = Instant::now();
    assert_eq!(reader.sees_everywhere(&withdrawn).await, PUBLIC, "the replica has not heard of it");
    assert_eq!(reader.sees_everywhere(&late).await, Vec::<&str>::new());
    let own = sends().await;
    sender.get(&format!("petitions/{own}")).await.expect(200);
    assert!(sender.own().await.contains(&own));
    desk.get(&format!("petitions/{own}")).await.expect(200);
    assert_eq!(desk.get(&format!("petitions/{late}")).await.expect(200)["published"], true);
    assert!(stopped.elapsed() < MOST_LAG, "too slow to tell anything: {:?}", stopped.elapsed());
    // Nobody is shown for longer than it may lag what was withdrawn.
    loop {
        let asked = Instant::now();
        let (old, new) = (reader.sees(PUBLIC[0], &withdrawn).await, reader.sees(PUBLIC[0], &late).await);
        assert!(!old || asked < gone + MOST_LAG, "shown {:?} after it was withdrawn", asked - gone);
        assert!(new || asked < published + MOST_LAG, "not shown {:?} after it was published", asked - published);
        if !old && new {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(reader.sees_everywhere(&withdrawn).await, Vec::<&str>::new());
    assert_eq!(reader.sees_everywhere(&late).await, PUBLIC);
    let figures = reader.figures().await;
    assert!(figures["pakn_replica_lag_seconds"] > MOST_LAG.as_secs_f64(), "{figures:?}");
    assert_eq!((figures["pakn_replica_wanted"], figures["pakn_replica_used"]), (1.0, 0.0), "{figures:?}");

    // It goes on, and is read from again.
    replica.psql(&["SELECT pg_wal_replay_resume()"]);
    reader.waits_for(true).await;
    assert_eq!(reader.sees_everywhere(&late).await, PUBLIC);

    // What it takes over cancels what is read, which takes its time here.
    replica.psql(&["ALTER SYSTEM SET max_standby_streaming_delay = 0", "SELECT pg_reload_conf()"]);
    let slow = "CREATE VIEW petition_follower AS SELECT follower.* FROM follower, pg_sleep(0.5)";
    block_in_place(|| cluster.psql(&["ALTER TABLE petition_follower RENAME TO follower", slow]));
    let [before, after] = reader
        .reads_on(async || {
            tokio::time::sleep(Duration::from_millis(700)).await;
            let before = reader.figures().await;
            let lock = ["BEGIN", "LOCK TABLE follower IN ACCESS EXCLUSIVE MODE", "COMMIT"];
            block_in_place(|| cluster.psql(&lock));
            tokio::time::sleep(Duration::from_millis(700)).await;
            [before, reader.figures().await]
        })
        .await;
    let read_here = "pakn_replica_reads_total{server=\"primary\"}";
    assert!(after[read_here] > before[read_here], "nothing was cancelled: {before:?}, {after:?}");
    assert_eq!(after["pakn_replica_used"], 1.0, "it is no fault of the replica's: {after:?}");
    block_in_place(|| {
        cluster.psql(&["DROP VIEW petition_follower", "ALTER TABLE follower RENAME TO petition_follower"])
    });

    // All connections are cut, in the middle of readings; it ends.
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pakn'";
    reader.reads_on(async || block_in_place(|| replica.psql(&[cut]))).await;
    reader.waits_for(true).await;
    reader
        .reads_on(async || {
            block_in_place(|| replica.stop());
            reader.waits_for(false).await;
        })
        .await;
    assert_eq!(reader.sees_everywhere(&late).await, PUBLIC);

    // It comes back, with what it missed.
    let missed = sends().await;
    publishes(&missed).await;
    block_in_place(|| replica.restart());
    reader.waits_for(true).await;
    let before = reader.read_there().await;
    assert_eq!(reader.sees_everywhere(&missed).await, PUBLIC);
    assert!(reader.read_there().await >= before + 5.0);

    // It is made a primary of its own: what it says is nobody's any more.
    replica.psql(&["SELECT pg_promote()"]);
    reader.waits_for(false).await;
    assert_eq!(reader.sees_everywhere(&missed).await, PUBLIC);
}

fn does_not_start(database: Option<&str>, replica: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut command = program::command(folder.path(), database, &["serve"]);
    let Output { status, stderr, .. } = command.env("PAKN_DATABASE_READ_URL", replica).output().unwrap();
    assert!(!status.success());
    String::from_utf8(stderr).unwrap()
}

#[test]
fn sqlite_has_no_replica() {
    let said = does_not_start(None, "postgres://pakn:mat-khau@127.0.0.1/pakn");
    assert!(said.contains("PAKN_DATABASE_READ_URL: SQLite has no replicas"), "{said}");
    assert!(!said.contains("mat-khau"), "{said}");
}
