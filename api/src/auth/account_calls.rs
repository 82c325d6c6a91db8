//! `POST /api/v1/auth/register`, `GET /api/v1/me`, `POST /api/v1/me/password`.

use actix_web::{HttpResponse, get, post, web::Data};
use domain::{
    account::{Login, Role},
    code::AgencyCode,
    id::AccountId,
    notice::NoticeKind,
    password::{PASSWORD_MAX_BYTES, PASSWORD_MIN, PasswordFault, check_password, password_form},
    text::FullName,
};
use persistence::Account;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{SignedIn, TokenPair, lockout, sign_in};
use crate::{
    answers::{Guarded, Public},
    app::App,
    body::Body,
    clock,
    field::{Faults, Field},
    privacy::{new_consent, parse_consent},
    problem::{Code, FaultCode, Problem, ProblemDetails},
    visit::Visit,
};

/// A citizen who registers: by phone or by e-mail.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Registration {
    /// A phone number of Việt Nam, as people write it.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "0912 345 678")]
    phone: Field<String>,
    /// An e-mail address.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    email: Field<String>,
    /// At least 8 characters, and none of the passwords that everybody tries first.
    #[serde(default)]
    #[schema(value_type = String, min_length = 8, max_length = 256)]
    password: Field<String>,
    /// The person's name.
    #[serde(default)]
    #[schema(value_type = String, max_length = 200, example = "Nguyễn Thị Hà")]
    full_name: Field<String>,
    /// The name of the wording that the person consents to, as `GET /api/v1/consent` gives it. Silence is no consent.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "2022-01")]
    consent: Field<String>,
}

/// An account, as its owner sees it.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountView {
    /// Its id.
    pub id: Uuid,
    /// What it signs in with; a phone number in E.164.
    #[schema(example = "+84912345678")]
    pub login: String,
    /// The person's name.
    pub full_name: String,
    /// `citizen`, `officer`, `leader`, `coordinator`, `steering` or `admin`.
    #[schema(value_type = String, example = "citizen")]
    pub role: Role,
    /// The agency of an officer or leader.
    #[schema(value_type = Option<String>)]
    pub agency: Option<AgencyCode>,
    /// Whether the password was made by the system and must be changed.
    pub must_change_password: bool,
    /// Whether the phone number or e-mail address was shown to be the account's own.
    pub verified: bool,
    /// Whether a sign-in asks for a second factor.
    pub second_factor: bool,
}

impl From<&Account> for AccountView {
    fn from(account: &Account) -> Self {
        Self {
            id: account.id.0,
            login: account.login.as_str().to_owned(),
            full_name: account.full_name.clone(),
            role: account.role,
            agency: account.role.needs_agency().then(|| account.actor.agency()).flatten(),
            must_change_password: account.must_change_password,
            verified: account.verified_at.is_some(),
            second_factor: account.has_second_factor,
        }
    }
}

/// Notes what is wrong with a new password.
pub(crate) fn password_fault(faults: &mut Faults, pointer: &str, password: &str, login: Option<&Login>) {
    match check_password(password, login) {
        Ok(()) => {}
        Err(PasswordFault::TooShort) => faults.add_with(pointer, FaultCode::TooShort, format!("min {PASSWORD_MIN}")),
        Err(PasswordFault::TooLong) => {
            faults.add_with(pointer, FaultCode::TooLong, format!("max {PASSWORD_MAX_BYTES}"))
        }
        Err(PasswordFault::IsLogin) => faults.add(pointer, FaultCode::PasswordIsLogin),
        Err(PasswordFault::Common) => faults.add(pointer, FaultCode::PasswordCommon),
    }
}

async fn parse(app: &App, body: Registration) -> Result<(Login, String, FullName, Option<String>), Problem> {
    let Registration { phone, email, password, full_name, consent } = body;
    let mut faults = Faults::default();
    let login = match (phone, email) {
        (Field::Absent, Field::Absent) | (Field::Given(_), Field::Given(_)) => {
            faults.add("/phone", FaultCode::OneLogin);
            None
        }
        (phone, email) => {
            let phone = faults
                .optional("/phone", phone)
                .and_then(|raw| Login::phone(&raw).inspect_err(|_| faults.add("/phone", FaultCode::InvalidPhone)).ok());
            let email = faults
                .optional("/email", email)
                .and_then(|raw| Login::email(&raw).inspect_err(|_| faults.add("/email", FaultCode::InvalidEmail)).ok());
            phone.or(email)
        }
    };
    let password = faults.required("/password", password);
    let full_name = faults.required_text("/full_name", full_name, FullName::parse);
    if let Some(password) = &password {
        password_fault(&mut faults, "/password", password, login.as_ref());
    }
    let consent = parse_consent(app, &mut faults, consent).await?;
    let values = login.zip(password).zip(full_name);
    faults.finish(values.map(|((login, password), name)| (login, password, name, consent)))
}

/// Registers a citizen.
#[utoipa::path(
    operation_id = "register", tag = "auth", security(()), request_body = Registration,
    responses(
        (status = 201, body = AccountView, description = "The account."),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json", description = "`login_taken`"),
        Public,
    )
)]
#[post("/auth/register")]
pub async fn register(app: Data<App>, body: Body<Registration>) -> Result<HttpResponse, Problem> {
    let (login, password, full_name, consent) = parse(&app, body.value).await?;
    if app.store.account_by_login(&login).await?.is_some() {
        return Err(Problem::new(Code::LoginTaken));
    }
    let password_hash = app.passwords.hash(password).await?;
    let now = clock::now();
    let id = AccountId::new(now, &clock::id_randomness());
    let account = Account::citizen(id, login, password_hash, full_name.into_string(), now);
    let mut unit = app.store.begin().await?;
    unit.add_accounts(std::slice::from_ref(&account)).await?;
    if let Some(version) = consent {
        unit.give_consent(id, &new_consent(version, now)).await?;
    }
    unit.commit().await?;
    Ok(HttpResponse::Created().json(AccountView::from(&account)))
}

/// The caller's account.
#[utoipa::path(
    operation_id = "me", tag = "auth", security(("bearer" = [])),
    responses((status = 200, body = AccountView), Guarded)
)]
#[get("/me")]
pub async fn me(app: Data<App>, SignedIn(caller): SignedIn) -> Result<HttpResponse, Problem> {
    let account = app.store.account(caller.account).await?.filter(|account| !account.is_erased());
    let account = account.ok_or_else(|| Problem::new(Code::InvalidToken))?;
    Ok(HttpResponse::Ok().json(AccountView::from(&account)))
}

/// A change of the password.
#[derive(Debug, Deserialize, ToSchema)]
pub struct PasswordChange {
    /// The password so far.
    #[serde(default)]
    #[schema(value_type = String)]
    current_password: Field<String>,
    /// The password from now on.
    #[serde(default)]
    #[schema(value_type = String, min_length = 8, max_length = 256)]
    new_password: Field<String>,
}

/// Changes the caller's password. All sessions end, with their access tokens; the answer begins a new one.
#[utoipa::path(
    operation_id = "change_password", tag = "auth", security(("bearer" = [])), request_body = PasswordChange,
    responses(
        (status = 200, body = TokenPair),
        Guarded,
    )
)]
#[post("/me/password")]
pub async fn change_password(
    app: Data<App>,
    SignedIn(caller): SignedIn,
    visit: Visit,
    body: Body<PasswordChange>,
) -> Result<HttpResponse, Problem> {
    let mut account = app.store.account(caller.account).await?.ok_or_else(|| Problem::new(Code::InvalidToken))?;
    let mut faults = Faults::default();
    let current = faults.required("/current_password", body.value.current_password);
    let new = faults.required("/new_password", body.value.new_password);
    if let Some(new) = &new {
        password_fault(&mut faults, "/new_password", new, Some(&account.login));
    }
    // One that the system made is not changed by being kept.
    if current.as_deref().map(password_form) == new.as_deref().map(password_form) && new.is_some() {
        faults.add("/new_password", FaultCode::SamePassword);
    }
    let (current, new) = faults.finish(current.zip(new))?;
    sign_in::confirm_password(&app, &account, current).await?;
    let hash = app.passwords.hash(new).await?;
    let letters = sign_in::told_of(&app, account.id, NoticeKind::PasswordChanged, None).await?;
    let now = clock::now();
    let mut unit = app.store.begin().await?;
    unit.post(&letters).await?;
    unit.set_password(account.id, &hash, false).await?;
    unit.end_sessions_of(account.id, now).await?;
    let origin = lockout::origin(&app.vault, &visit);
    let (session, token) = sign_in::begin(&mut unit, account.id, &origin, now).await?;
    unit.commit().await?;
    app.refresh_revoked().await;
    account.must_change_password = false;
    Ok(HttpResponse::Ok().json(sign_in::pair(&app, &account, session, token, now)?))
}
