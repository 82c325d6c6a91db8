//! `GET /api/v1/auth/identity-providers`, `POST /api/v1/auth/identity/start`, `POST /api/v1/auth/identity/finish`.

use actix_web::{HttpResponse, get, post, web::Data};
use domain::{
    account::Login,
    id::{AccountId, IdentityId},
    identity::ATTEMPT_LIFE_SECS,
    text::FullName,
};
use persistence::{Account, LinkedIdentity};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Identities,
    attempt::{self, Attempt, Ending, Vouched, vouched},
};
use crate::{
    answers::Public,
    app::App,
    auth::{
        TokenPair, lockout,
        sign_in::{self, Proven, pair},
    },
    body::Body,
    clock,
    field::{Faults, Field},
    privacy::{new_consent, parse_consent},
    problem::{Code, FaultCode, Problem, ProblemDetails},
    visit::Visit,
};

/// Who vouches for people.
#[derive(Debug, Serialize, ToSchema)]
pub struct IdentityProviderView {
    /// For programs.
    #[schema(example = "vneid")]
    code: String,
    /// For people.
    #[schema(example = "VNeID")]
    name: String,
}

/// Everybody who vouches for people here.
#[derive(Debug, Serialize, ToSchema)]
pub struct IdentityProviders {
    items: Vec<IdentityProviderView>,
}

/// Who vouches for people here: whom one can sign in with, beside a password.
#[utoipa::path(
    operation_id = "list_identity_providers", tag = "auth", security(()),
    responses((status = 200, body = IdentityProviders), Public)
)]
#[get("/auth/identity-providers")]
pub async fn list_identity_providers(app: Data<App>) -> HttpResponse {
    let items = app.identities.providers.iter().map(|provider| IdentityProviderView {
        code: provider.settings.code.clone(),
        name: provider.settings.name.clone(),
    });
    HttpResponse::Ok().json(IdentityProviders { items: items.collect() })
}

/// Whom to sign in with.
#[derive(Debug, Deserialize, ToSchema)]
pub struct IdentityStart {
    /// A provider's code.
    #[serde(default)]
    #[schema(value_type = String, example = "vneid")]
    provider: Field<String>,
    /// Where the provider sends the person back to: one of those that it has been told; the first unless given.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "vn.example.pakn:/dang-nhap")]
    redirect_uri: Field<String>,
}

/// A sign-in that has begun.
#[derive(Debug, Serialize, ToSchema)]
pub struct IdentityBegun {
    /// Where the person must go, in the system's browser (RFC 8252), never in a window of the app's own.
    pub(super) authorization_url: String,
    /// To end it with. It stays on this device and goes into no link.
    pub(super) attempt: String,
    /// For how many seconds it may be ended.
    #[schema(example = 600)]
    pub(super) expires_in: u32,
}

/// The provider and the link back that a body names.
pub(super) fn parse_start<'a>(
    identities: &'a Identities,
    faults: &mut Faults,
    provider: Field<String>,
    redirect_uri: Field<String>,
) -> Option<(&'a super::Provider, String)> {
    let given = faults.required("/provider", provider);
    let redirect = faults.optional("/redirect_uri", redirect_uri);
    let given = given?;
    let Some(provider) = identities.providers.iter().find(|provider| provider.settings.code == given) else {
        let known: Vec<&str> = identities.providers.iter().map(|provider| provider.settings.code.as_str()).collect();
        faults.unknown("/provider", FaultCode::UnknownWord, &given, &known);
        return None;
    };
    let registered = &provider.settings.redirect_uris;
    match redirect {
        None => registered.first().cloned(),
        // To the letter: what only begins alike may be somebody else's.
        Some(given) if registered.contains(&given) => Some(given),
        Some(given) => {
            let known: Vec<&str> = registered.iter().map(String::as_str).collect();
            faults.unknown("/redirect_uri", FaultCode::UnknownWord, &given, &known);
            None
        }
    }
    .map(|redirect| (provider, redirect))
}

/// Begins a sign-in with an identity that a provider vouches for.
#[utoipa::path(
    operation_id = "begin_identity_sign_in", tag = "auth", security(()), request_body = IdentityStart,
    responses(
        Public,
        (status = 200, body = IdentityBegun),
        (status = 503, body = ProblemDetails, content_type = "application/problem+json",
            description = "`identity_provider_unavailable`; `unavailable`, `timeout`, `busy`; with `Retry-After`"),
    )
)]
#[post("/auth/identity/start")]
pub async fn begin_identity_sign_in(app: Data<App>, body: Body<IdentityStart>) -> Result<HttpResponse, Problem> {
    let IdentityStart { provider, redirect_uri } = body.value;
    let mut faults = Faults::default();
    let asked = parse_start(&app.identities, &mut faults, provider, redirect_uri);
    let (provider, redirect_uri) = faults.finish(asked)?;
    let _turn = app.identities.turn()?;
    let (attempt, url) = attempt::begin(&app, provider, redirect_uri, None).await?;
    Ok(HttpResponse::Ok().json(IdentityBegun { authorization_url: url.into(), attempt, expires_in: ATTEMPT_LIFE_SECS }))
}

/// What the person came back with, and what was still missing the time before.
#[derive(Debug, Deserialize, ToSchema)]
pub struct IdentityReturn {
    /// As the beginning gave it.
    #[serde(default)]
    #[schema(value_type = String)]
    attempt: Field<String>,
    /// `state` of the link back; no more once the provider has vouched.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    state: Field<String>,
    /// `code` of the link back.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    code: Field<String>,
    /// `iss` of the link back, where it has one.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    iss: Field<String>,
    /// `error` of the link back, where it has no code.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    error: Field<String>,
    /// The code of the second factor, for an account that has one.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "012345")]
    second_factor: Field<String>,
    /// The person's name, where an account is made and the provider does not say it.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200, example = "Nguyễn Thị Hà")]
    full_name: Field<String>,
    /// The wording that the person consents to, where an account is made.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "2022-01")]
    consent: Field<String>,
}

/// Ends a sign-in with an identity. The first time makes an account; after that the identity opens that one. Where something is missing (a second
/// factor, a name, a consent) the attempt stays good: it is sent again with that, without `state` and `code`.
#[utoipa::path(
    operation_id = "end_identity_sign_in", tag = "auth", security(()), request_body = IdentityReturn,
    responses(
        (status = 200, body = TokenPair),
        (status = 201, body = TokenPair, description = "An account was made."),
        (status = 401, body = ProblemDetails, content_type = "application/problem+json",
            description = "`identity_refused`; `identity_attempt_over`; `second_factor_required`; `wrong_second_factor`"),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json",
            description = "`identity_not_linked`: there is an account with that phone number; sign in to it and link the identity"),
        Public,
        (status = 503, body = ProblemDetails, content_type = "application/problem+json",
            description = "`identity_provider_unavailable`; `unavailable`, `timeout`, `busy`; with `Retry-After`"),
    )
)]
#[post("/auth/identity/finish")]
pub async fn end_identity_sign_in(
    app: Data<App>,
    visit: Visit,
    body: Body<IdentityReturn>,
) -> Result<HttpResponse, Problem> {
    let IdentityReturn { attempt, state, code, iss, error, second_factor, full_name, consent } = body.value;
    let mut faults = Faults::default();
    let factor = faults.optional("/second_factor", second_factor);
    let (attempt, vouched) = vouched(&app, None, faults, Ending { attempt, state, code, iss, error }).await?;
    match app.store.account_by_identity(&vouched.digest()?).await? {
        Some(account) => sign_in(&app, &visit, account, &attempt, &vouched, factor).await,
        None => make_account(&app, &visit, &attempt, &vouched, full_name, consent).await,
    }
}

async fn sign_in(
    app: &App,
    visit: &Visit,
    account: Account,
    attempt: &Attempt,
    vouched: &Vouched,
    factor: Option<String>,
) -> Result<HttpResponse, Problem> {
    if !account.is_active {
        return Err(Problem::new(Code::IdentityRefused).caused_by("an account that is not active"));
    }
    let proven = Proven::with_factor(app, visit, account, Vec::new(), factor).await?;
    let now = clock::now();
    let mut unit = app.store.begin().await?;
    attempt.end(&mut unit).await?;
    let (account, origin) = proven.settle(&mut unit).await?;
    unit.used_identity(&vouched.digest()?, now).await?;
    let (session, token) = sign_in::begin(&mut unit, account.id, &origin, now).await?;
    unit.commit().await?;
    Ok(HttpResponse::Ok().json(pair(app, &account, session, token, now)?))
}

async fn make_account(
    app: &App,
    visit: &Visit,
    attempt: &Attempt,
    vouched: &Vouched,
    full_name: Field<String>,
    consent: Field<String>,
) -> Result<HttpResponse, Problem> {
    let described = vouched.described.as_described();
    let login = described.login();
    if let Some(login) = &login
        && app.store.account_by_login(login).await?.is_some()
    {
        return Err(Problem::new(Code::IdentityNotLinked));
    }
    let mut faults = Faults::default();
    let full_name = match (full_name, described.full_name()) {
        (Field::Absent, Some(name)) => Some(name),
        (given, _) => faults.required_text("/full_name", given, FullName::parse),
    };
    let consent = parse_consent(app, &mut faults, consent).await?;
    let full_name = faults.finish(full_name)?;
    // Nobody knows it: the person sets one by a code, if they have a phone number or an address and want one.
    let password_hash = app.passwords.hash(clock::secret()).await?;
    let now = clock::now();
    let id = AccountId::new(now, &clock::id_randomness());
    let own_name = || Login::name(&format!("dinh-danh.{}", id.0.simple())).map_err(Problem::internal);
    let login = login.map_or_else(own_name, Ok)?;
    let account = Account {
        // By the provider.
        verified_at: Some(now),
        ..Account::citizen(id, login, password_hash, full_name.into_string(), now)
    };
    let linked = LinkedIdentity {
        id: IdentityId::new(now, &clock::id_randomness()),
        account: id,
        provider: vouched.provider.clone(),
        is_founding: true,
        linked_at: now,
        last_used_at: Some(now),
    };
    let mut unit = app.store.begin().await?;
    attempt.end(&mut unit).await?;
    unit.add_accounts(std::slice::from_ref(&account)).await?;
    if !unit.link_identity(&vouched.digest()?, &linked).await? {
        // Another sign-in of the same person was faster; the next one opens what it made.
        return Err(Problem::new(Code::IdentityAttemptOver));
    }
    if let Some(version) = consent {
        unit.give_consent(id, &new_consent(version, now)).await?;
    }
    let (session, token) = sign_in::begin(&mut unit, id, &lockout::origin(&app.vault, visit), now).await?;
    unit.commit().await?;
    Ok(HttpResponse::Created().json(pair(app, &account, session, token, now)?))
}
