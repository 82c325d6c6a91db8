//! What the coordinator alone does: refuse, merge, publish.

use actix_web::{HttpResponse, post, web::Data};
use domain::{
    petition::{Command, PetitionCode, RejectionCode},
    text::{Content, Title},
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::handling::ReasonBody;
use crate::{
    answers::CommandAnswers,
    app::App,
    auth::{Allowed, Coordinators},
    body::Body,
    field::{Faults, Field},
    petition::{Ask, CommandHeaders, Order, PetitionPath, only_text, sealed, sealed_if_given},
    problem::{FaultCode, Problem},
};

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

/// Into which.
#[derive(Debug, Deserialize, ToSchema)]
pub struct MergeBody {
    /// The code of the petition that stays.
    #[serde(default)]
    #[schema(value_type = String, example = "PAKN.20220831.000041")]
    into: Field<String>,
}

/// How everybody shall read it.
#[derive(Debug, Deserialize, ToSchema)]
pub struct PublicationBody {
    /// The title for the public; unless given, the sender's.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200)]
    title: Field<String>,
    /// The content for the public, without what is private; unless given, the sender's.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 10_000)]
    content: Field<String>,
}

/// Refuses a petition, with a reason.
#[utoipa::path(
    operation_id = "reject", tag = "agency", security(("bearer" = [])), request_body = RejectBody, responses(CommandAnswers),
    extensions(("x-roles" = json!(["coordinator"]))), params(PetitionPath, CommandHeaders),
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

/// Puts a petition to another about the same matter (*gộp*): it shares that one's answer, and who follows it follows the other.
#[utoipa::path(
    operation_id = "merge", tag = "agency", security(("bearer" = [])), request_body = MergeBody, responses(CommandAnswers),
    extensions(("x-roles" = json!(["coordinator"]))), params(PetitionPath, CommandHeaders),
)]
#[post("/petitions/{code}/merge")]
pub async fn merge_petition(
    app: Data<App>,
    allowed: Allowed<Coordinators>,
    order: Order,
    body: Body<MergeBody>,
) -> Result<HttpResponse, Problem> {
    let mut faults = Faults::default();
    let into = faults.required("/into", body.value.into);
    let into = into.and_then(|raw| {
        PetitionCode::parse(&raw).inspect_err(|_| faults.add("/into", FaultCode::UnknownPetition)).ok()
    });
    let into = faults.finish(into)?;
    order.ask(&app, &allowed.caller, Ask::Merge(into), &body.fingerprint).await
}

/// Shows a petition to everybody (*công khai*), in a wording without what is private; once more for another wording.
#[utoipa::path(
    operation_id = "publish", tag = "agency", security(("bearer" = [])), request_body = PublicationBody, responses(CommandAnswers),
    extensions(("x-roles" = json!(["coordinator"]))), params(PetitionPath, CommandHeaders),
)]
#[post("/petitions/{code}/publish")]
pub async fn publish_petition(
    app: Data<App>,
    allowed: Allowed<Coordinators>,
    order: Order,
    body: Body<PublicationBody>,
) -> Result<HttpResponse, Problem> {
    let mut faults = Faults::default();
    let title = sealed_if_given(&mut faults, "/title", body.value.title, Title::parse, Title::into_string);
    let content = sealed_if_given(&mut faults, "/content", body.value.content, Content::parse, Content::into_string);
    faults.finish(Some(()))?;
    order.give(&app, &allowed.caller, Command::Publish { title, content }, &body.fingerprint).await
}

/// Shows a petition to the public no longer.
#[utoipa::path(
    operation_id = "unpublish", tag = "agency", security(("bearer" = [])), request_body = ReasonBody, responses(CommandAnswers),
    extensions(("x-roles" = json!(["coordinator"]))), params(PetitionPath, CommandHeaders),
)]
#[post("/petitions/{code}/unpublish")]
pub async fn unpublish_petition(
    app: Data<App>,
    allowed: Allowed<Coordinators>,
    order: Order,
    body: Body<ReasonBody>,
) -> Result<HttpResponse, Problem> {
    let reason = only_text("/reason", body.value.reason)?;
    order.give(&app, &allowed.caller, Command::Unpublish { reason }, &body.fingerprint).await
}
