//! The times that a list is asked for: at most 90 days of sending, the last 90 unless asked for others.

use chrono::Duration;
use domain::time::Instant;
use persistence::Span;

use crate::{field::Faults, problem::FaultCode};

/// The most days that `start_date` and `end_date` may be apart, and how many are given where neither is named (GeoReport v2, GET Service
/// Requests).
const MOST_DAYS: i64 = 90;

/// An instant as clients write it. A `+` that was not escaped in an address has become a space on its way.
pub(super) fn instant(faults: &mut Faults, name: &str, raw: Option<&str>) -> Option<Instant> {
    let raw = raw.map(str::trim).filter(|raw| !raw.is_empty())?;
    let mended = match raw.rsplit_once(' ') {
        Some((time, offset)) if time.contains('T') => format!("{time}+{offset}"),
        Some(_) | None => raw.to_owned(),
    };
    faults.instant(&format!("/{name}"), Some(&mended))
}

/// When what is asked for was sent.
pub(super) fn sent(faults: &mut Faults, start: Option<Instant>, end: Option<Instant>, now: Instant) -> Span {
    let most = Duration::days(MOST_DAYS);
    let (from, to) = match (start, end) {
        (None, None) => (now.plus(-most), now),
        (Some(start), None) => (start, start.plus(most)),
        (None, Some(end)) => (end.plus(-most), end),
        (Some(start), Some(end)) => (start, end),
    };
    if to < from {
        faults.add("/end_date", FaultCode::EmptyPeriod);
    } else if to.since(from) > most {
        faults.add_with("/end_date", FaultCode::OutOfRange, format!("start_date + {MOST_DAYS} d"));
    }
    Span { from: Some(from), to: Some(to) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        Instant::parse(text).unwrap()
    }

    #[test]
    fn every_way_to_write_an_offset_is_read() {
        let same = at("2026-09-01T00:00:00Z");
        for raw in [
            "2026-09-01T00:00:00Z",
            "2026-09-01T00:00:00+00:00",
            "2026-09-01T00:00:00 00:00",
            "2026-09-01T07:00:00 07:00",
            " 2026-08-31T19:00:00-05:00 ",
            "2026-09-01T07:00:00.000 07:00",
        ] {
            assert_eq!(instant(&mut Faults::default(), "start_date", Some(raw)), Some(same), "{raw}");
        }
        assert_eq!(instant(&mut Faults::default(), "start_date", Some("2026-09-01")), Some(at("2026-08-31T17:00:00Z")));
        for raw in ["2026-09-01T00:00:00", "01/09/2026", "2026-09-01 00:00", "hôm qua"] {
            let mut faults = Faults::default();
            assert_eq!(instant(&mut faults, "start_date", Some(raw)), None, "{raw}");
            assert!(!faults.is_empty(), "{raw}");
        }
    }

    #[test]
    fn ninety_days_are_given_and_no_more() {
        let now = at("2026-11-26T00:00:00Z");
        let of = |start: Option<&str>, end: Option<&str>| {
            let mut faults = Faults::default();
            let span = sent(&mut faults, start.map(at), end.map(at), now);
            faults.is_empty().then(|| (span.from.unwrap().to_string(), span.to.unwrap().to_string()))
        };
        let day = |text: &str| format!("{text}T00:00:00.000000Z");
        assert_eq!(of(None, None), Some((day("2026-08-28"), day("2026-11-26"))));
        assert_eq!(of(Some("2026-01-01T00:00:00Z"), None), Some((day("2026-01-01"), day("2026-04-01"))));
        assert_eq!(of(None, Some("2026-04-01T00:00:00Z")), Some((day("2026-01-01"), day("2026-04-01"))));
        assert!(of(Some("2026-01-01T00:00:00Z"), Some("2026-04-01T00:00:00Z")).is_some());
        assert!(of(Some("2026-01-01T00:00:00Z"), Some("2026-04-01T00:00:01Z")).is_none());
        assert!(of(Some("2026-01-02T00:00:00Z"), Some("2026-01-01T00:00:00Z")).is_none());
    }
}
