//! Working days and office hours: the ground that both clocks of a petition stand on. How a deadline is counted on it is in
//! [`deadline`](crate::deadline).
//!
//! The calendar is data, never a formula. The weekly rest and the day off in lieu of a holiday that falls on it are law (Labour
//! Code 2019, Art. 111), and so are the holidays (Art. 112), but how Tết and the National Day are laid out, and which Saturday
//! is worked for a free Monday, is announced year by year. So nothing here computes a lunar date, and what the data does not
//! settle is refused with a [`CalendarGap`] rather than guessed: a deadline told to a citizen cannot be taken back.
//!
//! Only the years of the days that a question looks at must be known: a count may end with the last day that is loaded.

use std::{collections::BTreeMap, fmt};

use chrono::{Datelike, Duration, NaiveDate, NaiveTime, Timelike};
use serde::{Deserialize, Serialize};

use crate::{time::Instant, vocabulary::vocabulary};

vocabulary! {
    /// Why a day is not what its weekday says.
    DayKind {
        /// A public holiday (Labour Code 2019, Art. 112).
        Holiday = "holiday",
        /// Off in lieu of a holiday that fell on a weekly rest day (*nghỉ bù*, Art. 111 (3)).
        Compensation = "compensation",
        /// Off in exchange for a worked Saturday (*nghỉ hoán đổi*).
        SwapOff = "swap_off",
        /// A day of the weekly rest that is worked in exchange (*làm bù*).
        MakeupWorkday = "makeup_workday",
    }
}

impl DayKind {
    /// Whether agencies work on such a day.
    pub fn is_worked(self) -> bool {
        match self {
            Self::Holiday | Self::Compensation | Self::SwapOff => false,
            Self::MakeupWorkday => true,
        }
    }
}

vocabulary! {
    /// How far the days of a year can be relied on.
    YearStatus {
        /// They are as officially announced.
        Confirmed = "confirmed",
        /// There is no official notice yet: no deadline may rest on them until an operator confirms the year.
        Projected = "projected",
    }
}

/// Why the calendar cannot answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CalendarGap {
    /// Nothing is known of that year.
    #[error("the calendar of {year} is not loaded")]
    NotLoaded {
        /// The year.
        year: i32,
    },
    /// The year is loaded, but not officially announced.
    #[error("the calendar of {year} is a projection that nobody has confirmed")]
    Projected {
        /// The year.
        year: i32,
    },
}

/// Spans that cannot be the office hours of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidOfficeHours {
    /// It is not written `07:30-12:00`.
    #[error("office hours are written 07:30-12:00 13:00-16:30")]
    NotTimes,
    /// There is no span: no allowance would ever run out.
    #[error("a working day needs office hours")]
    Empty,
    /// A time has seconds.
    #[error("office hours are whole minutes: {0}")]
    NotWholeMinutes(NaiveTime),
    /// A span does not end after it begins.
    #[error("office hours from {0} cannot end at {1}")]
    Backwards(NaiveTime, NaiveTime),
    /// A span begins before the end of the one before it.
    #[error("office hours until {0} overlap those from {1}")]
    Overlapping(NaiveTime, NaiveTime),
}

/// The spans of a working day, local time; as a rule two, with lunch between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfficeHours {
    spans: Vec<(NaiveTime, NaiveTime)>,
    closes: NaiveTime,
}

impl OfficeHours {
    /// From the spans of a day, each from its opening to before its close, in their order.
    ///
    /// # Errors
    /// The first [`InvalidOfficeHours`] that is found.
    pub fn new(spans: Vec<(NaiveTime, NaiveTime)>) -> Result<Self, InvalidOfficeHours> {
        let mut closed: Option<NaiveTime> = None;
        for &(opens, closes) in &spans {
            if let Some(odd) = [opens, closes].into_iter().find(|time| time.second() != 0 || time.nanosecond() != 0) {
                return Err(InvalidOfficeHours::NotWholeMinutes(odd));
            }
            if closes <= opens {
                return Err(InvalidOfficeHours::Backwards(opens, closes));
            }
            if let Some(closes) = closed.filter(|closed| opens < *closed) {
                return Err(InvalidOfficeHours::Overlapping(closes, opens));
            }
            closed = Some(closes);
        }
        let closes = closed.ok_or(InvalidOfficeHours::Empty)?;
        Ok(Self { spans, closes })
    }

    /// Reads `07:30-12:00 13:00-16:30`, as [`fmt::Display`] writes it.
    ///
    /// # Errors
    /// [`InvalidOfficeHours`].
    pub fn parse(text: &str) -> Result<Self, InvalidOfficeHours> {
        let time = |text: &str| NaiveTime::parse_from_str(text, "%H:%M").ok();
        let span = |text: &str| text.split_once('-').and_then(|(opens, closes)| time(opens).zip(time(closes)));
        let spans: Option<Vec<_>> = text.split_whitespace().map(span).collect();
        Self::new(spans.ok_or(InvalidOfficeHours::NotTimes)?)
    }

    /// The spans, in their order.
    pub fn spans(&self) -> &[(NaiveTime, NaiveTime)] {
        &self.spans
    }

    /// When the office closes for the day: the end of every deadline that is counted in days.
    pub fn closes(&self) -> NaiveTime {
        self.closes
    }

    /// How many minutes a working day has.
    pub fn minutes(&self) -> i64 {
        self.until(self.closes).num_minutes()
    }

    /// The office time of a working day up to a time of day.
    fn until(&self, time: NaiveTime) -> Duration {
        self.spans.iter().map(|&(opens, closes)| time.clamp(opens, closes) - opens).sum()
    }
}

impl fmt::Display for OfficeHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (opens, closes)) in self.spans.iter().enumerate() {
            let before = if index == 0 { "" } else { " " };
            write!(f, "{before}{}-{}", opens.format("%H:%M"), closes.format("%H:%M"))?;
        }
        Ok(())
    }
}

/// Which days are worked, and from when to when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkingCalendar {
    days: BTreeMap<NaiveDate, DayKind>,
    years: BTreeMap<i32, YearStatus>,
    hours: OfficeHours,
}

impl WorkingCalendar {
    /// From the days that are not what their weekday says, and the years of which all such days are given.
    ///
    /// A listed day does not load its year: in a year that is not among `years` every other day would be a guess. The last word
    /// on a day or year stands.
    pub fn new(
        days: impl IntoIterator<Item = (NaiveDate, DayKind)>,
        years: impl IntoIterator<Item = (i32, YearStatus)>,
        hours: OfficeHours,
    ) -> Self {
        Self { days: days.into_iter().collect(), years: years.into_iter().collect(), hours }
    }

    /// The office hours of a working day.
    pub fn hours(&self) -> &OfficeHours {
        &self.hours
    }

    /// Whether agencies work on that day: Monday to Friday, unless the day is listed as something else.
    ///
    /// # Errors
    /// [`CalendarGap`] where its year is not loaded or only projected.
    pub fn is_working(&self, day: NaiveDate) -> Result<bool, CalendarGap> {
        self.confirmed(day.year())?;
        Ok(self.days.get(&day).map_or_else(|| is_weekday(day), |kind| kind.is_worked()))
    }

    /// How many working days there are from a day to before another; none where the second is not later.
    ///
    /// Costs a step for each year and each listed day between them, not for each day.
    ///
    /// # Errors
    /// [`CalendarGap`] where the year of any day between them is not loaded or only projected.
    pub fn working_days(&self, from: NaiveDate, before: NaiveDate) -> Result<u32, CalendarGap> {
        let Some(last) = before.pred_opt().filter(|last| from <= *last) else {
            return Ok(0);
        };
        for year in from.year()..=last.year() {
            self.confirmed(year)?;
        }
        let listed = self.days.range(from..before);
        let corrections = listed.map(|(day, kind)| i32::from(kind.is_worked()) - i32::from(is_weekday(*day)));
        let count = weekdays_before(before) - weekdays_before(from) + corrections.sum::<i32>();
        // Never negative: a correction takes away only what the weekdays gave.
        Ok(u32::try_from(count).unwrap_or(0))
    }

    /// The first day of the shortest stretch that ends before `before` and holds `count` working days; `before` itself for none.
    ///
    /// # Errors
    /// [`CalendarGap`] where the stretch reaches into a year that is not loaded or only projected.
    pub fn last_working_days(&self, before: NaiveDate, count: u32) -> Result<NaiveDate, CalendarGap> {
        let mut first = before;
        let mut left = count;
        while left > 0 {
            first = first.pred_opt().ok_or(CalendarGap::NotLoaded { year: first.year() })?;
            if self.is_working(first)? {
                left -= 1;
            }
        }
        Ok(first)
    }

    /// How long the office was open between two instants; nothing where the second is not later.
    ///
    /// # Errors
    /// [`CalendarGap`] where a day that must be looked at is in a year that is not loaded or only projected.
    pub fn working_time_between(&self, from: Instant, to: Instant) -> Result<Duration, CalendarGap> {
        if to <= from {
            return Ok(Duration::zero());
        }
        let days = self.working_days(from.local_date(), to.local_date())?;
        let whole_days = Duration::minutes(self.hours.minutes() * i64::from(days));
        Ok(whole_days + self.open_that_day_until(to)? - self.open_that_day_until(from)?)
    }

    /// Midnight asks nothing of its day's year, so that a count may end exactly where the calendar does.
    fn open_that_day_until(&self, at: Instant) -> Result<Duration, CalendarGap> {
        let open = self.hours.until(at.local_time());
        if open.is_zero() || self.is_working(at.local_date())? { Ok(open) } else { Ok(Duration::zero()) }
    }

    fn confirmed(&self, year: i32) -> Result<(), CalendarGap> {
        match self.years.get(&year) {
            Some(YearStatus::Confirmed) => Ok(()),
            Some(YearStatus::Projected) => Err(CalendarGap::Projected { year }),
            None => Err(CalendarGap::NotLoaded { year }),
        }
    }
}

fn is_weekday(day: NaiveDate) -> bool {
    day.weekday().num_days_from_monday() < 5
}

/// Mondays to Fridays before a day, counted from 0001-01-01: day 1 of the common era, and a Monday.
fn weekdays_before(day: NaiveDate) -> i32 {
    let days = day.num_days_from_ce() - 1;
    days.div_euclid(7) * 5 + days.rem_euclid(7).min(5)
}

/// Calendars for the tests of this module and of [`deadline`](crate::deadline).
#[cfg(test)]
pub(crate) mod samples {
    use proptest::{collection, prelude::*, sample::select};

    use super::{
        DayKind::{Compensation, Holiday, MakeupWorkday, SwapOff},
        *,
    };

    pub(crate) fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// A local instant: `2022-08-31 16:28`.
    pub(crate) fn at(text: &str) -> Instant {
        let (date, time) = text.split_once(' ').unwrap();
        Instant::from_local(day(date), time.parse().unwrap())
    }

    /// Office hours: `07:30-12:00 13:00-16:30`.
    pub(crate) fn spans(text: &str) -> Result<OfficeHours, InvalidOfficeHours> {
        let span = |span: &str| span.split_once('-').map(|(a, b)| (a.parse().unwrap(), b.parse().unwrap())).unwrap();
        OfficeHours::new(text.split_whitespace().map(span).collect())
    }

    /// What was announced, as far as it is used here: 2023 is missing, and 2027 not announced yet.
    pub(crate) fn calendar() -> WorkingCalendar {
        let listed = [
            (Holiday, "2022-01-31 2022-02-01 2022-02-02 2022-02-03 2022-02-04 2022-04-30 2022-09-01 2022-09-02"),
            (Holiday, "2024-01-01 2026-01-01 2026-09-01 2026-09-02"),
            (Compensation, "2022-01-03"),
            (SwapOff, "2026-01-02 2026-08-31"),
            (MakeupWorkday, "2026-01-10 2026-08-22"),
        ];
        let days = listed.into_iter().flat_map(|(kind, days)| days.split(' ').map(move |text| (day(text), kind)));
        let years = [2022, 2024, 2025, 2026].map(|year| (year, YearStatus::Confirmed));
        let years = years.into_iter().chain([(2027, YearStatus::Projected)]);
        WorkingCalendar::new(days, years, spans("07:30-12:00 13:00-16:30").unwrap())
    }

    /// Two years of any odd days, then plain ones until 2060: enough for whatever is counted; any office hours by the half hour.
    pub(crate) fn calendars() -> impl Strategy<Value = WorkingCalendar> {
        let days = collection::btree_map(0..730_i64, select(DayKind::ALL), 0..60);
        let half_hours = collection::btree_set(0..48_u32, 2..=6);
        (days, half_hours).prop_map(|(days, half_hours)| {
            let time = |half: &u32| NaiveTime::from_hms_opt(half / 2, half % 2 * 30, 0).unwrap();
            let times: Vec<_> = half_hours.iter().map(time).collect();
            let hours = OfficeHours::new(times.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect()).unwrap();
            let days = days.into_iter().map(|(offset, kind)| (day("2022-01-01") + Duration::days(offset), kind));
            WorkingCalendar::new(days, (2022..2060).map(|year| (year, YearStatus::Confirmed)), hours)
        })
    }

    /// Instants of some three years, mostly at the edges of office hours and a microsecond beside them.
    pub(crate) fn instants() -> impl Strategy<Value = Instant> {
        (0..48 * 1000_i64, select(vec![0, 1, 12_345_678, 1_799_999_999])).prop_map(|(half_hours, beside)| {
            let offset = Duration::minutes(30 * half_hours) + Duration::microseconds(beside);
            Instant::start_of_day(day("2022-01-01")).plus(offset)
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{samples::*, *};

    #[test]
    fn office_hours_are_checked() {
        let hours = spans("07:30-12:00 13:00-16:30").unwrap();
        assert_eq!((hours.minutes(), hours.closes()), (480, NaiveTime::from_hms_opt(16, 30, 0).unwrap()));
        assert!(spans("08:00-12:00 12:00-16:00").is_ok(), "touching is not overlapping");
        assert_eq!(spans(""), Err(InvalidOfficeHours::Empty));
        assert!(matches!(spans("08:00-08:00"), Err(InvalidOfficeHours::Backwards(..))));
        assert!(matches!(spans("08:00-12:00 11:59-16:00"), Err(InvalidOfficeHours::Overlapping(..))));
        assert!(matches!(spans("13:00-16:30 07:30-12:00"), Err(InvalidOfficeHours::Overlapping(..))));
        assert!(matches!(spans("08:00-12:00:30"), Err(InvalidOfficeHours::NotWholeMinutes(_))));
    }

    #[test]
    fn office_hours_read_back() {
        for text in ["07:30-12:00 13:00-16:30", "08:00-17:00"] {
            assert_eq!(OfficeHours::parse(text).unwrap().to_string(), text);
        }
        for text in ["7h-12h", "07:30", "07:30-25:00"] {
            assert_eq!(OfficeHours::parse(text), Err(InvalidOfficeHours::NotTimes), "{text}");
        }
        assert_eq!(OfficeHours::parse(" "), Err(InvalidOfficeHours::Empty));
    }

    #[test]
    fn the_list_overrides_the_weekday() {
        let calendar = calendar();
        for (text, worked) in [
            ("2022-08-31", true),
            ("2022-09-01", false), // National Day
            ("2022-09-03", false), // a Saturday
            ("2022-01-03", false), // in lieu
            ("2026-01-02", false), // a Friday, for
            ("2026-01-10", true),  // this Saturday
        ] {
            assert_eq!(calendar.is_working(day(text)), Ok(worked), "{text}");
        }
        assert_eq!(calendar.working_days(day("2022-04-25"), day("2022-05-02")), Ok(5), "a holiday on a Saturday");
        assert_eq!(calendar.working_days(day("2022-08-29"), day("2022-09-05")), Ok(3));
        assert_eq!(calendar.working_days(day("2026-08-17"), day("2026-09-07")), Ok(6 + 5 + 2));
        assert_eq!(calendar.last_working_days(day("2022-09-05"), 3), Ok(day("2022-08-29")));
        assert_eq!(calendar.last_working_days(day("2022-09-04"), 0), Ok(day("2022-09-04")));
    }

    #[test]
    fn what_is_not_settled_is_refused() {
        let (calendar, projected) = (calendar(), CalendarGap::Projected { year: 2027 });
        let not_loaded = CalendarGap::NotLoaded { year: 2023 };
        assert_eq!(calendar.is_working(day("2023-03-04")), Err(not_loaded));
        assert_eq!(calendar.is_working(day("2027-03-01")), Err(projected));
        assert_eq!(calendar.working_days(day("2022-12-01"), day("2023-01-02")), Err(not_loaded));
        assert_eq!(calendar.working_days(day("2022-12-01"), day("2024-01-02")), Err(not_loaded), "a year between");
        assert_eq!(calendar.working_days(day("2022-12-26"), day("2023-01-01")), Ok(5), "up to the last known day");
        assert_eq!(calendar.working_days(day("2023-12-02"), day("2023-12-02")), Ok(0));
        assert_eq!(calendar.last_working_days(day("2024-01-03"), 2), Err(not_loaded));
        let last_day = calendar.working_time_between(at("2022-12-30 07:00"), at("2023-01-01 00:00"));
        assert_eq!(last_day, Ok(Duration::hours(8)));
        assert_eq!(serde_json::to_string(&projected).unwrap(), r#"{"kind":"projected","year":2027}"#);
    }

    fn dates() -> impl Strategy<Value = NaiveDate> {
        instants().prop_map(Instant::local_date)
    }

    proptest! {
        #[test]
        fn working_days_are_what_counting_them_one_by_one_gives(
            calendar in calendars(), a in dates(), b in dates(), c in dates(), n in 0..50_u32,
        ) {
            let one_by_one = a.iter_days().take_while(|d| *d < b).filter(|d| calendar.is_working(*d).unwrap()).count();
            prop_assert_eq!(calendar.working_days(a, b)?, u32::try_from(one_by_one)?);
            let (a, b, c) = { let mut days = [a, b, c]; days.sort(); days.into() };
            let parts = calendar.working_days(a, b)? + calendar.working_days(b, c)?;
            prop_assert_eq!(parts, calendar.working_days(a, c)?);
            let late = c + Duration::days(1000); // so that the n days before it are in loaded years
            let first = calendar.last_working_days(late, n)?;
            prop_assert_eq!(calendar.working_days(first, late)?, n);
            prop_assert!(n == 0 || calendar.is_working(first)?);
        }

        #[test]
        fn working_time_adds_up(calendar in calendars(), a in instants(), b in instants(), c in instants()) {
            let (a, b, c) = { let mut instants = [a, b, c]; instants.sort(); instants.into() };
            let parts = calendar.working_time_between(a, b)? + calendar.working_time_between(b, c)?;
            prop_assert_eq!(parts, calendar.working_time_between(a, c)?);
            prop_assert_eq!(calendar.working_time_between(c, a)?, Duration::zero());
        }
    }
}
