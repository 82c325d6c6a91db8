//! `GET /api/v1/public/petitions`: the published feed, as JSON or as GeoJSON.

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header::{Accept, Header},
    web::Data,
};
use domain::{id::PetitionId, petition::Petition, time::Instant};
use persistence::{Page, PublicFilter, PublicKey, Store};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{PublicPetitionView, PublicPetitions, filter::PublicQuery};
use crate::{
    answers::Public,
    app::App,
    field::Faults,
    language::Language,
    problem::{FaultCode, Problem},
    query::{Query, Sought, cursor, ranked_cursor},
};

/// The media type of GeoJSON, RFC 7946.
const GEO_JSON: &str = "application/geo+json";
/// How many features a collection has unless asked.
const DEFAULT_FEATURES: u64 = 1_000;
/// How many features a collection has at most.
const MAX_FEATURES: u64 = 10_000;

/// A page of published petitions.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicPage {
    /// The petitions.
    items: Vec<PublicPetitionView>,
    /// For the next page; `null` on the last.
    next_cursor: Option<String>,
}

/// A GeoJSON `FeatureCollection` of points, RFC 7946. It is never made: the database writes it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "nothing is ever made of it: it is documentation")]
pub struct FeatureCollection {
    /// `FeatureCollection`.
    #[schema(example = "FeatureCollection")]
    r#type: String,
    /// Each with the petition's code as its `id`, a `Point` as its `geometry`, and `code`, `category`, `status`, `title`,
    /// `submitted_at` and `published_at` among its `properties`.
    #[schema(value_type = Vec<std::collections::HashMap<String, serde_json::Value>>)]
    features: Vec<serde_json::Value>,
    /// For the next page; `null` on the last.
    next_cursor: Option<String>,
}

/// Which page of the feed, and what its items must have.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FeedQuery {
    /// Words that code, title or content must have, beginnings of words too; marks and capitals do not matter.
    q: Option<String>,
    /// How many, 1 to 100, 20 unless given; of GeoJSON 1 to 10,000, 1,000 unless given.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 10000)]
    limit: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// The published petitions, newest publication first. Where `q` is given, what has its words with all their marks comes before
/// what has them without. With `Accept: application/geo+json` a `FeatureCollection` of those that have a point, newest first.
#[utoipa::path(
    operation_id = "public_petitions", tag = "public", security(()), params(PublicQuery, FeedQuery),
    responses(
        (status = 200, content((PublicPage = "application/json"), (FeatureCollection = "application/geo+json"))),
        Public,
    )
)]
#[get("/public/petitions")]
pub async fn public_petitions(
    app: Data<App>,
    language: Language,
    request: HttpRequest,
    Query(query): Query<PublicQuery>,
    Query(page): Query<FeedQuery>,
) -> Result<HttpResponse, Problem> {
    let mut faults = Faults::default();
    let mut filter = query.read(&app.catalogue(), &mut faults);
    let map = asks_for_a_map(&request);
    let sought = faults.sought(page.q.as_deref());
    let part = if map { part_of_map(&mut faults, &page) } else { part_of_list(&mut faults, &page) };
    // All that is wrong is told, also where there would be nothing to find.
    faults.finish(Some(()))?;
    filter.text = match sought {
        Sought::All => None,
        Sought::Words(words) => Some(words),
        Sought::Nothing => return Ok(if map { collection("[]", None) } else { feed(Vec::new(), None) }),
    };
    if map { features(&app, &filter, part).await } else { list(&app, language, &filter, part).await }
}

fn part_of_list(faults: &mut Faults, page: &FeedQuery) -> Page<PublicKey> {
    let limit = faults.limit(page.limit.as_deref());
    let after = faults.ranked_cursor(page.cursor.as_deref());
    let after = after.and_then(|(exact, micros, id)| key(faults, exact, micros, id));
    Page { after, limit }
}

async fn list(
    app: &App,
    language: Language,
    filter: &PublicFilter,
    Page { after, limit }: Page<PublicKey>,
) -> Result<HttpResponse, Problem> {
    let read = async |store: &Store| {
        let mut found = store.published(filter, Page { after, limit: limit + 1 }).await?;
        let length = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = found.len() > length;
        found.truncate(length);
        let next_cursor = found.last().filter(|_| more).map(|(exact, stored)| {
            let published = stored.petition.published.map_or(0, |published| published.at.micros());
            ranked_cursor(*exact, published, stored.petition.id)
        });
        let petitions: Vec<Petition> = found.into_iter().map(|(_, stored)| stored.petition).collect();
        Ok((PublicPetitions::of(store, petitions).await?, next_cursor))
    };
    let (petitions, next_cursor) = app.store.for_everybody(read).await?;
    let items = petitions.views(app, language).into_iter().map(|(_, view)| view).collect();
    Ok(feed(items, next_cursor))
}

fn feed(items: Vec<PublicPetitionView>, next_cursor: Option<String>) -> HttpResponse {
    HttpResponse::Ok().json(PublicPage { items, next_cursor })
}

fn part_of_map(faults: &mut Faults, page: &FeedQuery) -> Page<PublicKey> {
    let limit = match page.limit.as_deref().map(str::parse::<u64>) {
        None => DEFAULT_FEATURES,
        Some(Ok(limit)) if (1..=MAX_FEATURES).contains(&limit) => limit,
        Some(_) => {
            faults.add_with("/limit", FaultCode::OutOfRange, format!("1–{MAX_FEATURES}"));
            DEFAULT_FEATURES
        }
    };
    // A cursor of the list's second part is none of this one: it has no parts.
    let after = faults.cursor(page.cursor.as_deref());
    let after = after.and_then(|(micros, id)| key(faults, true, micros, id));
    Page { after, limit }
}

async fn features(app: &App, filter: &PublicFilter, part: Page<PublicKey>) -> Result<HttpResponse, Problem> {
    let found = app.store.for_everybody(async |store| store.published_features(filter, part).await).await?;
    let next = found.next.map(|key| cursor(key.published_at.micros(), key.id));
    Ok(collection(&found.json, next))
}

fn collection(features: &str, next: Option<String>) -> HttpResponse {
    // Hexadecimal digits, which JSON takes as they are.
    let next = next.map_or_else(|| "null".to_owned(), |next| format!("\"{next}\""));
    let body = format!(r#"{{"type":"FeatureCollection","features":{features},"next_cursor":{next}}}"#);
    HttpResponse::Ok().content_type(GEO_JSON).body(body)
}

fn key(faults: &mut Faults, exact: bool, micros: i64, id: PetitionId) -> Option<PublicKey> {
    let Some(published_at) = Instant::from_micros(micros) else {
        faults.add("/cursor", FaultCode::InvalidCursor);
        return None;
    };
    Some(PublicKey { exact, published_at, id })
}

/// Whether GeoJSON is what the client would rather have.
fn asks_for_a_map(request: &HttpRequest) -> bool {
    let Ok(accepted) = Accept::parse(request) else { return false };
    let known = accepted.ranked().into_iter().find_map(|mime| match mime.essence_str() {
        GEO_JSON => Some(true),
        "application/json" | "application/*" | "*/*" => Some(false),
        _ => None,
    });
    known.unwrap_or(false)
}
