//! The commands of staff: `POST /api/v1/petitions/{code}/receive`, `…/start`, `…/transfer`, `…/return`, `…/answer`,
//! `…/reject`. Who may give which, and in which status, the domain decides.

use actix_web::{
    HttpResponse, post,
    web::{Data, Path},
};
use domain::{
    chain::{Digest, SealedText},
    code::AgencyCode,
    petition::{Command, RejectionCode, TransferOrder},
    text::Content,
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    app::App,
    auth::{Allowed, Caller, Coordinators, Staff},
    body::Body,
    clock,
    field::{Faults, Field},
    language::Language,
    petition::{IfMatch, PetitionView, RequestKey, execute, shown},
    problem::{FaultCode, Problem, ProblemDetails},
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

fn sealed(faults: &mut Faults, pointer: &str, field: Field<String>) -> Option<SealedText> {
    let text = faults.required_text(pointer, field, Content::parse)?;
    Some(SealedText::new(text.into_string(), clock::salt()))
}

struct Order<'a> {
    app: &'a App,
    caller: &'a Caller,
    language: Language,
    code: &'a str,
    if_match: IfMatch,
    fingerprint: Digest,
}

impl Order<'_> {
    async fn give(self, command: Command) -> Result<HttpResponse, Problem> {
        let Self { app, caller, language, code, if_match, fingerprint } = self;
        let key = RequestKey::none();
        let petition = execute(app, caller, code, command, &if_match, &key, &fingerprint).await?;
        shown(app, caller, language, &petition, HttpResponse::Ok()).await
    }
}

/// Acknowledges a petition: the agency has it.
#[utoipa::path(
    operation_id = "receive", tag = "agency", security(("bearer" = [])), request_body = Empty,
    extensions(("x-roles" = json!(["officer", "leader", "coordinator"]))),
    params(
        ("code" = String, Path, description = "The public code."),
        ("If-Match" = Option<String>, Header, description = "The version the command is meant for."),
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
#[post("/petitions/{code}/receive")]
pub async fn receive_petition(
    app: Data<App>,
    allowed: Allowed<Staff>,
    language: Language,
    code: Path<String>,
    if_match: IfMatch,
    body: Body<Empty>,
) -> Result<HttpResponse, Problem> {
    let order =
        Order { app: &app, caller: &allowed.caller, language, code: &code, if_match, fingerprint: body.fingerprint };
    order.give(Command::Receive).await
}

/// Begins to deal with a petition.
#[utoipa::path(
    operation_id = "start", tag = "agency", security(("bearer" = [])), request_body = Empty,
    extensions(("x-roles" = json!(["officer", "leader", "coordinator"]))),
    params(
        ("code" = String, Path, description = "The public code."),
        ("If-Match" = Option<String>, Header, description = "The version the command is meant for."),
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
#[post("/petitions/{code}/start")]
pub async fn start_petition(
    app: Data<App>,
    allowed: Allowed<Staff>,
    language: Language,
    code: Path<String>,
    if_match: IfMatch,
    body: Body<Empty>,
) -> Result<HttpResponse, Problem> {
    let order =
        Order { app: &app, caller: &allowed.caller, language, code: &code, if_match, fingerprint: body.fingerprint };
    order.give(Command::Start).await
}

/// Passes a petition to another agency. One that has travelled (a third transfer, or back to an agency that sent it away) goes
/// to the coordinator instead.
#[utoipa::path(
    operation_id = "transfer", tag = "agency", security(("bearer" = [])), request_body = TransferBody,
    extensions(("x-roles" = json!(["officer", "leader", "coordinator"]))),
    params(
        ("code" = String, Path, description = "The public code."),
        ("If-Match" = Option<String>, Header, description = "The version the command is meant for."),
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
#[post("/petitions/{code}/transfer")]
pub async fn transfer_petition(
    app: Data<App>,
    allowed: Allowed<Staff>,
    language: Language,
    code: Path<String>,
    if_match: IfMatch,
    body: Body<TransferBody>,
) -> Result<HttpResponse, Problem> {
    let order =
        Order { app: &app, caller: &allowed.caller, language, code: &code, if_match, fingerprint: body.fingerprint };
    let mut faults = Faults::default();
    let agency = faults.required("/agency", body.value.agency);
    let agency = agency
        .and_then(|raw| AgencyCode::parse(&raw).inspect_err(|_| faults.add("/agency", FaultCode::UnknownAgency)).ok());
    let reason = sealed(&mut faults, "/reason", body.value.reason);
    let (to, reason) = faults.finish(agency.zip(reason))?;
    order.give(Command::Transfer(TransferOrder { to, reason })).await
}

/// Gives a petition back to the coordinator (*trả lại*): it is not this agency's.
#[utoipa::path(
    operation_id = "return_petition", tag = "agency", security(("bearer" = [])), request_body = ReasonBody,
    extensions(("x-roles" = json!(["officer", "leader", "coordinator"]))),
    params(
        ("code" = String, Path, description = "The public code."),
        ("If-Match" = Option<String>, Header, description = "The version the command is meant for."),
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
#[post("/petitions/{code}/return")]
pub async fn return_petition(
    app: Data<App>,
    allowed: Allowed<Staff>,
    language: Language,
    code: Path<String>,
    if_match: IfMatch,
    body: Body<ReasonBody>,
) -> Result<HttpResponse, Problem> {
    let order =
        Order { app: &app, caller: &allowed.caller, language, code: &code, if_match, fingerprint: body.fingerprint };
    let mut faults = Faults::default();
    let reason = sealed(&mut faults, "/reason", body.value.reason);
    let reason = faults.finish(reason)?;
    order.give(Command::Return { reason }).await
}

/// Answers the citizen.
#[utoipa::path(
    operation_id = "answer", tag = "agency", security(("bearer" = [])), request_body = AnswerBody,
    extensions(("x-roles" = json!(["officer", "leader", "coordinator"]))),
    params(
        ("code" = String, Path, description = "The public code."),
        ("If-Match" = Option<String>, Header, description = "The version the command is meant for."),
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
#[post("/petitions/{code}/answer")]
pub async fn answer_petition(
    app: Data<App>,
    allowed: Allowed<Staff>,
    language: Language,
    code: Path<String>,
    if_match: IfMatch,
    body: Body<AnswerBody>,
) -> Result<HttpResponse, Problem> {
    let order =
        Order { app: &app, caller: &allowed.caller, language, code: &code, if_match, fingerprint: body.fingerprint };
    let mut faults = Faults::default();
    let content = sealed(&mut faults, "/content", body.value.content);
    for (index, _) in faults.optional("/attachments", body.value.attachments).unwrap_or_default().iter().enumerate() {
        faults.add(format!("/attachments/{index}"), FaultCode::UnknownUpload);
    }
    let content = faults.finish(content)?;
    order.give(Command::Answer { content }).await
}

/// Refuses a petition, with a reason (the coordinator alone).
#[utoipa::path(
    operation_id = "reject", tag = "agency", security(("bearer" = [])), request_body = RejectBody,
    extensions(("x-roles" = json!(["coordinator"]))),
    params(
        ("code" = String, Path, description = "The public code."),
        ("If-Match" = Option<String>, Header, description = "The version the command is meant for."),
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
#[post("/petitions/{code}/reject")]
pub async fn reject_petition(
    app: Data<App>,
    allowed: Allowed<Coordinators>,
    language: Language,
    code: Path<String>,
    if_match: IfMatch,
    body: Body<RejectBody>,
) -> Result<HttpResponse, Problem> {
    let order =
        Order { app: &app, caller: &allowed.caller, language, code: &code, if_match, fingerprint: body.fingerprint };
    let mut faults = Faults::default();
    let code = faults.required("/reason_code", body.value.reason_code);
    let code = code.and_then(|raw| {
        faults.word("/reason_code", &raw, RejectionCode::parse, RejectionCode::ALL, RejectionCode::as_str)
    });
    let message = sealed(&mut faults, "/message", body.value.message);
    let (code, message) = faults.finish(code.zip(message))?;
    order.give(Command::Reject { code, message }).await
}
