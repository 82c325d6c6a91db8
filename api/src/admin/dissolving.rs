//! `POST /api/v1/admin/agencies/{code}/dissolve`: an agency ceases to exist, and another has what it leaves.

use std::collections::BTreeSet;

use actix_web::{
    HttpResponse, post,
    web::{Data, Path},
};
use domain::{
    catalogue::{Agency, Competence, Validity},
    change::ChangeKind,
    code::{AgencyCode, CategoryCode},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    agencies::KeptAgencyView,
    changes::{change_by, told},
    keeping::{settle, tagged},
};
use crate::{
    answers::Guarded,
    app::App,
    auth::{Admins, Allowed},
    body::Body,
    field::{Faults, Field},
    petition::IfMatch,
    problem::{Code, FaultCode, Problem, ProblemDetails},
};

/// The end of an agency.
#[derive(Debug, Deserialize, ToSchema)]
pub struct DissolutionBody {
    /// The first day on which it does not exist; not a past one.
    #[serde(default)]
    #[schema(value_type = String, format = Date)]
    on: Field<String>,
    /// Who has its petitions from then on; must be named while it owes answers.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "ubnd-256")]
    successor: Field<String>,
    /// Why.
    #[serde(default)]
    #[schema(value_type = String, max_length = 10000)]
    reason: Field<String>,
}

/// An agency that ends, and what of it needs a human.
#[derive(Debug, Serialize, ToSchema)]
pub struct DissolutionView {
    agency: KeptAgencyView,
    /// Petitions that it owes an answer now.
    open_petitions: u64,
    /// Accounts of its staff that may sign in: they stay with it until somebody moves or closes them.
    staff: u64,
    /// Rules that name it on that day or later: petitions they decide on then go to the coordinator.
    rules: Vec<i64>,
    /// Fields that are its own on that day: likewise.
    #[schema(value_type = Vec<String>)]
    categories: Vec<CategoryCode>,
}

/// Dissolves an agency on a day, for a successor. May be said again with another day or successor until that day has come.
#[utoipa::path(
    operation_id = "dissolve_agency", tag = "admin", security(("bearer" = [])), request_body = DissolutionBody,
    extensions(("x-roles" = json!(["admin"]))),
    params(
        ("code" = String, Path, description = "The code of the agency.", example = "ubnd-256"),
        ("If-Match" = String, Header, description = "The version that is to be changed, as `ETag` gave it."),
    ),
    responses(
        (status = 200, body = DissolutionView, headers(("ETag" = String, description = "Its version."))),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json", description = "There is no such agency."),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json",
            description = "`successor_required`: it owes answers, and how many; `in_use`: the coordinator stays; `no_effect`: it has ended, or ends just so"),
        (status = 412, body = ProblemDetails, content_type = "application/problem+json", description = "`stale_version`: `If-Match` names another version"),
        (status = 428, body = ProblemDetails, content_type = "application/problem+json", description = "`precondition_required`: without `If-Match`"),
        Guarded,
    )
)]
#[post("/admin/agencies/{code}/dissolve")]
pub async fn dissolve_agency(
    app: Data<App>,
    allowed: Allowed<Admins>,
    code: Path<String>,
    if_match: IfMatch,
    body: Body<DissolutionBody>,
) -> Result<HttpResponse, Problem> {
    let if_match = if_match.required()?;
    let today = app.catalogue().catalogue.directory.day();
    let mut unit = app.store.begin().await?;
    let known = unit.agencies_to_change().await?;
    let successors = unit.successors().await?;
    let before = known.iter().find(|kept| kept.value.code.as_str() == code.as_str());
    let before = before.ok_or_else(|| Problem::new(Code::NotFound))?;
    if_match.check(before.version)?;
    let DissolutionBody { on, successor, reason } = body.value;
    let mut faults = Faults::default();
    let is_missing = on == Field::Absent;
    if is_missing {
        faults.add("/on", FaultCode::Required);
    }
    let on = faults.coming_day("/on", on, today).filter(|_| !is_missing);
    if on.is_some_and(|on| on <= before.value.validity.from) {
        faults.add_with("/on", FaultCode::EmptyPeriod, before.value.validity.from.to_string());
    }
    let validity = on.map(|on| Validity { to: Some(on), ..before.value.validity });
    let successor = faults.optional("/successor", successor).and_then(|raw| {
        let code = AgencyCode::parse(&raw).ok();
        let heir = code.and_then(|code| known.iter().map(|kept| &kept.value).find(|agency| agency.code == code));
        match (heir, on) {
            (None, _) => faults.add("/successor", FaultCode::UnknownAgency),
            (Some(heir), Some(on)) if !successors.can_follow(heir, &before.value.code, on) => {
                faults.add("/successor", FaultCode::NotASuccessor);
            }
            (Some(_), Some(_) | None) => {}
        }
        heir.map(|heir| heir.code.clone())
    });
    let reason = faults.reason(reason);
    let (validity, reason) = faults.finish(validity.zip(reason))?;
    if before.value.code == AgencyCode::coordinator() {
        return Err(Problem::with(Code::InUse, before.value.code.to_string()));
    }
    let ended = before.value.validity.to.is_some_and(|to| to <= today);
    let after = before.next(Agency { validity, ..before.value.clone() });
    let heirs: BTreeSet<AgencyCode> = successor.into_iter().collect();
    let same_heirs = successors.end_of(&after.value.code).map_or(&BTreeSet::new(), |end| &end.heirs) == &heirs;
    if ended || (after.value == before.value && same_heirs) {
        return Err(Problem::new(Code::NoEffect));
    }
    let work = unit.work_of(&after.value.code).await?;
    if heirs.is_empty() && work.open_petitions > 0 {
        return Err(Problem::with(Code::SuccessorRequired, work.open_petitions.to_string()));
    }
    unit.end_agency(&after, &heirs).await?;
    let now = unit.successors().await?;
    let view = KeptAgencyView::new(&after, &now);
    let change = change_by(&allowed.caller, ChangeKind::Agency, &after.value.code);
    let change = change.between(told(&KeptAgencyView::new(before, &successors))?, told(&view)?);
    settle(&app, unit, &change.because(Some(reason))).await?;
    let catalogue = app.catalogue();
    let catalogue = &catalogue.catalogue;
    let last_day = |validity: &Validity| validity.to.is_none_or(|to| after.value.validity.to.is_some_and(|on| on < to));
    let rules = catalogue.directory.rules().iter();
    let rules = rules.filter(|rule| rule.agency == after.value.code && last_day(&rule.validity));
    let own = Competence::Agency(after.value.code.clone());
    let day = after.value.validity.to.unwrap_or(today);
    let fields = catalogue.categories.values();
    let fields = fields.filter(|field| field.validity.covers(day) && field.terms_on(day).competence == own);
    let view = DissolutionView {
        agency: view,
        open_petitions: work.open_petitions,
        staff: work.staff,
        rules: rules.map(|rule| rule.id).collect(),
        categories: fields.map(|field| field.code.clone()).collect(),
    };
    Ok(tagged(HttpResponse::Ok(), &after, &view))
}
