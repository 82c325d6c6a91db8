//! What is on its way out: marked in the document, and told in every answer.
//!
//! `openapi/CHANGELOG.md` has the policy: how long an operation stays after it was deprecated, and what counts as breaking.

use actix_web::http::{
    Method,
    header::{HeaderMap, HeaderName, HeaderValue, LINK},
};
use chrono::{NaiveDate, NaiveTime};
use utoipa::openapi::{Deprecated, OpenApi};

use super::each_operation;

/// An operation that will go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deprecation {
    method: &'static str,
    route: &'static str,
    /// Since when nobody should begin to use it: RFC 9745.
    since: NaiveDate,
    /// From when on it may be gone: RFC 8594.
    sunset: NaiveDate,
    /// What takes its place, as a path.
    successor: &'static str,
}

/// All that are on their way out, at the present release: none.
const DEPRECATED: &[Deprecation] = &[];

/// Whether an operation is on its way out.
pub(crate) fn deprecated(method: &Method, route: &str) -> Option<Deprecation> {
    found(DEPRECATED, method, route)
}

fn found(all: &[Deprecation], method: &Method, route: &str) -> Option<Deprecation> {
    all.iter().find(|one| one.method == method.as_str() && one.route == route).copied()
}

impl Deprecation {
    /// Tells it: `Deprecation`, `Sunset`, and a link to what takes its place.
    pub(crate) fn tell(self, headers: &mut HeaderMap) {
        let midnight = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
        let told = [
            (HeaderName::from_static("deprecation"), format!("@{}", midnight(self.since).timestamp())),
            (HeaderName::from_static("sunset"), midnight(self.sunset).format("%a, %d %b %Y %H:%M:%S GMT").to_string()),
            (LINK, format!("<{}>; rel=\"successor-version\"", self.successor)),
        ];
        for (name, text) in told {
            if let Ok(value) = HeaderValue::from_str(&text) {
                headers.insert(name, value);
            }
        }
    }
}

/// Marks what is on its way out.
pub(super) fn mark(document: &mut OpenApi) {
    mark_all(DEPRECATED, document);
}

fn mark_all(all: &[Deprecation], document: &mut OpenApi) {
    each_operation(document, |method, path, operation| {
        if let Some(one) = found(all, method, path) {
            operation.deprecated = Some(Deprecated::True);
            let told = format!("Use `{}` instead; it may be gone from {} on.", one.successor, one.sunset);
            operation.description = Some(told);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: Deprecation = Deprecation {
        method: "GET",
        route: "/health/live",
        since: day(2026, 11, 26),
        sunset: day(2027, 11, 26),
        successor: "/health/ready",
    };

    const fn day(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).unwrap()
    }

    #[test]
    fn an_answer_tells_since_when_and_until_when() {
        assert!(found(&[OLD], &Method::POST, "/health/live").is_none());
        let mut headers = HeaderMap::new();
        found(&[OLD], &Method::GET, "/health/live").unwrap().tell(&mut headers);
        let told = |name: &str| headers.get(name).unwrap().to_str().unwrap();
        // RFC 9745 has a number of seconds, RFC 8594 an HTTP date.
        assert_eq!(told("deprecation"), "@1795651200");
        assert_eq!(told("sunset"), "Fri, 26 Nov 2027 00:00:00 GMT");
        assert_eq!(told("link"), "</health/ready>; rel=\"successor-version\"");
    }

    #[test]
    fn the_document_marks_it() {
        let mut document = crate::server::contract();
        mark_all(&[OLD], &mut document);
        let document = serde_json::to_value(document).unwrap();
        assert_eq!(document["paths"]["/health/live"]["get"]["deprecated"], true);
        assert!(document["paths"]["/health/ready"]["get"].get("deprecated").is_none());
    }

    /// Whoever reads it has half a year, as the policy says.
    #[test]
    fn nothing_goes_sooner_than_promised() {
        for one in DEPRECATED {
            assert!(one.sunset - one.since >= chrono::Duration::days(182), "{one:?}");
        }
    }
}
