//! `GET /open311/v2/requests`: published petitions by number and by time, and one by its number; `GET /open311/v2/tokens`.

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::{StatusCode, header},
    web::{Data, Path},
};
use domain::{api_key::sent_through, id::PetitionId, petition::PetitionCode};
use persistence::{PublicFilter, PublicPages, Span, Store, StoreError, StoredPetition};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    answers::Reading,
    format::{Format, Root},
    jurisdiction::{Asked, JurisdictionQuery},
    period::{instant, sent},
    view::{RequestStatus, ServiceRequest, own_request, requests},
};
use crate::{
    app::App,
    clock,
    field::Faults,
    problem::{Code, FaultCode, Problem},
    public::{PublicPetitions, area},
    query::Query,
};

/// How many requests an answer has at most, and how many it has unless asked (GeoReport v2: the first 1,000).
pub(crate) const MOST_REQUESTS: u64 = 1_000;

/// How many requests may be skipped to reach a page: whoever wants to see more asks for a shorter time.
const MOST_SKIPPED: u64 = 100_000;

/// Which requests.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RequestsQuery {
    /// Up to 1,000 numbers, comma-separated; all else is then not looked at.
    service_request_id: Option<String>,
    /// Services, comma-separated.
    service_code: Option<String>,
    /// Sent at that instant or later, RFC 3339, or a date. At most 90 days before `end_date`; where neither is given, the last 90 days.
    start_date: Option<String>,
    /// Sent at that instant or earlier.
    end_date: Option<String>,
    /// `open`, `closed`, or both, comma-separated.
    status: Option<String>,
    /// Last changed at that instant or later. Where neither `start_date` nor `end_date` is given, whenever it was sent.
    updated_after: Option<String>,
    /// Last changed at that instant or earlier.
    updated_before: Option<String>,
    /// A part of the map: `west,south,east,north`, degrees, WGS 84.
    bbox: Option<String>,
    /// Which page, from 1.
    #[param(value_type = Option<u32>)]
    page: Option<String>,
    /// How many on a page, 1 to 1,000; 1,000 unless given. At most 100,000 may come before a page.
    #[param(value_type = Option<u32>)]
    page_size: Option<String>,
    /// `true`: with `extended_attributes`.
    extensions: Option<String>,
}

/// What is asked for, read.
struct Sought {
    pages: PublicPages,
    skip: u64,
    limit: u64,
}

fn list(raw: Option<&str>) -> impl Iterator<Item = &str> {
    raw.unwrap_or_default().split(',').map(str::trim).filter(|word| !word.is_empty())
}

/// A whole number of at least 1.
fn count(faults: &mut Faults, name: &str, raw: Option<&str>, most: u64) -> Option<u64> {
    let raw = raw.filter(|raw| !raw.is_empty())?;
    let number = raw.parse::<u64>().ok().filter(|number| (1..=most).contains(number));
    if number.is_none() {
        let range = if most == u64::MAX { "≥ 1".to_owned() } else { format!("1–{most}") };
        faults.add_with(format!("/{name}"), FaultCode::OutOfRange, range);
    }
    number
}

fn read(app: &App, query: &RequestsQuery) -> Result<Sought, Problem> {
    let mut faults = Faults::default();
    let mut at = |name, raw: &Option<String>| instant(&mut faults, name, raw.as_deref());
    let (start, end) = (at("start_date", &query.start_date), at("end_date", &query.end_date));
    let changed =
        Span { from: at("updated_after", &query.updated_after), to: at("updated_before", &query.updated_before) };
    let sent = match (start, end) {
        (None, None) if changed.is_bounded() => Span::default(),
        (start, end) => sent(&mut faults, start, end, clock::now()),
    };
    let mut statuses = Vec::new();
    for word in list(query.status.as_deref()) {
        let known = &RequestStatus::ALL;
        let status = faults.word("/status", word, RequestStatus::parse, known, RequestStatus::as_str);
        statuses.extend(status.into_iter().flat_map(RequestStatus::statuses));
    }
    let categories = faults.categories_at("/service_code", query.service_code.as_deref(), &app.catalogue());
    let area = query.bbox.as_deref().filter(|raw| !raw.is_empty()).and_then(|raw| area(raw, &mut faults));
    let limit = count(&mut faults, "page_size", query.page_size.as_deref(), MOST_REQUESTS).unwrap_or(MOST_REQUESTS);
    let page = count(&mut faults, "page", query.page.as_deref(), u64::MAX).unwrap_or(1);
    let skip = (page - 1).saturating_mul(limit);
    if skip > MOST_SKIPPED {
        faults.add_with("/page", FaultCode::OutOfRange, format!("(page − 1) × page_size ≤ {MOST_SKIPPED}"));
    }
    let filter = PublicFilter { area, categories, statuses, text: None };
    faults.finish(Some(Sought { pages: PublicPages { filter, sent, changed }, skip, limit }))
}

/// These numbers; what is no number of a petition is none.
fn numbers_of(numbers: &str) -> Result<Vec<PetitionCode>, Problem> {
    let codes: Vec<PetitionCode> = list(Some(numbers)).filter_map(|raw| PetitionCode::parse(raw).ok()).collect();
    if list(Some(numbers)).count() > usize::try_from(MOST_REQUESTS).unwrap_or(usize::MAX) {
        let mut faults = Faults::default();
        faults.add_with("/service_request_id", FaultCode::TooManyItems, format!("max {MOST_REQUESTS}"));
        return faults.finish(None);
    }
    Ok(codes)
}

/// Those petitions, with what is shown with them.
async fn shown_with(store: &Store, found: Vec<StoredPetition>) -> Result<PublicPetitions, StoreError> {
    PublicPetitions::of(store, found.into_iter().map(|stored| stored.petition).collect()).await
}

/// Published petitions, the last that were sent first; where only `updated_after` or `updated_before` is given, the last that changed first.
/// What is published or changes between two pages may move a request from one to the other.
#[utoipa::path(
    operation_id = "open311_requests", tag = "open311", security(()),
    params(("format" = inline(Format), Path, description = "The form of the answer."), JurisdictionQuery, RequestsQuery),
    responses((status = 200, body = Vec<ServiceRequest>), Reading)
)]
#[get("/requests.{format}")]
pub async fn open311_requests(
    app: Data<App>,
    asked: Asked,
    request: HttpRequest,
    Query(query): Query<RequestsQuery>,
) -> Result<HttpResponse, Problem> {
    let petitions = match query.service_request_id.as_deref().filter(|numbers| !numbers.trim().is_empty()) {
        Some(numbers) => {
            let codes = numbers_of(numbers)?;
            app.store.for_everybody(async |store| shown_with(store, store.published_of(&codes).await?).await).await?
        }
        None => {
            let Sought { pages, skip, limit } = read(&app, &query)?;
            let page = async |store: &Store| shown_with(store, store.published_page(&pages, skip, limit).await?).await;
            app.store.for_everybody(page).await?
        }
    };
    let extended = query.extensions.as_deref() == Some("true");
    let shown = requests(&app, asked.language, petitions, &request, extended);
    asked.format.answer(StatusCode::OK, Root::ServiceRequests, &shown)
}

/// How one request is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RequestQuery {
    /// The key of the program that sent it, where it is not published; it may come as `Authorization: Bearer …` instead.
    api_key: Option<String>,
    /// `true`: with `extended_attributes`.
    extensions: Option<String>,
}

/// A key as a request brings it in its head or address.
pub(super) fn given_key<'a>(request: &'a HttpRequest, in_address: Option<&'a str>) -> Option<&'a str> {
    let header = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let bearer =
        header.and_then(|value| value.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    in_address.filter(|key| !key.is_empty()).or(bearer.map(|(_, key)| key.trim()))
}

/// One published petition, in a list. The program that sent one is shown it before it is published too; for everybody else it does not exist.
#[utoipa::path(
    operation_id = "open311_request", tag = "open311", security(()),
    params(
        ("service_request_id" = String, Path, description = "Its number: the petition's code."),
        ("format" = inline(Format), Path, description = "The form of the answer."),
        JurisdictionQuery, RequestQuery
    ),
    responses((status = 200, body = Vec<ServiceRequest>), Reading)
)]
#[get("/requests/{service_request_id}.{format}")]
pub async fn open311_request(
    app: Data<App>,
    asked: Asked,
    request: HttpRequest,
    path: Path<(String, String)>,
    Query(query): Query<RequestQuery>,
) -> Result<HttpResponse, Problem> {
    let not_found = || Problem::with(Code::NotFound, "service_request_id");
    let (number, _) = path.into_inner();
    let code = PetitionCode::parse(&number).map_err(|_| not_found())?;
    let extended = query.extensions.as_deref() == Some("true");
    let Some(key) = given_key(&request, query.api_key.as_deref()) else {
        // Whoever has no key is shown what everybody is.
        let published = app.store.for_everybody(async |store| {
            let found = store.published_of(std::slice::from_ref(&code)).await?;
            if found.is_empty() { Ok(None) } else { shown_with(store, found).await.map(Some) }
        });
        let shown = requests(&app, asked.language, published.await?.ok_or_else(not_found)?, &request, extended);
        return asked.format.answer(StatusCode::OK, Root::ServiceRequests, &shown);
    };
    // A program asks for what it has just sent.
    let petition = app.store.petition(&code).await?.ok_or_else(not_found)?.petition;
    let shown = if petition.published.is_some() {
        let petitions = PublicPetitions::of(&app.store, vec![petition]).await?;
        requests(&app, asked.language, petitions, &request, extended)
    } else {
        let source = app.api_keys.sender(key).and_then(|sender| sent_through(&sender));
        let own = source.is_some() && source == petition.intake.as_ref().map(|intake| intake.source.clone());
        if !own {
            return Err(not_found());
        }
        own_request(&app, asked.language, petition, &request, extended).await?
    };
    asked.format.answer(StatusCode::OK, Root::ServiceRequests, &shown)
}

/// Which request a token is of.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenRequest {
    /// The petition's code.
    #[schema(value_type = String, example = "PAKN.20220831.000042")]
    service_request_id: PetitionCode,
    token: Uuid,
}

/// The number of the request that was answered with a token, in a list. Since the number is given at once, beside the token, nobody has
/// to ask.
#[utoipa::path(
    operation_id = "open311_token", tag = "open311", security(()),
    params(
        ("token" = String, Path, description = "The token."),
        ("format" = inline(Format), Path, description = "The form of the answer."),
        JurisdictionQuery
    ),
    responses((status = 200, body = Vec<TokenRequest>), Reading)
)]
#[get("/tokens/{token}.{format}")]
pub async fn open311_token(
    app: Data<App>,
    asked: Asked,
    path: Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let not_found = || Problem::with(Code::NotFound, "token");
    let (raw, _) = path.into_inner();
    let token = Uuid::try_parse(&raw).map_err(|_| not_found())?;
    let petition = app.store.petition_by_id(PetitionId(token)).await?.ok_or_else(not_found)?.petition;
    let shown = [TokenRequest { service_request_id: petition.code, token }];
    asked.format.answer(StatusCode::OK, Root::ServiceRequests, &shown)
}
