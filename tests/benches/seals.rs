//! How long seals take, by the number of petitions: making one, a proof over HTTP (p50 and p99), and checking ten of them against
//! the log, as a Markdown table. The data lies under the temporary folder and is removed at the end.
//!
//! `cargo bench -p tests --bench seals`, with these variables: `SEALS_PETITIONS` (10000,100000,1000000), `SEALS_ENGINES`
//! (sqlite,postgres), `SEALS_PROOFS` timed for each row (200).

#[path = "rates/load.rs"]
mod load;
#[path = "rates/measure.rs"]
mod measure;

use std::time::{Duration, Instant as Clock};

use api::{
    seal::{KnownKeys, Made, Occasion, make},
    settings::ServeSettings,
};
use load::load;
use measure::{engines, percentile, variable};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, Statement};
use tests::{Draft, Engine, Person, TestApp, app::settings};

/// Petitions that are sent between two seals.
const BETWEEN: usize = 20;
/// Seals that are checked.
const SEALS: usize = 10;

async fn seal(app: &TestApp) -> Duration {
    let began = Clock::now();
    let made = make(&app.app.store, &app.app.seal_key, Occasion::Asked).await.unwrap();
    assert!(matches!(made, Made::Now(_)));
    began.elapsed()
}

/// How long the proof of a petition took.
async fn proves(reader: &Person<'_>, database: &DatabaseConnection, number: usize) -> Duration {
    let sql = format!("SELECT code FROM petition WHERE number = {number}");
    let statement = Statement::from_string(database.get_database_backend(), sql);
    let row = database.query_one_raw(statement).await.unwrap().unwrap();
    let code: String = row.try_get_by_index(0).unwrap();
    let began = Clock::now();
    let proof = reader.get(&format!("petitions/{code}/proof")).await;
    let took = began.elapsed();
    assert!(proof.expect(200)["path"].as_array().is_some_and(|path| path.len() > 10));
    took
}

async fn measure(engine: Engine, petitions: usize, proofs: usize) {
    let patient = ServeSettings { request_timeout: 600, ..settings() };
    let app = TestApp::start_with(engine, patient).await;
    let loaded = load(&app, petitions).await;
    let mut options = ConnectOptions::new(&app.database_url);
    options.max_connections(1).sqlx_logging(false);
    let database = Database::connect(options).await.unwrap();
    if engine == Engine::Postgres {
        // Numbers go on after those that were loaded.
        let sql = "SELECT setval('petition_number', (SELECT max(number) FROM petition))";
        database.execute_unprepared(sql).await.unwrap();
    }
    let (citizen, coordinator) = (app.citizen().await, app.coordinator().await);
    let first = seal(&app).await;
    for _ in 1..SEALS {
        for _ in 0..BETWEEN {
            citizen.submits(&Draft::street_lamp()).await;
        }
        seal(&app).await;
    }
    let mut chance = ChaCha8Rng::seed_from_u64(1);
    let mut times = Vec::new();
    for _ in 0..proofs {
        times.push(proves(&coordinator, &database, chance.random_range(1..=petitions)).await);
    }
    times.sort();
    let keys = KnownKeys::recorded(app.folder.path()).unwrap();
    let began = Clock::now();
    let checked = app.app.store.snapshot().await.unwrap().check_seals(&[], |seal| keys.check(seal)).await.unwrap();
    let checking = began.elapsed();
    assert_eq!((checked.seals, checked.damages), (u64::try_from(SEALS).unwrap(), Vec::new()));
    println!(
        "| {engine:?} | {petitions} | {} | {:.2} | {:.1} | {:.1} | {:.2} | {:.0} |",
        loaded.events,
        first.as_secs_f64(),
        percentile(&times, 50),
        percentile(&times, 99),
        checking.as_secs_f64(),
        loaded.time.as_secs_f64(),
    );
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let sizes = variable("SEALS_PETITIONS", "10000,100000,1000000");
    let sizes: Vec<usize> = sizes.split(',').map(|size| size.parse().expect("SEALS_PETITIONS are numbers")).collect();
    let proofs = variable("SEALS_PROOFS", "200").parse().expect("SEALS_PROOFS is a number");
    println!(
        "| engine | petitions | events | a seal, s | a proof, p50 ms | p99 ms | {SEALS} seals checked, s | load s |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for engine in engines("SEALS_ENGINES") {
        for petitions in &sizes {
            measure(engine, *petitions, proofs).await;
        }
    }
}
