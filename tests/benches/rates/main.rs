//! How long `GET /api/v1/rates` takes, by the number of petitions: p50 and p99 over HTTP from a real server, one request after
//! another, as a Markdown table. The data lies under the temporary folder and is removed at the end.
//!
//! `cargo bench -p tests --bench rates`, with these variables:
//! `RATES_PETITIONS` (10000,100000,1000000), `RATES_ENGINES` (sqlite,postgres), `RATES_REQUESTS` timed for each row (300).

mod load;
mod measure;

use std::time::{Duration, Instant as Clock};

use api::{app::App, clock, settings::ServeSettings};
use domain::time::Instant;
use load::{load, period};
use measure::{engines, percentile, variable};
use persistence::Folding;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use tests::{Engine, TestApp, app::settings};

/// What is asked; the first is the row by which sizes are compared.
const QUESTIONS: [&str; 5] = [
    "group_by=agency",
    "level=commune,district&channel=mobile",
    "group_by=category",
    "group_by=unit",
    "group_by=agency&from=2025-02-03T11:22:33.456789Z",
];
/// Requests before the clock runs.
const WARM_UP: usize = 20;
const DAY: i64 = 24 * 3_600_000_000;

/// Folds the log until nothing is left of it.
async fn fold_all(app: &App) {
    while app.store.fold_rates(clock::now().local_date()).await.unwrap() != Folding::Idle {}
}

/// Instants of the last year as somebody would ask for them: now, any, the end of a day or month.
fn as_of(chance: &mut ChaCha8Rng) -> String {
    let ends = period().1.micros();
    let instant = match chance.random_range(0..3) {
        0 => return String::new(),
        1 => ends - chance.random_range(0..365 * DAY),
        _ => ends - chance.random_range(0..365) * DAY,
    };
    format!("&as_of={}", Instant::from_micros(instant).unwrap())
}

/// How long an answer took that is whole and counts something.
async fn asks(app: &TestApp, token: &str, query: &str) -> Duration {
    let request = app.client.get(app.url(&format!("rates?{query}"))).bearer_auth(token);
    let began = Clock::now();
    let response = request.send().await.unwrap();
    let (status, body) = (response.status(), response.bytes().await.unwrap());
    let took = began.elapsed();
    let told: Value = serde_json::from_slice(&body).unwrap();
    assert!(status.is_success() && told["total"]["counts"]["submitted"].as_u64() > Some(0), "{query}: {told}");
    took
}

async fn measure(engine: Engine, petitions: usize, requests: usize, smallest: &mut Option<(f64, f64)>) {
    let patient = ServeSettings { request_timeout: 600, ..settings() };
    let app = TestApp::start_with(engine, patient).await;
    let loaded = load(&app, petitions).await;
    eprintln!("{engine:?}: {petitions} petitions loaded in {:.1} s", loaded.time.as_secs_f64());
    let began = Clock::now();
    fold_all(&app.app).await;
    let folded = began.elapsed();
    eprintln!("{engine:?}: folded in {:.1} s; asking", folded.as_secs_f64());
    let token = app.steering().await.token.unwrap();
    for question in QUESTIONS {
        let mut chance = ChaCha8Rng::seed_from_u64(2);
        let mut times = Vec::new();
        for number in 0..WARM_UP.min(requests) + requests {
            let took = asks(&app, &token, &format!("{question}{}", as_of(&mut chance))).await;
            times.extend((number >= WARM_UP.min(requests)).then_some(took));
        }
        times.sort();
        let (p50, p99) = (percentile(&times, 50), percentile(&times, 99));
        let ratio = match question == QUESTIONS[0] {
            true => {
                let (first50, first99) = *smallest.get_or_insert((p50, p99));
                format!("{:.2} / {:.2}", p50 / first50, p99 / first99)
            }
            false => String::new(),
        };
        println!(
            "| {engine:?} | {petitions} | {} | `{question}` | {p50:.2} | {p99:.2} | {ratio} | {:.1} | {:.1} |",
            loaded.events,
            loaded.time.as_secs_f64(),
            folded.as_secs_f64(),
        );
    }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let sizes = variable("RATES_PETITIONS", "10000,100000,1000000");
    let sizes: Vec<usize> = sizes.split(',').map(|size| size.parse().expect("RATES_PETITIONS are numbers")).collect();
    let requests = variable("RATES_REQUESTS", "300").parse().expect("RATES_REQUESTS is a number");
    println!("| engine | petitions | events | question | p50 ms | p99 ms | p50 / p99 to the first | load s | fold s |");
    println!("|---|---|---|---|---|---|---|---|---|");
    for engine in engines("RATES_ENGINES") {
        let mut smallest = None;
        for petitions in &sizes {
            measure(engine, *petitions, requests, &mut smallest).await;
        }
    }
}
