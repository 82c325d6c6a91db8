//! Comparing the fold with a replay of the log.

use std::collections::{BTreeMap, HashMap};

use domain::{
    petition::Event,
    rate::{deeds, spans},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::{
    advance::{Changes, change, sum_key},
    block::SumKey,
    cells::{Cell, Cells, unpack},
    deeds as stored_deeds,
    figures::instant_of,
    names::Names,
    roll::running,
    spans as stored_spans,
};
use crate::{
    entity::{rate_checkpoint, rate_deed, rate_petition, rate_span, rate_sum},
    error::StoreError,
    store::Snapshot,
};

/// How many rows are read at a time.
const PAGE: u64 = 20_000;

/// The fold, while the log is gone through.
pub(crate) struct FoldCheck {
    checkpoint: rate_checkpoint::Model,
    names: Names,
    lagging: BTreeMap<Uuid, i32>,
}

/// What the fold holds of a page of petitions.
#[derive(Default)]
pub(crate) struct FoldedPage {
    petitions: HashMap<Uuid, rate_petition::Model>,
    spans: HashMap<Uuid, Vec<rate_span::Model>>,
    deeds: HashMap<Uuid, Vec<rate_deed::Model>>,
}

impl FoldCheck {
    pub(crate) async fn new(snapshot: &Snapshot) -> Result<Self, StoreError> {
        let checkpoint = snapshot.checkpoint().await?;
        let lagging = snapshot.lagging(&checkpoint).await?;
        Ok(Self { names: Names::read(&snapshot.0).await?, lagging, checkpoint })
    }

    /// How many petitions have events that the fold has not taken in: figures are counted from the log for these.
    pub(crate) fn lagging(&self) -> usize {
        self.lagging.len()
    }

    /// What is folded of the petitions between two ids.
    pub(crate) async fn page(&self, snapshot: &Snapshot, first: Uuid, last: Uuid) -> Result<FoldedPage, StoreError> {
        let mut page = FoldedPage::default();
        let petitions = rate_petition::Entity::find().filter(rate_petition::Column::PetitionId.between(first, last));
        for row in petitions.all(&snapshot.0).await? {
            page.petitions.insert(row.petition_id, row);
        }
        let rows = rate_span::Entity::find()
            .filter(rate_span::Column::PetitionId.between(first, last))
            .order_by_asc(rate_span::Column::PetitionId)
            .order_by_asc(rate_span::Column::Since);
        for row in rows.all(&snapshot.0).await? {
            page.spans.entry(row.petition_id).or_default().push(row);
        }
        let rows = rate_deed::Entity::find()
            .filter(rate_deed::Column::PetitionId.between(first, last))
            .order_by_asc(rate_deed::Column::PetitionId)
            .order_by_asc(rate_deed::Column::Seq);
        for row in rows.all(&snapshot.0).await? {
            page.deeds.entry(row.petition_id).or_default().push(row);
        }
        Ok(page)
    }

    /// Compares what is folded of a petition with its history.
    pub(crate) fn check(&self, page: &mut FoldedPage, id: Uuid, history: &[Event]) -> Result<(), String> {
        if self.lagging.contains_key(&id) {
            return Ok(());
        }
        let (Some(first), Some(last)) = (history.first(), history.last()) else { return Ok(()) };
        let held = page.petitions.get(&id).ok_or("the rates do not count it")?;
        if (held.submitted_at, u32::try_from(held.version)) != (first.at.micros(), Ok(last.seq)) {
            return Err("the rates have taken in another history of it".to_owned());
        }
        let expected = spans(history).map_err(|unfit| unfit.to_string())?;
        let expected = expected.iter().map(|span| stored_spans::row(id, span, &self.names));
        let expected: Vec<rate_span::Model> = expected.collect::<Result<_, _>>().map_err(|error| error.to_string())?;
        if page.spans.remove(&id).unwrap_or_default() == expected {
            Ok(())
        } else {
            Err("the rates count it otherwise than its events say".to_owned())
        }
    }

    /// Compares what is kept of agencies' deeds with a petition's history and the words of its answers. What is still known of
    /// words that are gone does not agree either: an erasure must reach it.
    pub(crate) fn check_deeds<'a>(
        &self,
        page: &mut FoldedPage,
        id: Uuid,
        history: &[Event],
        words: impl Fn(u32) -> Option<&'a str>,
    ) -> Result<(), String> {
        if self.lagging.contains_key(&id) {
            return Ok(());
        }
        let expected = deeds(history, words).map_err(|unfit| unfit.to_string())?;
        let expected = expected.iter().map(|deed| stored_deeds::row(id, deed, &self.names));
        let expected: Vec<rate_deed::Model> = expected.collect::<Result<_, _>>().map_err(|error| error.to_string())?;
        let counted = page.petitions.get(&id).and_then(|held| usize::try_from(held.deeds).ok());
        if page.deeds.remove(&id).unwrap_or_default() == expected && counted == Some(expected.len()) {
            Ok(())
        } else {
            Err("the signs beside the rates know it otherwise than its events and words say".to_owned())
        }
    }

    /// Compares every sum with the spans it follows from; what does not agree, in words.
    pub(crate) async fn check_sums(&self, snapshot: &Snapshot) -> Result<Vec<String>, StoreError> {
        let mut expected = Changes::new();
        let mut after = Uuid::nil();
        loop {
            let ids = rate_petition::Entity::find()
                .filter(rate_petition::Column::PetitionId.gt(after))
                .order_by_asc(rate_petition::Column::PetitionId)
                .limit(PAGE);
            let petitions = ids.all(&snapshot.0).await?;
            let (Some(first), Some(last)) = (petitions.first(), petitions.last()) else { break };
            let mut page = self.page(snapshot, first.petition_id, last.petition_id).await?;
            after = last.petition_id;
            for petition in petitions {
                let rows = page.spans.remove(&petition.petition_id).unwrap_or_default();
                let sent = instant_of(petition.submitted_at, petition.petition_id)?;
                change(&[], &rows, sent, self.checkpoint.rolled_until, &mut expected)?;
            }
        }
        let mut expected = running(expected, self.checkpoint.rolled_until);
        let mut wrong = Vec::new();
        let mut key = i64::MIN;
        loop {
            let rows = rate_sum::Entity::find()
                .filter(rate_sum::Column::Key.gt(key))
                .order_by_asc(rate_sum::Column::Key)
                .limit(PAGE)
                .all(&snapshot.0)
                .await?;
            let Some(last) = rows.last() else { break };
            key = last.key;
            for row in rows {
                let key = sum_key(row.key)?;
                let held: Cells = unpack(key, &row.cells)?.collect();
                if !agree(&held, &expected.remove(&key).unwrap_or_default()) {
                    wrong.push(named(key));
                }
            }
        }
        let missing = expected.into_iter().filter(|(_, cells)| !agree(&Cells::default(), cells));
        wrong.extend(missing.map(|(key, _)| named(key)));
        Ok(wrong)
    }
}

fn agree(held: &Cells, expected: &Cells) -> bool {
    let count = |cells: &Cells, cell: &Cell| cells.get(cell).copied().unwrap_or_default();
    held.keys().chain(expected.keys()).all(|cell| count(held, cell) == count(expected, cell))
}

fn named(SumKey { grain, block, part }: SumKey) -> String {
    format!(
        "the sum of {grain:?} {part} over block {} of scale {} is not that of its petitions",
        block.index, block.scale
    )
}
