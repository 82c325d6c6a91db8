//! `GET /api/v1/exchange/changes`: what came of the petitions that a partner handed over, for it to pull.
//!
//! It is pulled, not pushed: the partner's place in the log is its own to keep, so nothing is lost or sent twice however long either side is
//! away, and no address of a partner has to be called.

use std::collections::HashMap;

use actix_web::{HttpResponse, get, web::Data};
use domain::{
    id::PetitionId,
    petition::{EventData, Petition, Slot},
};
use persistence::{LogCursor, LoggedNews};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::partner::Signed;
use crate::{
    answers::Public,
    app::App,
    field::Faults,
    language::Language,
    petition::{HistoryEntry, PetitionView, Reader, Texts, shown_all},
    problem::{FaultCode, Problem, ProblemDetails},
    query::Query,
};

/// How many events of the log are looked at in one query.
const PAGE: u32 = 500;

/// How many such pages a request looks at: a partner with few petitions in a long log comes back for the rest.
const PAGES: u32 = 20;

/// From where.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ChangesQuery {
    /// `next_cursor` of the answer before; without it from the beginning.
    cursor: Option<String>,
    /// How many, 1 to 100; 20 unless given.
    #[param(value_type = Option<u32>)]
    limit: Option<String>,
}

/// Something that happened to a petition of the partner's, or to the one that it was put to and whose answer it shares.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExchangeChange {
    /// Its place; a change has the same one for ever.
    #[schema(example = "0-48211")]
    cursor: String,
    /// What the petition is known by there; `null` once its sender was erased.
    reference: Option<String>,
    /// What happened, as its sender is told it.
    event: HistoryEntry,
    /// The petition as it stands now, which may be further on, with the answer that stands.
    petition: PetitionView,
}

/// What happened.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExchangeChanges {
    /// In the order of the log.
    items: Vec<ExchangeChange>,
    /// Where to go on from, also where there was nothing.
    #[schema(example = "0-48211")]
    next_cursor: String,
    /// Whether there is more now; otherwise come back in a while.
    has_more: bool,
}

/// What happened to the petitions that the partner handed over, in the order of the log. Whoever keeps `next_cursor` misses nothing and
/// reads nothing twice.
#[utoipa::path(
    operation_id = "exchange_changes", tag = "exchange", security(("partner_signature" = [])), params(ChangesQuery),
    responses(
        (status = 200, body = ExchangeChanges),
        (status = 401, body = ProblemDetails, content_type = "application/problem+json",
            description = "`unsigned`, `invalid_signature`, `stale_signature`"),
        (status = 413, body = ProblemDetails, content_type = "application/problem+json", description = "`body_too_large`"),
        Public,
    )
)]
#[get("/exchange/changes")]
pub async fn exchange_changes(
    app: Data<App>,
    signed: Signed,
    language: Language,
    Query(query): Query<ChangesQuery>,
) -> Result<HttpResponse, Problem> {
    let mut faults = Faults::default();
    let limit = faults.limit(query.limit.as_deref());
    let cursor = match query.cursor.as_deref() {
        None => Some(LogCursor::beginning()),
        Some(raw) => {
            let cursor = LogCursor::parse(raw);
            if cursor.is_none() {
                faults.add("/cursor", FaultCode::InvalidCursor);
            }
            cursor
        }
    };
    let mut cursor = faults.finish(cursor)?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut found: Vec<(LoggedNews, Vec<Petition>)> = Vec::new();
    let mut has_more = true;
    'pages: for _ in 0..PAGES {
        let page = app.store.log_after(cursor, PAGE).await?;
        has_more = u32::try_from(page.len()) == Ok(PAGE);
        let theirs = theirs(&app, &signed, &page).await?;
        for news in page {
            let tells_of = theirs.get(&news.petition).into_iter().flatten().filter(|petition| tells(&news, petition));
            let tells_of: Vec<Petition> = tells_of.cloned().collect();
            if !tells_of.is_empty() && found.len() == limit {
                has_more = true;
                break 'pages;
            }
            cursor = news.cursor;
            if !tells_of.is_empty() {
                found.push((news, tells_of));
            }
        }
        if !has_more {
            break;
        }
    }
    let items = told(&app, &signed, language, found).await?;
    Ok(HttpResponse::Ok().json(ExchangeChanges { items, next_cursor: cursor.to_string(), has_more }))
}

/// Whether an event is told to the sender of that petition: of their own, all but what is the desk's affair; of the one that it was put to,
/// what happens after that. Before it that one was another's, and who else was put to it is for staff alone.
fn tells(news: &LoggedNews, petition: &Petition) -> bool {
    let is_own = news.petition == petition.id;
    let is_shared = news.at >= petition.updated_at && !matches!(news.data, EventData::Absorbed { .. });
    !news.data.is_internal() && (is_own || is_shared)
}

/// Of the petitions on a page of the log, for each the partner's that it tells of: itself, and those that were put to it.
async fn theirs(
    app: &App,
    signed: &Signed,
    page: &[LoggedNews],
) -> Result<HashMap<PetitionId, Vec<Petition>>, Problem> {
    let mut ids: Vec<PetitionId> = page.iter().map(|news| news.petition).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut theirs: HashMap<PetitionId, Vec<Petition>> = HashMap::new();
    let mut add = |of: PetitionId, petition: &Petition| {
        if petition.intake.as_ref().is_some_and(|intake| intake.source == signed.partner) {
            theirs.entry(of).or_default().push(petition.clone());
        }
    };
    for stored in app.store.petitions(&ids).await? {
        add(stored.petition.id, &stored.petition);
    }
    // Along the whole way: a petition may be put to one that is put to a third.
    let mut ways: HashMap<PetitionId, Vec<PetitionId>> = ids.iter().map(|id| (*id, vec![*id])).collect();
    while !ways.is_empty() {
        let from: Vec<PetitionId> = ways.keys().copied().collect();
        let mut next: HashMap<PetitionId, Vec<PetitionId>> = HashMap::new();
        for petition in app.store.put_to(&from).await? {
            let into = petition.merged_into.as_ref().and_then(|into| ways.get(&into.id)).cloned().unwrap_or_default();
            for of in &into {
                add(*of, &petition);
            }
            next.entry(petition.id).or_default().extend(into);
        }
        ways = next;
    }
    Ok(theirs)
}

async fn told(
    app: &App,
    signed: &Signed,
    language: Language,
    found: Vec<(LoggedNews, Vec<Petition>)>,
) -> Result<Vec<ExchangeChange>, Problem> {
    let told: Vec<(LoggedNews, Petition)> = found
        .into_iter()
        .flat_map(|(news, petitions)| petitions.into_iter().map(move |petition| (news.clone(), petition)))
        .collect();
    let mut ids: Vec<PetitionId> = told.iter().flat_map(|(news, petition)| [news.petition, petition.id]).collect();
    ids.sort_unstable();
    ids.dedup();
    let histories = app.store.histories(&ids).await?;
    let words = app.store.words(&ids).await?;
    let catalogue = app.catalogue();
    let petitions: Vec<Petition> = told.iter().map(|(_, petition)| petition.clone()).collect();
    // As nobody in particular: who its citizen is the partner knows, and what may be done next its messages do.
    let onlooker = signed.acting_for(app, signed.account(app).await?).await?;
    let views = shown_all(app, &onlooker, language, &petitions).await?;
    let mut items = Vec::new();
    for ((news, petition), view) in told.into_iter().zip(views) {
        let event = histories.get(&news.petition).and_then(|events| events.iter().find(|event| event.seq == news.seq));
        let Some(event) = event else { continue };
        let of = |id: PetitionId| words.iter().filter(|words| words.petition == id).cloned().collect::<Vec<_>>();
        // What others wrote to the desk of a petition that has taken this one in is not for this one's sender.
        let reader = if news.petition == petition.id { Reader::Sender } else { Reader::Public };
        items.push(ExchangeChange {
            cursor: news.cursor.to_string(),
            reference: Texts::new(of(petition.id)).own(petition.id, Slot::Reference),
            event: HistoryEntry::new(event, &of(news.petition), reader, &catalogue, language),
            petition: view,
        });
    }
    Ok(items)
}
