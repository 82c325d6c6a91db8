//! How much of something is given in a time: a bucket that holds so many tokens and fills evenly.
//!
//! A bucket is one number, the instant at which it is full again (the generic cell rate algorithm): a token taken puts that off by
//! the time one takes to come back. So it needs no task that fills it, and one row in a database.

use std::{fmt, str::FromStr};

use chrono::Duration;

use crate::{patience::SKEW_SECS, time::Instant};

/// So many tokens in so much time; as many at once as there are in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Quota {
    tokens: u32,
    per_secs: u32,
}

/// A quota that is not `TOKENS/SECONDS`, each from 1 to a million.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a quota is TOKENS/SECONDS, each a number from 1 to 1000000")]
pub struct InvalidQuota;

impl Quota {
    /// So many in so many seconds.
    pub const fn new(tokens: u32, per_secs: u32) -> Self {
        Self { tokens: if tokens == 0 { 1 } else { tokens }, per_secs: if per_secs == 0 { 1 } else { per_secs } }
    }

    /// How many tokens a full bucket holds.
    pub fn tokens(self) -> u32 {
        self.tokens
    }

    /// In how many seconds an empty bucket is full.
    pub fn per_secs(self) -> u32 {
        self.per_secs
    }

    /// In how many microseconds an empty bucket is full.
    pub fn span(self) -> i64 {
        i64::from(self.per_secs) * 1_000_000
    }

    /// After how many microseconds so many tokens are back, to the next one where that is no whole number.
    pub fn cost(self, tokens: u32) -> i64 {
        (self.span() * i64::from(tokens) + i64::from(self.tokens) - 1) / i64::from(self.tokens)
    }

    /// A part of it, one token at the least: what a server gives without asking the others.
    pub fn part(self, of: u32) -> Self {
        Self { tokens: (self.tokens / of.max(1)).max(1), ..self }
    }
}

impl FromStr for Quota {
    type Err = InvalidQuota;

    fn from_str(text: &str) -> Result<Self, InvalidQuota> {
        let (tokens, per_secs) = text.split_once('/').ok_or(InvalidQuota)?;
        let number =
            |text: &str| text.parse().ok().filter(|number| (1..=1_000_000).contains(number)).ok_or(InvalidQuota);
        Ok(Self { tokens: number(tokens)?, per_secs: number(per_secs)? })
    }
}

impl fmt::Display for Quota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.tokens, self.per_secs)
    }
}

/// What is left of a quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// When it is full again; in the past where it is.
    pub full_at: Instant,
}

impl Bucket {
    /// A full one.
    pub fn full(now: Instant) -> Self {
        Self { full_at: now }
    }

    /// How long until it is full. One that would take longer than an empty one was filled before a clock was set back, and is full; what other
    /// servers' clocks are ahead does not count as that.
    pub fn fills_in(self, now: Instant, quota: Quota) -> Duration {
        let fills_in = self.full_at.since(now).max(Duration::zero());
        let longest = Duration::microseconds(quota.span()) + Duration::seconds(SKEW_SECS);
        if fills_in > longest { Duration::zero() } else { fills_in }
    }

    /// Takes tokens out.
    ///
    /// # Errors
    /// How long until there are so many; the bucket is then as it was.
    pub fn take(self, quota: Quota, tokens: u32, now: Instant) -> Result<Self, Duration> {
        let full_at = now.plus(self.fills_in(now, quota) + Duration::microseconds(quota.cost(tokens)));
        let over = full_at.since(now) - Duration::microseconds(quota.span());
        // A cost is rounded up, so that the last of all tokens may be a few microseconds over.
        if over > Duration::microseconds(i64::from(quota.tokens())) { Err(over) } else { Ok(Self { full_at }) }
    }

    /// How many tokens are in it.
    pub fn left(self, quota: Quota, now: Instant) -> u32 {
        let free =
            quota.span() - self.fills_in(now, quota).num_microseconds().unwrap_or(i64::MAX) + i64::from(quota.tokens());
        let left = free.max(0) / quota.cost(1);
        u32::try_from(left).unwrap_or(u32::MAX).min(quota.tokens())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(micros: i64) -> Instant {
        Instant::from_micros(10_000_000_000 + micros).unwrap()
    }

    #[test]
    fn a_bucket_gives_all_at_once_and_then_one_after_the_other() {
        for quota in [Quota::new(1, 60), Quota::new(10, 60), Quota::new(7, 3), Quota::new(1_000, 3_600)] {
            let mut bucket = Bucket::full(at(0));
            for taken in 0..quota.tokens() {
                assert_eq!(bucket.left(quota, at(0)), quota.tokens() - taken, "{quota}");
                bucket = bucket.take(quota, 1, at(0)).unwrap();
            }
            assert_eq!(bucket.left(quota, at(0)), 0, "{quota}");
            let wait = bucket.take(quota, 1, at(0)).unwrap_err();
            let later = at(wait.num_microseconds().unwrap());
            assert!(bucket.take(quota, 1, at(wait.num_microseconds().unwrap() / 2)).is_err());
            assert_eq!(bucket.left(quota, later), 1, "{quota}");
            let bucket = bucket.take(quota, 1, later).unwrap();
            assert!(bucket.take(quota, 1, later).is_err());
            assert_eq!(bucket.left(quota, at(3 * quota.span())), quota.tokens());
        }
    }

    #[test]
    fn more_than_it_holds_is_never_given() {
        let quota = Quota::new(5, 10);
        assert!(Bucket::full(at(0)).take(quota, 6, at(0)).is_err());
        assert!(Bucket::full(at(0)).take(quota, 5, at(0)).is_ok());
        // A bucket that has been full for long holds no more than one that has just become so.
        assert!(Bucket::full(at(-900_000_000)).take(quota, 6, at(0)).is_err());
    }

    #[test]
    fn a_clock_that_is_set_back_leaves_a_full_bucket() {
        let quota = Quota::new(5, 10);
        let empty = Bucket::full(at(0)).take(quota, 5, at(0)).unwrap();
        assert_eq!(empty.left(quota, at(-30_000_000)), 0, "another server's clock");
        assert!(empty.take(quota, 1, at(-30_000_000)).is_err());
        assert_eq!(empty.left(quota, at(-3_600_000_000 + 900_000_000)), 5);
        assert!(empty.take(quota, 5, at(-3_600_000_000 + 900_000_000)).is_ok());
    }

    #[test]
    fn quotas_are_read_as_they_are_written() {
        assert_eq!("60/3600".parse(), Ok(Quota::new(60, 3600)));
        assert_eq!(Quota::new(60, 3600).to_string(), "60/3600");
        for wrong in ["", "60", "60/", "/60", "0/60", "60/0", "-1/60", "60/60/60", "1.5/60", "1000001/60", "60 / 60"] {
            assert_eq!(wrong.parse::<Quota>(), Err(InvalidQuota), "{wrong}");
        }
    }
}
