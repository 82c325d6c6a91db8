//! How a target stands at an instant, and what it still takes.

use super::{
    figures::{Counts, Figures, approximate},
    forecast::{Estimate, Forecast, NoForecast},
    tally::Readings,
    target::{Milestone, Target},
};
use crate::{calendar::WorkingCalendar, time::Instant, vocabulary::vocabulary};

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

/// How a milestone stands, and what it takes: over the agencies of its level, or of all of the target's.
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
    /// The same per working day; `None` where none is left or the calendar does not reach so far. Today counts whole.
    pub answers_per_working_day: Option<f64>,
    /// For one still ahead: the rate at its instant if answers and arrivals go on at the pace of the [`Forecast`], however far
    /// ahead that is.
    pub projected_rate: Option<f64>,
    /// For one still ahead: what is expected of it, with an interval.
    pub forecast: Option<Result<Estimate, NoForecast>>,
}

/// How a target stands at an instant.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// The instant.
    pub as_of: Instant,
    /// The figures at it, over all levels of the target.
    pub current: Figures,
    /// Each step.
    pub milestones: Vec<MilestoneProgress>,
}

/// How a target stands, from the counts at the instants that [`Target::instants`] names.
pub fn progress(target: &Target, as_of: Instant, calendar: &WorkingCalendar, readings: &Readings) -> Progress {
    let milestones = target.milestones.iter().map(|milestone| {
        if milestone.before <= as_of {
            judged(target, *milestone, readings.counts(milestone.before, milestone.level))
        } else {
            ahead(target, *milestone, as_of, calendar, readings)
        }
    });
    let current = Figures::new(readings.counts(as_of, None), target.definition);
    Progress { as_of, current, milestones: milestones.collect() }
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
        forecast: None,
    }
}

fn ahead(
    target: &Target,
    milestone: Milestone,
    as_of: Instant,
    calendar: &WorkingCalendar,
    readings: &Readings,
) -> MilestoneProgress {
    let current = readings.counts(as_of, milestone.level);
    let denominator = target.definition.denominator(&current);
    let needed = required_answers(milestone, denominator).saturating_sub(current.answered);
    let days = calendar.working_days(as_of.local_date(), milestone.before.local_date()).ok();
    let forecast = Forecast::new(target, milestone.level, as_of, calendar, readings);
    MilestoneProgress {
        milestone,
        status: MilestoneStatus::Ahead,
        figures: Figures::new(current, target.definition),
        answers_needed: Some(needed),
        answers_per_working_day: days.filter(|days| *days > 0).map(|days| approximate(needed) / f64::from(days)),
        projected_rate: forecast.as_ref().ok().and_then(|forecast| forecast.leads_to(milestone.before).ok()),
        forecast: Some(forecast.and_then(|forecast| forecast.at(milestone.before))),
    }
}
