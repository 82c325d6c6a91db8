//! The problems an operation may answer with, for the contract: said once, named in each operation.

use utoipa::IntoResponses;

use crate::{petition::PetitionView, problem::ProblemDetails};

/// What every operation for signed-in callers may answer.
#[derive(IntoResponses)]
pub enum Guarded {
    /// `malformed_request`, `malformed_json`, `malformed_header`
    #[response(status = 400, content_type = "application/problem+json")]
    Malformed(ProblemDetails),
    /// `unauthenticated`, `invalid_token`
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthenticated(ProblemDetails),
    /// `forbidden`: not for this role; `password_change_required`, `second_factor_setup_required`
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(ProblemDetails),
    /// `invalid_input` with every wrong field
    #[response(status = 422, content_type = "application/problem+json")]
    Invalid(ProblemDetails),
    /// `too_many_requests`, `too_many_tries`; with `Retry-After`
    #[response(status = 429, content_type = "application/problem+json")]
    TooMany(ProblemDetails),
    /// `unavailable`, `timeout`, `busy`; with `Retry-After`
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(ProblemDetails),
}

/// What every public operation may answer.
#[derive(IntoResponses)]
pub enum Public {
    /// `malformed_request`, `malformed_json`, `malformed_header`
    #[response(status = 400, content_type = "application/problem+json")]
    Malformed(ProblemDetails),
    /// `invalid_input` with every wrong field
    #[response(status = 422, content_type = "application/problem+json")]
    Invalid(ProblemDetails),
    /// `too_many_requests`, `too_many_tries`; with `Retry-After`
    #[response(status = 429, content_type = "application/problem+json")]
    TooMany(ProblemDetails),
    /// `unavailable`, `timeout`, `busy`; with `Retry-After`
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(ProblemDetails),
}

/// What an operation may answer that is for everybody, and says more to some who are signed in.
#[derive(IntoResponses)]
pub enum Open {
    /// `malformed_request`
    #[response(status = 400, content_type = "application/problem+json")]
    Malformed(ProblemDetails),
    /// `invalid_token`: whoever has none leaves it away
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthenticated(ProblemDetails),
    /// `forbidden`: a key of another scope; `password_change_required`, `second_factor_setup_required`
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(ProblemDetails),
    /// `not_found`: there is no such petition, or not for this caller
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(ProblemDetails),
    /// `too_many_requests`, `too_many_tries`; with `Retry-After`
    #[response(status = 429, content_type = "application/problem+json")]
    TooMany(ProblemDetails),
    /// `unavailable`, `timeout`, `busy`; with `Retry-After`
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(ProblemDetails),
}

/// What a command on a petition may answer.
#[derive(IntoResponses)]
#[expect(clippy::large_enum_variant, reason = "nothing is ever made of it: it is documentation")]
pub enum CommandAnswers {
    /// The petition after it.
    #[response(status = 200)]
    Done(PetitionView),
    /// `malformed_json`, `malformed_header`
    #[response(status = 400, content_type = "application/problem+json")]
    Malformed(ProblemDetails),
    /// `unauthenticated`, `invalid_token`
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthenticated(ProblemDetails),
    /// `forbidden`: not for this role; `password_change_required`, `second_factor_setup_required`
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(ProblemDetails),
    /// `not_found`: there is no such petition, or not for this caller
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(ProblemDetails),
    /// `command_not_allowed`: the status forbids it; `allowed` names what this caller might do instead; `contended`
    #[response(status = 409, content_type = "application/problem+json")]
    NotAllowed(ProblemDetails),
    /// `stale_version`: `If-Match` names another version
    #[response(status = 412, content_type = "application/problem+json")]
    Stale(ProblemDetails),
    /// `invalid_input` with every wrong field, or `idempotency_key_reused`
    #[response(status = 422, content_type = "application/problem+json")]
    Invalid(ProblemDetails),
    /// `unavailable`, `timeout`; with `Retry-After`
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(ProblemDetails),
}
