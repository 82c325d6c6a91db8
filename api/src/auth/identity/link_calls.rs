//! `GET /api/v1/me/identities`, `POST /api/v1/me/identities/start`, `POST /api/v1/me/identities`, `DELETE /api/v1/me/identities/{id}`.

use actix_web::{HttpResponse, delete, get, post, web::Data, web::Path};
use domain::{account::Login, id::IdentityId, identity::ATTEMPT_LIFE_SECS, notice::NoticeKind};
use persistence::LinkedIdentity;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    attempt::{self, Ending, vouched},
    sign_in_calls::{IdentityBegun, parse_start},
};
use crate::{
    answers::Guarded,
    app::App,
    auth::{
        SignedIn,
        sign_in::{confirm_password, told_of},
    },
    body::Body,
    clock,
    field::{Faults, Field},
    problem::{Code, Problem, ProblemDetails},
};

/// The most identities of one account.
const MOST: usize = 10;

/// An identity that opens the account.
#[derive(Debug, Serialize, ToSchema)]
pub struct IdentityView {
    /// Its id.
    id: Uuid,
    /// Its provider's code.
    #[schema(example = "vneid")]
    provider: String,
    /// Its provider's name; the code where the settings know it no more.
    #[schema(example = "VNeID")]
    provider_name: String,
    /// Whether the account was made with it.
    founding: bool,
    /// Since when it opens the account.
    linked_at: String,
    /// When it last did.
    last_used_at: Option<String>,
}

impl IdentityView {
    pub(crate) fn of(app: &App, identity: LinkedIdentity) -> Self {
        let known = app.identities.provider(&identity.provider).ok();
        Self {
            id: identity.id.0,
            provider_name: known.map_or_else(|| identity.provider.clone(), |known| known.settings.name.clone()),
            provider: identity.provider,
            founding: identity.is_founding,
            linked_at: identity.linked_at.to_local_rfc3339(),
            last_used_at: identity.last_used_at.map(domain::time::Instant::to_local_rfc3339),
        }
    }
}

/// The identities that open the account.
#[derive(Debug, Serialize, ToSchema)]
pub struct IdentityList {
    items: Vec<IdentityView>,
}

/// The identities that open the caller's account beside its password.
#[utoipa::path(
    operation_id = "my_identities", tag = "auth", security(("bearer" = [])),
    responses((status = 200, body = IdentityList), Guarded)
)]
#[get("/me/identities")]
pub async fn my_identities(app: Data<App>, SignedIn(caller): SignedIn) -> Result<HttpResponse, Problem> {
    let linked = app.store.identities_of(caller.account).await?.into_iter();
    Ok(HttpResponse::Ok()
        .json(IdentityList { items: linked.map(|identity| IdentityView::of(&app, identity)).collect() }))
}

/// Whom to link.
#[derive(Debug, Deserialize, ToSchema)]
pub struct IdentityLinkStart {
    /// A provider's code.
    #[serde(default)]
    #[schema(value_type = String, example = "vneid")]
    provider: Field<String>,
    /// Where the provider sends the person back to; the first that it has been told unless given.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "vn.example.pakn:/dang-nhap")]
    redirect_uri: Field<String>,
    /// The password: a phone that lies open is not enough to give somebody else a way in for good. An account that was made with an identity gets
    /// one by a code (`POST /api/v1/auth/password/code`).
    #[serde(default)]
    #[schema(value_type = String)]
    current_password: Field<String>,
}

/// Begins to link an identity to the caller's account.
#[utoipa::path(
    operation_id = "begin_identity_link", tag = "auth", security(("bearer" = [])), request_body = IdentityLinkStart,
    responses(
        (status = 200, body = IdentityBegun),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json", description = "`too_many`"),
        Guarded,
        (status = 503, body = ProblemDetails, content_type = "application/problem+json",
            description = "`identity_provider_unavailable`; `unavailable`, `timeout`, `busy`; with `Retry-After`"),
    )
)]
#[post("/me/identities/start")]
pub async fn begin_identity_link(
    app: Data<App>,
    SignedIn(caller): SignedIn,
    body: Body<IdentityLinkStart>,
) -> Result<HttpResponse, Problem> {
    let IdentityLinkStart { provider, redirect_uri, current_password } = body.value;
    let mut faults = Faults::default();
    let asked = parse_start(&app.identities, &mut faults, provider, redirect_uri);
    let password = faults.required("/current_password", current_password);
    let ((provider, redirect_uri), password) = faults.finish(asked.zip(password))?;
    let account = app.store.account(caller.account).await?.ok_or_else(|| Problem::new(Code::InvalidToken))?;
    confirm_password(&app, &account, password).await?;
    if app.store.identities_of(caller.account).await?.len() >= MOST {
        return Err(Problem::new(Code::TooMany));
    }
    let _turn = app.identities.turn()?;
    let (attempt, url) = attempt::begin(&app, provider, redirect_uri, Some(caller.account)).await?;
    Ok(HttpResponse::Ok().json(IdentityBegun { authorization_url: url.into(), attempt, expires_in: ATTEMPT_LIFE_SECS }))
}

/// What the person came back with.
#[derive(Debug, Deserialize, ToSchema)]
pub struct IdentityLinkReturn {
    /// As the beginning gave it.
    #[serde(default)]
    #[schema(value_type = String)]
    attempt: Field<String>,
    /// `state` of the link back.
    #[serde(default)]
    #[schema(value_type = String)]
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
}

/// Links an identity to the caller's account: from now on it opens it.
#[utoipa::path(
    operation_id = "link_identity", tag = "auth", security(("bearer" = [])), request_body = IdentityLinkReturn,
    responses(
        Guarded,
        (status = 201, body = IdentityView),
        (status = 401, body = ProblemDetails, content_type = "application/problem+json",
            description = "`unauthenticated`, `invalid_token`; `identity_refused`; `identity_attempt_over`"),
        (status = 503, body = ProblemDetails, content_type = "application/problem+json",
            description = "`identity_provider_unavailable`; `unavailable`, `timeout`, `busy`; with `Retry-After`"),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json",
            description = "`identity_taken`: it opens an account already"),
    )
)]
#[post("/me/identities")]
pub async fn link_identity(
    app: Data<App>,
    SignedIn(caller): SignedIn,
    body: Body<IdentityLinkReturn>,
) -> Result<HttpResponse, Problem> {
    let IdentityLinkReturn { attempt, state, code, iss, error } = body.value;
    let ending = Ending { attempt, state, code, iss, error };
    let (attempt, vouched) = vouched(&app, Some(caller.account), Faults::default(), ending).await?;
    let now = clock::now();
    let linked = LinkedIdentity {
        id: IdentityId::new(now, &clock::id_randomness()),
        account: caller.account,
        provider: vouched.provider.clone(),
        is_founding: false,
        linked_at: now,
        last_used_at: None,
    };
    let provider = app.identities.provider(&vouched.provider).ok().map(|known| known.settings.name.as_str());
    let letters = told_of(&app, caller.account, NoticeKind::IdentityLinked, provider).await?;
    let mut unit = app.store.begin().await?;
    attempt.end(&mut unit).await?;
    if !unit.link_identity(&vouched.digest()?, &linked).await? {
        return Err(Problem::new(Code::IdentityTaken));
    }
    unit.post(&letters).await?;
    unit.commit().await?;
    tracing::info!(target: "audit", { account.id = %caller.account, identity.id = %linked.id }, "an identity was linked");
    Ok(HttpResponse::Created().json(IdentityView::of(&app, linked)))
}

/// Lets an identity open the caller's account no more.
#[utoipa::path(
    operation_id = "unlink_identity", tag = "auth", security(("bearer" = [])), params(("id" = Uuid, Path)),
    responses(
        (status = 204),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json",
            description = "`last_way_in`: the account has neither phone number nor e-mail address, and no other identity"),
        Guarded,
    )
)]
#[delete("/me/identities/{id}")]
pub async fn unlink_identity(
    app: Data<App>,
    SignedIn(caller): SignedIn,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = id.parse::<Uuid>().map(IdentityId).map_err(|_| Problem::new(Code::NotFound))?;
    let account = app.store.account(caller.account).await?.ok_or_else(|| Problem::new(Code::InvalidToken))?;
    let linked = app.store.identities_of(caller.account).await?;
    let was_made_with_one = linked.iter().any(|identity| identity.is_founding);
    let needs_one = match account.login {
        // Whoever has one gets a password by a code.
        Login::Phone(_) | Login::Email(_) => false,
        Login::Name(_) => was_made_with_one,
    };
    if needs_one && linked.len() == 1 && linked.iter().any(|identity| identity.id == id) {
        return Err(Problem::new(Code::LastWayIn));
    }
    let mut unit = app.store.begin().await?;
    if !unit.unlink_identity(caller.account, id).await? {
        return Err(Problem::new(Code::NotFound));
    }
    unit.commit().await?;
    tracing::info!(target: "audit", { account.id = %caller.account, identity.id = %id }, "an identity was unlinked");
    Ok(HttpResponse::NoContent().finish())
}
