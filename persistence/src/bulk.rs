//! Many histories at once, through the same encoding as one: the demo's year.

use domain::{
    chain::Digest,
    petition::{Decision, Petition, Slot},
    time::Instant,
};
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait, IntoActiveModel};

use crate::{
    entity::{event, petition, petition_search, words},
    error::StoreError,
    petition::{StoredPetition, hash},
    row::{event_row, search_row, words_row},
    store::Engine,
    unit_of_work::UnitOfWork,
};

/// Rows per statement: the widest table has 54 columns, and SQLite binds at most 32,766 values.
const CHUNK: usize = 500;

/// A petition's whole history, decided elsewhere.
#[derive(Debug)]
pub struct PlayedPetition {
    /// Its number in the order of all petitions.
    pub number: u64,
    /// What was decided, in order; the first is the submission.
    pub decisions: Vec<Decision>,
}

impl UnitOfWork {
    /// Records whole histories: petitions in their last state, all events in the order of time, all words.
    ///
    /// # Errors
    /// [`StoreError::Inconsistent`] when a history is none; otherwise as the database says.
    pub async fn record_all(&mut self, played: &[PlayedPetition]) -> Result<(), StoreError> {
        let mut petitions = Vec::with_capacity(played.len());
        let mut events: Vec<(Instant, event::ActiveModel)> = Vec::new();
        let mut texts = Vec::new();
        let mut searches = Vec::new();
        for PlayedPetition { number, decisions } in played {
            let mut state: Option<Petition> = None;
            let mut head = Digest::ZERO;
            for decision in decisions {
                let event = &decision.event;
                let applied = match &mut state {
                    Some(petition) => petition.apply(event),
                    None => Petition::begin(event).map(|petition| state = Some(petition)),
                };
                applied.map_err(|unfit| StoreError::inconsistent("event", "seq", event.petition, unfit))?;
                head = hash(event, &head)?;
                events.push((event.at, event_row(event, &head)?));
                for (slot, text) in &decision.words {
                    texts.push(words_row(event, *slot, text)?.into_active_model());
                }
            }
            let Some(petition) = state else { continue };
            let number = i64::try_from(*number)
                .map_err(|error| StoreError::inconsistent("petition", "number", number, error))?;
            let named = |seq: u32, slot: Slot| {
                let decision = decisions.iter().find(|decision| decision.event.seq == seq)?;
                decision.words.iter().find(|(named, _)| *named == slot).map(|(_, text)| text.words())
            };
            searches.push(search_row(&petition, number, named).into_active_model());
            let mut row = StoredPetition { petition, head }.row()?;
            row.number = Set(number);
            petitions.push(row);
        }
        // Stable: events of one petition at one instant stay in their order.
        events.sort_by_key(|(at, _)| *at);
        for chunk in petitions.chunks(CHUNK) {
            petition::Entity::insert_many(chunk.to_vec()).exec_without_returning(self.transaction()).await?;
        }
        for chunk in searches.chunks(CHUNK) {
            petition_search::Entity::insert_many(chunk.to_vec()).exec_without_returning(self.transaction()).await?;
        }
        for chunk in events.chunks(CHUNK) {
            let rows = chunk.iter().map(|(_, row)| row.clone());
            event::Entity::insert_many(rows).exec_without_returning(self.transaction()).await?;
        }
        for chunk in texts.chunks(CHUNK) {
            words::Entity::insert_many(chunk.to_vec()).exec_without_returning(self.transaction()).await?;
        }
        match self.engine() {
            // The sequence must go on after the numbers given here, and those that a server has taken.
            Engine::Postgres => {
                let sql = "SELECT setval('petition_number', GREATEST((SELECT MAX(number) FROM petition), last_value)) FROM petition_number";
                self.transaction().execute_unprepared(sql).await?;
            }
            Engine::Sqlite => {}
        }
        Ok(())
    }
}
