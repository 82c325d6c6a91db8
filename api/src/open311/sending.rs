//! `POST /open311/v2/requests`: a program sends a petition for one of its citizens.
//!
//! It goes the way of a petition that another portal hands over: the program acts as the citizen, who is an account that nobody signs in to.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, StatusCode, header},
    post,
    web::{Data, Payload},
};
use domain::{
    account::{Actor, Login},
    api_key::sent_through,
    catalogue::{Category, Channel},
    chain::Digest,
    code::{CategoryCode, SourceCode},
    id::{AccountId, UploadId},
    petition::{Attachment, Petition, PetitionCode},
    text::{Address, Content, Lines, Title, normalise},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    attributes::attributes,
    errors::Open311Errors,
    form::{Form, is_form},
    format::{Format, Root},
    jurisdiction::{Asked, JurisdictionQuery, is_ours},
    list::given_key,
    view::notice,
};
use crate::{
    app::App,
    auth::Caller,
    clock,
    field::{Faults, Field, Object},
    files::{GivenUploads, Received, keep},
    intake::{SenderBody, entering, note_came},
    limits::{Fields, Limit},
    petition::{Channels, LocationBody, Parsed, RequestKey, SubmissionBody, parse, record},
    problem::{Code, Fault, FaultCode, Problem},
};

/// The operation, as the table of what keys open knows it.
pub(crate) const SENDING: &str = "/open311/v2/requests.{format}";

/// What comes through another program, and never counts as sent by the app.
const THROUGH: Channels =
    Channels { known: &[Channel::Portal], unless_given: Some(Channel::Portal), must_answer: true };

/// The longest description, in characters (GeoReport v2, POST Service Request).
const MOST_WORDS: usize = 4_000;

/// A form with a request. It is never made: parameters are read by their names.
#[derive(ToSchema)]
#[expect(dead_code, reason = "nothing is ever read from it: it is documentation")]
pub struct RequestForm {
    /// The program's key; it may come in the address or as `Authorization: Bearer …` instead.
    api_key: Option<String>,
    /// The authority that the client speaks to; it need not be named.
    jurisdiction_id: Option<String>,
    /// The code of a service.
    #[schema(example = "chieu_sang")]
    service_code: String,
    /// Degrees, WGS 84, with `long`. A place must be named: by a point, by words, or by a unit; a point may have words too.
    #[schema(example = 21.1875)]
    lat: Option<f64>,
    /// Degrees, WGS 84.
    #[schema(example = 106.0838)]
    long: Option<f64>,
    /// The address as a person says it. Alone it is read by the coordinator, who routes the petition.
    #[schema(max_length = 500)]
    address_string: Option<String>,
    /// The code of a commune or district instead of a point, see `GET /api/v1/units`.
    #[schema(example = "09163")]
    address_id: Option<String>,
    /// What it is about; the name of the service unless given.
    #[schema(max_length = 4000)]
    description: Option<String>,
    /// The citizen's names, and the number by which the agency may reach them.
    first_name: Option<String>,
    last_name: Option<String>,
    phone: Option<String>,
    /// Checked and not kept: pakn writes to nobody who has no account here.
    email: Option<String>,
    /// Neither looked at nor kept.
    device_id: Option<String>,
    /// Neither looked at nor kept.
    account_id: Option<String>,
    /// Refused: pakn fetches nothing from an address that somebody names, and a picture must not be lost without a word. Send the file as `media`.
    media_url: Option<String>,
    /// Of a multipart form, photos, PDF or a short MP4 video, each in a part of this name.
    #[schema(value_type = Option<Vec<String>>, format = Binary)]
    media: Vec<Vec<u8>>,
    /// `attribute[code]=value`, or several `attribute[code][]=value`: what the service asks besides.
    #[schema(value_type = Option<String>, rename = "attribute[tinh_trang]", example = "nhap_nhay")]
    attribute: (),
}

/// A request that was taken.
#[derive(Debug, Serialize, ToSchema)]
pub struct TakenRequest {
    /// The petition's code.
    #[schema(value_type = String, example = "PAKN.20220831.000042")]
    service_request_id: PetitionCode,
    /// For `GET tokens/{token}`, of whoever has no use for the number.
    token: Uuid,
    /// Who answers, and until when; whom to call where the words speak of an emergency.
    service_notice: String,
    /// Always `null`.
    account_id: (),
}

/// Sends a petition for a citizen. It is stored, routed and answered like any other, and is public once a coordinator published it. A retry with the
/// same `Idempotency-Key` and the same form is answered with the same petition.
#[utoipa::path(
    operation_id = "open311_send", tag = "open311", security(("open311_key" = [])),
    params(
        ("format" = inline(Format), Path, description = "The form of the answer."), JurisdictionQuery,
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and form again give the first answer again.")
    ),
    request_body(content((RequestForm = "application/x-www-form-urlencoded"), (RequestForm = "multipart/form-data"))),
    responses(
        (status = 201, body = Vec<TakenRequest>, headers(("Location" = String, description = "The request."))),
        (status = 400, body = Open311Errors, content_type = "application/json",
            description = "Every parameter that is wrong, a file that cannot be used, or an `Idempotency-Key` that came with another form"),
        (status = 403, body = Open311Errors, content_type = "application/json", description = "The `api_key` is missing or not valid"),
        (status = 404, body = Open311Errors, content_type = "application/json",
            description = "The `jurisdiction_id` is another authority's, or there is no such form of answer"),
        (status = 409, body = Open311Errors, content_type = "application/json", description = "The same request came twice at once: try again"),
        (status = 413, body = Open311Errors, content_type = "application/json", description = "The form, or a file, is too large"),
        (status = 429, body = Open311Errors, content_type = "application/json", description = "Too many requests; with `Retry-After`"),
        (status = 503, body = Open311Errors, content_type = "application/json", description = "The database cannot be reached, or is busy; with `Retry-After`"),
    )
)]
#[post("/requests.{format}")]
pub async fn open311_send(
    app: Data<App>,
    asked: Asked,
    request: HttpRequest,
    key: RequestKey,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let no_key = || Problem::new(Code::InvalidApiKey);
    // Whoever has no right to send is not told first how.
    let in_head = given_key(&request, None).and_then(|secret| app.api_keys.sender(secret));
    if !is_form(&request) && in_head.is_none() {
        return Err(no_key());
    }
    let form = Form::read(&app, &request, payload).await?;
    let secret = given_key(&request, form.get("api_key")).ok_or_else(no_key)?;
    // Whatever is wrong with a key, it is the wrong key for this.
    let program = app.api_keys.sender(secret).ok_or_else(no_key)?;
    let caller = app.api_keys.caller(secret, &Method::POST, Some(SENDING)).map_err(|_| no_key())?;
    is_ours(&app, form.get("jurisdiction_id"))?;
    let standing = app.limits.take(&app, Limit::Open311Key, caller.account.0.as_bytes()).await?;
    let fingerprint = form.fingerprint(&app);
    let petition = match key.done_before(&app, caller.account, &fingerprint).await? {
        Some(done) => done,
        None => match send(&app, &caller, &program, &key, form, &fingerprint).await {
            Ok(petition) => petition,
            // The same request may have come on another connection meanwhile.
            Err(problem) => key.done_before(&app, caller.account, &fingerprint).await?.ok_or(problem)?,
        },
    };
    let taken = TakenRequest {
        service_notice: notice(&app, &petition, asked.language),
        token: petition.id.0,
        account_id: (),
        service_request_id: petition.code.clone(),
    };
    let mut response = asked.format.answer(StatusCode::CREATED, Root::ServiceRequests, &[taken])?;
    let location = format!("/open311/v2/requests/{}.{}", petition.code, asked.format.as_str());
    let location = header::HeaderValue::from_str(&location).map_err(Problem::internal)?;
    response.headers_mut().insert(header::LOCATION, location);
    Fields::of(standing.as_slice()).add_to(response.headers_mut());
    Ok(response)
}

async fn send(
    app: &App,
    caller: &Caller,
    program: &SourceCode,
    key: &RequestKey,
    form: Form,
    fingerprint: &Digest,
) -> Result<Petition, Problem> {
    let mut faults = Faults::default();
    let source = sent_through(program).ok_or_else(|| Problem::internal("a program without a source"))?;
    let came = note_came(
        &mut faults,
        Field::Given(source.to_string()),
        Field::Absent,
        Some(clock::now()),
        Field::Given(Object(sender_of(&form))),
    );
    let parsed = parsed(app, &mut faults, &form)?;
    let (came, parsed) = faults.finish(came.zip(parsed)).map_err(in_its_words)?;
    let entering = entering(app, came).await?;
    let acting = Caller { actor: Actor::Citizen(entering.entry.sender), ..caller.clone() };
    let attachments = kept(app, caller.account, form.media).await?;
    let files: Vec<UploadId> = attachments.iter().map(|file| file.upload).collect();
    let parsed = parsed.with_attachments(attachments);
    match record(app, &acting, key, fingerprint, parsed, entering).await {
        Ok((petition, true)) => Ok(petition),
        other => {
            dropped(app, caller.account, &files).await;
            other.map(|(petition, _)| petition)
        }
    }
}

/// Keeps the files, as the program's until they become the citizen's with the petition; none of them where one cannot be used.
async fn kept(app: &App, account: AccountId, media: Vec<Received>) -> Result<Vec<Attachment>, Problem> {
    let mut attachments: Vec<Attachment> = Vec::with_capacity(media.len());
    for received in media {
        let id = UploadId::new(clock::now(), &clock::id_randomness());
        match keep(app, account, id, received, async |_| Ok(true)).await {
            Ok(upload) => attachments.push(upload.as_attachment()),
            Err(problem) => {
                let files: Vec<UploadId> = attachments.iter().map(|file| file.upload).chain([id]).collect();
                dropped(app, account, &files).await;
                return Err(problem);
            }
        }
    }
    Ok(attachments)
}

/// Lets files go that no petition has. Where that fails they are swept away a day later.
async fn dropped(app: &App, account: AccountId, files: &[UploadId]) {
    if files.is_empty() {
        return;
    }
    let let_go = async {
        let mut unit = app.store.begin().await?;
        unit.doom_unused(files, account).await?;
        unit.commit().await
    };
    if let Err(error) = let_go.await {
        tracing::warn!(%error, "files that no petition has could not be let go; they are swept away later");
    }
}

/// The citizen, as far as they are named. The family name comes first in Vietnamese.
fn sender_of(form: &Form) -> SenderBody {
    let names = [form.get("last_name"), form.get("first_name")];
    let full_name = names.into_iter().flatten().map(str::trim).collect::<Vec<_>>().join(" ");
    let given = |text: &str| if text.is_empty() { Field::Absent } else { Field::Given(text.to_owned()) };
    SenderBody { full_name: given(&full_name), phone: form.get("phone").map_or(Field::Absent, given) }
}

/// The petition that a form describes; what is wrong is noted.
fn parsed(app: &App, faults: &mut Faults, form: &Form) -> Result<Option<Parsed>, Problem> {
    let catalogue = app.catalogue();
    if form.get("media_url").is_some() {
        faults.add("/media_url", FaultCode::NothingFetched);
    }
    if form.get("email").is_some_and(|raw| Login::email(raw.trim()).is_err()) {
        faults.add("/email", FaultCode::InvalidEmail);
    }
    let text = |name: &str| form.get(name).map_or(Field::Absent, |value| Field::Given(value.to_owned()));
    let code = form.get("service_code").map(str::trim);
    let category = code.and_then(|raw| CategoryCode::parse(raw).ok());
    let category = category.and_then(|code| catalogue.catalogue.category(&code));
    let (title, content) = words(faults, form, category);
    let degrees = |name: &str| match form.get(name).map(|raw| raw.trim().parse::<f64>()) {
        None => Field::Absent,
        Some(Ok(degrees)) => Field::Given(degrees),
        Some(Err(_)) => Field::WrongType,
    };
    let (lat, lon) = (degrees("lat"), degrees("long"));
    let has_point = (&lat, &lon) != (&Field::Absent, &Field::Absent);
    let address = form.get("address_string");
    if !has_point && address.is_none() && form.get("address_id").is_none() {
        faults.add_with("/lat", FaultCode::Required, "lat + long, address_string, address_id");
    }
    let address = address.and_then(|raw| faults.text("/address_string", Address::parse(raw)));
    let location = LocationBody { lat, lon, address: Field::Absent, accuracy_m: Field::Absent };
    let answers = attributes(faults, &form.parameters, category);
    let body = SubmissionBody {
        category: code.map_or(Field::Absent, |code| Field::Given(code.to_owned())),
        title: Field::Given(title),
        content: Field::Given(content),
        location: if has_point { Field::Given(Object(location)) } else { Field::Absent },
        unit: text("address_id"),
        attributes: Field::Given(answers),
        attachments: Field::Absent,
        hide_identity: Field::Absent,
        channel: Field::Absent,
    };
    let parsed = parse(faults, body, GivenUploads::none(), THROUGH, &catalogue)?;
    Ok(parsed.map(|parsed| parsed.with_address(address)))
}

/// Title and content: the description and its first words, or the name of the service where there is none. What is wrong with a description is
/// noted here, under its own name, and the rest is then checked with the service's.
fn words(faults: &mut Faults, form: &Form, category: Option<&Category>) -> (String, String) {
    // Where there is no such service either, that is told, and nothing is stored.
    let name = category.map_or("…", |category| category.name.as_str()).to_owned();
    let Some(raw) = form.get("description") else { return (name.clone(), name) };
    let description = normalise(raw, MOST_WORDS, Lines::Many).and_then(|text| Content::parse(&text));
    match faults.text("/description", description) {
        Some(content) => {
            let title = Title::first_words(&content).map_or(name, Title::into_string);
            (title, content.into_string())
        }
        None => (name.clone(), name),
    }
}

/// Faults by the names of the specification.
fn in_its_words(mut problem: Problem) -> Problem {
    let named = |fault: Fault| {
        let pointer = match fault.pointer.as_str() {
            "/category" => "/service_code".to_owned(),
            "/location/lat" => "/lat".to_owned(),
            "/location/lon" => "/long".to_owned(),
            "/unit" => "/address_id".to_owned(),
            "/sender/full_name" => "/first_name".to_owned(),
            "/sender/phone" => "/phone".to_owned(),
            other => match other.strip_prefix("/attributes/") {
                Some(code) => format!("/attribute[{}]", code.split('/').next().unwrap_or_default()),
                None => other.to_owned(),
            },
        };
        Fault { pointer, ..fault }
    };
    problem.faults = problem.faults.into_iter().map(named).collect();
    problem
}
