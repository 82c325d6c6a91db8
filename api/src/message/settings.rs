//! Settings of push messages: the files that their carriers give an operator, and where the carriers are.

use std::path::PathBuf;

use clap::{
    Args,
    builder::{OsStringValueParser, TypedValueParser},
};

/// How push messages reach phones. A carrier that is not set up is not used; an empty name of a file is none, as compose gives it.
#[derive(Debug, Clone, Args)]
pub struct PushSettings {
    /// Push to Android: the JSON file of a service account of the Firebase project, which may send messages (Firebase console, Project settings,
    /// Service accounts).
    #[arg(long, env = "PAKN_FCM_SERVICE_ACCOUNT", value_parser = OsStringValueParser::new().map(PathBuf::from), global = true)]
    pub fcm_service_account: Option<PathBuf>,
    /// Where Firebase Cloud Messaging is.
    #[arg(long, env = "PAKN_FCM_URL", default_value = "https://fcm.googleapis.com", global = true)]
    pub fcm_url: String,
    /// Push to iOS: the file of the key (`AuthKey_….p8`) that signs tokens for Apple.
    #[arg(long, env = "PAKN_APNS_KEY", value_parser = OsStringValueParser::new().map(PathBuf::from), global = true)]
    pub apns_key: Option<PathBuf>,
    /// The id of that key: ten letters and digits.
    #[arg(long, env = "PAKN_APNS_KEY_ID", global = true)]
    pub apns_key_id: Option<String>,
    /// The id of the team that it belongs to.
    #[arg(long, env = "PAKN_APNS_TEAM_ID", global = true)]
    pub apns_team_id: Option<String>,
    /// The app: its bundle id.
    #[arg(long, env = "PAKN_APNS_TOPIC", global = true)]
    pub apns_topic: Option<String>,
    /// Where the Apple Push Notification service is; `https://api.sandbox.push.apple.com` for an app that is being developed.
    #[arg(long, env = "PAKN_APNS_URL", default_value = "https://api.push.apple.com", global = true)]
    pub apns_url: String,
    /// For how many seconds a server has a message to itself. Longer than a carrier takes (15 seconds at the most): after it another
    /// server sends it again.
    #[arg(long, env = "PAKN_MESSAGE_LEASE_SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=3600), global = true)]
    pub message_lease_seconds: u32,
}

impl Default for PushSettings {
    fn default() -> Self {
        /// A command line without any argument, so that no default stands in two places.
        #[derive(clap::Parser)]
        struct Bare {
            #[command(flatten)]
            push: PushSettings,
        }
        <Bare as clap::Parser>::parse_from(["pakn"]).push
    }
}
