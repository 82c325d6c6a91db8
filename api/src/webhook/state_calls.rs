//! `/api/v1/webhooks/{id}/…`: other secrets, pausing, and going on.

use actix_web::{
    HttpResponse, post,
    web::{Data, Path},
};
use domain::webhook::{OVERLAP_HOURS, OVERLAP_HOURS_MAX, PausedReason};
use persistence::WebhookSecrets;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{asked::found, sign::NewSecret, view::WebhookView};
use crate::{
    answers::Guarded,
    app::App,
    auth::{Allowed, KeyKeepers},
    body::Body,
    clock,
    field::{Faults, Field},
    problem::{Code, FaultCode, Problem, ProblemDetails},
};

/// How a secret is rotated.
#[derive(Debug, Deserialize, ToSchema)]
pub struct WebhookRotation {
    /// For how many hours the secret before signs too, 0 to 168; 24 unless given.
    #[serde(default)]
    #[schema(value_type = Option<u32>, maximum = 168, example = 24)]
    overlap_hours: Field<u32>,
}

/// Gives a webhook another secret. Until the overlap is over what is sent has two signatures, so that the target may learn the new secret
/// without missing anything.
#[utoipa::path(
    operation_id = "rotate_webhook_secret", tag = "agency", security(("bearer" = [])), params(("id" = Uuid, Path)),
    request_body = WebhookRotation,
    extensions(("x-roles" = json!(["leader", "admin"]))),
    responses(
        (status = 200, body = WebhookView),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json", description = "`not_found`"),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json", description = "`contended`: somebody else does so at the same time"),
        Guarded,
    )
)]
#[post("/webhooks/{id}/rotate-secret")]
pub async fn rotate_webhook_secret(
    app: Data<App>,
    allowed: Allowed<KeyKeepers>,
    id: Path<String>,
    body: Body<WebhookRotation>,
) -> Result<HttpResponse, Problem> {
    let mut webhook = found(&app, &allowed.caller, &id).await?;
    let mut faults = Faults::default();
    let hours = faults.optional("/overlap_hours", body.value.overlap_hours).unwrap_or(OVERLAP_HOURS);
    if hours > OVERLAP_HOURS_MAX {
        faults.add_with("/overlap_hours", FaultCode::OutOfRange, format!("0–{OVERLAP_HOURS_MAX}"));
    }
    faults.finish(Some(()))?;
    let secret = NewSecret::make(&app.vault, webhook.id)?;
    let current = webhook.secrets.current.clone();
    let until = clock::now().plus(chrono::Duration::hours(hours.into()));
    webhook.secrets = WebhookSecrets { current: secret.kept, before: (hours > 0).then(|| (current.clone(), until)) };
    let mut unit = app.store.begin().await?;
    if !unit.rotate_webhook(webhook.id, &current, &webhook.secrets).await? {
        return Err(Problem::new(Code::Contended));
    }
    unit.commit().await?;
    tracing::info!(target: "audit", { webhook.id = %webhook.id, by = %allowed.caller.account }, "secret of a webhook rotated");
    Ok(HttpResponse::Ok()
        .insert_header(("cache-control", "no-store"))
        .json(WebhookView::from(webhook).with_secret(secret.told)))
}

/// Pauses a webhook: what happens from now on is held for it.
#[utoipa::path(
    operation_id = "pause_webhook", tag = "agency", security(("bearer" = [])), params(("id" = Uuid, Path)),
    extensions(("x-roles" = json!(["leader", "admin"]))),
    responses(
        (status = 200, body = WebhookView),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json", description = "`not_found`"),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json", description = "`no_effect`: it is paused"),
        Guarded,
    )
)]
#[post("/webhooks/{id}/pause")]
pub async fn pause_webhook(
    app: Data<App>,
    allowed: Allowed<KeyKeepers>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let webhook = found(&app, &allowed.caller, &id).await?;
    let mut unit = app.store.begin().await?;
    if !unit.pause_webhook(webhook.id, PausedReason::Requested, clock::now()).await? {
        return Err(Problem::new(Code::NoEffect));
    }
    unit.commit().await?;
    tracing::info!(target: "audit", { webhook.id = %webhook.id, by = %allowed.caller.account }, "webhook paused");
    Ok(HttpResponse::Ok().json(WebhookView::from(found(&app, &allowed.caller, &id).await?)))
}

/// Lets a paused webhook go on. What was held meanwhile is sent now, and tried for a day from now on.
#[utoipa::path(
    operation_id = "resume_webhook", tag = "agency", security(("bearer" = [])), params(("id" = Uuid, Path)),
    extensions(("x-roles" = json!(["leader", "admin"]))),
    responses(
        (status = 200, body = WebhookView),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json", description = "`not_found`"),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json", description = "`no_effect`: it is not paused"),
        Guarded,
    )
)]
#[post("/webhooks/{id}/resume")]
pub async fn resume_webhook(
    app: Data<App>,
    allowed: Allowed<KeyKeepers>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let webhook = found(&app, &allowed.caller, &id).await?;
    let mut unit = app.store.begin().await?;
    if !unit.resume_webhook(webhook.id, clock::now()).await? {
        return Err(Problem::new(Code::NoEffect));
    }
    unit.commit().await?;
    tracing::info!(target: "audit", { webhook.id = %webhook.id, by = %allowed.caller.account }, "webhook goes on");
    app.webhooks.due.notify_one();
    Ok(HttpResponse::Ok().json(WebhookView::from(found(&app, &allowed.caller, &id).await?)))
}
