//! `/api/v1/api-keys`: keys of agencies' own systems, made by an administrator or the agency's leader, and of programs that send petitions by
//! Open311, made by an administrator.

use actix_web::{
    HttpResponse, delete, get, post,
    web::{Data, Path},
};
use chrono::{Days, NaiveDate};
use domain::{
    account::{Actor, Login, Role},
    api_key::{API_KEY_DAYS, API_KEYS_OF_AN_AGENCY, ApiScope, KeyHolder, sent_through},
    code::{AgencyCode, SourceCode},
    id::{AccountId, ApiKeyId},
    text::Title,
    time::Instant,
};
use persistence::{Account, ApiKey, Page};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    Allowed, Caller, KeyKeepers,
    api_keys::{PREFIX, digest},
};
use crate::{
    answers::Guarded,
    app::App,
    body::Body,
    clock,
    field::{Faults, Field},
    listed::Listed,
    problem::{Code, FaultCode, Problem, ProblemDetails},
    query::Query,
};

/// A key to make.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ApiKeyBody {
    /// What it is for, one line.
    #[serde(default)]
    #[schema(value_type = String, max_length = 200, example = "Phần mềm quản lý văn bản")]
    name: Field<String>,
    /// For an agency's system `read`, `handle`, `answer`: at least one of them. For a program that sends petitions `open311` alone, given by an
    /// administrator.
    #[serde(default)]
    #[schema(value_type = Vec<String>, example = json!(["read"]))]
    scopes: Field<Vec<String>>,
    /// The agency; a leader's own unless given.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "ubnd-256")]
    agency: Field<String>,
    /// With `open311`: what the program is known by, 1 to 56 lower-case letters, digits and hyphens. Petitions that come with its keys have
    /// the source `open311-` and this, and it follows all of them.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "toi-yeu-bac-ninh")]
    source: Field<String>,
    /// The last day it is good, at most a year from now; a year unless given.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    expires_on: Field<String>,
}

/// A key, without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApiKeyView {
    id: Uuid,
    /// What it is for.
    name: String,
    /// The agency; `null` of a program that sends petitions.
    #[schema(value_type = Option<String>, example = "ubnd-256")]
    agency: Option<AgencyCode>,
    /// The program that sends petitions; `null` of an agency's system.
    #[schema(value_type = Option<String>)]
    source: Option<SourceCode>,
    /// The account that acts where it is used, as the log names it.
    account: Uuid,
    /// `read`, `handle`, `answer`, or `open311`.
    #[schema(value_type = Vec<String>, example = json!(["read"]))]
    scopes: Vec<ApiScope>,
    created_at: String,
    expires_at: String,
    /// When it was taken back.
    revoked_at: Option<String>,
    /// When it was last used, within a minute or so.
    last_used_at: Option<String>,
}

/// A key that was made.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApiKeyCreated {
    key: ApiKeyView,
    /// For the header `Authorization: Bearer …`; shown this once.
    #[schema(example = "pakn_…")]
    secret: String,
}

/// Which keys.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ApiKeyQuery {
    /// For an administrator: those of one agency.
    agency: Option<String>,
    /// How many, 1 to 100; 20 unless given.
    #[param(value_type = Option<u32>)]
    limit: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

impl From<ApiKey> for ApiKeyView {
    fn from(key: ApiKey) -> Self {
        Self {
            id: key.id.0,
            name: key.name,
            agency: key.holder.agency().cloned(),
            source: key.holder.sender().cloned(),
            account: key.account.0,
            scopes: key.scopes,
            created_at: key.created_at.to_local_rfc3339(),
            expires_at: key.expires_at.to_local_rfc3339(),
            revoked_at: key.revoked_at.map(Instant::to_local_rfc3339),
            last_used_at: key.last_used_at.map(Instant::to_local_rfc3339),
        }
    }
}

/// The agency whose keys and webhooks a caller may keep; `None`: any.
pub(crate) fn kept_by(caller: &Caller) -> Option<AgencyCode> {
    match caller.role {
        Role::Admin => None,
        Role::Leader | Role::Citizen | Role::Officer | Role::Coordinator | Role::Steering => caller.actor.agency(),
    }
}

struct NewKey {
    name: Title,
    scopes: Vec<ApiScope>,
    holder: KeyHolder,
    expires_at: Instant,
}

fn parse(body: ApiKeyBody, caller: &Caller, app: &App) -> Result<NewKey, Problem> {
    let ApiKeyBody { name, scopes, agency, source, expires_on } = body;
    let mut faults = Faults::default();
    let name = faults.required_text("/name", name, Title::parse);
    let words = faults.required("/scopes", scopes);
    // Who keeps an agency's keys gives none that sends petitions.
    let is_senders = |word: &String| ApiScope::parse(word).is_some_and(ApiScope::is_senders);
    let names_sender = source != Field::Absent || words.iter().flatten().any(is_senders);
    let sends = kept_by(caller).is_none() && names_sender;
    let scopes = words.map(|words| parse_scopes(&mut faults, &words, sends));
    let holder = match (faults.optional("/source", source), sends) {
        (None, false) => agency_to_keep_for(&mut faults, agency, caller, app).map(KeyHolder::Agency),
        (Some(_), false) => {
            faults.add("/source", FaultCode::KeyOfTwo);
            None
        }
        (source, true) => match (faults.optional("/agency", agency), source) {
            (None, None) => {
                faults.add("/source", FaultCode::Required);
                None
            }
            (Some(_), _) => {
                faults.add("/agency", FaultCode::KeyOfTwo);
                None
            }
            (None, Some(raw)) => parse_source(&mut faults, &raw),
        },
    };
    let today = clock::now().local_date();
    let latest = today.checked_add_days(Days::new(u64::from(API_KEY_DAYS))).unwrap_or(today);
    let last_day = match faults.optional("/expires_on", expires_on).map(|raw| raw.parse::<NaiveDate>()) {
        None => Some(latest),
        Some(Ok(day)) if (today..=latest).contains(&day) => Some(day),
        Some(Ok(_)) => {
            faults.add_with("/expires_on", FaultCode::OutOfRange, format!("{today} – {latest}"));
            None
        }
        Some(Err(_)) => {
            faults.add("/expires_on", FaultCode::InvalidInstant);
            None
        }
    };
    let values = name.zip(scopes).zip(holder).zip(last_day);
    faults.finish(values.map(|(((name, scopes), holder), last_day)| NewKey {
        name,
        scopes,
        holder,
        expires_at: Instant::start_of_day(last_day).plus(chrono::Duration::days(1)),
    }))
}

/// For which agency somebody makes a key or a webhook: their own unless given.
pub(crate) fn agency_to_keep_for(
    faults: &mut Faults,
    agency: Field<String>,
    caller: &Caller,
    app: &App,
) -> Option<AgencyCode> {
    match (faults.optional("/agency", agency), kept_by(caller)) {
        (None, Some(own)) => Some(own),
        (None, None) => {
            faults.add("/agency", FaultCode::Required);
            None
        }
        (Some(raw), own) => parse_agency(faults, &raw, own.as_ref(), app),
    }
}

/// Whose keys or webhooks a list is to show; `None`: those of all.
pub(crate) fn agency_to_list(faults: &mut Faults, raw: Option<&str>, caller: &Caller, app: &App) -> Option<AgencyCode> {
    let own = kept_by(caller);
    match raw {
        None => own,
        Some(raw) => parse_agency(faults, raw, own.as_ref(), app),
    }
}

/// The scopes of an agency's key, or of one that sends petitions.
fn parse_scopes(faults: &mut Faults, words: &[String], sends: bool) -> Vec<ApiScope> {
    let known: Vec<ApiScope> = ApiScope::ALL.iter().copied().filter(|scope| scope.is_senders() == sends).collect();
    let parse = |word: &str| ApiScope::parse(word).filter(|scope| known.contains(scope));
    let mut scopes: Vec<ApiScope> = Vec::new();
    for (place, word) in words.iter().enumerate() {
        let pointer = format!("/scopes/{place}");
        match faults.word(&pointer, word, parse, &known, ApiScope::as_str) {
            Some(scope) if scopes.contains(&scope) => faults.add(pointer, FaultCode::Repeated),
            Some(scope) => scopes.push(scope),
            None => {}
        }
    }
    if words.is_empty() {
        faults.add("/scopes", FaultCode::Required);
    }
    scopes
}

/// What a program that sends petitions is known by, short enough for the login of its account.
fn parse_source(faults: &mut Faults, raw: &str) -> Option<KeyHolder> {
    let source = SourceCode::parse(raw).ok();
    let source = source.filter(|code| KeyHolder::sender_login(code).is_ok() && sent_through(code).is_some());
    if source.is_none() {
        faults.add("/source", FaultCode::InvalidCode);
    }
    source.map(KeyHolder::Sender)
}

/// An agency that there is, that has officers of its own kind, and that is the caller's where only that may be.
fn parse_agency(faults: &mut Faults, raw: &str, own: Option<&AgencyCode>, app: &App) -> Option<AgencyCode> {
    let catalogue = app.catalogue();
    let directory = &catalogue.catalogue.directory;
    let known =
        |code: &AgencyCode| directory.agency(code).is_some_and(|agency| agency.validity.covers(directory.day()));
    let Some(code) = AgencyCode::parse(raw).ok().filter(known) else {
        faults.add("/agency", FaultCode::UnknownAgency);
        return None;
    };
    if code == AgencyCode::coordinator() || own.is_some_and(|own| *own != code) {
        faults.add("/agency", FaultCode::ForeignAgency);
        return None;
    }
    Some(code)
}

/// Makes a key for an agency's own system, which acts as an officer of that agency within its scopes; or for a program that sends citizens'
/// petitions by Open311.
#[utoipa::path(
    operation_id = "create_api_key", tag = "agency", security(("bearer" = [])), request_body = ApiKeyBody,
    extensions(("x-roles" = json!(["leader", "admin"]))),
    responses(
        (status = 201, body = ApiKeyCreated),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json", description = "`too_many`"),
        Guarded,
    )
)]
#[post("/api-keys")]
pub async fn create_api_key(
    app: Data<App>,
    allowed: Allowed<KeyKeepers>,
    body: Body<ApiKeyBody>,
) -> Result<HttpResponse, Problem> {
    let NewKey { name, scopes, holder, expires_at } = parse(body.value, &allowed.caller, &app)?;
    let now = clock::now();
    let good = app.store.good_api_keys(now).await?;
    if good.iter().filter(|key| key.holder == holder).count() >= API_KEYS_OF_AN_AGENCY {
        return Err(Problem::with(Code::TooMany, format!("max {API_KEYS_OF_AN_AGENCY}")));
    }
    let secret = format!("{PREFIX}{}", clock::secret());
    let id = ApiKeyId::new(now, &clock::id_randomness());
    let (acting, is_new) = acting_account(&app, &holder, name.as_str(), now).await?;
    let account = acting.id;
    let key = ApiKey {
        id,
        account,
        holder,
        name: name.into_string(),
        hash: digest(&secret),
        scopes,
        created_by: allowed.caller.account,
        created_at: now,
        expires_at,
        revoked_at: None,
        last_used_at: None,
    };
    let mut unit = app.store.begin().await?;
    if is_new {
        unit.add_accounts(std::slice::from_ref(&acting)).await?;
    }
    unit.add_api_key(&key).await?;
    unit.commit().await?;
    tracing::info!(target: "audit", { key.id = %id, account.id = %account, by = %allowed.caller.account }, "api key made");
    if let Err(error) = app.api_keys.read_again(&app.store).await {
        // It exists, and its secret is told this once; it is good in a few seconds.
        tracing::warn!(%error, "the keys of agencies' systems could not be read again");
    }
    Ok(HttpResponse::Created()
        .insert_header(("cache-control", "no-store"))
        .json(ApiKeyCreated { key: ApiKeyView::from(key), secret }))
}

/// The account that acts where a key of that holder is used, and whether it must be made: a key of an agency's system has one of its own, a
/// program that sends petitions has one for all of its keys.
async fn acting_account(app: &App, holder: &KeyHolder, name: &str, now: Instant) -> Result<(Account, bool), Problem> {
    let id = AccountId::new(now, &clock::id_randomness());
    let (login, role) = match holder {
        KeyHolder::Agency(_) => (Login::name(&format!("khoa.{id}")).map_err(Problem::internal)?, Role::Officer),
        KeyHolder::Sender(source) => {
            let login = KeyHolder::sender_login(source).map_err(Problem::internal)?;
            if let Some(account) = app.store.account_by_login(&login).await? {
                return Ok((account, false));
            }
            (login, Role::Citizen)
        }
    };
    let actor = Actor::new(id, role, holder.agency().cloned()).map_err(Problem::internal)?;
    // Nobody signs in to it, and it is no staff: an agency with nothing but a key would get petitions that nobody reads.
    let acting = Account {
        id,
        login,
        password_hash: String::new(),
        full_name: name.to_owned(),
        actor,
        role,
        must_change_password: false,
        has_second_factor: false,
        contact_phone: None,
        verified_at: None,
        is_active: false,
        created_at: now,
    };
    Ok((acting, true))
}

/// The keys of the caller's agency, for an administrator of all; newest first, also those that are over.
#[utoipa::path(
    operation_id = "api_keys", tag = "agency", security(("bearer" = [])), params(ApiKeyQuery),
    extensions(("x-roles" = json!(["leader", "admin"]))),
    responses((status = 200, body = Listed<ApiKeyView>), Guarded)
)]
#[get("/api-keys")]
pub async fn list_api_keys(
    app: Data<App>,
    allowed: Allowed<KeyKeepers>,
    Query(query): Query<ApiKeyQuery>,
) -> Result<HttpResponse, Problem> {
    let mut faults = Faults::default();
    let limit = faults.limit(query.limit.as_deref());
    let after = faults.id_cursor(query.cursor.as_deref()).map(ApiKeyId);
    let agency = agency_to_list(&mut faults, query.agency.as_deref(), &allowed.caller, &app);
    faults.finish(Some(()))?;
    let found = app.store.api_keys(agency.as_ref(), Page { after, limit: limit + 1 }).await?;
    let page = Listed::of(found, limit, |key| key.id.0.to_string());
    Ok(HttpResponse::Ok().json(page.map(ApiKeyView::from)))
}

/// Takes a key back: on this server at once, on others within seconds.
#[utoipa::path(
    operation_id = "revoke_api_key", tag = "agency", security(("bearer" = [])),
    extensions(("x-roles" = json!(["leader", "admin"]))), params(("id" = Uuid, Path)),
    responses(
        (status = 204),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json", description = "`not_found`: there is none, or it was taken back"),
        Guarded,
    )
)]
#[delete("/api-keys/{id}")]
pub async fn revoke_api_key(
    app: Data<App>,
    allowed: Allowed<KeyKeepers>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = id.parse::<Uuid>().map(ApiKeyId).map_err(|_| Problem::new(Code::NotFound))?;
    let own = kept_by(&allowed.caller);
    let key =
        app.store.api_key(id).await?.filter(|key| own.as_ref().is_none_or(|own| key.holder.agency() == Some(own)));
    let key = key.ok_or_else(|| Problem::new(Code::NotFound))?;
    let mut unit = app.store.begin().await?;
    if !unit.revoke_api_key(key.id, clock::now()).await? {
        return Err(Problem::new(Code::NotFound));
    }
    unit.commit().await?;
    tracing::info!(target: "audit", { key.id = %key.id, by = %allowed.caller.account }, "api key taken back");
    app.api_keys.read_again(&app.store).await?;
    Ok(HttpResponse::NoContent().finish())
}
