//! Checks everything that was ever recorded against itself.

use std::collections::{BTreeMap, HashMap};

use domain::{
    chain::{Digest, SealedText},
    petition::{Event, replay},
};
use sea_orm::{
    ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, Query},
};
use uuid::Uuid;

use crate::{
    entity::{event, petition, words},
    error::StoreError,
    history::{Histories, LoggedEvent},
    petition::StoredPetition,
    store::Snapshot,
};

/// Something that does not agree, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// The petition: its code, or its id where the row is gone.
    pub petition: String,
    /// What does not agree.
    pub problem: String,
}

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verification {
    /// How many chains were checked.
    pub petitions: u64,
    /// How many events.
    pub events: u64,
    /// How many texts agreed with their digest.
    pub texts: u64,
    /// How many texts were erased.
    pub erased: u64,
    /// What did not agree.
    pub damages: Vec<Damage>,
}

impl Snapshot {
    /// Replays the whole log: every hash chain, every stored petition against the fold of its events, every text against its
    /// digest.
    ///
    /// # Errors
    /// As the database says; damage is no error but part of the answer.
    pub async fn verify(&self) -> Result<Verification, StoreError> {
        let mut verification = Verification::default();
        let mut histories = Histories::new(self, None);
        loop {
            let rows = histories.next().await?;
            let (Some(first), Some(last)) = (rows.first(), rows.last()) else { break };
            let range = first.petition_id..=last.petition_id;
            let stored: HashMap<Uuid, petition::Model> = petition::Entity::find()
                .filter(petition::Column::Id.between(*range.start(), *range.end()))
                .all(&self.0)
                .await?
                .into_iter()
                .map(|row| (row.id, row))
                .collect();
            let mut texts: HashMap<Uuid, Vec<words::Model>> = HashMap::new();
            let beside = words::Entity::find().filter(words::Column::PetitionId.between(*range.start(), *range.end()));
            for row in beside.all(&self.0).await? {
                texts.entry(row.petition_id).or_default().push(row);
            }
            for history in rows.chunk_by(|one, next| one.petition_id == next.petition_id) {
                let Some(first) = history.first() else { continue };
                let row = stored.get(&first.petition_id);
                let words = texts.remove(&first.petition_id).unwrap_or_default();
                verification.check(first.petition_id, history, row, words);
            }
        }
        for id in self.petitions_without_events().await? {
            verification.damage(id, None, "no event of it is left".to_owned());
        }
        Ok(verification)
    }

    async fn petitions_without_events(&self) -> Result<Vec<Uuid>, StoreError> {
        let own =
            Expr::col((event::Entity, event::Column::PetitionId)).equals((petition::Entity, petition::Column::Id));
        let logged = Query::select().expr(Expr::value(1)).from(event::Entity).and_where(own).to_owned();
        let ids = petition::Entity::find()
            .select_only()
            .column(petition::Column::Id)
            .filter(Expr::exists(logged).not())
            .into_tuple()
            .all(&self.0)
            .await?;
        Ok(ids)
    }
}

impl Verification {
    fn damage(&mut self, id: Uuid, row: Option<&petition::Model>, problem: String) {
        let petition = row.map_or_else(|| id.to_string(), |row| row.code.clone());
        self.damages.push(Damage { petition, problem });
    }

    fn check(&mut self, id: Uuid, history: &[event::Model], row: Option<&petition::Model>, words: Vec<words::Model>) {
        self.petitions += 1;
        self.events += u64::try_from(history.len()).unwrap_or(u64::MAX);
        match check_history(history) {
            Err(problem) => self.damage(id, row, problem),
            Ok((events, head)) => {
                if let Err(problem) = check_row(&events, head, row) {
                    self.damage(id, row, problem);
                }
                match check_words(&events, words) {
                    Ok((texts, erased)) => {
                        self.texts += texts;
                        self.erased += erased;
                    }
                    Err(problem) => self.damage(id, row, problem),
                }
            }
        }
    }
}

/// The events, and the hash of the last, if the chain holds.
fn check_history(history: &[event::Model]) -> Result<(Vec<Event>, Digest), String> {
    let mut events: Vec<Event> = Vec::with_capacity(history.len());
    let mut head = Digest::ZERO;
    let mut position = i64::MIN;
    for row in history {
        let seq = row.seq;
        let logged =
            LoggedEvent::try_from(row.clone()).map_err(|error| format!("event {seq} cannot be read: {error}"))?;
        let (_, data) = logged.event.data.to_parts().map_err(|error| format!("event {seq}: {error}"))?;
        if data != row.data {
            return Err(format!("event {seq} is not in canonical form"));
        }
        let hash = logged.event.hash(&head).map_err(|error| format!("event {seq}: {error}"))?;
        if hash != logged.hash {
            return Err(format!("the chain breaks at event {seq}: its hash is {}, computed {hash}", logged.hash));
        }
        if row.position <= position || events.last().is_some_and(|before| before.at > logged.event.at) {
            return Err(format!("event {seq} is out of order"));
        }
        position = row.position;
        head = hash;
        events.push(logged.event);
    }
    Ok((events, head))
}

fn check_row(events: &[Event], head: Digest, row: Option<&petition::Model>) -> Result<(), String> {
    let folded = replay(events).map_err(|unfit| format!("its events are no history: {unfit}"))?;
    let row = row.ok_or("the petition's row is missing")?;
    let stored = StoredPetition::try_from(row.clone()).map_err(|error| error.to_string())?;
    if stored.head != head || stored.petition.version != folded.version {
        return Err(format!("stored at version {}, but the log ends at {}", stored.petition.version, folded.version));
    }
    if stored.petition != folded {
        return Err(format!("the stored petition is not the fold of its events: {}", difference(&stored, &folded)));
    }
    if row.is_open != folded.status.is_open() || row.due_order != row.due_at.unwrap_or(i64::MAX) {
        return Err("the columns its queue is ordered by do not agree with it".to_owned());
    }
    Ok(())
}

/// Names the first field that differs; its value may be personal and is not shown.
fn difference(stored: &StoredPetition, folded: &domain::petition::Petition) -> String {
    let fields = |petition: &domain::petition::Petition| -> BTreeMap<String, String> {
        let text = format!("{petition:#?}");
        let lines = text.lines().filter(|line| line.starts_with("    ") && !line.starts_with("     "));
        lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.trim().to_owned(), value.to_owned()))
            .collect()
    };
    let (one, two) = (fields(&stored.petition), fields(folded));
    one.into_iter()
        .find(|(name, value)| two.get(name) != Some(value))
        .map_or_else(|| "a nested field".to_owned(), |(name, _)| name)
}

fn check_words(events: &[Event], words: Vec<words::Model>) -> Result<(u64, u64), String> {
    let mut beside: HashMap<(u32, String), words::Model> =
        words.into_iter().map(|row| ((u32::try_from(row.seq).unwrap_or(0), row.slot.clone()), row)).collect();
    let (mut texts, mut erased) = (0, 0);
    for event in events {
        for (slot, digest) in event.data.digests() {
            let Some(row) = beside.remove(&(event.seq, slot.as_str().to_owned())) else {
                erased += 1;
                continue;
            };
            let salt = row
                .salt
                .as_slice()
                .try_into()
                .map_err(|_| format!("the salt of event {}'s {slot} is damaged", event.seq))?;
            if SealedText::new(row.words, salt).digest() != digest {
                return Err(format!("the {slot} of event {} was changed", event.seq));
            }
            texts += 1;
        }
    }
    match beside.into_keys().next() {
        None => Ok((texts, erased)),
        Some((seq, slot)) => Err(format!("no event names the {slot} of event {seq}")),
    }
}
