//! Reading the log: one petition's history, or the whole log in order.

use std::collections::HashMap;

use domain::{
    account::Role,
    chain::Digest,
    code::AgencyCode,
    id::{AccountId, PetitionId},
    petition::{ActorRecord, Event, EventData},
    time::Instant,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::{
    entity::event,
    error::StoreError,
    store::{Engine, Snapshot, Store},
    tail::LogCursor,
};

/// How many events are read at a time where all are read.
const PAGE: u64 = 5_000;

/// An event with its place in the log and its hash.
#[derive(Debug, Clone, PartialEq)]
pub struct LoggedEvent {
    /// Its place in the whole log.
    pub position: i64,
    /// The event.
    pub event: Event,
    /// Its hash, as stored.
    pub hash: Digest,
}

/// An event's row with the transaction that wrote it.
#[derive(FromQueryResult)]
struct Placed {
    #[sea_orm(nested)]
    event: event::Model,
    transaction: i64,
}

impl Store {
    /// All events of a petition, in order.
    ///
    /// # Errors
    /// As the database says.
    pub async fn history(&self, petition: PetitionId) -> Result<Vec<LoggedEvent>, StoreError> {
        let rows = event::Entity::find()
            .filter(event::Column::PetitionId.eq(petition.0))
            .order_by_asc(event::Column::Seq)
            .all(self.reader())
            .await?;
        rows.into_iter().map(LoggedEvent::try_from).collect()
    }

    /// The whole histories of those petitions, in one query.
    ///
    /// # Errors
    /// As the database says.
    pub async fn histories(&self, petitions: &[PetitionId]) -> Result<HashMap<PetitionId, Vec<Event>>, StoreError> {
        let ids: Vec<Uuid> = petitions.iter().map(|id| id.0).collect();
        let histories = histories(self.reader(), &ids).await?.into_iter();
        Ok(histories.filter_map(|history| Some((history.first()?.petition, history))).collect())
    }
}

async fn histories(connection: &impl ConnectionTrait, petitions: &[Uuid]) -> Result<Vec<Vec<Event>>, StoreError> {
    if petitions.is_empty() {
        return Ok(Vec::new());
    }
    let rows = event::Entity::find()
        .filter(event::Column::PetitionId.is_in(petitions.to_vec()))
        .order_by_asc(event::Column::PetitionId)
        .order_by_asc(event::Column::Seq)
        .all(connection)
        .await?;
    let events = rows.into_iter().map(|row| LoggedEvent::try_from(row).map(|logged| logged.event));
    let events: Vec<Event> = events.collect::<Result<_, _>>()?;
    Ok(events.chunk_by(|one, next| one.petition == next.petition).map(<[Event]>::to_vec).collect())
}

impl Snapshot {
    /// The whole histories of those petitions, as far as this snapshot sees.
    pub(crate) async fn histories_of(&self, petitions: &[Uuid]) -> Result<Vec<Vec<Event>>, StoreError> {
        histories(&self.0, petitions).await
    }

    /// The next events of the log after a position, at most 5,000, each with its place.
    ///
    /// # Errors
    /// As the database says.
    pub async fn events_after(&self, position: i64) -> Result<Vec<(LogCursor, LoggedEvent)>, StoreError> {
        let rows = event::Entity::find()
            .expr_as(LogCursor::transaction_of_event(Engine::of(&self.0)), "transaction")
            .filter(event::Column::Position.gt(position))
            .order_by_asc(event::Column::Position)
            .limit(PAGE)
            .into_model::<Placed>()
            .all(&self.0)
            .await?;
        let placed = rows.into_iter().map(|Placed { event, transaction }| {
            let place = LogCursor::new(transaction, event.position);
            LoggedEvent::try_from(event).map(|logged| (place, logged))
        });
        placed.collect()
    }
}

impl TryFrom<event::Model> for LoggedEvent {
    type Error = StoreError;

    fn try_from(row: event::Model) -> Result<Self, StoreError> {
        let key = format!("{} {}", row.petition_id, row.seq);
        let wrong = |column, problem: String| StoreError::inconsistent("event", column, &key, problem);
        let role = |text: &str| Role::parse(text).ok_or_else(|| wrong("actor_role", format!("unknown word {text:?}")));
        let agency = |text: &str| AgencyCode::parse(text).map_err(|error| wrong("actor_agency", error.to_string()));
        let event = Event {
            petition: PetitionId(row.petition_id),
            seq: u32::try_from(row.seq).map_err(|error| wrong("seq", error.to_string()))?,
            at: Instant::from_micros(row.at).ok_or_else(|| wrong("at", "not an instant".to_owned()))?,
            actor: ActorRecord {
                account: row.actor_account.map(AccountId),
                role: row.actor_role.as_deref().map(role).transpose()?,
                agency: row.actor_agency.as_deref().map(agency).transpose()?,
            },
            data: EventData::from_parts(&row.kind, &row.data).map_err(|error| wrong("data", error.to_string()))?,
        };
        let hash = Digest::from_bytes(&row.hash).ok_or_else(|| wrong("hash", "not 32 bytes".to_owned()))?;
        Ok(Self { position: row.position, event, hash })
    }
}
