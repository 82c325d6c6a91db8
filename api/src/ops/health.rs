//! `GET /health/live` and `/health/ready`.

use actix_web::{HttpResponse, get, web::Data};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::App,
    clock::SetBack,
    problem::{Problem, ProblemDetails},
};

/// That it is well.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// Always `ok`.
    status: &'static str,
}

/// That it can serve.
#[derive(Debug, Serialize, ToSchema)]
pub struct Readiness {
    #[serde(flatten)]
    health: Health,
    /// The last time that the system's clock was noticed to be set back since the process started; `null`: never.
    clock_set_back: Option<SetBackView>,
}

/// That the system's clock was set back.
#[derive(Debug, Serialize, ToSchema)]
pub struct SetBackView {
    /// By the clock as it is since.
    noticed_at: String,
    /// By how much.
    #[schema(example = 3600.0)]
    by_seconds: f64,
    /// How often it happened.
    times: u64,
}

impl From<SetBack> for SetBackView {
    fn from(SetBack { noticed_at, by, times }: SetBack) -> Self {
        Self { noticed_at: noticed_at.to_local_rfc3339(), by_seconds: by.as_seconds_f64(), times }
    }
}

/// The process runs.
#[utoipa::path(operation_id = "live", tag = "ops", security(()), responses((status = 200, body = Health)))]
#[get("/health/live")]
pub async fn live() -> HttpResponse {
    HttpResponse::Ok().json(Health { status: "ok" })
}

/// The process can serve: the database answers. A clock that was set back does not keep it from serving, and is told.
#[utoipa::path(
    operation_id = "ready", tag = "ops", security(()),
    responses(
        (status = 200, body = Readiness),
        (status = 503, body = ProblemDetails, content_type = "application/problem+json", description = "`unavailable`"),
    )
)]
#[get("/health/ready")]
pub async fn ready(app: Data<App>) -> Result<HttpResponse, Problem> {
    app.store.ping().await?;
    let clock_set_back = app.clock.last().map(SetBackView::from);
    Ok(HttpResponse::Ok().json(Readiness { health: Health { status: "ok" }, clock_set_back }))
}
