//! Answering: an officer drafts, a leader approves or sends back; or one of them answers at once. And promising the answer for
//! later.

use actix_web::{HttpResponse, post, web::Data};
use domain::petition::Command;
use serde::Deserialize;
use utoipa::ToSchema;

use super::handling::ReasonBody;
use crate::{
    answers::CommandAnswers,
    app::App,
    auth::{Allowed, Approvers, Staff},
    body::{Body, Empty},
    field::{Faults, Field},
    petition::{CommandHeaders, Order, PetitionPath, WrittenBody, only_text, sealed},
    problem::Problem,
};

/// For when the answer is promised, and why.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ExtendBody {
    /// An instant, or a date: the start of that local day. In the future, later than what was promised, and within the
    /// confirmed calendar.
    #[serde(default)]
    #[schema(value_type = String, example = "2022-09-15T16:30:00+07:00")]
    due_at: Field<String>,
    /// Why; the citizen reads it.
    #[serde(default)]
    #[schema(value_type = String, max_length = 10_000)]
    reason: Field<String>,
}

/// Writes an answer for the leader; a later draft takes the place of an earlier one.
#[utoipa::path(
    operation_id = "draft_answer", tag = "agency", security(("bearer" = [])), request_body = WrittenBody, responses(CommandAnswers),
    extensions(("x-roles" = json!(["officer", "leader", "coordinator"]))), params(PetitionPath, CommandHeaders),
)]
#[post("/petitions/{code}/draft-answer")]
pub async fn draft_answer(
    app: Data<App>,
    allowed: Allowed<Staff>,
    order: Order,
    body: Body<WrittenBody>,
) -> Result<HttpResponse, Problem> {
    let command = |content, attachments| Command::DraftAnswer { content, attachments };
    order.give_written(&app, &allowed.caller, body, command).await
}

/// Answers the citizen. An officer of an agency whose answers a leader approves drafts instead.
#[utoipa::path(
    operation_id = "answer", tag = "agency", security(("bearer" = [])), request_body = WrittenBody, responses(CommandAnswers),
    extensions(("x-roles" = json!(["officer", "leader", "coordinator"]))), params(PetitionPath, CommandHeaders),
)]
#[post("/petitions/{code}/answer")]
pub async fn answer_petition(
    app: Data<App>,
    allowed: Allowed<Staff>,
    order: Order,
    body: Body<WrittenBody>,
) -> Result<HttpResponse, Problem> {
    let command = |content, attachments| Command::Answer { content, attachments };
    order.give_written(&app, &allowed.caller, body, command).await
}

/// Gives the drafted answer to the citizen.
#[utoipa::path(
    operation_id = "approve_answer", tag = "agency", security(("bearer" = [])), request_body = Empty, responses(CommandAnswers),
    extensions(("x-roles" = json!(["leader", "coordinator"]))), params(PetitionPath, CommandHeaders),
)]
#[post("/petitions/{code}/approve-answer")]
pub async fn approve_answer(
    app: Data<App>,
    allowed: Allowed<Approvers>,
    order: Order,
    body: Body<Empty>,
) -> Result<HttpResponse, Problem> {
    order.give(&app, &allowed.caller, Command::ApproveAnswer, &body.fingerprint).await
}

/// Sends the drafted answer back to who wrote it.
#[utoipa::path(
    operation_id = "return_answer", tag = "agency", security(("bearer" = [])), request_body = ReasonBody, responses(CommandAnswers),
    extensions(("x-roles" = json!(["leader", "coordinator"]))), params(PetitionPath, CommandHeaders),
)]
#[post("/petitions/{code}/return-answer")]
pub async fn return_answer(
    app: Data<App>,
    allowed: Allowed<Approvers>,
    order: Order,
    body: Body<ReasonBody>,
) -> Result<HttpResponse, Problem> {
    let reason = only_text("/reason", body.value.reason)?;
    order.give(&app, &allowed.caller, Command::ReturnAnswer { reason }, &body.fingerprint).await
}

/// Promises the answer for later (*gia hạn*). Whether it is late is judged by the deadline all the same.
#[utoipa::path(
    operation_id = "extend", tag = "agency", security(("bearer" = [])), request_body = ExtendBody, responses(CommandAnswers),
    extensions(("x-roles" = json!(["leader", "coordinator"]))), params(PetitionPath, CommandHeaders),
)]
#[post("/petitions/{code}/extend")]
pub async fn extend_petition(
    app: Data<App>,
    allowed: Allowed<Approvers>,
    order: Order,
    body: Body<ExtendBody>,
) -> Result<HttpResponse, Problem> {
    let mut faults = Faults::default();
    let due_at = faults.required("/due_at", body.value.due_at);
    let due_at = due_at.and_then(|raw| faults.instant("/due_at", Some(&raw)));
    let reason = sealed(&mut faults, "/reason", body.value.reason);
    let (due_at, reason) = faults.finish(due_at.zip(reason))?;
    order.give(&app, &allowed.caller, Command::Extend { due_at, reason }, &body.fingerprint).await
}
