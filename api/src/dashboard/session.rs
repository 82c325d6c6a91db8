//! Who reads: the session behind the cookie, and the guard that nothing under `/dashboard` is reached without.

use std::time::Duration;

use actix_web::{
    Error, FromRequest, HttpMessage, HttpRequest, HttpResponse,
    body::{EitherBody, MessageBody},
    dev::{Payload, ServiceRequest, ServiceResponse},
    http::Method,
    middleware::Next,
};
use domain::{id::SessionId, time::Instant};
use persistence::{Account, BrowserSession};

use super::{
    cookie::Cookie,
    forgery::{self, Sender},
    sign_in,
};
use crate::{
    app::App,
    auth::{Audience, RateReaders, app_of, browser_digest},
    clock,
    language::Language,
    problem::{Code, Problem},
};

/// How long a session may lie unused: longer than a meeting, shorter than a night.
pub const IDLE_LIFE: Duration = Duration::from_secs(3600);
/// How long a session lasts however much it is used: a day of work.
pub const WHOLE_LIFE: Duration = Duration::from_secs(12 * 3600);
/// How much longer a session must become to be written again: a reader who clicks about writes once a minute.
const WORTH_WRITING: Duration = Duration::from_secs(60);

/// Somebody who has signed in and may read rates.
#[derive(Debug, Clone)]
pub struct Reader {
    /// Their account, as it is now.
    pub account: Account,
    /// Their session.
    pub session: SessionId,
    secret: String,
}

impl Reader {
    /// A token for a form of theirs.
    pub fn form_token(&self) -> String {
        forgery::form_token(&self.secret)
    }

    /// Whether a form's token was made for them.
    pub fn gave(&self, token: &str) -> bool {
        forgery::fits(token, &self.secret)
    }
}

/// A length of time as chrono has it.
pub fn lasting(life: Duration) -> chrono::TimeDelta {
    chrono::TimeDelta::from_std(life).unwrap_or(chrono::TimeDelta::zero())
}

/// Whether an account may read here.
///
/// # Errors
/// [`Code::PasswordChangeRequired`], [`Code::SecondFactorSetupRequired`], [`Code::Forbidden`].
pub fn admit(app: &App, account: &Account) -> Result<(), Problem> {
    if account.must_change_password {
        return Err(Problem::new(Code::PasswordChangeRequired));
    }
    if app.lacks_second_factor(account.role, account.has_second_factor) {
        return Err(Problem::new(Code::SecondFactorSetupRequired));
    }
    if RateReaders::ROLES.contains(&account.role) { Ok(()) } else { Err(Problem::new(Code::Forbidden)) }
}

/// The session that a request's cookie opens, and its account: asked of the database each time, so that whatever ended it has.
pub async fn opened(request: &HttpRequest, app: &App) -> Result<Option<(Account, BrowserSession, String)>, Problem> {
    let Some(secret) = Cookie::Session.of(request) else { return Ok(None) };
    let Some(session) = app.store.browser_session(&browser_digest(&secret), clock::now()).await? else {
        return Ok(None);
    };
    let account = app.store.account(session.account).await?.filter(|account| account.is_active);
    Ok(account.map(|account| (account, session, secret)))
}

/// Puts the end of a session off. A page is not refused because this could not be written.
async fn prolong(app: &App, secret: &str, session: &BrowserSession, now: Instant) {
    let until = now.plus(lasting(IDLE_LIFE)).min(session.began_at.plus(lasting(WHOLE_LIFE)));
    if until.since(session.expires_at) < lasting(WORTH_WRITING) {
        return;
    }
    let written = async {
        let mut unit = app.store.begin().await?;
        unit.prolong(&browser_digest(secret), now, until).await?;
        unit.commit().await
    };
    if let Err(error) = written.await {
        tracing::warn!(%error, "a session of the page could not be prolonged");
    }
}

/// Lets in whoever has signed in and may read rates; sends others to the sign-in. It wraps the whole scope, so a route that is added
/// there is closed before anybody thinks of it.
pub async fn guard<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let app = app_of(request.request())?.clone();
    let Some((account, session, secret)) = opened(request.request(), &app).await? else {
        let response = turned_away(request.request())?;
        return Ok(request.into_response(response).map_into_right_body());
    };
    admit(&app, &account)?;
    prolong(&app, &secret, &session, clock::now()).await;
    request.extensions_mut().insert(account.id);
    request.extensions_mut().insert(Reader { account, session: session.session, secret });
    Ok(next.call(request).await?.map_into_left_body())
}

fn turned_away(request: &HttpRequest) -> Result<HttpResponse, Problem> {
    if *request.method() != Method::GET {
        return Err(Problem::new(Code::Unauthenticated));
    }
    // A browser keeps the cookie back when a link on another site is followed; asked for once more by our own page, it shows it.
    if Sender::of(request) == Sender::AnotherSite && Cookie::Session.of(request).is_none() {
        return Ok(sign_in::once_more(Language::of_page(request), request));
    }
    Ok(sign_in::redirect(request))
}

impl FromRequest for Reader {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let reader = request.extensions().get::<Self>().cloned();
        std::future::ready(reader.ok_or_else(|| Problem::new(Code::Unauthenticated)))
    }
}
