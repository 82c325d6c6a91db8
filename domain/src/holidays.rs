//! What a year of the calendar must have before deadlines may rest on it.
//!
//! The Labour Code 2019, Art. 112 (1) names the public holidays: the New Year (1 day), Tết (5), the Victory Day (30 April), the Labour Day
//! (1 May), the National Day (2, of which one is 2 September), the Hùng Kings' Commemoration (10th of the 3rd lunar month). Art. 111 (3) gives
//! the next working day for one that falls on a weekly rest. Nothing here computes a lunar date: it only sees where one must lie and none
//! does. A year without one of these is not the year: a slip in it would be a wrong deadline for everybody.

use std::{collections::BTreeSet, ops::RangeInclusive};

use chrono::{Datelike, NaiveDate};

use crate::calendar::DayKind;

/// How long after a holiday the day off in its stead may come, in days: Tết, with all that it takes along.
const COMPENSATED_WITHIN: i64 = 10;

/// What is wrong with a year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum YearFault {
    /// A day of another year; by its place.
    OtherYear(usize),
    /// A day that is listed before; by its place.
    Twice(usize),
    /// A working Saturday that is none, or a free day that would be free anyway; by its place.
    NoChange(usize),
    /// Public holidays are missing in these days: so many are there, so many must be.
    Missing {
        /// The days.
        days: RangeInclusive<NaiveDate>,
        /// How many must be there.
        needed: usize,
        /// How many are.
        found: usize,
    },
    /// A holiday falls on a weekly rest, and no day is off in its stead.
    NotCompensated(NaiveDate),
    /// Between the years that are loaded and this one there are days of which nothing is known.
    Unknown(RangeInclusive<NaiveDate>),
}

/// What is wrong with the days of a year, beside which others are loaded.
pub fn year_faults(year: i32, days: &[(usize, NaiveDate, DayKind)], loaded: &[i32]) -> Vec<YearFault> {
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    for (index, day, kind) in days {
        if day.year() != year {
            faults.push(YearFault::OtherYear(*index));
        }
        if !seen.insert(day) {
            faults.push(YearFault::Twice(*index));
        }
        let changes = match kind {
            DayKind::Holiday => true,
            DayKind::Compensation | DayKind::SwapOff => !is_rest(*day),
            DayKind::MakeupWorkday => is_rest(*day),
        };
        if !changes {
            faults.push(YearFault::NoChange(*index));
        }
    }
    let of_kind = |wanted: DayKind| {
        let of_kind = days.iter().filter(move |(_, day, kind)| *kind == wanted && day.year() == year);
        of_kind.map(|(_, day, _)| *day).collect::<BTreeSet<NaiveDate>>()
    };
    let holidays = of_kind(DayKind::Holiday);
    for (from, to, needed) in PUBLIC_HOLIDAYS {
        let (Some(from), Some(to)) = (on(year, *from), on(year, *to)) else { continue };
        let found = holidays.range(from..=to).count();
        if found < *needed {
            faults.push(YearFault::Missing { days: from..=to, needed: *needed, found });
        }
    }
    let mut stead = of_kind(DayKind::Compensation);
    for holiday in holidays.iter().filter(|day| is_rest(**day)) {
        let next = stead.range(*holiday..).next().copied();
        match next.filter(|day| (*day - *holiday).num_days() <= COMPENSATED_WITHIN) {
            Some(day) => {
                stead.remove(&day);
            }
            None => faults.push(YearFault::NotCompensated(*holiday)),
        }
    }
    faults.extend(unknown_days(year, loaded).map(YearFault::Unknown));
    faults
}

type MonthDay = (u32, u32);

/// From, to (month and day), and how many holidays must lie there at least. Tết begins between 21 January and 20 February, and may begin to
/// be celebrated two days before; the 10th of the 3rd lunar month lies between 28 March and 29 April.
const PUBLIC_HOLIDAYS: &[(MonthDay, MonthDay, usize)] = &[
    ((1, 1), (1, 1), 1),
    ((1, 18), (2, 26), 5),
    ((3, 28), (4, 29), 1),
    ((4, 30), (4, 30), 1),
    ((5, 1), (5, 1), 1),
    ((9, 1), (9, 3), 2),
    ((9, 2), (9, 2), 1),
];

fn on(year: i32, (month, day): MonthDay) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year, month, day)
}

fn is_rest(day: NaiveDate) -> bool {
    day.weekday().num_days_from_monday() >= 5
}

/// The days between this year and the nearest that is loaded.
fn unknown_days(year: i32, loaded: &[i32]) -> Option<RangeInclusive<NaiveDate>> {
    if loaded.is_empty() || loaded.iter().any(|known| known.abs_diff(year) <= 1) {
        return None;
    }
    let nearest = *loaded.iter().min_by_key(|known| known.abs_diff(year))?;
    let (first, last) = if nearest < year { (nearest + 1, year - 1) } else { (year + 1, nearest - 1) };
    Some(on(first, (1, 1))?..=on(last, (12, 31))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// As announced for 2024, where a Monday was swapped for a Saturday.
    fn of_2024() -> Vec<(usize, NaiveDate, DayKind)> {
        let holidays = "01-01 02-08 02-09 02-10 02-11 02-12 04-18 04-30 05-01 09-02 09-03";
        let kinds = [
            (DayKind::Holiday, holidays),
            (DayKind::Compensation, "02-13 02-14"),
            (DayKind::SwapOff, "04-29"),
            (DayKind::MakeupWorkday, "05-04"),
        ];
        let all = kinds.into_iter().flat_map(|(kind, days)| days.split(' ').map(move |text| (kind, text)));
        all.enumerate().map(|(index, (kind, text))| (index, day(&format!("2024-{text}")), kind)).collect()
    }

    #[test]
    fn a_whole_year_has_no_fault() {
        assert_eq!(year_faults(2024, &of_2024(), &[2022, 2023]), []);
        assert_eq!(year_faults(2024, &of_2024(), &[2024]), []);
        assert_eq!(year_faults(2024, &of_2024(), &[]), []);
    }

    #[test]
    fn what_is_missing_is_named_with_its_days() {
        let mut without = of_2024();
        without.retain(|(_, day, _)| {
            !["2024-05-01", "2024-02-12", "2024-02-14"].map(|text| text.parse().unwrap()).contains(day)
        });
        let expected = [
            YearFault::Missing { days: day("2024-01-18")..=day("2024-02-26"), needed: 5, found: 4 },
            YearFault::Missing { days: day("2024-05-01")..=day("2024-05-01"), needed: 1, found: 0 },
            YearFault::NotCompensated(day("2024-02-11")),
        ];
        assert_eq!(year_faults(2024, &without, &[2023]), expected);
        let missing = year_faults(2029, &[], &[2026, 2027]);
        assert_eq!(missing.len(), 8, "{missing:?}");
        assert_eq!(missing.last(), Some(&YearFault::Unknown(day("2028-01-01")..=day("2028-12-31"))));
        assert_eq!(unknown_days(2018, &[2022]), Some(day("2019-01-01")..=day("2021-12-31")));
    }

    #[test]
    fn a_day_that_cannot_be_is_named_by_its_place() {
        let mut odd = of_2024();
        odd.push((90, day("2024-01-01"), DayKind::Holiday));
        odd.push((91, day("2025-01-01"), DayKind::Holiday));
        odd.push((92, day("2024-06-03"), DayKind::MakeupWorkday));
        odd.push((93, day("2024-06-08"), DayKind::SwapOff));
        let expected =
            [YearFault::Twice(90), YearFault::OtherYear(91), YearFault::NoChange(92), YearFault::NoChange(93)];
        assert_eq!(year_faults(2024, &odd, &[2023]), expected);
    }
}
