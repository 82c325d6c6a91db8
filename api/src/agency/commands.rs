//! The commands of staff: `POST /api/v1/petitions/{code}/receive`, `…/start`, `…/transfer`, `…/return`, `…/answer`,
//! `…/reject`. Who may give which, and in which status, the domain decides.

use actix_web::{HttpResponse, post, web::Data};
use domain::{
    code::AgencyCode,
    petition::{Command, RejectionCode, TransferOrder},
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    answers::CommandAnswers,
    app::App,
    auth::{Allowed, Coordinators, Desks, Staff},
    body::Body,
    field::{Faults, Field},
    petition::{Order, no_uploads, sealed},
    problem::{FaultCode, Problem},
};

/// A body without fields.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Empty {}

/// To whom, and why.
#[derive(Debug, Deserialize, ToSchema)]
pub struct TransferBody {
    /// The code of the agency that shall have it.
    #[serde(default)]
    #[schema(value_type = String, example = "ubnd-256")]
    agency: Field<String>,
    /// Why.
    #[serde(default)]
    #[schema(value_type = String, max_length = 10_000)]
    reason: Field<String>,
}

/// Why.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ReasonBody {
    /// Why.
    #[serde(default)]
    #[schema(value_type = String, max_length = 10_000)]
    reason: Field<String>,
}

/// An answer.
#[derive(Debug, Deserialize, ToSchema)]
pub struct AnswerBody {
    /// What the citizen is told.
    #[serde(default)]
    #[schema(value_type = String, max_length = 10_000)]
    content: Field<String>,
    /// Ids of uploads. Uploads come with a later version of the contract; until then no id is known.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    attachments: Field<Vec<String>>,
}

/// A refusal.
#[derive(Debug, Deserialize, ToSchema)]
pub struct RejectBody {
    /// `complaint`, `denunciation`, `outside_province`, `outside_state_competence`, `unclear`, `requirements_not_met`,
    /// `abusive`, `spam` or `emergency`.
    #[serde(default)]
    #[schema(value_type = String, example = "unclear")]
    reason_code: Field<String>,
    /// What the citizen is told.
    #[serde(default)]
    #[schema(value_type = String, max_length = 10_000)]
    message: Field<String>,
}

/// Acknowledges a petition: the agency has it.
#[utoipa::path(
    operation_id = "receive", tag = "agency", security(("bearer" = [])), request_body = Empty, responses(CommandAnswers),
    extensions(("x-roles" = json!(["officer", "leader", "coordinator"]))),
    params(
        ("code" = String, Path, description = "The public code."),
        ("If-Match" = Option<String>, Header, description = "The version the command is meant for."),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and body again give the first answer again."),
    ),
)]
#[post("/petitions/{code}/receive")]
pub async fn receive_petition(
    app: Data<App>,
    allowed: Allowed<Staff>,
    order: Order,
    body: Body<Empty>,
) -> Result<HttpResponse, Problem> {
    order.give(&app, &allowed.caller, Command::Receive, &body.fingerprint).await
}

/// Begins to deal with a petition.
#[utoipa::path(
    operation_id = "start", tag = "agency", security(("bearer" = [])), request_body = Empty, responses(CommandAnswers),
    extensions(("x-roles" = json!(["officer", "leader", "coordinator"]))),
    params(
        ("code" = String, Path, description = "The public code."),
        ("If-Match" = Option<String>, Header, description = "The version the command is meant for."),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and body again give the first answer again."),
    ),
)]
#[post("/petitions/{code}/start")]
pub async fn start_petition(
    app: Data<App>,
    allowed: Allowed<Staff>,
    order: Order,
    body: Body<Empty>,
) -> Result<HttpResponse, Problem> {
    order.give(&app, &allowed.caller, Command::Start, &body.fingerprint).await
}

/// Passes a petition to another agency. One that has travelled (a third transfer, or back to an agency that sent it away) goes
/// to the coordinator instead.
#[utoipa::path(
    operation_id = "transfer", tag = "agency", security(("bearer" = [])), request_body = TransferBody, responses(CommandAnswers),
    extensions(("x-roles" = json!(["officer", "leader", "coordinator"]))),
    params(
        ("code" = String, Path, description = "The public code."),
        ("If-Match" = Option<String>, Header, description = "The version the command is meant for."),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and body again give the first answer again."),
    ),
)]
#[post("/petitions/{code}/transfer")]
pub async fn transfer_petition(
    app: Data<App>,
    allowed: Allowed<Staff>,
    order: Order,
    body: Body<TransferBody>,
) -> Result<HttpResponse, Problem> {
    let mut faults = Faults::default();
    let agency = faults.required("/agency", body.value.agency);
    let agency = agency
        .and_then(|raw| AgencyCode::parse(&raw).inspect_err(|_| faults.add("/agency", FaultCode::UnknownAgency)).ok());
    let reason = sealed(&mut faults, "/reason", body.value.reason);
    let (to, reason) = faults.finish(agency.zip(reason))?;
    order.give(&app, &allowed.caller, Command::Transfer(TransferOrder { to, reason }), &body.fingerprint).await
}

/// Gives a petition back to the coordinator (*trả lại*): it is not this agency's.
#[utoipa::path(
    operation_id = "return_petition", tag = "agency", security(("bearer" = [])), request_body = ReasonBody, responses(CommandAnswers),
    extensions(("x-roles" = json!(["officer", "leader"]))),
    params(
        ("code" = String, Path, description = "The public code."),
        ("If-Match" = Option<String>, Header, description = "The version the command is meant for."),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and body again give the first answer again."),
    ),
)]
#[post("/petitions/{code}/return")]
pub async fn return_petition(
    app: Data<App>,
    allowed: Allowed<Desks>,
    order: Order,
    body: Body<ReasonBody>,
) -> Result<HttpResponse, Problem> {
    let mut faults = Faults::default();
    let reason = sealed(&mut faults, "/reason", body.value.reason);
    let reason = faults.finish(reason)?;
    order.give(&app, &allowed.caller, Command::Return { reason }, &body.fingerprint).await
}

/// Answers the citizen.
#[utoipa::path(
    operation_id = "answer", tag = "agency", security(("bearer" = [])), request_body = AnswerBody, responses(CommandAnswers),
    extensions(("x-roles" = json!(["officer", "leader", "coordinator"]))),
    params(
        ("code" = String, Path, description = "The public code."),
        ("If-Match" = Option<String>, Header, description = "The version the command is meant for."),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and body again give the first answer again."),
    ),
)]
#[post("/petitions/{code}/answer")]
pub async fn answer_petition(
    app: Data<App>,
    allowed: Allowed<Staff>,
    order: Order,
    body: Body<AnswerBody>,
) -> Result<HttpResponse, Problem> {
    let mut faults = Faults::default();
    let content = sealed(&mut faults, "/content", body.value.content);
    no_uploads(&mut faults, body.value.attachments);
    let content = faults.finish(content)?;
    order.give(&app, &allowed.caller, Command::Answer { content }, &body.fingerprint).await
}

/// Refuses a petition, with a reason (the coordinator alone).
#[utoipa::path(
    operation_id = "reject", tag = "agency", security(("bearer" = [])), request_body = RejectBody, responses(CommandAnswers),
    extensions(("x-roles" = json!(["coordinator"]))),
    params(
        ("code" = String, Path, description = "The public code."),
        ("If-Match" = Option<String>, Header, description = "The version the command is meant for."),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and body again give the first answer again."),
    ),
)]
#[post("/petitions/{code}/reject")]
pub async fn reject_petition(
    app: Data<App>,
    allowed: Allowed<Coordinators>,
    order: Order,
    body: Body<RejectBody>,
) -> Result<HttpResponse, Problem> {
    let mut faults = Faults::default();
    let code = faults.required("/reason_code", body.value.reason_code);
    let code = code.and_then(|raw| {
        faults.word("/reason_code", &raw, RejectionCode::parse, RejectionCode::ALL, RejectionCode::as_str)
    });
    let message = sealed(&mut faults, "/message", body.value.message);
    let (code, message) = faults.finish(code.zip(message))?;
    order.give(&app, &allowed.caller, Command::Reject { code, message }, &body.fingerprint).await
}
