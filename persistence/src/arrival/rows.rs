//! What a petition writes when it comes in.

use domain::{
    chain::Digest,
    petition::{Decision, Petition, Slot},
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ConnectionTrait, EntityTrait, IntoActiveModel, QueryTrait,
    sea_query::{CommonTableExpression, InsertStatement, WithClause},
};

use super::Newcomer;
use crate::{
    entity::{event, idempotency_key, petition, petition_search, words},
    error::StoreError,
    petition::{StoredPetition, Words, hash},
    row::{event_row, search_row, words_row},
    unit_of_work::UnitOfWork,
};

/// A petition that was decided on, and its rows.
pub(crate) struct Rows {
    pub stored: StoredPetition,
    pub decision: Decision,
    pub key: Option<idempotency_key::ActiveModel>,
    petition: petition::ActiveModel,
    search: petition_search::ActiveModel,
    event: event::ActiveModel,
    words: Vec<words::ActiveModel>,
}

impl Rows {
    pub fn new(decision: Decision, number: u64) -> Result<Self, StoreError> {
        let event = &decision.event;
        let petition =
            Petition::begin(event).map_err(|unfit| StoreError::inconsistent("event", "seq", event.petition, unfit))?;
        let stored = StoredPetition { petition, head: hash(event, &Digest::ZERO)? };
        let number =
            i64::try_from(number).map_err(|error| StoreError::inconsistent("petition", "number", number, error))?;
        let mut row = stored.row()?;
        row.number = Set(number);
        let beside = |seq: u32, slot: Slot| {
            let beside = decision.words.iter().find(|(named, _)| (seq, slot) == (event.seq, *named));
            beside.map(|(_, text)| text.words())
        };
        let words = decision.words.iter().map(|(slot, text)| words_row(event, *slot, text));
        Ok(Self {
            petition: row,
            search: search_row(&stored.petition, number, beside).into_active_model(),
            event: event_row(event, &stored.head)?,
            words: words.collect::<Result<_, _>>()?,
            key: None,
            stored,
            decision,
        })
    }

    pub fn into_newcomer(self) -> Newcomer {
        let Decision { event, words } = self.decision;
        let words = words.into_iter().map(|(slot, text)| Words {
            petition: event.petition,
            seq: event.seq,
            slot,
            text: text.words().to_owned(),
        });
        Newcomer { petition: self.stored.petition, words: words.collect() }
    }

    pub fn has_files(&self) -> bool {
        !self.decision.event.data.attachments().1.is_empty()
    }

    /// Writes all but its files in one statement, which is a transaction by itself: no INSERT waits for the answer to that before it.
    pub async fn execute(&self, connection: &impl ConnectionTrait) -> Result<(), StoreError> {
        let [first @ .., last] = inserts(&[self]);
        let mut before = WithClause::new();
        for (number, insert) in first.into_iter().flatten().enumerate() {
            before.cte(CommonTableExpression::new().table_name(format!("part_{number}")).query(insert).to_owned());
        }
        if let Some(last) = last {
            connection.execute(&last.with(before)).await?;
        }
        Ok(())
    }
}

/// Writes petitions with all that is theirs: as many statements for many as for one, but for files.
pub(crate) async fn insert(unit: &UnitOfWork, several: &[&Rows]) -> Result<(), StoreError> {
    for insert in inserts(several).into_iter().flatten() {
        unit.transaction().execute(&insert).await?;
    }
    for new in several {
        unit.attach(&new.decision.event).await?;
    }
    Ok(())
}

/// What is to be written, one INSERT a table, the petitions first; the log last.
fn inserts(several: &[&Rows]) -> [Option<InsertStatement>; 5] {
    [
        inserting(several.iter().map(|new| new.petition.clone())),
        inserting(several.iter().map(|new| new.search.clone())),
        inserting(several.iter().flat_map(|new| new.words.iter().cloned())),
        inserting(several.iter().filter_map(|new| new.key.clone())),
        inserting(several.iter().map(|new| new.event.clone())),
    ]
}

fn inserting<A: ActiveModelTrait>(rows: impl Iterator<Item = A>) -> Option<InsertStatement> {
    let mut rows = rows.peekable();
    rows.peek()?;
    Some(A::Entity::insert_many(rows).into_query())
}
