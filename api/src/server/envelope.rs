//! What wraps every request: a time limit, and problems told in the client's language with the request's id.

use std::time::{Duration, Instant};

use actix_web::{
    Error, HttpMessage, HttpResponse,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    http::{StatusCode, header},
    middleware::Next,
    web::Data,
};
use domain::id::AccountId;
use tracing_actix_web::RequestId;

use crate::{
    language::Language,
    problem::{Code, Problem},
};

const REQUEST_ID: header::HeaderName = header::HeaderName::from_static("x-request-id");

/// Gives a request up when it takes too long: slow senders, slow databases.
pub(super) async fn time_limit(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let limit = request.app_data::<Data<Duration>>().map_or(Duration::from_secs(30), |limit| ***limit);
    tokio::time::timeout(limit, next.call(request)).await.unwrap_or_else(|_| Err(Problem::new(Code::Timeout).into()))
}

/// Tells every failure as problem details, logs the request, and names it in `X-Request-Id`.
pub(super) async fn problems(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let began = Instant::now();
    let language = Language::of(&request);
    let id = request.extensions().get::<RequestId>().map(ToString::to_string);
    let mut outcome = match next.call(request).await {
        Ok(response) => {
            match response.response().error().map(|error| told(error, response.status(), language, id.clone())) {
                Some(problem) => Ok(response.into_response(problem).map_into_right_body()),
                None => Ok(response.map_into_left_body()),
            }
        }
        Err(error) => {
            let status = error.as_response_error().status_code();
            let problem = told(&error, status, language, id.clone());
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
        let headers = response.headers_mut();
        if !headers.contains_key(header::CACHE_CONTROL) {
            headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
        }
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, header::HeaderValue::from_static("nosniff"));
        if let Some(value) = id.and_then(|id| header::HeaderValue::from_str(&id).ok()) {
            headers.insert(REQUEST_ID, value);
        }
    }
    tracing::info!(http.status = status.as_u16(), duration_us = began.elapsed().as_micros(), "request");
    outcome
}

fn with_id(mut response: HttpResponse, id: Option<&str>) -> HttpResponse {
    if let Some(value) = id.and_then(|id| header::HeaderValue::from_str(id).ok()) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

fn told(error: &Error, status: StatusCode, language: Language, id: Option<String>) -> HttpResponse {
    match error.as_error::<Problem>() {
        Some(problem) => {
            match problem.cause() {
                Some(cause) if status.is_server_error() => {
                    tracing::error!(problem = problem.code.as_str(), cause, "request failed")
                }
                Some(cause) => tracing::warn!(problem = problem.code.as_str(), cause, "request refused"),
                None => tracing::debug!(problem = problem.code.as_str(), "request refused"),
            }
            problem.respond(language, id)
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
            Problem::new(code).respond(language, id)
        }
    }
}
