//! `GET /api/v1/me/sessions`, `DELETE /api/v1/me/sessions`, `DELETE /api/v1/me/sessions/{id}`: the devices that are signed in.

use actix_web::{HttpResponse, delete, get, web::Data, web::Path};
use domain::id::SessionId;
use persistence::OpenSession;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::SignedIn;
use crate::{
    answers::Guarded,
    app::App,
    clock,
    field::Faults,
    listed::Listed,
    problem::{Code, Problem, ProblemDetails},
    query::Query,
};

/// A device that is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionView {
    /// Its id.
    id: Uuid,
    /// What the device calls itself.
    #[schema(example = "PAKN/2.1 (Android 15; SM-A256E)")]
    device: Option<String>,
    /// Since when it is signed in.
    created_at: String,
    /// When it last got an access token.
    last_used_at: String,
    /// When it is signed out unless it is used.
    expires_at: String,
    /// Whether it is the one that asks.
    current: bool,
}

impl SessionView {
    fn of(session: OpenSession, own: SessionId) -> Self {
        Self {
            id: session.id.0,
            device: session.device,
            created_at: session.began_at.to_local_rfc3339(),
            last_used_at: session.last_used_at.to_local_rfc3339(),
            expires_at: session.expires_at.to_local_rfc3339(),
            current: session.id == own,
        }
    }
}

/// A page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SessionsQuery {
    /// How many, 1 to 100; 20 unless given.
    #[param(value_type = Option<u32>)]
    limit: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// The caller's devices that are signed in, the newest first.
#[utoipa::path(
    operation_id = "my_sessions", tag = "auth", security(("bearer" = [])), params(SessionsQuery),
    responses((status = 200, body = Listed<SessionView>), Guarded)
)]
#[get("/me/sessions")]
pub async fn my_sessions(
    app: Data<App>,
    SignedIn(caller): SignedIn,
    Query(query): Query<SessionsQuery>,
) -> Result<HttpResponse, Problem> {
    let mut faults = Faults::default();
    let limit = faults.limit(query.limit.as_deref());
    let before = faults.id_cursor(query.cursor.as_deref()).map(SessionId);
    faults.finish(Some(()))?;
    let found = app.store.open_sessions(caller.account, before, limit + 1, clock::now()).await?;
    let page = Listed::of(found, limit, |session| session.id.0.to_string());
    Ok(HttpResponse::Ok().json(page.map(|session| SessionView::of(session, caller.session))))
}

/// Signs a device of the caller's out, and its access token: here at once, on other servers within seconds.
#[utoipa::path(
    operation_id = "end_session", tag = "auth", security(("bearer" = [])), params(("id" = Uuid, Path)),
    responses(
        (status = 204),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json"),
        Guarded,
    )
)]
#[delete("/me/sessions/{id}")]
pub async fn end_session(
    app: Data<App>,
    SignedIn(caller): SignedIn,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = id.parse::<Uuid>().map(SessionId).map_err(|_| Problem::new(Code::NotFound))?;
    let mut unit = app.store.begin().await?;
    if !unit.end_own_session(caller.account, id, clock::now()).await? {
        return Err(Problem::new(Code::NotFound));
    }
    unit.commit().await?;
    app.refresh_revoked().await;
    Ok(HttpResponse::NoContent().finish())
}

/// Signs all of the caller's devices out but the one that asks.
#[utoipa::path(
    operation_id = "end_other_sessions", tag = "auth", security(("bearer" = [])),
    responses((status = 204), Guarded)
)]
#[delete("/me/sessions")]
pub async fn end_other_sessions(app: Data<App>, SignedIn(caller): SignedIn) -> Result<HttpResponse, Problem> {
    let mut unit = app.store.begin().await?;
    unit.end_other_sessions(caller.account, caller.session, clock::now()).await?;
    unit.commit().await?;
    app.refresh_revoked().await;
    Ok(HttpResponse::NoContent().finish())
}
