//! What a petition writes when it comes in.

use domain::{
    chain::Digest,
    petition::{Decision, Petition, Slot},
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel, QueryTrait, sea_query::InsertStatement,
};

use crate::{
    account::Account,
    dossier::{Beside, Dossier},
    entity::{event, idempotency_key, petition, petition_search, words},
    error::StoreError,
    petition::{StoredPetition, Words, hash},
    row::{event_row, search_row, words_row},
};

/// A petition that was decided on, and its rows.
pub(crate) struct Rows {
    pub stored: StoredPetition,
    pub decision: Decision,
    pub key: Option<idempotency_key::Model>,
    pub petition: petition::ActiveModel,
    pub search: petition_search::ActiveModel,
    pub event: event::ActiveModel,
    pub words: Vec<words::Model>,
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

    /// What is told of it, with who sent it, who is among those.
    pub fn into_dossier(self, senders: &[Account]) -> Result<Dossier, StoreError> {
        let id = self.stored.petition.submitter;
        let submitter = senders.iter().find(|account| account.id == id).cloned();
        let submitter =
            submitter.ok_or_else(|| StoreError::inconsistent("petition", "submitter", id, "no such account"))?;
        let has_files = self.has_files();
        let Decision { event, words } = self.decision;
        let words = words.into_iter().map(|(slot, text)| Words {
            petition: event.petition,
            seq: event.seq,
            slot,
            text: text.words().to_owned(),
        });
        Ok(Dossier { stored: self.stored, beside: Beside { words: words.collect(), submitter, has_files } })
    }

    pub fn has_files(&self) -> bool {
        !self.decision.event.data.attachments().1.is_empty()
    }
}

/// An INSERT of rows.
pub(super) fn inserting<A: ActiveModelTrait>(rows: impl IntoIterator<Item = A>) -> InsertStatement {
    A::Entity::insert_many(rows).into_query()
}
