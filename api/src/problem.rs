//! What goes wrong, as clients see it: RFC 9457 problem details from one table of codes.

mod causes;
mod codes;

use std::{fmt, time::Duration};

use actix_web::{
    HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{self, HeaderMap},
    },
};
use serde::Serialize;
use utoipa::ToSchema;

pub use codes::{Code, FaultCode};

use crate::{language::Language, limits::Fields};

/// A field that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where: a JSON pointer into the body, or `/` and the name of a query parameter.
    pub pointer: String,
    /// What.
    pub code: FaultCode,
    /// More about it, where the code does not say all: the greatest length, the known values.
    pub detail: Option<String>,
}

/// How long to wait.
#[derive(Debug)]
struct Wait {
    seconds: u64,
    /// How the client stands to the limit that refused it.
    fields: Option<Fields>,
}

/// An answer that is no success.
#[derive(Debug)]
pub struct Problem {
    /// What happened.
    pub code: Code,
    /// This time, for a person; the title where there is nothing to add.
    pub detail: Option<String>,
    /// The fields that are wrong.
    pub faults: Vec<Fault>,
    /// The commands that the status allows instead.
    pub allowed: Option<Vec<&'static str>>,
    /// What time solves; boxed, since every `Result` here has room for a problem.
    wait: Option<Box<Wait>>,
    /// What only the log sees.
    cause: Option<String>,
}

/// RFC 9457 problem details.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemDetails {
    /// A URI of the kind of problem: `urn:pakn:problem:` and the code.
    #[serde(rename = "type")]
    #[schema(example = "urn:pakn:problem:invalid_input")]
    kind: String,
    /// What it means; Vietnamese, or English on `Accept-Language: en`.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What happened this time.
    detail: String,
    /// Stable and machine-readable.
    #[schema(example = "invalid_input")]
    code: &'static str,
    /// The id of the request, also in the header `X-Request-Id` and in the server's log.
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<String>,
    /// The fields that are wrong, all of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    /// With `command_not_allowed`: the commands this caller might give instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed: Option<Vec<&'static str>>,
}

/// A field that is wrong.
#[derive(Debug, Serialize, ToSchema)]
pub struct FieldError {
    /// A JSON pointer into the body, or `/` and the name of a query parameter.
    #[schema(example = "/location/lat")]
    pointer: String,
    /// Stable and machine-readable.
    #[schema(example = "out_of_range")]
    code: &'static str,
    /// For a person.
    detail: String,
}

impl FieldError {
    /// A fault as a client is told it.
    pub fn of(fault: &Fault, language: Language) -> Self {
        let title = fault.code.title(language);
        Self {
            pointer: fault.pointer.clone(),
            code: fault.code.as_str(),
            detail: fault.detail.as_ref().map_or_else(|| title.to_owned(), |detail| format!("{title}: {detail}")),
        }
    }
}

impl FieldError {
    /// The same in one line, beginning with the name of a parameter.
    pub fn of_parameter(self) -> String {
        format!("{}: {}", self.pointer.trim_start_matches('/'), self.detail)
    }
}

/// When to try again after a 503.
const RETRY_AFTER: Duration = Duration::from_secs(5);

impl Problem {
    /// A problem that the code says all about.
    pub fn new(code: Code) -> Self {
        Self { code, detail: None, faults: Vec::new(), allowed: None, wait: None, cause: None }
    }

    /// A problem that time solves.
    pub fn wait(code: Code, wait: chrono::Duration) -> Self {
        // To the next whole second: earlier would be too early.
        let seconds = u64::try_from(wait.num_milliseconds().max(0)).unwrap_or(0).div_ceil(1000).max(1);
        Self { wait: Some(Box::new(Wait { seconds, fields: None })), ..Self::new(code) }
    }

    /// A limit that is reached, and how the client stands to it.
    pub fn limited(wait: chrono::Duration, fields: Fields) -> Self {
        let mut problem = Self::wait(Code::TooManyRequests, wait);
        if let Some(wait) = &mut problem.wait {
            wait.fields = Some(fields);
        }
        problem
    }

    /// A problem with more to say.
    pub fn with(code: Code, detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..Self::new(code) }
    }

    /// Fields that are wrong.
    pub fn invalid(faults: Vec<Fault>) -> Self {
        Self { faults, ..Self::new(Code::InvalidInput) }
    }

    /// One field that is wrong.
    pub fn fault(pointer: impl Into<String>, code: FaultCode) -> Self {
        Self::invalid(vec![Fault { pointer: pointer.into(), code, detail: None }])
    }

    /// A fault of the program; the cause goes to the log alone.
    pub fn internal(cause: impl fmt::Display) -> Self {
        Self { cause: Some(cause.to_string()), ..Self::new(Code::Internal) }
    }

    /// The same, with what only the log sees.
    #[must_use]
    pub fn caused_by(self, cause: impl fmt::Display) -> Self {
        Self { cause: Some(cause.to_string()), ..self }
    }

    /// What only the log sees.
    pub fn cause(&self) -> Option<&str> {
        self.cause.as_deref()
    }

    /// What happened, for a person.
    pub fn told(&self, language: Language) -> String {
        let fault = self.faults.first().map(|fault| fault.code.title(language));
        self.detail.clone().unwrap_or_else(|| fault.unwrap_or(self.code.title(language)).to_owned())
    }

    /// The answer, in a language.
    pub fn respond(&self, language: Language, request_id: Option<String>) -> HttpResponse {
        let details = self.details(language, request_id);
        let mut response = HttpResponse::build(self.code.status());
        response.insert_header((header::CONTENT_LANGUAGE, language.tag()));
        if self.code.status() == StatusCode::UNAUTHORIZED {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
        }
        let mut response = response.content_type("application/problem+json").json(details);
        self.tell_wait(response.headers_mut());
        response
    }

    /// What the answer says, in a language.
    pub fn details(&self, language: Language, request_id: Option<String>) -> ProblemDetails {
        let title = self.code.title(language);
        ProblemDetails {
            kind: format!("urn:pakn:problem:{}", self.code.as_str()),
            title,
            status: self.code.status().as_u16(),
            detail: self.detail.clone().unwrap_or_else(|| title.to_owned()),
            code: self.code.as_str(),
            instance: request_id.map(|id| format!("urn:uuid:{id}")),
            errors: self.faults.iter().map(|fault| FieldError::of(fault, language)).collect(),
            allowed: self.allowed.clone(),
        }
    }

    /// Says in an answer's header when to try again, and how the client stands to the limit.
    pub fn tell_wait(&self, headers: &mut HeaderMap) {
        let busy = self.code.status() == StatusCode::SERVICE_UNAVAILABLE;
        if busy {
            headers.insert(header::RETRY_AFTER, RETRY_AFTER.as_secs().into());
        }
        if let Some(wait) = &self.wait {
            headers.insert(header::RETRY_AFTER, wait.seconds.into());
            if let Some(fields) = &wait.fields {
                fields.add_to(headers);
            }
        }
    }
}

impl std::error::Error for Problem {}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code.as_str())?;
        match &self.cause {
            Some(cause) => write!(f, ": {cause}"),
            None => Ok(()),
        }
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.code.status()
    }

    /// In Vietnamese: the middleware that knows the request answers in its language.
    fn error_response(&self) -> HttpResponse {
        self.respond(Language::Vietnamese, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_each_has_both_languages() {
        for code in Code::ALL {
            assert_eq!(Code::ALL.iter().filter(|other| other.as_str() == code.as_str()).count(), 1, "{code:?}");
            assert_ne!(code.title(Language::Vietnamese), code.title(Language::English));
            assert!(code.status().is_client_error() || code.status().is_server_error());
        }
    }

    #[test]
    fn a_server_fault_shows_no_cause() {
        let response = Problem::internal("password authentication failed").respond(Language::English, None);
        let body = actix_web::body::MessageBody::try_into_bytes(response.into_body()).unwrap();
        assert!(!String::from_utf8_lossy(&body).contains("password"));
    }
}
