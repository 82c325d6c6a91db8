//! When what did not arrive is tried again, and when a carrier is left alone for a while.

use chrono::Duration;

use crate::time::Instant;

/// How often a message is tried before somebody has to look at it: with what lies between, about a day and a half.
pub const MOST_TRIES: u32 = 12;

/// How long after the first try the second one is.
const FIRST: Duration = Duration::seconds(10);
/// How much longer each pause is than the one before.
const GROWS: i32 = 4;
/// The longest pause.
const LONGEST: Duration = Duration::hours(6);
/// The longest time that a carrier may ask for: whoever says more has a clock or a mind that is wrong.
const LONGEST_ASKED: Duration = Duration::hours(24);
/// How many failures in a row mean that it is the carrier's fault and not the messages'.
const FAILURES: u32 = 5;
/// The longest that a carrier is left alone before one message tries it.
const LEFT_ALONE: Duration = Duration::minutes(10);

/// So long, growing with each time, give or take a fifth: those that failed together do not come together again.
fn growing(times: u32, longest: Duration, jitter: u16) -> Duration {
    let mut pause = FIRST;
    for _ in 1..times {
        pause = (pause * GROWS).min(longest);
    }
    let pause = pause.min(longest);
    pause * 4 / 5 + pause * i32::from(jitter) / i32::from(u16::MAX) * 2 / 5
}

/// When a message is tried again that has been tried so often and may come through yet, by the carrier's own word where it gave one;
/// `None` where it is not. `jitter` is chance.
pub fn put_off(tries: u32, asked: Option<Duration>, now: Instant, jitter: u16) -> Option<Instant> {
    if tries >= MOST_TRIES {
        return None;
    }
    let asked = asked.unwrap_or_else(Duration::zero).min(LONGEST_ASKED);
    Some(now.plus(growing(tries, LONGEST, jitter).max(asked)))
}

/// How much may be given to a carrier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passage {
    /// All there is.
    Open,
    /// One message, to see whether it takes any.
    Probe,
    /// Nothing.
    Shut,
}

/// What is known of a carrier from the last messages that it was given. One that takes nothing is left alone, so that messages do not use
/// up their tries on it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Circuit {
    failures: u32,
    shut_until: Option<Instant>,
}

impl Circuit {
    /// How much it may be given now.
    pub fn passage(&self, now: Instant) -> Passage {
        match self.shut_until {
            Some(until) if now < until => Passage::Shut,
            _ if self.failures >= FAILURES => Passage::Probe,
            _ => Passage::Open,
        }
    }

    /// It has dealt with a message, well or not. Where it asked to be left alone it is all the same.
    pub fn dealt(&mut self) {
        self.failures = 0;
    }

    /// It could not be reached, or could not deal with any message.
    pub fn failed(&mut self, now: Instant, jitter: u16) {
        self.failures = self.failures.saturating_add(1);
        if let Some(times) = self.failures.checked_sub(FAILURES - 1).filter(|times| *times > 0) {
            self.shut_until = Some(now.plus(growing(times, LEFT_ALONE, jitter)));
        }
    }

    /// It asked to be left alone.
    pub fn asked(&mut self, now: Instant, pause: Duration) {
        self.shut_until = self.shut_until.max(Some(now.plus(pause.min(LONGEST_ASKED))));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Instant {
        Instant::parse("2026-11-26T08:00:00Z").unwrap()
    }

    #[test]
    fn pauses_grow_and_end() {
        let waits = |tries, jitter| put_off(tries, None, now(), jitter).map(|at| at.since(now()).num_seconds());
        assert_eq!(
            (1..=4).map(|tries| waits(tries, u16::MAX / 2)).collect::<Vec<_>>(),
            [Some(9), Some(39), Some(159), Some(639)]
        );
        assert_eq!((waits(1, 0), waits(1, u16::MAX)), (Some(8), Some(12)));
        let all: i64 = (1..MOST_TRIES).filter_map(|tries| waits(tries, u16::MAX / 2)).sum();
        assert!((30 * 3600..45 * 3600).contains(&all), "{all}");
        assert_eq!(waits(MOST_TRIES, 0), None);
    }

    #[test]
    fn a_carrier_is_waited_for_as_long_as_it_asks_but_not_for_ever() {
        let waits = |asked| put_off(1, Some(asked), now(), 0).map(|at| at.since(now()));
        assert_eq!(waits(Duration::seconds(90)), Some(Duration::seconds(90)));
        assert_eq!(waits(Duration::seconds(1)), Some(Duration::seconds(8)));
        assert_eq!(waits(Duration::days(400)), Some(Duration::hours(24)));
    }

    #[test]
    fn a_carrier_that_takes_nothing_is_left_alone_and_probed() {
        let mut circuit = Circuit::default();
        for _ in 0..4 {
            circuit.failed(now(), 0);
        }
        assert_eq!(circuit.passage(now()), Passage::Open);
        circuit.failed(now(), 0);
        assert_eq!(circuit.passage(now()), Passage::Shut);
        let later = now().plus(Duration::seconds(8));
        assert_eq!(circuit.passage(later), Passage::Probe);
        circuit.failed(later, 0);
        assert_eq!(circuit.passage(later.plus(Duration::seconds(8))), Passage::Shut);
        let later = later.plus(Duration::seconds(32));
        assert_eq!(circuit.passage(later), Passage::Probe);
        circuit.dealt();
        assert_eq!(circuit.passage(later), Passage::Open);
        circuit.asked(later, Duration::seconds(30));
        circuit.dealt();
        assert_eq!(circuit.passage(later.plus(Duration::seconds(29))), Passage::Shut);
        assert_eq!(circuit.passage(later.plus(Duration::seconds(30))), Passage::Open);
    }
}
