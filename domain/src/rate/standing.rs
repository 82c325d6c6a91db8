//! How a petition counts, and since when: a history as stretches of time through which nothing of it that is counted changes.
//!
//! The figures of an instant are sums over the stretches that reach it, so a store that keeps stretches (or sums of where they
//! begin and end) answers for any instant without a history at hand.

use chrono::{Datelike, TimeDelta};

use crate::{
    catalogue::Channel,
    code::{AgencyCode, CategoryCode, UnitCode},
    petition::{Event, Petition, RatingLevel, Status, Unfit},
    time::Instant,
};

/// Which of the counts that part the petitions among them it is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Refused.
    Rejected,
    /// Answered by the deadline.
    AnsweredOnTime,
    /// Answered after it, or without one.
    AnsweredLate,
    /// Open, the deadline not passed (or none set).
    PendingInTime,
    /// Open, the deadline passed.
    PendingOverdue,
    /// Waiting for the citizen, asked before the deadline passed.
    AwaitingInTime,
    /// Waiting for the citizen, asked after it.
    AwaitingOverdue,
}

/// All of a petition that [`super::Counts`] looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Standing {
    /// Where it stands.
    pub stage: Stage,
    /// Whether an agency has acknowledged it at some time.
    pub received: bool,
    /// Whether it was reopened at some time.
    pub reopened: bool,
    /// What the citizen says of the answer that stands.
    pub rating: Option<RatingLevel>,
}

const STAGES: [Stage; 7] = [
    Stage::Rejected,
    Stage::AnsweredOnTime,
    Stage::AnsweredLate,
    Stage::PendingInTime,
    Stage::PendingOverdue,
    Stage::AwaitingInTime,
    Stage::AwaitingOverdue,
];
const RATINGS: [Option<RatingLevel>; 4] =
    [None, Some(RatingLevel::Satisfied), Some(RatingLevel::Acceptable), Some(RatingLevel::Unsatisfied)];

impl Standing {
    /// How a petition counts at an instant, with all its events before it applied and no later one; `None` for one that was
    /// withdrawn or merged, which counts nowhere.
    pub fn of(petition: &Petition, as_of: Instant) -> Option<Self> {
        let overdue = petition.overdue_at(as_of);
        let stage = match petition.status {
            Status::Withdrawn | Status::Merged => return None,
            Status::Rejected => Stage::Rejected,
            Status::Answered | Status::Closed if petition.answered_on_time() => Stage::AnsweredOnTime,
            Status::Answered | Status::Closed => Stage::AnsweredLate,
            Status::AwaitingCitizen if overdue => Stage::AwaitingOverdue,
            Status::AwaitingCitizen => Stage::AwaitingInTime,
            Status::Submitted | Status::Received | Status::InProgress if overdue => Stage::PendingOverdue,
            Status::Submitted | Status::Received | Status::InProgress => Stage::PendingInTime,
        };
        Some(Self {
            stage,
            received: petition.received_at.is_some(),
            reopened: petition.reopenings > 0,
            rating: petition.rating.map(|rating| rating.level),
        })
    }

    /// Every standing there can be.
    pub fn all() -> impl Iterator<Item = Self> {
        STAGES.into_iter().flat_map(|stage| {
            [false, true].into_iter().flat_map(move |received| {
                [false, true].into_iter().flat_map(move |reopened| {
                    RATINGS.into_iter().map(move |rating| Self { stage, received, reopened, rating })
                })
            })
        })
    }

    /// A small number for it. Stores keep these: a standing that is added goes to the end.
    pub fn number(self) -> u8 {
        Self::all().zip(0..).find(|(standing, _)| *standing == self).map_or(u8::MAX, |(_, number)| number)
    }

    /// The standing of that number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::all().nth(usize::from(number))
    }
}

/// A calendar month of Việt Nam, counted from January of the year 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(i32);

impl Month {
    /// The month of a local day.
    pub fn of(at: Instant) -> Self {
        let day = at.local_date();
        Self(day.year() * 12 + i32::try_from(day.month0()).unwrap_or(0))
    }

    /// From [`Self::number`].
    pub fn from_number(number: i32) -> Self {
        Self(number)
    }

    /// How many months after January of the year 0.
    pub fn number(self) -> i32 {
        self.0
    }

    /// Its year.
    pub fn year(self) -> i32 {
        self.0.div_euclid(12)
    }

    /// Which of its year: 1 is January.
    pub fn of_year(self) -> u32 {
        u32::try_from(self.0.rem_euclid(12)).unwrap_or(0) + 1
    }
}

/// `2022-08`.
impl std::fmt::Display for Month {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}", self.year(), self.of_year())
    }
}

/// Under what a petition counts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Heading {
    /// The agency that has it.
    pub agency: AgencyCode,
    /// The commune, or failing that the district, it is about; `None`: no place, or a sum that does not tell units apart.
    pub unit: Option<UnitCode>,
    /// Its field; `None`: a sum that does not tell fields apart.
    pub category: Option<CategoryCode>,
    /// How it came.
    pub channel: Channel,
    /// The local month it was sent in.
    pub month: Month,
}

impl Heading {
    /// Under what a petition counts as it stands.
    pub(super) fn of(petition: &Petition) -> Self {
        Self {
            agency: petition.holder.clone(),
            unit: petition.routing.unit.clone(),
            category: Some(petition.category.clone()),
            channel: petition.channel,
            month: Month::of(petition.submitted_at),
        }
    }
}

/// A stretch of time through which a petition counts the same way: for every instant after `since`, up to and with `until`,
/// since an instant is exclusive: what happens at it has not happened yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// It counts so for instants after this one.
    pub since: Instant,
    /// And up to this one; `None`: until something happens.
    pub until: Option<Instant>,
    /// Under what.
    pub heading: Heading,
    /// As what; `None`: nowhere any more.
    pub standing: Option<Standing>,
}

impl Span {
    /// Whether it says how the petition counts at an instant.
    pub fn covers(&self, instant: Instant) -> bool {
        self.since < instant && self.until.is_none_or(|until| instant <= until)
    }
}

/// A history, one petition's events in their order, as stretches that follow each other without a gap.
///
/// A deadline that passes ends a stretch like an event does. What has not happened is not known, so the last stretches are what
/// comes if nothing happens.
///
/// # Errors
/// [`Unfit`] when the events are no history.
pub fn spans(events: &[Event]) -> Result<Vec<Span>, Unfit> {
    let (first, later) = events.split_first().ok_or(Unfit::Empty)?;
    let mut petition = Petition::begin(first)?;
    let mut spans = Vec::new();
    for event in later {
        extend(&mut spans, &petition, Some(event.at));
        petition.apply(event)?;
    }
    extend(&mut spans, &petition, None);
    Ok(spans)
}

/// Adds how a petition counts from its last event until the next.
fn extend(spans: &mut Vec<Span>, petition: &Petition, until: Option<Instant>) {
    let since = petition.updated_at;
    // Two events at one instant: nothing can be asked between them.
    if until.is_some_and(|until| until <= since) {
        return;
    }
    let passes = petition.deadlines.answer.filter(|due| *due > since && until.is_none_or(|until| *due < until));
    match passes {
        None => push(spans, petition, since, until),
        Some(due) => {
            push(spans, petition, since, Some(due));
            push(spans, petition, due, until);
        }
    }
}

fn push(spans: &mut Vec<Span>, petition: &Petition, since: Instant, until: Option<Instant>) {
    let heading = Heading::of(petition);
    let standing = Standing::of(petition, since.plus(TimeDelta::microseconds(1)));
    match spans.last_mut() {
        Some(last) if last.standing == standing && last.heading == heading => last.until = until,
        _ => spans.push(Span { since, until, heading, standing }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_standing_has_its_number() {
        for (standing, number) in Standing::all().zip(0u8..) {
            assert_eq!(standing.number(), number);
            assert_eq!(Standing::from_number(number), Some(standing));
        }
        assert_eq!(Standing::all().count(), 112);
        assert_eq!(Standing::from_number(112), None);
    }

    #[test]
    fn a_month_is_of_the_time_of_viet_nam() {
        let last = Instant::parse("2022-08-31T23:59:59.999999+07:00").unwrap();
        let month = Month::of(last);
        assert_eq!((month.to_string().as_str(), month.year()), ("2022-08", 2022));
        let next = Month::of(last.plus(TimeDelta::microseconds(1)));
        assert_eq!((next.to_string().as_str(), next.number()), ("2022-09", month.number() + 1));
        assert_eq!(Month::from_number(next.number()), next);
    }
}
