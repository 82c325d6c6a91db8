//! What an operator sets for webhooks.

use clap::Args;
use domain::webhook::AllowedNetworks;

/// Webhooks of agencies' systems.
#[derive(Debug, Clone, Args)]
pub struct WebhookSettings {
    /// Networks in which targets of webhooks may lie though they are not public, separated by commas: `10.20.0.0/16,192.168.7.5`. Plain http
    /// is taken there. `true`: this machine and all private networks, but for link-local addresses.
    #[arg(long = "webhook-allow-private", env = "PAKN_WEBHOOK_ALLOW_PRIVATE", default_value = "false", value_parser = AllowedNetworks::parse, global = true)]
    pub allow_private: AllowedNetworks,
    /// Seconds that a target may take to answer.
    #[arg(long = "webhook-timeout", env = "PAKN_WEBHOOK_TIMEOUT", default_value_t = 15, value_parser = clap::value_parser!(u16).range(1..=60), global = true)]
    pub timeout: u16,
    /// For how many days it is kept what webhooks were told, and held what a paused one was not.
    #[arg(long = "keep-webhook-days", env = "PAKN_KEEP_WEBHOOK_DAYS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(2..), global = true)]
    pub keep_days: u32,
}

impl Default for WebhookSettings {
    fn default() -> Self {
        Self { allow_private: AllowedNetworks::default(), timeout: 15, keep_days: 30 }
    }
}
