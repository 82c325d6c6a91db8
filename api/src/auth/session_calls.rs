//! `POST /api/v1/auth/login`, `…/refresh`, `…/logout`, `GET /.well-known/jwks.json`.

use actix_web::{HttpResponse, get, post, web::Data};
use persistence::Refresh;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    SignedIn, TokenPair,
    keys::PUBLISHED_FOR,
    sign_in::{self, Credentials},
};
use crate::{
    answers::{Guarded, Public},
    app::App,
    body::Body,
    clock,
    field::{Faults, Field},
    problem::{Code, Problem, ProblemDetails},
    visit::Visit,
};

/// A sign-in.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = Credentials)]
pub struct LoginBody {
    /// The phone number, the e-mail address, or the login name.
    #[serde(default)]
    #[schema(value_type = String)]
    login: Field<String>,
    /// The password.
    #[serde(default)]
    #[schema(value_type = String)]
    password: Field<String>,
    /// The code of the second factor, for an account that has one.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "012345")]
    code: Field<String>,
}

/// Signs in.
#[utoipa::path(
    operation_id = "login", tag = "auth", security(()), request_body = LoginBody,
    responses(
        (status = 200, body = TokenPair),
        (status = 401, body = ProblemDetails, content_type = "application/problem+json", 
            description = "`bad_credentials`; `second_factor_required`: the password was right, send `code` too; `wrong_second_factor`"),
        Public,
    )
)]
#[post("/auth/login")]
pub async fn login(app: Data<App>, visit: Visit, body: Body<LoginBody>) -> Result<HttpResponse, Problem> {
    let mut faults = Faults::default();
    let login = faults.required("/login", body.value.login);
    let password = faults.required("/password", body.value.password);
    let code = faults.optional("/code", body.value.code);
    let (login, password) = faults.finish(login.zip(password))?;
    let proven = sign_in::authenticate(&app, &visit, Credentials { login, password, code }).await?;
    let now = clock::now();
    let mut unit = app.store.begin().await?;
    let (account, origin) = proven.settle(&mut unit).await?;
    let (session, token) = sign_in::begin(&mut unit, account.id, &origin, now).await?;
    unit.commit().await?;
    Ok(HttpResponse::Ok().json(sign_in::pair(&app, &account, session, token, now)?))
}

/// A refresh token.
#[derive(Debug, Deserialize, ToSchema)]
pub struct RefreshRequest {
    /// As the last sign-in or refresh gave it.
    #[serde(default)]
    #[schema(value_type = String)]
    refresh_token: Field<String>,
}

/// Exchanges a refresh token for new tokens. One that is used twice ends its whole session.
#[utoipa::path(
    operation_id = "refresh", tag = "auth", security(()), request_body = RefreshRequest,
    responses(
        (status = 200, body = TokenPair),
        (status = 401, body = ProblemDetails, content_type = "application/problem+json", description = "`invalid_refresh_token`"),
        Public,
    )
)]
#[post("/auth/refresh")]
pub async fn refresh(app: Data<App>, body: Body<RefreshRequest>) -> Result<HttpResponse, Problem> {
    let mut faults = Faults::default();
    let token = faults.required("/refresh_token", body.value.refresh_token);
    let token = faults.finish(token)?;
    let now = clock::now();
    let successor = sign_in::NewToken::new(now);
    let mut unit = app.store.begin().await?;
    let outcome = unit.rotate(&sign_in::digest(&token), &successor.digest, now, successor.expires_at).await?;
    unit.commit().await?;
    let (account, session) = match outcome {
        Refresh::Rotated { account, session } => (account, session),
        Refresh::Reused { session } => {
            app.refresh_revoked().await;
            tracing::warn!(session.id = %session, "a refresh token was used twice; its session has ended");
            return Err(Problem::new(Code::InvalidRefreshToken));
        }
        Refresh::Invalid => return Err(Problem::new(Code::InvalidRefreshToken)),
    };
    let account = app.store.account(account).await?.filter(|account| account.is_active);
    let account = account.ok_or_else(|| Problem::new(Code::InvalidRefreshToken))?;
    Ok(HttpResponse::Ok().json(sign_in::pair(&app, &account, session, successor, now)?))
}

/// Ends the caller's session, and its access token: here at once, on other servers within seconds.
#[utoipa::path(
    operation_id = "logout", tag = "auth", security(("bearer" = [])),
    responses((status = 204), Guarded)
)]
#[post("/auth/logout")]
pub async fn logout(app: Data<App>, SignedIn(caller): SignedIn) -> Result<HttpResponse, Problem> {
    let mut unit = app.store.begin().await?;
    unit.end_session(caller.session, clock::now()).await?;
    unit.commit().await?;
    app.refresh_revoked().await;
    Ok(HttpResponse::NoContent().finish())
}

/// The public keys that access tokens are checked with (RFC 7517).
#[utoipa::path(
    operation_id = "jwks", tag = "auth", security(()),
    responses((status = 200, body = serde_json::Value, description = "A JWK Set."))
)]
#[get("/.well-known/jwks.json")]
pub async fn jwks(app: Data<App>) -> HttpResponse {
    let kept = format!("public, max-age={}", PUBLISHED_FOR.as_secs());
    HttpResponse::Ok().insert_header(("cache-control", kept)).json(app.keys.published())
}
