//! Dated targets: what share must be answered before when, and how far that is.

use super::{
    figures::{Counts, Definition, Figures, approximate},
    tally::{Filter, Question},
};
use crate::{
    calendar::WorkingCalendar,
    catalogue::{AgencyLevel, Channel},
    code::TargetCode,
    time::Instant,
    vocabulary::vocabulary,
};

/// Over how many past working days the present pace is taken: about four weeks.
pub const PACE_WORKING_DAYS: u32 = 20;

/// A step of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Milestone {
    /// The instant it is judged at, exclusive.
    pub before: Instant,
    /// The rate it asks for, in hundredths of a percent: 7000 is 70 %.
    pub required_basis_points: u32,
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
    /// What is asked of the log for it.
    pub fn question(&self) -> Question {
        Question {
            from: Some(self.from),
            to: Some(self.to),
            filter: Filter { levels: self.levels.clone(), channels: self.channels.clone(), ..Filter::default() },
            group_by: Vec::new(),
        }
    }

    /// The instants, ascending, whose counts [`progress`] needs.
    pub fn instants(&self, as_of: Instant, calendar: &WorkingCalendar) -> Vec<Instant> {
        let past = self.milestones.iter().map(|milestone| milestone.before).filter(|before| *before <= as_of);
        let pace = pace_window(as_of, calendar).map(|(begins, ends)| [begins, ends]);
        let mut instants: Vec<Instant> = past.chain(pace.into_iter().flatten()).chain([as_of]).collect();
        instants.sort_unstable();
        instants.dedup();
        instants
    }
}

/// The working days that the present pace is taken over: whole ones, so it ends where the day of `as_of` begins.
fn pace_window(as_of: Instant, calendar: &WorkingCalendar) -> Option<(Instant, Instant)> {
    let today = as_of.local_date();
    let first = calendar.last_working_days(today, PACE_WORKING_DAYS).ok()?;
    Some((Instant::start_of_day(first), Instant::start_of_day(today)))
}

vocabulary! {
    /// How a milestone stands.
    MilestoneStatus {
        /// Its instant came, and the rate was reached.
        Met = "met",
        /// Its instant came, and the rate was not reached.
        Missed = "missed",
        /// Its instant has not come.
        Ahead = "ahead",
    }
}

/// How a milestone stands, and what it takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MilestoneProgress {
    /// The milestone.
    pub milestone: Milestone,
    /// How it stands.
    pub status: MilestoneStatus,
    /// The figures at its own instant; for one still ahead, those at `as_of`.
    pub figures: Figures,
    /// For one still ahead: how many more of today's petitions must be answered, if none came in.
    pub answers_needed: Option<u64>,
    /// The same per working day left; `None` where none is left or the calendar does not reach so far.
    pub answers_per_working_day: Option<f64>,
    /// For one still ahead: the rate at its instant if answers and arrivals go on as in the last
    /// [`PACE_WORKING_DAYS`] working days.
    pub projected_rate: Option<f64>,
}

/// How a target stands at an instant.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// The instant.
    pub as_of: Instant,
    /// The figures at it.
    pub current: Figures,
    /// Each step.
    pub milestones: Vec<MilestoneProgress>,
}

/// How a target stands, from the counts at the instants that [`Target::instants`] names.
pub fn progress(
    target: &Target,
    as_of: Instant,
    calendar: &WorkingCalendar,
    counts_at: impl Fn(Instant) -> Counts,
) -> Progress {
    let current = counts_at(as_of);
    let pace = pace_window(as_of, calendar).map(|(begins, ends)| (counts_at(begins), counts_at(ends)));
    let milestones = target.milestones.iter().map(|milestone| {
        if milestone.before <= as_of {
            judged(target, *milestone, counts_at(milestone.before))
        } else {
            ahead(target, *milestone, as_of, current, pace, calendar)
        }
    });
    Progress { as_of, current: Figures::new(current, target.definition), milestones: milestones.collect() }
}

/// How many answers reach the rate, over that many petitions.
fn required_answers(milestone: Milestone, denominator: u64) -> u64 {
    (u64::from(milestone.required_basis_points) * denominator).div_ceil(10_000)
}

fn judged(target: &Target, milestone: Milestone, counts: Counts) -> MilestoneProgress {
    let denominator = target.definition.denominator(&counts);
    // Over nothing there is no rate, and no rate reaches none.
    let met = denominator > 0 && counts.answered >= required_answers(milestone, denominator);
    MilestoneProgress {
        milestone,
        status: if met { MilestoneStatus::Met } else { MilestoneStatus::Missed },
        figures: Figures::new(counts, target.definition),
        answers_needed: None,
        answers_per_working_day: None,
        projected_rate: None,
    }
}

fn ahead(
    target: &Target,
    milestone: Milestone,
    as_of: Instant,
    current: Counts,
    pace: Option<(Counts, Counts)>,
    calendar: &WorkingCalendar,
) -> MilestoneProgress {
    let denominator = target.definition.denominator(&current);
    let needed = required_answers(milestone, denominator).saturating_sub(current.answered);
    let days = calendar.working_days(as_of.local_date(), milestone.before.local_date()).ok();
    // From where the day began: today is among the working days left, and what was done of it is part of its pace.
    let projected_rate = pace.zip(days).and_then(|((then, now), days)| {
        let ahead = |now: u64, then: u64| {
            approximate(now) + f64::from(days) * (approximate(now) - approximate(then)) / f64::from(PACE_WORKING_DAYS)
        };
        let of = |counts: &Counts| target.definition.denominator(counts);
        let whole = ahead(of(&now), of(&then));
        (whole >= 1.0).then(|| (ahead(now.answered, then.answered) / whole).clamp(0.0, 1.0))
    });
    MilestoneProgress {
        milestone,
        status: MilestoneStatus::Ahead,
        figures: Figures::new(current, target.definition),
        answers_needed: Some(needed),
        answers_per_working_day: days.filter(|days| *days > 0).map(|days| approximate(needed) / f64::from(days)),
        projected_rate,
    }
}
