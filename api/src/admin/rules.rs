//! `/api/v1/admin/rules`: which agency gets what in which area, beside who is competent.
//!
//! The log names a rule by its number, so no number ever means something else: a rule that has begun is not changed but ends, and
//! another one begins.

use actix_web::{
    HttpResponse, get, post, put,
    web::{Data, Path},
};
use chrono::NaiveDate;
use domain::{
    catalogue::{UnitLevel, Validity},
    change::{Change, ChangeKind},
    code::{AgencyCode, CategoryCode, UnitCode},
    routing::Rule,
};
use persistence::{CatalogueDay, Versioned};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    changes::{change_by, told},
    keeping::{changed, made, parse_end, settle, tagged},
};
use crate::{
    answers::Guarded,
    app::App,
    auth::{Admins, Allowed},
    body::Body,
    catalogue::Whole,
    field::{Faults, Field},
    petition::IfMatch,
    problem::{Code, FaultCode, Problem, ProblemDetails},
};

/// How many rules there may be that have not ended: all are asked for each petition.
const MOST_RULES: usize = 1_000;
/// How far from nought a priority may be.
const GREATEST_PRIORITY: i32 = 1_000_000;

/// A routing rule.
#[derive(Debug, Serialize, ToSchema)]
pub struct RuleView {
    /// Its number, by which explanations and the log name it.
    id: i64,
    /// The field; `null`: any.
    #[schema(value_type = Option<String>, example = "chieu_sang")]
    category: Option<CategoryCode>,
    /// The commune or district; `null`: anywhere.
    #[schema(value_type = Option<String>, example = "09163")]
    area: Option<UnitCode>,
    /// Who gets the petitions.
    #[schema(value_type = String, example = "so-xd")]
    agency: AgencyCode,
    /// The higher goes first; of equals the one that names more.
    priority: i32,
    #[schema(value_type = String, format = Date)]
    valid_from: NaiveDate,
    /// The first day on which it no longer holds.
    #[schema(value_type = Option<String>, format = Date)]
    valid_to: Option<NaiveDate>,
    /// Its `ETag`.
    version: u32,
}

impl From<&Versioned<Rule>> for RuleView {
    fn from(kept: &Versioned<Rule>) -> Self {
        let Rule { id, category, area, agency, validity, priority } = kept.value.clone();
        let Validity { from, to } = validity;
        Self { id, category, area, agency, priority, valid_from: from, valid_to: to, version: kept.version }
    }
}

/// A rule, whole.
#[derive(Debug, Deserialize, ToSchema)]
pub struct RuleBody {
    /// The field; any unless given.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "chieu_sang")]
    pub(super) category: Field<String>,
    /// The code of a commune or district; anywhere unless given.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "09163")]
    pub(super) area: Field<String>,
    /// Who gets the petitions: an agency that exists as long as the rule does.
    #[serde(default)]
    #[schema(value_type = String, example = "so-xd")]
    pub(super) agency: Field<String>,
    /// The higher goes first; 0 unless given.
    #[serde(default)]
    #[schema(value_type = Option<i32>)]
    pub(super) priority: Field<i32>,
    /// The first day, not a past one; today unless given.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub(super) valid_from: Field<String>,
    /// The first day on which it no longer holds; without end unless given.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub(super) valid_to: Field<String>,
    /// Why; a change must say.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 10000)]
    pub(super) reason: Field<String>,
}

/// The end of a rule.
#[derive(Debug, Deserialize, ToSchema)]
pub struct RuleEndBody {
    /// The first day on which it no longer holds, not a past one; today unless given.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    on: Field<String>,
    /// Why.
    #[serde(default)]
    #[schema(value_type = String, max_length = 10000)]
    reason: Field<String>,
}

/// A rule that was changed.
#[derive(Debug, Serialize, ToSchema)]
pub struct RuleChanged {
    #[serde(flatten)]
    rule: RuleView,
    /// The rule that it took the place of, which had begun and ends when this one begins.
    replaces: Option<i64>,
}

/// What a body says of a rule, beside its number, and whether its contradictions with `others` are faults.
pub(super) fn parse_rule(
    body: RuleBody,
    id: i64,
    catalogue: &CatalogueDay,
    others: &[Versioned<Rule>],
    faults: &mut Faults,
) -> (Option<Rule>, Field<String>) {
    let RuleBody { category, area, agency, priority, valid_from, valid_to, reason } = body;
    let directory = &catalogue.catalogue.directory;
    let from = faults.coming_day("/valid_from", valid_from, directory.day());
    let to = faults.day("/valid_to", valid_to);
    if from.zip(to).is_some_and(|(from, to)| to <= from) {
        faults.add("/valid_to", FaultCode::EmptyPeriod);
    }
    let day = from.unwrap_or(directory.day());
    let category = faults.optional("/category", category).map(|raw| {
        let code = CategoryCode::parse(&raw).ok();
        let known = |code: &CategoryCode| {
            catalogue.catalogue.category(code).is_some_and(|field| field.validity.to.is_none_or(|to| day < to))
        };
        let code = code.filter(known);
        if code.is_none() {
            let known: Vec<&str> = catalogue.category_order.iter().map(CategoryCode::as_str).collect();
            faults.unknown("/category", FaultCode::UnknownCategory, &raw, &known);
        }
        code
    });
    let area = faults.optional("/area", area).map(|raw| {
        let inside = |level| matches!(level, UnitLevel::Commune | UnitLevel::District);
        let mut units = catalogue.units.iter().filter(|unit| inside(unit.level) && unit.validity.covers(day));
        let code = units.find(|unit| unit.code.as_str() == raw).map(|unit| unit.code.clone());
        if code.is_none() {
            let known: Vec<&str> = catalogue.units.iter().map(|unit| unit.code.as_str()).collect();
            faults.unknown("/area", FaultCode::UnknownUnit, &raw, &known);
        }
        code
    });
    let agency = faults.required("/agency", agency).and_then(|raw| {
        let found = AgencyCode::parse(&raw).ok().and_then(|code| directory.agency(&code));
        match found {
            None => {
                let known: Vec<&str> = directory.agencies().map(|agency| agency.code.as_str()).collect();
                faults.unknown("/agency", FaultCode::UnknownAgency, &raw, &known);
            }
            Some(agency) => {
                let ends = agency.validity.to.filter(|ends| to.is_none_or(|to| *ends < to));
                if let Some(ends) = ends {
                    faults.add_with("/agency", FaultCode::AgencyEnds, ends.to_string());
                } else if day < agency.validity.from {
                    faults.add_with("/agency", FaultCode::AgencyBegins, agency.validity.from.to_string());
                }
            }
        }
        found.map(|agency| agency.code.clone())
    });
    let priority = faults.optional("/priority", priority).unwrap_or(0);
    if priority.abs_diff(0) > GREATEST_PRIORITY.abs_diff(0) {
        faults.add_with("/priority", FaultCode::OutOfRange, format!("±{GREATEST_PRIORITY}"));
    }
    // Given and wrong is a fault that was noted.
    let (category, area) = (category.flatten(), area.flatten());
    let rule = agency.zip(from).map(|(agency, from)| {
        let validity = Validity { from, to };
        Rule { id, category, area, agency, validity, priority }
    });
    if let Some(rule) = &rule {
        let contradicting: Vec<String> = others
            .iter()
            .filter(|other| rule.contradicts(&other.value))
            .map(|other| other.value.id.to_string())
            .collect();
        if !contradicting.is_empty() {
            faults.add_with("/priority", FaultCode::ContradictsRule, contradicting.join(", "));
        }
    }
    (rule, reason)
}

/// The rule that a path names.
fn named<'a>(known: &'a [Versioned<Rule>], path: &str) -> Result<&'a Versioned<Rule>, Problem> {
    let id: Option<i64> = path.parse().ok();
    known.iter().find(|kept| Some(kept.value.id) == id).ok_or_else(|| Problem::new(Code::NotFound))
}

/// All rules by number, also those that have ended.
#[utoipa::path(
    operation_id = "rules", tag = "admin", security(("bearer" = [])), extensions(("x-roles" = json!(["admin"]))),
    responses((status = 200, body = Whole<RuleView>), Guarded)
)]
#[get("/admin/rules")]
pub async fn list_rules(app: Data<App>, _: Allowed<Admins>) -> Result<HttpResponse, Problem> {
    let rules = app.store.rules().await?;
    Ok(HttpResponse::Ok().json(Whole::new(rules.iter().map(RuleView::from).collect())))
}

/// A rule, with the tag that a change of it names.
#[utoipa::path(
    operation_id = "rule", tag = "admin", security(("bearer" = [])), extensions(("x-roles" = json!(["admin"]))),
    params(("id" = i64, Path, description = "Its number.", example = 7)),
    responses(
        (status = 200, body = RuleView, headers(("ETag" = String, description = "Its version."))),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json", description = "There is no such rule."),
        Guarded,
    )
)]
#[get("/admin/rules/{id}")]
pub async fn show_rule(app: Data<App>, _: Allowed<Admins>, id: Path<String>) -> Result<HttpResponse, Problem> {
    let rules = app.store.rules().await?;
    let kept = named(&rules, &id)?;
    Ok(tagged(HttpResponse::Ok(), kept, &RuleView::from(kept)))
}

fn room_for_one_more(known: &[Versioned<Rule>], today: NaiveDate) -> Result<(), Problem> {
    let open = known.iter().filter(|kept| kept.value.validity.to.is_none_or(|to| today < to)).count();
    if open >= MOST_RULES { Err(Problem::with(Code::TooMany, format!("max {MOST_RULES}"))) } else { Ok(()) }
}

/// Makes a rule.
#[utoipa::path(
    operation_id = "create_rule", tag = "admin", security(("bearer" = [])), request_body = RuleBody,
    extensions(("x-roles" = json!(["admin"]))),
    responses(
        (status = 201, body = RuleView, headers(("ETag" = String, description = "Its version."))),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json", description = "`too_many`"),
        Guarded,
    )
)]
#[post("/admin/rules")]
pub async fn create_rule(
    app: Data<App>,
    allowed: Allowed<Admins>,
    body: Body<RuleBody>,
) -> Result<HttpResponse, Problem> {
    let mut unit = app.store.begin().await?;
    let known = unit.rules_to_change().await?;
    let catalogue = app.catalogue();
    let mut faults = Faults::default();
    let (rule, reason) = parse_rule(body.value, 0, &catalogue, &known, &mut faults);
    let reason = faults.reason_if_given(reason);
    let rule = faults.finish(rule)?;
    room_for_one_more(&known, catalogue.catalogue.directory.day())?;
    let rule = unit.add_rule(rule).await?;
    let view = RuleView::from(&rule);
    let change = change_by(&allowed.caller, ChangeKind::Rule, rule.value.id);
    made(&app, unit, change, (&rule, &view), reason).await
}

/// Changes a rule, whole. One that has begun ends on `valid_from`, and another with a number of its own begins then: what the log says of the
/// old one stays true.
#[utoipa::path(
    operation_id = "change_rule", tag = "admin", security(("bearer" = [])), request_body = RuleBody,
    extensions(("x-roles" = json!(["admin"]))),
    params(
        ("id" = i64, Path, description = "Its number.", example = 7),
        ("If-Match" = String, Header, description = "The version that is to be changed, as `ETag` gave it."),
    ),
    responses(
        (status = 200, body = RuleChanged, headers(("ETag" = String, description = "Its version."))),
        (status = 201, body = RuleChanged, description = "Another rule took its place.", headers(("ETag" = String, description = "Its version."))),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json", description = "There is no such rule."),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json", description = "`no_effect`: also of a rule that has ended; `too_many`"),
        (status = 412, body = ProblemDetails, content_type = "application/problem+json", description = "`stale_version`: `If-Match` names another version"),
        (status = 428, body = ProblemDetails, content_type = "application/problem+json", description = "`precondition_required`: without `If-Match`"),
        Guarded,
    )
)]
#[put("/admin/rules/{id}")]
pub async fn change_rule(
    app: Data<App>,
    allowed: Allowed<Admins>,
    id: Path<String>,
    if_match: IfMatch,
    body: Body<RuleBody>,
) -> Result<HttpResponse, Problem> {
    let if_match = if_match.required()?;
    let mut unit = app.store.begin().await?;
    let known = unit.rules_to_change().await?;
    let before = named(&known, &id)?;
    if_match.check(before.version)?;
    let catalogue = app.catalogue();
    let today = catalogue.catalogue.directory.day();
    let mut faults = Faults::default();
    let (rule, reason) = parse_rule(body.value, before.value.id, &catalogue, &known, &mut faults);
    let reason = faults.reason(reason);
    let (rule, reason) = faults.finish(rule.zip(reason))?;
    let old = before.value.validity;
    let unchanged = Rule { validity: Validity { from: old.from, ..rule.validity }, ..rule.clone() } == before.value;
    if old.to.is_some_and(|to| to <= today) || unchanged && (old.from == rule.validity.from || old.from <= today) {
        return Err(Problem::new(Code::NoEffect));
    }
    if today < old.from {
        let rule = before.next(rule);
        unit.set_rule(&rule).await?;
        let view = RuleView::from(&rule);
        let change = change_by(&allowed.caller, ChangeKind::Rule, rule.value.id);
        let change = change.between(told(&RuleView::from(before))?, told(&view)?).because(Some(reason));
        settle(&app, unit, &change).await?;
        return Ok(tagged(HttpResponse::Ok(), &rule, &RuleChanged { rule: view, replaces: None }));
    }
    room_for_one_more(&known, today)?;
    let on = old.to.map_or(rule.validity.from, |to| to.min(rule.validity.from));
    let (ended, change) = ending(&allowed, before, on, &reason)?;
    unit.set_rule(&ended).await?;
    unit.note_change(&change).await?;
    let rule = unit.add_rule(rule).await?;
    let view = RuleView::from(&rule);
    let change = change_by(&allowed.caller, ChangeKind::Rule, rule.value.id);
    settle(&app, unit, &change.between(None, told(&view)?).because(Some(reason))).await?;
    let changed = RuleChanged { rule: view, replaces: Some(before.value.id) };
    Ok(tagged(HttpResponse::Created(), &rule, &changed))
}

/// A rule as it ends on a day, with its entry for the list.
fn ending(
    allowed: &Allowed<Admins>,
    before: &Versioned<Rule>,
    on: NaiveDate,
    reason: &str,
) -> Result<(Versioned<Rule>, Change), Problem> {
    let validity = Validity { from: before.value.validity.from.min(on), to: Some(on) };
    let ended = before.next(Rule { validity, ..before.value.clone() });
    let change = change_by(&allowed.caller, ChangeKind::Rule, before.value.id);
    let change = change.between(told(&RuleView::from(before))?, told(&RuleView::from(&ended))?);
    Ok((ended, change.because(Some(reason.to_owned()))))
}

/// Ends a rule on a day. It is never taken away: the log names it.
#[utoipa::path(
    operation_id = "end_rule", tag = "admin", security(("bearer" = [])), request_body = RuleEndBody,
    extensions(("x-roles" = json!(["admin"]))),
    params(
        ("id" = i64, Path, description = "Its number.", example = 7),
        ("If-Match" = String, Header, description = "The version that is to be changed, as `ETag` gave it."),
    ),
    responses(
        (status = 200, body = RuleView, headers(("ETag" = String, description = "Its version."))),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json", description = "There is no such rule."),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json", description = "`no_effect`: it has ended, or ends on that day"),
        (status = 412, body = ProblemDetails, content_type = "application/problem+json", description = "`stale_version`: `If-Match` names another version"),
        (status = 428, body = ProblemDetails, content_type = "application/problem+json", description = "`precondition_required`: without `If-Match`"),
        Guarded,
    )
)]
#[post("/admin/rules/{id}/end")]
pub async fn end_rule(
    app: Data<App>,
    allowed: Allowed<Admins>,
    id: Path<String>,
    if_match: IfMatch,
    body: Body<RuleEndBody>,
) -> Result<HttpResponse, Problem> {
    let if_match = if_match.required()?;
    let today = app.catalogue().catalogue.directory.day();
    let mut unit = app.store.begin().await?;
    let known = unit.rules_to_change().await?;
    let before = named(&known, &id)?;
    if_match.check(before.version)?;
    let RuleEndBody { on, reason } = body.value;
    let (validity, reason) = parse_end(before.value.validity, on, reason, today)?;
    let rule = before.next(Rule { validity, ..before.value.clone() });
    unit.set_rule(&rule).await?;
    let change = change_by(&allowed.caller, ChangeKind::Rule, rule.value.id);
    changed(&app, unit, change, &RuleView::from(before), (&rule, &RuleView::from(&rule)), reason).await
}
