//! Which sums answer for a period of submission.

use chrono::Datelike;
use domain::{
    rate::{Dimension, Month, Question},
    time::Instant,
};

use super::block::{Grain, LAST_PART, TICK};

/// A part of the submissions that one grain answers for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slice {
    pub grain: Grain,
    /// The parts of the grain, first and last.
    pub parts: (i32, i32),
    /// The days of the month, first and last, where the grain tells them apart.
    pub days: (u8, u8),
}

impl Slice {
    /// The month that a part of its grain stands for; of a year, the first.
    pub(super) fn month_of(&self, part: i32) -> i32 {
        match self.grain {
            Grain::AgencyYear | Grain::CategoryYear | Grain::UnitYear => part * 12,
            Grain::AgencyMonth | Grain::Whole => part,
        }
    }
}

/// A period of submission, cut to what sums answer for and what is left: less than a day at each end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Period {
    pub slices: Vec<Slice>,
    /// The whole days that the slices cover together: at or after, before.
    pub whole: Option<(Option<Instant>, Option<Instant>)>,
    /// What is left: at or after, before.
    pub edges: Vec<(Instant, Instant)>,
}

impl Period {
    /// The smallest blocks that all its grains are summed by.
    pub(super) fn finest(&self) -> u8 {
        self.slices.iter().map(|slice| slice.grain.finest()).max().unwrap_or(TICK)
    }
}

const ANY_DAY: (u8, u8) = (0, u8::MAX);

impl Period {
    pub(super) fn of(question: &Question) -> Self {
        let mut period = Self::default();
        let from = question.from.map(|from| (from, first_day_from(from)));
        let to = question.to.map(|to| (to, Instant::start_of_day(to.local_date())));
        if let (Some((from, first)), Some((to, end))) = (from, to)
            && end <= first
        {
            // A day cut at both ends, or the ends of two days.
            let cuts = if end == first { vec![(from, first), (end, to)] } else { vec![(from, to)] };
            period.edges = cuts.into_iter().filter(|(from, to)| from < to).collect();
            return period;
        }
        let (first, end) = (from.map(|(_, first)| first), to.map(|(_, end)| end));
        period.edges.extend(from.filter(|(from, first)| from < first));
        period.edges.extend(to.map(|(to, end)| (end, to)).filter(|(end, to)| end < to));
        period.whole = Some((first, end));
        // A key has room for months until the year 5461; nothing is sent after that, and what is asked beyond must not wrap round.
        let kept = |Slice { grain, parts: (first, last), days }| {
            let parts = (Ord::max(first, 0), Ord::min(last, LAST_PART));
            (parts.0 <= parts.1).then_some(Slice { grain, parts, days })
        };
        period.slices = slices(question, first, end).into_iter().filter_map(kept).collect();
        period
    }
}

/// The start of the first whole day at or after an instant.
fn first_day_from(at: Instant) -> Instant {
    let day = at.local_date();
    let start = Instant::start_of_day(day);
    if start == at { start } else { day.succ_opt().map_or(at, Instant::start_of_day) }
}

/// The grains that answer for whole days of submission.
fn slices(question: &Question, from: Option<Instant>, to: Option<Instant>) -> Vec<Slice> {
    let asks = |dimension| question.group_by.contains(&dimension);
    // Which heir it is may follow from the place, and what a unit's code meant from the month: only the finest sums tell both.
    let through_heirs = question.filter.through_heirs;
    let by_category = asks(Dimension::Category) || !question.filter.categories.is_empty() || through_heirs;
    let by_unit = asks(Dimension::Unit) || !question.filter.units.is_empty() || through_heirs;
    let starts =
        |at: Option<Instant>, begins: fn(chrono::NaiveDate) -> bool| at.is_none_or(|at| begins(at.local_date()));
    let of_months = starts(from, |day| day.day() == 1) && starts(to, |day| day.day() == 1);
    let of_years = of_months && starts(from, |day| day.month() == 1) && starts(to, |day| day.month() == 1);
    // The last month that begins before `to`.
    let first = from.map(Month::of);
    let last = to.map(|to| Month::of(to.plus(chrono::TimeDelta::microseconds(-1))));
    let all = |grain: Grain| Slice {
        grain,
        parts: (first.map_or(0, |month| grain.part(month)), last.map_or(LAST_PART, |month| grain.part(month))),
        days: ANY_DAY,
    };
    if of_years && !asks(Dimension::Month) {
        match (by_category, by_unit) {
            (false, false) => return vec![all(Grain::AgencyYear)],
            (true, false) => return vec![all(Grain::CategoryYear)],
            (false, true) => return vec![all(Grain::UnitYear)],
            (true, true) => {}
        }
    }
    let grain = if by_category || by_unit { Grain::Whole } else { Grain::AgencyMonth };
    if of_months {
        return vec![all(grain)];
    }
    // The first and last month in days; those between as a whole.
    let day = |at: Instant| u8::try_from(at.local_date().day()).unwrap_or(u8::MAX);
    let first_days = from.map(|from| (Month::of(from), day(from)));
    let last_days = to.map(|to| to.plus(chrono::TimeDelta::microseconds(-1))).map(|last| (Month::of(last), day(last)));
    let days_of = |month: Month, from: u8, to: u8| Slice {
        grain: Grain::Whole,
        parts: (month.number(), month.number()),
        days: (from, to),
    };
    let mut slices = Vec::new();
    match (first_days, last_days) {
        (Some((first, from)), Some((last, to))) if first == last => return vec![days_of(first, from, to)],
        (first, last) => {
            slices.extend(first.map(|(month, from)| days_of(month, from, u8::MAX)));
            slices.extend(last.map(|(month, to)| days_of(month, 0, to)));
        }
    }
    let between = (first.map_or(0, |month| month.number() + 1), last.map_or(LAST_PART, |month| month.number() - 1));
    if between.0 <= between.1 {
        slices.push(Slice { grain, parts: between, days: ANY_DAY });
    }
    slices
}

#[cfg(test)]
mod tests {
    use domain::rate::Filter;

    use super::*;

    fn question(from: Option<&str>, to: Option<&str>, group_by: &[Dimension]) -> Question {
        let at = |text: Option<&str>| text.map(|text| Instant::parse(text).unwrap());
        Question { from: at(from), to: at(to), filter: Filter::default(), group_by: group_by.to_vec() }
    }

    fn month(text: &str) -> i32 {
        Month::of(Instant::parse(&format!("{text}-01")).unwrap()).number()
    }

    #[test]
    fn a_year_is_answered_for_by_the_year() {
        let slices = |group_by| Period::of(&question(Some("2022-01-01"), Some("2023-01-01"), group_by)).slices;
        let year = |grain| vec![Slice { grain, parts: (2022, 2022), days: ANY_DAY }];
        assert_eq!(slices(&[Dimension::Agency]), year(Grain::AgencyYear));
        assert_eq!(slices(&[Dimension::Level, Dimension::Category]), year(Grain::CategoryYear));
        assert_eq!(slices(&[Dimension::Unit]), year(Grain::UnitYear));
        let months = (month("2022-01"), month("2022-12"));
        assert_eq!(slices(&[Dimension::Month]), [Slice { grain: Grain::AgencyMonth, parts: months, days: ANY_DAY }]);
        let whole = Slice { grain: Grain::Whole, parts: months, days: ANY_DAY };
        assert_eq!(slices(&[Dimension::Unit, Dimension::Category]), [whole]);
    }

    #[test]
    fn days_and_hours_at_the_ends_are_cut_off() {
        let period = Period::of(&question(Some("2022-03-05T10:00:00+07:00"), Some("2022-06-20"), &[]));
        assert_eq!(
            period.edges,
            [(Instant::parse("2022-03-05T10:00:00+07:00").unwrap(), Instant::parse("2022-03-06").unwrap())]
        );
        assert_eq!(
            period.slices,
            [
                Slice { grain: Grain::Whole, parts: (month("2022-03"), month("2022-03")), days: (6, u8::MAX) },
                Slice { grain: Grain::Whole, parts: (month("2022-06"), month("2022-06")), days: (0, 19) },
                Slice { grain: Grain::AgencyMonth, parts: (month("2022-04"), month("2022-05")), days: ANY_DAY },
            ]
        );
    }

    #[test]
    fn less_than_a_day_is_read_from_the_petitions() {
        let within = question(Some("2022-03-05T10:00:00+07:00"), Some("2022-03-05T11:00:00+07:00"), &[]);
        let period = Period::of(&within);
        assert_eq!((period.slices.len(), period.whole, period.edges.len()), (0, None, 1));
        let over_midnight = question(Some("2022-03-05T23:00:00+07:00"), Some("2022-03-06T01:00:00+07:00"), &[]);
        let period = Period::of(&over_midnight);
        assert_eq!((period.slices.len(), period.whole, period.edges.len()), (0, None, 2));
    }
}
