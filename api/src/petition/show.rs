//! `GET /api/v1/petitions/{code}` and `…/history`.

use actix_web::{
    HttpResponse, get,
    web::{Data, Path},
};
use domain::petition::Event;

use super::{HistoryView, PetitionView, find, shown};
use crate::{
    answers::Guarded,
    app::App,
    auth::{Allowed, PetitionReaders},
    language::Language,
    problem::{Problem, ProblemDetails},
};

/// A petition: for who sent it, the agency that has it, and the coordinator. For everybody else it does not exist.
#[utoipa::path(
    operation_id = "petition", tag = "petitions", security(("bearer" = [])),
    extensions(("x-roles" = json!(["citizen", "officer", "leader", "coordinator"]))),
    params(("code" = String, Path, description = "The public code.", example = "PAKN.20220831.000042")),
    responses(
        (status = 200, body = PetitionView, headers(("ETag" = String, description = "The version."))),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json"),
        Guarded,
    )
)]
#[get("/petitions/{code}")]
pub async fn show_petition(
    app: Data<App>,
    allowed: Allowed<PetitionReaders>,
    language: Language,
    code: Path<String>,
) -> Result<HttpResponse, Problem> {
    let stored = find(&app, &allowed.caller, &code).await?;
    shown(&app, &allowed.caller, language, &stored.petition, HttpResponse::Ok()).await
}

/// Everything that happened to a petition, for whom it exists.
#[utoipa::path(
    operation_id = "petition_history", tag = "petitions", security(("bearer" = [])),
    extensions(("x-roles" = json!(["citizen", "officer", "leader", "coordinator"]))),
    params(("code" = String, Path, description = "The public code.")),
    responses(
        (status = 200, body = HistoryView),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json"),
        Guarded,
    )
)]
#[get("/petitions/{code}/history")]
pub async fn petition_history(
    app: Data<App>,
    allowed: Allowed<PetitionReaders>,
    language: Language,
    code: Path<String>,
) -> Result<HttpResponse, Problem> {
    let stored = find(&app, &allowed.caller, &code).await?;
    let logged = app.store.history(stored.petition.id).await?;
    let words = app.store.words(&[stored.petition.id]).await?;
    let events: Vec<Event> = logged.into_iter().map(|logged| logged.event).collect();
    Ok(HttpResponse::Ok().json(HistoryView::new(&events, &words, &app.catalogue(), language)))
}
