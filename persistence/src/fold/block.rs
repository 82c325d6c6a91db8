//! Blocks of time, and which of them make up a stretch of it.
//!
//! Time is counted in hours of Việt Nam since 1970, which stands a whole number of hours from UTC and has no daylight saving.

use domain::rate::Month;

const HOUR_MICROS: i64 = 3_600_000_000;
/// Việt Nam is ahead of UTC by seven hours.
const OFFSET_MICROS: i64 = 7 * HOUR_MICROS;
const HOURS_A_DAY: i32 = 24;

/// The largest blocks are of 8⁴ days.
pub(super) const LARGEST: u8 = 5;

/// Before any petition: the first day of a largest block.
const BEGINNING: i32 = -4_096;

/// The hour an instant is in.
pub(super) fn hour_of(micros: i64) -> i32 {
    i32::try_from((micros + OFFSET_MICROS).div_euclid(HOUR_MICROS)).unwrap_or(i32::MAX)
}

/// When an hour begins; microseconds since 1970, UTC.
pub(super) fn begin_of(hour: i32) -> i64 {
    i64::from(hour) * HOUR_MICROS - OFFSET_MICROS
}

/// The day an hour is of; days since 1970.
pub(super) fn day_of(hour: i32) -> i32 {
    hour.div_euclid(HOURS_A_DAY)
}

/// A block: an hour at scale 0, from there on 8 to the power of scale − 1 days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Block {
    pub scale: u8,
    pub index: i32,
}

/// How many days a block of a scale from 1 on has.
fn days(scale: u8) -> i32 {
    8i32.pow(u32::from(scale.saturating_sub(1)))
}

impl Block {
    /// The block of a scale that an hour is in.
    pub(super) fn around(scale: u8, hour: i32) -> Self {
        let index = if scale == 0 { hour } else { day_of(hour).div_euclid(days(scale)) };
        Self { scale, index }
    }

    /// The hour it begins with.
    fn first_hour(self) -> i32 {
        if self.scale == 0 { self.index } else { self.index * days(self.scale) * HOURS_A_DAY }
    }

    /// The day it has ended by; for an hour, the day after.
    pub(super) fn end_day(self) -> i32 {
        if self.scale == 0 { day_of(self.index) + 1 } else { (self.index + 1) * days(self.scale) }
    }

    /// The block of the next scale that it is a part of.
    pub(super) fn parent(self) -> Self {
        Self::around(self.scale + 1, self.first_hour())
    }

    /// The first and last block of the scale before that it is made of; it must not be an hour.
    pub(super) fn children(self) -> (Self, Self) {
        let (scale, parts) = (self.scale - 1, if self.scale == 1 { HOURS_A_DAY } else { 8 });
        let first = self.index * parts;
        (Self { scale, index: first }, Self { scale, index: first + parts - 1 })
    }
}

/// Blocks of one scale that follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    pub first: Block,
    pub last: Block,
}

/// The blocks that make up the hours `[from, to)`, as few as there are, where sums of days and more are complete before the day
/// `rolled_until`. From the beginning, if `from` is `None`.
pub(super) fn cover(from: Option<i32>, to: i32, rolled_until: Option<i32>) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut hour = from.unwrap_or(BEGINNING * HOURS_A_DAY);
    while hour < to {
        let whole = |scale: &u8| {
            let block = Block::around(*scale, hour);
            let complete = rolled_until.is_some_and(|day| block.end_day() <= day);
            block.first_hour() == hour && block.end_day() * HOURS_A_DAY <= to && complete
        };
        let largest = (1..=LARGEST).rev().find(whole);
        // Where nothing is rolled up the hours are taken as one run.
        let (block, next) = match largest {
            Some(scale) => {
                let block = Block::around(scale, hour);
                (block, block.end_day() * HOURS_A_DAY)
            }
            None => (Block { scale: 0, index: hour }, hour + 1),
        };
        hour = next;
        let last = if largest.is_none() && rolled_until.is_none_or(|day| day <= day_of(block.index)) {
            hour = to;
            Block { scale: 0, index: to - 1 }
        } else {
            block
        };
        match runs.last_mut() {
            Some(run) if run.last.scale == block.scale && run.last.index + 1 == block.index => run.last = last,
            _ => runs.push(Run { first: block, last }),
        }
    }
    runs
}

/// Which headings a sum tells apart, and into which parts the submissions are cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Grain {
    /// Agency and channel; by year of submission.
    AgencyYear,
    /// Agency and channel; by month of submission.
    AgencyMonth,
    /// Agency, field and channel; by year of submission.
    CategoryYear,
    /// Agency, unit and channel; by year of submission.
    UnitYear,
    /// Everything, and the day of submission; by month of submission.
    Whole,
}

impl Grain {
    pub(super) const ALL: [Self; 5] =
        [Self::AgencyYear, Self::AgencyMonth, Self::CategoryYear, Self::UnitYear, Self::Whole];

    fn number(self) -> i64 {
        match self {
            Self::AgencyYear => 0,
            Self::AgencyMonth => 1,
            Self::CategoryYear => 2,
            Self::UnitYear => 3,
            Self::Whole => 4,
        }
    }

    /// The part that petitions of a month are in.
    pub(super) fn part(self, month: Month) -> i32 {
        match self {
            Self::AgencyYear | Self::CategoryYear | Self::UnitYear => month.year(),
            Self::AgencyMonth | Self::Whole => month.number(),
        }
    }
}

/// What a stored sum is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct SumKey {
    pub grain: Grain,
    pub block: Block,
    pub part: i32,
}

const PART_BITS: u32 = 16;
const BLOCK_BITS: u32 = 24;
const BLOCK_OFFSET: i64 = 1 << (BLOCK_BITS - 1);

/// The part of a packed key.
pub(super) const PART_MASK: i64 = (1 << PART_BITS) - 1;

impl SumKey {
    /// One number for it; keys of one grain and scale are ordered by block, then by part.
    pub(super) fn pack(self) -> i64 {
        let of = self.grain.number() * 8 + i64::from(self.block.scale);
        let block = i64::from(self.block.index) + BLOCK_OFFSET;
        (of << (BLOCK_BITS + PART_BITS)) | (block << PART_BITS) | (i64::from(self.part) & PART_MASK)
    }

    /// What [`Self::pack`] packed.
    pub(super) fn unpack(key: i64) -> Option<Self> {
        let of = key >> (BLOCK_BITS + PART_BITS);
        let grain = Grain::ALL.into_iter().find(|grain| grain.number() == of >> 3)?;
        let scale = u8::try_from(of & 7).ok().filter(|scale| *scale <= LARGEST)?;
        let index = i32::try_from(((key >> PART_BITS) & ((1 << BLOCK_BITS) - 1)) - BLOCK_OFFSET).ok()?;
        Some(Self { grain, block: Block { scale, index }, part: i32::try_from(key & PART_MASK).ok()? })
    }
}

#[cfg(test)]
mod tests {
    use domain::time::Instant;

    use super::*;

    fn hours(run: &Run) -> std::ops::Range<i32> {
        let end = if run.last.scale == 0 { run.last.index + 1 } else { run.last.end_day() * HOURS_A_DAY };
        run.first.first_hour()..end
    }

    #[test]
    fn a_cover_is_the_stretch_without_gap_or_overlap_and_short() {
        for (from, to, rolled) in [
            (Some(0), 24, Some(1)),
            (Some(5), 24 * 700 + 7, Some(600)),
            (Some(-30), 24 * 4_096 * 2, Some(9_000)),
            (Some(24 * 19_000), 24 * 19_365, Some(19_365)),
            (Some(24 * 19_000 + 3), 24 * 19_003 + 1, None),
            (None, 24 * 19_003 + 1, Some(19_003)),
            (Some(10), 10, Some(1)),
        ] {
            let runs = cover(from, to, rolled);
            let mut at = from.unwrap_or(BEGINNING * HOURS_A_DAY);
            for run in &runs {
                assert_eq!(hours(run).start, at);
                at = hours(run).end;
                assert!(run.last.scale == 0 || run.last.end_day() <= rolled.unwrap());
            }
            assert_eq!(at, to.max(from.unwrap_or(i32::MIN)));
            assert!(runs.len() <= 14, "{runs:?}");
        }
    }

    #[test]
    fn a_block_is_its_children() {
        for scale in 1..=LARGEST {
            for index in [-3, -1, 0, 7, 200] {
                let block = Block { scale, index };
                let (first, last) = block.children();
                assert_eq!(first.first_hour(), block.first_hour());
                assert_eq!(last.end_day(), block.end_day());
                assert_eq!((first.parent(), last.parent()), (block, block));
            }
        }
    }

    #[test]
    fn a_key_unpacks_to_itself_and_keeps_the_order() {
        let mut before = i64::MIN;
        for grain in Grain::ALL {
            for scale in 0..=LARGEST {
                for index in [-100_000, -1, 0, 460_000, 2_000_000] {
                    for part in [0, 2022, 24_272] {
                        let key = SumKey { grain, block: Block { scale, index }, part };
                        assert_eq!(SumKey::unpack(key.pack()), Some(key));
                        assert!(before < key.pack());
                        before = key.pack();
                    }
                }
            }
        }
    }

    #[test]
    fn an_hour_is_of_viet_nam() {
        let midnight = Instant::parse("2022-09-01T00:00:00+07:00").unwrap().micros();
        let hour = hour_of(midnight);
        assert_eq!((hour % 24, begin_of(hour), hour_of(midnight - 1)), (0, midnight, hour - 1));
    }
}
