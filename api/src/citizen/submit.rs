//! `POST /api/v1/petitions`: a phone sends a petition.

use actix_web::{HttpResponse, http::StatusCode, post, web::Data};
use domain::{catalogue::Channel, chain::Digest, petition::Petition};
use persistence::Beside;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    answers::Guarded,
    app::App,
    auth::{Allowed, Caller, Citizens},
    body::Body,
    field::Faults,
    files::GivenUploads,
    language::Language,
    petition::{
        Channels, LikelyDuplicate, PetitionView, RequestKey, SubmissionBody, likely_duplicates, parse, shown_to_sender,
        take_in, version_tag,
    },
    privacy::consent_asked_for,
    problem::{Code, Problem, ProblemDetails},
};

/// A phone may not choose how it counts: all else is entered by staff.
const OWN: Channels =
    Channels { known: &[Channel::Mobile, Channel::Web], unless_given: Some(Channel::Mobile), must_answer: true };

/// A petition that was sent, and what it may be the same as.
#[derive(Debug, Serialize, ToSchema)]
pub struct SubmittedPetition {
    #[serde(flatten)]
    petition: PetitionView,
    /// Petitions that may tell of the same matter, the likeliest first, at most five: published ones, which may be supported or
    /// followed instead, and the sender's own.
    likely_duplicates: Vec<LikelyDuplicate>,
}

/// Sends a petition. It is stored and routed in one step; a place outside the province, or none, goes to the coordinator.
#[utoipa::path(
    operation_id = "submit", tag = "citizen", security(("bearer" = [])), request_body = SubmissionBody,
    extensions(("x-roles" = json!(["citizen"]))),
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key and body again give the first answer again.")),
    responses(
        Guarded,
        (status = 201, body = SubmittedPetition, headers(
            ("Location" = String, description = "The petition."), ("ETag" = String, description = "The version."))),
        (status = 422, body = ProblemDetails, content_type = "application/problem+json",
            description = "`invalid_input` with every wrong field, or `idempotency_key_reused`"),
        (status = 403, body = ProblemDetails, content_type = "application/problem+json",
            description = "`forbidden`: not for this role; `password_change_required`, `consent_required`, `not_verified`"),
    )
)]
#[post("/petitions")]
pub async fn submit_petition(
    app: Data<App>,
    allowed: Allowed<Citizens>,
    language: Language,
    key: RequestKey,
    body: Body<SubmissionBody>,
) -> Result<HttpResponse, Problem> {
    let caller = &allowed.caller;
    if app.requires_verified() && !is_verified(&app, caller).await? {
        return Err(Problem::new(Code::NotVerified));
    }
    let (petition, beside) = match send(&app, caller, &key, body.value, &body.fingerprint).await {
        Ok((petition, beside)) => (petition, Some(beside)),
        // Whoever comes again is told then, and a database that has no time is not asked for more.
        Err(problem) if problem.code.status() == StatusCode::SERVICE_UNAVAILABLE => return Err(problem),
        // It may have come before, and its files belong to what it did. Seldom, so that is not asked first.
        Err(problem) => (key.done_before(&app, caller.account, &body.fingerprint).await?.ok_or(problem)?, None),
    };
    let words = beside.as_ref().map(|beside| beside.words.clone());
    // At once, since the sender waits for both; and a database that is away is waited for once.
    let (likely_duplicates, view) = tokio::join!(
        likely_duplicates(&app, caller, language, &petition, words),
        shown_to_sender(&app, caller, language, &petition, beside)
    );
    let view = view?;
    let mut response = HttpResponse::Created();
    response.insert_header(("location", format!("/api/v1/petitions/{}", petition.code)));
    response.insert_header(("etag", version_tag(petition.version)));
    Ok(response.json(SubmittedPetition { petition: view, likely_duplicates }))
}

async fn is_verified(app: &App, caller: &Caller) -> Result<bool, Problem> {
    Ok(app.store.account(caller.account).await?.is_some_and(|account| account.verified_at.is_some()))
}

async fn send(
    app: &App,
    caller: &Caller,
    key: &RequestKey,
    mut body: SubmissionBody,
    fingerprint: &Digest,
) -> Result<(Petition, Beside), Problem> {
    consent_asked_for(app, caller.account).await?;
    let uploads = GivenUploads::find(app, caller, std::mem::take(&mut body.attachments)).await?;
    let mut faults = Faults::default();
    let parsed = parse(&mut faults, body, uploads, OWN, &app.catalogue())?;
    let parsed = faults.finish(parsed)?;
    take_in(app, caller, key, fingerprint, parsed).await
}
