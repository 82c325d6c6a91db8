//! Answers from the fold.

use domain::{
    rate::{Key, Month, Question, Span, Standing, Tally, spans},
    routing::Directory,
    time::Instant,
};
use rustc_hash::FxHashMap;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, FromQueryResult, QueryFilter, Statement, Value,
    sea_query::Expr,
};
use uuid::Uuid;

use super::{
    advance::sum_key,
    block::{Block, PART_MASK, Run, SumKey, begin_of, cover, hour_of},
    cells::{Cell, unpack},
    names::Names,
    period::{Period, Slice},
    spans::{cell, covers, heading},
};
use crate::{
    entity::{rate_petition, rate_span, rate_sum},
    error::StoreError,
    store::Snapshot,
};

/// How many petitions are counted from their histories at a time.
const PETITIONS: usize = 1_000;

/// A month of submission and a cell, and how many petitions.
type Sums = FxHashMap<(i32, Cell), i64>;

/// A stored span with when its petition was sent.
#[derive(FromQueryResult)]
struct Sent {
    submitted_at: i64,
    petition_id: Uuid,
    since: i64,
    until: i64,
    agency: i32,
    unit: i32,
    category: i32,
    channel: i32,
    standing: Option<i32>,
}

const SENT: &str = "p.submitted_at, s.petition_id, s.since, s.until, s.agency, s.unit, s.category, s.channel, s.standing \
     FROM rate_span s JOIN rate_petition p ON p.petition_id = s.petition_id";

impl Sent {
    fn split(self) -> Result<(Instant, rate_span::Model), StoreError> {
        let Self { submitted_at, petition_id, since, until, agency, unit, category, channel, standing } = self;
        let sent = instant_of(submitted_at, petition_id)?;
        Ok((sent, rate_span::Model { petition_id, since, until, agency, unit, category, channel, standing }))
    }
}

impl Snapshot {
    /// The answer to a question at each of the instants, which ascend. It is exact whether or not the fold is up to date.
    ///
    /// # Errors
    /// [`StoreError::Inconsistent`] on a damaged log or fold; otherwise as the database says.
    pub async fn tallies(
        &self,
        question: &Question,
        instants: &[Instant],
        directory: &Directory,
    ) -> Result<Vec<Tally>, StoreError> {
        let checkpoint = self.checkpoint().await?;
        let period = Period::of(question);
        let mut sums: Vec<Sums> = vec![Sums::default(); instants.len()];
        self.add_blocks(&period, instants, checkpoint.rolled_until, &mut sums).await?;
        for (instant, sums) in instants.iter().zip(&mut sums) {
            self.add_since_the_hour(&period, *instant, sums).await?;
            for edge in &period.edges {
                self.add_sent_between(*edge, *instant, sums).await?;
            }
        }
        let mut answers: Vec<FxHashMap<(Key, Standing), i64>> = vec![FxHashMap::default(); instants.len()];
        let late: Vec<Uuid> = self.lagging(&checkpoint).await?.into_keys().collect();
        for some in late.chunks(PETITIONS) {
            self.take_out(some, question, instants, &mut sums).await?;
            for history in self.histories_of(some).await? {
                let Some(first) = history.first().filter(|first| question.covers(first.at)) else { continue };
                let spans = spans(&history)
                    .map_err(|unfit| StoreError::inconsistent("event", "seq", first.petition, unfit))?;
                count(&spans, question, instants, directory, &mut answers);
            }
        }
        let names = Names::read(&self.0).await?;
        answers.iter_mut().zip(sums).map(|(answer, sums)| {
            for ((month, cell), petitions) in sums.into_iter().filter(|(_, petitions)| *petitions != 0) {
                let (heading, standing) = heading(cell, Month::from_number(month), &names)?;
                if let Some(key) = question.key(&heading, directory) {
                    *answer.entry((key, standing)).or_default() += petitions;
                }
            }
            let mut tally = Tally::default();
            for ((key, standing), petitions) in answer.drain().filter(|(_, petitions)| *petitions != 0) {
                let petitions = u64::try_from(petitions).map_err(|_| {
                    let problem = "it counts fewer than no petitions; run `pakn verify`, and `pakn rebuild` makes it anew";
                    StoreError::inconsistent("rate_sum", "cells", format!("{key:?}"), problem)
                })?;
                tally.take(key, standing, petitions);
            }
            Ok(tally)
        }).collect()
    }

    /// What the sums of blocks say for whole hours, of the submissions that sums answer for.
    async fn add_blocks(
        &self,
        period: &Period,
        instants: &[Instant],
        rolled_until: Option<i32>,
        sums: &mut [Sums],
    ) -> Result<(), StoreError> {
        if period.slices.is_empty() {
            return Ok(());
        }
        // Each block counts for the first instant that it lies wholly before, and so for all later ones.
        let mut runs: Vec<(Run, usize)> = Vec::new();
        let mut from = None;
        for (index, instant) in instants.iter().enumerate() {
            let to = hour_of(instant.micros());
            if from.is_none_or(|from| from < to) {
                runs.extend(cover(from, to, rolled_until).into_iter().map(|run| (run, index)));
                from = Some(to);
            }
        }
        let mut since_last: Vec<Sums> = vec![Sums::default(); instants.len()];
        for slice in &period.slices {
            let mut wanted = Condition::any();
            for run in joined(&runs) {
                wanted = wanted.add(wanted_keys(slice, run));
            }
            for row in rate_sum::Entity::find().filter(wanted).all(&self.0).await? {
                let key = sum_key(row.key)?;
                let at = runs.iter().find(|(run, _)| contains(run, key.block)).map(|(_, index)| *index);
                let Some(sums) = at.and_then(|index| since_last.get_mut(index)) else { continue };
                for (cell, petitions) in unpack(key, &row.cells)? {
                    if (slice.days.0..=slice.days.1).contains(&cell.day) {
                        *sums.entry((slice.month_of(key.part), Cell { day: 0, ..cell })).or_default() += petitions;
                    }
                }
            }
        }
        let mut so_far = Sums::default();
        for (since_last, sums) in since_last.into_iter().zip(sums) {
            for (key, petitions) in since_last {
                *so_far.entry(key).or_default() += petitions;
            }
            sums.clone_from(&so_far);
        }
        Ok(())
    }

    /// What has changed between the begin of the hour that an instant cuts and the instant.
    async fn add_since_the_hour(&self, period: &Period, instant: Instant, sums: &mut Sums) -> Result<(), StoreError> {
        let (at, begin) = (instant.micros(), begin_of(hour_of(instant.micros())));
        let Some((from, to)) = period.whole.filter(|_| begin < at) else { return Ok(()) };
        let sql = format!(
            "SELECT {SENT} WHERE s.petition_id IN (SELECT petition_id FROM rate_span WHERE since >= $1 AND since < $2) \
             AND s.until >= $1 AND s.since < $2 AND p.submitted_at >= $3 AND p.submitted_at < $4"
        );
        let (from, to) = (from.map_or(i64::MIN, Instant::micros), to.map_or(i64::MAX, Instant::micros));
        for (sent, row) in self.sent(&sql, [begin, at, from, to]).await? {
            let change = i64::from(covers(&row, at)) - i64::from(covers(&row, begin));
            add(&row, sent, change, sums)?;
        }
        Ok(())
    }

    /// The petitions that were sent in a stretch of less than a day.
    async fn add_sent_between(
        &self,
        (from, to): (Instant, Instant),
        instant: Instant,
        sums: &mut Sums,
    ) -> Result<(), StoreError> {
        let sql =
            format!("SELECT {SENT} WHERE p.submitted_at >= $1 AND p.submitted_at < $2 AND s.since < $3 AND s.until >= $3");
        for (sent, row) in self.sent(&sql, [from.micros(), to.micros(), instant.micros()]).await? {
            add(&row, sent, 1, sums)?;
        }
        Ok(())
    }

    async fn sent<const N: usize>(
        &self,
        sql: &str,
        values: [i64; N],
    ) -> Result<Vec<(Instant, rate_span::Model)>, StoreError> {
        let backend = self.0.get_database_backend();
        let statement = Statement::from_sql_and_values(backend, sql, values.map(Value::from));
        Sent::find_by_statement(statement).all(&self.0).await?.into_iter().map(Sent::split).collect()
    }

    /// Takes petitions out of the sums, as they were folded.
    async fn take_out(
        &self,
        petitions: &[Uuid],
        question: &Question,
        instants: &[Instant],
        sums: &mut [Sums],
    ) -> Result<(), StoreError> {
        let of = || petitions.to_vec();
        let known = rate_petition::Entity::find().filter(rate_petition::Column::PetitionId.is_in(of()));
        let mut sent = FxHashMap::default();
        for row in known.all(&self.0).await? {
            let at = instant_of(row.submitted_at, row.petition_id)?;
            if question.covers(at) {
                sent.insert(row.petition_id, at);
            }
        }
        let folded = rate_span::Entity::find().filter(rate_span::Column::PetitionId.is_in(of()));
        for row in folded.all(&self.0).await? {
            let Some(sent) = sent.get(&row.petition_id) else { continue };
            for (instant, sums) in instants.iter().zip(&mut *sums) {
                if covers(&row, instant.micros()) {
                    add(&row, *sent, -1, sums)?;
                }
            }
        }
        Ok(())
    }
}

/// When a petition was sent.
pub(super) fn instant_of(submitted_at: i64, petition: Uuid) -> Result<Instant, StoreError> {
    Instant::from_micros(submitted_at)
        .ok_or_else(|| StoreError::inconsistent("rate_petition", "submitted_at", petition, "not an instant"))
}

/// Adds petitions that stand as a span says.
fn add(row: &rate_span::Model, sent: Instant, petitions: i64, sums: &mut Sums) -> Result<(), StoreError> {
    if let Some(cell) = cell(row, 0)?
        && petitions != 0
    {
        *sums.entry((Month::of(sent).number(), cell)).or_default() += petitions;
    }
    Ok(())
}

/// Counts a petition by its history at each of the instants.
fn count(
    spans: &[Span],
    question: &Question,
    instants: &[Instant],
    directory: &Directory,
    answers: &mut [FxHashMap<(Key, Standing), i64>],
) {
    for span in spans {
        let (Some(standing), Some(key)) = (span.standing, question.key(&span.heading, directory)) else { continue };
        for (instant, answer) in instants.iter().zip(&mut *answers) {
            if span.covers(*instant) {
                *answer.entry((key.clone(), standing)).or_default() += 1;
            }
        }
    }
}

/// The keys of the sums of a run of blocks for a slice of the submissions.
fn wanted_keys(slice: &Slice, run: Run) -> Condition {
    let key = |block, part| SumKey { grain: slice.grain, block, part }.pack();
    let (first, last) = slice.parts;
    Condition::all()
        .add(rate_sum::Column::Key.between(key(run.first, first), key(run.last, last)))
        .add(Expr::col(rate_sum::Column::Key).bit_and(PART_MASK).between(first, last))
}

fn contains(run: &Run, block: Block) -> bool {
    run.first.scale == block.scale && (run.first.index..=run.last.index).contains(&block.index)
}

/// Runs of one scale that follow each other, as one.
fn joined(runs: &[(Run, usize)]) -> Vec<Run> {
    let mut joined: Vec<Run> = Vec::new();
    for (run, _) in runs {
        match joined.last_mut() {
            Some(last) if last.last.scale == run.first.scale && last.last.index + 1 == run.first.index => last.last = run.last,
            _ => joined.push(*run),
        }
    }
    joined
}
