//! `/api/v1/webhooks`: webhooks of agencies' own systems, kept by an administrator or the agency's leader.

use actix_web::{
    HttpResponse, delete, get, post, put,
    web::{Data, Path},
};
use domain::{
    id::WebhookId,
    webhook::{WEBHOOKS_OF_AN_AGENCY, WebhookState},
};
use persistence::{Page, Webhook, WebhookSecrets};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::{
    asked::{List, found, terms},
    sign::NewSecret,
    view::WebhookView,
};
use crate::{
    answers::Guarded,
    app::App,
    auth::{Allowed, KeyKeepers, agency_to_keep_for, agency_to_list},
    body::Body,
    clock,
    field::{Faults, Field},
    listed::Listed,
    problem::{Code, Problem, ProblemDetails},
    query::Query,
};

/// A webhook to make.
#[derive(Debug, Deserialize, ToSchema)]
pub struct WebhookBody {
    /// Where it leads: `https`, a public address, port 443 or from 1024 on, no password.
    #[serde(default)]
    #[schema(value_type = String, max_length = 2000, example = "https://vanban.example.vn/pakn")]
    url: Field<String>,
    /// What it is for, one line.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200, example = "Phần mềm quản lý văn bản")]
    name: Field<String>,
    /// The types of messages it wants; all unless given.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>, example = json!(["petition.submitted", "petition.transferred"]))]
    events: List,
    /// The fields it wants to hear of; all unless given.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>, example = json!(["chieu_sang"]))]
    categories: List,
    /// The agency; a leader's own unless given.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "ubnd-256")]
    agency: Field<String>,
}

/// What a webhook is to be from now on.
#[derive(Debug, Deserialize, ToSchema)]
pub struct WebhookChange {
    /// Where it leads, as when it is made.
    #[serde(default)]
    #[schema(value_type = String, max_length = 2000, example = "https://vanban.example.vn/pakn")]
    url: Field<String>,
    /// What it is for; nothing unless given.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200)]
    name: Field<String>,
    /// The types of messages it wants; all unless given.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>, example = json!(["petition.submitted"]))]
    events: List,
    /// The fields it wants to hear of; all unless given.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    categories: List,
}

/// Which webhooks.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WebhookQuery {
    /// For an administrator: those of one agency.
    agency: Option<String>,
    /// How many, 1 to 100; 20 unless given.
    #[param(value_type = Option<u32>)]
    limit: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Makes a webhook: an agency's own system is told from now on what the agency's desk hears, as it happens, by requests as Standard Webhooks
/// 1.0.0 has them. They are signed with the secret that is told here.
#[utoipa::path(
    operation_id = "create_webhook", tag = "agency", security(("bearer" = [])), request_body = WebhookBody,
    extensions(("x-roles" = json!(["leader", "admin"]))),
    responses(
        (status = 201, body = WebhookView),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json", description = "`too_many`"),
        Guarded,
    )
)]
#[post("/webhooks")]
pub async fn create_webhook(
    app: Data<App>,
    allowed: Allowed<KeyKeepers>,
    body: Body<WebhookBody>,
) -> Result<HttpResponse, Problem> {
    let WebhookBody { url, name, events, categories, agency } = body.value;
    let mut faults = Faults::default();
    let terms = terms(&mut faults, &app, (url, name), (events, categories));
    let agency = agency_to_keep_for(&mut faults, agency, &allowed.caller, &app);
    let (terms, agency) = faults.finish(terms.zip(agency))?;
    let now = clock::now();
    let id = WebhookId::new(now, &clock::id_randomness());
    let secret = NewSecret::make(&app.vault, id)?;
    let webhook = Webhook {
        id,
        agency,
        name: terms.name,
        url: terms.url,
        interest: terms.interest,
        state: WebhookState::Active,
        paused: None,
        secrets: WebhookSecrets { current: secret.kept, before: None },
        failing_since: None,
        last_delivered_at: None,
        created_by: allowed.caller.account,
        created_at: now,
    };
    let mut unit = app.store.begin().await?;
    let most = u64::try_from(WEBHOOKS_OF_AN_AGENCY).unwrap_or(u64::MAX);
    if unit.count_webhooks(&webhook.agency).await? >= most {
        return Err(Problem::with(Code::TooMany, format!("max {most}")));
    }
    unit.add_webhook(&webhook).await?;
    unit.commit().await?;
    tracing::info!(target: "audit", { webhook.id = %id, by = %allowed.caller.account }, "webhook made");
    Ok(HttpResponse::Created()
        .insert_header(("cache-control", "no-store"))
        .json(WebhookView::from(webhook).with_secret(secret.told)))
}

/// The webhooks of the caller's agency, for an administrator of all; newest first.
#[utoipa::path(
    operation_id = "webhooks", tag = "agency", security(("bearer" = [])), params(WebhookQuery),
    extensions(("x-roles" = json!(["leader", "admin"]))),
    responses((status = 200, body = Listed<WebhookView>), Guarded)
)]
#[get("/webhooks")]
pub async fn list_webhooks(
    app: Data<App>,
    allowed: Allowed<KeyKeepers>,
    Query(query): Query<WebhookQuery>,
) -> Result<HttpResponse, Problem> {
    let mut faults = Faults::default();
    let limit = faults.limit(query.limit.as_deref());
    let after = faults.id_cursor(query.cursor.as_deref()).map(WebhookId);
    let agency = agency_to_list(&mut faults, query.agency.as_deref(), &allowed.caller, &app);
    faults.finish(Some(()))?;
    let found = app.store.webhooks(agency.as_ref(), Page { after, limit: limit + 1 }).await?;
    let page = Listed::of(found, limit, |webhook| webhook.id.0.to_string());
    Ok(HttpResponse::Ok().json(page.map(WebhookView::from)))
}

/// A webhook, and how it fares.
#[utoipa::path(
    operation_id = "webhook", tag = "agency", security(("bearer" = [])), params(("id" = Uuid, Path)),
    extensions(("x-roles" = json!(["leader", "admin"]))),
    responses(
        (status = 200, body = WebhookView),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json", description = "`not_found`"),
        Guarded,
    )
)]
#[get("/webhooks/{id}")]
pub async fn show_webhook(
    app: Data<App>,
    allowed: Allowed<KeyKeepers>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let webhook = found(&app, &allowed.caller, &id).await?;
    Ok(HttpResponse::Ok().json(WebhookView::from(webhook)))
}

/// Changes where a webhook leads, what it is for and what it wants. What it is told already stays as it is, and goes where it leads then.
#[utoipa::path(
    operation_id = "change_webhook", tag = "agency", security(("bearer" = [])), params(("id" = Uuid, Path)),
    request_body = WebhookChange,
    extensions(("x-roles" = json!(["leader", "admin"]))),
    responses(
        (status = 200, body = WebhookView),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json", description = "`not_found`"),
        Guarded,
    )
)]
#[put("/webhooks/{id}")]
pub async fn change_webhook(
    app: Data<App>,
    allowed: Allowed<KeyKeepers>,
    id: Path<String>,
    body: Body<WebhookChange>,
) -> Result<HttpResponse, Problem> {
    let webhook = found(&app, &allowed.caller, &id).await?;
    let WebhookChange { url, name, events, categories } = body.value;
    let mut faults = Faults::default();
    let terms = terms(&mut faults, &app, (url, name), (events, categories));
    let terms = faults.finish(terms)?;
    let mut unit = app.store.begin().await?;
    if !unit.change_webhook(webhook.id, terms.name.as_deref(), &terms.url, &terms.interest).await? {
        return Err(Problem::new(Code::NotFound));
    }
    unit.commit().await?;
    tracing::info!(target: "audit", { webhook.id = %webhook.id, by = %allowed.caller.account }, "webhook changed");
    let changed = found(&app, &allowed.caller, &id).await?;
    Ok(HttpResponse::Ok().json(WebhookView::from(changed)))
}

/// Removes a webhook, with what it was told and what it was to be told.
#[utoipa::path(
    operation_id = "delete_webhook", tag = "agency", security(("bearer" = [])), params(("id" = Uuid, Path)),
    extensions(("x-roles" = json!(["leader", "admin"]))),
    responses(
        (status = 204),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json", description = "`not_found`"),
        Guarded,
    )
)]
#[delete("/webhooks/{id}")]
pub async fn delete_webhook(
    app: Data<App>,
    allowed: Allowed<KeyKeepers>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let webhook = found(&app, &allowed.caller, &id).await?;
    loop {
        let mut unit = app.store.begin().await?;
        let more = unit.forget_deliveries(webhook.id).await?;
        if !more && !unit.forget_webhook(webhook.id).await? {
            return Err(Problem::new(Code::NotFound));
        }
        unit.commit().await?;
        if !more {
            break;
        }
    }
    tracing::info!(target: "audit", { webhook.id = %webhook.id, by = %allowed.caller.account }, "webhook removed");
    Ok(HttpResponse::NoContent().finish())
}
