//! `GET /api/v1/targets` and `…/{code}/versions`.

use actix_web::{
    HttpResponse, get,
    web::{Data, Path},
};
use domain::{
    catalogue::{AgencyLevel, Channel},
    code::TargetCode,
    rate::{Definition, Milestone, TargetHistory, TargetVersion},
};
use persistence::CatalogueDay;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    answers::Guarded,
    app::App,
    auth::{Allowed, RateReaders},
    catalogue::Whole,
    language::Language,
    problem::{Code, Problem, ProblemDetails},
};

/// A target of the Steering Committee.
#[derive(Debug, Serialize, ToSchema)]
pub struct TargetView {
    #[schema(value_type = String, example = "cds-2022")]
    code: TargetCode,
    /// Which version of it this is; its `ETag` where it is changed.
    #[schema(minimum = 1)]
    version: u32,
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
    /// The level it is judged over; `null`: all levels of the target together.
    #[schema(value_type = Option<String>, example = "commune")]
    level: Option<AgencyLevel>,
}

impl From<&Milestone> for MilestoneView {
    fn from(milestone: &Milestone) -> Self {
        Self {
            before: milestone.before.to_local_rfc3339(),
            required_rate: f64::from(milestone.required_basis_points) / 10_000.0,
            level: milestone.level,
        }
    }
}

impl TargetView {
    pub(crate) fn new(version: &TargetVersion, language: Language) -> Self {
        let target = &version.target;
        Self {
            code: target.code.clone(),
            version: version.number,
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

/// A target as it was set at a time.
#[derive(Debug, Serialize, ToSchema)]
pub struct TargetVersionView {
    #[schema(minimum = 1)]
    version: u32,
    /// When it was set.
    recorded_at: String,
    /// The account of who set it; `null`: it came with the catalogue.
    author: Option<Uuid>,
    /// Why.
    reason: Option<String>,
    target: TargetView,
}

/// The history of a target that a path names.
pub(super) fn history<'a>(catalogue: &'a CatalogueDay, code: &str) -> Result<&'a TargetHistory, Problem> {
    let history = catalogue.targets.iter().find(|history| history.newest().target.code.as_str() == code);
    history.ok_or_else(|| Problem::new(Code::NotFound))
}

/// The targets, each as it is now.
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
    let targets = catalogue.targets.iter().map(|history| TargetView::new(history.newest(), language));
    HttpResponse::Ok().json(Whole::new(targets.collect()))
}

/// What a target was and is: every version with its author, its time and its reason, the newest first.
#[utoipa::path(
    operation_id = "target_versions", tag = "steering", security(("bearer" = [])),
    extensions(("x-roles" = json!(["steering", "officer", "leader", "coordinator", "admin"]))),
    params(("code" = String, Path, description = "The target.", example = "cds-2022")),
    responses(
        (status = 200, body = Whole<TargetVersionView>),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json"),
        Guarded,
    )
)]
#[get("/targets/{code}/versions")]
pub async fn target_versions(
    app: Data<App>,
    _: Allowed<RateReaders>,
    language: Language,
    code: Path<String>,
) -> Result<HttpResponse, Problem> {
    let catalogue = app.catalogue();
    let versions = history(&catalogue, &code)?.versions().rev().map(|version| TargetVersionView {
        version: version.number,
        recorded_at: version.recorded_at.to_local_rfc3339(),
        author: version.author.map(|author| author.0),
        reason: version.reason.clone(),
        target: TargetView::new(version, language),
    });
    Ok(HttpResponse::Ok().json(Whole::new(versions.collect())))
}
