//! What a sign-in gives: an access token and the first refresh token of a session.

use std::time::Duration;

use domain::{
    account::Login,
    chain::Digest,
    id::{AccountId, SessionId},
    notice::{NoticeKind, Source},
    password::PASSWORD_MAX_BYTES,
    time::Instant,
};
use persistence::{Account, Letter, Origin, UnitOfWork};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    lockout::{self, Attempt},
    second_factor,
    token::ACCESS_TOKEN_LIFE,
};
use crate::{
    app::App,
    clock,
    notify::Told,
    problem::{Code, FaultCode, Problem},
    visit::Visit,
};

/// How long a refresh token may lie unused.
const REFRESH_TOKEN_LIFE: Duration = Duration::from_secs(30 * 24 * 3600);

/// What somebody signs in with.
pub(crate) struct Credentials {
    /// The login, as it was typed.
    pub(crate) login: String,
    /// The password.
    pub(crate) password: String,
    /// The code of the second factor, where one was given.
    pub(crate) code: Option<String>,
}

/// Somebody who has shown who they are; it counts when their session begins.
pub(crate) struct Proven {
    /// Who.
    pub(crate) account: Account,
    attempts: Vec<Attempt>,
    step: Option<i64>,
    origin: Origin,
    /// What they are told of it, where they have not come from there before.
    letters: Vec<Letter>,
}

impl Proven {
    /// Somebody whose password, or whose identity, was right: with the code of the second factor, where the account has one.
    ///
    /// # Errors
    /// [`Code::SecondFactorRequired`], with which the tries so far have succeeded; [`Code::WrongSecondFactor`]; [`Code::TooManyTries`].
    pub(super) async fn with_factor(
        app: &App,
        visit: &Visit,
        account: Account,
        mut attempts: Vec<Attempt>,
        code: Option<String>,
    ) -> Result<Self, Problem> {
        let mut step = None;
        if account.has_second_factor {
            let Some(code) = code else {
                settled_without_session(app, &attempts).await?;
                return Err(Problem::new(Code::SecondFactorRequired));
            };
            let factor = Attempt::at_factor(&app.vault, account.id);
            factor.count(app).await?;
            step = second_factor::step_of(app, &account, &code).await?;
            if step.is_none() {
                return Err(Problem::new(Code::WrongSecondFactor));
            }
            attempts.push(factor);
        }
        let origin = lockout::origin(&app.vault, visit);
        let letters = match app.store.is_new_origin(account.id, &origin).await? {
            true => told_of(app, account.id, NoticeKind::NewDevice, None).await?,
            false => Vec::new(),
        };
        Ok(Self { account, attempts, step, origin, letters })
    }

    /// Settles the sign-in with the session that it begins: tries are forgotten, a code of the second factor is used up.
    ///
    /// # Errors
    /// [`Code::WrongSecondFactor`] when another sign-in was faster with the same code.
    pub(crate) async fn settle(self, unit: &mut UnitOfWork) -> Result<(Account, Origin), Problem> {
        if let Some(step) = self.step
            && !unit.use_step(self.account.id, step).await?
        {
            return Err(Problem::new(Code::WrongSecondFactor));
        }
        for attempt in &self.attempts {
            attempt.succeeded(unit).await?;
        }
        unit.post(&self.letters).await?;
        Ok((self.account, self.origin))
    }
}

/// What somebody is told of a change of who can open their account, to be posted with it.
pub(super) async fn told_of(
    app: &App,
    account: AccountId,
    kind: NoticeKind,
    about: Option<&str>,
) -> Result<Vec<Letter>, Problem> {
    let at = clock::now();
    // Each change is told of by itself.
    let source = SessionId::new(at, &clock::id_randomness()).to_string();
    let told = Told { source: Source::Other(&source), kind, code: None, about, at };
    Ok(app.letters(&[account], &told).await?)
}

/// The account that login and password open, with the code of its second factor where it has one. Without such an account the same work is
/// done, so that the time tells nothing.
///
/// # Errors
/// [`Code::BadCredentials`], [`Code::SecondFactorRequired`], [`Code::WrongSecondFactor`]; [`Code::TooManyTries`] after many that failed, or
/// [`Code::Busy`] when too many are waiting.
pub(crate) async fn authenticate(app: &App, visit: &Visit, credentials: Credentials) -> Result<Proven, Problem> {
    let Credentials { login, password, code } = credentials;
    let parsed = Login::parse(&login).ok();
    // However it was written, it is one login; what is none is counted as it came.
    let typed = parsed.as_ref().map_or(login.as_str(), Login::as_str);
    let account = match &parsed {
        Some(login) if password.len() <= PASSWORD_MAX_BYTES => app.store.account_by_login(login).await?,
        Some(_) | None => None,
    };
    let account = account.filter(|account| account.is_active);
    app.limits.sign_in_of(app, typed).await?;
    let attempt = Attempt::at_sign_in(app, typed, account.as_ref().map(|account| account.id), visit).await?;
    attempt.count(app).await?;
    let hash = account.as_ref().map(|account| account.password_hash.clone());
    let verified = match app.passwords.verify(password.clone(), hash).await {
        Ok(verified) => verified,
        Err(problem) => {
            attempt.never_made(app).await;
            return Err(problem);
        }
    };
    let account = account.filter(|_| verified.fits).ok_or_else(|| Problem::new(Code::BadCredentials))?;
    let proven = Proven::with_factor(app, visit, account, vec![attempt], code).await?;
    if verified.is_cheap {
        rehash(app, &proven.account, password).await;
    }
    Ok(proven)
}

/// The password was right, and no session begins yet.
async fn settled_without_session(app: &App, attempts: &[Attempt]) -> Result<(), Problem> {
    let mut unit = app.store.begin().await?;
    for attempt in attempts {
        attempt.succeeded(&mut unit).await?;
    }
    Ok(unit.commit().await?)
}

/// Keeps a hash that costs what one costs today. A sign-in does not fail because this could not be written.
async fn rehash(app: &App, account: &Account, password: String) {
    let kept = async {
        let hash = app.passwords.hash(password).await?;
        let mut unit = app.store.begin().await?;
        unit.rehash_password(account.id, &account.password_hash, &hash).await?;
        Ok::<_, Problem>(unit.commit().await?)
    };
    match kept.await {
        Ok(()) => tracing::info!(account.id = %account.id, "a password is hashed at the present cost"),
        Err(problem) => tracing::warn!(%problem, "a password stays hashed at a lower cost"),
    }
}

/// Holds the present password of somebody who is signed in against what they typed.
///
/// # Errors
/// [`FaultCode::WrongPassword`] at `/current_password`; [`Code::TooManyTries`], [`Code::Busy`].
pub(crate) async fn confirm_password(app: &App, account: &Account, password: String) -> Result<(), Problem> {
    let attempt = Attempt::at_own_password(&app.vault, account.id);
    attempt.count(app).await?;
    if !app.passwords.verify(password, Some(account.password_hash.clone())).await?.fits {
        return Err(Problem::fault("/current_password", FaultCode::WrongPassword));
    }
    settled_without_session(app, &[attempt]).await
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
    /// Whether nothing is allowed before a second factor is set up.
    must_set_up_second_factor: bool,
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
        must_set_up_second_factor: app.lacks_second_factor(account.role, account.has_second_factor),
    })
}

/// Begins a session within a unit of work.
pub(super) async fn begin(
    unit: &mut UnitOfWork,
    account: AccountId,
    origin: &Origin,
    now: Instant,
) -> Result<(SessionId, NewToken), Problem> {
    let session = SessionId::new(now, &clock::id_randomness());
    let token = NewToken::new(now);
    unit.begin_session(session, account, origin, &token.digest, now, token.expires_at).await?;
    Ok((session, token))
}
