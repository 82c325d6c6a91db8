//! What a sign-in gives: an access token and the first refresh token of a session.

use std::time::Duration;

use domain::{
    account::{Login, PASSWORD_MAX_BYTES},
    chain::Digest,
    id::{AccountId, SessionId},
    time::Instant,
};
use persistence::{Account, UnitOfWork};
use serde::Serialize;
use utoipa::ToSchema;

use super::token::ACCESS_TOKEN_LIFE;
use crate::{
    app::App,
    clock,
    problem::{Code, Problem},
};

/// How long a refresh token may lie unused.
const REFRESH_TOKEN_LIFE: Duration = Duration::from_secs(30 * 24 * 3600);

/// The account that login and password open. Without such an account the same work is done, so that the time tells nothing.
///
/// # Errors
/// [`Code::BadCredentials`], or [`Code::Busy`] when too many are waiting.
pub(crate) async fn authenticate(app: &App, login: &str, password: String) -> Result<Account, Problem> {
    let account = match Login::parse(login) {
        Ok(login) if password.len() <= PASSWORD_MAX_BYTES => app.store.account_by_login(&login).await?,
        Ok(_) | Err(_) => None,
    };
    let account = account.filter(|account| account.is_active);
    let hash = account.as_ref().map(|account| account.password_hash.clone());
    let fits = app.passwords.verify(password, hash).await?;
    account.filter(|_| fits).ok_or_else(|| Problem::new(Code::BadCredentials))
}

/// What is stored of the secret in a browser's cookie. The word keeps it apart from refresh tokens, which lie in the same table:
/// the cookie's secret, sent to `POST /api/v1/auth/refresh`, is unknown there.
pub(crate) fn browser_digest(secret: &str) -> Digest {
    Digest::of(&[b"browser\0", secret.as_bytes()])
}

/// The tokens of a session.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenPair {
    /// For the header `Authorization: Bearer …`.
    access_token: String,
    /// Always `Bearer`.
    token_type: &'static str,
    /// Seconds the access token is good for.
    #[schema(example = 900)]
    expires_in: u64,
    /// Good for one use, at `POST /api/v1/auth/refresh`.
    refresh_token: String,
    /// Whether nothing but a change of the password is allowed.
    must_change_password: bool,
}

/// A new refresh token: the secret, what is stored of it, and until when it may be used.
pub(super) struct NewToken {
    pub(super) secret: String,
    pub(super) digest: Digest,
    pub(super) expires_at: Instant,
}

impl NewToken {
    pub(super) fn new(now: Instant) -> Self {
        let secret = clock::secret();
        let life = chrono::Duration::seconds(i64::try_from(REFRESH_TOKEN_LIFE.as_secs()).unwrap_or(0));
        Self { digest: digest(&secret), secret, expires_at: now.plus(life) }
    }
}

/// What is stored of a refresh token: it has 256 random bits, so a plain hash gives nothing away.
pub(super) fn digest(token: &str) -> Digest {
    Digest::of(&[token.as_bytes()])
}

pub(super) fn pair(
    app: &App,
    account: &Account,
    session: SessionId,
    refresh: NewToken,
    now: Instant,
) -> Result<TokenPair, Problem> {
    Ok(TokenPair {
        access_token: app.keys.sign(account, session, now)?,
        token_type: "Bearer",
        expires_in: ACCESS_TOKEN_LIFE.as_secs(),
        refresh_token: refresh.secret,
        must_change_password: account.must_change_password,
    })
}

/// Begins a session within a unit of work.
pub(super) async fn begin(
    unit: &mut UnitOfWork,
    account: AccountId,
    now: Instant,
) -> Result<(SessionId, NewToken), Problem> {
    let session = SessionId::new(now, &clock::id_randomness());
    let token = NewToken::new(now);
    unit.begin_session(session, account, &token.digest, now, token.expires_at).await?;
    Ok((session, token))
}
