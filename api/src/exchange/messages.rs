//! `POST /api/v1/exchange/messages`: a partner hands over what one of its citizens did there.

use actix_web::{HttpResponse, post, web::Data};
use domain::{
    catalogue::Channel,
    chain::{Digest, canonical},
    petition::{Command, Petition, PetitionCode, Status},
    text::{Content, Lines, Title, normalise},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::partner::Signed;
use crate::{
    answers::Public,
    app::App,
    auth::Sealed,
    field::{Faults, Field, Object},
    files::GivenUploads,
    intake::{SenderBody, entering, known_item, note_came},
    petition::{
        Ask, Channels, IfMatch, LocationBody, RequestKey, SubmissionBody, execute, parse, record, sealed_if_given,
    },
    problem::{Code, FaultCode, Problem, ProblemDetails},
};

/// What comes through another portal, and nothing else.
const PORTAL: Channels =
    Channels { known: &[Channel::Portal], unless_given: Some(Channel::Portal), must_answer: false };

/// The longest id of a message.
const MAX_ID: usize = 128;

/// The kinds of messages.
const KINDS: [Kind; 4] = [Kind::Submitted, Kind::Supplemented, Kind::Withdrawn, Kind::Reopened];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Submitted,
    Supplemented,
    Withdrawn,
    Reopened,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Supplemented => "supplemented",
            Self::Withdrawn => "withdrawn",
            Self::Reopened => "reopened",
        }
    }
}

/// A petition that was sent to another portal.
#[derive(Debug, Deserialize, ToSchema)]
pub struct HandedOver {
    /// The code of a field, see `GET /api/v1/categories`; `khac` where the partner has no such thing.
    #[serde(default)]
    #[schema(value_type = String, example = "chieu_sang")]
    category: Field<String>,
    /// One line.
    #[serde(default)]
    #[schema(value_type = String, max_length = 200)]
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
    #[schema(value_type = Option<String>)]
    unit: Field<String>,
    /// Whether agencies may not see who sent it.
    #[serde(default)]
    #[schema(value_type = Option<bool>)]
    hide_identity: Field<bool>,
    /// When it was sent there, at most 366 days ago.
    #[serde(default)]
    #[schema(value_type = String, format = DateTime)]
    received_at: Field<String>,
    /// Who sent it.
    #[serde(default)]
    #[schema(value_type = Option<SenderBody>)]
    sender: Field<Object<SenderBody>>,
}

/// What one of the partner's citizens did there.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ExchangeMessage {
    /// The partner's id of this message, up to 128 characters: it does once what it says, however often it comes.
    #[serde(default)]
    #[schema(value_type = String, max_length = 128)]
    id: Field<String>,
    /// `submitted`, `supplemented`, `withdrawn` or `reopened`.
    #[serde(default, rename = "type")]
    #[schema(value_type = String, example = "submitted")]
    kind: Field<String>,
    /// What the petition is known by there.
    #[serde(default)]
    #[schema(value_type = String, max_length = 200)]
    reference: Field<String>,
    /// With `submitted`: the petition.
    #[serde(default)]
    #[schema(value_type = Option<HandedOver>)]
    petition: Field<Object<HandedOver>>,
    /// With `supplemented`: what the citizen adds; with `reopened`: why; with `withdrawn`: why, if they said so.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 10_000)]
    content: Field<String>,
}

/// What came of a message.
#[derive(Debug, Serialize, ToSchema)]
pub struct Receipt {
    /// The message.
    id: String,
    /// What the petition is known by there.
    reference: String,
    /// What it is known by here.
    #[schema(value_type = String, example = "PAKN.20220831.000042")]
    code: PetitionCode,
    /// Its version after the message, and where it stood then.
    version: u32,
    #[schema(value_type = String, example = "submitted")]
    status: Status,
}

/// Takes a message of a partner. It does once what it says: sent again with the same content it is answered again, with another it is
/// refused.
#[utoipa::path(
    operation_id = "exchange_message", tag = "exchange", security(("partner_signature" = [])), request_body = ExchangeMessage,
    responses(
        Public,
        (status = 200, body = Receipt, description = "Done, now or before."),
        (status = 401, body = ProblemDetails, content_type = "application/problem+json",
            description = "`unsigned`, `invalid_signature`, `stale_signature`"),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json", description = "`not_found`: no petition of that reference"),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json",
            description = "`command_not_allowed`, `others_wait`, `reopening_over`, `contended`"),
        (status = 422, body = ProblemDetails, content_type = "application/problem+json",
            description = "`invalid_input` with every wrong field; `idempotency_key_reused`: another message had that id"),
    )
)]
#[post("/exchange/messages")]
pub async fn exchange_message(app: Data<App>, signed: Signed) -> Result<HttpResponse, Problem> {
    let value: serde_json::Value =
        serde_json::from_slice(&signed.body).map_err(|error| Problem::with(Code::MalformedJson, error.to_string()))?;
    if !value.is_object() {
        return Err(Problem::fault("", FaultCode::WrongType));
    }
    let text = canonical(&value).map_err(Problem::internal)?;
    // Under the server's secret: a plain digest would go on telling of what a citizen wrote who is erased.
    let fingerprint = app.vault.digest(Sealed::Request, &[text.as_bytes()]);
    let message =
        ExchangeMessage::deserialize(value).map_err(|error| Problem::with(Code::MalformedJson, error.to_string()))?;
    let ExchangeMessage { id, kind, reference, petition, content } = message;
    let mut faults = Faults::default();
    let id = faults.required_text("/id", id, |raw| normalise(raw, MAX_ID, Lines::One));
    let known = |raw: &str| KINDS.into_iter().find(|kind| kind.as_str() == raw);
    let kind = faults.required("/type", kind);
    let kind = kind.and_then(|raw| faults.word("/type", &raw, known, &KINDS, Kind::as_str));
    let reference = faults.required_text("/reference", reference, Title::parse).map(Title::into_string);
    let Some((id, kind)) = id.zip(kind) else { return faults.finish(None) };
    let key = RequestKey::named(&id);
    let account = signed.account(&app).await?;
    let done = key.done_before(&app, account, &fingerprint).await?;
    let known = known_item(&app, &signed.partner, reference.as_deref()).await?;
    let petition = match (done, kind) {
        (Some(done), _) => done,
        (None, Kind::Submitted) => {
            let Some(petition) = faults.required("/petition", petition) else { return faults.finish(None) };
            submitted(&app, &signed, faults, reference.clone(), petition, known, &key, &fingerprint).await?
        }
        (None, Kind::Supplemented | Kind::Withdrawn | Kind::Reopened) => {
            let text = sealed_if_given(&mut faults, "/content", content, Content::parse, Content::into_string);
            let command = match (kind, text) {
                (Kind::Withdrawn, reason) => Some(Command::Withdraw { reason }),
                (Kind::Supplemented, Some(content)) => Some(Command::Supplement { content, attachments: Vec::new() }),
                (Kind::Reopened, Some(reason)) => Some(Command::Reopen { reason }),
                (Kind::Supplemented | Kind::Reopened, None) => {
                    if faults.is_empty() {
                        faults.add("/content", FaultCode::Required);
                    }
                    None
                }
                (Kind::Submitted, _) => None,
            };
            let command = faults.finish(command)?;
            let known = known.ok_or_else(|| Problem::new(Code::NotFound))?;
            let caller = signed.acting_for(&app, known.submitter).await?;
            let (ask, code) = (Ask::Command(command), known.code.to_string());
            execute(&app, &caller, &code, &ask, &IfMatch::any(), &key, &fingerprint).await?
        }
    };
    let Petition { code, version, status, .. } = petition;
    Ok(HttpResponse::Ok().json(Receipt { id, reference: reference.unwrap_or_default(), code, version, status }))
}

#[expect(clippy::too_many_arguments, reason = "what a message is made of")]
async fn submitted(
    app: &App,
    signed: &Signed,
    mut faults: Faults,
    reference: Option<String>,
    Object(handed_over): Object<HandedOver>,
    known: Option<Petition>,
    key: &RequestKey,
    fingerprint: &Digest,
) -> Result<Petition, Problem> {
    if let Some(known) = known {
        return Ok(known);
    }
    let HandedOver { category, title, content, location, unit, hide_identity, received_at, sender } = handed_over;
    let body = SubmissionBody {
        category,
        title,
        content,
        location,
        unit,
        attributes: Field::Absent,
        attachments: Field::Absent,
        hide_identity,
        channel: Field::Absent,
    };
    let mut inner = Faults::default();
    let received_at = inner.required("/received_at", received_at);
    let received_at = inner.instant("/received_at", received_at.as_deref());
    let source = Field::Given(signed.partner.to_string());
    let named = reference.map_or(Field::Absent, Field::Given);
    let came = note_came(&mut inner, source, named, received_at, sender);
    let parsed = parse(&mut inner, body, GivenUploads::none(), PORTAL, &app.catalogue())?;
    faults.extend_under("/petition", inner);
    let (parsed, came) = faults.finish(parsed.zip(came))?;
    let entering = entering(app, came).await?;
    let caller = signed.acting_for(app, entering.entry.sender).await?;
    record(app, &caller, key, fingerprint, parsed, entering).await.map(|(petition, _)| petition)
}
