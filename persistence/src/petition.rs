//! Petitions: the row that is the fold of a history, and the one way to change it.

use domain::{
    chain::{Digest, SealedText},
    id::PetitionId,
    petition::{CommandKind, Decision, Event, EventData, Petition, PetitionCode, Slot, Status, TextKey},
    time::Instant,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::Expr,
};

use crate::{
    arrival::{Rows, insert},
    entity::{event, petition, petition_search, words},
    error::{Constraint, StoreError},
    row::{event_row, search_row, stored_int, words_row},
    store::{Engine, Store},
    unit_of_work::UnitOfWork,
};

/// A petition as it is stored, with what only the store needs.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredPetition {
    /// The petition.
    pub petition: Petition,
    /// The hash of its last event.
    pub head: Digest,
}

/// Words as they lie beside the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// Whose.
    pub petition: PetitionId,
    /// The event that names them.
    pub seq: u32,
    /// Which of its texts.
    pub slot: Slot,
    /// The words.
    pub text: String,
}

/// The words of a row of `petition` as one value of it, for [`Words::of_json`]; with what narrows them (`AND w.slot …`).
pub(crate) fn words_as_json(engine: Engine, narrowed: &str) -> String {
    let gathered = match engine {
        Engine::Sqlite => "json_group_array(json_array(w.seq, w.slot, w.words))",
        Engine::Postgres => "coalesce(json_agg(json_build_array(w.seq, w.slot, w.words)), '[]')::text",
    };
    format!("(SELECT {gathered} FROM words w WHERE w.petition_id = petition.id {narrowed})")
}

impl Words {
    /// The words of a petition, as [`words_as_json`] gave them.
    pub(crate) fn of_json(petition: PetitionId, json: &str) -> Result<Vec<Self>, StoreError> {
        let wrong = |problem: String| StoreError::inconsistent("words", "words", petition, problem);
        let words: Vec<(u32, String, String)> = serde_json::from_str(json).map_err(|error| wrong(error.to_string()))?;
        let read = |(seq, slot, text): (u32, String, String)| {
            let slot = Slot::parse(&slot).ok_or_else(|| wrong(format!("unknown slot {slot:?}")))?;
            Ok(Self { petition, seq, slot, text })
        };
        words.into_iter().map(read).collect()
    }
}

impl Store {
    /// The petition of that code.
    ///
    /// # Errors
    /// As the database says.
    pub async fn petition(&self, code: &PetitionCode) -> Result<Option<StoredPetition>, StoreError> {
        let row = petition::Entity::find().filter(petition::Column::Code.eq(code.as_str())).one(self.reader()).await?;
        row.map(StoredPetition::try_from).transpose()
    }

    /// The words of those petitions, in one query; what was erased is missing.
    ///
    /// # Errors
    /// As the database says.
    pub async fn words(&self, petitions: &[PetitionId]) -> Result<Vec<Words>, StoreError> {
        self.words_of(petitions, |query| query).await
    }

    /// The same, only of those slots.
    ///
    /// # Errors
    /// As the database says.
    pub async fn words_in(&self, petitions: &[PetitionId], slots: &[Slot]) -> Result<Vec<Words>, StoreError> {
        let slots = slots.iter().map(|slot| slot.as_str());
        self.words_of(petitions, |query| query.filter(words::Column::Slot.is_in(slots))).await
    }

    async fn words_of(
        &self,
        petitions: &[PetitionId],
        narrow: impl FnOnce(Select<words::Entity>) -> Select<words::Entity>,
    ) -> Result<Vec<Words>, StoreError> {
        if petitions.is_empty() {
            return Ok(Vec::new());
        }
        let query = words::Entity::find()
            .filter(words::Column::PetitionId.is_in(petitions.iter().map(|id| id.0)))
            .order_by_asc(words::Column::Seq);
        narrow(query).all(self.reader()).await?.into_iter().map(Words::try_from).collect()
    }

    /// Whether there is any petition.
    ///
    /// # Errors
    /// As the database says.
    pub async fn has_petitions(&self) -> Result<bool, StoreError> {
        Ok(petition::Entity::find().limit(1).one(self.reader()).await?.is_some())
    }

    /// The next petitions, by id, whose deadlines follow the calendar: those that are open, and those that lack a deadline which
    /// somebody may still be judged by.
    ///
    /// # Errors
    /// As the database says.
    pub async fn petitions_to_recount(
        &self,
        after: Option<PetitionId>,
        limit: u64,
    ) -> Result<Vec<StoredPetition>, StoreError> {
        let lacking = petition::Column::DueAt.is_null().or(petition::Column::ReceiveDueAt.is_null());
        let judged = Status::ALL.iter().filter(|status| status.allows(CommandKind::SetDeadlines));
        let mut query = petition::Entity::find()
            .filter(petition::Column::IsOpen.eq(true).or(lacking))
            .filter(petition::Column::Status.is_in(judged.map(|status| status.as_str())));
        if let Some(after) = after {
            query = query.filter(petition::Column::Id.gt(after.0));
        }
        let rows = query.order_by_asc(petition::Column::Id).limit(limit).all(self.reader()).await?;
        rows.into_iter().map(StoredPetition::try_from).collect()
    }

    /// The petition of that id.
    ///
    /// # Errors
    /// As the database says.
    pub async fn petition_by_id(&self, id: PetitionId) -> Result<Option<StoredPetition>, StoreError> {
        petition::Entity::find_by_id(id.0).one(self.reader()).await?.map(StoredPetition::try_from).transpose()
    }

    /// The petitions of those ids, in one query and no order.
    ///
    /// # Errors
    /// As the database says.
    pub async fn petitions(&self, ids: &[PetitionId]) -> Result<Vec<StoredPetition>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let wanted = petition::Column::Id.is_in(ids.iter().map(|id| id.0));
        let rows = petition::Entity::find().filter(wanted).all(self.reader()).await?;
        rows.into_iter().map(StoredPetition::try_from).collect()
    }
}

impl UnitOfWork {
    /// Records a submission: the petition, its first event, its words. Only inserts, and nothing that others update.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when id, number or code exist; otherwise as the database says.
    pub async fn submit(&mut self, decision: &Decision, number: u64) -> Result<StoredPetition, StoreError> {
        let rows = Rows::new(decision.clone(), number)?;
        insert(self, &[&rows]).await?;
        Ok(rows.stored)
    }

    /// Records what a command led to, if the petition is still what the decision was made on.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when somebody else was faster; otherwise as the database says.
    pub async fn advance(
        &mut self,
        before: &StoredPetition,
        decision: &Decision,
    ) -> Result<StoredPetition, StoreError> {
        let event = &decision.event;
        let mut petition = before.petition.clone();
        petition.apply(event).map_err(|unfit| StoreError::inconsistent("event", "seq", event.petition, unfit))?;
        let after = StoredPetition { petition, head: hash(event, &before.head)? };
        let updated = petition::Entity::update_many()
            .set(after.row()?)
            .filter(petition::Column::Id.eq(after.petition.id.0))
            .filter(petition::Column::Version.eq(stored_int(before.petition.version)?))
            .exec(self.transaction())
            .await?;
        if updated.rows_affected != 1 {
            return Err(StoreError::Stale);
        }
        match self.append(event, &after.head, &decision.words).await {
            Err(StoreError::Conflict(Constraint::EventHistory, _)) => return Err(StoreError::Stale),
            other => other?,
        }
        if let EventData::Erased { texts, .. } = &event.data {
            self.erase_words(&after.petition, texts).await?;
            self.index_anew(&after.petition).await?;
        } else if before.petition.published != after.petition.published {
            self.index_anew(&after.petition).await?;
        }
        Ok(after)
    }

    /// Records that a petition was put to another, and at the other that it took it in: both or neither. Who follows the one, or
    /// sent it, follows the other from then on.
    ///
    /// # Errors
    /// As [`Self::advance`], for either.
    pub async fn merge(
        &mut self,
        from: (&StoredPetition, &Decision),
        into: (&StoredPetition, &Decision),
        now: Instant,
    ) -> Result<StoredPetition, StoreError> {
        // In the order of ids, so that two merges that cross wait for each other, and the later one is stale.
        let merged = if from.0.petition.id.0 < into.0.petition.id.0 {
            let merged = self.advance(from.0, from.1).await?;
            self.advance(into.0, into.1).await?;
            merged
        } else {
            self.advance(into.0, into.1).await?;
            self.advance(from.0, from.1).await?
        };
        self.pass_followers(&merged.petition, &into.0.petition, now).await?;
        Ok(merged)
    }

    /// Takes texts away from beside the log, each with its salt.
    async fn erase_words(&self, petition: &Petition, texts: &[TextKey]) -> Result<(), StoreError> {
        // SQLite takes an expression of a thousand levels, and every OR is one.
        for some in texts.chunks(100) {
            let mut named = Condition::any();
            for text in some {
                let this = words::Column::Seq.eq(stored_int(text.seq)?);
                named = named.add(this.and(words::Column::Slot.eq(text.slot.as_str())));
            }
            words::Entity::delete_many()
                .filter(words::Column::PetitionId.eq(petition.id.0))
                .filter(named)
                .exec(self.transaction())
                .await?;
        }
        Ok(())
    }

    /// Makes what the petition is found by follow its publication, and what is left of its words.
    async fn index_anew(&self, petition: &Petition) -> Result<(), StoreError> {
        let named = [Some(1), petition.published.map(|published| stored_int(published.seq)).transpose()?];
        let texts = words::Entity::find()
            .filter(words::Column::PetitionId.eq(petition.id.0))
            .filter(words::Column::Seq.is_in(named.into_iter().flatten()))
            .all(self.transaction())
            .await?;
        let indexed = search_row(petition, 0, |seq, slot| beside(&texts, seq, slot));
        petition_search::Entity::update_many()
            .col_expr(petition_search::Column::Folded, Expr::value(indexed.folded))
            .col_expr(petition_search::Column::Marked, Expr::value(indexed.marked))
            .col_expr(petition_search::Column::PublicFolded, Expr::value(indexed.public_folded))
            .col_expr(petition_search::Column::PublicMarked, Expr::value(indexed.public_marked))
            .filter(petition_search::Column::PetitionId.eq(petition.id.0))
            .exec(self.transaction())
            .await?;
        Ok(())
    }

    async fn append(&self, event: &Event, hash: &Digest, texts: &[(Slot, SealedText)]) -> Result<(), StoreError> {
        event::Entity::insert(event_row(event, hash)?).exec_without_returning(self.transaction()).await?;
        if !texts.is_empty() {
            let rows: Vec<_> =
                texts.iter().map(|(slot, text)| words_row(event, *slot, text)).collect::<Result<_, _>>()?;
            words::Entity::insert_many(rows.into_iter().map(words::Model::into_active_model))
                .exec_without_returning(self.transaction())
                .await?;
        }
        self.attach(event).await
    }
}

/// The text of an event's slot among the words of its petition.
pub(crate) fn beside(texts: &[words::Model], seq: u32, slot: Slot) -> Option<&str> {
    let named = |text: &&words::Model| u32::try_from(text.seq) == Ok(seq) && text.slot == slot.as_str();
    texts.iter().find(named).map(|text| text.words.as_str())
}

pub(crate) fn hash(event: &Event, previous: &Digest) -> Result<Digest, StoreError> {
    event.hash(previous).map_err(|error| StoreError::inconsistent("event", "data", event.petition, error))
}
