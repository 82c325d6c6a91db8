//! The span of a request in the logs: which operation, on which petition, how it ended; nothing personal.

use actix_web::{
    Error, HttpMessage, HttpResponse,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header::LOCATION,
};
use domain::petition::PetitionCode;
use tracing::{Span, field::Empty};
use tracing_actix_web::{RequestId, RootSpanBuilder};

use crate::{ops, route::route_of};

/// Where petitions are.
const PETITIONS: &str = "/api/v1/petitions/";

/// What the route is called of a request that is for none.
pub(super) const UNMATCHED: &str = "unmatched";

/// The petition that an address names; what is no code is nothing that may be logged.
fn petition_at(path: &str) -> Option<PetitionCode> {
    PetitionCode::parse(path.strip_prefix(PETITIONS)?.split('/').next()?).ok()
}

/// Notes the petition that a request made.
pub(super) fn note_made<B>(response: &HttpResponse<B>) {
    let location = response.headers().get(LOCATION).and_then(|location| location.to_str().ok());
    if let Some(code) = location.and_then(petition_at) {
        Span::current().record("petition.code", tracing::field::display(code));
    }
}

/// The route's pattern instead of the path, and no query, address or agent: a path names a petition, a query may name a person.
pub(super) struct RequestSpan;

impl RootSpanBuilder for RequestSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let id = request.extensions().get::<RequestId>().map(ToString::to_string).unwrap_or_default();
        let route = route_of(request.request());
        let route = route.as_deref().unwrap_or(UNMATCHED);
        let span = tracing::info_span!(
            "request", http.method = %request.method(), http.route = %route, request.id = %id, petition.code = Empty,
            account.id = Empty, otel.name = Empty, otel.kind = Empty, otel.status_code = Empty,
        );
        ops::begin_trace(&span, request.headers(), request.method().as_str(), route);
        if let Some(code) = petition_at(request.path()) {
            span.record("petition.code", tracing::field::display(code));
        }
        span
    }

    fn on_request_end<B: MessageBody>(span: Span, outcome: &Result<ServiceResponse<B>, Error>) {
        let status = match outcome {
            Ok(response) => response.status(),
            Err(error) => error.as_response_error().status_code(),
        };
        ops::end_trace(&span, status.as_u16());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_code_of_a_petition_is_taken_from_an_address() {
        let code = petition_at("/api/v1/petitions/PAKN.20220822.002001/answer");
        assert_eq!(code.map(|code| code.to_string()).as_deref(), Some("PAKN.20220822.002001"));
        for path in ["/api/v1/petitions/0912345678", "/api/v1/petitions", "/PAKN.20220822.002001", "/api/v1/petitions/"]
        {
            assert_eq!(petition_at(path), None, "{path}");
        }
    }
}
