//! `GET /api/v1/me/petitions/changes`: what a phone that was offline has missed.
//!
//! An event is stamped when its transaction has begun and seen once it has committed, so that a change may come to light *after* one
//! that is stamped later. What is stamped within the last two minutes is therefore read again with each call, and what of it the
//! phone has already is left out: the cursor names it. Older than that nothing comes to light any more, since a request is given up
//! long before; there the cursor is a place in an order like any other.

use std::collections::HashSet;

use actix_web::{HttpResponse, get, web::Data};
use domain::{id::PetitionId, petition::Petition, time::Instant};
use persistence::{Changed, Page};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    answers::Guarded,
    app::App,
    auth::{Allowed, Citizens},
    clock,
    field::Faults,
    language::Language,
    petition::{PetitionView, shown_all},
    problem::{FaultCode, Problem},
    query::Query,
};

/// How long a change may take to come to light, minutes.
const SETTLES_MINUTES: i64 = 2;

/// How many changes a cursor names, so that it fits into a request's head. Who has more changes than that within two minutes gets the
/// rest two minutes later.
const MOST_NAMED: usize = 150;

/// Petitions that changed.
#[derive(Debug, Serialize, ToSchema)]
pub struct Changes {
    /// As they are now, in the order of their last changes: what happens to a petition changes those that were put to it too.
    items: Vec<PetitionView>,
    /// For the next call.
    next_since: String,
    /// Whether there is more to be had at once.
    has_more: bool,
}

/// Since when.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ChangesQuery {
    /// `next_since` of the call before; without it all petitions are given.
    since: Option<String>,
    /// How many, 1 to 100; 20 unless given.
    #[param(value_type = Option<u32>)]
    limit: Option<String>,
}

/// A petition and how many events had made what its sender is shown of it.
type Version = (PetitionId, u32);

/// What a phone has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Since {
    /// Everything up to there, in the order of last events.
    settled: Option<(Instant, PetitionId)>,
    /// And these.
    named: Vec<Version>,
}

impl Since {
    fn write(&self) -> String {
        let (at, id) = self.settled.map_or((0, Uuid::nil()), |(at, id)| (at.micros(), id.0));
        let mut bytes = [at.to_be_bytes().as_slice(), id.as_bytes()].concat();
        for (id, version) in &self.named {
            bytes.extend(id.0.as_bytes());
            bytes.extend(version.to_be_bytes());
        }
        hex::encode(bytes)
    }

    fn read(raw: &str) -> Option<Self> {
        let bytes = hex::decode(raw).ok()?;
        let (at, rest) = bytes.split_first_chunk::<8>()?;
        let (id, mut rest) = rest.split_first_chunk::<16>()?;
        let (at, id) = (Instant::from_micros(i64::from_be_bytes(*at))?, Uuid::from_bytes(*id));
        let mut named = Vec::new();
        while !rest.is_empty() {
            let (id, after) = rest.split_first_chunk::<16>()?;
            let (version, after) = after.split_first_chunk::<4>()?;
            named.push((PetitionId(Uuid::from_bytes(*id)), u32::from_be_bytes(*version)));
            rest = after;
        }
        let settled = Some((at, PetitionId(id))).filter(|(_, id)| !id.0.is_nil());
        (named.len() <= MOST_NAMED).then_some(Self { settled, named })
    }

    /// What of the petitions, which are in the order of their last changes, is news, at most so many; what the phone has after it;
    /// and whether more is to be had at once.
    fn news(&self, petitions: Vec<Changed>, limit: usize, settled_before: Instant) -> (Vec<Petition>, Self, bool) {
        let limit = limit.min(MOST_NAMED.saturating_sub(self.named.len()));
        let named: HashSet<Version> = self.named.iter().copied().collect();
        let (mut news, mut had, mut cut) = (Vec::new(), Vec::new(), false);
        for Changed { at, version, petition } in petitions {
            let version = (petition.id, version);
            if !named.contains(&version) {
                if news.len() == limit {
                    cut = true;
                    break;
                }
                news.push(petition);
            }
            had.push((at, version));
        }
        let settled = had.iter().rev().find(|(at, _)| *at < settled_before).map(|(at, (id, _))| (*at, *id));
        let settled = settled.or(self.settled);
        let seen: HashSet<PetitionId> = had.iter().map(|(_, (id, _))| *id).collect();
        let unseen = self.named.iter().copied().filter(|(id, _)| !seen.contains(id));
        let later =
            had.iter().filter(|(at, (id, _))| settled.is_none_or(|settled| (*at, id.0) > (settled.0, settled.1.0)));
        let named = later.map(|(_, version)| *version).chain(unseen).collect();
        (news, Self { settled, named }, cut && limit > 0)
    }
}

/// The caller's own petitions that changed since, as they are now, also by the answer of one that they were put to; without `since`, all of them. Ask with `next_since` from then on:
/// no change is missed, and none is told twice.
#[utoipa::path(
    operation_id = "my_changes", tag = "citizen", security(("bearer" = [])), params(ChangesQuery),
    extensions(("x-roles" = json!(["citizen"]))),
    responses((status = 200, body = Changes), Guarded)
)]
#[get("/me/petitions/changes")]
pub async fn my_changes(
    app: Data<App>,
    allowed: Allowed<Citizens>,
    language: Language,
    Query(query): Query<ChangesQuery>,
) -> Result<HttpResponse, Problem> {
    let mut faults = Faults::default();
    let limit = faults.limit(query.limit.as_deref());
    let since = match query.since.as_deref() {
        None => Some(Since::default()),
        Some(raw) => Since::read(raw),
    };
    if since.is_none() {
        faults.add("/since", FaultCode::InvalidCursor);
    }
    let since = faults.finish(since)?;
    // Before the petitions are read: what is committed while they are is not settled.
    let settled_before = clock::now().plus(-chrono::Duration::minutes(SETTLES_MINUTES));
    // So many that what the phone has cannot take all the room, and one that tells whether there is more.
    let rows = limit + u64::try_from(since.named.len()).unwrap_or_default() + 1;
    let petitions = app.store.changes_of(allowed.caller.account, Page { after: since.settled, limit: rows }).await?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let (news, next, has_more) = since.news(petitions, limit, settled_before);
    let items = shown_all(&app, &allowed.caller, language, &news).await?;
    Ok(HttpResponse::Ok().json(Changes { items, next_since: next.write(), has_more }))
}
