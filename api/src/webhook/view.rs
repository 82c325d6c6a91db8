//! Webhooks and deliveries, as they are shown.

use domain::{
    code::{AgencyCode, CategoryCode},
    petition::PetitionCode,
    time::Instant,
    webhook::{DeliveryState, Outcome, PausedReason, WebhookState},
};
use persistence::{NewWebhookDelivery, Webhook, WebhookDelivery};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::message::kind_of;
use crate::clock;

/// A webhook.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookView {
    id: Uuid,
    /// Where it leads.
    #[schema(example = "https://vanban.example.vn/pakn")]
    url: String,
    /// What it is for.
    name: Option<String>,
    /// The agency.
    #[schema(value_type = String, example = "ubnd-256")]
    agency: AgencyCode,
    /// The types of messages it wants; empty: all.
    #[schema(example = json!(["petition.submitted"]))]
    events: Vec<String>,
    /// The fields it wants to hear of; empty: all.
    #[schema(value_type = Vec<String>)]
    categories: Vec<CategoryCode>,
    /// `active`, or `paused`: then what happens is held for it.
    #[schema(value_type = String, example = "active")]
    state: WebhookState,
    /// Why it is paused: `requested`; `gone`, its target answered 410; `failing`, nothing got through for a day.
    #[schema(value_type = Option<String>)]
    paused_reason: Option<PausedReason>,
    paused_at: Option<String>,
    /// When the first try was made that failed after the last that got through.
    failing_since: Option<String>,
    /// When something last got through, within a minute.
    last_delivered_at: Option<String>,
    /// Until when the secret before signs too.
    old_secret_until: Option<String>,
    created_at: String,
    /// What it is signed with; told when it is made and when it is rotated, and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw5QwkkJ4JLxE=")]
    secret: Option<String>,
}

impl WebhookView {
    /// The same, with the secret that it has just got.
    pub(super) fn with_secret(self, secret: String) -> Self {
        Self { secret: Some(secret), ..self }
    }
}

impl From<Webhook> for WebhookView {
    fn from(webhook: Webhook) -> Self {
        let until = webhook.secrets.before.map(|(_, until)| until).filter(|until| clock::now() < *until);
        Self {
            id: webhook.id.0,
            url: webhook.url,
            name: webhook.name,
            agency: webhook.agency,
            events: webhook.interest.events.into_iter().map(kind_of).collect(),
            categories: webhook.interest.categories,
            state: webhook.state,
            paused_reason: webhook.paused.map(|(reason, _)| reason),
            paused_at: webhook.paused.map(|(_, at)| at.to_local_rfc3339()),
            failing_since: webhook.failing_since.map(Instant::to_local_rfc3339),
            last_delivered_at: webhook.last_delivered_at.map(Instant::to_local_rfc3339),
            old_secret_until: until.map(Instant::to_local_rfc3339),
            created_at: webhook.created_at.to_local_rfc3339(),
            secret: None,
        }
    }
}

/// What a webhook was told of an event, or will be.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookDeliveryView {
    /// The `webhook-id` of every try.
    #[schema(example = "msg_9f86d081884c7d659a2feaa0c55ad015")]
    id: String,
    /// The type of the message.
    #[serde(rename = "type")]
    #[schema(example = "petition.submitted")]
    kind: String,
    /// Of which petition; `null` for a test.
    #[schema(value_type = Option<String>)]
    code: Option<PetitionCode>,
    /// When the event happened.
    event_at: String,
    /// `waiting`; `held`, since the webhook is paused; `delivered`; `failed`: it is not tried any more unless it is asked for.
    #[schema(value_type = String, example = "delivered")]
    state: DeliveryState,
    /// When it is tried next; while it is being sent, when it would be if nothing came of that.
    next_try_at: Option<String>,
    /// Its last twenty tries, the newest last.
    attempts: Vec<WebhookAttemptView>,
}

/// A try.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookAttemptView {
    at: String,
    /// `delivered`: 2xx; `gone`: 410; `redirected`: 3xx, which is not followed; `refused`: any other status; `timed_out`;
    /// `unknown_name`: it has no address; `forbidden_address`: it has none that may be connected to; `connection_failed`.
    #[schema(value_type = String, example = "delivered")]
    outcome: Outcome,
    /// The HTTP status of the answer.
    status: Option<u16>,
    /// How long it took, in milliseconds.
    took_ms: u32,
}

impl From<WebhookDelivery> for WebhookDeliveryView {
    fn from(delivery: WebhookDelivery) -> Self {
        let attempts = delivery.attempts.into_iter().map(|attempt| WebhookAttemptView {
            at: attempt.at.to_local_rfc3339(),
            outcome: attempt.outcome,
            status: attempt.status,
            took_ms: attempt.took_ms,
        });
        Self {
            id: delivery.message,
            kind: delivery.kind,
            code: delivery.petition,
            event_at: delivery.event_at.to_local_rfc3339(),
            state: delivery.state,
            next_try_at: next_try(delivery.state, delivery.next_at),
            attempts: attempts.collect(),
        }
    }
}

impl From<NewWebhookDelivery> for WebhookDeliveryView {
    fn from(new: NewWebhookDelivery) -> Self {
        Self {
            id: new.message,
            kind: new.kind,
            code: new.petition,
            event_at: new.event_at.to_local_rfc3339(),
            state: new.state,
            next_try_at: next_try(new.state, new.next_at),
            attempts: Vec::new(),
        }
    }
}

fn next_try(state: DeliveryState, at: Instant) -> Option<String> {
    match state {
        DeliveryState::Waiting => Some(at.to_local_rfc3339()),
        DeliveryState::Held | DeliveryState::Delivered | DeliveryState::Failed => None,
    }
}
