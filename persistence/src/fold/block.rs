//! Blocks of time, and which of them make up all that is before an instant.
//!
//! Time is counted in ticks of ten minutes of Việt Nam since 1970, which stands a whole number of hours from UTC and has no daylight
//! saving.

use domain::rate::Month;

const TICK_MICROS: i64 = 600_000_000;
/// Việt Nam is ahead of UTC by seven hours.
const OFFSET_MICROS: i64 = 7 * 3_600_000_000;

/// How many ticks a block of each scale has: the tick, the hour, the day, and 8, 64, 512, 4,096 days.
const TICKS: [i32; 7] = [1, 6, A_DAY, 8 * A_DAY, 64 * A_DAY, 512 * A_DAY, 4_096 * A_DAY];
const A_DAY: i32 = 144;

pub(super) const TICK: u8 = 0;
pub(super) const HOUR: u8 = 1;
/// From here on sums are made when a day is over.
pub(super) const DAY: u8 = 2;
pub(super) const LARGEST: u8 = 6;

/// Before any petition: the first day of a largest block.
const BEGINNING: i32 = -4_096;

/// The tick an instant is in.
pub(super) fn tick_of(micros: i64) -> i32 {
    i32::try_from((micros + OFFSET_MICROS).div_euclid(TICK_MICROS)).unwrap_or(i32::MAX)
}

/// When a tick begins; microseconds since 1970, UTC.
pub(super) fn begin_of(tick: i32) -> i64 {
    i64::from(tick) * TICK_MICROS - OFFSET_MICROS
}

/// The day a tick is of; days since 1970.
pub(super) fn day_of(tick: i32) -> i32 {
    tick.div_euclid(A_DAY)
}

/// A block: the `index`th of its scale since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Block {
    pub scale: u8,
    pub index: i32,
}

/// How many ticks a block of a scale has.
fn ticks(scale: u8) -> i32 {
    TICKS.get(usize::from(scale)).copied().unwrap_or(i32::MAX)
}

impl Block {
    /// The block of a scale that a tick is in.
    pub(super) fn around(scale: u8, tick: i32) -> Self {
        Self { scale, index: tick.div_euclid(ticks(scale)) }
    }

    /// The block of a scale that a day is in; one of a day at least.
    pub(super) fn around_day(scale: u8, day: i32) -> Self {
        Self::around(scale, day * A_DAY)
    }

    /// The tick it begins with.
    pub(super) fn first_tick(self) -> i32 {
        self.index * ticks(self.scale)
    }

    /// The day it has ended by.
    pub(super) fn end_day(self) -> i32 {
        day_of((self.index + 1) * ticks(self.scale) + A_DAY - 1)
    }

    /// The block of the next scale that it is a part of.
    pub(super) fn parent(self) -> Self {
        Self::around(self.scale + 1, self.first_tick())
    }

    /// The first and last block of the scale before that it is made of; it must not be a tick.
    pub(super) fn children(self) -> (Self, Self) {
        let scale = self.scale - 1;
        let parts = ticks(self.scale) / ticks(scale);
        let first = self.index * parts;
        (Self { scale, index: first }, Self { scale, index: first + parts - 1 })
    }
}

/// Blocks of one scale that follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Run {
    pub scale: u8,
    pub first: i32,
    pub last: i32,
}

impl Run {
    pub(super) fn holds(&self, block: Block) -> bool {
        self.scale == block.scale && (self.first..=self.last).contains(&block.index)
    }

    /// The stored sums of a grain that come to the same: of running ones the last.
    pub(super) fn stored(self, grain: Grain) -> Self {
        let first = if grain.runs(self.scale) { self.last } else { self.first };
        Self { first, ..self }
    }
}

/// The blocks that make up all time before the block of the scale `finest` that a tick is in, as few as there are, where sums of
/// days and more are complete before the day `rolled_until`: at most one run a scale, which begins where a block of the next
/// scale begins.
pub(super) fn cover(finest: u8, tick: i32, rolled_until: Option<i32>) -> Vec<Run> {
    let whole_days = Ord::min(day_of(tick), rolled_until.unwrap_or(BEGINNING)) * A_DAY;
    let mut runs = Vec::new();
    let mut at = BEGINNING * A_DAY;
    for scale in (finest..=LARGEST).rev() {
        let until = if scale < DAY { tick } else { whole_days };
        let (first, end) = (at.div_euclid(ticks(scale)), until.div_euclid(ticks(scale)));
        if first < end {
            runs.push(Run { scale, first, last: end - 1 });
            at = end * ticks(scale);
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

    /// The smallest blocks it is summed by. Where headings are few, these sums are small too, and a question has less to read of
    /// the spans: deadlines pass by hundreds at the same instant.
    pub(super) fn finest(self) -> u8 {
        match self {
            Self::AgencyYear | Self::AgencyMonth => TICK,
            Self::CategoryYear | Self::UnitYear | Self::Whole => HOUR,
        }
    }

    /// Whether its sums of a scale are *running* ones: of a block together with those before it in the same block of the next
    /// scale, so that an instant needs one of them. Where headings are few, such a sum is hardly larger than one of a block
    /// alone; where they are many, it would hold most cells several times over.
    pub(super) fn runs(self, scale: u8) -> bool {
        match self {
            Self::AgencyYear | Self::AgencyMonth => (DAY..LARGEST).contains(&scale),
            Self::CategoryYear | Self::UnitYear | Self::Whole => false,
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
const BLOCK_BITS: u32 = 28;
const BLOCK_OFFSET: i64 = 1 << (BLOCK_BITS - 1);

/// The last part that a key has room for.
pub(super) const LAST_PART: i32 = 0xFFFF;

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

    #[test]
    fn a_cover_is_all_before_without_gap_or_overlap_and_short() {
        let day = 20_000;
        for (tick, rolled) in [
            (A_DAY * 4_096 * 2, Some(9_000)),
            (A_DAY * day, Some(day)),
            (A_DAY * day, Some(day + 100)),
            (A_DAY * day + 47, Some(day)),
            (A_DAY * day + 47, Some(day - 3)),
            (A_DAY * (16_384 + 511), Some(day)),
            (A_DAY * day + 1, None),
            (A_DAY * BEGINNING - 5, Some(day)),
        ] {
            for finest in [TICK, HOUR] {
                let runs = cover(finest, tick, rolled);
                let mut at = BEGINNING * A_DAY;
                for Run { scale, first, last } in runs.iter().copied() {
                    let (first, last) = (Block { scale, index: first }, Block { scale, index: last });
                    assert_eq!(first.first_tick(), at);
                    assert!(scale < DAY || last.end_day() <= rolled.unwrap(), "{tick} {rolled:?}");
                    // So that the last of running sums is the sum of the run.
                    assert!(
                        !(DAY..LARGEST).contains(&scale) || last.parent().children().0 == first,
                        "{tick} {rolled:?}"
                    );
                    at = last.first_tick() + ticks(scale);
                }
                assert_eq!(at, Block::around(finest, tick).first_tick().max(BEGINNING * A_DAY));
                assert!(runs.len() <= 7, "{runs:?}");
            }
        }
    }

    #[test]
    fn a_block_is_its_children() {
        for scale in HOUR..=LARGEST {
            for index in [-3, -1, 0, 7, 200] {
                let block = Block { scale, index };
                let (first, last) = block.children();
                assert_eq!(first.first_tick(), block.first_tick());
                assert_eq!(last.first_tick() + ticks(last.scale), block.first_tick() + ticks(scale));
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
                for index in [-100_000, -1, 0, 3_000_000, 100_000_000] {
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
    fn ticks_are_of_viet_nam() {
        let midnight = Instant::parse("2022-09-01T00:00:00+07:00").unwrap().micros();
        let tick = tick_of(midnight);
        assert_eq!((tick % A_DAY, begin_of(tick), tick_of(midnight - 1)), (0, midnight, tick - 1));
        let (noon, day) = (Block::around(HOUR, tick + 72), Block::around_day(DAY, day_of(tick)));
        assert_eq!((noon.end_day(), day.end_day(), noon.parent()), (day_of(tick) + 1, day_of(tick) + 1, day));
    }
}
