//! `GET /metrics`: what Prometheus reads.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, get, http::header::AUTHORIZATION, web::Data};
use domain::deadline::WorkingTime;
use persistence::Gauges;
use prometheus_client::encoding::prometheus_text;
use tokio::{sync::Mutex, time::Instant};

use super::{
    meters::Meters,
    report,
    settings::{MetricsSettings, ShortToken, Token},
};
use crate::{
    app::App,
    clock,
    problem::{Code, Problem, ProblemDetails},
};

/// How long what the database said is told again: however many scrape, it is asked every so often.
const TOLD_FOR: Duration = Duration::from_secs(5);
/// How long the database has to answer, within the ten seconds that a scraper waits.
const PATIENCE: Duration = Duration::from_secs(3);
/// What "soon" means for an answer that is due.
const SOON: WorkingTime = WorkingTime::Days(3);

/// What is counted and told to those who watch.
#[derive(Debug)]
pub struct Metrics {
    token: Token,
    /// What is counted as it happens.
    pub(crate) meters: Meters,
    /// When the program started.
    started_at: domain::time::Instant,
    /// What the database said the last time, and when; nothing where it did not answer.
    said: Mutex<Option<(Instant, Option<Gauges>)>>,
}

impl Metrics {
    /// As the settings say.
    ///
    /// # Errors
    /// [`ShortToken`].
    pub fn new(settings: &MetricsSettings) -> Result<Self, ShortToken> {
        let token = Token::new(settings)?;
        Ok(Self { token, meters: Meters::new(), started_at: clock::now(), said: Mutex::default() })
    }

    /// When the program started, in seconds since 1970.
    pub(super) fn started_at(&self) -> f64 {
        self.started_at.since(domain::time::Instant::from_micros(0).unwrap_or(self.started_at)).as_seconds_f64()
    }

    /// What the database says, at the most some seconds ago. Those who ask at once wait for one answer.
    async fn said(&self, app: &App) -> Option<Gauges> {
        let mut said = self.said.lock().await;
        if let Some((at, gauges)) = &*said
            && at.elapsed() < TOLD_FOR
        {
            return gauges.clone();
        }
        let now = clock::now();
        let soon = app.catalogue().catalogue.calendar.due(now, SOON);
        // Where the calendar ends weekends count too.
        let soon = soon.unwrap_or_else(|_| now.plus(chrono::Duration::days(3)));
        let gauges = match tokio::time::timeout(PATIENCE, app.store.gauges(now, soon)).await {
            Ok(Ok(gauges)) => Some(gauges),
            Ok(Err(error)) => {
                tracing::warn!(%error, "the database does not say how it is");
                None
            }
            Err(_) => {
                tracing::warn!("the database does not say in time how it is");
                None
            }
        };
        *said = Some((Instant::now(), gauges.clone()));
        gauges
    }
}

/// What Prometheus reads: requests, queues, lags, deadlines; for whoever shows the token of `PAKN_METRICS_TOKEN`.
///
/// One server tells of itself, and of the database that all share: scrape each, and take the largest of what the database says. Where
/// the database does not answer, `pakn_database_up` is 0 and what it would say is left out.
#[utoipa::path(
    operation_id = "metrics", tag = "ops", security(("metrics_token" = [])),
    responses(
        (status = 200, body = String, content_type = "text/plain", description = "Prometheus' text format, version 0.0.4."),
        (status = 401, body = ProblemDetails, content_type = "application/problem+json", description = "`unauthenticated`; `invalid_token`"),
    )
)]
#[get("/metrics")]
pub async fn metrics(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let shown = request.headers().get(AUTHORIZATION).ok_or_else(|| Problem::new(Code::Unauthenticated))?;
    let shown = shown.to_str().ok().and_then(|shown| shown.strip_prefix("Bearer "));
    if !shown.is_some_and(|shown| app.metrics.token.is(shown)) {
        return Err(Problem::new(Code::InvalidToken));
    }
    let gauges = app.metrics.said(&app).await;
    let text = report::write(&app, gauges.as_ref()).map_err(Problem::internal)?;
    Ok(HttpResponse::Ok().content_type(prometheus_text::CONTENT_TYPE).body(text))
}
