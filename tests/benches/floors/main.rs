//! How near the product comes to what the machine gives: each figure beside a floor that was measured in the same run, as a Markdown table.
//!
//! The server is the program itself, the client a process of its own, PostgreSQL a cluster of its own that keeps its commits through a power cut
//! (`fsync`, `full_page_writes` and `synchronous_commit` on); SQLite is as the product opens it (`synchronous=FULL`). The floors: `pgbench` that
//! sends the statements of a petition one by one in a transaction, or as one; a loop that writes the same to SQLite, with one commit each or one
//! for 64; an actix server that says "hello".
//!
//! `cargo bench --workspace --bench floors`, with these variables: `BENCH_ONLY` (process,reads,lifecycle,bursts,submit,storm,restore),
//! `BENCH_ENGINES` (sqlite,postgres), `BENCH_PETITIONS` that are there before (0; several by commas), `BENCH_SECONDS` of a figure (8),
//! `BENCH_LOG` of the server (warn), `BENCH_PROGRAM` (built unless given).

mod bare;
mod client;
#[path = "../rates/load.rs"]
mod load;
#[path = "../rates/measure.rs"]
mod measure;
mod rehearsal;
mod sample;

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use bare::Sent;
use client::{CODE, KEY, Outcome, Pace, Plan, carry_out};
use load::load_whole;
use measure::{engines, variable};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sample::Sample;
use serde_json::{Value, json};
use tests::{
    Draft, Engine, TestApp,
    app::settings,
    postgres::PrivateCluster,
    program::{Serving, started},
};

/// What this process is: the bench, the client, or the server that says "hello".
const ROLE: &str = "BENCH_ROLE";
/// People who send petitions at once.
const SENDERS: usize = 64;
/// Petitions that are read.
const READ: usize = 128;

fn chosen(section: &str) -> bool {
    variable("BENCH_ONLY", "process,reads,lifecycle,bursts,submit,storm,restore")
        .split(',')
        .any(|named| named == section)
}

fn seconds() -> Duration {
    Duration::from_secs(variable("BENCH_SECONDS", "8").parse().expect("BENCH_SECONDS is a number"))
}

/// Where a figure was taken.
struct Place {
    engine: Engine,
    petitions: usize,
}

impl Place {
    fn row(&self, figure: &str, measured: &str, floor: &str, ratio: Option<f64>, goal: &str) {
        let ratio = ratio.map(|ratio| format!("{ratio:.2}")).unwrap_or_default();
        println!("| {:?} | {} | {figure} | {measured} | {floor} | {ratio} | {goal} |", self.engine, self.petitions);
    }
}

/// The program as it is shipped.
fn program() -> PathBuf {
    let given = variable("BENCH_PROGRAM", "");
    if !given.is_empty() {
        return given.into();
    }
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--release", "--workspace", "--bin", "pakn"])
        .current_dir(root)
        .status()
        .unwrap();
    assert!(built.success(), "pakn does not build");
    std::env::current_exe().unwrap().parent().and_then(Path::parent).unwrap().join("pakn")
}

/// A province with people in it, and the program that serves them.
struct Town {
    place: Place,
    app: TestApp,
    senders: Vec<String>,
    officer: String,
    /// Petitions with the tokens of their senders.
    read: Vec<(String, String)>,
}

impl Town {
    async fn build(engine: Engine, petitions: usize) -> Self {
        let app = TestApp::start_with(engine, settings()).await;
        match petitions {
            0 => app.staff_everywhere().await,
            some => {
                let loaded = load_whole(&app, some).await;
                let (events, time) = (loaded.events, loaded.time.as_secs_f64());
                eprintln!("{engine:?}: {some} petitions, {events} events loaded in {time:.0} s");
            }
        }
        let (officer, coordinator) = (app.officer("ubnd-256").await, app.coordinator().await);
        let (mut senders, mut read) = (Vec::new(), Vec::new());
        for number in 0..SENDERS {
            let citizen = app.citizen().await;
            for _ in 0..READ / SENDERS {
                let code = citizen.submits(&Draft::street_lamp()).await;
                if number % 2 == 0 {
                    coordinator.does(&code, "publish", &json!({})).await;
                }
                read.push((code, citizen.token.clone().unwrap()));
            }
            senders.push(citizen.token.unwrap());
        }
        let officer = officer.token.unwrap();
        // Otherwise the server that is measured would do both meanwhile.
        app.admin().await.post("admin/seals", &json!({})).await.expect(201);
        let began = Instant::now();
        app.folds().await;
        eprintln!("{engine:?}: folded in {:.0} s more", began.elapsed().as_secs_f64());
        app.stops_serving().await;
        Self { place: Place { engine, petitions }, app, senders, officer, read }
    }

    fn serve(&self, program: &Path) -> Serving {
        let mut command = Command::new(program);
        command
            .arg("serve")
            .env("PAKN_DATA_DIR", self.app.folder.path())
            .env("PAKN_DATABASE_URL", &self.app.database_url)
            .env("PAKN_LIMITS", "off")
            .env("PAKN_LOG", variable("BENCH_LOG", "warn"));
        started(command)
    }

    /// Submissions by many people, all over the province; more than are sent in a run, so that not everybody complains of the same places.
    fn submissions(&self) -> Vec<Vec<String>> {
        let mut chance = ChaCha8Rng::seed_from_u64(8);
        let drafts = (0..32_768).map(|number| {
            let (lat, lon) = (chance.random_range(21.0..21.2), chance.random_range(105.95..106.2));
            let draft = Draft::street_lamp().with("location", json!({"lat": lat, "lon": lon, "address": "Bắc Ninh"}));
            vec![post("petitions", Some(&self.senders[number % SENDERS]), &draft.0)]
        });
        drafts.collect()
    }

    /// What becomes of a petition, by those who have to do with it: sent, received, answered, and seen in the list.
    fn lives(&self) -> Vec<Vec<String>> {
        let does =
            |command: &str, body: Value| post(&format!("petitions/{CODE}/{command}"), Some(&self.officer), &body);
        let mut chance = ChaCha8Rng::seed_from_u64(9);
        let lives = self.senders.iter().map(|sender| {
            // Within one commune, whose officer answers.
            let (lat, lon) = (chance.random_range(21.183..21.190), chance.random_range(106.080..106.087));
            let draft = Draft::street_lamp().with("location", json!({"lat": lat, "lon": lon}));
            vec![
                post("petitions", Some(sender), &draft.0),
                does("receive", json!({})),
                does("answer", json!({"content": "Đã thay bóng đèn."})),
                get("me/petitions?limit=10", Some(sender)),
            ]
        });
        lives.collect()
    }
}

fn post(path: &str, token: Option<&str>, body: &Value) -> String {
    let body = body.to_string();
    let token = authorization(token);
    format!(
        "POST /api/v1/{path} HTTP/1.1\r\nhost: bench\r\n{token}content-type: application/json\r\n\
         idempotency-key: {KEY}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn get(path: &str, token: Option<&str>) -> String {
    let token = authorization(token);
    let path = if path.is_empty() { "/".to_owned() } else { format!("/api/v1/{path}") };
    format!("GET {path} HTTP/1.1\r\nhost: bench\r\n{token}\r\n")
}

fn authorization(token: Option<&str>) -> String {
    token.map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default()
}

/// The outcome of connections that ask as fast as they are answered; none of them badly.
fn ask(address: SocketAddr, connections: usize, rows: Vec<Vec<String>>) -> Outcome {
    let plan = Plan { address, pace: Pace::Connections(connections), seconds: seconds().as_secs(), rows };
    let outcome = carry_out(&plan);
    assert!(outcome.bad.is_empty(), "{:?}", outcome.bad);
    outcome
}

async fn submit(town: &Town, program: &Path) {
    let length = seconds();
    let floor_app = TestApp::start_with(town.place.engine, settings()).await;
    floor_app.staff_everywhere().await;
    let sample = Sample::take(&floor_app).await;
    floor_app.stops_serving().await;
    let mut floors = Vec::new();
    let serving = |connections| {
        let server = town.serve(program);
        let outcome = ask(server.address, connections, town.submissions());
        let (rate, p50, p99) = (outcome.rate(), outcome.percentile(50), outcome.percentile(99));
        (rate, format!("{rate:.0}/s, p50 {p50:.1} ms, p99 {p99:.1} ms"))
    };
    match town.place.engine {
        Engine::Postgres => {
            for connections in [16, 64] {
                let one_by_one = tokio::task::block_in_place(|| {
                    bare::postgres(&floor_app, &sample, Sent::OneByOne, connections, length)
                });
                let (rate, told) = serving(connections);
                let together = tokio::task::block_in_place(|| {
                    bare::postgres(&floor_app, &sample, Sent::Together, connections, length)
                });
                floors.push((
                    format!("submit, {connections} connections"),
                    told.clone(),
                    format!("{one_by_one:.0}/s, pgbench one by one"),
                    rate / one_by_one,
                    "≥ 1.0",
                ));
                floors.push((
                    format!("submit, {connections} connections"),
                    told,
                    format!("{together:.0}/s, pgbench in one statement"),
                    rate / together,
                    "≥ 0.7",
                ));
            }
        }
        Engine::Sqlite => {
            let each = bare::sqlite(&floor_app, &sample, 1, length).await;
            let (alone, told_alone) = serving(1);
            let (rate, told) = serving(64);
            let many = bare::sqlite(&floor_app, &sample, 64, length).await;
            floors.push((
                "submit, alone".to_owned(),
                told_alone,
                format!("{each:.0}/s, a commit each"),
                alone / each,
                "",
            ));
            floors.push((
                "submit, 64 connections".to_owned(),
                told.clone(),
                format!("{each:.0}/s, a commit each"),
                rate / each,
                "≥ 4",
            ));
            floors.push((
                "submit, 64 connections".to_owned(),
                told,
                format!("{many:.0}/s, a commit for 64"),
                rate / many,
                "≥ 0.6",
            ));
        }
    }
    for (figure, told, floor, ratio, goal) in floors {
        town.place.row(&figure, &told, &floor, Some(ratio), goal);
    }
}

/// What is left of the submissions while as many more connections do nothing but sign in.
fn storm(town: &Town, server: &Serving) {
    let (phone, password) = ("0987 654 321", "mat-khau-cua-toi");
    let registration = json!({"phone": phone, "password": password, "full_name": "Nguyễn Thị Hà"});
    let plan = |pace, seconds, rows| Plan { address: server.address, pace, seconds, rows };
    // At the sizes after the first it is there already.
    carry_out(&plan(Pace::Arrivals(1.0), 1, vec![vec![post("auth/register", None, &registration)]]));
    let before = ask(server.address, 16, town.submissions()).rate();
    let signs_in = vec![vec![post("auth/login", None, &json!({"login": phone, "password": password}))]];
    let (beside, sign_ins) = std::thread::scope(|scope| {
        let plan = plan(Pace::Connections(16), seconds().as_secs() * 2, signs_in);
        let storm = scope.spawn(move || carry_out(&plan));
        std::thread::sleep(seconds() / 4);
        (ask(server.address, 16, town.submissions()).rate(), storm.join().unwrap())
    });
    assert!(sign_ins.good > 0, "{:?}", sign_ins.bad);
    // The more there is near a place, the longer a petition takes.
    let alone = f64::midpoint(before, ask(server.address, 16, town.submissions()).rate());
    let told = format!(
        "{beside:.0}/s beside {:.0} sign-ins a second, {} put off, bad {:?}",
        sign_ins.rate(),
        sign_ins.put_off,
        sign_ins.bad
    );
    let floor = format!("{alone:.0}/s without, before and after");
    let figure = "submit, 16 connections, and 16 more that sign in";
    town.place.row(figure, &told, &floor, Some(beside / alone), "≥ 0.85");
}

fn reads(town: &Town, server: &Serving, hello: SocketAddr) {
    let floor = ask(hello, 16, vec![vec![get("", None)]]).rate();
    let told = |outcome: &Outcome| {
        format!("{:.0}/s, p50 {:.2} ms, p99 {:.2} ms", outcome.rate(), outcome.percentile(50), outcome.percentile(99))
    };
    let own = town.read.iter().map(|(code, token)| vec![get(&format!("petitions/{code}"), Some(token))]);
    let own = ask(server.address, 16, own.collect());
    let goal = match town.place.engine {
        Engine::Sqlite => "≥ 0.3",
        Engine::Postgres => "≥ 0.15",
    };
    let hello = format!("{floor:.0}/s, hello");
    town.place.row("a petition by code, 16 connections", &told(&own), &hello, Some(own.rate() / floor), goal);
    let queue = vec![vec![get("agency/petitions?limit=50", Some(&town.officer))]];
    let feed = vec![vec![get("public/petitions?limit=50", None)]];
    for (figure, rows) in [("a queue's page of 50", queue), ("the public feed's page of 50", feed)] {
        let outcome = ask(server.address, 1, rows.clone());
        town.place.row(&format!("{figure}, alone"), &told(&outcome), "", None, "p99 ≤ 5 ms at a million");
        let outcome = ask(server.address, 16, rows);
        town.place.row(&format!("{figure}, 16 connections"), &told(&outcome), &hello, Some(outcome.rate() / floor), "");
    }
}

fn lifecycle(town: &Town, server: &Serving, empty: &mut Option<f64>) -> f64 {
    let outcome = ask(server.address, 16, town.lives());
    let rate = outcome.rate();
    let first = *empty.get_or_insert(rate);
    let told = format!("{rate:.0}/s, p50 {:.0} ms, p99 {:.0} ms", outcome.percentile(50), outcome.percentile(99));
    let figure = "lifecycle: create, receive, answer, list; 16 connections";
    town.place.row(figure, &told, &format!("{first:.0}/s, at the first size"), Some(rate / first), "≥ 0.9");
    rate
}

fn bursts(town: &Town, server: &Serving, sustained: f64) {
    for rate in [15.0, 25.0, 35.0, sustained, sustained * 2.0, sustained * 3.0] {
        let plan =
            |rate, seconds| Plan { address: server.address, pace: Pace::Arrivals(rate), seconds, rows: town.lives() };
        let outcome = carry_out(&plan(rate, seconds().as_secs()));
        let began = Instant::now();
        // Recovered when a second of a few is answered whole.
        while carry_out(&plan(5.0, 1)).good < 5 && began.elapsed() < Duration::from_secs(60) {}
        let told = format!(
            "{} well, {} put off, bad {:?}, p99 {:.0} ms, recovered in {:.0} s",
            outcome.good,
            outcome.put_off,
            outcome.bad,
            outcome.percentile(99),
            began.elapsed().as_secs_f64() - 1.0
        );
        town.place.row(
            &format!("burst of {rate:.0} lifecycles a second"),
            &told,
            "",
            None,
            "none bad, recovered in seconds",
        );
    }
}

/// The resident memory of a process, MiB.
fn memory(process: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let kib =
        status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.parse::<f64>().ok());
    kib.unwrap() / 1024.0
}

fn start(town: &Town, program: &Path) {
    let began = Instant::now();
    let server = town.serve(program);
    let ready = began.elapsed().as_secs_f64();
    std::thread::sleep(Duration::from_secs(3));
    let idle = memory(server.id());
    let size = fs::metadata(program).unwrap().len() / 1_000_000;
    town.place.row("ready to answer", &format!("{:.0} ms", ready * 1e3), "", None, "≤ 1 s");
    town.place.row("memory, idle", &format!("{idle:.0} MiB"), "", None, "< 50 MiB");
    town.place.row("the program", &format!("{size} MB"), "", None, "< 40 MB");
}

fn under_load(town: &Town, program: &Path) {
    let server = town.serve(program);
    let outcome = ask(server.address, 64, town.submissions());
    assert!(outcome.good > 0);
    let busy = memory(server.id());
    town.place.row("memory after 64 connections", &format!("{busy:.0} MiB"), "", None, "< 200 MiB");
}

/// A server that says "hello", for as long as this is held.
struct Hello(Child, SocketAddr);

impl Hello {
    fn start() -> Self {
        use std::io::{BufRead, BufReader};
        let me = std::env::current_exe().unwrap();
        let mut child = Command::new(me).env(ROLE, "hello").stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().parse().unwrap();
        Self(child, address)
    }
}

impl Drop for Hello {
    fn drop(&mut self) {
        let _ended = self.0.kill().and_then(|()| self.0.wait()).is_ok();
    }
}

async fn bench() {
    let program = program();
    let hello = Hello::start();
    let sizes = variable("BENCH_PETITIONS", "0");
    let sizes: Vec<usize> = sizes.split(',').map(|size| size.parse().expect("BENCH_PETITIONS are numbers")).collect();
    println!("| engine | petitions | figure | measured | floor | ratio | goal |");
    println!("|---|---|---|---|---|---|---|");
    for engine in engines("BENCH_ENGINES") {
        let mut empty = None;
        for petitions in &sizes {
            let town = Town::build(engine, *petitions).await;
            // Before anything is sent that the servers after it would have to take into the figures.
            if chosen("process") {
                start(&town, &program);
            }
            if chosen("reads") {
                reads(&town, &town.serve(&program), hello.1);
            }
            if chosen("lifecycle") || chosen("bursts") {
                let server = town.serve(&program);
                let sustained = lifecycle(&town, &server, &mut empty);
                if chosen("bursts") {
                    bursts(&town, &server, sustained);
                }
            }
            if chosen("submit") {
                submit(&town, &program).await;
            }
            if chosen("storm") {
                storm(&town, &town.serve(&program));
            }
            if chosen("process") {
                under_load(&town, &program);
            }
            if chosen("restore") {
                rehearsal::backup_and_restore(&town, &program);
            }
        }
    }
}

fn main() {
    let runtime = || tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    match variable(ROLE, "").as_str() {
        "client" => client::serve(),
        "hello" => actix_web::rt::System::new().block_on(bare::hello()),
        "bench" => runtime().block_on(bench()),
        // A cluster that keeps its commits, for the bench and all that it starts.
        "" => {
            let cluster = PrivateCluster::start_durable();
            let mut bench = Command::new(std::env::current_exe().unwrap());
            bench.env(ROLE, "bench");
            if let Some(cluster) = &cluster {
                bench.env("TEST_DATABASE_URL", cluster.url("postgres"));
            }
            assert!(bench.status().unwrap().success(), "the bench failed");
        }
        other => panic!("{ROLE}: {other}"),
    }
}
