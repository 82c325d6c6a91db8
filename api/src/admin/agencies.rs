//! `/api/v1/admin/agencies`: what agencies there are, and what becomes of them.

use actix_web::{
    HttpResponse, get, post, put,
    web::{Data, Path},
};
use chrono::NaiveDate;
use domain::{
    calendar::OfficeHours,
    catalogue::{Agency, AgencyLevel, UnitLevel, Validity},
    change::ChangeKind,
    code::{AgencyCode, UnitCode},
    succession::Succession,
};
use persistence::{CatalogueDay, Versioned};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    changes::{change_by, told},
    keeping::{changed, made, settle, tagged},
};
use crate::{
    answers::Guarded,
    app::App,
    auth::{Admins, Allowed},
    body::Body,
    catalogue::{Whole, spans},
    field::{Faults, Field},
    petition::IfMatch,
    problem::{Code, FaultCode, Problem, ProblemDetails},
};

/// How many agencies there may be: all are in every server's memory.
const MOST_AGENCIES: usize = 2_000;
/// The longest telephone number with all its spaces and signs.
const LONGEST_NUMBER: usize = 40;

/// An agency as its keeper sees it.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeptAgencyView {
    #[schema(value_type = String, example = "ubnd-256")]
    code: AgencyCode,
    name: String,
    /// `commune`, `district`, `provincial` or `coordinator`.
    #[schema(value_type = String, example = "district")]
    level: AgencyLevel,
    /// The unit whose People's Committee it is.
    #[schema(value_type = Option<String>, example = "256")]
    unit: Option<UnitCode>,
    /// Whether officers draft and a leader approves.
    needs_approval: bool,
    hotline: Option<String>,
    /// Its own office hours; empty: as everywhere. Deadlines are counted by the province's.
    #[schema(example = json!(["07:30-12:00", "13:00-16:30"]))]
    office_hours: Vec<String>,
    #[schema(value_type = String, format = Date)]
    valid_from: NaiveDate,
    /// The first day on which it does not exist.
    #[schema(value_type = Option<String>, format = Date)]
    valid_to: Option<NaiveDate>,
    /// Who has its petitions from then on.
    #[schema(value_type = Vec<String>)]
    successors: Vec<AgencyCode>,
    /// Its `ETag`.
    version: u32,
}

impl KeptAgencyView {
    pub(super) fn new(kept: &Versioned<Agency>, successors: &Succession) -> Self {
        let Agency { code, name, level, unit, needs_approval, validity, hotline, office_hours } = kept.value.clone();
        Self {
            successors: successors.end_of(&code).map(|end| end.heirs.iter().cloned().collect()).unwrap_or_default(),
            code,
            name,
            level,
            unit,
            needs_approval,
            hotline,
            office_hours: office_hours.as_ref().map(spans).unwrap_or_default(),
            valid_from: validity.from,
            valid_to: validity.to,
            version: kept.version,
        }
    }
}

/// An agency, whole.
#[derive(Debug, Deserialize, ToSchema)]
pub struct AgencyBody {
    /// Its name in Vietnamese.
    #[serde(default)]
    #[schema(value_type = String, max_length = 200, example = "UBND thành phố Bắc Ninh")]
    name: Field<String>,
    /// `commune`, `district` or `provincial`. Figures rest on it: it stays as soon as a petition has been there.
    #[serde(default)]
    #[schema(value_type = String, example = "district")]
    level: Field<String>,
    /// The unit whose People's Committee it is: of its level, and only for communes and districts. It stays likewise.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "256")]
    unit: Field<String>,
    /// `true`: an officer drafts, and a leader approves. `false` unless given.
    #[serde(default)]
    #[schema(value_type = Option<bool>)]
    needs_approval: Field<bool>,
    /// The number that people call.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 40, example = "0222 3822 123")]
    hotline: Field<String>,
    /// Its own office hours, in their order; as everywhere unless given. Deadlines are counted by the province's.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>, example = json!(["07:30-12:00", "13:00-16:30"]))]
    office_hours: Field<Vec<Field<String>>>,
    /// Why; a change must say.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 10000)]
    reason: Field<String>,
}

/// A new agency.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NewAgencyBody {
    /// Its code, 1 to 64 of `a-z 0-9 -`, its own for all time: `ubnd-09163-2025` where a unit code was used again.
    #[serde(default)]
    #[schema(value_type = String, example = "so-kh")]
    code: Field<String>,
    /// The first day of its existence, not a past one; today unless given.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    valid_from: Field<String>,
    #[serde(flatten)]
    agency: AgencyBody,
}

/// What a body says of an agency, beside its code and when it exists.
struct Parsed {
    name: String,
    level: AgencyLevel,
    unit: Option<UnitCode>,
    needs_approval: bool,
    hotline: Option<String>,
    office_hours: Option<OfficeHours>,
}

impl AgencyBody {
    fn parse(self, coordinator: bool, faults: &mut Faults) -> (Option<Parsed>, Field<String>) {
        let Self { name, level, unit, needs_approval, hotline, office_hours, reason } = self;
        let name = faults.name("/name", name);
        let words: &[AgencyLevel] = match coordinator {
            true => &[AgencyLevel::Coordinator],
            false => &[AgencyLevel::Commune, AgencyLevel::District, AgencyLevel::Provincial],
        };
        let known = |raw: &str| AgencyLevel::parse(raw).filter(|level| words.contains(level));
        let level = faults.required("/level", level);
        let level = level.and_then(|raw| faults.word("/level", &raw, known, words, AgencyLevel::as_str));
        let unit = faults.optional("/unit", unit).map(|raw| {
            let code = UnitCode::parse(&raw).ok();
            if code.is_none() {
                faults.add("/unit", FaultCode::UnknownUnit);
            }
            code
        });
        let needs_approval = faults.optional("/needs_approval", needs_approval).unwrap_or(false);
        let hotline = faults.optional("/hotline", hotline).and_then(|raw| {
            let number = raw.trim().to_owned();
            let fits = is_number(&number);
            if !fits {
                faults.add("/hotline", FaultCode::InvalidNumber);
            }
            fits.then_some(number)
        });
        let office_hours = office_hours_of(office_hours, faults);
        let parsed = name.zip(level).map(|(name, level)| Parsed {
            name,
            level,
            unit: unit.flatten(),
            needs_approval,
            hotline,
            office_hours,
        });
        (parsed, reason)
    }
}

/// Whether people could dial it.
pub(super) fn is_number(text: &str) -> bool {
    let signs = text.chars().all(|sign| sign.is_ascii_digit() || " +-.()".contains(sign));
    signs && text.chars().any(|sign| sign.is_ascii_digit()) && text.len() <= LONGEST_NUMBER
}

fn office_hours_of(field: Field<Vec<Field<String>>>, faults: &mut Faults) -> Option<OfficeHours> {
    let spans = faults.optional("/office_hours", field).filter(|spans| !spans.is_empty())?;
    let mut texts = Vec::new();
    for (index, span) in spans.into_iter().enumerate() {
        let at = format!("/office_hours/{index}");
        let text = faults.required(&at, span)?;
        if let Err(fault) = OfficeHours::parse(&text) {
            faults.add_with(at, FaultCode::InvalidHours, fault.to_string());
        }
        texts.push(text);
    }
    let hours = OfficeHours::parse(&texts.join(" "));
    // Each is one; together they may overlap, or stand in another order.
    if texts.iter().all(|text| OfficeHours::parse(text).is_ok())
        && let Err(fault) = &hours
    {
        faults.add_with("/office_hours", FaultCode::InvalidHours, fault.to_string());
    }
    hours.ok()
}

/// A People's Committee is of one unit, of its level, which has no other while it exists.
fn check_unit(
    agency: &Agency,
    known: &[Versioned<Agency>],
    catalogue: &CatalogueDay,
    today: NaiveDate,
    faults: &mut Faults,
) {
    let level = match agency.level {
        AgencyLevel::Commune => Some(UnitLevel::Commune),
        AgencyLevel::District => Some(UnitLevel::District),
        AgencyLevel::Provincial | AgencyLevel::Coordinator => None,
    };
    let (Some(code), Some(level)) = (&agency.unit, level) else {
        if agency.unit.is_some() != level.is_some() {
            faults.add("/unit", FaultCode::UnitMismatch);
        }
        return;
    };
    let day = agency.validity.from.max(today);
    match catalogue.units.iter().find(|unit| unit.code == *code && unit.validity.covers(day)) {
        None => return faults.add("/unit", FaultCode::UnknownUnit),
        Some(unit) if unit.level != level => return faults.add("/unit", FaultCode::UnitMismatch),
        Some(_) => {}
    }
    let other = known.iter().map(|kept| &kept.value).find(|other| {
        other.code != agency.code && other.unit.as_ref() == Some(code) && other.validity.overlaps(&agency.validity)
    });
    if let Some(other) = other {
        faults.add_with("/unit", FaultCode::CommitteeExists, other.code.to_string());
    }
}

/// The agency that a path names.
fn named<'a>(known: &'a [Versioned<Agency>], path: &str) -> Result<&'a Versioned<Agency>, Problem> {
    known.iter().find(|kept| kept.value.code.as_str() == path).ok_or_else(|| Problem::new(Code::NotFound))
}

/// All agencies, by code, also those that have ceased to exist or are yet to come.
#[utoipa::path(
    operation_id = "kept_agencies", tag = "admin", security(("bearer" = [])), extensions(("x-roles" = json!(["admin"]))),
    responses((status = 200, body = Whole<KeptAgencyView>), Guarded)
)]
#[get("/admin/agencies")]
pub async fn list_kept_agencies(app: Data<App>, _: Allowed<Admins>) -> Result<HttpResponse, Problem> {
    let agencies = app.store.agencies().await?;
    let successors = app.store.successors().await?;
    let views = agencies.iter().map(|kept| KeptAgencyView::new(kept, &successors));
    Ok(HttpResponse::Ok().json(Whole::new(views.collect())))
}

/// An agency, with the tag that a change of it names.
#[utoipa::path(
    operation_id = "kept_agency", tag = "admin", security(("bearer" = [])), extensions(("x-roles" = json!(["admin"]))),
    params(("code" = String, Path, description = "The code of the agency.", example = "ubnd-256")),
    responses(
        (status = 200, body = KeptAgencyView, headers(("ETag" = String, description = "Its version."))),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json", description = "There is no such agency."),
        Guarded,
    )
)]
#[get("/admin/agencies/{code}")]
pub async fn show_kept_agency(app: Data<App>, _: Allowed<Admins>, code: Path<String>) -> Result<HttpResponse, Problem> {
    let agencies = app.store.agencies().await?;
    let kept = named(&agencies, &code)?;
    let successors = app.store.successors().await?;
    Ok(tagged(HttpResponse::Ok(), kept, &KeptAgencyView::new(kept, &successors)))
}

/// Sets up an agency. It gets petitions as soon as it has staff.
#[utoipa::path(
    operation_id = "create_agency", tag = "admin", security(("bearer" = [])), request_body = NewAgencyBody,
    extensions(("x-roles" = json!(["admin"]))),
    responses(
        (status = 201, body = KeptAgencyView, headers(("ETag" = String, description = "Its version."))),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json", description = "`code_taken`, `too_many`"),
        Guarded,
    )
)]
#[post("/admin/agencies")]
pub async fn create_agency(
    app: Data<App>,
    allowed: Allowed<Admins>,
    body: Body<NewAgencyBody>,
) -> Result<HttpResponse, Problem> {
    let NewAgencyBody { code, valid_from, agency } = body.value;
    let catalogue = app.catalogue();
    let today = catalogue.catalogue.directory.day();
    let mut unit = app.store.begin().await?;
    let known = unit.agencies_to_change().await?;
    let mut faults = Faults::default();
    let code = faults.required("/code", code);
    let code =
        code.and_then(|raw| AgencyCode::parse(&raw).inspect_err(|_| faults.add("/code", FaultCode::InvalidCode)).ok());
    let from = faults.coming_day("/valid_from", valid_from, today);
    let (parsed, reason) = agency.parse(false, &mut faults);
    let reason = faults.reason_if_given(reason);
    let agency = code.zip(from).zip(parsed).map(|((code, from), parsed)| {
        let Parsed { name, level, unit, needs_approval, hotline, office_hours } = parsed;
        let validity = Validity { from, to: None };
        Agency { code, name, level, unit, needs_approval, validity, hotline, office_hours }
    });
    if let Some(agency) = &agency {
        check_unit(agency, &known, &catalogue, today, &mut faults);
    }
    let agency = Versioned::first(faults.finish(agency)?);
    if known.iter().any(|kept| kept.value.code == agency.value.code) {
        return Err(Problem::new(Code::CodeTaken));
    }
    if known.len() >= MOST_AGENCIES {
        return Err(Problem::with(Code::TooMany, format!("max {MOST_AGENCIES}")));
    }
    unit.add_agency(&agency).await?;
    let view = KeptAgencyView::new(&agency, &Succession::default());
    let change = change_by(&allowed.caller, ChangeKind::Agency, &agency.value.code);
    made(&app, unit, change, (&agency, &view), reason).await
}

/// Changes an agency, whole. When it exists is not changed here: see `dissolve`.
#[utoipa::path(
    operation_id = "change_agency", tag = "admin", security(("bearer" = [])), request_body = AgencyBody,
    extensions(("x-roles" = json!(["admin"]))),
    params(
        ("code" = String, Path, description = "The code of the agency.", example = "ubnd-256"),
        ("If-Match" = String, Header, description = "The version that is to be changed, as `ETag` gave it."),
    ),
    responses(
        (status = 200, body = KeptAgencyView, headers(("ETag" = String, description = "Its version."))),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json", description = "There is no such agency."),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json",
            description = "`no_effect`; `in_use`: its level or unit, on which figures rest"),
        (status = 412, body = ProblemDetails, content_type = "application/problem+json", description = "`stale_version`: `If-Match` names another version"),
        (status = 428, body = ProblemDetails, content_type = "application/problem+json", description = "`precondition_required`: without `If-Match`"),
        Guarded,
    )
)]
#[put("/admin/agencies/{code}")]
pub async fn change_agency(
    app: Data<App>,
    allowed: Allowed<Admins>,
    code: Path<String>,
    if_match: IfMatch,
    body: Body<AgencyBody>,
) -> Result<HttpResponse, Problem> {
    let if_match = if_match.required()?;
    let catalogue = app.catalogue();
    let today = catalogue.catalogue.directory.day();
    let mut unit = app.store.begin().await?;
    let known = unit.agencies_to_change().await?;
    let before = named(&known, &code)?;
    if_match.check(before.version)?;
    let mut faults = Faults::default();
    let (parsed, reason) = body.value.parse(before.value.code == AgencyCode::coordinator(), &mut faults);
    let reason = faults.reason(reason);
    let agency = parsed.map(|parsed| {
        let Parsed { name, level, unit, needs_approval, hotline, office_hours } = parsed;
        Agency { name, level, unit, needs_approval, hotline, office_hours, ..before.value.clone() }
    });
    if let Some(agency) =
        agency.as_ref().filter(|agency| agency.unit != before.value.unit || agency.level != before.value.level)
    {
        check_unit(agency, &known, &catalogue, today, &mut faults);
    }
    let (agency, reason) = faults.finish(agency.zip(reason))?;
    if agency == before.value {
        return Err(Problem::new(Code::NoEffect));
    }
    let moved = (agency.level, &agency.unit) != (before.value.level, &before.value.unit);
    if moved && unit.has_had_petitions(&agency.code).await? {
        return Err(Problem::with(Code::InUse, "level, unit"));
    }
    let agency = before.next(agency);
    let successors = unit.successors().await?;
    unit.set_agency(&agency).await?;
    let view = KeptAgencyView::new(&agency, &successors);
    let change = change_by(&allowed.caller, ChangeKind::Agency, &agency.value.code);
    changed(&app, unit, change, &KeptAgencyView::new(before, &successors), (&agency, &view), reason).await
}

/// Who answers for an agency.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ApprovalBody {
    /// `true`: an officer drafts, and a leader approves.
    #[serde(default)]
    #[schema(value_type = bool)]
    needs_approval: Field<bool>,
}

/// Who answers for an agency from now on.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApprovalView {
    #[schema(value_type = String, example = "ubnd-256")]
    agency: AgencyCode,
    needs_approval: bool,
}

/// Says whether an officer's answer needs a leader's approval before the citizen gets it. May be repeated.
#[utoipa::path(
    operation_id = "set_approval", tag = "admin", security(("bearer" = [])), request_body = ApprovalBody,
    extensions(("x-roles" = json!(["admin"]))),
    params(("code" = String, Path, description = "The code of the agency.", example = "ubnd-256")),
    responses(
        (status = 200, body = ApprovalView),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json", description = "There is no such agency."),
        Guarded,
    )
)]
#[post("/admin/agencies/{code}/approval")]
pub async fn set_approval(
    app: Data<App>,
    allowed: Allowed<Admins>,
    code: Path<String>,
    body: Body<ApprovalBody>,
) -> Result<HttpResponse, Problem> {
    let mut faults = Faults::default();
    let needs_approval = faults.required("/needs_approval", body.value.needs_approval);
    let needs_approval = faults.finish(needs_approval)?;
    let mut unit = app.store.begin().await?;
    let known = unit.agencies_to_change().await?;
    let before = named(&known, &code)?;
    let agency = before.value.code.clone();
    if before.value.needs_approval != needs_approval {
        let after = before.next(Agency { needs_approval, ..before.value.clone() });
        let successors = unit.successors().await?;
        unit.set_agency(&after).await?;
        let view = |kept: &Versioned<Agency>| told(&KeptAgencyView::new(kept, &successors));
        let change = change_by(&allowed.caller, ChangeKind::Agency, &agency);
        let change = change.between(view(before)?, view(&after)?);
        settle(&app, unit, &change).await?;
    }
    Ok(HttpResponse::Ok().json(ApprovalView { agency, needs_approval }))
}
