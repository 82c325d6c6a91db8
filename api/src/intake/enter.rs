//! `POST /api/v1/intake/petitions`: the coordinator enters a petition that came another way.

use actix_web::{HttpResponse, post, web::Data};
use domain::{catalogue::Channel, chain::Digest, petition::Petition};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::entry::{SenderBody, entering, known_item, note_came};
use crate::{
    answers::Guarded,
    app::App,
    auth::{Allowed, Caller, Coordinators, Sealed},
    body::Body,
    field::{Faults, Field, Object},
    files::GivenUploads,
    language::Language,
    petition::{
        Channels, LocationBody, PetitionView, RequestKey, SubmissionBody, parse, record, shown_all, version_tag,
    },
    problem::{Problem, ProblemDetails},
};

/// How a petition comes that is entered: never as one sent by phone, which a target counts.
pub(super) const ENTERED: Channels = Channels {
    known: &[Channel::Phone, Channel::Paper, Channel::Email, Channel::Portal],
    unless_given: None,
    must_answer: false,
};

/// A petition that came another way.
#[derive(Debug, Deserialize, ToSchema)]
pub struct IntakeBody {
    /// The code of a field, see `GET /api/v1/categories`.
    #[serde(default)]
    #[schema(value_type = String, example = "chieu_sang")]
    category: Field<String>,
    /// One line.
    #[serde(default)]
    #[schema(value_type = String, max_length = 200, example = "Đèn đường hỏng")]
    title: Field<String>,
    /// What it is about.
    #[serde(default)]
    #[schema(value_type = String, max_length = 10_000)]
    content: Field<String>,
    /// Where it is about.
    #[serde(default)]
    #[schema(value_type = Option<LocationBody>)]
    location: Field<Object<LocationBody>>,
    /// The code of a commune or district instead, see `GET /api/v1/units`.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "09163")]
    unit: Field<String>,
    /// The answers to what the field asks besides, where they are known: none of them must be.
    #[serde(default)]
    #[schema(value_type = Option<std::collections::HashMap<String, Value>>, example = json!({"tinh_trang": "nhap_nhay"}))]
    attributes: Field<Map<String, Value>>,
    /// Ids of the coordinator's own uploads that belong to nothing yet: a scan of the letter.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    attachments: Field<Vec<String>>,
    /// Whether agencies may not see who sent it.
    #[serde(default)]
    #[schema(value_type = Option<bool>)]
    hide_identity: Field<bool>,
    /// How it came: `phone`, `paper`, `email`, `portal`.
    #[serde(default)]
    #[schema(value_type = String, example = "phone")]
    channel: Field<String>,
    /// When it came, at most 366 days ago: from here the clock to answer counts.
    #[serde(default)]
    #[schema(value_type = String, format = DateTime, example = "2022-08-15T09:30:00+07:00")]
    received_at: Field<String>,
    /// Where it came in: 1 to 64 lower-case letters, digits and hyphens.
    #[serde(default)]
    #[schema(value_type = String, example = "hotline-1022")]
    source: Field<String>,
    /// What it is known by there. A source's item is entered once; the second time the first one is the answer.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200, example = "1022-2022-004711")]
    reference: Field<String>,
    /// Who sent it, as far as that is known. No account is needed, and none is taken for theirs.
    #[serde(default)]
    #[schema(value_type = Option<SenderBody>)]
    sender: Field<Object<SenderBody>>,
}

/// Enters a petition that came by telephone, on paper, by e-mail or through another portal. The clock to answer counts from when it came,
/// the clock to acknowledge and the figures from now. What a source and its reference name is entered once.
#[utoipa::path(
    operation_id = "enter_petition", tag = "intake", security(("bearer" = [])), request_body = IntakeBody,
    extensions(("x-roles" = json!(["coordinator"]))),
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key and body again give the first answer again.")),
    responses(
        Guarded,
        (status = 201, body = PetitionView, headers(
            ("Location" = String, description = "The petition."), ("ETag" = String, description = "The version."))),
        (status = 200, body = PetitionView, description = "It was entered before: this petition."),
        (status = 422, body = ProblemDetails, content_type = "application/problem+json",
            description = "`invalid_input` with every wrong field, or `idempotency_key_reused`"),
    )
)]
#[post("/intake/petitions")]
pub async fn enter_petition(
    app: Data<App>,
    allowed: Allowed<Coordinators>,
    language: Language,
    key: RequestKey,
    body: Body<IntakeBody>,
) -> Result<HttpResponse, Problem> {
    let caller = &allowed.caller;
    // Under the server's secret: what is kept is the coordinator's, and must say nothing of a sender who is erased.
    let fingerprint = app.vault.digest(Sealed::Request, &[body.fingerprint.as_bytes()]);
    let (petition, is_new) = match key.done_before(&app, caller.account, &fingerprint).await? {
        Some(done) => (done, false),
        None => match enter(&app, caller, &key, body.value, &fingerprint).await {
            Ok(entered) => entered,
            // The same request may have come on another connection meanwhile, and its files belong to what it did.
            Err(problem) => (key.done_before(&app, caller.account, &fingerprint).await?.ok_or(problem)?, false),
        },
    };
    let views = shown_all(&app, caller, language, std::slice::from_ref(&petition)).await?;
    let view = views.into_iter().next().ok_or_else(|| Problem::internal("no view of a petition"))?;
    let mut response = if is_new { HttpResponse::Created() } else { HttpResponse::Ok() };
    response.insert_header(("location", format!("/api/v1/petitions/{}", petition.code)));
    response.insert_header(("etag", version_tag(petition.version)));
    Ok(response.json(view))
}

async fn enter(
    app: &App,
    caller: &Caller,
    key: &RequestKey,
    body: IntakeBody,
    fingerprint: &Digest,
) -> Result<(Petition, bool), Problem> {
    let IntakeBody {
        category,
        title,
        content,
        location,
        unit,
        attributes,
        attachments,
        hide_identity,
        channel,
        received_at,
        source,
        reference,
        sender,
    } = body;
    let uploads = GivenUploads::find(app, caller, attachments).await?;
    let mut faults = Faults::default();
    let received_at = faults.required("/received_at", received_at);
    let received_at = faults.instant("/received_at", received_at.as_deref());
    let came = note_came(&mut faults, source, reference, received_at, sender);
    // Before anything else is found wrong: of what was entered the petition is the answer, whatever is sent with it now.
    if let Some(came) = &came
        && let Some(petition) = known_item(app, &came.source, came.reference.as_deref()).await?
    {
        return Ok((petition, false));
    }
    let body = SubmissionBody {
        category,
        title,
        content,
        location,
        unit,
        attributes,
        attachments: Field::Absent,
        hide_identity,
        channel,
    };
    let parsed = parse(&mut faults, body, uploads, ENTERED, &app.catalogue())?;
    let (parsed, came) = faults.finish(parsed.zip(came))?;
    let entering = entering(app, came).await?;
    record(app, caller, key, fingerprint, parsed, entering).await
}
