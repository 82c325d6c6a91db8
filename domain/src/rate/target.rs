//! Dated targets: what share must be answered before when, and which of them make sense.

use chrono::Months;

use super::{
    figures::Definition,
    forecast::Forecast,
    tally::{Dimension, Filter, Question},
};
use crate::{
    catalogue::{AgencyLevel, Channel},
    code::TargetCode,
    time::Instant,
};

/// The most steps of a target.
pub const MOST_MILESTONES: usize = 50;
/// The longest period of a target, in months: ten years, longer than any plan of the State.
const LONGEST_PERIOD: Months = Months::new(120);

/// A step of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Milestone {
    /// The instant it is judged at, exclusive.
    pub before: Instant,
    /// The rate it asks for, in hundredths of a percent: 7000 is 70 %.
    pub required_basis_points: u32,
    /// The level whose agencies it is judged over; `None`: all levels of the target together.
    pub level: Option<AgencyLevel>,
}

/// Why a share is none that a milestone may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RateFault {
    /// Not above 0 and at most 1.
    #[error("is not above 0 and at most 1")]
    OutOfRange,
    /// Finer than a hundredth of a percent.
    #[error("is finer than a hundredth of a percent")]
    TooFine,
}

/// A share in hundredths of a percent: 0.7 is 7000.
///
/// # Errors
/// [`RateFault`].
pub fn basis_points(rate: f64) -> Result<u32, RateFault> {
    if !(rate > 0.0 && rate <= 1.0) {
        return Err(RateFault::OutOfRange);
    }
    // 0.07 times 10,000 is not quite 700.
    let points = rate * 10_000.0;
    if (points - points.round()).abs() > 1e-6 || points < 0.5 {
        return Err(RateFault::TooFine);
    }
    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 1 and 10,000 by the lines above"
    )]
    Ok(points.round() as u32)
}

/// Why a period is none that a target may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PeriodFault {
    /// It ends before it begins, or as it begins.
    #[error("is empty")]
    Empty,
    /// It is longer than ten years.
    #[error("is longer than ten years")]
    TooLong,
}

/// Whether a target may count what is sent in that period.
///
/// # Errors
/// [`PeriodFault`].
pub fn check_period(from: Instant, to: Instant) -> Result<(), PeriodFault> {
    if to <= from {
        return Err(PeriodFault::Empty);
    }
    let last = from.local_date().checked_add_months(LONGEST_PERIOD);
    if last.is_none_or(|last| Instant::from_local(last, from.local_time()) < to) {
        return Err(PeriodFault::TooLong);
    }
    Ok(())
}

/// Why a milestone is none of its target's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MilestoneFault {
    /// It is judged before anything can have been sent.
    #[error("is not after the beginning of the period")]
    NotAfterBeginning,
    /// Another one is judged over the same agencies on the same local day.
    #[error("comes on the day of milestone {earlier}")]
    SameDay {
        /// The index of the other.
        earlier: usize,
    },
    /// The target does not count agencies of its level.
    #[error("is of a level that the target does not count")]
    ForeignLevel,
}

/// What is wrong with milestones, each with its index, in a target over a period that begins then and over these levels; what of
/// the two is not known is not held against them.
pub fn milestone_faults(
    milestones: &[(usize, Milestone)],
    from: Option<Instant>,
    levels: Option<&[AgencyLevel]>,
) -> Vec<(usize, MilestoneFault)> {
    let mut faults = Vec::new();
    for (place, (index, milestone)) in milestones.iter().enumerate() {
        if from.is_some_and(|from| milestone.before <= from) {
            faults.push((*index, MilestoneFault::NotAfterBeginning));
        }
        let day = |milestone: &Milestone| (milestone.level, milestone.before.local_date());
        if let Some((earlier, _)) = milestones.iter().take(place).find(|(_, other)| day(other) == day(milestone)) {
            faults.push((*index, MilestoneFault::SameDay { earlier: *earlier }));
        }
        if levels.zip(milestone.level).is_some_and(|(levels, level)| !levels.contains(&level)) {
            faults.push((*index, MilestoneFault::ForeignLevel));
        }
    }
    faults
}

/// A target: a plan over the petitions of a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its code.
    pub code: TargetCode,
    /// Its name in Vietnamese.
    pub name: String,
    /// Its name in English.
    pub name_en: String,
    /// The channels it counts.
    pub channels: Vec<Channel>,
    /// The levels of agencies it counts.
    pub levels: Vec<AgencyLevel>,
    /// How the rate is taken.
    pub definition: Definition,
    /// The period of submission: from.
    pub from: Instant,
    /// The period of submission: before.
    pub to: Instant,
    /// Its steps, by instant.
    pub milestones: Vec<Milestone>,
}

impl Target {
    /// What is asked of the log for it: by level, so that one reading answers for each of them and for all together.
    pub fn question(&self) -> Question {
        Question {
            from: Some(self.from),
            to: Some(self.to),
            filter: Filter { levels: self.levels.clone(), channels: self.channels.clone(), ..Filter::default() },
            group_by: vec![Dimension::Level],
        }
    }

    /// The instants, ascending, whose counts [`super::progress`] needs.
    pub fn instants(&self, as_of: Instant) -> Vec<Instant> {
        let past = self.milestones.iter().map(|milestone| milestone.before).filter(|before| *before <= as_of);
        let mut instants: Vec<Instant> = past.chain(Forecast::instants(as_of)).collect();
        instants.sort_unstable();
        instants.dedup();
        instants
    }
}
