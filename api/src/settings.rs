//! Settings: flags and `PAKN_*` variables, all of them in `--help`.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, ValueEnum};
use domain::{catalogue::Policy, erasure::ErasureTerms};
use persistence::StoreOptions;
use secrecy::{ExposeSecret, SecretString};

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For a person.
    Text,
    /// One JSON object a line.
    Json,
}

/// When the cookie of the page is marked `Secure`: sent over https alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CookieSecure {
    /// When the browser (`Origin`) or the proxy (`X-Forwarded-Proto`, `Forwarded`) says that the page was asked for over https.
    Auto,
    /// Always: nobody can sign in over plain http, except on localhost.
    Always,
    /// Never: only where nothing but plain http is spoken.
    Never,
}

/// What every command takes.
#[derive(Debug, Clone, Args)]
pub struct Settings {
    /// The folder of database, keys and files.
    #[arg(long, env = "PAKN_DATA_DIR", default_value = "./data", global = true)]
    pub data_dir: PathBuf,
    /// `sqlite://PATH` or `postgres://USER:PASSWORD@HOST/DATABASE`; by default SQLite in the data folder.
    #[arg(long, env = "PAKN_DATABASE_URL", hide_env_values = true, global = true)]
    pub database_url: Option<SecretString>,
    /// The most database connections (on SQLite: for reading).
    #[arg(long, env = "PAKN_DATABASE_CONNECTIONS", default_value_t = 16, global = true)]
    pub database_connections: u32,
    /// What is logged, in the syntax of tracing's EnvFilter.
    #[arg(long, env = "PAKN_LOG", default_value = "info", global = true)]
    pub log: String,
    /// How log lines look.
    #[arg(long, env = "PAKN_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text, global = true)]
    pub log_format: LogFormat,
}

impl Settings {
    /// Where the database is.
    pub fn store(&self) -> StoreOptions {
        let url = match &self.database_url {
            Some(url) => url.expose_secret().to_owned(),
            None => format!("sqlite://{}", self.data_dir.join("pakn.sqlite").display()),
        };
        StoreOptions { url, max_connections: self.database_connections.max(1) }
    }
}

/// How consent counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ConsentRule {
    /// It is kept where it is given. Agencies of the state process petitions by law.
    #[default]
    Recorded,
    /// Without it nobody registers or sends a petition.
    Required,
}

/// The terms of personal data. What the law says of them is known from summaries alone, so each may be set.
#[derive(Debug, Clone, Args)]
pub struct PrivacySettings {
    /// Whether people must consent to the processing of their data.
    #[arg(long, env = "PAKN_CONSENT", value_enum, default_value_t = ConsentRule::Recorded, global = true)]
    pub consent: ConsentRule,
    /// Working days until a request to be erased must be answered.
    #[arg(long, env = "PAKN_ERASURE_ANSWER_DAYS", default_value_t = ErasureTerms::default().answer_working_days, global = true)]
    pub erasure_answer_days: u16,
    /// Days until a request to be erased is done.
    #[arg(long, env = "PAKN_ERASURE_DAYS", default_value_t = ErasureTerms::default().complete_days, global = true)]
    pub erasure_days: u16,
    /// By how many days a request to be erased may be put off, once.
    #[arg(long, env = "PAKN_ERASURE_EXTENSION_DAYS", default_value_t = ErasureTerms::default().extend_days, global = true)]
    pub erasure_extension_days: u16,
    /// For how many days after its last event the words of a settled petition are kept; for ever unless given.
    #[arg(long, env = "PAKN_KEEP_WORDS_DAYS", global = true)]
    pub keep_words_days: Option<u32>,
    /// For how many days it is kept who was shown whose data.
    #[arg(long, env = "PAKN_KEEP_ACCESS_LOG_DAYS", default_value_t = 730, global = true)]
    pub keep_access_log_days: u32,
    /// For how many days an Idempotency-Key is good.
    #[arg(long, env = "PAKN_KEEP_IDEMPOTENCY_DAYS", default_value_t = 90, global = true)]
    pub keep_idempotency_days: u32,
    /// For how many days sessions are kept that have ended.
    #[arg(long, env = "PAKN_KEEP_SESSIONS_DAYS", default_value_t = 90, global = true)]
    pub keep_sessions_days: u32,
}

impl PrivacySettings {
    /// The times of requests to be erased.
    pub fn erasure_terms(&self) -> ErasureTerms {
        ErasureTerms {
            answer_working_days: self.erasure_answer_days,
            complete_days: self.erasure_days,
            extend_days: self.erasure_extension_days,
        }
    }
}

impl Default for PrivacySettings {
    fn default() -> Self {
        let ErasureTerms { answer_working_days, complete_days, extend_days } = ErasureTerms::default();
        Self {
            consent: ConsentRule::default(),
            erasure_answer_days: answer_working_days,
            erasure_days: complete_days,
            erasure_extension_days: extend_days,
            keep_words_days: None,
            keep_access_log_days: 730,
            keep_idempotency_days: 90,
            keep_sessions_days: 90,
        }
    }
}

/// What only `pakn serve` uses.
#[derive(Debug, Clone, Args)]
pub struct ServeSettings {
    /// The address to listen on.
    #[arg(long, env = "PAKN_LISTEN", default_value = "127.0.0.1:8080", global = true)]
    pub listen: SocketAddr,
    /// Threads that serve requests; by default one for each core.
    #[arg(long, env = "PAKN_WORKERS", global = true)]
    pub workers: Option<usize>,
    /// Seconds a request may take before it is given up.
    #[arg(long, env = "PAKN_REQUEST_TIMEOUT", default_value_t = 30, global = true)]
    pub request_timeout: u64,
    /// Seconds that requests under way are given when the server is told to stop.
    #[arg(long, env = "PAKN_SHUTDOWN_TIMEOUT", default_value_t = 20, global = true)]
    pub shutdown_timeout: u64,
    /// For how many days after the day of an answer the citizen may reopen a petition.
    #[arg(long, env = "PAKN_REOPEN_DAYS", default_value_t = Policy::default().reopen_days, global = true)]
    pub reopen_days: u16,
    /// When the cookie of a sign-in at /dashboard is marked Secure. Behind https `always` leaves nothing to chance.
    #[arg(long, env = "PAKN_COOKIE_SECURE", value_enum, default_value_t = CookieSecure::Auto, global = true)]
    pub cookie_secure: CookieSecure,
    /// The terms of personal data.
    #[command(flatten, next_help_heading = "Personal data")]
    pub privacy: PrivacySettings,
}

impl ServeSettings {
    /// What they settle for the whole province.
    pub fn policy(&self) -> Policy {
        Policy { reopen_days: self.reopen_days }
    }
}
