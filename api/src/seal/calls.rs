//! `GET /api/v1/seals`, `GET …/{number}` and `POST /api/v1/admin/seals`.

use actix_web::{
    HttpResponse, get,
    http::header,
    post,
    web::{Data, Path},
};
use domain::id::PetitionId;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::{
    Made, Occasion, make,
    view::{SealPage, SealView},
};
use crate::{
    answers::{Guarded, Public},
    app::App,
    auth::{Admins, Allowed},
    field::Faults,
    problem::{Code, FaultCode, Problem, ProblemDetails},
    query::{Query, cursor},
};

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SealQuery {
    /// How many, 1 to 100; 20 unless given.
    #[param(value_type = Option<u32>)]
    limit: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// The seals of the log, newest first. Keep a copy: it is what shows later that a petition, or the newest seals, were taken away.
#[utoipa::path(
    operation_id = "seals", tag = "seals", security(()), params(SealQuery),
    responses((status = 200, body = SealPage), Public)
)]
#[get("/seals")]
pub async fn list_seals(app: Data<App>, Query(query): Query<SealQuery>) -> Result<HttpResponse, Problem> {
    let mut faults = Faults::default();
    let limit = faults.limit(query.limit.as_deref());
    let before = faults.cursor(query.cursor.as_deref()).and_then(|(number, _)| {
        let number = u64::try_from(number);
        number.inspect_err(|_| faults.add("/cursor", FaultCode::InvalidCursor)).ok()
    });
    faults.finish(Some(()))?;
    let mut seals = app.store.seals(before, limit + 1).await?;
    let length = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = seals.len() > length;
    seals.truncate(length);
    let last = seals.last().filter(|_| more).and_then(|seal| i64::try_from(seal.statement.number).ok());
    // Cursors of all lists look alike; a seal has no id beside its number.
    let next_cursor = last.map(|number| cursor(number, PetitionId(Uuid::nil())));
    let items = seals.into_iter().map(SealView::try_from).collect::<Result<_, _>>()?;
    Ok(HttpResponse::Ok().json(SealPage { items, next_cursor }))
}

/// A seal. It never changes.
#[utoipa::path(
    operation_id = "seal", tag = "seals", security(()),
    params(("number" = u64, Path, description = "The number of the seal, from 1.", example = 1)),
    responses(
        (status = 200, body = SealView),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json", description = "There is no such seal."),
        Public,
    )
)]
#[get("/seals/{number}")]
pub async fn show_seal(app: Data<App>, number: Path<String>) -> Result<HttpResponse, Problem> {
    let number = number.parse().map_err(|_| Problem::new(Code::NotFound))?;
    let seal = app.store.seal(number).await?.ok_or_else(|| Problem::new(Code::NotFound))?;
    Ok(HttpResponse::Ok().json(SealView::try_from(seal)?))
}

/// Seals the log now, as it is otherwise sealed once a day. Where nothing has happened since the last seal, that one stands and is
/// the answer (200).
#[utoipa::path(
    operation_id = "create_seal", tag = "admin", security(("bearer" = [])), extensions(("x-roles" = json!(["admin"]))),
    responses(
        (status = 201, body = SealView, headers(("Location" = String, description = "The seal."))),
        (status = 200, body = SealView, description = "Nothing has happened since this one was made."),
        Guarded,
    )
)]
#[post("/admin/seals")]
pub async fn create_seal(app: Data<App>, allowed: Allowed<Admins>) -> Result<HttpResponse, Problem> {
    match make(&app.store, &app.seal_key, Occasion::Asked).await? {
        Made::Before(seal) => Ok(HttpResponse::Ok().json(SealView::try_from(seal)?)),
        Made::Now(seal) => {
            let number = seal.statement.number;
            tracing::info!(target: "audit", { seal.number = number, by = %allowed.caller.account }, "a seal was asked for");
            let location = format!("/api/v1/seals/{number}");
            Ok(HttpResponse::Created().insert_header((header::LOCATION, location)).json(SealView::try_from(seal)?))
        }
    }
}
