//! What is counted as it happens: requests, how long they took, what was refused and why.

use actix_web::http::{Method, StatusCode};
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};
use std::time::Duration;

use crate::{limits::Limit, problem::Code};

/// The edges of what durations are counted in, in seconds: from what an index gives to where a request is given up.
const EDGES: [f64; 14] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// What was asked. A route is a pattern, so there are as many as the contract has.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Asked {
    method: &'static str,
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Told {
    code: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Limited {
    limit: &'static str,
}

/// The counters.
#[derive(Debug, Clone)]
pub struct Meters {
    requests: Family<Answered, Counter>,
    durations: Family<Asked, Histogram, fn() -> Histogram>,
    in_flight: Gauge,
    problems: Family<Told, Counter>,
    limited: Family<Limited, Counter>,
}

/// A request that is being served; no more when it is dropped, answered or not.
pub(crate) struct InFlight(Gauge);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// A method as a label: whoever asks may write anything there.
fn method_of(method: &Method) -> &'static str {
    let known = [
        (Method::GET, "GET"),
        (Method::HEAD, "HEAD"),
        (Method::POST, "POST"),
        (Method::PUT, "PUT"),
        (Method::PATCH, "PATCH"),
        (Method::DELETE, "DELETE"),
        (Method::OPTIONS, "OPTIONS"),
    ];
    known.into_iter().find(|(known, _)| known == method).map_or("other", |(_, name)| name)
}

impl Meters {
    /// At zero.
    pub(super) fn new() -> Self {
        let limited: Family<Limited, Counter> = Family::default();
        // What never happened is told too: an alert on a series that is not there is silent.
        Limit::ALL.iter().for_each(|limit| drop(limited.get_or_create(&Limited { limit: limit.as_str() })));
        let problems: Family<Told, Counter> = Family::default();
        Code::ALL.iter().for_each(|code| drop(problems.get_or_create(&Told { code: code.as_str() })));
        Self {
            requests: Family::default(),
            durations: Family::new_with_constructor(|| Histogram::new(EDGES)),
            in_flight: Gauge::default(),
            problems,
            limited,
        }
    }

    /// A request has come.
    pub(crate) fn begin(&self) -> InFlight {
        self.in_flight.inc();
        InFlight(self.in_flight.clone())
    }

    /// A request was answered.
    pub(crate) fn answered(&self, method: &Method, route: &str, status: StatusCode, took: Duration) {
        let method = method_of(method);
        let asked = Asked { method, route: route.to_owned() };
        self.durations.get_or_create(&asked).observe(took.as_secs_f64());
        self.requests.get_or_create(&Answered { method, route: route.to_owned(), status: status.as_u16() }).inc();
    }

    /// A problem was told.
    pub(crate) fn told(&self, code: Code) {
        self.problems.get_or_create(&Told { code: code.as_str() }).inc();
    }

    /// Somebody had used up a quota.
    pub(crate) fn limited(&self, limit: Limit) {
        self.limited.get_or_create(&Limited { limit: limit.as_str() }).inc();
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register("http_requests", "Requests that were answered", self.requests.clone());
        registry.register(
            "http_request_duration_seconds",
            "How long it took until an answer began",
            self.durations.clone(),
        );
        registry.register(
            "http_requests_in_flight",
            "Requests that wait for their answer to begin",
            self.in_flight.clone(),
        );
        registry.register("pakn_problems", "Problems that were told, by code", self.problems.clone());
        registry.register("pakn_limit_refused", "Requests beyond a quota (429)", self.limited.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_methods_somebody_makes_up_there_is_one_label_for_them() {
        let made_up = [Method::CONNECT, Method::from_bytes(b"X1").unwrap(), Method::from_bytes(b"X2").unwrap()];
        assert!(made_up.iter().all(|method| method_of(method) == "other"));
        assert_eq!(method_of(&Method::PATCH), "PATCH");
    }
}
