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

/// Rows in one statement. The widest table has 54 columns, and SQLite binds at most 32,766 values.
const MOST_TOGETHER: usize = 32;

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
        let mut before = WithClause::new();
        let mut first = vec![inserting([self.petition.clone()]), inserting([self.search.clone()])];
        first.extend((!self.words.is_empty()).then(|| inserting(self.words.iter().cloned())));
        first.extend(self.key.clone().map(|key| inserting([key])));
        for (number, insert) in first.into_iter().enumerate() {
            before.cte(CommonTableExpression::new().table_name(format!("part_{number}")).query(insert).to_owned());
        }
        connection.execute(&inserting([self.event.clone()]).with(before)).await?;
        Ok(())
    }
}

/// Writes petitions with all that is theirs, table by table, the petitions first and the log last.
pub(crate) async fn insert(unit: &UnitOfWork, several: &[&Rows]) -> Result<(), StoreError> {
    insert_all(unit, several.iter().map(|new| new.petition.clone()).collect()).await?;
    insert_all(unit, several.iter().map(|new| new.search.clone()).collect()).await?;
    insert_all(unit, several.iter().flat_map(|new| new.words.iter().cloned()).collect()).await?;
    insert_all(unit, several.iter().filter_map(|new| new.key.clone()).collect()).await?;
    insert_all(unit, several.iter().map(|new| new.event.clone()).collect()).await?;
    for new in several {
        unit.attach(&new.decision.event).await?;
    }
    Ok(())
}

/// Inserts rows, so many at once that there are seven statements for a table, whatever comes: preparing one for 64 petitions takes longer than
/// executing it, and what is prepared is kept.
async fn insert_all<A: ActiveModelTrait>(unit: &UnitOfWork, rows: Vec<A>) -> Result<(), StoreError> {
    let mut rows = rows.into_iter();
    while rows.len() > 0 {
        let together = match rows.len() {
            few @ 1..=4 => few,
            many => 1 << many.min(MOST_TOGETHER).ilog2(),
        };
        unit.transaction().execute(&inserting(rows.by_ref().take(together))).await?;
    }
    Ok(())
}

fn inserting<A: ActiveModelTrait>(rows: impl IntoIterator<Item = A>) -> InsertStatement {
    A::Entity::insert_many(rows).into_query()
}
