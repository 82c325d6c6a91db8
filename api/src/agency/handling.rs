//! What a desk does with a petition on its way to an answer: receive, assign, start, ask, tell, pass on, give back, note, sort.
//! Who may give which command, and in which status, the domain decides.

use actix_web::{HttpResponse, post, web::Data};
use domain::{
    account::Actor,
    catalogue::Priority,
    code::{AgencyCode, CategoryCode},
    id::AccountId,
    petition::{Command, TransferOrder},
};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    answers::CommandAnswers,
    app::App,
    auth::{Allowed, Desks, Staff},
    body::{Body, Empty},
    field::{Faults, Field},
    petition::{CommandHeaders, Order, PetitionPath, only_text, sealed},
    problem::{FaultCode, Problem},
};

/// Whose it shall be.
#[derive(Debug, Deserialize, ToSchema)]
pub struct AssigneeBody {
    /// The account of an officer or leader of the agency that has it, see `GET /api/v1/agency/staff`; with `assign`, `null`
    /// takes it from whoever has it.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    assignee: Field<Uuid>,
}

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
    pub(super) reason: Field<String>,
}

/// What the citizen is told or asked.
#[derive(Debug, Deserialize, ToSchema)]
pub struct MessageBody {
    /// What the citizen reads.
    #[serde(default)]
    #[schema(value_type = String, max_length = 10_000)]
    message: Field<String>,
}

/// A remark.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NoteBody {
    /// What nobody outside the agency and the coordinator reads.
    #[serde(default)]
    #[schema(value_type = String, max_length = 10_000)]
    content: Field<String>,
}

/// Another field, or another priority.
#[derive(Debug, Deserialize, ToSchema)]
pub struct RecategoriseBody {
    /// The code of a field, see `GET /api/v1/categories`; it may be the one it has.
    #[serde(default)]
    #[schema(value_type = String, example = "chieu_sang")]
    category: Field<String>,
    /// `urgent`, `normal` or `complex`; unless given it stays as it is.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "urgent")]
    priority: Field<String>,
}

/// The account that a petition is handed to, if it is one that works.
///
/// # Errors
/// A fault when there is none, and as the store says.
pub(super) async fn assignee(app: &App, id: Option<Uuid>) -> Result<Option<Actor>, Problem> {
    let Some(id) = id else { return Ok(None) };
    let account = app.store.account(AccountId(id)).await?.filter(|account| account.is_active);
    let account = account.ok_or_else(|| Problem::fault("/assignee", FaultCode::ForeignAssignee))?;
    Ok(Some(account.actor))
}

impl AssigneeBody {
    async fn named(self, app: &App) -> Result<Option<Actor>, Problem> {
        let mut faults = Faults::default();
        let id = faults.optional("/assignee", self.assignee);
        faults.finish(Some(()))?;
        assignee(app, id).await
    }
}

/// Acknowledges a petition: the agency has it.
#[utoipa::path(
    operation_id = "receive", tag = "agency", security(("bearer" = [])), request_body = Empty, responses(CommandAnswers),
    extensions(("x-roles" = json!(["officer", "leader", "coordinator"]))), params(PetitionPath, CommandHeaders),
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

/// Hands a petition to somebody of the agency, or takes it from whoever has it.
#[utoipa::path(
    operation_id = "assign", tag = "agency", security(("bearer" = [])), request_body = AssigneeBody, responses(CommandAnswers),
    extensions(("x-roles" = json!(["officer", "leader", "coordinator"]))), params(PetitionPath, CommandHeaders),
)]
#[post("/petitions/{code}/assign")]
pub async fn assign_petition(
    app: Data<App>,
    allowed: Allowed<Staff>,
    order: Order,
    body: Body<AssigneeBody>,
) -> Result<HttpResponse, Problem> {
    let assignee = body.value.named(&app).await?;
    order.give(&app, &allowed.caller, Command::Assign { assignee }, &body.fingerprint).await
}

/// Begins to deal with a petition. Unless an assignee is given or somebody has it already, who says so is on it.
#[utoipa::path(
    operation_id = "start", tag = "agency", security(("bearer" = [])), request_body = AssigneeBody, responses(CommandAnswers),
    extensions(("x-roles" = json!(["officer", "leader", "coordinator"]))), params(PetitionPath, CommandHeaders),
)]
#[post("/petitions/{code}/start")]
pub async fn start_petition(
    app: Data<App>,
    allowed: Allowed<Staff>,
    order: Order,
    body: Body<AssigneeBody>,
) -> Result<HttpResponse, Problem> {
    let assignee = body.value.named(&app).await?;
    order.give(&app, &allowed.caller, Command::Start { assignee }, &body.fingerprint).await
}

/// Asks the citizen for more (*đề nghị bổ sung*). Until it comes the clock to answer stands still.
#[utoipa::path(
    operation_id = "request_information", tag = "agency", security(("bearer" = [])), request_body = MessageBody, responses(CommandAnswers),
    extensions(("x-roles" = json!(["officer", "leader", "coordinator"]))), params(PetitionPath, CommandHeaders),
)]
#[post("/petitions/{code}/request-information")]
pub async fn request_information(
    app: Data<App>,
    allowed: Allowed<Staff>,
    order: Order,
    body: Body<MessageBody>,
) -> Result<HttpResponse, Problem> {
    let message = only_text("/message", body.value.message)?;
    order.give(&app, &allowed.caller, Command::RequestInformation { message }, &body.fingerprint).await
}

/// Tells the citizen how it stands; the clock goes on.
#[utoipa::path(
    operation_id = "progress", tag = "agency", security(("bearer" = [])), request_body = MessageBody, responses(CommandAnswers),
    extensions(("x-roles" = json!(["officer", "leader", "coordinator"]))), params(PetitionPath, CommandHeaders),
)]
#[post("/petitions/{code}/progress")]
pub async fn report_progress(
    app: Data<App>,
    allowed: Allowed<Staff>,
    order: Order,
    body: Body<MessageBody>,
) -> Result<HttpResponse, Problem> {
    let message = only_text("/message", body.value.message)?;
    order.give(&app, &allowed.caller, Command::Progress { message }, &body.fingerprint).await
}

/// Passes a petition to another agency. One that has travelled (a third transfer, or back to an agency that sent it away) goes
/// to the coordinator instead.
#[utoipa::path(
    operation_id = "transfer", tag = "agency", security(("bearer" = [])), request_body = TransferBody, responses(CommandAnswers),
    extensions(("x-roles" = json!(["officer", "leader", "coordinator"]))), params(PetitionPath, CommandHeaders),
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
    extensions(("x-roles" = json!(["officer", "leader"]))), params(PetitionPath, CommandHeaders),
)]
#[post("/petitions/{code}/return")]
pub async fn return_petition(
    app: Data<App>,
    allowed: Allowed<Desks>,
    order: Order,
    body: Body<ReasonBody>,
) -> Result<HttpResponse, Problem> {
    let reason = only_text("/reason", body.value.reason)?;
    order.give(&app, &allowed.caller, Command::Return { reason }, &body.fingerprint).await
}

/// Keeps a remark that neither the citizen nor the public ever reads.
#[utoipa::path(
    operation_id = "note", tag = "agency", security(("bearer" = [])), request_body = NoteBody, responses(CommandAnswers),
    extensions(("x-roles" = json!(["officer", "leader", "coordinator"]))), params(PetitionPath, CommandHeaders),
)]
#[post("/petitions/{code}/note")]
pub async fn note_petition(
    app: Data<App>,
    allowed: Allowed<Staff>,
    order: Order,
    body: Body<NoteBody>,
) -> Result<HttpResponse, Problem> {
    let content = only_text("/content", body.value.content)?;
    order.give(&app, &allowed.caller, Command::Note { content }, &body.fingerprint).await
}

/// Gives a petition another field or priority, and the deadlines that go with these. An agency may not lengthen its own
/// deadline so; the coordinator may.
#[utoipa::path(
    operation_id = "recategorise", tag = "agency", security(("bearer" = [])), request_body = RecategoriseBody, responses(CommandAnswers),
    extensions(("x-roles" = json!(["officer", "leader", "coordinator"]))), params(PetitionPath, CommandHeaders),
)]
#[post("/petitions/{code}/recategorise")]
pub async fn recategorise_petition(
    app: Data<App>,
    allowed: Allowed<Staff>,
    order: Order,
    body: Body<RecategoriseBody>,
) -> Result<HttpResponse, Problem> {
    let mut faults = Faults::default();
    let category = faults.required("/category", body.value.category);
    let category = category.and_then(|raw| {
        CategoryCode::parse(&raw).inspect_err(|_| faults.add("/category", FaultCode::UnknownCategory)).ok()
    });
    let priority = faults.optional("/priority", body.value.priority);
    let priority =
        priority.and_then(|raw| faults.word("/priority", &raw, Priority::parse, Priority::ALL, Priority::as_str));
    let category = faults.finish(category)?;
    order.give(&app, &allowed.caller, Command::Recategorise { category, priority }, &body.fingerprint).await
}
