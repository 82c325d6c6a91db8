//! Where a rate leads: a point and an interval for a future instant, from the pace of the last weeks.
//!
//! # How it is made
//!
//! - **The window** is the last [`FORECAST_WEEKS`] whole weeks, or as many as there are since the target's period began (or the
//!   calendar); it ends where the local day of `as_of` begins. A week is the block: what is sent on a Sunday is answered on a
//!   Monday, and days that depend on each other must not be taken for independent ones. All sums of a week hold each weekday once.
//! - **The point.** Answers go on by *office time*, as many a working day as in the window; what they are a share of grows by
//!   *the clock*, as much a day as in the window (people write on Sundays too), until the period of submission ends. So a holiday
//!   lets the rate sink, and an hour of this afternoon counts as an hour. Both start from the counts at `as_of`.
//! - **The spread.** The rate is a ratio `A / E`. To first order (the delta method) it misses by `(dA − R·dE) / E`, so what
//!   matters of a week is one number, `(answers − their mean) − R·(arrivals − their mean)`: it holds the variance of both and
//!   how they go together. Its variance over the weeks of the window is `v`, with the number of weeks less one degrees of freedom.
//! - **The interval** after `H` weeks, from a window of `K`, has the variance `v · (H + H²/K + H³/3K)`: the weeks to come scatter
//!   as those that were (`H`); the mean pace is itself only known from `K` weeks, and what it is wrong by adds up (`H²/K`); and
//!   a pace does not stay: it wanders by a variance of `v/K` a week, by about a week's spread within a window (`H³/3K`). The
//!   quantile is Student's, for [`CONFIDENCE`].
//!
//! It is a statement on the pace, not on intentions: a campaign that begins tomorrow is in no past week.
//!
//! # What else was tried
//!
//! On the demo's year, of which `api/src/demo/tests/forecast.rs` measures what stands (the rest was tried once and not kept), thirty
//! days ahead: windows of three to eight weeks follow the noise, of sixteen and more lag behind. Answers as a share of the open
//! petitions a day missed by more than twice as much: what is left open is what nobody takes up. Straight lines through the
//! weekly pace overshoot, and letting the pace fade to the present rate only brings back what "it stays as it is" misses.
//!
//! # When it says nothing
//!
//! [`NoForecast`] names each case. It looks two thirds as far ahead as it looked back: to eight weeks. Beyond that the year's
//! campaigns weigh more than its scatter, and an interval would promise what it does not keep.

use chrono::{Days, NaiveDate, TimeDelta};

use super::{figures::approximate, tally::Readings, target::Target};
use crate::{
    calendar::{CalendarGap, WorkingCalendar},
    catalogue::AgencyLevel,
    time::Instant,
    vocabulary::vocabulary,
};

/// Of how many past weeks the pace is taken, where there are as many.
pub const FORECAST_WEEKS: u32 = 12;
/// How often what comes is meant to be within the interval.
pub const CONFIDENCE: f64 = 0.8;
/// The fewest weeks: three degrees of freedom, below which the quantile alone doubles the interval.
const LEAST_WEEKS: usize = 4;
/// The fewest working days of the window: four weeks may hold Tết and little else.
const LEAST_WORKING_DAYS: u32 = 10;
/// The fewest petitions that the rate is a share of, and the fewest arrivals and answers of the window together: below it one
/// petition moves the rate by more than three points, and counts are too small to scatter as a spread says.
const LEAST_PETITIONS: u64 = 30;

/// Student's quantile at 0.9 (both tails of [`CONFIDENCE`]) for 3 to [`FORECAST_WEEKS`] − 1 degrees of freedom.
const STUDENT: [f64; 9] = [1.638, 1.533, 1.476, 1.440, 1.415, 1.397, 1.383, 1.372, 1.363];

const DAY_SECONDS: f64 = 86_400.0;
const WEEK_DAYS: f64 = 7.0;

vocabulary! {
    /// Why there is no forecast.
    NoForecast {
        /// Fewer than four whole weeks, or ten working days, since the period began.
        TooFewDays = "too_few_days",
        /// Fewer than thirty petitions to take the rate of, or fewer than thirty arrivals and answers in the window.
        TooFewPetitions = "too_few_petitions",
        /// The working calendar does not reach back over four weeks, or ahead to the instant.
        NoCalendar = "no_calendar",
        /// The instant is farther ahead than two thirds of the window are long.
        TooFar = "too_far",
    }
}

impl From<CalendarGap> for NoForecast {
    fn from(_: CalendarGap) -> Self {
        Self::NoCalendar
    }
}

/// What the forecast rests on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    /// Where the window begins.
    pub from: Instant,
    /// Where it ends: the local day of `as_of` begins.
    pub until: Instant,
    /// How many weeks it has.
    pub weeks: u32,
    /// How many working days.
    pub working_days: u32,
    /// By how much what the answered are divided by grew a day, days off included: what came, less what was rejected, passed to
    /// agencies that are not counted, or taken back.
    pub arrivals_per_day: f64,
    /// By how much the answered grew a working day.
    pub answers_per_working_day: f64,
    /// The standard deviation, over the weeks, of answers less the rate's share of arrivals: in petitions a week.
    pub spread_per_week: f64,
}

/// The rate that is expected at an instant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The point.
    pub rate: f64,
    /// The lower end of the interval.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// What came in a week and what was answered.
struct Week {
    arrivals: f64,
    answers: f64,
    /// How many of its days petitions of the period could come on.
    days: f64,
    working_days: u32,
}

/// A forecast made at an instant. Ask it for others with [`Self::at`] or [`Self::path`].
#[derive(Debug, Clone)]
pub struct Forecast<'a> {
    calendar: &'a WorkingCalendar,
    as_of: Instant,
    /// After this instant nothing comes any more.
    closes: Instant,
    answered: f64,
    whole: f64,
    pace: Pace,
    quantile: f64,
}

impl<'a> Forecast<'a> {
    /// The instants, ascending, whose counts [`Self::new`] needs: the bounds of the weeks, and `as_of`.
    pub fn instants(as_of: Instant) -> Vec<Instant> {
        let mut instants: Vec<Instant> = bounds(as_of).into_iter().rev().map(Instant::start_of_day).collect();
        if instants.last() != Some(&as_of) {
            instants.push(as_of);
        }
        instants
    }

    /// The forecast of a target's rate, over the agencies of one of its levels or of all of them, from the counts at the instants
    /// that [`Self::instants`] names.
    ///
    /// # Errors
    /// [`NoForecast`] where there is too little to go by.
    pub fn new(
        target: &Target,
        level: Option<AgencyLevel>,
        as_of: Instant,
        calendar: &'a WorkingCalendar,
        readings: &Readings,
    ) -> Result<Self, NoForecast> {
        let reading = |at| {
            let counts = readings.counts(at, level);
            (counts.answered, target.definition.denominator(&counts))
        };
        let (first, weeks) = weeks(target, as_of, calendar, reading)?;
        let sum = |of: fn(&Week) -> f64| weeks.iter().map(of).sum::<f64>();
        let working_days = weeks.iter().map(|week| week.working_days).sum();
        if working_days < LEAST_WORKING_DAYS {
            return Err(NoForecast::TooFewDays);
        }
        let (answered, whole) = reading(as_of);
        let moved = sum(|week| week.arrivals.abs() + week.answers.abs());
        if whole < LEAST_PETITIONS || moved < approximate(LEAST_PETITIONS) {
            return Err(NoForecast::TooFewPetitions);
        }
        let (answered, whole) = (approximate(answered), approximate(whole));
        let open_days = sum(|week| week.days);
        let arrivals_per_day = if open_days > 0.0 { sum(|week| week.arrivals) / open_days } else { 0.0 };
        let answers_per_working_day = sum(|week| week.answers) / f64::from(working_days);
        let rate = (answered / whole).clamp(0.0, 1.0);
        let misses = weeks.iter().map(|week| {
            let answers = week.answers - answers_per_working_day * f64::from(week.working_days);
            answers - rate * (week.arrivals - arrivals_per_day * week.days)
        });
        let squares: f64 = misses.map(|miss| miss * miss).sum();
        let (count, freedom) = (weeks.len(), weeks.len().saturating_sub(1));
        let quantile = freedom.checked_sub(LEAST_WEEKS - 1).and_then(|index| STUDENT.get(index));
        Ok(Self {
            calendar,
            as_of,
            closes: target.to,
            answered,
            whole,
            pace: Pace {
                from: Instant::start_of_day(first),
                until: Instant::start_of_day(as_of.local_date()),
                weeks: u32::try_from(count).unwrap_or(FORECAST_WEEKS),
                working_days,
                arrivals_per_day,
                answers_per_working_day,
                spread_per_week: (squares / f64::from(u32::try_from(freedom).unwrap_or(1))).sqrt(),
            },
            quantile: *quantile.ok_or(NoForecast::TooFewDays)?,
        })
    }

    /// What it rests on.
    pub fn pace(&self) -> &Pace {
        &self.pace
    }

    /// The last instant it says something about.
    pub fn reaches(&self) -> Instant {
        self.as_of.plus(TimeDelta::days(i64::from(self.pace.weeks) * 7 * 2 / 3))
    }

    /// The rate at an instant; at `as_of` and before, the one there was then, without a doubt.
    ///
    /// # Errors
    /// [`NoForecast`] where the calendar does not reach so far or the past weeks say nothing about it.
    pub fn at(&self, at: Instant) -> Result<Estimate, NoForecast> {
        if at > self.reaches() {
            return Err(NoForecast::TooFar);
        }
        let (rate, whole) = self.carried_on(at)?;
        let (ahead, window) = (days(self.as_of, at) / WEEK_DAYS, f64::from(self.pace.weeks));
        let growth = ahead + ahead * ahead / window + ahead.powi(3) / (3.0 * window);
        let half = self.quantile * self.pace.spread_per_week * growth.sqrt() / whole;
        Ok(Estimate { rate, low: (rate - half).max(0.0), high: (rate + half).min(1.0) })
    }

    /// Where the pace leads if it goes on, however far ahead: a number without a claim of how near it is.
    ///
    /// # Errors
    /// [`NoForecast`] where the calendar does not reach so far, or hardly a petition would be left.
    pub fn leads_to(&self, at: Instant) -> Result<f64, NoForecast> {
        self.carried_on(at).map(|(rate, _)| rate)
    }

    /// The rates from `as_of` on, at those of the instants (which ascend) that something is known of; and why the rest is
    /// missing, if any is.
    pub fn path(&self, instants: &[Instant]) -> (Vec<(Instant, Estimate)>, Option<NoForecast>) {
        let mut path = Vec::new();
        for at in std::iter::once(&self.as_of).chain(instants.iter().filter(|at| **at > self.as_of)) {
            match self.at(*at) {
                Ok(estimate) => path.push((*at, estimate)),
                Err(why) => return (path, Some(why)),
            }
        }
        (path, None)
    }

    /// The rate, and what it is a share of.
    fn carried_on(&self, at: Instant) -> Result<(f64, f64), NoForecast> {
        let open = self.calendar.working_time_between(self.as_of, at)?;
        let working_day = TimeDelta::minutes(self.calendar.hours().minutes());
        let working_days = open.as_seconds_f64() / working_day.as_seconds_f64();
        let answered = self.answered + self.pace.answers_per_working_day * working_days;
        let whole = self.whole + self.pace.arrivals_per_day * days(self.as_of, at.min(self.closes));
        if whole < 1.0 {
            return Err(NoForecast::TooFewPetitions);
        }
        Ok(((answered / whole).clamp(0.0, 1.0), whole))
    }
}

/// The days that part the weeks of the window, latest first: the local day of `as_of`, and each seventh before it.
fn bounds(as_of: Instant) -> Vec<NaiveDate> {
    let today = as_of.local_date();
    (0..=u64::from(FORECAST_WEEKS)).map_while(|weeks| today.checked_sub_days(Days::new(7 * weeks))).collect()
}

/// The whole weeks since the period and the calendar began, latest first, and the day they begin on.
fn weeks(
    target: &Target,
    as_of: Instant,
    calendar: &WorkingCalendar,
    reading: impl Fn(Instant) -> (u64, u64),
) -> Result<(NaiveDate, Vec<Week>), NoForecast> {
    let bounds = bounds(as_of);
    let mut first = as_of.local_date();
    let (mut weeks, mut why) = (Vec::new(), NoForecast::TooFewDays);
    for (ends, begins) in bounds.iter().zip(bounds.iter().skip(1)) {
        let (begin, end) = (Instant::start_of_day(*begins), Instant::start_of_day(*ends));
        if begin < target.from {
            break;
        }
        let Ok(working_days) = calendar.working_days(*begins, *ends) else {
            why = NoForecast::NoCalendar;
            break;
        };
        let ((answered_before, whole_before), (answered, whole)) = (reading(begin), reading(end));
        weeks.push(Week {
            arrivals: approximate(whole) - approximate(whole_before),
            answers: approximate(answered) - approximate(answered_before),
            days: days(begin, end.min(target.to)),
            working_days,
        });
        first = *begins;
    }
    if weeks.len() < LEAST_WEEKS { Err(why) } else { Ok((first, weeks)) }
}

/// How many days from one instant to another; none where the second is not later.
fn days(from: Instant, to: Instant) -> f64 {
    to.since(from).as_seconds_f64().max(0.0) / DAY_SECONDS
}
