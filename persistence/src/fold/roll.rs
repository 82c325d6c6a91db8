//! Summing up days that are over.

use chrono::NaiveDate;
use domain::time::Instant;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QuerySelect,
    sea_query::Expr,
};

use super::{
    advance::{Changes, Folding, sum_key},
    block::{Block, DAY, Grain, LARGEST, LAST_PART, SumKey, day_of, tick_of},
    cells::unpack,
};
use crate::{
    entity::{rate_checkpoint, rate_span, rate_sum},
    error::StoreError,
    store::Store,
};

/// How many days at a time.
const DAYS: i32 = 64;

/// Sums up the next days before `today`, and the larger blocks that end with them.
pub(super) async fn roll(
    store: &Store,
    checkpoint: &rate_checkpoint::Model,
    today: NaiveDate,
) -> Result<Folding, StoreError> {
    let today = day_of(tick_of(Instant::start_of_day(today).micros()));
    let from = match checkpoint.rolled_until {
        Some(day) => Some(day),
        None => first_day(store.reader()).await?,
    };
    let Some(from) = from.filter(|from| *from < today) else { return Ok(Folding::Idle) };
    let until = Ord::min(today, from + DAYS);
    let mut unit = store.begin().await?;
    let rolled = rate_checkpoint::ActiveModel {
        rolled_until: Set(Some(until)),
        revision: Set(checkpoint.revision + 1),
        ..Default::default()
    };
    if !unit.take_turn(checkpoint, rolled).await? {
        return Ok(Folding::Elsewhere);
    }
    for scale in DAY..=LARGEST {
        let ended = (from + 1..=until).map(|day| Block::around_day(scale, day - 1)).filter(|block| {
            let end = block.end_day();
            from < end && end <= until
        });
        let mut ended: Vec<Block> = ended.collect();
        ended.dedup();
        let (Some(first), Some(last)) = (ended.first(), ended.last()) else { continue };
        let before = Block { index: first.index - 1, ..*first };
        for grain in Grain::ALL {
            let within = |first: Block, last: Block| {
                let (from, to) =
                    (SumKey { grain, block: first, part: 0 }, SumKey { grain, block: last, part: LAST_PART });
                rate_sum::Column::Key.between(from.pack(), to.pack())
            };
            let parts = match grain.runs(scale - 1) {
                true => ended.iter().map(|block| block.children().1).map(|last| within(last, last)).collect(),
                false => vec![within(first.children().0, last.children().1)],
            };
            let mut wanted = parts.into_iter().fold(Condition::any(), Condition::add);
            if grain.runs(scale) && before.parent() == first.parent() {
                wanted = wanted.add(within(before, before));
            }
            let mut sums = Changes::new();
            for row in rate_sum::Entity::find().filter(wanted).all(unit.transaction()).await? {
                let key = sum_key(row.key)?;
                let block = if key.block == before { before } else { key.block.parent() };
                let cells = sums.entry(SumKey { block, ..key }).or_default();
                for (cell, count) in unpack(key, &row.cells)? {
                    *cells.entry(cell).or_default() += count;
                }
            }
            let mut sums = running(sums, Some(until));
            sums.retain(|key, _| key.block != before);
            unit.put_sums(sums).await?;
        }
    }
    unit.commit().await?;
    Ok(Folding::Advanced)
}

/// What blocks change by, added to the running sums that hold them too; the stored ones are of blocks before `rolled_until`.
pub(super) fn running(changes: Changes, rolled_until: Option<i32>) -> Changes {
    let mut sums = Changes::new();
    for (key, cells) in changes {
        if !key.grain.runs(key.block.scale) {
            sums.insert(key, cells);
            continue;
        }
        for index in key.block.index..=key.block.parent().children().1.index {
            let block = Block { index, ..key.block };
            if block == key.block || rolled_until.is_some_and(|until| block.end_day() <= until) {
                let sum = sums.entry(SumKey { block, ..key }).or_default();
                cells.iter().for_each(|(cell, count)| *sum.entry(*cell).or_default() += count);
            }
        }
    }
    sums
}

/// The day that the earliest span begins on.
async fn first_day(connection: &impl ConnectionTrait) -> Result<Option<i32>, StoreError> {
    let first = rate_span::Entity::find().select_only().expr(Expr::col(rate_span::Column::Since).min());
    let first: Option<Option<i64>> = first.into_tuple().one(connection).await?;
    Ok(first.flatten().map(|since| day_of(tick_of(since))))
}
