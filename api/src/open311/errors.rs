//! What goes wrong, in the form of the specification: a list of `{code, description}`, JSON or XML. Nothing under `/open311` is told as
//! problem details.

use actix_web::{HttpResponse, http::StatusCode};
use serde::Serialize;
use utoipa::ToSchema;

use super::format::{Format, Root};
use crate::{
    language::Language,
    problem::{FieldError, Problem},
};

/// Where the specification's operations lie.
const PLACE: &str = "/open311/";

/// Something that is wrong.
#[derive(Debug, Serialize, ToSchema)]
pub struct Open311Error {
    /// The HTTP status.
    #[schema(example = 400)]
    code: u16,
    /// For a person, beginning with the parameter that is wrong, where it is one.
    #[schema(example = "service_code: Lĩnh vực không tồn tại")]
    description: String,
}

/// Everything that is wrong.
#[derive(Debug, Serialize, ToSchema)]
pub struct Open311Errors(Vec<Open311Error>);

/// The form in which somebody is told what goes wrong at that path; `None`: not in this way.
pub(crate) fn format_of(path: &str) -> Option<Format> {
    let rest = path.strip_prefix(PLACE)?;
    Some(rest.rsplit_once('.').and_then(|(_, ending)| Format::parse(ending)).unwrap_or(Format::Json))
}

/// The status by which the specification knows it: it has 400 for whatever is wrong with the input and 403 for keys.
fn status(problem: &Problem) -> StatusCode {
    match problem.code.status() {
        StatusCode::UNAUTHORIZED => StatusCode::FORBIDDEN,
        StatusCode::UNPROCESSABLE_ENTITY | StatusCode::UNSUPPORTED_MEDIA_TYPE => StatusCode::BAD_REQUEST,
        status => status,
    }
}

/// The answer.
pub(crate) fn of_problem(problem: &Problem, format: Format, language: Language) -> HttpResponse {
    let status = status(problem);
    let error = |description| Open311Error { code: status.as_u16(), description };
    let errors = if problem.faults.is_empty() {
        let title = problem.code.title(language);
        let told = problem.detail.as_ref().map_or_else(|| title.to_owned(), |detail| format!("{title}: {detail}"));
        vec![error(told)]
    } else {
        problem.faults.iter().map(|fault| error(FieldError::of(fault, language).of_parameter())).collect()
    };
    // A list of numbers and texts has a form in both.
    let answer = format.answer(status, Root::Errors, &Open311Errors(errors));
    let mut response = answer.unwrap_or_else(|_| HttpResponse::build(status).finish());
    problem.tell_wait(response.headers_mut());
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_that_of_the_address() {
        for (path, format) in [
            ("/open311/v2/requests.xml", Some(Format::Xml)),
            ("/open311/v2/requests/PAKN.20220831.000042.xml", Some(Format::Xml)),
            ("/open311/v2/requests.json", Some(Format::Json)),
            ("/open311/v2/requests.yaml", Some(Format::Json)),
            ("/open311/v2", Some(Format::Json)),
            ("/open311", None),
            ("/api/v1/public/petitions.xml", None),
        ] {
            assert_eq!(format_of(path), format, "{path}");
        }
    }
}
