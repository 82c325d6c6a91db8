//! `POST /api/v1/me/verification`, `…/confirm`; `POST /api/v1/auth/password/code`, `POST /api/v1/auth/password/reset`.

use actix_web::{HttpResponse, post, web::Data};
use domain::{
    account::Login,
    notice::NoticeKind,
    one_time::{CODE_LIFE_SECS, Purpose},
};
use persistence::Account;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{AccountView, SignedIn, codes, lockout, password_fault, second_factor::typed_code, sign_in};
use crate::{
    answers::{Guarded, Public},
    app::App,
    body::Body,
    clock,
    field::{Faults, Field},
    problem::{Code, FaultCode, Problem, ProblemDetails},
    visit::Visit,
};

/// A code is on its way, if there is somebody to send it to.
#[derive(Debug, Serialize, ToSchema)]
pub struct CodeSent {
    /// For how many seconds the code is good.
    #[schema(example = 600)]
    expires_in: u32,
}

const SENT: CodeSent = CodeSent { expires_in: CODE_LIFE_SECS };

/// The caller's account, where it has an address that is not verified yet.
async fn unverified(app: &App, SignedIn(caller): &SignedIn) -> Result<Account, Problem> {
    let account = app.store.account(caller.account).await?.ok_or_else(|| Problem::new(Code::InvalidToken))?;
    match (&account.login, account.verified_at) {
        (Login::Name(_), _) => Err(Problem::new(Code::NotVerifiable)),
        (Login::Phone(_) | Login::Email(_), Some(_)) => Err(Problem::new(Code::AlreadyVerified)),
        (Login::Phone(_) | Login::Email(_), None) => Ok(account),
    }
}

/// Sends a code to the caller's phone number or e-mail address. The next one may be asked for after a minute, and then later each time.
#[utoipa::path(
    operation_id = "send_verification_code", tag = "auth", security(("bearer" = [])),
    responses(
        (status = 202, body = CodeSent),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json",
            description = "`already_verified`; `not_verifiable`: the account signs in with a name"),
        Guarded,
    )
)]
#[post("/me/verification")]
pub async fn send_verification_code(app: Data<App>, caller: SignedIn) -> Result<HttpResponse, Problem> {
    let account = unverified(&app, &caller).await?;
    codes::send(&app, Purpose::Verify, account.login).await?;
    Ok(HttpResponse::Accepted().json(SENT))
}

/// A code.
#[derive(Debug, Deserialize, ToSchema)]
pub struct CodeBody {
    /// Six digits, as they came by SMS or e-mail.
    #[serde(default)]
    #[schema(value_type = String, example = "012345")]
    code: Field<String>,
}

/// Shows by the code that the phone number or e-mail address is the caller's.
#[utoipa::path(
    operation_id = "confirm_verification", tag = "auth", security(("bearer" = [])), request_body = CodeBody,
    responses(
        (status = 200, body = AccountView),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json",
            description = "`already_verified`; `not_verifiable`"),
        Guarded,
    )
)]
#[post("/me/verification/confirm")]
pub async fn confirm_verification(
    app: Data<App>,
    caller: SignedIn,
    body: Body<CodeBody>,
) -> Result<HttpResponse, Problem> {
    let mut faults = Faults::default();
    let code = typed_code(&mut faults, body.value.code);
    let code = faults.finish(code)?;
    let mut account = unverified(&app, &caller).await?;
    let now = clock::now();
    let mut unit = app.store.begin().await?;
    let opened = codes::try_code(&app, &mut unit, Purpose::Verify, &account.login, &code).await?;
    let is_right = opened == Some(account.id);
    if is_right {
        unit.set_verified(account.id, now).await?;
    }
    unit.commit().await?;
    if !is_right {
        return Err(Problem::fault("/code", FaultCode::WrongCode));
    }
    account.verified_at = Some(now);
    Ok(HttpResponse::Ok().json(AccountView::from(&account)))
}

/// Somebody who has lost their password.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ResetRequest {
    /// The phone number or e-mail address that they sign in with.
    #[serde(default)]
    #[schema(value_type = String, example = "0912 345 678")]
    login: Field<String>,
}

/// Sends a code for another password to whoever signs in with that. The answer is the same where nobody does.
#[utoipa::path(
    operation_id = "send_reset_code", tag = "auth", security(()), request_body = ResetRequest,
    responses((status = 202, body = CodeSent), Public)
)]
#[post("/auth/password/code")]
pub async fn send_reset_code(app: Data<App>, body: Body<ResetRequest>) -> Result<HttpResponse, Problem> {
    let mut faults = Faults::default();
    let login = faults.login(body.value.login);
    let login = faults.finish(login)?;
    codes::send(&app, Purpose::Reset, login).await?;
    Ok(HttpResponse::Accepted().json(SENT))
}

/// Another password, with the code that was sent.
#[derive(Debug, Deserialize, ToSchema)]
pub struct PasswordReset {
    /// The phone number or e-mail address.
    #[serde(default)]
    #[schema(value_type = String, example = "0912 345 678")]
    login: Field<String>,
    /// Six digits, as they came by SMS or e-mail.
    #[serde(default)]
    #[schema(value_type = String, example = "012345")]
    code: Field<String>,
    /// The password from now on.
    #[serde(default)]
    #[schema(value_type = String, min_length = 8, max_length = 256)]
    new_password: Field<String>,
}

/// Sets another password by the code. All sessions end, and identities open the account no more but for the one that it was made with; a second
/// factor stays, and the next sign-in asks for it.
#[utoipa::path(
    operation_id = "reset_password", tag = "auth", security(()), request_body = PasswordReset,
    responses((status = 204), Public)
)]
#[post("/auth/password/reset")]
pub async fn reset_password(app: Data<App>, visit: Visit, body: Body<PasswordReset>) -> Result<HttpResponse, Problem> {
    let mut faults = Faults::default();
    let login = faults.login(body.value.login);
    let code = typed_code(&mut faults, body.value.code);
    let new = faults.required("/new_password", body.value.new_password);
    if let Some(new) = &new {
        password_fault(&mut faults, "/new_password", new, login.as_ref());
    }
    let values = login.zip(code).zip(new);
    let ((login, code), new) = faults.finish(values)?;
    let mut unit = app.store.begin().await?;
    let opened = codes::try_code(&app, &mut unit, Purpose::Reset, &login, &code).await?;
    unit.commit().await?;
    let id = opened.ok_or_else(|| Problem::fault("/code", FaultCode::WrongCode))?;
    // The code is used up; should the server be too busy now, another one must be asked for.
    let hash = app.passwords.hash(new).await?;
    let letters = sign_in::told_of(&app, id, NoticeKind::PasswordChanged, None).await?;
    let now = clock::now();
    let mut unit = app.store.begin().await?;
    unit.post(&letters).await?;
    unit.set_password(id, &hash, false).await?;
    unit.set_verified(id, now).await?;
    unit.unlink_later_identities(id).await?;
    unit.end_sessions_of(id, now).await?;
    lockout::owner_is_here(&app.vault, &mut unit, &login, &visit).await?;
    unit.commit().await?;
    app.refresh_revoked().await;
    tracing::info!(target: "audit", { account.id = %id }, "password reset by code");
    Ok(HttpResponse::NoContent().finish())
}
