//! `POST /api/v1/admin/targets` and `PUT …/{code}`: a change is the next version, with its author, its time and its reason.

use actix_web::{
    HttpResponse, post, put,
    web::{Data, Path},
};
use domain::{
    catalogue::{AgencyLevel, Channel},
    change::{Change, ChangeKind},
    code::TargetCode,
    rate::{
        Definition, MOST_MILESTONES, Milestone, MilestoneFault, PeriodFault, RateFault, Target, TargetVersion,
        basis_points, check_period, milestone_faults,
    },
    text::{Content, Title},
    time::Instant,
};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::changes;
use crate::{
    answers::Guarded,
    app::App,
    auth::{Admins, Allowed},
    body::Body,
    clock,
    field::{Faults, Field, Object},
    language::Language,
    petition::{IfMatch, version_tag},
    problem::{Code, FaultCode, Problem, ProblemDetails},
    steering::TargetView,
};

/// How many targets there may be: all are in every server's memory.
const MOST_TARGETS: usize = 200;
/// How often one may be changed, for the same reason.
const MOST_VERSIONS: u32 = 200;

/// A step of a target.
#[derive(Debug, Deserialize, ToSchema)]
pub struct MilestoneBody {
    /// The instant it is judged at, exclusive (RFC 3339, or a date: the start of that local day); after `from`.
    #[serde(default)]
    #[schema(value_type = String, example = "2027-09-01")]
    before: Field<String>,
    /// The share it asks for: above 0, at most 1, no finer than a hundredth of a percent.
    #[serde(default)]
    #[schema(value_type = f64, example = 0.7)]
    rate: Field<f64>,
    /// One of the target's levels: it is judged over that level alone. All of them together unless given.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "commune")]
    level: Field<String>,
}

/// A target, whole.
#[derive(Debug, Deserialize, ToSchema)]
pub struct TargetBody {
    /// Its name in Vietnamese.
    #[serde(default)]
    #[schema(value_type = String, max_length = 200, example = "Kế hoạch chuyển đổi số năm 2027")]
    name: Field<String>,
    /// Its name in English; the Vietnamese one unless given.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200, example = "Digital transformation plan 2027")]
    name_en: Field<String>,
    /// The channels it counts: `mobile`, `web`, `phone`, `paper`.
    #[serde(default)]
    #[schema(value_type = Vec<String>, example = json!(["mobile"]))]
    channels: Field<Vec<Field<String>>>,
    /// The levels of agencies it counts: `commune`, `district`, `provincial`, `coordinator`.
    #[serde(default)]
    #[schema(value_type = Vec<String>, example = json!(["district", "commune"]))]
    levels: Field<Vec<Field<String>>>,
    /// `eligible` (unless given), `all` or `actionable`.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "eligible")]
    definition: Field<String>,
    /// Petitions submitted at or after this instant (RFC 3339, or a date).
    #[serde(default)]
    #[schema(value_type = String, example = "2027-01-01")]
    from: Field<String>,
    /// Petitions submitted before this instant; at most ten years later.
    #[serde(default)]
    #[schema(value_type = String, example = "2028-01-01")]
    to: Field<String>,
    /// Its steps, 1 to 50; of one level (or together) at most one a local day.
    #[serde(default)]
    #[schema(value_type = Vec<MilestoneBody>)]
    milestones: Field<Vec<Field<Object<MilestoneBody>>>>,
    /// Why it is set so; a change must say.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 10000, example = "Kế hoạch số 15/KH-UBND")]
    reason: Field<String>,
}

/// A new target.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NewTargetBody {
    /// Its code: 1 to 64 of `a-z 0-9 -`. It is its own for all time.
    #[serde(default)]
    #[schema(value_type = String, example = "cds-2027")]
    code: Field<String>,
    #[serde(flatten)]
    target: TargetBody,
}

impl TargetBody {
    /// The target of that code, and why; what is wrong is added to the faults.
    fn parse(self, code: Option<TargetCode>, faults: &mut Faults) -> Option<(Target, Option<String>)> {
        let Self { name, name_en, channels, levels, definition, from, to, milestones, reason } = self;
        let name = faults.required_text("/name", name, Title::parse).map(Title::into_string);
        let name_en = faults.optional("/name_en", name_en).map(|raw| faults.text("/name_en", Title::parse(&raw)));
        let channels = faults.word_list("/channels", channels, Channel::parse, Channel::ALL, Channel::as_str);
        let levels = faults.word_list("/levels", levels, AgencyLevel::parse, AgencyLevel::ALL, AgencyLevel::as_str);
        let definition = match faults.optional("/definition", definition) {
            None => Some(Definition::Eligible),
            Some(raw) => faults.word("/definition", &raw, Definition::parse, Definition::ALL, Definition::as_str),
        };
        let from = faults.required("/from", from).and_then(|raw| faults.instant("/from", Some(&raw)));
        let to = faults.required("/to", to).and_then(|raw| faults.instant("/to", Some(&raw)));
        match from.zip(to).map(|(from, to)| check_period(from, to)) {
            Some(Err(PeriodFault::Empty)) => faults.add("/to", FaultCode::EmptyPeriod),
            Some(Err(PeriodFault::TooLong)) => faults.add("/to", FaultCode::PeriodTooLong),
            Some(Ok(())) | None => {}
        }
        let milestones = parse_milestones(milestones, from, levels.as_deref(), faults);
        let reason = faults.optional("/reason", reason).map(|raw| faults.text("/reason", Content::parse(&raw)));
        let ((name, channels), (levels, definition)) = name.zip(channels).zip(levels.zip(definition))?;
        let ((from, to), (code, milestones)) = from.zip(to).zip(code.zip(milestones))?;
        // Given and wrong is a fault that was noted.
        let name_en = name_en.flatten().map_or_else(|| name.clone(), Title::into_string);
        let target = Target { code, name, name_en, channels, levels, definition, from, to, milestones };
        Some((target, reason.flatten().map(Content::into_string)))
    }
}

fn parse_milestones(
    field: Field<Vec<Field<Object<MilestoneBody>>>>,
    from: Option<Instant>,
    levels: Option<&[AgencyLevel]>,
    faults: &mut Faults,
) -> Option<Vec<Milestone>> {
    let list = faults.required("/milestones", field)?;
    if list.is_empty() {
        faults.add("/milestones", FaultCode::Required);
    }
    if list.len() > MOST_MILESTONES {
        faults.add_with("/milestones", FaultCode::TooLong, format!("max {MOST_MILESTONES}"));
        return None;
    }
    let mut milestones = Vec::new();
    for (index, milestone) in list.into_iter().enumerate() {
        milestones.extend(parse_milestone(index, milestone, faults).map(|milestone| (index, milestone)));
    }
    for (index, fault) in milestone_faults(&milestones, from, levels) {
        match fault {
            MilestoneFault::NotAfterBeginning => {
                faults.add(format!("/milestones/{index}/before"), FaultCode::BeforePeriod);
            }
            MilestoneFault::SameDay { earlier } => {
                let earlier = format!("/milestones/{earlier}/before");
                faults.add_with(format!("/milestones/{index}/before"), FaultCode::Repeated, earlier);
            }
            MilestoneFault::ForeignLevel => {
                let counted = levels.unwrap_or_default().iter().map(|level| level.as_str());
                let counted = counted.collect::<Vec<_>>().join(", ");
                faults.add_with(format!("/milestones/{index}/level"), FaultCode::LevelNotCounted, counted);
            }
        }
    }
    let mut milestones: Vec<Milestone> = milestones.into_iter().map(|(_, milestone)| milestone).collect();
    milestones.sort_by_key(|milestone| (milestone.before, milestone.level));
    Some(milestones)
}

fn parse_milestone(index: usize, field: Field<Object<MilestoneBody>>, faults: &mut Faults) -> Option<Milestone> {
    let pointer = format!("/milestones/{index}");
    let Object(MilestoneBody { before, rate, level }) = faults.required(&pointer, field)?;
    let at = format!("{pointer}/before");
    let before = faults.required(&at, before).and_then(|raw| faults.instant(&at, Some(&raw)));
    let at = format!("{pointer}/rate");
    let required = faults.required(&at, rate).and_then(|rate| match basis_points(rate) {
        Ok(points) => Some(points),
        Err(RateFault::OutOfRange) => {
            faults.add_with(&at, FaultCode::OutOfRange, "0 < rate ≤ 1");
            None
        }
        Err(RateFault::TooFine) => {
            faults.add(&at, FaultCode::RateTooFine);
            None
        }
    });
    let at = format!("{pointer}/level");
    let level = faults
        .optional(&at, level)
        .map(|raw| faults.word(&at, &raw, AgencyLevel::parse, AgencyLevel::ALL, AgencyLevel::as_str));
    let (before, required_basis_points) = before.zip(required)?;
    Some(Milestone { before, required_basis_points, level: level.flatten() })
}

/// The entry of the list of changes.
fn noted(allowed: &Allowed<Admins>, before: Option<&TargetVersion>, version: &TargetVersion) -> Result<Change, Problem> {
    let shown = |version: &TargetVersion| {
        let mut shown = changes::told(&TargetView::new(version, Language::Vietnamese))?;
        if let Some(Value::Object(fields)) = &mut shown {
            fields.insert("name_en".to_owned(), version.target.name_en.clone().into());
        }
        Ok::<_, Problem>(shown)
    };
    let change = changes::change_by(&allowed.caller, ChangeKind::Target, &version.target.code);
    let before = before.map(shown).transpose()?.flatten();
    Ok(change.between(before, shown(version)?).because(version.reason.clone()))
}

/// Tells of the version, and every server of the change.
async fn told(app: &App, allowed: &Allowed<Admins>, version: &TargetVersion, language: Language) -> TargetView {
    let (code, number) = (&version.target.code, version.number);
    tracing::info!(target: "audit", { %code, version = number, by = %allowed.caller.account }, "target set");
    if let Err(error) = app.refresh_catalogue().await {
        // The version is there, and whoever sent it must not think otherwise; it is read again in a moment anyway.
        tracing::warn!(%error, "the catalogue could not be read again");
    }
    TargetView::new(version, language)
}

/// Sets up a target.
#[utoipa::path(
    operation_id = "create_target", tag = "admin", security(("bearer" = [])), request_body = NewTargetBody,
    extensions(("x-roles" = json!(["admin"]))),
    responses(
        (status = 201, body = TargetView, headers(("ETag" = String, description = "Its version."))),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json", description = "`code_taken`, `too_many`"),
        Guarded,
    )
)]
#[post("/admin/targets")]
pub async fn create_target(
    app: Data<App>,
    allowed: Allowed<Admins>,
    language: Language,
    body: Body<NewTargetBody>,
) -> Result<HttpResponse, Problem> {
    let NewTargetBody { code, target } = body.value;
    let mut faults = Faults::default();
    let code = faults
        .required("/code", code)
        .and_then(|raw| TargetCode::parse(&raw).inspect_err(|_| faults.add("/code", FaultCode::InvalidCode)).ok());
    let parsed = target.parse(code, &mut faults);
    let (target, reason) = faults.finish(parsed)?;
    let mut unit = app.store.begin().await?;
    let known = unit.targets_to_change().await?;
    if known.iter().any(|history| history.newest().target.code == target.code) {
        return Err(Problem::new(Code::CodeTaken));
    }
    if known.len() >= MOST_TARGETS {
        return Err(Problem::with(Code::TooMany, format!("max {MOST_TARGETS}")));
    }
    let author = Some(allowed.caller.account);
    let version = TargetVersion { number: 1, recorded_at: clock::now(), author, reason, target };
    unit.add_target_version(&version).await?;
    unit.note_change(&noted(&allowed, None, &version)?).await?;
    unit.commit().await?;
    let view = told(&app, &allowed, &version, language).await;
    Ok(HttpResponse::Created().insert_header(("etag", version_tag(version.number))).json(view))
}

/// Changes a target, whole: the next version. What was asked about the past stays as the version of then says.
#[utoipa::path(
    operation_id = "change_target", tag = "admin", security(("bearer" = [])), request_body = TargetBody,
    extensions(("x-roles" = json!(["admin"]))),
    params(
        ("code" = String, Path, description = "The target.", example = "cds-2022"),
        ("If-Match" = Option<String>, Header, description = "The version that is to be changed, as `ETag` gave it."),
    ),
    responses(
        (status = 200, body = TargetView, headers(("ETag" = String, description = "Its version."))),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json", description = "There is no such target."),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json", description = "`no_effect`, `too_many`"),
        (status = 412, body = ProblemDetails, content_type = "application/problem+json", description = "`stale_version`: `If-Match` names another version"),
        Guarded,
    )
)]
#[put("/admin/targets/{code}")]
pub async fn change_target(
    app: Data<App>,
    allowed: Allowed<Admins>,
    language: Language,
    code: Path<String>,
    if_match: IfMatch,
    body: Body<TargetBody>,
) -> Result<HttpResponse, Problem> {
    let code = TargetCode::parse(&code).map_err(|_| Problem::new(Code::NotFound))?;
    let mut faults = Faults::default();
    if body.value.reason == Field::Absent {
        faults.add("/reason", FaultCode::Required);
    }
    let parsed = body.value.parse(Some(code), &mut faults).and_then(|(target, reason)| Some((target, reason?)));
    let (target, reason) = faults.finish(parsed)?;
    let mut unit = app.store.begin().await?;
    let known = unit.targets_to_change().await?;
    let history = known.iter().find(|history| history.newest().target.code == target.code);
    let history = history.ok_or_else(|| Problem::new(Code::NotFound))?;
    if !if_match.accepts(history.newest().number) {
        return Err(Problem::new(Code::StaleVersion));
    }
    if history.newest().number >= MOST_VERSIONS {
        return Err(Problem::with(Code::TooMany, format!("max {MOST_VERSIONS}")));
    }
    let version = history.next(target, allowed.caller.account, reason, clock::now());
    let version = version.map_err(|_| Problem::new(Code::NoEffect))?;
    unit.add_target_version(&version).await?;
    unit.note_change(&noted(&allowed, Some(history.newest()), &version)?).await?;
    unit.commit().await?;
    let view = told(&app, &allowed, &version, language).await;
    Ok(HttpResponse::Ok().insert_header(("etag", version_tag(version.number))).json(view))
}
