//! `POST /api/v1/admin/routing/replay`: which petitions of a period would have gone elsewhere by a rule that is not saved yet.

use actix_web::{HttpResponse, post, web::Data};
use domain::{
    code::AgencyCode,
    id::PetitionId,
    petition::{PetitionCode, Place},
    rate::{PeriodFault, check_period},
    routing::{self, Replay, Rule, replay},
    time::Instant,
};
use persistence::LoggedSubmission;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::trial::TrialBody;
use crate::{
    answers::Guarded,
    app::App,
    auth::{Admins, Allowed},
    body::Body,
    catalogue::Preview,
    field::{Faults, Field},
    language::Language,
    problem::{FaultCode, Problem},
};

/// How many petitions one request looks at: some seconds' work at most.
const MOST_PETITIONS: u64 = 20_000;
/// How many are read at a time.
const BATCH: u64 = 1_000;
/// How many of those that move are shown.
const MOST_EXAMPLES: usize = 20;

/// A period, and a rule.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ReplayBody {
    /// Petitions submitted at or after this instant (RFC 3339, or a date).
    #[serde(default)]
    #[schema(value_type = String, example = "2022-01-01")]
    from: Field<String>,
    /// Petitions submitted before this instant; at most ten years later.
    #[serde(default)]
    #[schema(value_type = String, example = "2023-01-01")]
    to: Field<String>,
    /// `next_cursor` of the answer before, where there was more to look at.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    cursor: Field<String>,
    #[serde(flatten)]
    trial: TrialBody,
}

/// How many would have gone elsewhere.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReplayView {
    /// How many petitions were looked at: at most 20,000 in one answer.
    petitions: u64,
    /// How many of them would have gone elsewhere.
    moved: u64,
    /// How many, by where they go and where they would; the most first.
    between: Vec<BetweenView>,
    /// Some of them, at most 20.
    examples: Vec<ExampleView>,
    /// For what is left of the period; `null`: all of it was looked at.
    next_cursor: Option<String>,
}

/// How many would have gone from one agency to another.
#[derive(Debug, Serialize, ToSchema)]
pub struct BetweenView {
    #[schema(value_type = String, example = "ubnd-256")]
    from: AgencyCode,
    #[schema(value_type = String, example = "so-xd")]
    to: AgencyCode,
    petitions: u64,
}

/// A petition that would have gone elsewhere.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExampleView {
    #[schema(value_type = String, example = "PAKN.20220831.000042")]
    code: PetitionCode,
    submitted_at: String,
    /// By the rules of the day it was sent on.
    without: Preview,
    /// With the rule.
    with: Preview,
}

/// What was looked at so far.
#[derive(Default)]
struct Seen {
    counts: Replay,
    examples: Vec<ExampleView>,
}

/// Routes one petition of the past with and without the rule, as of the day it was sent on: by its units, its boundaries and its other
/// rules.
async fn look(
    app: &App,
    logged: &LoggedSubmission,
    rules: &[Rule],
    language: Language,
    seen: &mut Seen,
) -> Result<(), Problem> {
    let day = logged.at.local_date();
    let catalogue = app.catalogue_on(day).await?;
    // A field that was taken away had no petitions.
    let Some(category) = catalogue.catalogue.category(&logged.submitted.category) else { return Ok(()) };
    let place = match &logged.submitted.place {
        Place::Point { point, accuracy_m } => {
            routing::Place::Point { point: *point, accuracy_m: accuracy_m.map(f64::from) }
        }
        Place::Unit { unit } => routing::Place::Unit(unit),
        Place::Nowhere {} => routing::Place::Nowhere,
    };
    let directory = &catalogue.catalogue.directory;
    let request = routing::Request { category, place, day };
    let moved = replay(&mut seen.counts, &request, directory, directory.rules(), rules);
    if let Some(moved) = moved.filter(|_| seen.examples.len() < MOST_EXAMPLES) {
        let show = |routing| Preview::of(routing, category, &catalogue, day, language);
        seen.examples.push(ExampleView {
            code: logged.submitted.code.clone(),
            submitted_at: logged.at.to_local_rfc3339(),
            without: show(&moved.without),
            with: show(&moved.with),
        });
    }
    Ok(())
}

/// Which petitions of a period would have gone elsewhere, had that rule been in force. All else is as of the day of each petition; of who had
/// staff that of today is known. Nothing is stored, and nothing changes.
#[utoipa::path(
    operation_id = "replay_rule", tag = "admin", security(("bearer" = [])), request_body = ReplayBody,
    extensions(("x-roles" = json!(["admin"]))),
    responses((status = 200, body = ReplayView), Guarded)
)]
#[post("/admin/routing/replay")]
pub async fn replay_rule(
    app: Data<App>,
    _: Allowed<Admins>,
    language: Language,
    body: Body<ReplayBody>,
) -> Result<HttpResponse, Problem> {
    let ReplayBody { from, to, cursor, trial } = body.value;
    let mut faults = Faults::default();
    let from = faults.required("/from", from).and_then(|raw| faults.instant("/from", Some(&raw)));
    let to = faults.required("/to", to).and_then(|raw| faults.instant("/to", Some(&raw)));
    let period = from.zip(to);
    match period.map(|(from, to)| check_period(from, to)) {
        Some(Err(PeriodFault::Empty)) => faults.add("/to", FaultCode::EmptyPeriod),
        Some(Err(PeriodFault::TooLong)) => faults.add("/to", FaultCode::PeriodTooLong),
        Some(Ok(())) | None => {}
    }
    let after = faults.optional("/cursor", cursor).and_then(|raw| faults.id_cursor(Some(&raw))).map(PetitionId);
    let rules = trial.parse(&app.catalogue(), &mut faults);
    let (period, rules) = faults.finish(period.zip(rules))?;
    let (seen, next_cursor) = all(&app, period, after, &rules, language).await?;
    let Replay { petitions, moved, between } = seen.counts;
    let mut between: Vec<BetweenView> =
        between.into_iter().map(|((from, to), petitions)| BetweenView { from, to, petitions }).collect();
    // Stable: of as many, in the order of codes.
    between.sort_by_key(|between| std::cmp::Reverse(between.petitions));
    let next_cursor = next_cursor.map(|id| id.to_string());
    Ok(HttpResponse::Ok().json(ReplayView { petitions, moved, between, examples: seen.examples, next_cursor }))
}

/// Looks at the petitions of a period, up to as many as one request may; where to go on, if there may be more.
async fn all(
    app: &App,
    period: (Instant, Instant),
    mut after: Option<PetitionId>,
    rules: &[Rule],
    language: Language,
) -> Result<(Seen, Option<PetitionId>), Problem> {
    let snapshot = app.store.snapshot().await?;
    let mut seen = Seen::default();
    while seen.counts.petitions < MOST_PETITIONS {
        let batch = snapshot.submissions(period, after, BATCH).await?;
        for logged in &batch {
            look(app, logged, rules, language, &mut seen).await?;
        }
        let Some(last) = batch.last().filter(|_| u64::try_from(batch.len()) == Ok(BATCH)) else {
            return Ok((seen, None));
        };
        after = Some(last.petition);
    }
    Ok((seen, after))
}
