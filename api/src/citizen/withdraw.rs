//! `POST /api/v1/petitions/{code}/withdraw`.

use actix_web::{
    HttpResponse, post,
    web::{Data, Path},
};
use domain::{chain::SealedText, petition::Command, text::Content};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    app::App,
    auth::{Allowed, Citizens},
    body::Body,
    clock,
    field::{Faults, Field},
    language::Language,
    petition::{IfMatch, PetitionView, RequestKey, execute, shown},
    problem::{Problem, ProblemDetails},
};

/// Why it is taken back, if the sender says so.
#[derive(Debug, Deserialize, ToSchema)]
pub struct WithdrawBody {
    /// Why.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 10_000)]
    reason: Field<String>,
}

/// Takes a petition back, before an answer.
#[utoipa::path(
    operation_id = "withdraw", tag = "citizen", security(("bearer" = [])), request_body = WithdrawBody,
    extensions(("x-roles" = json!(["citizen"]))),
    params(
        ("code" = String, Path, description = "The public code."),
        ("If-Match" = Option<String>, Header, description = "The version the command is meant for."),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and body again give the first answer again."),
    ),
    responses(
        (status = 200, body = PetitionView),
        (status = 401, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 403, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json", description = "`command_not_allowed`"),
        (status = 412, body = ProblemDetails, content_type = "application/problem+json", description = "`stale_version`"),
        (status = 422, body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
#[post("/petitions/{code}/withdraw")]
pub async fn withdraw_petition(
    app: Data<App>,
    allowed: Allowed<Citizens>,
    language: Language,
    code: Path<String>,
    if_match: IfMatch,
    key: RequestKey,
    body: Body<WithdrawBody>,
) -> Result<HttpResponse, Problem> {
    let mut faults = Faults::default();
    let reason = faults.optional("/reason", body.value.reason);
    let reason = reason.and_then(|raw| faults.text("/reason", Content::parse(&raw)));
    faults.finish(Some(()))?;
    let reason = reason.map(|reason| SealedText::new(reason.into_string(), clock::salt()));
    let command = Command::Withdraw { reason };
    let petition = execute(&app, &allowed.caller, &code, command, &if_match, &key, &body.fingerprint).await?;
    shown(&app, &allowed.caller, language, &petition, HttpResponse::Ok()).await
}
