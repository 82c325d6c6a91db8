//! `GET /api/v1/targets` and `…/{code}/progress`.

use actix_web::{
    HttpResponse, get,
    web::{Data, Path},
};
use domain::{
    catalogue::{AgencyLevel, Channel},
    code::TargetCode,
    rate::{self, Definition, Milestone, MilestoneStatus, Readings, Target},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::figures::FiguresView;
use crate::{
    answers::Guarded,
    app::App,
    auth::{Allowed, RateReaders},
    catalogue::Whole,
    clock,
    field::Faults,
    language::Language,
    problem::{Code, Problem, ProblemDetails},
    query::Query,
};

/// A target of the Steering Committee.
#[derive(Debug, Serialize, ToSchema)]
pub struct TargetView {
    #[schema(value_type = String, example = "cds-2022")]
    code: TargetCode,
    /// Its name in the language of the answer.
    name: String,
    /// The channels it counts.
    #[schema(value_type = Vec<String>, example = json!(["mobile"]))]
    channels: Vec<Channel>,
    /// The levels of agencies it counts.
    #[schema(value_type = Vec<String>, example = json!(["district", "commune"]))]
    levels: Vec<AgencyLevel>,
    /// How the rate is taken.
    #[schema(value_type = String, example = "eligible")]
    definition: Definition,
    /// Petitions submitted at or after.
    from: String,
    /// Petitions submitted before.
    to: String,
    milestones: Vec<MilestoneView>,
}

/// A step of a target.
#[derive(Debug, Serialize, ToSchema)]
pub struct MilestoneView {
    /// The instant it is judged at, exclusive.
    #[schema(example = "2022-09-01T00:00:00+07:00")]
    before: String,
    /// The share it asks for.
    #[schema(example = 0.7)]
    required_rate: f64,
}

impl From<&Milestone> for MilestoneView {
    fn from(milestone: &Milestone) -> Self {
        Self {
            before: milestone.before.to_local_rfc3339(),
            required_rate: f64::from(milestone.required_basis_points) / 10_000.0,
        }
    }
}

impl TargetView {
    fn new(target: &Target, language: Language) -> Self {
        Self {
            code: target.code.clone(),
            name: language.choose(&target.name, &target.name_en).to_owned(),
            channels: target.channels.clone(),
            levels: target.levels.clone(),
            definition: target.definition,
            from: target.from.to_local_rfc3339(),
            to: target.to.to_local_rfc3339(),
            milestones: target.milestones.iter().map(MilestoneView::from).collect(),
        }
    }
}

/// How a step stands.
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
    /// For one ahead: the rate at its instant if arrivals and answers go on as in the last 20 working days.
    projected_rate: Option<f64>,
}

/// How a target stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProgressView {
    target: TargetView,
    /// The instant, exclusive.
    as_of: String,
    current: FiguresView,
    milestones: Vec<MilestoneProgressView>,
}

/// The targets.
#[utoipa::path(
    operation_id = "targets", tag = "steering", security(("bearer" = [])),
    extensions(("x-roles" = json!(["steering", "officer", "leader", "coordinator", "admin"]))),
    responses(
        (status = 200, body = Whole<TargetView>),
        Guarded,
    )
)]
#[get("/targets")]
pub async fn list_targets(app: Data<App>, _: Allowed<RateReaders>, language: Language) -> HttpResponse {
    let catalogue = app.catalogue();
    HttpResponse::Ok()
        .json(Whole::new(catalogue.targets.iter().map(|target| TargetView::new(target, language)).collect()))
}

/// Which instant.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ProgressQuery {
    /// Just before this instant (RFC 3339, or a date: the start of that local day); now unless given.
    #[param(example = "2022-09-01")]
    as_of: Option<String>,
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
    let (directory, calendar) = (&catalogue.catalogue.directory, &catalogue.catalogue.calendar);
    let target = catalogue.targets.iter().find(|target| target.code.as_str() == code.as_str());
    let target = target.ok_or_else(|| Problem::new(Code::NotFound))?;
    let mut faults = Faults::default();
    let as_of = faults.as_of(query.as_of.as_deref(), clock::now());
    faults.finish(Some(()))?;
    let instants = target.instants(as_of);
    let tallies = app.store.snapshot().await?.tallies(&target.question(), &instants, directory).await?;
    let progress = rate::progress(target, as_of, calendar, &Readings::new(instants, tallies));
    Ok(HttpResponse::Ok().json(ProgressView {
        target: TargetView::new(target, language),
        as_of: progress.as_of.to_local_rfc3339(),
        current: progress.current.into(),
        milestones: progress
            .milestones
            .into_iter()
            .map(|step| MilestoneProgressView {
                milestone: (&step.milestone).into(),
                status: step.status,
                figures: step.figures.into(),
                answers_needed: step.answers_needed,
                answers_per_working_day: step.answers_per_working_day,
                projected_rate: step.projected_rate,
            })
            .collect(),
    }))
}
