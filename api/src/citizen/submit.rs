//! `POST /api/v1/petitions`: a phone sends a petition.

use actix_web::{HttpResponse, post, web::Data};
use domain::{
    catalogue::{Channel, Priority},
    chain::{Digest, SealedText},
    code::{CategoryCode, UnitCode},
    id::PetitionId,
    petition::{Attachment, Command, Petition, PetitionCode, Place, Submission, decide},
    place::Point,
    text::{Address, Content, Title},
};
use persistence::{CatalogueDay, Constraint, StoreError};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::{
    answers::Guarded,
    app::App,
    auth::{Allowed, Caller, Citizens},
    body::Body,
    clock,
    field::{Faults, Field, Object},
    files::GivenUploads,
    language::Language,
    petition::{
        LikelyDuplicate, PetitionView, RequestKey, likely_duplicates, parse_attributes, shown_all, version_tag,
    },
    privacy::consent_asked_for,
    problem::{Code, FaultCode, Problem, ProblemDetails},
};

/// A point on the map.
#[derive(Debug, Deserialize, ToSchema)]
pub struct LocationBody {
    /// Degrees, WGS 84.
    #[serde(default)]
    #[schema(value_type = f64, minimum = -90, maximum = 90, example = 21.1875)]
    lat: Field<f64>,
    /// Degrees, WGS 84.
    #[serde(default)]
    #[schema(value_type = f64, minimum = -180, maximum = 180, example = 106.0838)]
    lon: Field<f64>,
    /// The address as a person says it.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 500)]
    address: Field<String>,
    /// How far off the point may be, metres, as the phone says.
    #[serde(default)]
    #[schema(value_type = Option<f64>, minimum = 0)]
    accuracy_m: Field<f64>,
}

/// A petition as a phone sends it: with a `location`, with a `unit`, or with neither where the sender does not know.
#[derive(Debug, Deserialize, ToSchema)]
pub struct SubmissionBody {
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
    /// The answers to what the field asks besides (`questions` of `GET /api/v1/categories`), by the code of the question.
    #[serde(default)]
    #[schema(value_type = Option<Object>, example = json!({"tinh_trang": "nhap_nhay"}))]
    attributes: Field<Map<String, Value>>,
    /// Ids of the sender's own uploads that belong to nothing yet; see `POST /api/v1/uploads`.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    attachments: Field<Vec<String>>,
    /// Whether agencies may not see who sent it.
    #[serde(default)]
    #[schema(value_type = Option<bool>)]
    hide_identity: Field<bool>,
    /// `mobile` (unless given) or `web`.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "mobile")]
    channel: Field<String>,
}

/// A petition that was sent, and what it may be the same as.
#[derive(Debug, Serialize, ToSchema)]
pub struct SubmittedPetition {
    #[serde(flatten)]
    petition: PetitionView,
    /// Petitions that may tell of the same matter, the likeliest first, at most five: published ones, which may be supported or
    /// followed instead, and the sender's own.
    likely_duplicates: Vec<LikelyDuplicate>,
}

struct Parsed {
    category: CategoryCode,
    title: Title,
    content: Content,
    place: Place,
    address: Option<Address>,
    attributes: Option<SealedText>,
    attachments: Vec<Attachment>,
    hide_identity: bool,
    channel: Channel,
}

fn parse(body: SubmissionBody, uploads: GivenUploads, catalogue: &CatalogueDay) -> Result<Parsed, Problem> {
    let SubmissionBody { category, title, content, location, unit, attributes, attachments: _, hide_identity, channel } =
        body;
    let mut faults = Faults::default();
    let category = faults.required("/category", category).and_then(|raw| parse_category(&mut faults, &raw, catalogue));
    let title = faults.required_text("/title", title, Title::parse);
    let content = faults.required_text("/content", content, Content::parse);
    let location = faults.optional("/location", location);
    let unit = faults.optional("/unit", unit);
    if location.is_some() && unit.is_some() {
        faults.add("/unit", FaultCode::TwoPlaces);
    }
    let unit = unit.and_then(|raw| parse_unit(&mut faults, &raw, catalogue));
    let (point, address) = location.map_or((None, None), |Object(location)| parse_location(&mut faults, location));
    let field = category.as_ref().and_then(|code| catalogue.catalogue.category(code));
    let attributes = parse_attributes(&mut faults, field, attributes)?;
    let attachments = uploads.take(&mut faults);
    let hide_identity = faults.optional("/hide_identity", hide_identity).unwrap_or(false);
    // Telephone and paper are entered by staff; a phone may not choose how it counts.
    let own = [Channel::Mobile, Channel::Web];
    let known = |raw: &str| Channel::parse(raw).filter(|channel| own.contains(channel));
    let channel = faults.optional("/channel", channel);
    let channel = match &channel {
        Some(raw) => faults.word("/channel", raw, known, &own, Channel::as_str),
        None => Some(Channel::Mobile),
    };
    let place = point.or(unit.map(|unit| Place::Unit { unit })).unwrap_or(Place::Nowhere {});
    let values = category.zip(title).zip(content).zip(channel);
    faults.finish(values.map(|(((category, title), content), channel)| Parsed {
        category,
        title,
        content,
        place,
        address,
        attributes,
        attachments,
        hide_identity,
        channel,
    }))
}

fn parse_category(faults: &mut Faults, raw: &str, catalogue: &CatalogueDay) -> Option<CategoryCode> {
    let day = catalogue.catalogue.directory.day();
    let code = CategoryCode::parse(raw).ok();
    let found = code.filter(|code| catalogue.catalogue.category(code).is_some_and(|known| known.validity.covers(day)));
    if found.is_none() {
        faults.add("/category", FaultCode::UnknownCategory);
    }
    found
}

fn parse_unit(faults: &mut Faults, raw: &str, catalogue: &CatalogueDay) -> Option<UnitCode> {
    let code = UnitCode::parse(raw).ok();
    let found = code.filter(|code| catalogue.catalogue.directory.gazetteer().unit(code).is_some());
    if found.is_none() {
        faults.add("/unit", FaultCode::UnknownUnit);
    }
    found
}

fn parse_location(faults: &mut Faults, location: LocationBody) -> (Option<Place>, Option<Address>) {
    let mut degrees = |pointer: &str, field, check: fn(f64) -> bool| {
        let value = faults.required(pointer, field)?;
        if !check(value) {
            faults.add(pointer, FaultCode::OutOfRange);
            return None;
        }
        Some(value)
    };
    let lat = degrees("/location/lat", location.lat, |lat| Point::latitude(lat).is_ok());
    let lon = degrees("/location/lon", location.lon, |lon| Point::longitude(lon).is_ok());
    let accuracy = faults.optional("/location/accuracy_m", location.accuracy_m);
    let accuracy_m = accuracy.and_then(|metres| {
        let whole = whole_metres(metres);
        if whole.is_none() {
            faults.add("/location/accuracy_m", FaultCode::OutOfRange);
        }
        whole
    });
    let address = faults.optional("/location/address", location.address);
    // An empty address line is no address, not a fault of the sender.
    let address = address.filter(|raw| !raw.trim().is_empty());
    let address = address.and_then(|raw| faults.text("/location/address", Address::parse(&raw)));
    let point = lat.zip(lon).and_then(|(lat, lon)| Point::from_degrees(lat, lon).ok());
    (point.map(|point| Place::Point { point, accuracy_m }), address)
}

/// Metres as the phone says, rounded up; up to the size of the earth.
fn whole_metres(metres: f64) -> Option<u32> {
    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "bounded by the range before"
    )]
    (0.0..=40_000_000.0).contains(&metres).then(|| metres.ceil() as u32)
}

/// Sends a petition. It is stored and routed in one step; a place outside the province, or none, goes to the coordinator.
#[utoipa::path(
    operation_id = "submit", tag = "citizen", security(("bearer" = [])), request_body = SubmissionBody,
    extensions(("x-roles" = json!(["citizen"]))),
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key and body again give the first answer again.")),
    responses(
        (status = 201, body = SubmittedPetition, headers(
            ("Location" = String, description = "The petition."), ("ETag" = String, description = "The version."))),
        (status = 413, body = ProblemDetails, content_type = "application/problem+json", description = "`body_too_large`"),
        (status = 422, body = ProblemDetails, content_type = "application/problem+json",
            description = "`invalid_input` with every wrong field, or `idempotency_key_reused`"),
        Guarded,
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
    let petition = match key.done_before(&app, caller.account, &body.fingerprint).await? {
        Some(done) => done,
        None => match send(&app, caller, &key, body.value, &body.fingerprint).await {
            Ok(petition) => petition,
            // The same request may have come on another connection meanwhile, and its files belong to what it did.
            Err(problem) => key.done_before(&app, caller.account, &body.fingerprint).await?.ok_or(problem)?,
        },
    };
    // At once, since the sender waits for both; and a database that is away is waited for once.
    let (likely_duplicates, views) = tokio::join!(
        likely_duplicates(&app, caller, language, &petition),
        shown_all(&app, caller, language, std::slice::from_ref(&petition))
    );
    let view = views?.into_iter().next().ok_or_else(|| Problem::internal("no view of a petition"))?;
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
) -> Result<Petition, Problem> {
    consent_asked_for(app, caller.account).await?;
    let uploads = GivenUploads::find(app, caller, std::mem::take(&mut body.attachments)).await?;
    let parsed = parse(body, uploads, &app.catalogue())?;
    record(app, caller, key, fingerprint, parsed).await
}

async fn record(
    app: &App,
    caller: &Caller,
    key: &RequestKey,
    fingerprint: &Digest,
    parsed: Parsed,
) -> Result<Petition, Problem> {
    let Parsed { category, title, content, place, address, attributes, attachments, hide_identity, channel } = parsed;
    let seal = |text: String| SealedText::new(text, clock::salt());
    let mut unit = app.store.begin().await?;
    let number = unit.next_number().await?;
    let now = clock::now();
    let submission = Submission {
        id: PetitionId::new(now, &clock::id_randomness()),
        code: PetitionCode::new(now.local_date(), number),
        category,
        priority: Priority::Normal,
        channel,
        place,
        title: seal(title.into_string()),
        content: seal(content.into_string()),
        address: address.map(|address| seal(address.into_string())),
        attributes,
        attachments,
        hide_identity,
    };
    let command = Command::Submit(Box::new(submission));
    let decision = decide(None, command, &caller.actor, &app.catalogue().catalogue, now)?;
    let stored = unit.submit(&decision, number).await?;
    match key.keep(&mut unit, caller.account, fingerprint, &stored, now).await {
        Ok(()) => {}
        // The same request came twice at once, and the other connection was faster: its petition is the one.
        Err(StoreError::Conflict(Constraint::IdempotencyKey, _)) => {
            drop(unit);
            let done = key.done_before(app, caller.account, fingerprint).await?;
            return done.ok_or_else(|| Problem::new(Code::Contended));
        }
        Err(error) => return Err(error.into()),
    }
    unit.commit().await?;
    Ok(stored.petition)
}
