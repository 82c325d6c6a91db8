//! Settings: flags and `PAKN_*` variables, all of them in `--help`.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, ValueEnum};
use domain::catalogue::Policy;
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
}

impl ServeSettings {
    /// What they settle for the whole province.
    pub fn policy(&self) -> Policy {
        Policy { reopen_days: self.reopen_days }
    }
}
