//! The second factor: codes from an app on the phone (TOTP, RFC 6238), six digits every thirty seconds.
//!
//! `POST /api/v1/me/second-factor` begins one, `…/confirm` puts it in force, `…/remove` ends it.

use actix_web::{HttpResponse, post, web::Data};
use domain::one_time::TypedCode;
use persistence::Account;
use serde::{Deserialize, Serialize};
use totp_rs::{Builder, Secret, Totp};
use utoipa::ToSchema;

use super::{
    SignedIn, TokenPair,
    lockout::{self, Attempt},
    sign_in::{self, confirm_password},
};
use crate::{
    answers::Guarded,
    app::App,
    body::Body,
    clock,
    field::{Faults, Field},
    problem::{Code, FaultCode, Problem, ProblemDetails},
    visit::Visit,
};

/// What an authenticator shows the account under.
const ISSUER: &str = "PAKN Bac Ninh";

fn totp(account: &Account, secret: &[u8]) -> Result<Totp, Problem> {
    let secret: Box<[u8]> = secret.into();
    // No login has a colon, which would end the name.
    let name = account.login.as_str().replace(':', " ");
    let totp =
        Builder::new().with_secret(Secret::new(secret)).with_account_name(name).with_issuer(Some(ISSUER)).build();
    totp.map_err(Problem::internal)
}

/// The secret of an account's second factor, and whether it is in force.
async fn secret_of(app: &App, account: &Account) -> Result<Option<(Vec<u8>, Totp, bool)>, Problem> {
    let Some(factor) = app.store.second_factor(account.id).await? else { return Ok(None) };
    let secret = app.vault.open_sealed(account.id.0.as_bytes(), &factor.sealed_secret)?;
    Ok(Some((factor.sealed_secret, totp(account, &secret)?, factor.is_confirmed)))
}

/// The step whose code it is, now or a step before or after (clocks differ); `None` where it is none, or none is in force.
pub(super) async fn step_of(app: &App, account: &Account, code: &str) -> Result<Option<i64>, Problem> {
    let (Some((_, totp, true)), Ok(code)) = (secret_of(app, account).await?, TypedCode::parse(code)) else {
        return Ok(None);
    };
    let step = totp.check(code.as_str(), clock::now().unix_millis() / 1000);
    step.map(i64::try_from).transpose().map_err(Problem::internal)
}

/// Who asks for a second factor shows that it is them.
#[derive(Debug, Deserialize, ToSchema)]
pub struct FactorBody {
    /// The password.
    #[serde(default)]
    #[schema(value_type = String)]
    current_password: Field<String>,
}

/// A second factor that was begun.
#[derive(Debug, Serialize, ToSchema)]
pub struct FactorBegun {
    /// The secret, in base 32, to be typed into an authenticator. It is shown this once.
    secret: String,
    /// The same as a URI, to be shown as a QR code.
    #[schema(example = "otpauth://totp/PAKN%20Bac%20Ninh:admin?secret=…&issuer=PAKN%20Bac%20Ninh")]
    otpauth_uri: String,
}

async fn own_account(app: &App, SignedIn(caller): &SignedIn) -> Result<Account, Problem> {
    app.store.account(caller.account).await?.ok_or_else(|| Problem::new(Code::InvalidToken))
}

/// Begins a second factor: from `confirm` on a sign-in asks for its code.
#[utoipa::path(
    operation_id = "begin_second_factor", tag = "auth", security(("bearer" = [])), request_body = FactorBody,
    responses(
        (status = 200, body = FactorBegun),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json", description = "`second_factor_in_force`"),
        Guarded,
    )
)]
#[post("/me/second-factor")]
pub async fn begin_second_factor(
    app: Data<App>,
    caller: SignedIn,
    body: Body<FactorBody>,
) -> Result<HttpResponse, Problem> {
    let account = own_account(&app, &caller).await?;
    let mut faults = Faults::default();
    let password = faults.required("/current_password", body.value.current_password);
    let password = faults.finish(password)?;
    confirm_password(&app, &account, password).await?;
    let secret = clock::random_bytes::<20>();
    let totp = totp(&account, &secret)?;
    let sealed = app.vault.seal(account.id.0.as_bytes(), &secret)?;
    let mut unit = app.store.begin().await?;
    if !unit.begin_second_factor(account.id, &sealed).await? {
        return Err(Problem::new(Code::SecondFactorInForce));
    }
    unit.commit().await?;
    let otpauth_uri = totp.to_url().map_err(Problem::internal)?;
    Ok(HttpResponse::Ok().json(FactorBegun { secret: totp.secret().to_base32(), otpauth_uri }))
}

/// A code of the second factor.
#[derive(Debug, Deserialize, ToSchema)]
pub struct FactorCode {
    /// Six digits, as the authenticator shows them.
    #[serde(default)]
    #[schema(value_type = String, example = "012345")]
    code: Field<String>,
}

/// A code in a body; six digits, whatever they are.
pub(super) fn typed_code(faults: &mut Faults, field: Field<String>) -> Option<TypedCode> {
    let raw = faults.required("/code", field)?;
    TypedCode::parse(&raw).inspect_err(|_| faults.add("/code", FaultCode::MalformedCode)).ok()
}

/// Puts the second factor in force that was begun. All sessions end; the answer begins a new one.
#[utoipa::path(
    operation_id = "confirm_second_factor", tag = "auth", security(("bearer" = [])), request_body = FactorCode,
    responses(
        (status = 200, body = TokenPair),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json",
            description = "`no_second_factor`: none was begun; `second_factor_in_force`"),
        Guarded,
    )
)]
#[post("/me/second-factor/confirm")]
pub async fn confirm_second_factor(
    app: Data<App>,
    caller: SignedIn,
    visit: Visit,
    body: Body<FactorCode>,
) -> Result<HttpResponse, Problem> {
    let mut account = own_account(&app, &caller).await?;
    let mut faults = Faults::default();
    let code = typed_code(&mut faults, body.value.code);
    let code = faults.finish(code)?;
    let (sealed, totp) = match secret_of(&app, &account).await? {
        None => return Err(Problem::new(Code::NoSecondFactor)),
        Some((_, _, true)) => return Err(Problem::new(Code::SecondFactorInForce)),
        Some((sealed, totp, false)) => (sealed, totp),
    };
    let attempt = Attempt::at_factor(&app.vault, account.id);
    attempt.count(&app).await?;
    let now = clock::now();
    let step = totp.check(code.as_str(), now.unix_millis() / 1000);
    let step = step.ok_or_else(|| Problem::fault("/code", FaultCode::WrongCode))?;
    let step = i64::try_from(step).map_err(Problem::internal)?;
    let mut unit = app.store.begin().await?;
    if !unit.confirm_second_factor(account.id, &sealed, now).await? || !unit.use_step(account.id, step).await? {
        // Another request began it anew, or confirmed it.
        return Err(Problem::new(Code::NoSecondFactor));
    }
    attempt.succeeded(&mut unit).await?;
    unit.end_sessions_of(account.id, now).await?;
    let origin = lockout::origin(&app.vault, &visit);
    let (session, token) = sign_in::begin(&mut unit, account.id, &origin, now).await?;
    unit.commit().await?;
    app.refresh_revoked().await;
    tracing::info!(target: "audit", { account.id = %account.id }, "second factor set up");
    account.has_second_factor = true;
    Ok(HttpResponse::Ok().json(sign_in::pair(&app, &account, session, token, now)?))
}

/// What ends a second factor.
#[derive(Debug, Deserialize, ToSchema)]
pub struct FactorRemoval {
    /// The password.
    #[serde(default)]
    #[schema(value_type = String)]
    current_password: Field<String>,
    /// A code of it.
    #[serde(default)]
    #[schema(value_type = String, example = "012345")]
    code: Field<String>,
}

/// Ends the second factor, and all sessions. Whoever has lost the authenticator asks an administrator.
#[utoipa::path(
    operation_id = "remove_second_factor", tag = "auth", security(("bearer" = [])), request_body = FactorRemoval,
    responses(
        (status = 204),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json", description = "`no_second_factor`"),
        Guarded,
    )
)]
#[post("/me/second-factor/remove")]
pub async fn remove_second_factor(
    app: Data<App>,
    caller: SignedIn,
    body: Body<FactorRemoval>,
) -> Result<HttpResponse, Problem> {
    let account = own_account(&app, &caller).await?;
    let mut faults = Faults::default();
    let password = faults.required("/current_password", body.value.current_password);
    let code = typed_code(&mut faults, body.value.code);
    let (password, code) = faults.finish(password.zip(code))?;
    if !account.has_second_factor {
        return Err(Problem::new(Code::NoSecondFactor));
    }
    confirm_password(&app, &account, password).await?;
    let attempt = Attempt::at_factor(&app.vault, account.id);
    attempt.count(&app).await?;
    let step = step_of(&app, &account, code.as_str()).await?;
    let wrong = || Problem::fault("/code", FaultCode::WrongCode);
    let step = step.ok_or_else(wrong)?;
    let mut unit = app.store.begin().await?;
    if !unit.use_step(account.id, step).await? {
        return Err(wrong());
    }
    unit.forget_second_factor(account.id).await?;
    unit.end_sessions_of(account.id, clock::now()).await?;
    attempt.succeeded(&mut unit).await?;
    unit.commit().await?;
    app.refresh_revoked().await;
    tracing::info!(target: "audit", { account.id = %account.id }, "second factor removed");
    Ok(HttpResponse::NoContent().finish())
}
