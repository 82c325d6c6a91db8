//! What a webhook is told: that something happened to a petition, and nothing that anybody wrote.

use domain::{
    code::{AgencyCode, CategoryCode},
    id::{WebhookDeliveryId, WebhookId},
    petition::{EventKind, PetitionCode, Status},
    time::Instant,
    webhook::{DeliveryState, WebhookState, message_id},
};
use persistence::{LoggedNews, NewWebhookDelivery, Webhook};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::clock;

/// What stands before the word of an event in the type of a message.
const PETITION: &str = "petition.";
/// The type of a test.
const TEST: &str = "webhook.test";

/// The type of a message about an event of that kind.
pub(super) fn kind_of(event: EventKind) -> String {
    format!("{PETITION}{event}")
}

/// The kind of event that messages of that type are about.
pub(super) fn event_of(kind: &str) -> Option<EventKind> {
    kind.strip_prefix(PETITION).and_then(EventKind::parse)
}

/// The body of a request to the target of a webhook. Whoever wants more asks for the petition with an API key.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookMessage {
    /// `petition.` and what happened, as in a history.
    #[serde(rename = "type")]
    #[schema(example = "petition.submitted")]
    kind: String,
    /// When it happened.
    timestamp: String,
    data: WebhookData,
}

/// What happened to which petition. What is said of the petition is so when the message is made, which may be a little after the event.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookData {
    /// Whose event it is.
    #[schema(value_type = String, example = "PAKN.20220831.000042")]
    code: PetitionCode,
    /// The petition's version.
    version: u32,
    /// Where the petition stands.
    #[schema(value_type = String, example = "submitted")]
    status: Status,
    /// Who has the petition: another agency, where it was moved away.
    #[schema(value_type = String, example = "ubnd-256")]
    agency: AgencyCode,
    /// The field of the petition.
    #[schema(value_type = String, example = "chieu_sang")]
    category: CategoryCode,
    event: WebhookEvent,
}

/// The event.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookEvent {
    /// What happened, as in a history.
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "submitted")]
    kind: EventKind,
    /// The petition's version after it: its place in the history.
    seq: u32,
    /// When.
    at: String,
}

#[derive(Serialize)]
struct TestMessage {
    #[serde(rename = "type")]
    kind: &'static str,
    timestamp: String,
    data: TestData,
}

#[derive(Serialize)]
struct TestData {
    webhook: Uuid,
    agency: AgencyCode,
}

/// What a webhook is to be told of an event.
///
/// # Errors
/// As serde says.
pub(super) fn about(
    news: &LoggedNews,
    webhook: &Webhook,
    now: Instant,
) -> Result<NewWebhookDelivery, serde_json::Error> {
    let event = news.data.kind();
    let at = news.at.to_local_rfc3339();
    let message = WebhookMessage {
        kind: kind_of(event),
        timestamp: at.clone(),
        data: WebhookData {
            code: news.code.clone(),
            version: news.version,
            status: news.status,
            agency: news.holder.clone(),
            category: news.category.clone(),
            event: WebhookEvent { kind: event, seq: news.seq, at },
        },
    };
    Ok(NewWebhookDelivery {
        id: WebhookDeliveryId::new(news.at, &clock::id_randomness()),
        webhook: webhook.id,
        message: message_id(webhook.id, news.petition, news.seq),
        body: serde_json::to_string(&message)?,
        kind: message.kind,
        petition: Some(news.code.clone()),
        event_at: news.at,
        state: match webhook.state {
            WebhookState::Active => DeliveryState::Waiting,
            WebhookState::Paused => DeliveryState::Held,
        },
        next_at: now,
    })
}

/// A test.
///
/// # Errors
/// As serde says.
pub(super) fn test(
    webhook: WebhookId,
    agency: AgencyCode,
    now: Instant,
) -> Result<NewWebhookDelivery, serde_json::Error> {
    let data = TestData { webhook: webhook.0, agency };
    let message = TestMessage { kind: TEST, timestamp: now.to_local_rfc3339(), data };
    Ok(NewWebhookDelivery {
        id: WebhookDeliveryId::new(now, &clock::id_randomness()),
        webhook,
        message: format!("msg_{}", hex::encode(clock::random_bytes::<16>())),
        kind: TEST.to_owned(),
        petition: None,
        event_at: now,
        body: serde_json::to_string(&message)?,
        state: DeliveryState::Waiting,
        next_at: now,
    })
}
