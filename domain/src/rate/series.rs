//! A rate over time: at which instants.

use chrono::{Datelike, Days, Months, NaiveDate};

use crate::{time::Instant, vocabulary::vocabulary};

vocabulary! {
    /// How far the instants of a series are apart.
    Interval {
        /// The start of each local day.
        Day = "day",
        /// The start of each Monday.
        Week = "week",
        /// The first of each month.
        Month = "month",
    }
}

impl Interval {
    /// The first day of an interval after a day.
    fn next(self, day: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Day => day.succ_opt(),
            Self::Week => day.checked_add_days(Days::new(7 - u64::from(day.weekday().num_days_from_monday()))),
            Self::Month => day.with_day(1)?.checked_add_months(Months::new(1)),
        }
    }

    /// The instants of a series: where intervals begin after `from`, and `until` itself. `None` where there would be more than
    /// `most`.
    pub fn instants(self, from: Instant, until: Instant, most: usize) -> Option<Vec<Instant>> {
        let mut instants = Vec::new();
        let mut day = self.next(from.local_date());
        while let Some(begins) = day.map(Instant::start_of_day).filter(|begins| *begins < until) {
            instants.push(begins);
            if instants.len() >= most {
                return None;
            }
            day = day.and_then(|day| self.next(day));
        }
        instants.push(until);
        Some(instants)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(interval: Interval, from: &str, until: &str) -> Option<Vec<String>> {
        let at = |text| Instant::parse(text).unwrap();
        let instants = interval.instants(at(from), at(until), 6)?;
        Some(instants.into_iter().map(|at| at.to_local_rfc3339()[..16].to_owned()).collect())
    }

    #[test]
    fn intervals_begin_where_the_calendar_says() {
        let told = |interval, from, until| days(interval, from, until).unwrap().join(" ");
        assert_eq!(
            told(Interval::Day, "2022-08-30", "2022-09-01T10:00:00+07:00"),
            "2022-08-31T00:00 2022-09-01T00:00 2022-09-01T10:00"
        );
        assert_eq!(told(Interval::Week, "2022-08-29", "2022-09-12"), "2022-09-05T00:00 2022-09-12T00:00");
        assert_eq!(told(Interval::Week, "2022-08-31", "2022-09-05"), "2022-09-05T00:00");
        assert_eq!(told(Interval::Month, "2022-01-31", "2022-03-01"), "2022-02-01T00:00 2022-03-01T00:00");
        assert_eq!(told(Interval::Month, "2022-01-31", "2022-01-15"), "2022-01-15T00:00");
    }

    #[test]
    fn too_many_are_refused() {
        assert_eq!(days(Interval::Day, "1922-01-01", "2022-01-01"), None);
    }
}
