//! Noticing that the system's clock was set back.
//!
//! Events are stamped by the server's clock, and never before the event before them ([`domain::petition::decide`]), so a clock that
//! jumps back breaks no order. But what is sent meanwhile is stamped with a time that has been before, and figures of instants
//! that had passed are open again until the clock has caught up: somebody should know. It is noticed in two ways, since neither
//! sees everything: by comparing with a clock that cannot be set, which sees the jump itself, and by events whose stamp had to be
//! that of the one before them, which also sees what happened before this server started, or at another server.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use chrono::TimeDelta;
use domain::time::Instant;

use super::now;

/// How often the two clocks are compared.
const LOOK: Duration = Duration::from_secs(1);

/// What is no jump: how clocks are kept right all the time, a leap second, the clocks of two servers.
const TOLERANCE: TimeDelta = TimeDelta::seconds(2);

/// How far apart the two clocks may be read.
const AT_ONCE: Duration = Duration::from_millis(50);

/// That the clock was set back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetBack {
    /// When that was noticed, by the clock as it is since.
    pub noticed_at: Instant,
    /// By how much.
    pub by: TimeDelta,
    /// How often it happened since the server started.
    pub times: u64,
}

/// Watches the system's clock.
#[derive(Debug, Default)]
pub struct Watch {
    last: Mutex<Option<SetBack>>,
    /// Until this instant it is known, and was logged, that stamps are ahead of the clock; microseconds since 1970.
    known_until: AtomicI64,
}

/// Both clocks at one moment.
#[derive(Debug, Clone, Copy)]
struct Reading {
    wall: Instant,
    steady: std::time::Instant,
}

impl Reading {
    fn take() -> Self {
        loop {
            let before = std::time::Instant::now();
            let (wall, steady) = (now(), std::time::Instant::now());
            // A machine that was busy with something else in between would look like one whose clock jumped.
            if steady.duration_since(before) < AT_ONCE {
                return Self { wall, steady };
            }
        }
    }

    /// By how much the wall clock was set back since an earlier reading.
    fn set_back_since(self, earlier: Self) -> Option<TimeDelta> {
        let passed = TimeDelta::from_std(self.steady.duration_since(earlier.steady)).unwrap_or(TimeDelta::MAX);
        let by = passed - self.wall.since(earlier.wall);
        (by > TOLERANCE).then_some(by)
    }
}

impl Watch {
    /// The last time that the clock was set back since the server started.
    pub fn last(&self) -> Option<SetBack> {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Watches until the task is ended.
    pub async fn keep(&self) {
        let mut earlier = Reading::take();
        loop {
            tokio::time::sleep(LOOK).await;
            let reading = Reading::take();
            if let Some(by) = reading.set_back_since(earlier) {
                self.set_back(reading.wall, by);
            }
            earlier = reading;
        }
    }

    fn set_back(&self, noticed_at: Instant, by: TimeDelta) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let times = last.map_or(0, |last| last.times) + 1;
        *last = Some(SetBack { noticed_at, by, times });
        tracing::error!(
            by_seconds = by.as_seconds_f64(),
            now = %noticed_at,
            "the system clock was set back; events keep their order, and what was asked about the time between is open again"
        );
    }

    /// Takes note of a stamp. Ahead of the clock, because the event before it is, it is logged once until the clock has caught up.
    pub fn stamped(&self, at: Instant, now: Instant) {
        let ahead = at.since(now);
        if ahead <= TOLERANCE {
            return;
        }
        let known = self.known_until.load(Ordering::Relaxed);
        let is_news = known < now.micros()
            && self.known_until.compare_exchange(known, at.micros(), Ordering::Relaxed, Ordering::Relaxed).is_ok();
        if is_news {
            tracing::error!(
                by_seconds = ahead.as_seconds_f64(),
                %now,
                "an event is stamped like the one before it, which is ahead of this server's clock: the clock was set back here, \
                 or another server's is ahead"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(wall: &str, begin: std::time::Instant, steady: u64) -> Reading {
        Reading { wall: Instant::parse(wall).unwrap(), steady: begin + Duration::from_secs(steady) }
    }

    #[test]
    fn only_a_clock_that_was_set_back_was_set_back() {
        let begin = std::time::Instant::now();
        let earlier = reading("2022-09-01T09:00:00Z", begin, 0);
        let since = |wall, steady| reading(wall, begin, steady).set_back_since(earlier);
        assert_eq!(since("2022-09-01T09:00:10Z", 10), None);
        assert_eq!(since("2022-09-01T09:00:08Z", 10), None, "within what clocks do");
        assert_eq!(since("2022-09-01T09:00:07Z", 10), Some(TimeDelta::seconds(3)), "it went on, but not so far");
        assert_eq!(since("2022-09-01T08:00:10Z", 10), Some(TimeDelta::hours(1)));
        assert_eq!(since("2022-09-01T10:00:00Z", 10), None, "after a sleep of the machine, or set right");
    }

    #[test]
    fn a_stamp_ahead_of_the_clock_is_told_once_until_the_clock_has_caught_up() {
        let (watch, at) = (Watch::default(), |text| Instant::parse(text).unwrap());
        let known = |watch: &Watch| watch.known_until.load(Ordering::Relaxed);
        watch.stamped(at("2022-09-01T09:00:01Z"), at("2022-09-01T09:00:00Z"));
        assert_eq!(known(&watch), 0);
        let first = at("2022-09-01T10:00:00Z");
        watch.stamped(first, at("2022-09-01T09:00:00Z"));
        assert_eq!(known(&watch), first.micros());
        watch.stamped(at("2022-09-01T10:30:00Z"), at("2022-09-01T09:59:00Z"));
        assert_eq!(known(&watch), first.micros(), "it is known");
        let second = at("2022-09-01T11:00:00Z");
        watch.stamped(second, at("2022-09-01T10:00:01Z"));
        assert_eq!(known(&watch), second.micros());
    }

    #[test]
    fn jumps_are_counted() {
        let (watch, at) = (Watch::default(), Instant::parse("2022-09-01").unwrap());
        assert_eq!(watch.last(), None);
        watch.set_back(at, TimeDelta::hours(1));
        watch.set_back(at, TimeDelta::minutes(5));
        assert_eq!(watch.last(), Some(SetBack { noticed_at: at, by: TimeDelta::minutes(5), times: 2 }));
    }
}
