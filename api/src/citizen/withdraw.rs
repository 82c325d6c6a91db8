//! `POST /api/v1/petitions/{code}/withdraw`.

use actix_web::{HttpResponse, post, web::Data};
use domain::{chain::SealedText, petition::Command, text::Content};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    answers::CommandAnswers,
    app::App,
    auth::{Allowed, Citizens},
    body::Body,
    clock,
    field::{Faults, Field},
    petition::Order,
    problem::Problem,
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
    operation_id = "withdraw", tag = "citizen", security(("bearer" = [])), request_body = WithdrawBody, responses(CommandAnswers),
    extensions(("x-roles" = json!(["citizen"]))),
    params(
        ("code" = String, Path, description = "The public code."),
        ("If-Match" = Option<String>, Header, description = "The version the command is meant for."),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and body again give the first answer again."),
    ),
)]
#[post("/petitions/{code}/withdraw")]
pub async fn withdraw_petition(
    app: Data<App>,
    allowed: Allowed<Citizens>,
    order: Order,
    body: Body<WithdrawBody>,
) -> Result<HttpResponse, Problem> {
    let mut faults = Faults::default();
    let reason = faults.optional("/reason", body.value.reason);
    let reason = reason.and_then(|raw| faults.text("/reason", Content::parse(&raw)));
    faults.finish(Some(()))?;
    let reason = reason.map(|reason| SealedText::new(reason.into_string(), clock::salt()));
    order.give(&app, &allowed.caller, Command::Withdraw { reason }, &body.fingerprint).await
}
