//! `GET /health/live` and `/health/ready`.

use actix_web::{HttpResponse, get, web::Data};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::App,
    problem::{Problem, ProblemDetails},
};

/// That it is well.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// Always `ok`.
    status: &'static str,
}

/// The process runs.
#[utoipa::path(operation_id = "live", tag = "ops", security(()), responses((status = 200, body = Health)))]
#[get("/health/live")]
pub async fn live() -> HttpResponse {
    HttpResponse::Ok().json(Health { status: "ok" })
}

/// The process can serve: the database answers.
#[utoipa::path(
    operation_id = "ready", tag = "ops", security(()),
    responses(
        (status = 200, body = Health),
        (status = 503, body = ProblemDetails, content_type = "application/problem+json", description = "`unavailable`"),
    )
)]
#[get("/health/ready")]
pub async fn ready(app: Data<App>) -> Result<HttpResponse, Problem> {
    app.store.ping().await?;
    Ok(HttpResponse::Ok().json(Health { status: "ok" }))
}
