//! Many petitions at once: `POST /api/v1/agency/bulk/receive` and `…/assign`. Each is a command of its own with its own result; one
//! that is refused undoes no other.

use actix_web::{HttpResponse, post, web::Data};
use domain::{
    chain::Digest,
    petition::{Command, PetitionCode},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::handling::assignee;
use crate::{
    answers::Guarded,
    app::App,
    auth::{Allowed, Caller, Staff},
    body::Body,
    field::{Faults, Field},
    language::Language,
    petition::{Ask, IfMatch, RequestKey, execute},
    problem::{FaultCode, Problem},
};

/// The most petitions of one request.
const MOST: usize = 100;

/// Which petitions.
#[derive(Debug, Deserialize, ToSchema)]
pub struct BulkReceiveBody {
    /// Their codes, 1 to 100, each once.
    #[serde(default)]
    #[schema(value_type = Vec<String>, example = json!(["PAKN.20220831.000042"]))]
    petitions: Field<Vec<String>>,
}

/// Which petitions, and whose they shall be.
#[derive(Debug, Deserialize, ToSchema)]
pub struct BulkAssignBody {
    /// Their codes, 1 to 100, each once.
    #[serde(default)]
    #[schema(value_type = Vec<String>, example = json!(["PAKN.20220831.000042"]))]
    petitions: Field<Vec<String>>,
    /// The account of an officer or leader of the agency that has them; `null` takes them from whoever has them.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    assignee: Field<Uuid>,
}

/// What became of one petition.
#[derive(Debug, Serialize, ToSchema)]
pub struct BulkResult {
    #[schema(value_type = String, example = "PAKN.20220831.000042")]
    petition: PetitionCode,
    /// The HTTP status that the command alone would have had.
    status: u16,
    /// The petition's version after it; `null` where it was refused.
    version: Option<u32>,
    /// The code of the problem; `null` where there was none.
    #[schema(example = "command_not_allowed")]
    code: Option<&'static str>,
    /// What the problem is, in the language of the answer.
    detail: Option<String>,
}

/// What became of each, in the order of the request.
#[derive(Debug, Serialize, ToSchema)]
pub struct BulkResults {
    results: Vec<BulkResult>,
}

fn codes(faults: &mut Faults, field: Field<Vec<String>>) -> Option<Vec<PetitionCode>> {
    let raw = faults.required("/petitions", field)?;
    if raw.is_empty() || raw.len() > MOST {
        faults.add_with("/petitions", FaultCode::OutOfRange, format!("1–{MOST}"));
        return None;
    }
    let mut codes: Vec<PetitionCode> = Vec::with_capacity(raw.len());
    for (index, raw) in raw.iter().enumerate() {
        match PetitionCode::parse(raw) {
            Ok(code) if codes.contains(&code) => faults.add(format!("/petitions/{index}"), FaultCode::Repeated),
            Ok(code) => codes.push(code),
            Err(_) => faults.add(format!("/petitions/{index}"), FaultCode::UnknownPetition),
        }
    }
    Some(codes)
}

/// Gives the command to each in turn. With an `Idempotency-Key` each has a key of its own that follows from it, so that a retry
/// gives each its first result again.
async fn give(
    app: &App,
    caller: &Caller,
    language: Language,
    key: &RequestKey,
    codes: Vec<PetitionCode>,
    command: &Command,
    fingerprint: &Digest,
) -> BulkResults {
    let ask = Ask::Command(command.clone());
    let mut results = Vec::with_capacity(codes.len());
    for petition in codes {
        let key = key.of(&petition);
        let fingerprint = Digest::of(&[fingerprint.as_bytes(), petition.as_str().as_bytes()]);
        let outcome = execute(app, caller, petition.as_str(), &ask, &IfMatch::any(), &key, &fingerprint).await;
        if let Err(problem) = &outcome
            && problem.code.status().is_server_error()
        {
            // The request as a whole is answered with 200, so nobody else would tell the log.
            tracing::error!(petition.code = %petition, %problem, "one petition of many failed");
        }
        results.push(match outcome {
            Ok(after) => BulkResult { petition, status: 200, version: Some(after.version), code: None, detail: None },
            Err(problem) => BulkResult {
                petition,
                status: problem.code.status().as_u16(),
                version: None,
                code: Some(problem.code.as_str()),
                detail: Some(problem.told(language)),
            },
        });
    }
    BulkResults { results }
}

/// Acknowledges many petitions; each has its own result.
#[utoipa::path(
    operation_id = "bulk_receive", tag = "agency", security(("bearer" = [])), request_body = BulkReceiveBody,
    extensions(("x-roles" = json!(["officer", "leader", "coordinator"]))),
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key and body again give each petition's first result again.")),
    responses((status = 200, body = BulkResults), Guarded)
)]
#[post("/agency/bulk/receive")]
pub async fn bulk_receive(
    app: Data<App>,
    allowed: Allowed<Staff>,
    language: Language,
    key: RequestKey,
    body: Body<BulkReceiveBody>,
) -> Result<HttpResponse, Problem> {
    let mut faults = Faults::default();
    let codes = codes(&mut faults, body.value.petitions);
    let codes = faults.finish(codes)?;
    let results = give(&app, &allowed.caller, language, &key, codes, &Command::Receive, &body.fingerprint).await;
    Ok(HttpResponse::Ok().json(results))
}

/// Hands many petitions to somebody of the agency; each has its own result.
#[utoipa::path(
    operation_id = "bulk_assign", tag = "agency", security(("bearer" = [])), request_body = BulkAssignBody,
    extensions(("x-roles" = json!(["officer", "leader", "coordinator"]))),
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key and body again give each petition's first result again.")),
    responses((status = 200, body = BulkResults), Guarded)
)]
#[post("/agency/bulk/assign")]
pub async fn bulk_assign(
    app: Data<App>,
    allowed: Allowed<Staff>,
    language: Language,
    key: RequestKey,
    body: Body<BulkAssignBody>,
) -> Result<HttpResponse, Problem> {
    let mut faults = Faults::default();
    let codes = codes(&mut faults, body.value.petitions);
    let id = faults.optional("/assignee", body.value.assignee);
    let codes = faults.finish(codes)?;
    let command = Command::Assign { assignee: assignee(&app, id).await? };
    let results = give(&app, &allowed.caller, language, &key, codes, &command, &body.fingerprint).await;
    Ok(HttpResponse::Ok().json(results))
}
