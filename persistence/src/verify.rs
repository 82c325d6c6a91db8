//! Checks everything that was ever recorded against itself.

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::{
    chain::{Digest, SealedText},
    petition::{Event, EventData, PetitionCode, Slot, TextKey, replay},
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, TryIntoModel,
    sea_query::{Expr, Query},
};
use uuid::Uuid;

use crate::{
    entity::{event, petition, petition_search, upload, words},
    error::StoreError,
    fold::{FoldCheck, FoldedPage},
    history::LoggedEvent,
    petition::{StoredPetition, beside},
    row::search_row,
    store::Snapshot,
    upload::Upload,
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
    /// How many texts were erased: an event says so of each.
    pub erased: u64,
    /// How many files agreed with their digest.
    pub files: u64,
    /// How many files were erased.
    pub erased_files: u64,
    /// How many petitions have events that the fold of the rates has not taken in yet.
    pub lagging: usize,
    /// What did not agree.
    pub damages: Vec<Damage>,
}

/// How many petitions are checked at a time.
const PAGE: u64 = 1_000;

/// All that is stored of a petition.
#[derive(Default)]
struct Stored {
    history: Vec<event::Model>,
    row: Option<petition::Model>,
    search: Option<petition_search::Model>,
    words: Vec<words::Model>,
    files: Vec<upload::Model>,
}

impl Snapshot {
    /// Replays the whole log: every hash chain, every stored petition against the fold of its events, every text against its
    /// digest, and everything that figures come from.
    ///
    /// # Errors
    /// As the database says; damage is no error but part of the answer.
    pub async fn verify(&self) -> Result<Verification, StoreError> {
        let mut verification = Verification::default();
        let fold = FoldCheck::new(self).await?;
        verification.lagging = fold.lagging();
        let mut after = Uuid::nil();
        loop {
            let ids = self.petitions_after(after).await?;
            let Some(last) = ids.last() else { break };
            after = *last;
            self.check(&ids, &fold, &mut verification).await?;
        }
        for id in self.events_without_petition().await? {
            self.check(&[id], &fold, &mut verification).await?;
        }
        for problem in fold.check_sums(self).await? {
            verification.damages.push(Damage { petition: "rates".to_owned(), problem });
        }
        Ok(verification)
    }

    /// Checks petitions by their ids, which ascend.
    async fn check(&self, ids: &[Uuid], fold: &FoldCheck, verification: &mut Verification) -> Result<(), StoreError> {
        match (self.stored(ids).await, ids) {
            (Ok(_), []) => Ok(()),
            (Ok(mut stored), [first, ..]) => {
                let mut folded = fold.page(self, *first, *ids.last().unwrap_or(first)).await?;
                for id in ids {
                    verification.check(*id, stored.remove(id).unwrap_or_default(), fold, &mut folded);
                }
                Ok(())
            }
            (Err(StoreError::Driver(error)), [id]) => {
                let code = self.code(*id).await.unwrap_or_else(|| id.to_string());
                verification.damages.push(Damage { petition: code, problem: format!("it cannot be read: {error}") });
                Ok(())
            }
            // Something here is not even of its column's type (a changed byte, and a text is no UTF-8): whose is it?
            (Err(StoreError::Driver(_)), _) => {
                let (one, other) = ids.split_at(ids.len() / 2);
                Box::pin(self.check(one, fold, verification)).await?;
                Box::pin(self.check(other, fold, verification)).await
            }
            (Err(error), _) => Err(error),
        }
    }

    async fn stored(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, Stored>, StoreError> {
        let (first, last) = (ids.first().copied().unwrap_or_default(), ids.last().copied().unwrap_or_default());
        let mut stored: HashMap<Uuid, Stored> = HashMap::new();
        let rows = event::Entity::find()
            .filter(event::Column::PetitionId.between(first, last))
            .order_by_asc(event::Column::PetitionId)
            .order_by_asc(event::Column::Seq);
        for row in rows.all(&self.0).await? {
            stored.entry(row.petition_id).or_default().history.push(row);
        }
        let rows = petition::Entity::find().filter(petition::Column::Id.between(first, last));
        for row in rows.all(&self.0).await? {
            let id = row.id;
            stored.entry(id).or_default().row = Some(row);
        }
        let rows = petition_search::Entity::find().filter(petition_search::Column::PetitionId.between(first, last));
        for row in rows.all(&self.0).await? {
            let id = row.petition_id;
            stored.entry(id).or_default().search = Some(row);
        }
        let rows = words::Entity::find().filter(words::Column::PetitionId.between(first, last));
        for row in rows.all(&self.0).await? {
            stored.entry(row.petition_id).or_default().words.push(row);
        }
        for row in self.attached_between(first, last).await? {
            if let Some(petition) = row.petition_id {
                stored.entry(petition).or_default().files.push(row);
            }
        }
        Ok(stored)
    }

    async fn petitions_after(&self, id: Uuid) -> Result<Vec<Uuid>, StoreError> {
        let ids = petition::Entity::find().select_only().column(petition::Column::Id);
        let ids = ids.filter(petition::Column::Id.gt(id)).order_by_asc(petition::Column::Id).limit(PAGE);
        Ok(ids.into_tuple().all(&self.0).await?)
    }

    async fn events_without_petition(&self) -> Result<Vec<Uuid>, StoreError> {
        let own =
            Expr::col((petition::Entity, petition::Column::Id)).equals((event::Entity, event::Column::PetitionId));
        let known = Query::select().expr(Expr::value(1)).from(petition::Entity).and_where(own).to_owned();
        let ids = event::Entity::find().select_only().column(event::Column::PetitionId).distinct();
        Ok(ids.filter(Expr::exists(known).not()).into_tuple().all(&self.0).await?)
    }

    pub(crate) async fn code(&self, id: Uuid) -> Option<String> {
        let code = petition::Entity::find_by_id(id).select_only().column(petition::Column::Code);
        code.into_tuple().one(&self.0).await.ok().flatten()
    }
}

impl Verification {
    fn damage(&mut self, id: Uuid, row: Option<&petition::Model>, problem: String) {
        let petition = row.map_or_else(|| id.to_string(), |row| row.code.clone());
        self.damages.push(Damage { petition, problem });
    }

    fn check(&mut self, id: Uuid, stored: Stored, fold: &FoldCheck, folded: &mut FoldedPage) {
        let Stored { history, row, search, words, files } = stored;
        let row = row.as_ref();
        if history.is_empty() {
            self.damage(id, row, "no event of it is left".to_owned());
            return;
        }
        self.petitions += 1;
        self.events += u64::try_from(history.len()).unwrap_or(u64::MAX);
        match check_history(&history) {
            Err(problem) => self.damage(id, row, problem),
            Ok((events, head)) => {
                if let Err(problem) = check_row(&events, head, row) {
                    self.damage(id, row, problem);
                }
                if let Err(problem) = fold.check(folded, id, &events) {
                    self.damage(id, row, problem);
                }
                match check_files(&events, files) {
                    Ok((kept, erased)) => {
                        self.files += kept;
                        self.erased_files += erased;
                    }
                    Err(problem) => self.damage(id, row, problem),
                }
                match check_words(&events, &words) {
                    Ok((texts, erased)) => {
                        self.texts += texts;
                        self.erased += erased;
                        let answer = |seq| beside(&words, seq, Slot::Answer);
                        if let Err(problem) = fold.check_deeds(folded, id, &events, answer) {
                            self.damage(id, row, problem);
                        }
                        if let Err(problem) = check_search(&events, search.as_ref(), &words) {
                            self.damage(id, row, problem);
                        }
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
    let code = u64::try_from(row.number).map(|number| PetitionCode::new(folded.submitted_at.local_date(), number));
    if code.as_ref() != Ok(&folded.code) {
        return Err(format!("its number {} is not that of its code", row.number));
    }
    // What a list is ordered or narrowed by follows from the rest.
    let mut expected = stored.row().map_err(|error| error.to_string())?;
    expected.number = Set(row.number);
    if expected.try_into_model().ok().as_ref() != Some(row) {
        return Err("the columns its queue is ordered by do not agree with it".to_owned());
    }
    Ok(())
}

/// Names the first field that differs; its value may be personal and is not shown.
fn difference(stored: &StoredPetition, folded: &domain::petition::Petition) -> String {
    let fields = |petition: &domain::petition::Petition| -> BTreeMap<String, String> {
        let (text, mut name, mut fields) = (format!("{petition:#?}"), "", BTreeMap::new());
        for line in text.lines() {
            // A field begins four spaces in with its name; what is deeper, or only closes it, belongs to the field before.
            let begins = line.strip_prefix("    ").filter(|line| line.starts_with(|c: char| c.is_ascii_alphabetic()));
            name = begins.and_then(|line| line.split_once(':')).map_or(name, |(name, _)| name);
            fields.entry(name.to_owned()).or_insert_with(String::new).push_str(line);
        }
        fields
    };
    let (one, two) = (fields(&stored.petition), fields(folded));
    one.into_iter()
        .find(|(name, value)| two.get(name) != Some(value))
        .map_or_else(|| "a nested field".to_owned(), |(name, _)| name)
}

/// What a petition is found by is its code and the words it came with, and for the public those it was published with, as far as
/// these were not erased.
fn check_search(events: &[Event], row: Option<&petition_search::Model>, words: &[words::Model]) -> Result<(), String> {
    let Ok(petition) = replay(events) else { return Ok(()) };
    let number = row.map_or(0, |row| row.number);
    if row == Some(&search_row(&petition, number, |seq, slot| beside(words, seq, slot))) {
        Ok(())
    } else {
        Err("the text it is searched by is not that of its code and words".to_owned())
    }
}

/// The files that events name are those that lie beside them, as far as they were not erased.
fn check_files(events: &[Event], rows: Vec<upload::Model>) -> Result<(u64, u64), String> {
    let mut beside: HashMap<Uuid, upload::Model> = rows.into_iter().map(|row| (row.id, row)).collect();
    let (mut kept, mut erased) = (0, 0);
    for event in events {
        let (slot, attachments) = event.data.attachments();
        for attachment in attachments {
            let Some(row) = beside.remove(&attachment.upload.0) else {
                erased += 1;
                continue;
            };
            let (seq, upload) = (event.seq, attachment.upload);
            let upload = Upload::try_from(row).map_err(|error| format!("file {upload} of event {seq}: {error}"))?;
            if upload.belongs.is_none_or(|belongs| (belongs.seq, belongs.slot) != (seq, slot)) {
                return Err(format!("file {} is not where event {seq} puts it", upload.id));
            }
            if upload.as_attachment() != *attachment {
                return Err(format!("file {} of event {seq} is not the one that it names", upload.id));
            }
            kept += 1;
        }
    }
    match beside.into_keys().next() {
        None => Ok((kept, erased)),
        Some(id) => Err(format!("no event names file {id}")),
    }
}

/// The texts that an event took away.
fn taken_by(event: &Event) -> Option<&Vec<TextKey>> {
    if let EventData::Erased { texts, .. } = &event.data { Some(texts) } else { None }
}

fn check_words(events: &[Event], words: &[words::Model]) -> Result<(u64, u64), String> {
    let mut beside: HashMap<(u32, &str), &words::Model> =
        words.iter().map(|row| ((u32::try_from(row.seq).unwrap_or(0), row.slot.as_str()), row)).collect();
    let gone: HashSet<TextKey> = events.iter().filter_map(taken_by).flatten().copied().collect();
    let (mut texts, mut erased) = (0, 0);
    for event in events {
        for (slot, digest) in event.data.digests() {
            let was_erased = gone.contains(&TextKey { seq: event.seq, slot });
            let row = match (beside.remove(&(event.seq, slot.as_str())), was_erased) {
                (Some(row), false) => row,
                (None, true) => {
                    erased += 1;
                    continue;
                }
                (Some(_), true) => return Err(format!("the {slot} of event {} was erased, and is there", event.seq)),
                (None, false) => {
                    return Err(format!("the {slot} of event {} is gone, and no event erased it", event.seq));
                }
            };
            let salt = row
                .salt
                .as_slice()
                .try_into()
                .map_err(|_| format!("the salt of event {}'s {slot} is damaged", event.seq))?;
            if SealedText::new(row.words.clone(), salt).digest() != digest {
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
