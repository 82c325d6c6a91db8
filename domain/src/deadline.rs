//! The two clocks of a petition: until when it must be acknowledged (*tiếp nhận*), and until when answered (*trả lời*).
//!
//! Both count from the submission, so that an agency which acknowledges late does not thereby get more time to answer. Huế's
//! public items run so: sent on Tuesday 1 July 2025, due on 10 July, the seventh working day after it.
//!
//! A transfer restarts the clock to acknowledge alone ([`receive_deadline`]): the new desk has had no time to look at it. The
//! promise of an answer was made to the citizen, who does not care which desk it is, and stays.
//!
//! Counting follows the Civil Code 2015: days begin with the day after the event (Art. 147 (2), (3)), hours with the moment
//! itself (Art. 147 (1)), and what would end on a day off ends on the next working day (Art. 148). The last day ends when
//! the office closes, which is stricter than the Code's 24:00: nobody answers after that, and a midnight stored as the *start*
//! of that day, as older items of Huế have it, makes every answer of the day look late.
//!
//! Where the calendar has a gap (a year that is not loaded, or only projected) the deadline is `None`, beside the gap. The
//! petition is stored all the same, since a missing holiday must not lose anybody's words, and is given its deadlines when the
//! calendar is mended. Until then it is not overdue, but an answer does not count as on time either: nobody improves a rate
//! by leaving the calendar empty.

use std::fmt;

use chrono::{Datelike, Duration, NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};

use crate::{
    calendar::{CalendarGap, WorkingCalendar},
    catalogue::Priority,
    time::Instant,
};

/// A length in working time: `8h` or `7d` in the catalogue. [`WorkingCalendar::due`] says how it is counted.
///
/// The two are not comparable: how many hours a day has is the calendar's to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum WorkingTime {
    /// Hours of office time, from the moment on.
    Hours(u16),
    /// Working days, from the day after on, to the close of the last.
    Days(u16),
}

/// A text that is no length in working time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a working time like \"8h\" or \"7d\": {0:?}")]
pub struct InvalidWorkingTime(pub String);

impl WorkingTime {
    /// Reads `8h` or `7d`, in just the form that [`fmt::Display`] writes.
    ///
    /// Zero is refused: a petition due the moment it comes is a slip of whoever keeps the catalogue.
    ///
    /// # Errors
    /// [`InvalidWorkingTime`] for any other text.
    pub fn parse(text: &str) -> Result<Self, InvalidWorkingTime> {
        let hours = || text.strip_suffix('h')?.parse().ok().map(Self::Hours);
        let days = || text.strip_suffix('d')?.parse().ok().map(Self::Days);
        match hours().or_else(days) {
            // Written again and compared, since Rust also reads "+7" and "007".
            Some(length) if !length.is_zero() && length.to_string() == text => Ok(length),
            Some(_) | None => Err(InvalidWorkingTime(text.chars().take(80).collect())),
        }
    }

    fn is_zero(self) -> bool {
        match self {
            Self::Hours(count) | Self::Days(count) => count == 0,
        }
    }
}

impl fmt::Display for WorkingTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hours(count) => write!(f, "{count}h"),
            Self::Days(count) => write!(f, "{count}d"),
        }
    }
}

impl TryFrom<String> for WorkingTime {
    type Error = InvalidWorkingTime;
    fn try_from(text: String) -> Result<Self, InvalidWorkingTime> {
        Self::parse(&text)
    }
}

impl From<WorkingTime> for String {
    fn from(length: WorkingTime) -> Self {
        length.to_string()
    }
}

impl WorkingCalendar {
    /// When an allowance that begins at `start` has run out.
    ///
    /// Days: at the close of the n-th working day after the local day of `start`; no days at all, at the close of that day
    /// itself if it is worked and not over, else of the next working day. Hours: when the office has been open so long since
    /// `start`, to the microsecond; what ends exactly with a span ends at its close, not at the next opening. No hours at all
    /// end at the first moment that could count.
    ///
    /// # Errors
    /// [`CalendarGap`] where a day that must be looked at is in a year that is not loaded or only projected. Counting days does
    /// not look at the day of the start.
    pub fn due(&self, start: Instant, allowance: WorkingTime) -> Result<Instant, CalendarGap> {
        let (today, closes) = (start.local_date(), self.hours().closes());
        let last_day = match allowance {
            WorkingTime::Hours(hours) => return self.after_office_time(start, Duration::hours(i64::from(hours))),
            WorkingTime::Days(0) if start.local_time() < closes => self.nth_working_day(today, 1)?,
            WorkingTime::Days(days) => self.nth_working_day(following(today)?, days)?,
        };
        Ok(Instant::from_local(last_day, closes))
    }

    /// When the office has been open for that long since an instant, to the microsecond; what ends exactly with a span ends at
    /// its close.
    ///
    /// # Errors
    /// [`CalendarGap`] as [`Self::due`].
    pub fn after_office_time(&self, start: Instant, length: Duration) -> Result<Instant, CalendarGap> {
        let mut day = start.local_date();
        let mut time = start.local_time();
        let mut left = length;
        loop {
            if self.is_working(day)? {
                for &(opens, closes) in self.hours().spans() {
                    let begins = time.clamp(opens, closes);
                    if begins < closes && left <= closes - begins {
                        return Ok(Instant::from_local(day, begins).plus(left));
                    }
                    left -= closes - begins;
                }
            }
            day = following(day)?;
            time = NaiveTime::MIN;
        }
    }

    /// The n-th working day from a day on, itself included; the first for 0 as for 1.
    fn nth_working_day(&self, from: NaiveDate, n: u16) -> Result<NaiveDate, CalendarGap> {
        let mut day = from;
        let mut left = n;
        loop {
            if self.is_working(day)? {
                if left <= 1 {
                    return Ok(day);
                }
                left -= 1;
            }
            day = following(day)?;
        }
    }
}

/// The day after; where there is none, a count must end.
fn following(day: NaiveDate) -> Result<NaiveDate, CalendarGap> {
    day.succ_opt().ok_or(CalendarGap::NotLoaded { year: day.year() })
}

/// How long an agency may take over a petition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// To acknowledge it.
    pub receive: WorkingTime,
    /// To answer it, counted from the submission as well.
    pub answer: WorkingTime,
}

/// The allowances of a field, by priority.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowances {
    /// *Khẩn*.
    pub urgent: Allowance,
    /// *Bình thường*.
    pub normal: Allowance,
    /// *Phức tạp*.
    pub complex: Allowance,
}

impl Allowances {
    /// The one for a priority.
    pub fn of(&self, priority: Priority) -> Allowance {
        match priority {
            Priority::Urgent => self.urgent,
            Priority::Normal => self.normal,
            Priority::Complex => self.complex,
        }
    }
}

/// Both deadlines of one petition. The instant itself is still in time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadlines {
    /// Until when it must be acknowledged.
    pub receive: Option<Instant>,
    /// Until when it must be answered.
    pub answer: Option<Instant>,
    /// Why one of them, or both, could not be said.
    pub gap: Option<CalendarGap>,
}

impl Deadlines {
    /// These, but where one of them cannot be said, the one that was told before: a calendar that reaches less far than it did
    /// takes no deadline back, or emptying it would make what is overdue look in time.
    #[must_use]
    pub(crate) fn or_as_told(self, told: &Self) -> Self {
        let (receive, answer) = (self.receive.or(told.receive), self.answer.or(told.answer));
        let missing = receive.is_none() || answer.is_none();
        Self { receive, answer, gap: self.gap.filter(|_| missing) }
    }
}

/// Both deadlines of a petition that an agency has since `held_since`, and that its sender sent at `sent_at`: the same instant, unless it
/// came another way and was entered later.
///
/// Each stands for itself: an acknowledgement due before the gap is due, even where the answer's deadline is beyond it.
pub fn deadlines(calendar: &WorkingCalendar, held_since: Instant, sent_at: Instant, allowance: Allowance) -> Deadlines {
    let receive = calendar.due(held_since, allowance.receive);
    let answer = calendar.due(sent_at, allowance.answer);
    Deadlines { receive: receive.ok(), answer: answer.ok(), gap: receive.err().or(answer.err()) }
}

/// Until when the agency that got a petition at `from` must acknowledge it.
///
/// # Errors
/// [`CalendarGap`] where the calendar does not settle it.
pub fn receive_deadline(
    calendar: &WorkingCalendar,
    from: Instant,
    allowance: Allowance,
) -> Result<Instant, CalendarGap> {
    calendar.due(from, allowance.receive)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{
        WorkingTime::{Days, Hours},
        *,
    };
    use crate::calendar::samples::{at, calendar, calendars, instants};

    const ALLOWANCE: Allowance = Allowance { receive: Hours(8), answer: Days(7) };

    #[track_caller]
    fn assert_due(start: &str, allowance: WorkingTime, expected: &str) {
        assert_eq!(calendar().due(at(start), allowance), Ok(at(expected)), "{start} + {allowance}");
    }

    #[test]
    fn days_are_counted_around_holidays_and_swaps() {
        assert_due("2022-01-28 09:00", Days(1), "2022-02-07 16:30"); // Tết
        assert_due("2022-08-31 23:59", Days(1), "2022-09-05 16:30"); // National Day
        assert_due("2022-08-31 00:00", Days(2), "2022-09-06 16:30");
        assert_due("2025-12-31 10:00", Days(1), "2026-01-05 16:30"); // 2 January off, for the 10th
        assert_due("2026-01-09 10:00", Days(1), "2026-01-10 16:30");
        assert_due("2026-08-21 10:00", Days(1), "2026-08-22 16:30"); // a Saturday, for Monday the 31st
        assert_due("2026-08-28 10:00", Days(1), "2026-09-03 16:30");
    }

    #[test]
    fn no_days_at_all_end_today_if_today_is_worked_and_not_over() {
        assert_due("2022-09-05 05:00", Days(0), "2022-09-05 16:30");
        assert_due("2022-09-05 16:29:59.999999", Days(0), "2022-09-05 16:30");
        assert_due("2022-09-05 16:30", Days(0), "2022-09-06 16:30");
        assert_due("2022-09-03 10:00", Days(0), "2022-09-05 16:30"); // a Saturday
        assert_due("2022-08-31 17:00", Days(0), "2022-09-05 16:30");
    }

    #[test]
    fn hours_run_only_while_the_office_is_open() {
        assert_due("2022-09-05 11:30", Hours(1), "2022-09-05 13:30"); // across lunch
        assert_due("2022-09-05 12:20", Hours(1), "2022-09-05 14:00"); // from within lunch
        assert_due("2022-09-05 08:00", Hours(4), "2022-09-05 12:00"); // at the close, not at 13:00
        assert_due("2022-09-05 06:00", Hours(8), "2022-09-05 16:30"); // from before opening
        assert_due("2022-09-05 18:00", Hours(1), "2022-09-06 08:30"); // from after close
        assert_due("2022-09-09 16:00", Hours(1), "2022-09-12 08:00"); // over a weekend
        assert_due("2026-08-21 16:00", Hours(1), "2026-08-22 08:00"); // into a Saturday that is worked
        assert_due("2026-08-22 10:00", Hours(8), "2026-08-24 10:00"); // from it
        assert_due("2022-09-05 09:15:20.000001", Hours(8), "2022-09-06 09:15:20.000001");
        assert_due("2022-09-05 09:15", Hours(0), "2022-09-05 09:15");
        assert_due("2022-09-05 12:00", Hours(0), "2022-09-05 13:00");
    }

    #[test]
    fn what_the_calendar_does_not_settle_is_refused() {
        let refused = |start, allowance| calendar().due(at(start), allowance).unwrap_err();
        let (not_loaded, projected) = (CalendarGap::NotLoaded { year: 2023 }, CalendarGap::Projected { year: 2027 });
        assert_due("2022-12-29 10:00", Days(1), "2022-12-30 16:30"); // the last working day of 2022
        assert_eq!(refused("2022-12-29 10:00", Days(2)), not_loaded);
        assert_eq!(refused("2022-12-30 16:00", Hours(1)), not_loaded);
        assert_eq!(refused("2026-12-31 16:30", Days(0)), projected);
        assert_eq!(refused("2026-12-31 10:00", Hours(u16::MAX)), projected);
        assert_due("2023-12-31 10:00", Days(1), "2024-01-02 16:30"); // rests on no day of 2023
        assert_eq!(refused("2023-12-31 10:00", Hours(1)), not_loaded);
    }

    #[test]
    fn hue_counts_seven_working_days_from_the_day_after() {
        let sent_on_tuesday = deadlines(&calendar(), at("2025-07-01 16:28"), at("2025-07-01 16:28"), ALLOWANCE);
        assert_eq!(sent_on_tuesday.answer, Some(at("2025-07-10 16:30")));
        let sent_on_thursday = deadlines(&calendar(), at("2024-11-07 08:22"), at("2024-11-07 08:22"), ALLOWANCE);
        assert_eq!(sent_on_thursday.answer, Some(at("2024-11-18 16:30")));
        assert_eq!(sent_on_thursday.receive, Some(at("2024-11-08 08:22")));
        assert_eq!(sent_on_thursday.gap, None);
    }

    #[test]
    fn another_agency_has_its_own_time_to_acknowledge() {
        let passed_on = at("2025-07-08 09:00");
        assert_eq!(receive_deadline(&calendar(), passed_on, ALLOWANCE), Ok(at("2025-07-09 09:00")));
    }

    #[test]
    fn a_gap_leaves_the_deadline_open_and_says_why() {
        let gap = CalendarGap::Projected { year: 2027 };
        let only_the_answer = deadlines(&calendar(), at("2026-12-29 10:00"), at("2026-12-29 10:00"), ALLOWANCE);
        let expected = Deadlines { receive: Some(at("2026-12-30 10:00")), answer: None, gap: Some(gap) };
        assert_eq!(only_the_answer, expected);
        let both = deadlines(&calendar(), at("2027-01-05 10:00"), at("2027-01-05 10:00"), ALLOWANCE);
        assert_eq!(both, Deadlines { receive: None, answer: None, gap: Some(gap) });
        assert_eq!(receive_deadline(&calendar(), at("2027-01-05 10:00"), ALLOWANCE), Err(gap));

        let json = r#"{"receive":null,"answer":null,"gap":{"kind":"projected","year":2027}}"#;
        assert_eq!(serde_json::to_string(&both).unwrap(), json);
        assert_eq!(serde_json::from_str::<Deadlines>(json).unwrap(), both);
    }

    #[test]
    fn each_deadline_stands_for_itself() {
        let deadlines = deadlines(&calendar(), at("2023-12-31 10:00"), at("2023-12-31 10:00"), ALLOWANCE);
        assert_eq!(deadlines.gap, Some(CalendarGap::NotLoaded { year: 2023 }));
        assert_eq!((deadlines.receive, deadlines.answer), (None, Some(at("2024-01-10 16:30"))));
    }

    #[test]
    fn each_priority_has_its_own() {
        let days = |answer| Allowance { receive: Hours(4), answer: Days(answer) };
        let allowances = Allowances { urgent: days(1), normal: days(7), complex: days(15) };
        let answers = Priority::ALL.iter().map(|priority| allowances.of(*priority).answer.to_string());
        assert_eq!(answers.collect::<Vec<_>>(), ["1d", "7d", "15d"]);
    }

    #[test]
    fn lengths_have_one_form() {
        assert_eq!(WorkingTime::parse("8h"), Ok(Hours(8)));
        assert_eq!(serde_json::from_str::<WorkingTime>("\"7d\"").unwrap(), Days(7));
        for text in ["", "h", "d", "7", "0h", "0d", "+7d", "-7d", "07d", "7 d", "7D", "7dd", "1.5h", "65536d", "٧d"] {
            assert!(WorkingTime::parse(text).is_err(), "{text}");
            assert!(serde_json::from_value::<WorkingTime>(text.into()).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(count in 1..=u16::MAX) {
            for length in [Hours(count), Days(count)] {
                prop_assert_eq!(WorkingTime::parse(&length.to_string())?, length);
                let json = serde_json::to_string(&length)?;
                prop_assert_eq!(serde_json::from_str::<WorkingTime>(&json)?, length);
            }
        }

        #[test]
        fn a_gap_is_named_exactly_where_a_deadline_is_missing(hour in 0..6 * 8766_i64) {
            let sent = at("2022-01-01 00:00").plus(Duration::hours(hour));
            let deadlines = deadlines(&calendar(), sent, sent, ALLOWANCE);
            prop_assert_eq!(deadlines.gap.is_some(), deadlines.receive.is_none() || deadlines.answer.is_none());
            prop_assert!(deadlines.receive.is_none_or(|due| due > sent));
            prop_assert!(deadlines.answer.is_none_or(|due| due > sent));
        }

        #[test]
        fn a_later_start_or_a_longer_allowance_is_never_due_earlier(
            calendar in calendars(), a in instants(), b in instants(), m in 0..60_u16, n in 0..60_u16,
        ) {
            for unit in [Hours, Days] {
                prop_assert!(calendar.due(a.min(b), unit(m))? <= calendar.due(a.max(b), unit(m))?);
                prop_assert!(calendar.due(a, unit(m.min(n)))? <= calendar.due(a, unit(m.max(n)))?);
            }
        }

        #[test]
        fn what_is_due_is_due_on_a_working_day_in_office_time(
            calendar in calendars(), start in instants(), n in 1..60_u16,
        ) {
            let by_day = calendar.due(start, Days(n))?;
            prop_assert_eq!(by_day.local_time(), calendar.hours().closes());
            prop_assert!(calendar.is_working(by_day.local_date())?);
            let tomorrow = following(start.local_date())?;
            prop_assert_eq!(calendar.working_days(tomorrow, following(by_day.local_date())?)?, u32::from(n));

            let by_hour = calendar.due(start, Hours(n))?;
            let time = by_hour.local_time();
            prop_assert!(calendar.is_working(by_hour.local_date())?);
            prop_assert!(calendar.hours().spans().iter().any(|&(opens, closes)| opens < time && time <= closes));
            prop_assert_eq!(calendar.working_time_between(start, by_hour)?, Duration::hours(i64::from(n)));
        }
    }
}
