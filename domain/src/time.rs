//! Instants and local days.
//!
//! Everything is stored and compared in UTC to the microsecond (what PostgreSQL keeps); everything a person reads or a
//! rule counts in days is in the time of Việt Nam, UTC+7 without daylight saving.

use std::fmt;

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, SecondsFormat, TimeZone, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Seconds that Asia/Ho_Chi_Minh is ahead of UTC: constant since 13 June 1975, before any petition here.
const VIETNAM_OFFSET_SECONDS: i32 = 7 * 3600;

/// The offset of Asia/Ho_Chi_Minh.
pub fn vietnam() -> FixedOffset {
    // The constant is far inside chrono's ±24 h; the fallback only spares a panic.
    FixedOffset::east_opt(VIETNAM_OFFSET_SECONDS).unwrap_or_else(|| chrono::Offset::fix(&Utc))
}

/// A point in time, UTC, whole microseconds.
///
/// Its canonical text (in the event log and its hashes) is RFC 3339 with six decimals and `Z`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(DateTime<Utc>);

/// A text that is neither an RFC 3339 instant nor a date.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an RFC 3339 instant with offset, nor a date: {0}")]
pub struct InvalidInstant(pub String);

impl Instant {
    /// The instant, cut to whole microseconds.
    pub fn new(at: DateTime<Utc>) -> Self {
        Self::from_micros(at.timestamp_micros()).unwrap_or(Self(at))
    }

    /// From microseconds since 1970-01-01T00:00:00Z; `None` outside chrono's range (about ±262,000 years).
    pub fn from_micros(micros: i64) -> Option<Self> {
        DateTime::from_timestamp_micros(micros).map(Self)
    }

    /// Microseconds since 1970-01-01T00:00:00Z: how an instant is stored on both engines.
    pub fn micros(self) -> i64 {
        self.0.timestamp_micros()
    }

    /// Milliseconds since 1970-01-01T00:00:00Z, none before it: the time part of a version 7 id.
    pub fn unix_millis(self) -> u64 {
        u64::try_from(self.0.timestamp_millis()).unwrap_or(0)
    }

    /// The instant at which a local day and time of Việt Nam comes.
    pub fn from_local(day: NaiveDate, time: NaiveTime) -> Self {
        let local = day.and_time(time);
        let utc = local - chrono::Duration::seconds(i64::from(VIETNAM_OFFSET_SECONDS));
        Self(Utc.from_utc_datetime(&utc))
    }

    /// The first instant of a local day of Việt Nam.
    pub fn start_of_day(day: NaiveDate) -> Self {
        Self::from_local(day, NaiveTime::MIN)
    }

    /// The day this instant falls on in Việt Nam.
    pub fn local_date(self) -> NaiveDate {
        self.0.with_timezone(&vietnam()).date_naive()
    }

    /// The time of day of this instant in Việt Nam.
    pub fn local_time(self) -> NaiveTime {
        self.0.with_timezone(&vietnam()).time()
    }

    /// This instant moved by a length of time; it stays where it is at the end of chrono's range.
    pub fn plus(self, by: chrono::Duration) -> Self {
        self.0.checked_add_signed(by).map_or(self, Self::new)
    }

    /// How long after `earlier` this instant is; negative when it is before.
    pub fn since(self, earlier: Self) -> chrono::Duration {
        self.0.signed_duration_since(earlier.0)
    }

    /// What a query parameter for an instant takes: RFC 3339 with an offset, or a date, which means the start of that local day.
    ///
    /// # Errors
    /// [`InvalidInstant`] for anything else.
    pub fn parse(text: &str) -> Result<Self, InvalidInstant> {
        if let Ok(at) = DateTime::parse_from_rfc3339(text) {
            return Ok(Self::new(at.with_timezone(&Utc)));
        }
        match text.parse::<NaiveDate>() {
            Ok(day) if text.len() == 10 => Ok(Self::start_of_day(day)),
            _ => Err(InvalidInstant(text.to_owned())),
        }
    }

    /// RFC 3339 with the offset of Việt Nam: how an answer of the API shows it.
    pub fn to_local_rfc3339(self) -> String {
        self.0.with_timezone(&vietnam()).to_rfc3339_opts(SecondsFormat::AutoSi, true)
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::Micros, true))
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_the_start_of_that_day_in_vietnam() {
        let at = Instant::parse("2022-09-01").unwrap();
        assert_eq!(at.to_string(), "2022-08-31T17:00:00.000000Z");
        assert_eq!(at, Instant::parse("2022-09-01T00:00:00+07:00").unwrap());
        assert_eq!(at.local_date(), "2022-09-01".parse().unwrap());
        assert_eq!(at.to_local_rfc3339(), "2022-09-01T00:00:00+07:00");
    }

    #[test]
    fn nanoseconds_are_cut_and_the_canonical_text_reads_back() {
        let at = Instant::parse("2022-03-04T05:06:07.123456789Z").unwrap();
        assert_eq!(at.to_string(), "2022-03-04T05:06:07.123456Z");
        assert_eq!(serde_json::from_str::<Instant>(&serde_json::to_string(&at).unwrap()).unwrap(), at);
    }

    #[test]
    fn what_is_no_instant_is_refused() {
        for text in ["", "yesterday", "2022-13-01", "2022-09-01T00:00:00", "2022-9-1", "2022-02-30"] {
            assert!(Instant::parse(text).is_err(), "{text}");
        }
    }
}
