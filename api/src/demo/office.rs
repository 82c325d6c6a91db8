//! The office hours of the year, laid end to end.

use chrono::NaiveDate;
use domain::{calendar::WorkingCalendar, time::Instant};

use super::{DemoError, bounds};

/// A second, in the microseconds that this module counts in.
pub(super) const SECOND: i64 = 1_000_000;
pub(super) const MINUTE: i64 = 60 * SECOND;
pub(super) const HOUR: i64 = 60 * MINUTE;
pub(super) const DAY: i64 = 24 * HOUR;

/// A stretch in which offices are open.
#[derive(Debug, Clone, Copy)]
pub(super) struct Session {
    pub(super) opens: i64,
    pub(super) closes: i64,
    /// The office time of the year before it.
    before: i64,
    /// The office time of its day from its opening on.
    pub(super) left_that_day: i64,
}

impl Session {
    pub(super) fn length(&self) -> i64 {
        self.closes - self.opens
    }
}

/// All sessions of the year.
#[derive(Debug)]
pub(super) struct Office {
    sessions: Vec<Session>,
}

impl Office {
    pub(super) fn new(calendar: &WorkingCalendar) -> Result<Self, DemoError> {
        let (first, next) = bounds()?;
        let mut sessions = Vec::new();
        let mut before = 0;
        for day in first.iter_days().take_while(|day| *day < next) {
            if calendar.is_working(day)? {
                let spans = calendar.hours().spans();
                let mut left_that_day = calendar.hours().minutes() * MINUTE;
                for (opens, closes) in spans {
                    let (opens, closes) = (micros(day, *opens), micros(day, *closes));
                    sessions.push(Session { opens, closes, before, left_that_day });
                    before += closes - opens;
                    left_that_day -= closes - opens;
                }
            }
        }
        Ok(Self { sessions })
    }

    pub(super) fn session(&self, index: usize) -> Option<&Session> {
        self.sessions.get(index)
    }

    /// When so much office time has passed: always while an office is open. `None` after the year.
    pub(super) fn after(&self, now: Instant, length: i64) -> Option<Instant> {
        let now = now.micros();
        let current = self.sessions.partition_point(|session| session.closes <= now);
        let current = self.sessions.get(current)?;
        let wanted = current.before + (now - current.opens).max(0) + length;
        let index = self.sessions.partition_point(|session| session.before + session.length() <= wanted);
        let session = self.sessions.get(index)?;
        Instant::from_micros(session.opens + wanted - session.before)
    }
}

fn micros(day: NaiveDate, time: chrono::NaiveTime) -> i64 {
    Instant::from_local(day, time).micros()
}
