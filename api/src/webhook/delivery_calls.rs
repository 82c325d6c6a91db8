//! `/api/v1/webhooks/{id}/deliveries`: what a webhook was told; a test, and telling it again.

use actix_web::{
    HttpResponse, get, post,
    web::{Data, Path},
};
use domain::{
    id::WebhookDeliveryId,
    webhook::{DeliveryState, WebhookState},
};
use persistence::{Page, WebhookDeliveryFilter};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{asked::found, message::test, view::WebhookDeliveryView};
use crate::{
    answers::Guarded,
    app::App,
    auth::{Allowed, KeyKeepers},
    body::Body,
    clock,
    field::{Faults, Field},
    listed::Listed,
    problem::{Code, FaultCode, Problem, ProblemDetails},
    query::Query,
};

/// Which deliveries.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DeliveryQuery {
    /// Those that are `waiting`, `held`, `delivered` or `failed`; all unless given.
    state: Option<String>,
    /// How many, 1 to 100; 20 unless given.
    #[param(value_type = Option<u32>)]
    limit: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// What is to be sent again.
#[derive(Debug, Deserialize, ToSchema)]
pub struct RedeliveryBody {
    /// Events at or after that instant, or from the beginning of that day on.
    #[serde(default)]
    #[schema(value_type = String, example = "2022-08-31T00:00:00+07:00")]
    from: Field<String>,
    /// Events before that instant or day.
    #[serde(default)]
    #[schema(value_type = String, example = "2022-09-01T00:00:00+07:00")]
    to: Field<String>,
}

/// What is sent again.
#[derive(Debug, Serialize, ToSchema)]
pub struct Redelivery {
    /// How many deliveries were `delivered` or `failed`, and are `waiting` now.
    deliveries: u64,
}

/// What a webhook was told and will be, by the instants of the events, the latest first. It is kept for 30 days unless the operator says
/// otherwise.
#[utoipa::path(
    operation_id = "webhook_deliveries", tag = "agency", security(("bearer" = [])), params(("id" = Uuid, Path), DeliveryQuery),
    extensions(("x-roles" = json!(["leader", "admin"]))),
    responses(
        (status = 200, body = Listed<WebhookDeliveryView>),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json", description = "`not_found`"),
        Guarded,
    )
)]
#[get("/webhooks/{id}/deliveries")]
pub async fn list_webhook_deliveries(
    app: Data<App>,
    allowed: Allowed<KeyKeepers>,
    id: Path<String>,
    Query(query): Query<DeliveryQuery>,
) -> Result<HttpResponse, Problem> {
    let webhook = found(&app, &allowed.caller, &id).await?;
    let mut faults = Faults::default();
    let limit = faults.limit(query.limit.as_deref());
    let after = faults.id_cursor(query.cursor.as_deref()).map(WebhookDeliveryId);
    let state = query
        .state
        .as_deref()
        .and_then(|raw| faults.word("/state", raw, DeliveryState::parse, DeliveryState::ALL, DeliveryState::as_str));
    faults.finish(Some(()))?;
    let filter = WebhookDeliveryFilter { webhook: webhook.id, state };
    let found = app.store.deliveries(filter, Page { after, limit: limit + 1 }).await?;
    let page = Listed::of(found, limit, |delivery| delivery.id.0.to_string());
    Ok(HttpResponse::Ok().json(page.map(WebhookDeliveryView::from)))
}

/// Sends a message of the type `webhook.test`, once, also while the webhook is paused. What came of it is among the deliveries.
#[utoipa::path(
    operation_id = "test_webhook", tag = "agency", security(("bearer" = [])), params(("id" = Uuid, Path)),
    extensions(("x-roles" = json!(["leader", "admin"]))),
    responses(
        (status = 202, body = WebhookDeliveryView),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json", description = "`not_found`"),
        Guarded,
    )
)]
#[post("/webhooks/{id}/test")]
pub async fn test_webhook(
    app: Data<App>,
    allowed: Allowed<KeyKeepers>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let webhook = found(&app, &allowed.caller, &id).await?;
    let test = test(webhook.id, webhook.agency, clock::now()).map_err(Problem::internal)?;
    let mut unit = app.store.begin().await?;
    unit.add_deliveries(std::slice::from_ref(&test)).await?;
    unit.commit().await?;
    app.webhooks.due.notify_one();
    Ok(HttpResponse::Accepted().json(WebhookDeliveryView::from(test)))
}

/// Sends again what a webhook was told of the events of a time, with the same `webhook-id`s: what was delivered, and what was given up.
#[utoipa::path(
    operation_id = "redeliver_webhook", tag = "agency", security(("bearer" = [])), params(("id" = Uuid, Path)),
    request_body = RedeliveryBody,
    extensions(("x-roles" = json!(["leader", "admin"]))),
    responses(
        (status = 202, body = Redelivery),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json", description = "`not_found`"),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json", description = "`webhook_paused`: resume it first"),
        Guarded,
    )
)]
#[post("/webhooks/{id}/redeliver")]
pub async fn redeliver_webhook(
    app: Data<App>,
    allowed: Allowed<KeyKeepers>,
    id: Path<String>,
    body: Body<RedeliveryBody>,
) -> Result<HttpResponse, Problem> {
    let webhook = found(&app, &allowed.caller, &id).await?;
    let mut faults = Faults::default();
    let mut instant = |pointer: &str, field| {
        let raw = faults.required(pointer, field);
        faults.instant(pointer, raw.as_deref())
    };
    let (from, to) = (instant("/from", body.value.from), instant("/to", body.value.to));
    let range = from.zip(to);
    if range.is_some_and(|(from, to)| from >= to) {
        faults.add("/to", FaultCode::EmptyPeriod);
    }
    let (from, to) = faults.finish(range)?;
    if webhook.state == WebhookState::Paused {
        return Err(Problem::new(Code::WebhookPaused));
    }
    let (mut deliveries, mut after) = (0, None);
    loop {
        let mut unit = app.store.begin().await?;
        let (sent, last) = unit.send_again(webhook.id, from, to, after, clock::now()).await?;
        unit.commit().await?;
        app.webhooks.due.notify_one();
        deliveries += sent;
        if last.is_none() {
            break;
        }
        after = last;
    }
    tracing::info!(
        target: "audit", { webhook.id = %webhook.id, by = %allowed.caller.account, deliveries }, "a webhook is told again"
    );
    Ok(HttpResponse::Accepted().json(Redelivery { deliveries }))
}
