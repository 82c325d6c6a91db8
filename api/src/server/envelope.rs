//! What wraps every request: a time limit, and problems told in the client's language with the request's id, as a page where
//! a person reads them.

use std::time::{Duration, Instant};

use actix_web::{
    Error, HttpMessage, HttpRequest, HttpResponse,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    http::{StatusCode, header},
    middleware::Next,
    web::Data,
};
use domain::id::AccountId;
use tracing_actix_web::RequestId;

use super::{nothing, span};
use crate::{
    auth::app_of,
    contract::deprecated,
    dashboard, files,
    language::Language,
    open311,
    ops::Meters,
    problem::{Code, Problem},
    route::route_of,
};

const REQUEST_ID: header::HeaderName = header::HeaderName::from_static("x-request-id");

const TUS_RESUMABLE: header::HeaderName = header::HeaderName::from_static("tus-resumable");
const TUS_VERSION: header::HeaderName = header::HeaderName::from_static("tus-version");

/// How long a request may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timeouts {
    /// Any but these.
    pub usual: Duration,
    /// One that sends a file, over whatever network a phone has.
    pub upload: Duration,
}

impl Timeouts {
    fn of(request: &ServiceRequest) -> Duration {
        let sends_file =
            request.path().starts_with("/api/v1/uploads") || request.path().starts_with("/open311/v2/requests.");
        let limit = |limits: &Data<Self>| if sends_file { limits.upload } else { limits.usual };
        request.app_data::<Data<Self>>().map_or(Duration::from_secs(30), limit)
    }
}

/// Gives a request up when it takes too long: slow senders, slow databases.
pub(super) async fn time_limit(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let limit = Timeouts::of(&request);
    tokio::time::timeout(limit, next.call(request)).await.unwrap_or_else(|_| Err(Problem::new(Code::Timeout).into()))
}

/// Tells every failure as problem details, logs the request, and names it in `X-Request-Id`.
pub(super) async fn problems(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let began = Instant::now();
    let app = app_of(request.request()).ok().cloned();
    let meters = app.as_ref().map(|app| &app.metrics.meters);
    let _in_flight = meters.map(Meters::begin);
    let (method, route) = (request.method().clone(), route_of(request.request()));
    let route = route.as_deref().unwrap_or(span::UNMATCHED);
    let (voice, is_tus) = (Voice::of(request.request()), files::is_tus(request.path()));
    let id = request.extensions().get::<RequestId>().map(ToString::to_string);
    let mut outcome = match next.call(request).await {
        Ok(response) => {
            match response.response().error().map(|error| told(error, response.status(), voice, id.clone(), meters)) {
                Some(problem) => Ok(response.into_response(problem).map_into_right_body()),
                None => Ok(response.map_into_left_body()),
            }
        }
        Err(error) => {
            let status = error.as_response_error().status_code();
            let problem = told(&error, status, voice, id.clone(), meters);
            Err(InternalError::from_response(error, with_id(problem, id.as_deref())).into())
        }
    };
    let status = match &outcome {
        Ok(response) => response.status(),
        Err(error) => Error::as_response_error(error).status_code(),
    };
    if let Ok(response) = &mut outcome {
        if let Some(account) = response.request().extensions().get::<AccountId>() {
            tracing::Span::current().record("account.id", tracing::field::display(account));
        }
        span::note_made(response.response());
        nothing::tell_allowed(response);
        let on_its_way_out = deprecated(response.request().method(), route);
        let headers = response.headers_mut();
        if let Some(deprecation) = on_its_way_out {
            deprecation.tell(headers);
        }
        if !headers.contains_key(header::CACHE_CONTROL) {
            headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
        }
        if is_tus {
            headers.insert(TUS_RESUMABLE, header::HeaderValue::from_static(files::TUS_VERSION));
            headers.insert(TUS_VERSION, header::HeaderValue::from_static(files::TUS_VERSION));
        }
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, header::HeaderValue::from_static("nosniff"));
        if let Some(value) = id.and_then(|id| header::HeaderValue::from_str(&id).ok()) {
            headers.insert(REQUEST_ID, value);
        }
    }
    let took = began.elapsed();
    if let Some(meters) = meters {
        meters.answered(&method, route, status, took);
    }
    tracing::info!(http.status = status.as_u16(), duration_us = took.as_micros(), "request");
    outcome
}

fn with_id(mut response: HttpResponse, id: Option<&str>) -> HttpResponse {
    if let Some(value) = id.and_then(|id| header::HeaderValue::from_str(id).ok()) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// How a problem is told.
#[derive(Debug, Clone, Copy)]
enum Voice {
    /// As problem details, to a program.
    Details(Language),
    /// As a page, to a person with a browser.
    Page(Language),
    /// As its specification asks, to a program that speaks Open311.
    Open311(open311::Format, Language),
}

impl Voice {
    fn of(request: &HttpRequest) -> Self {
        if dashboard::has(request.path()) {
            Self::Page(Language::of_page(request))
        } else if let Some(format) = open311::format_of(request.path()) {
            Self::Open311(format, Language::of(request))
        } else {
            Self::Details(Language::of(request))
        }
    }

    fn tells(self, problem: &Problem, id: Option<String>) -> HttpResponse {
        match self {
            Self::Details(language) => problem.respond(language, id),
            Self::Page(language) => dashboard::of_problem(problem, language, id.as_deref()),
            // The id stands in the header.
            Self::Open311(format, language) => open311::of_problem(problem, format, language),
        }
    }
}

fn told(error: &Error, status: StatusCode, voice: Voice, id: Option<String>, meters: Option<&Meters>) -> HttpResponse {
    let tells = |problem: &Problem| {
        meters.inspect(|meters| meters.told(problem.code));
        voice.tells(problem, id)
    };
    match error.as_error::<Problem>() {
        Some(problem) => {
            match problem.cause() {
                Some(cause) if status.is_server_error() => {
                    tracing::error!(problem = problem.code.as_str(), cause, "request failed")
                }
                Some(cause) => tracing::warn!(problem = problem.code.as_str(), cause, "request refused"),
                None => tracing::debug!(problem = problem.code.as_str(), "request refused"),
            }
            tells(problem)
        }
        // What the framework itself refuses.
        None => {
            let code = match status {
                StatusCode::NOT_FOUND => Code::NotFound,
                StatusCode::PAYLOAD_TOO_LARGE => Code::BodyTooLarge,
                StatusCode::UNSUPPORTED_MEDIA_TYPE => Code::UnsupportedMediaType,
                status if status.is_client_error() => Code::MalformedRequest,
                _ => {
                    tracing::error!(%error, "request failed");
                    Code::Internal
                }
            };
            tells(&Problem::new(code))
        }
    }
}
