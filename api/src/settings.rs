//! Settings: flags and `PAKN_*` variables, all of them in `--help`.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum};
use domain::{account::Role, catalogue::Policy, erasure::ErasureTerms};
use persistence::StoreOptions;
use secrecy::{ExposeSecret, SecretString};

use crate::{
    auth::Cost,
    exchange::PartnerKey,
    limits::{LIMITS_HELP, LimitSetting},
    message::PushSettings,
    open311::Open311Settings,
    ops::{MetricsSettings, TraceSettings},
    replica::ReplicaSettings,
    webhook::WebhookSettings,
};

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
    /// For how many days after its last event the words and files of a settled petition are kept; for ever unless given.
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
    /// For how many days it is kept what people were told, read or not, and how it went out to them.
    #[arg(long, env = "PAKN_KEEP_NOTICES_DAYS", default_value_t = 180, global = true)]
    pub keep_notices_days: u32,
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
            keep_notices_days: 180,
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
    /// Connections that are held open at once; more wait to be taken.
    #[arg(long, env = "PAKN_MAX_CONNECTIONS", default_value_t = 4_000, global = true)]
    pub max_connections: usize,
    /// Requests that are under way at once, files apart; beyond it a request is told at once to come again (503). Feeds and figures have half of it, other reading
    /// three quarters: sending petitions and answering them comes first.
    #[arg(long, env = "PAKN_MAX_REQUESTS", default_value_t = 512, global = true)]
    pub max_requests: usize,
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
    /// How many proxies that you trust stand before this server, each of which adds to `X-Forwarded-For` who spoke to it. With 0 the address of a
    /// client is whoever opens the connection.
    #[arg(long, env = "PAKN_TRUSTED_HOPS", default_value_t = 0, global = true)]
    pub trusted_hops: usize,
    /// A replica of the database.
    #[command(flatten, next_help_heading = "Read replica")]
    pub replica: ReplicaSettings,
    /// Who must prove what to be let in.
    #[command(flatten, next_help_heading = "Accounts")]
    pub accounts: AccountSettings,
    /// How messages reach people.
    #[command(flatten, next_help_heading = "Messages")]
    pub messages: MessageSettings,
    /// How often somebody may do something.
    #[command(flatten, next_help_heading = "Limits")]
    pub limits: LimitSettings,
    /// What files may be, and where they are kept.
    #[command(flatten, next_help_heading = "Files")]
    pub files: FileSettings,
    /// The terms of personal data.
    #[command(flatten, next_help_heading = "Personal data")]
    pub privacy: PrivacySettings,
    /// The portals that there is an exchange with.
    #[command(flatten, next_help_heading = "Exchange")]
    pub exchange: ExchangeSettings,
    /// Webhooks of agencies' systems.
    #[command(flatten, next_help_heading = "Webhooks")]
    pub webhooks: WebhookSettings,
    /// What Open311 clients are told of the authority.
    #[command(flatten, next_help_heading = "Open311")]
    pub open311: Open311Settings,
    /// What is told to those who watch the server.
    #[command(flatten, next_help_heading = "Watching")]
    pub metrics: MetricsSettings,
    /// Where traces go.
    #[command(flatten)]
    pub traces: TraceSettings,
}

/// The portals that there is an exchange with.
#[derive(Debug, Clone, Default, Args)]
pub struct ExchangeSettings {
    /// Portals that hand over petitions and pull what comes of them, as NAME=KEY separated by commas; a key is at least 32 bytes in base64. A name
    /// that is there twice has two keys, for the time of a change. `openapi/EXCHANGE.md` says how they sign.
    #[arg(long, env = "PAKN_PARTNER_KEYS", hide_env_values = true, value_delimiter = ',', global = true)]
    pub partner_keys: Vec<PartnerKey>,
}

/// Who must prove what to be let in.
#[derive(Debug, Clone, Args)]
pub struct AccountSettings {
    /// Only citizens whose phone number or e-mail address is verified may send petitions. It takes a way to send codes (Messages).
    #[arg(long, env = "PAKN_REQUIRE_VERIFIED", global = true)]
    pub require_verified: bool,
    /// Roles that can do nothing before they have set up a second factor (TOTP), separated by commas: coordinator,admin.
    #[arg(long, env = "PAKN_REQUIRE_SECOND_FACTOR", value_delimiter = ',', value_parser = role, global = true)]
    pub require_second_factor: Vec<Role>,
    /// A JSON file with the providers of identities (OpenID Connect) that people may sign in with; README, Accounts, has an example.
    #[arg(long, env = "PAKN_IDENTITY_PROVIDERS", global = true)]
    pub identity_providers: Option<PathBuf>,
    /// KiB of memory that hashing a password takes (argon2id). Raise it, and each password is hashed anew at its next sign-in.
    #[arg(long, env = "PAKN_PASSWORD_MEMORY", default_value_t = Cost::default().memory_kib, global = true)]
    pub password_memory: u32,
    /// Passes over that memory.
    #[arg(long, env = "PAKN_PASSWORD_PASSES", default_value_t = Cost::default().passes, global = true)]
    pub password_passes: u32,
}

fn role(text: &str) -> Result<Role, String> {
    Role::parse(text.trim()).ok_or_else(|| format!("{text} is no role"))
}

impl AccountSettings {
    /// What hashing a password costs.
    pub fn cost(&self) -> Cost {
        Cost { memory_kib: self.password_memory, passes: self.password_passes }
    }
}

impl Default for AccountSettings {
    fn default() -> Self {
        let Cost { memory_kib, passes } = Cost::default();
        Self {
            require_verified: false,
            require_second_factor: Vec::new(),
            identity_providers: None,
            password_memory: memory_kib,
            password_passes: passes,
        }
    }
}

/// What a request to an SMS gateway says unless set.
const SMS_BODY: &str = r#"{"to":"{phone}","text":"{text}"}"#;
/// What an SMS says unless set: without marks, since with them it takes two messages.
const SMS_TEXT: &str =
    "Ma xac nhan phan anh kien nghi Bac Ninh: {code}. Hieu luc {minutes} phut. Khong dua ma nay cho bat ky ai.";

/// How messages reach people. What has no way goes into the log.
#[derive(Debug, Clone, Args)]
pub struct MessageSettings {
    /// The server that takes e-mail: `smtps://USER:PASSWORD@HOST`, `smtp://USER:PASSWORD@HOST:587?tls=required`, or `smtp://HOST` without TLS.
    #[arg(long, env = "PAKN_SMTP_URL", hide_env_values = true, global = true)]
    pub smtp_url: Option<SecretString>,
    /// Whom e-mail comes from: `PAKN Bắc Ninh <pakn@example.vn>`.
    #[arg(long, env = "PAKN_SMTP_FROM", global = true)]
    pub smtp_from: Option<String>,
    /// The gateway that takes SMS by HTTP. URL and body may name `{phone}` (+84…), `{national}` (0…), `{text}`, `{code}`
    /// and `{key}`, which is the same at each try of a message.
    #[arg(long, env = "PAKN_SMS_URL", hide_env_values = true, global = true)]
    pub sms_url: Option<SecretString>,
    /// The method of the request to it; GET has no body.
    #[arg(long, env = "PAKN_SMS_METHOD", default_value = "POST", global = true)]
    pub sms_method: String,
    /// Headers of the request, a line `NAME: VALUE` each. The content type says how values are written into the body: JSON unless set, a form, or
    /// as they are.
    #[arg(long, env = "PAKN_SMS_HEADERS", hide_env_values = true, global = true)]
    pub sms_headers: Option<SecretString>,
    /// The body of the request.
    #[arg(long, env = "PAKN_SMS_BODY", default_value = SMS_BODY, global = true)]
    pub sms_body: String,
    /// What a good answer has in it, for a gateway that answers 200 to a message it does not take.
    #[arg(long, env = "PAKN_SMS_EXPECT", global = true)]
    pub sms_expect: Option<String>,
    /// The text of an SMS with a code, as it is registered for your brand name; it may name `{code}` and `{minutes}`.
    #[arg(long, env = "PAKN_SMS_TEXT", default_value = SMS_TEXT, global = true)]
    pub sms_text: String,
    /// How push messages reach phones.
    #[command(flatten)]
    pub push: PushSettings,
}

impl Default for MessageSettings {
    fn default() -> Self {
        Self {
            smtp_url: None,
            smtp_from: None,
            sms_url: None,
            sms_method: "POST".to_owned(),
            sms_headers: None,
            sms_body: SMS_BODY.to_owned(),
            sms_expect: None,
            sms_text: SMS_TEXT.to_owned(),
            push: PushSettings::default(),
        }
    }
}

/// Whether there are limits at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Limiting {
    /// There are.
    On,
    /// There are none, but for the delays after tries that failed.
    Off,
}

impl Limiting {
    /// Whether there are limits.
    pub fn is_on(self) -> bool {
        match self {
            Self::On => true,
            Self::Off => false,
        }
    }
}

/// How often somebody may do something.
#[derive(Debug, Clone, Args)]
pub struct LimitSettings {
    /// Whether there are limits at all; off for load tests. Delays after tries that failed stay.
    #[arg(long, env = "PAKN_LIMITS", value_enum, default_value_t = Limiting::On, global = true)]
    pub limits: Limiting,
    #[arg(long, env = "PAKN_LIMIT", value_delimiter = ',', help = LIMITS_HELP, global = true)]
    #[expect(missing_docs, reason = "LIMITS_HELP is its documentation")]
    pub limit: Vec<LimitSetting>,
    /// A Redis that servers share limits through, `redis://[USER:PASSWORD@]HOST[:PORT][/NUMBER]`; the database unless given.
    #[arg(long, env = "PAKN_LIMITS_REDIS", hide_env_values = true, global = true)]
    pub limits_redis: Option<SecretString>,
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self { limits: Limiting::On, limit: Vec::new(), limits_redis: None }
    }
}

/// What files may be, where they are kept, and for how long.
#[derive(Debug, Clone, Args)]
pub struct FileSettings {
    /// Where files are kept: a folder, or `s3://BUCKET[/PREFIX]` with credentials, region and endpoint from the usual `AWS_*` variables.
    /// By default `files` in the data folder. Several servers must have the same one.
    #[arg(long, env = "PAKN_OBJECT_STORE", global = true)]
    pub object_store: Option<String>,
    /// The most megabytes of a photo.
    #[arg(long, env = "PAKN_PHOTO_MAX_MB", default_value_t = 20, global = true)]
    pub photo_max_mb: u64,
    /// The most megapixels of a photo.
    #[arg(long, env = "PAKN_PHOTO_MAX_MEGAPIXELS", default_value_t = 64, global = true)]
    pub photo_max_megapixels: u32,
    /// The longest edge, in pixels, that a photo is kept with.
    #[arg(long, env = "PAKN_PHOTO_EDGE", default_value_t = 4_096, value_parser = clap::value_parser!(u32).range(320..), global = true)]
    pub photo_edge: u32,
    /// Megabytes of memory for all photos that are worked on at the same time.
    #[arg(long, env = "PAKN_PHOTO_MEMORY_MB", default_value_t = 192, global = true)]
    pub photo_memory_mb: u32,
    /// The most megabytes of a PDF.
    #[arg(long, env = "PAKN_DOCUMENT_MAX_MB", default_value_t = 20, global = true)]
    pub document_max_mb: u64,
    /// The most megabytes of a video.
    #[arg(long, env = "PAKN_VIDEO_MAX_MB", default_value_t = 64, global = true)]
    pub video_max_mb: u64,
    /// The most seconds of a video.
    #[arg(long, env = "PAKN_VIDEO_MAX_SECONDS", default_value_t = 120, global = true)]
    pub video_max_seconds: u32,
    /// The most files of one message: a petition, a supplement, an answer.
    #[arg(long, env = "PAKN_ATTACHMENTS_MAX", default_value_t = 10, global = true)]
    pub attachments_max: usize,
    /// The most files of one account that wait to be attached.
    #[arg(long, env = "PAKN_UPLOADS_WAITING_MAX", default_value_t = 50, global = true)]
    pub uploads_waiting_max: u64,
    /// For how many hours a file waits to be attached.
    #[arg(long, env = "PAKN_UPLOAD_KEEP_HOURS", default_value_t = 24, global = true)]
    pub upload_keep_hours: u32,
    /// For how many minutes, at least, a link to a file is good.
    #[arg(long, env = "PAKN_FILE_LINK_MINUTES", default_value_t = 15, global = true)]
    pub link_minutes: u32,
    /// Seconds that sending a file may take in one request.
    #[arg(long, env = "PAKN_UPLOAD_TIMEOUT", default_value_t = 600, global = true)]
    pub upload_timeout: u64,
}

impl FileSettings {
    /// The object store: `files` in the data folder unless another one is named.
    pub fn location(&self, data_dir: &Path) -> String {
        self.object_store.clone().unwrap_or_else(|| data_dir.join("files").display().to_string())
    }
}

impl Default for FileSettings {
    fn default() -> Self {
        /// A command line without any argument, so that no default stands in two places.
        #[derive(clap::Parser)]
        struct Bare {
            #[command(flatten)]
            files: FileSettings,
        }
        <Bare as clap::Parser>::parse_from(["pakn"]).files
    }
}

impl ServeSettings {
    /// What they settle for the whole province.
    pub fn policy(&self) -> Policy {
        Policy { reopen_days: self.reopen_days }
    }
}
