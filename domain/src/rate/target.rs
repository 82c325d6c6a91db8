//! Dated targets: what share must be answered before when.

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
