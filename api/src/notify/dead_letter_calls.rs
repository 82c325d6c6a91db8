//! `GET /api/v1/admin/dead-letters`, `POST …/{id}/retry`: messages that did not arrive and are not tried again by themselves.

use std::collections::HashMap;

use actix_web::{
    HttpResponse, get, post,
    web::{Data, Path},
};
use domain::{
    id::{DeliveryId, NoticeId},
    notice::{Carrier, NoticeKind},
    petition::PetitionCode,
};
use persistence::{DeadLetter, Notice, Page};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    answers::Guarded,
    app::App,
    auth::{Admins, Allowed},
    body::{Body, Empty},
    clock,
    field::Faults,
    listed::Listed,
    problem::{Code, Problem, ProblemDetails},
    query::Query,
};

/// A message that did not arrive.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeadLetterView {
    /// Its id: the key that would have travelled with it.
    id: Uuid,
    /// To whose account.
    account: Uuid,
    /// Who was to carry it.
    #[schema(value_type = String, example = "email")]
    carrier: Carrier,
    /// What it would have told; `null`: all of a day.
    #[schema(value_type = Option<String>, example = "answered")]
    kind: Option<NoticeKind>,
    /// Of which petition.
    #[schema(value_type = Option<String>, example = "PAKN.20220831.000042")]
    code: Option<PetitionCode>,
    /// How often it was tried.
    tries: u32,
    /// Why it did not arrive.
    #[schema(example = "the SMTP server refused it: 550")]
    problem: String,
    /// When it was given up.
    given_up_at: String,
}

/// A page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DeadLettersQuery {
    /// How many, 1 to 100; 20 unless given.
    #[param(value_type = Option<u32>)]
    limit: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Messages that did not arrive and are not tried again by themselves, the newest first.
#[utoipa::path(
    operation_id = "dead_letters", tag = "admin", security(("bearer" = [])), params(DeadLettersQuery),
    extensions(("x-roles" = json!(["admin"]))),
    responses((status = 200, body = Listed<DeadLetterView>), Guarded)
)]
#[get("/admin/dead-letters")]
pub async fn list_dead_letters(
    app: Data<App>,
    _: Allowed<Admins>,
    Query(query): Query<DeadLettersQuery>,
) -> Result<HttpResponse, Problem> {
    let mut faults = Faults::default();
    let limit = faults.limit(query.limit.as_deref());
    let after = faults.id_cursor(query.cursor.as_deref()).map(DeliveryId);
    faults.finish(Some(()))?;
    let found = app.store.dead_letters(Page { after, limit: limit + 1 }).await?;
    let notices: Vec<NoticeId> = found.iter().filter_map(|letter| letter.notice).collect();
    let notices = app.store.notices(&notices, &[]).await?.into_iter();
    let notices: HashMap<NoticeId, Notice> = notices.map(|notice| (notice.id, notice)).collect();
    let page = Listed::of(found, limit, |letter| letter.id.to_string());
    let view = |letter: DeadLetter| {
        let notice = letter.notice.and_then(|id| notices.get(&id));
        DeadLetterView {
            id: letter.id.0,
            account: letter.account.0,
            carrier: letter.carrier,
            kind: notice.map(|notice| notice.kind),
            code: notice.and_then(|notice| notice.code.clone()),
            tries: letter.tries,
            problem: letter.problem,
            given_up_at: letter.settled_at.to_local_rfc3339(),
        }
    };
    Ok(HttpResponse::Ok().json(page.map(view)))
}

/// Has a message tried anew, as often as a new one: when what was wrong has been mended.
#[utoipa::path(
    operation_id = "retry_dead_letter", tag = "admin", security(("bearer" = [])), request_body = Empty,
    params(("id" = Uuid, Path)), extensions(("x-roles" = json!(["admin"]))),
    responses(
        (status = 204),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json", description = "`not_found`: or it is one no more"),
        Guarded,
    )
)]
#[post("/admin/dead-letters/{id}/retry")]
pub async fn retry_dead_letter(
    app: Data<App>,
    _: Allowed<Admins>,
    id: Path<String>,
    _body: Body<Empty>,
) -> Result<HttpResponse, Problem> {
    let id = id.parse::<Uuid>().map(DeliveryId).map_err(|_| Problem::new(Code::NotFound))?;
    let mut unit = app.store.begin().await?;
    if !unit.revive(id, clock::now()).await? {
        return Err(Problem::new(Code::NotFound));
    }
    unit.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}
