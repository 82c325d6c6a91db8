//! Summing up days that are over.

use chrono::NaiveDate;
use domain::time::Instant;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QuerySelect, sea_query::Expr,
};

use super::{
    advance::{Changes, Folding, sum_key},
    block::{Block, Grain, LARGEST, SumKey, day_of, hour_of},
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
    let today = day_of(hour_of(Instant::start_of_day(today).micros()));
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
        return Ok(Folding::Idle);
    }
    for scale in 1..=LARGEST {
        let ended = (from + 1..=until).map(|day| Block::around(scale, (day - 1) * 24)).filter(|block| {
            let end = block.end_day();
            from < end && end <= until
        });
        let mut ended: Vec<Block> = ended.collect();
        ended.dedup();
        let (Some(first), Some(last)) = (ended.first(), ended.last()) else { continue };
        for grain in Grain::ALL {
            let key = |block| SumKey { grain, block, part: 0 }.pack();
            let after = Block { index: last.children().1.index + 1, ..last.children().1 };
            let parts = rate_sum::Entity::find()
                .filter(rate_sum::Column::Key.gte(key(first.children().0)))
                .filter(rate_sum::Column::Key.lt(key(after)));
            let mut sums = Changes::new();
            for row in parts.all(unit.transaction()).await? {
                let part = sum_key(row.key)?;
                let cells = sums.entry(SumKey { block: part.block.parent(), ..part }).or_default();
                for (cell, count) in unpack(part, &row.cells)? {
                    *cells.entry(cell).or_default() += count;
                }
            }
            unit.put_sums(sums).await?;
        }
    }
    unit.commit().await?;
    Ok(Folding::Advanced)
}

/// The day that the earliest span begins on.
async fn first_day(connection: &impl ConnectionTrait) -> Result<Option<i32>, StoreError> {
    let first = rate_span::Entity::find().select_only().expr(Expr::col(rate_span::Column::Since).min());
    let first: Option<Option<i64>> = first.into_tuple().one(connection).await?;
    Ok(first.flatten().map(|since| day_of(hour_of(since))))
}
