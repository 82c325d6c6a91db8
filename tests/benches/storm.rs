//! What a storm of sign-ins does to those who send petitions: how long `POST /api/v1/petitions` takes (p50, p99) without it and with it, in one
//! run, as a Markdown table.
//!
//! Some connections send petitions, one after the other; in the storm fifty more sign in as fast as they are answered: every other one
//! with the right password of an account of its own, the others with a login that is not there. Limits are off, so that each one is hashed. Quiet and storm take turns, so that whatever else the
//! machine does meets both.
//!
//! `cargo bench -p tests --bench storm`, with these variables: `STORM_ENGINES` (sqlite,postgres), `STORM_SECONDS` of each turn (10),
//! `STORM_TURNS` (3), `STORM_SENDERS` (4), `STORM_CONNECTIONS` (50).

#[path = "rates/measure.rs"]
mod measure;

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use measure::{engines, percentile, variable};
use serde_json::json;
use tests::{Draft, Engine, TestApp, Visitor, app::settings};
use tokio::task::JoinSet;

/// Sends petitions until it is told to stop; how long each took.
async fn sends(sender: Visitor, until: Instant) -> Vec<Duration> {
    let mut times = Vec::new();
    while Instant::now() < until {
        let began = Instant::now();
        sender.post("petitions", &Draft::street_lamp().0).await.expect(201);
        times.push(began.elapsed());
    }
    times
}

const PASSWORD: &str = "mật khẩu của người dân";

/// The phone number of the account that a connection has, where it has one.
fn account(connection: usize) -> Option<String> {
    connection.is_multiple_of(2).then(|| format!("09{connection:08}"))
}

/// Signs in until the storm is over.
async fn storms(address: SocketAddr, connection: usize, stop: Arc<AtomicBool>, signed_in: Arc<AtomicU64>) {
    let visitor = Visitor::at(address);
    let mut tries = 0_u64;
    while !stop.load(Ordering::Relaxed) {
        // Another login each time where there is no account: one that failed often waits, and costs nothing.
        let login = account(connection).unwrap_or_else(|| format!("bao.{connection}.{tries}"));
        let reply = visitor.post("auth/login", &json!({"login": login, "password": PASSWORD})).await;
        // Too many at once are told that the server is busy.
        assert!(matches!(reply.status, 200 | 401 | 503), "{}", reply.text);
        tries += 1;
        signed_in.fetch_add(1, Ordering::Relaxed);
    }
}

async fn turn(app: &TestApp, senders: &[Visitor], length: Duration) -> Vec<Duration> {
    let until = Instant::now() + length;
    let mut sending: JoinSet<Vec<Duration>> = JoinSet::new();
    for sender in senders {
        sending.spawn(sends(sender.moved(app.address), until));
    }
    sending.join_all().await.into_iter().flatten().collect()
}

async fn measure(engine: Engine) {
    let number = |name: &str, default: &str| variable(name, default).parse::<usize>().expect("a number");
    let (turns, connections) = (number("STORM_TURNS", "3"), number("STORM_CONNECTIONS", "50"));
    let length = Duration::from_secs(u64::try_from(number("STORM_SECONDS", "10")).unwrap());
    let app = TestApp::start_with(engine, settings()).await;
    app.staff_everywhere().await;
    let mut senders = Vec::new();
    for _ in 0..number("STORM_SENDERS", "4") {
        let citizen = app.citizen().await;
        senders.push(Visitor::holding(app.address, citizen.token.as_ref().unwrap()));
    }
    for phone in (0..connections).filter_map(account) {
        let body = json!({"phone": phone, "password": PASSWORD, "full_name": "Nguyễn Thị Thử"});
        app.stranger().post("auth/register", &body).await.expect(201);
    }
    // Caches and connections are warm for both.
    turn(&app, &senders, Duration::from_secs(1)).await;
    let (mut quiet, mut stormy) = (Vec::new(), Vec::new());
    let signed_in = Arc::new(AtomicU64::new(0));
    for _ in 0..turns {
        quiet.extend(turn(&app, &senders, length).await);
        let stop = Arc::new(AtomicBool::new(false));
        let mut storm = JoinSet::new();
        for connection in 0..connections {
            let (stop, signed_in) = (Arc::clone(&stop), Arc::clone(&signed_in));
            storm.spawn(storms(app.address, connection, stop, signed_in));
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
        stormy.extend(turn(&app, &senders, length).await);
        stop.store(true, Ordering::Relaxed);
        storm.join_all().await;
    }
    quiet.sort();
    stormy.sort();
    let ratio = percentile(&stormy, 99) / percentile(&quiet, 99);
    println!(
        "| {engine:?} | {} | {:.1} | {:.1} | {} | {} | {:.1} | {:.1} | {ratio:.2} |",
        quiet.len(),
        percentile(&quiet, 50),
        percentile(&quiet, 99),
        signed_in.load(Ordering::Relaxed),
        stormy.len(),
        percentile(&stormy, 50),
        percentile(&stormy, 99),
    );
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    println!(
        "| engine | petitions, quiet | p50 ms | p99 ms | sign-ins in the storm | petitions, storm | p50 ms | p99 ms | p99, storm / quiet |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for engine in engines("STORM_ENGINES") {
        measure(engine).await;
    }
}
