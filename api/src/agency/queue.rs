//! `GET /api/v1/agency/petitions`: the desk's queue.

use actix_web::{HttpResponse, get, web::Data};
use domain::time::Instant;
use persistence::{Page, QueueKey};
use serde::Deserialize;
use utoipa::IntoParams;

use super::filter::{QueueQuery, read_filter};
use crate::{
    answers::Guarded,
    app::App,
    auth::{Allowed, Staff},
    citizen::{PetitionPage, page_of},
    field::Faults,
    language::Language,
    problem::Problem,
    query::{Query, ranked_cursor},
};

/// Which page of the queue.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct QueuePage {
    /// How many, 1 to 100; 20 unless given.
    #[param(value_type = Option<u32>)]
    limit: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// The queue of the caller's agency, soonest deadline first. Where `q` is given, what has its words with all their marks comes
/// before what has them without.
#[utoipa::path(
    operation_id = "agency_petitions", tag = "agency", security(("bearer" = [])), params(QueueQuery, QueuePage),
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
    Query(page): Query<QueuePage>,
) -> Result<HttpResponse, Problem> {
    let caller = &allowed.caller;
    let mut faults = Faults::default();
    let filter = read_filter(&app, caller, &query, &mut faults).await?;
    let limit = faults.limit(page.limit.as_deref());
    let after = faults.ranked_cursor(page.cursor.as_deref());
    let filter = faults.finish(filter)?;
    let after = after.map(|(exact, due, id)| QueueKey { exact, due, id });
    let stored = app.store.queue(&filter, Page { after, limit: limit + 1 }).await?;
    let found = stored.into_iter().map(|(exact, stored)| (exact, stored.petition)).collect();
    page_of(&app, caller, language, found, limit, |exact, petition| {
        let due = petition.deadlines.answer.map_or(i64::MAX, Instant::micros);
        ranked_cursor(*exact, due, petition.id)
    })
    .await
}
