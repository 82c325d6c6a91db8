//! Webhooks: what agencies' own systems are told, when they are told again, and where nothing is sent.
//!
//! The form is that of Standard Webhooks 1.0.0 (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>).

mod address;
mod retry;

pub use address::AllowedNetworks;
pub use retry::{DELAYS_SECS, Sequel, Tried, sequel};

use crate::{
    chain::Digest,
    code::CategoryCode,
    id::{PetitionId, WebhookId},
    petition::EventKind,
    vocabulary::vocabulary,
};

/// How many webhooks an agency may have.
pub const WEBHOOKS_OF_AN_AGENCY: usize = 10;

/// The longest address of a target, in bytes.
pub const URL_MAX: usize = 2_000;

/// For how many hours the secret before still signs after a rotation, unless somebody says otherwise; and at the most.
pub const OVERLAP_HOURS: u32 = 24;
/// See [`OVERLAP_HOURS`].
pub const OVERLAP_HOURS_MAX: u32 = 7 * 24;

vocabulary! {
    /// Whether a webhook is told anything.
    WebhookState {
        /// It is told what happens.
        Active = "active",
        /// What happens is held for it.
        Paused = "paused",
    }
}

vocabulary! {
    /// Why a webhook is paused.
    PausedReason {
        /// Somebody asked for it.
        Requested = "requested",
        /// The target answered 410 Gone.
        Gone = "gone",
        /// Nothing got through for as long as a delivery is tried.
        Failing = "failing",
    }
}

vocabulary! {
    /// Where a delivery stands.
    DeliveryState {
        /// It is sent, or sent again.
        Waiting = "waiting",
        /// Its webhook is paused; it is sent when that ends.
        Held = "held",
        /// The target took it.
        Delivered = "delivered",
        /// It was given up; it is sent again when somebody asks for it.
        Failed = "failed",
    }
}

vocabulary! {
    /// What came of a try.
    Outcome {
        /// The target answered 2xx.
        Delivered = "delivered",
        /// It answered 410: it wants nothing more.
        Gone = "gone",
        /// It answered 3xx. Redirections are not followed.
        Redirected = "redirected",
        /// It answered with any other status.
        Refused = "refused",
        /// It did not answer in time.
        TimedOut = "timed_out",
        /// Its name has no address.
        UnknownName = "unknown_name",
        /// It has no address that may be connected to.
        ForbiddenAddress = "forbidden_address",
        /// It could not be connected to, or the connection broke.
        ConnectionFailed = "connection_failed",
    }
}

impl Outcome {
    /// What an answer of that HTTP status means.
    pub fn of_status(status: u16) -> Self {
        match status {
            200..=299 => Self::Delivered,
            300..=399 => Self::Redirected,
            410 => Self::Gone,
            _ => Self::Refused,
        }
    }
}

/// What a webhook wants to be told, of what its agency's desk hears.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Interest {
    /// Of these kinds of events; empty: all.
    pub events: Vec<EventKind>,
    /// Of petitions of these fields; empty: all.
    pub categories: Vec<CategoryCode>,
}

impl Interest {
    /// Whether it covers an event of that kind, of a petition that is in that field.
    pub fn covers(&self, kind: EventKind, category: &CategoryCode) -> bool {
        (self.events.is_empty() || self.events.contains(&kind))
            && (self.categories.is_empty() || self.categories.contains(category))
    }
}

/// The `webhook-id` of what a webhook is told of an event: the same however often it is sent, and whatever was forgotten in between.
pub fn message_id(webhook: WebhookId, petition: PetitionId, seq: u32) -> String {
    let digest = Digest::of(&[b"webhook message\0", webhook.0.as_bytes(), petition.0.as_bytes(), &seq.to_be_bytes()]);
    let hex = digest.to_string();
    format!("msg_{}", hex.get(..32).unwrap_or(&hex))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_message_has_one_id_and_no_other_has_it() {
        let (webhook, petition) = (WebhookId(Uuid::from_u128(1)), PetitionId(Uuid::from_u128(2)));
        let id = message_id(webhook, petition, 3);
        assert_eq!(id, message_id(webhook, petition, 3));
        assert!(id.len() == 36 && id.starts_with("msg_"), "{id}");
        for other in [
            message_id(WebhookId(petition.0), PetitionId(webhook.0), 3),
            message_id(webhook, petition, 4),
            message_id(WebhookId(Uuid::from_u128(5)), petition, 3),
        ] {
            assert_ne!(id, other);
        }
    }

    #[test]
    fn an_empty_filter_takes_all_and_both_must_agree() {
        let [lamps, rubbish] = ["chieu_sang", "moi_truong"].map(|code| CategoryCode::parse(code).unwrap());
        assert!(Interest::default().covers(EventKind::Noted, &lamps));
        let narrow = Interest { events: vec![EventKind::Submitted], categories: vec![lamps.clone()] };
        assert!(narrow.covers(EventKind::Submitted, &lamps));
        assert!(!narrow.covers(EventKind::Submitted, &rubbish) && !narrow.covers(EventKind::Received, &lamps));
    }

    #[test]
    fn a_status_says_what_came_of_it() {
        let outcomes = [200, 204, 299, 301, 307, 400, 404, 410, 429, 500, 503, 101].map(Outcome::of_status);
        let (yes, no) = (Outcome::Delivered, Outcome::Refused);
        let moved = Outcome::Redirected;
        assert_eq!(outcomes, [yes, yes, yes, moved, moved, no, no, Outcome::Gone, no, no, no, no]);
    }
}
