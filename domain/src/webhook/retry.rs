//! When a delivery is tried again, when it is given up, and when its webhook is paused.

use chrono::Duration;

use super::{Outcome, PausedReason};
use crate::time::Instant;

/// How long after each failed try the next one is made, in seconds: at once, then after 5 s, 5 min, 30 min, 2 h, 5 h, 8 h and 8 h, so
/// that the last of eight tries is a day after the first. Standard Webhooks 1.0.0 suggests such a schedule, over several days.
pub const DELAYS_SECS: [i64; 7] = [5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 8 * 3600, 8 * 3600];

/// A delay grows by chance by up to a tenth of it, so that what failed together does not come back together.
const JITTER: i64 = 10;

/// However long a target asks to wait (`Retry-After`), it is asked again after a day.
const PATIENCE: Duration = Duration::hours(24);

/// No try is made later than that after the first one, whatever the target asked for.
const LONGEST: Duration = Duration::hours(30);

/// A try that has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tried {
    /// Which one: 1 is the first.
    pub number: u32,
    /// When the first one began.
    pub first_at: Instant,
    /// When this one began.
    pub at: Instant,
    /// When it ended.
    pub ended_at: Instant,
    /// How.
    pub outcome: Outcome,
    /// How long the target asked to wait.
    pub retry_after: Option<Duration>,
    /// Whether it was a test: that is tried once, and says nothing about the webhook.
    pub is_test: bool,
}

/// What follows from a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sequel {
    /// The target has it.
    Delivered,
    /// It is tried again then.
    Again(Instant),
    /// It is not tried any more by itself.
    GivenUp,
    /// The webhook is paused, and the delivery held with all that wait.
    Pause(PausedReason),
}

/// What follows from a try. `failing_since` is when the first try of the webhook began that failed after the last that got through;
/// `jitter` is chance, anything from 0 to 255.
///
/// A webhook is paused when a delivery is to be given up and nothing got through since that one was first tried, which is a day. One that
/// fails while others get through is given up alone.
pub fn sequel(tried: &Tried, failing_since: Option<Instant>, jitter: u8) -> Sequel {
    match tried.outcome {
        Outcome::Delivered => return Sequel::Delivered,
        Outcome::Gone if !tried.is_test => return Sequel::Pause(PausedReason::Gone),
        Outcome::Gone
        | Outcome::Redirected
        | Outcome::Refused
        | Outcome::TimedOut
        | Outcome::UnknownName
        | Outcome::ForbiddenAddress
        | Outcome::ConnectionFailed => {}
    }
    if tried.is_test {
        return Sequel::GivenUp;
    }
    let made = usize::try_from(tried.number.saturating_sub(1)).unwrap_or(usize::MAX);
    if let Some(seconds) = DELAYS_SECS.get(made) {
        let delay = Duration::milliseconds(seconds * 1000 + seconds * 1000 * i64::from(jitter) / (255 * JITTER));
        let asked = tried.retry_after.unwrap_or(Duration::zero()).min(PATIENCE);
        let at = tried.ended_at.plus(delay.max(asked));
        if at <= tried.first_at.plus(LONGEST) {
            return Sequel::Again(at);
        }
    }
    let nothing_got_through = failing_since.unwrap_or(tried.at) <= tried.first_at;
    if nothing_got_through { Sequel::Pause(PausedReason::Failing) } else { Sequel::GivenUp }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Instant {
        Instant::from_micros(1_700_000_000_000_000 + seconds * 1_000_000).unwrap()
    }

    fn failed(number: u32, at_second: i64) -> Tried {
        Tried {
            number,
            first_at: at(0),
            at: at(at_second),
            ended_at: at(at_second),
            outcome: Outcome::Refused,
            retry_after: None,
            is_test: false,
        }
    }

    #[test]
    fn it_is_tried_for_a_day_with_growing_delays_and_then_the_webhook_pauses() {
        let (mut now, mut tries) = (0, Vec::new());
        for number in 1.. {
            tries.push(now);
            match sequel(&failed(number, now), Some(at(0)), 0) {
                Sequel::Again(next) => now = next.since(at(0)).num_seconds(),
                last @ (Sequel::Delivered | Sequel::GivenUp | Sequel::Pause(_)) => {
                    assert_eq!(last, Sequel::Pause(PausedReason::Failing));
                    break;
                }
            }
        }
        assert_eq!(tries, [0, 5, 305, 2_105, 9_305, 27_305, 56_105, 84_905]);
        assert!((23 * 3600..25 * 3600).contains(tries.last().unwrap()));
    }

    #[test]
    fn chance_makes_it_later_by_a_tenth_at_the_most() {
        for jitter in 0..=255 {
            let Sequel::Again(next) = sequel(&failed(2, 5), Some(at(0)), jitter) else { panic!("{jitter}") };
            let delay = next.since(at(5)).num_milliseconds();
            assert!((300_000..=330_000).contains(&delay), "{jitter}: {delay}");
        }
        assert_eq!(sequel(&failed(2, 5), Some(at(0)), 255), Sequel::Again(at(5 + 330)));
    }

    #[test]
    fn what_fails_while_others_get_through_is_given_up_alone() {
        assert_eq!(sequel(&failed(8, 84_905), Some(at(1)), 0), Sequel::GivenUp);
        assert_eq!(sequel(&failed(8, 84_905), None, 0), Sequel::GivenUp);
    }

    #[test]
    fn a_target_that_asks_to_wait_is_waited_for_within_bounds() {
        let asked = |seconds| Tried { retry_after: Some(Duration::seconds(seconds)), ..failed(1, 0) };
        assert_eq!(sequel(&asked(120), None, 0), Sequel::Again(at(120)));
        assert_eq!(sequel(&asked(1), None, 0), Sequel::Again(at(5)), "never earlier than without it");
        assert_eq!(sequel(&asked(30 * 24 * 3600), None, 0), Sequel::Again(at(24 * 3600)));
        let late = Tried { retry_after: Some(Duration::hours(24)), ..failed(3, 7 * 3600) };
        assert_eq!(sequel(&late, Some(at(0)), 0), Sequel::Pause(PausedReason::Failing), "not beyond thirty hours");
    }

    #[test]
    fn gone_pauses_at_once_and_a_test_decides_nothing() {
        let gone = Tried { outcome: Outcome::Gone, ..failed(1, 0) };
        assert_eq!(sequel(&gone, None, 0), Sequel::Pause(PausedReason::Gone));
        for outcome in Outcome::ALL {
            let test = Tried { outcome: *outcome, is_test: true, ..failed(1, 0) };
            let expected = if *outcome == Outcome::Delivered { Sequel::Delivered } else { Sequel::GivenUp };
            assert_eq!(sequel(&test, Some(at(0)), 0), expected, "{outcome}");
        }
    }
}
