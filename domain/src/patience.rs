//! How long whoever fails must wait: a delay that grows with the failures and ends, never a door that stays shut.

use chrono::Duration;

use crate::time::Instant;

/// How far the clocks of two servers may be apart, in seconds. What was tried later than that after now was tried before a clock was set back, and
/// is forgotten: nobody waits for the hour to come again.
pub const SKEW_SECS: i64 = 60;

/// How many tries are free, and how the delay grows after them.
///
/// A try that is refused for its delay is not counted: otherwise whoever keeps knocking would keep the owner out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// So many tries have no delay between them.
    pub free: u32,
    /// The first delay, in seconds; each one after it is twice as long.
    pub first_secs: u32,
    /// The longest delay, in seconds.
    pub longest_secs: u32,
    /// After so many seconds without a try all of them are forgotten.
    pub forgotten_after_secs: u32,
}

/// Tries that have been made and were not taken back by a success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tries {
    /// How many.
    pub count: u32,
    /// When the last one was made.
    pub last_at: Instant,
}

impl Patience {
    /// How long after the last of so many tries the next one may be made.
    pub fn delay(&self, tries: u32) -> Duration {
        let Some(beyond) = tries.checked_sub(self.free) else { return Duration::zero() };
        // 2³¹ s is longer than any delay there is.
        let grown = u64::from(self.first_secs) << beyond.min(31);
        Duration::seconds(grown.min(u64::from(self.longest_secs)).try_into().unwrap_or(i64::MAX / 1_000_000))
    }

    /// Counts a try that is about to be made; it is counted before it is known how it ends, so that a thousand at once are a thousand.
    ///
    /// # Errors
    /// How long to wait, where it comes too early.
    pub fn admit(&self, before: Option<Tries>, now: Instant) -> Result<Tries, Duration> {
        let forgotten = Duration::seconds(i64::from(self.forgotten_after_secs));
        let skew = Duration::seconds(SKEW_SECS);
        let counts = |tries: &Tries| (-skew..forgotten).contains(&now.since(tries.last_at));
        let Some(before) = before.filter(counts) else {
            return Ok(Tries { count: 1, last_at: now });
        };
        let wait = self.delay(before.count) - now.since(before.last_at).max(Duration::zero());
        if wait > Duration::zero() {
            return Err(wait);
        }
        Ok(Tries { count: before.count.saturating_add(1), last_at: now })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Patience = Patience { free: 3, first_secs: 2, longest_secs: 900, forgotten_after_secs: 3600 };

    fn at(seconds: i64) -> Instant {
        Instant::from_micros(seconds * 1_000_000).unwrap()
    }

    #[test]
    fn the_delay_doubles_and_is_never_longer_than_the_longest() {
        let delays: Vec<i64> = (0..14).map(|tries| PATIENCE.delay(tries).num_seconds()).collect();
        assert_eq!(delays, [0, 0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
        assert_eq!(PATIENCE.delay(u32::MAX), Duration::seconds(900));
    }

    #[test]
    fn what_is_refused_for_its_delay_does_not_prolong_it() {
        let mut tries = None;
        for count in 1..=3 {
            tries = Some(PATIENCE.admit(tries, at(100)).unwrap());
            assert_eq!(tries.unwrap().count, count);
        }
        for second in [100, 101] {
            assert_eq!(PATIENCE.admit(tries, at(second)), Err(Duration::seconds(102 - second)));
        }
        let fourth = PATIENCE.admit(tries, at(102)).unwrap();
        assert_eq!(fourth, Tries { count: 4, last_at: at(102) });
        assert_eq!(PATIENCE.admit(Some(fourth), at(103)), Err(Duration::seconds(3)));
    }

    #[test]
    fn after_a_while_all_is_forgotten() {
        let many = Tries { count: 500, last_at: at(100) };
        assert_eq!(PATIENCE.admit(Some(many), at(100 + 899)), Err(Duration::seconds(1)));
        assert_eq!(PATIENCE.admit(Some(many), at(100 + 900)).unwrap().count, 501);
        assert_eq!(PATIENCE.admit(Some(many), at(100 + 3600)).unwrap().count, 1);
    }

    #[test]
    fn a_clock_that_is_set_back_makes_nobody_wait_for_it() {
        let few = Tries { count: 2, last_at: at(3700) };
        assert_eq!(PATIENCE.admit(Some(few), at(3690)).unwrap().count, 3, "another server's clock");
        let some = Tries { count: 4, last_at: at(3700) };
        assert_eq!(PATIENCE.admit(Some(some), at(3690)), Err(Duration::seconds(4)));
        assert_eq!(PATIENCE.admit(Some(some), at(100)).unwrap().count, 1);
    }
}
