//! What a citizen does after sending: supplement, take back, reopen, rate, close.

use actix_web::{HttpResponse, post, web::Data};
use domain::{
    petition::{Command, RatingLevel},
    text::Content,
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    answers::CommandAnswers,
    app::App,
    auth::{Allowed, Citizens},
    body::{Body, Empty},
    field::{Faults, Field},
    petition::{CommandHeaders, Order, PetitionPath, WrittenBody, only_text, sealed_if_given},
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

/// Why it is not settled.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ReopenBody {
    /// Why.
    #[serde(default)]
    #[schema(value_type = String, max_length = 10_000)]
    reason: Field<String>,
}

/// How the answer was.
#[derive(Debug, Deserialize, ToSchema)]
pub struct RatingBody {
    /// `satisfied` (*hài lòng*), `acceptable` (*chấp nhận*) or `unsatisfied` (*không hài lòng*).
    #[serde(default)]
    #[schema(value_type = String, example = "satisfied")]
    level: Field<String>,
    /// What else there is to say.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 10_000)]
    comment: Field<String>,
}

/// Gives what the agency asked for; its clock goes on.
#[utoipa::path(
    operation_id = "supplement", tag = "citizen", security(("bearer" = [])), request_body = WrittenBody, responses(CommandAnswers),
    extensions(("x-roles" = json!(["citizen"]))), params(PetitionPath, CommandHeaders),
)]
#[post("/petitions/{code}/supplement")]
pub async fn supplement_petition(
    app: Data<App>,
    allowed: Allowed<Citizens>,
    order: Order,
    body: Body<WrittenBody>,
) -> Result<HttpResponse, Problem> {
    let command = |content, attachments| Command::Supplement { content, attachments };
    order.give_written(&app, &allowed.caller, body, command).await
}

/// Takes a petition back, before an answer.
#[utoipa::path(
    operation_id = "withdraw", tag = "citizen", security(("bearer" = [])), request_body = WithdrawBody, responses(CommandAnswers),
    extensions(("x-roles" = json!(["citizen"]))), params(PetitionPath, CommandHeaders),
)]
#[post("/petitions/{code}/withdraw")]
pub async fn withdraw_petition(
    app: Data<App>,
    allowed: Allowed<Citizens>,
    order: Order,
    body: Body<WithdrawBody>,
) -> Result<HttpResponse, Problem> {
    let mut faults = Faults::default();
    let reason = sealed_if_given(&mut faults, "/reason", body.value.reason, Content::parse, Content::into_string);
    faults.finish(Some(()))?;
    order.give(&app, &allowed.caller, Command::Withdraw { reason }, &body.fingerprint).await
}

/// Says that a petition is not settled after all (*phản ánh lại*): the answer stops counting. Possible for some days after it.
#[utoipa::path(
    operation_id = "reopen", tag = "citizen", security(("bearer" = [])), request_body = ReopenBody, responses(CommandAnswers),
    extensions(("x-roles" = json!(["citizen"]))), params(PetitionPath, CommandHeaders),
)]
#[post("/petitions/{code}/reopen")]
pub async fn reopen_petition(
    app: Data<App>,
    allowed: Allowed<Citizens>,
    order: Order,
    body: Body<ReopenBody>,
) -> Result<HttpResponse, Problem> {
    let reason = only_text("/reason", body.value.reason)?;
    order.give(&app, &allowed.caller, Command::Reopen { reason }, &body.fingerprint).await
}

/// Says how the answer was; once for each answer.
#[utoipa::path(
    operation_id = "rating", tag = "citizen", security(("bearer" = [])), request_body = RatingBody, responses(CommandAnswers),
    extensions(("x-roles" = json!(["citizen"]))), params(PetitionPath, CommandHeaders),
)]
#[post("/petitions/{code}/rating")]
pub async fn rate_petition(
    app: Data<App>,
    allowed: Allowed<Citizens>,
    order: Order,
    body: Body<RatingBody>,
) -> Result<HttpResponse, Problem> {
    let mut faults = Faults::default();
    let level = faults.required("/level", body.value.level);
    let level =
        level.and_then(|raw| faults.word("/level", &raw, RatingLevel::parse, RatingLevel::ALL, RatingLevel::as_str));
    let comment = sealed_if_given(&mut faults, "/comment", body.value.comment, Content::parse, Content::into_string);
    let level = faults.finish(level)?;
    order.give(&app, &allowed.caller, Command::Rating { level, comment }, &body.fingerprint).await
}

/// Ends an answered petition: the sender is content.
#[utoipa::path(
    operation_id = "close", tag = "citizen", security(("bearer" = [])), request_body = Empty, responses(CommandAnswers),
    extensions(("x-roles" = json!(["citizen"]))), params(PetitionPath, CommandHeaders),
)]
#[post("/petitions/{code}/close")]
pub async fn close_petition(
    app: Data<App>,
    allowed: Allowed<Citizens>,
    order: Order,
    body: Body<Empty>,
) -> Result<HttpResponse, Problem> {
    order.give(&app, &allowed.caller, Command::Close, &body.fingerprint).await
}
