//! Webhooks: agencies' own systems are told what their desk hears, as Standard Webhooks 1.0.0 has it.
//!
//! `gather` follows the log and keeps what each webhook is to be told; `sender` sends what is due, `target` sees to it that nothing is
//! sent where it should not be, `sign` signs it. When something is sent again and when a webhook is paused is `domain::webhook`'s to say.

mod asked;
mod calls;
mod delivery_calls;
mod gather;
mod message;
mod notice;
mod sender;
mod settings;
mod sign;
mod state_calls;
mod target;
mod view;

use tokio::sync::Notify;

pub use calls::{change_webhook, create_webhook, delete_webhook, list_webhooks, show_webhook};
pub use delivery_calls::{list_webhook_deliveries, redeliver_webhook, test_webhook};
pub use message::WebhookMessage;
pub use settings::WebhookSettings;
pub use state_calls::{pause_webhook, resume_webhook, rotate_webhook_secret};
use target::Targets;

/// What a server needs to tell webhooks.
#[derive(Debug)]
pub struct Webhooks {
    targets: Targets,
    /// For how many days deliveries are kept.
    pub keep_days: u32,
    /// Wakes the sender before its time.
    due: Notify,
}

impl Webhooks {
    /// As the settings say.
    ///
    /// # Errors
    /// When there is no TLS.
    pub fn new(settings: &WebhookSettings) -> Result<Self, reqwest::Error> {
        Ok(Self { targets: Targets::new(settings)?, keep_days: settings.keep_days, due: Notify::new() })
    }
}
