//! That a webhook was paused by itself is said to those who keep it.

use domain::webhook::PausedReason;
use persistence::Webhook;

/// Says so, once the pause lasts.
pub(super) fn paused(webhook: &Webhook, reason: PausedReason) {
    tracing::warn!(
        target: "audit",
        { webhook.id = %webhook.id, agency = %webhook.agency, reason = %reason },
        "a webhook is paused: its target takes nothing"
    );
}
