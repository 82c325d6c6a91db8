//! Taking in what the log has beyond the checkpoint.

use std::collections::{BTreeMap, HashMap};

use chrono::{Datelike, NaiveDate};
use domain::{
    rate::{Deed, Month, Span, spans},
    time::Instant,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, FromQueryResult, IntoActiveModel, QueryFilter, Statement,
    Value,
    sea_query::{Expr, OnConflict},
};
use uuid::Uuid;

use super::{
    block::{Block, DAY, Grain, LARGEST, SumKey, TICK, tick_of},
    cells::{Cell, Cells, pack, unpack},
    deeds as stored_deeds,
    names::Names,
    roll, spans as stored_spans,
};
use crate::{
    entity::{rate_checkpoint, rate_deed, rate_name, rate_petition, rate_span, rate_sum},
    error::StoreError,
    store::{Engine, Snapshot, Store},
    unit_of_work::UnitOfWork,
};

/// How many events are taken in at a time.
const BATCH: u32 = 20_000;

/// How many petitions are asked for in one query.
const PETITIONS: usize = 1_000;

/// Rows per statement: the widest table has fifteen columns, and SQLite binds at most 32,766 values.
pub(super) const ROWS: usize = 2_000;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Folding {
    /// Some, and there is more to do.
    Advanced,
    /// Nothing, since another server was at it.
    Elsewhere,
    /// All that was there when it began is taken in and summed up.
    Idle,
}

/// A petition's spans and deeds as they are to be.
struct Anew {
    version: i32,
    submitted_at: Instant,
    spans: Vec<Span>,
    deeds: Vec<Deed>,
}

/// Where the log was read up to, and which petitions have events there, with the number of the last.
pub(super) struct Batch {
    last: (i64, i64),
    /// Whether there may be more behind it.
    is_full: bool,
    pub touched: BTreeMap<Uuid, i32>,
}

#[derive(FromQueryResult)]
struct Row {
    xid: i64,
    position: i64,
    petition_id: Uuid,
    seq: i32,
}

impl Store {
    /// Takes a batch of events into the fold and, where that was the last of them, sums up some days that are over (all those before
    /// `today`): events that never cease must not keep days from being summed up.
    ///
    /// # Errors
    /// [`StoreError::Inconsistent`] on a damaged log; otherwise as the database says.
    pub async fn fold_rates(&self, today: NaiveDate) -> Result<Folding, StoreError> {
        let snapshot = self.snapshot().await?;
        let checkpoint = snapshot.checkpoint().await?;
        let Some(batch) = snapshot.batch(&checkpoint).await? else {
            drop(snapshot);
            return roll::roll(self, &checkpoint, today).await;
        };
        let anew = snapshot.anew(&batch.touched).await?;
        drop(snapshot);

        let mut unit = self.begin().await?;
        let (xid, position) = batch.last;
        let advanced = rate_checkpoint::ActiveModel {
            xid: Set(xid),
            position: Set(position),
            revision: Set(checkpoint.revision + 1),
            ..Default::default()
        };
        if !unit.take_turn(&checkpoint, advanced).await? {
            return Ok(Folding::Elsewhere);
        }
        unit.refold(anew, checkpoint.rolled_until).await?;
        unit.commit().await?;
        if batch.is_full {
            return Ok(Folding::Advanced);
        }
        let checkpoint = rate_checkpoint::Model { xid, position, revision: checkpoint.revision + 1, ..checkpoint };
        roll::roll(self, &checkpoint, today).await
    }

    /// Drops the fold, so that it is made anew from the log; until then figures are counted from the log.
    ///
    /// # Errors
    /// As the database says.
    pub async fn drop_rates(&self) -> Result<(), StoreError> {
        let unit = self.begin().await?;
        let begin = rate_checkpoint::Entity::update_many()
            .col_expr(rate_checkpoint::Column::Xid, Expr::value(0))
            .col_expr(rate_checkpoint::Column::Position, Expr::value(0))
            .col_expr(rate_checkpoint::Column::RolledUntil, Expr::value(Option::<i32>::None))
            .col_expr(rate_checkpoint::Column::Revision, Expr::col(rate_checkpoint::Column::Revision).add(1));
        begin.exec(unit.transaction()).await?;
        // Not TRUNCATE, which would empty the tables for those who read in an older snapshot too.
        rate_sum::Entity::delete_many().exec(unit.transaction()).await?;
        rate_span::Entity::delete_many().exec(unit.transaction()).await?;
        rate_deed::Entity::delete_many().exec(unit.transaction()).await?;
        rate_petition::Entity::delete_many().exec(unit.transaction()).await?;
        rate_name::Entity::delete_many().exec(unit.transaction()).await?;
        unit.commit().await
    }
}

impl Snapshot {
    pub(super) async fn checkpoint(&self) -> Result<rate_checkpoint::Model, StoreError> {
        let row = rate_checkpoint::Entity::find_by_id(1).one(&self.0).await?;
        row.ok_or_else(|| StoreError::inconsistent("rate_checkpoint", "id", 1, "it is missing"))
    }

    /// The next events of the log that nothing older can come before; `None` where there is none.
    async fn batch(&self, after: &rate_checkpoint::Model) -> Result<Option<Batch>, StoreError> {
        let sql = match Engine::of(&self.0) {
            Engine::Sqlite => {
                "SELECT $1 AS xid, position, petition_id, seq FROM event WHERE position > $2 ORDER BY position LIMIT $3"
            }
            Engine::Postgres => {
                // By the column, which has an index: `xid` alone would be the number made of it, of everything that is left of the log.
                "SELECT e.xid::text::bigint AS xid, e.position, e.petition_id, e.seq FROM event e \
                 WHERE (e.xid, e.position) > ($1::text::xid8, $2) AND e.xid < log_horizon() \
                 ORDER BY e.xid, e.position LIMIT $3"
            }
        };
        let rows = self.events_beyond(sql, after, vec![Value::from(i64::from(BATCH))]).await?;
        let is_full = u32::try_from(rows.len()).is_ok_and(|rows| rows >= BATCH);
        let mut touched = BTreeMap::new();
        let mut last = None;
        for Row { xid, position, petition_id, seq } in rows {
            last = Some((xid, position));
            let newest: &mut i32 = touched.entry(petition_id).or_default();
            *newest = Ord::max(seq, *newest);
        }
        let Some(last) = last else { return Ok(None) };
        Ok(Some(Batch { last, is_full, touched: self.not_taken_in(touched).await? }))
    }

    /// The petitions of which the log has events that were not taken in, with the number of the last.
    pub(super) async fn lagging(&self, after: &rate_checkpoint::Model) -> Result<BTreeMap<Uuid, i32>, StoreError> {
        let sql = match Engine::of(&self.0) {
            // Without the hint SQLite reads a whole index, in whose order the petitions lie, and not the few rows beyond.
            Engine::Sqlite => {
                "SELECT $1 AS xid, max(position) AS position, petition_id, max(seq) AS seq FROM event NOT INDEXED \
                 WHERE position > $2 GROUP BY petition_id"
            }
            Engine::Postgres => {
                "SELECT 0::bigint AS xid, max(position) AS position, petition_id, max(seq) AS seq FROM event \
                 WHERE (xid, position) > ($1::text::xid8, $2) GROUP BY petition_id"
            }
        };
        let rows = self.events_beyond(sql, after, Vec::new()).await?;
        self.not_taken_in(rows.into_iter().map(|row| (row.petition_id, row.seq)).collect()).await
    }

    async fn events_beyond(
        &self,
        sql: &str,
        after: &rate_checkpoint::Model,
        more: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError> {
        let xid = match Engine::of(&self.0) {
            Engine::Sqlite => Value::from(after.xid),
            Engine::Postgres => Value::from(after.xid.to_string()),
        };
        let values = [xid, Value::from(after.position)].into_iter().chain(more);
        let statement = Statement::from_sql_and_values(self.0.get_database_backend(), sql, values);
        Ok(Row::find_by_statement(statement).all(&self.0).await?)
    }

    /// Leaves out those whose history was read beyond the checkpoint: histories are read whole.
    async fn not_taken_in(&self, mut touched: BTreeMap<Uuid, i32>) -> Result<BTreeMap<Uuid, i32>, StoreError> {
        let ids: Vec<Uuid> = touched.keys().copied().collect();
        for some in ids.chunks(PETITIONS) {
            let known = rate_petition::Entity::find().filter(rate_petition::Column::PetitionId.is_in(some.to_vec()));
            for row in known.all(&self.0).await? {
                if touched.get(&row.petition_id).is_some_and(|seq| *seq <= row.version) {
                    touched.remove(&row.petition_id);
                }
            }
        }
        Ok(touched)
    }

    /// The spans and deeds of those petitions from their whole histories.
    async fn anew(&self, petitions: &BTreeMap<Uuid, i32>) -> Result<HashMap<Uuid, Anew>, StoreError> {
        let mut anew = HashMap::new();
        let ids: Vec<Uuid> = petitions.keys().copied().collect();
        for some in ids.chunks(PETITIONS) {
            let answers = self.answers_of(some).await?;
            for history in self.histories_of(some).await? {
                let (Some(first), Some(last)) = (history.first(), history.last()) else { continue };
                let deeds = answers.deeds_in(&history)?;
                let spans =
                    spans(&history).map_err(|unfit| StoreError::inconsistent("event", "seq", first.petition, unfit))?;
                let version = crate::row::stored_int(last.seq)?;
                anew.insert(first.petition.0, Anew { version, submitted_at: first.at, spans, deeds });
            }
        }
        Ok(anew)
    }
}

/// What the sums are to be changed by.
pub(super) type Changes = BTreeMap<SumKey, Cells>;

impl UnitOfWork {
    /// Moves the checkpoint, if nobody did since it was read.
    pub(super) async fn take_turn(
        &mut self,
        read: &rate_checkpoint::Model,
        moved: rate_checkpoint::ActiveModel,
    ) -> Result<bool, StoreError> {
        let updated = rate_checkpoint::Entity::update_many()
            .set(moved)
            .filter(rate_checkpoint::Column::Revision.eq(read.revision))
            .exec(self.transaction())
            .await?;
        Ok(updated.rows_affected == 1)
    }

    async fn refold(&mut self, anew: HashMap<Uuid, Anew>, rolled_until: Option<i32>) -> Result<(), StoreError> {
        let mut names = Names::read(self.transaction()).await?;
        let of_spans = anew.values().flat_map(|anew| &anew.spans).flat_map(|span| stored_spans::codes(&span.heading));
        let of_deeds = anew.values().flat_map(|anew| &anew.deeds).flat_map(stored_deeds::codes);
        names.add(self.transaction(), of_spans.chain(of_deeds)).await?;

        let mut old: HashMap<Uuid, Vec<rate_span::Model>> = HashMap::new();
        let ids: Vec<Uuid> = anew.keys().copied().collect();
        for some in ids.chunks(PETITIONS) {
            let theirs = || rate_span::Column::PetitionId.is_in(some.to_vec());
            for row in rate_span::Entity::find().filter(theirs()).all(self.transaction()).await? {
                old.entry(row.petition_id).or_default().push(row);
            }
            rate_span::Entity::delete_many().filter(theirs()).exec(self.transaction()).await?;
            self.remove_deeds(some).await?;
        }
        let (mut petitions, mut rows, mut done) = (Vec::new(), Vec::new(), Vec::new());
        let mut changes = Changes::new();
        for (petition_id, Anew { version, submitted_at, spans, deeds }) in anew {
            let now = spans.iter().map(|span| stored_spans::row(petition_id, span, &names));
            let now: Vec<rate_span::Model> = now.collect::<Result<_, _>>()?;
            let before = old.remove(&petition_id).unwrap_or_default();
            change(&before, &now, submitted_at, rolled_until, &mut changes)?;
            rows.extend(now);
            for deed in &deeds {
                done.push(stored_deeds::row(petition_id, deed, &names)?);
            }
            let (submitted_at, deeds) = (submitted_at.micros(), count(&deeds)?);
            petitions.push(rate_petition::Model { petition_id, version, submitted_at, deeds });
        }
        for some in petitions.chunks(ROWS) {
            let rows = some.iter().map(|row| row.clone().into_active_model());
            let newer = OnConflict::column(rate_petition::Column::PetitionId)
                .update_columns([rate_petition::Column::Version, rate_petition::Column::Deeds])
                .to_owned();
            rate_petition::Entity::insert_many(rows)
                .on_conflict(newer)
                .exec_without_returning(self.transaction())
                .await?;
        }
        for some in rows.chunks(ROWS) {
            let rows = some.iter().map(|row| row.clone().into_active_model());
            rate_span::Entity::insert_many(rows).exec_without_returning(self.transaction()).await?;
        }
        self.put_deeds(&done).await?;
        self.add_sums(roll::running(changes, rolled_until)).await
    }

    /// Adds to the stored sums.
    pub(super) async fn add_sums(&mut self, mut changes: Changes) -> Result<(), StoreError> {
        changes.retain(|_, cells| cells.values().any(|count| *count != 0));
        let keys: Vec<i64> = changes.keys().map(|key| key.pack()).collect();
        for some in keys.chunks(ROWS) {
            let held = rate_sum::Entity::find().filter(rate_sum::Column::Key.is_in(some.to_vec()));
            for row in held.all(self.transaction()).await? {
                let key = sum_key(row.key)?;
                let Some(cells) = changes.get_mut(&key) else { continue };
                for (cell, count) in unpack(key, &row.cells)? {
                    *cells.entry(cell).or_default() += count;
                }
            }
        }
        self.put_sums(changes).await
    }

    /// Stores sums in the place of those there are.
    pub(super) async fn put_sums(&mut self, sums: Changes) -> Result<(), StoreError> {
        let (mut rows, mut gone) = (Vec::new(), Vec::new());
        for (key, cells) in sums {
            match pack(cells)? {
                Some(cells) => rows.push(rate_sum::ActiveModel { key: Set(key.pack()), cells: Set(cells) }),
                None => gone.push(key.pack()),
            }
        }
        for some in gone.chunks(ROWS) {
            let gone = rate_sum::Column::Key.is_in(some.to_vec());
            rate_sum::Entity::delete_many().filter(gone).exec(self.transaction()).await?;
        }
        for some in rows.chunks(ROWS) {
            let newer = OnConflict::column(rate_sum::Column::Key).update_column(rate_sum::Column::Cells).to_owned();
            rate_sum::Entity::insert_many(some.to_vec())
                .on_conflict(newer)
                .exec_without_returning(self.transaction())
                .await?;
        }
        Ok(())
    }
}

pub(super) fn sum_key(packed: i64) -> Result<SumKey, StoreError> {
    SumKey::unpack(packed).ok_or_else(|| StoreError::inconsistent("rate_sum", "key", packed, "it is none"))
}

/// How many deeds, as the database keeps it.
fn count(deeds: &[Deed]) -> Result<i32, StoreError> {
    i32::try_from(deeds.len()).map_err(|error| StoreError::inconsistent("rate_petition", "deeds", "new", error))
}

/// What the sums change by when one petition's spans give way to others.
pub(super) fn change(
    before: &[rate_span::Model],
    now: &[rate_span::Model],
    submitted_at: Instant,
    rolled_until: Option<i32>,
    changes: &mut Changes,
) -> Result<(), StoreError> {
    let (month, day) = (Month::of(submitted_at), day_of_month(submitted_at));
    let mut steps: BTreeMap<(i64, Cell), i64> = BTreeMap::new();
    for (rows, sign) in [(before, -1), (now, 1)] {
        for row in rows {
            let Some(cell) = stored_spans::cell(row, day)? else { continue };
            *steps.entry((row.since, cell)).or_default() += sign;
            if row.until != stored_spans::OPEN {
                *steps.entry((row.until, cell)).or_default() -= sign;
            }
        }
    }
    for ((at, cell), count) in steps.into_iter().filter(|(_, count)| *count != 0) {
        let tick = tick_of(at);
        let complete = |scale: &u8| {
            *scale < DAY || rolled_until.is_some_and(|until| Block::around(*scale, tick).end_day() <= until)
        };
        for scale in (TICK..=LARGEST).filter(complete) {
            let block = Block::around(scale, tick);
            for grain in Grain::ALL.into_iter().filter(|grain| grain.finest() <= scale) {
                let cells = changes.entry(SumKey { grain, block, part: grain.part(month) }).or_default();
                *cells.entry(cell.seen_by(grain)).or_default() += count;
            }
        }
    }
    Ok(())
}

/// The day of the month of submission, in Việt Nam.
pub(super) fn day_of_month(submitted_at: Instant) -> u8 {
    u8::try_from(submitted_at.local_date().day()).unwrap_or(u8::MAX)
}
