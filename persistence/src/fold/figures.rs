//! Answers from the fold.

use domain::{
    rate::{Month, Question, Tally, spans},
    routing::Directory,
    time::Instant,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, FromQueryResult, QueryFilter, Statement, Value,
    sea_query::Expr,
};
use uuid::Uuid;

use super::{
    advance::sum_key,
    block::{Block, PART_MASK, Run, SumKey, begin_of, cover, tick_of},
    cells::unpack,
    headings::{Headings, Sums},
    names::Names,
    period::{Period, Slice},
    spans::{cell, covers},
};
use crate::{
    entity::{rate_span, rate_sum},
    error::StoreError,
    store::Snapshot,
};

/// How many petitions are counted from their histories at a time.
pub(super) const PETITIONS: usize = 1_000;

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

pub(super) const SENT: &str = "p.submitted_at, s.petition_id, s.since, s.until, s.agency, s.unit, s.category, s.channel, s.standing \
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
        let mut headings = Headings::new(question, directory, Names::read(&self.0).await?);
        let mut sums = self.blocks(&period, instants, checkpoint.rolled_until, &mut headings).await?;
        for (instant, sums) in instants.iter().zip(&mut sums) {
            for (sent, row, petitions) in self.since_the_blocks(&period, *instant).await? {
                add(&row, sent, petitions, &mut headings, sums)?;
            }
            for edge in &period.edges {
                for (sent, row) in self.sent_between(*edge, *instant).await? {
                    add(&row, sent, 1, &mut headings, sums)?;
                }
            }
        }
        let late: Vec<Uuid> = self.lagging(&checkpoint).await?.into_keys().collect();
        for some in late.chunks(PETITIONS) {
            for (sent, row) in self.folded(some).await? {
                for (instant, sums) in instants.iter().zip(&mut sums) {
                    if question.covers(sent) && covers(&row, instant.micros()) {
                        add(&row, sent, -1, &mut headings, sums)?;
                    }
                }
            }
            for history in self.histories_of(some).await? {
                let Some(first) = history.first().filter(|first| question.covers(first.at)) else { continue };
                let spans =
                    spans(&history).map_err(|unfit| StoreError::inconsistent("event", "seq", first.petition, unfit))?;
                for (span, standing) in spans.iter().filter_map(|span| Some((span, span.standing?))) {
                    let reached = instants.iter().zip(&mut sums).filter(|(instant, _)| span.covers(**instant));
                    reached.for_each(|(_, sums)| headings.add_one(&span.heading, standing, sums));
                }
            }
        }
        sums.iter().map(|sums| headings.tally(sums)).collect()
    }

    /// What the sums of blocks say for the time before the smallest block that an instant cuts, of the submissions that sums answer for.
    async fn blocks(
        &self,
        period: &Period,
        instants: &[Instant],
        rolled_until: Option<i32>,
        headings: &mut Headings<'_>,
    ) -> Result<Vec<Sums>, StoreError> {
        let covers = instants.iter().map(|instant| cover(period.finest(), tick_of(instant.micros()), rolled_until));
        let covers: Vec<Vec<Run>> = covers.collect();
        let mut sums: Vec<Sums> = vec![Sums::default(); instants.len()];
        for slice in &period.slices {
            let stored = |runs: &Vec<Run>| runs.iter().map(|run| run.stored(slice.grain)).collect();
            let covers: Vec<Vec<Run>> = covers.iter().map(stored).collect();
            let wanted = joined(covers.concat()).into_iter().map(|run| wanted_keys(slice, run));
            let wanted = wanted.fold(Condition::any(), Condition::add);
            for row in rate_sum::Entity::find().filter(wanted).all(&self.0).await? {
                let key = sum_key(row.key)?;
                let month = slice.month_of(key.part);
                // Added where it begins to count, taken away where larger blocks, or later running sums, count for it.
                let mut counted = false;
                for (runs, sums) in covers.iter().zip(&mut sums) {
                    let counts = runs.iter().any(|run| run.holds(key.block));
                    let times = i64::from(counts) - i64::from(counted);
                    counted = counts;
                    if times == 0 {
                        continue;
                    }
                    for (cell, petitions) in unpack(key, &row.cells)? {
                        if (slice.days.0..=slice.days.1).contains(&cell.day) {
                            headings.add(month, cell, times * petitions, sums)?;
                        }
                    }
                }
            }
        }
        let mut so_far = Sums::default();
        for sums in &mut sums {
            for (key, petitions) in sums.drain() {
                *so_far.entry(key).or_default() += petitions;
            }
            sums.clone_from(&so_far);
        }
        Ok(sums)
    }

    /// What has changed between the begin of the smallest block that an instant cuts and the instant: spans, when their petitions were
    /// sent, and how many petitions more or less.
    async fn since_the_blocks(
        &self,
        period: &Period,
        instant: Instant,
    ) -> Result<Vec<(Instant, rate_span::Model, i64)>, StoreError> {
        let (at, cut) = (instant.micros(), Block::around(period.finest(), tick_of(instant.micros())));
        let begin = begin_of(cut.first_tick());
        let Some((from, to)) = period.whole.filter(|_| begin < at) else { return Ok(Vec::new()) };
        let sql = format!(
            "SELECT {SENT} WHERE s.petition_id IN (SELECT petition_id FROM rate_span WHERE since >= $1 AND since < $2) \
             AND s.until >= $1 AND s.since < $2 AND p.submitted_at >= $3 AND p.submitted_at < $4"
        );
        let (from, to) = (from.map_or(i64::MIN, Instant::micros), to.map_or(i64::MAX, Instant::micros));
        let rows = self.sent(&sql, [begin, at, from, to].map(Value::from)).await?.into_iter();
        Ok(rows
            .map(|(sent, row)| {
                let petitions = i64::from(covers(&row, at)) - i64::from(covers(&row, begin));
                (sent, row, petitions)
            })
            .collect())
    }

    /// The spans, reaching an instant, of petitions that were sent in a stretch of less than a day.
    async fn sent_between(
        &self,
        (from, to): (Instant, Instant),
        instant: Instant,
    ) -> Result<Vec<(Instant, rate_span::Model)>, StoreError> {
        let sql = format!(
            "SELECT {SENT} WHERE p.submitted_at >= $1 AND p.submitted_at < $2 AND s.since < $3 AND s.until >= $3"
        );
        self.sent(&sql, [from.micros(), to.micros(), instant.micros()].map(Value::from)).await
    }

    /// The spans of those petitions as they were folded.
    async fn folded(&self, petitions: &[Uuid]) -> Result<Vec<(Instant, rate_span::Model)>, StoreError> {
        let marks: Vec<String> = (1..=petitions.len()).map(|number| format!("${number}")).collect();
        let sql = format!("SELECT {SENT} WHERE s.petition_id IN ({})", marks.join(", "));
        self.sent(&sql, petitions.iter().map(|id| Value::from(*id))).await
    }

    pub(super) async fn sent(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Vec<(Instant, rate_span::Model)>, StoreError> {
        let backend = self.0.get_database_backend();
        let statement = Statement::from_sql_and_values(backend, sql, values);
        Sent::find_by_statement(statement).all(&self.0).await?.into_iter().map(Sent::split).collect()
    }
}

/// When a petition was sent.
pub(super) fn instant_of(submitted_at: i64, petition: Uuid) -> Result<Instant, StoreError> {
    Instant::from_micros(submitted_at)
        .ok_or_else(|| StoreError::inconsistent("rate_petition", "submitted_at", petition, "not an instant"))
}

/// Adds petitions that stand as a span says.
fn add(
    row: &rate_span::Model,
    sent: Instant,
    petitions: i64,
    headings: &mut Headings<'_>,
    sums: &mut Sums,
) -> Result<(), StoreError> {
    match cell(row, 0)? {
        Some(cell) if petitions != 0 => headings.add(Month::of(sent).number(), cell, petitions, sums),
        Some(_) | None => Ok(()),
    }
}

/// The keys of the sums of a run of blocks for a slice of the submissions.
fn wanted_keys(slice: &Slice, Run { scale, first, last }: Run) -> Condition {
    let key = |index, part| SumKey { grain: slice.grain, block: Block { scale, index }, part }.pack();
    let parts = slice.parts;
    Condition::all()
        .add(rate_sum::Column::Key.between(key(first, parts.0), key(last, parts.1)))
        .add(Expr::col(rate_sum::Column::Key).bit_and(PART_MASK).between(parts.0, parts.1))
}

/// Runs of one scale that overlap or follow each other, as one.
fn joined(mut runs: Vec<Run>) -> Vec<Run> {
    runs.sort_unstable();
    let mut joined: Vec<Run> = Vec::new();
    for run in runs {
        match joined.last_mut() {
            Some(last) if last.scale == run.scale && run.first <= last.last + 1 => {
                last.last = Ord::max(last.last, run.last);
            }
            _ => joined.push(run),
        }
    }
    joined
}
