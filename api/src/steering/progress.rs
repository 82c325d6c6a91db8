//! `GET /api/v1/targets/{code}/progress`: how a target stands, and what is read of the log for that.

use actix_web::{
    HttpResponse, get,
    web::{Data, Path},
};
use domain::{
    rate::{
        self, CONFIDENCE, Estimate, MilestoneProgress, MilestoneStatus, NoForecast, Readings, Target, TargetVersion,
    },
    time::Instant,
};
use persistence::CatalogueDay;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    figures::FiguresView,
    targets::{MilestoneView, TargetView, history},
};
use crate::{
    answers::Guarded,
    app::App,
    auth::{Allowed, RateReaders},
    clock,
    field::Faults,
    language::Language,
    problem::{FaultCode, Problem, ProblemDetails},
    query::Query,
};

/// What is expected of a rate.
#[derive(Debug, Serialize, ToSchema)]
pub struct ForecastView {
    /// `ready`; or why there is none: `too_few_days`, `too_few_petitions`, `no_calendar`, `too_far`.
    #[schema(example = "ready")]
    status: &'static str,
    /// The point.
    rate: Option<f64>,
    /// The lower end of the interval.
    low: Option<f64>,
    /// Its upper end.
    high: Option<f64>,
    /// How often what comes is meant to be within the interval.
    #[schema(example = 0.8)]
    confidence: f64,
}

/// What is said where there is a forecast.
pub(super) const READY: &str = "ready";

impl From<Result<Estimate, NoForecast>> for ForecastView {
    fn from(told: Result<Estimate, NoForecast>) -> Self {
        let estimate = told.ok();
        Self {
            status: told.err().map_or(READY, NoForecast::as_str),
            rate: estimate.map(|estimate| estimate.rate),
            low: estimate.map(|estimate| estimate.low),
            high: estimate.map(|estimate| estimate.high),
            confidence: CONFIDENCE,
        }
    }
}

/// How a step stands, over its level or over all together.
#[derive(Debug, Serialize, ToSchema)]
pub struct MilestoneProgressView {
    #[serde(flatten)]
    milestone: MilestoneView,
    /// `met`, `missed` or `ahead`.
    #[schema(value_type = String, example = "met")]
    status: MilestoneStatus,
    /// At its own instant; for one ahead, at `as_of`.
    figures: FiguresView,
    /// For one ahead: how many more of the petitions there are now must be answered.
    answers_needed: Option<u64>,
    /// The same per working day left; `null` where none is left or the calendar ends before.
    answers_per_working_day: Option<f64>,
    /// For one ahead: where the pace of the last weeks leads by its instant, however far that is; `null` where there is too little
    /// to take a pace of.
    projected_rate: Option<f64>,
    /// For one ahead: the same with an interval, where something can be said of it.
    forecast: Option<ForecastView>,
}

impl From<MilestoneProgress> for MilestoneProgressView {
    fn from(step: MilestoneProgress) -> Self {
        let MilestoneProgress {
            milestone,
            status,
            figures,
            answers_needed,
            answers_per_working_day,
            projected_rate,
            forecast,
        } = step;
        Self {
            milestone: (&milestone).into(),
            status,
            figures: figures.into(),
            answers_needed,
            answers_per_working_day,
            projected_rate,
            forecast: forecast.map(ForecastView::from),
        }
    }
}

/// How a target stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProgressView {
    target: TargetView,
    /// The instant, exclusive.
    as_of: String,
    /// Over all levels of the target.
    current: FiguresView,
    milestones: Vec<MilestoneProgressView>,
}

/// Which instant, and which version.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ProgressQuery {
    /// Just before this instant (RFC 3339, or a date: the start of that local day); now unless given.
    #[param(example = "2022-09-01")]
    as_of: Option<String>,
    /// The version of the target; the one in force at `as_of` unless given.
    version: Option<String>,
}

impl ProgressQuery {
    /// The instant and the version that are asked for; what is wrong is added to the faults.
    pub(super) fn read<'a>(
        &self,
        catalogue: &'a CatalogueDay,
        code: &str,
        faults: &mut Faults,
    ) -> Result<(Instant, &'a TargetVersion), Problem> {
        let history = history(catalogue, code)?;
        let as_of = faults.as_of(self.as_of.as_deref(), clock::now());
        let version = match self.version.as_deref() {
            None => history.in_force(as_of),
            Some(raw) => raw.parse().ok().and_then(|number| history.version(number)).unwrap_or_else(|| {
                faults.add_with("/version", FaultCode::UnknownWord, format!("1–{}", history.newest().number));
                history.newest()
            }),
        };
        Ok((as_of, version))
    }
}

/// What the log says of a target at some instants.
pub(super) async fn readings(
    app: &App,
    catalogue: &CatalogueDay,
    target: &Target,
    instants: Vec<Instant>,
) -> Result<Readings, Problem> {
    let snapshot = app.store.snapshot().await?;
    let tallies = snapshot.tallies(&target.question(), &instants, &catalogue.catalogue.directory).await?;
    Ok(Readings::new(instants, tallies))
}

/// How a target stands at an instant.
#[utoipa::path(
    operation_id = "target_progress", tag = "steering", security(("bearer" = [])),
    extensions(("x-roles" = json!(["steering", "officer", "leader", "coordinator", "admin"]))),
    params(("code" = String, Path, description = "The target.", example = "cds-2022"), ProgressQuery),
    responses(
        (status = 200, body = ProgressView),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json"),
        Guarded,
    )
)]
#[get("/targets/{code}/progress")]
pub async fn target_progress(
    app: Data<App>,
    _: Allowed<RateReaders>,
    language: Language,
    code: Path<String>,
    Query(query): Query<ProgressQuery>,
) -> Result<HttpResponse, Problem> {
    let catalogue = app.catalogue();
    let mut faults = Faults::default();
    let (as_of, version) = query.read(&catalogue, &code, &mut faults)?;
    faults.finish(Some(()))?;
    let target = &version.target;
    let readings = readings(&app, &catalogue, target, target.instants(as_of)).await?;
    let progress = rate::progress(target, as_of, &catalogue.catalogue.calendar, &readings);
    Ok(HttpResponse::Ok().json(ProgressView {
        target: TargetView::new(version, language),
        as_of: progress.as_of.to_local_rfc3339(),
        current: progress.current.into(),
        milestones: progress.milestones.into_iter().map(MilestoneProgressView::from).collect(),
    }))
}
