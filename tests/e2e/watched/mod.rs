//! What those see who watch the server: figures, the log, traces, and what is deployed to watch.

mod alerts;
mod logs;
mod metrics;
mod traces;

use std::collections::BTreeMap;

use api::{ops::MetricsSettings, settings::ServeSettings};
use tests::{Reply, TestApp, app};

/// What a scraper shows.
const TOKEN: &str = "mot-ma-cho-prometheus-cua-cac-thu-nghiem";

/// With a token for scrapers.
fn settings() -> ServeSettings {
    ServeSettings { metrics: MetricsSettings { metrics_token: Some(TOKEN.into()) }, ..app::settings() }
}

/// A scrape.
async fn scrape(app: &TestApp) -> Reply {
    app.stranger().with_token(TOKEN).get("/metrics").await
}

/// Series by name and labels, as they are written.
fn series(text: &str) -> BTreeMap<String, f64> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let (series, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("no sample: {line}"));
            (series.to_owned(), value.parse().unwrap_or_else(|_| panic!("no number: {line}")))
        })
        .collect()
}
