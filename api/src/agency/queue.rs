//! `GET /api/v1/agency/petitions`: the desk's queue.

use actix_web::{HttpResponse, get, web::Data};
use domain::{
    code::{AgencyCode, CategoryCode},
    petition::Status,
    text::{Lines, TextFault, fold, normalise},
    time::Instant,
};
use persistence::{Page, QueueFilter};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    answers::Guarded,
    app::App,
    auth::{Allowed, Staff},
    citizen::PetitionPage,
    clock,
    field::Faults,
    language::Language,
    problem::{Code, FaultCode, Problem},
    query::Query,
};

/// The longest search text, in characters.
const MAX_SEARCH: usize = 200;

/// What the queue shows.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct QueueQuery {
    /// Statuses, comma-separated; unless given, all in which an answer is owed.
    #[param(example = "submitted,received")]
    status: Option<String>,
    /// `true`: the deadline has passed; `false`: it has not.
    #[param(value_type = Option<bool>)]
    overdue: Option<String>,
    /// Words that code, title, content or address must have; marks and capitals do not matter.
    q: Option<String>,
    /// Fields, comma-separated.
    category: Option<String>,
    /// For the coordinator: the queue of that agency instead of its own.
    agency: Option<String>,
    /// How many, 1 to 100; 20 unless given.
    #[param(value_type = Option<u32>)]
    limit: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// The queue of the caller's agency, soonest deadline first.
#[utoipa::path(
    operation_id = "agency_petitions", tag = "agency", security(("bearer" = [])), params(QueueQuery),
    extensions(("x-roles" = json!(["officer", "leader", "coordinator"]))),
    responses(
        (status = 200, body = PetitionPage),
        Guarded,
    )
)]
#[get("/agency/petitions")]
pub async fn agency_queue(
    app: Data<App>,
    allowed: Allowed<Staff>,
    language: Language,
    Query(query): Query<QueueQuery>,
) -> Result<HttpResponse, Problem> {
    let caller = &allowed.caller;
    let catalogue = app.catalogue();
    let directory = &catalogue.catalogue.directory;
    let mut faults = Faults::default();
    let own = caller.actor.agency().ok_or_else(|| Problem::new(Code::Forbidden))?;
    let asked = query.agency.as_deref().map(|raw| {
        let code = AgencyCode::parse(raw).ok().filter(|code| directory.agency(code).is_some());
        code.unwrap_or_else(|| {
            faults.add("/agency", FaultCode::UnknownAgency);
            own.clone()
        })
    });
    let holder = asked.unwrap_or_else(|| own.clone());
    if holder != own && own != AgencyCode::coordinator() {
        return Err(Problem::new(Code::Forbidden));
    }
    let statuses = faults.words("/status", query.status.as_deref(), Status::parse, Status::ALL, Status::as_str);
    let overdue = faults.flag("/overdue", query.overdue.as_deref()).map(|overdue| (overdue, clock::now()));
    let categories = faults.codes("/category", query.category.as_deref(), FaultCode::UnknownCategory, |raw| {
        CategoryCode::parse(raw).ok().filter(|code| catalogue.catalogue.category(code).is_some())
    });
    // A search for nothing is no search. What no stored text can have is told, not looked for.
    let text = match query.q.as_deref().map(|raw| normalise(raw, MAX_SEARCH, Lines::Many)) {
        None | Some(Err(TextFault::Blank)) => None,
        Some(text) => faults.text("/q", text).filter(|text| !fold(text).is_empty()),
    };
    let limit = faults.limit(query.limit.as_deref());
    let after = faults.cursor(query.cursor.as_deref());
    faults.finish(Some(()))?;
    let filter = QueueFilter { holder, statuses, categories, overdue, text };
    let stored = app.store.queue(&filter, Page { after, limit: limit + 1 }).await?;
    let petitions = stored.into_iter().map(|stored| stored.petition).collect();
    let order = |petition: &domain::petition::Petition| petition.deadlines.answer.map_or(i64::MAX, Instant::micros);
    crate::citizen::page_of(&app, caller, language, petitions, limit, order).await
}
