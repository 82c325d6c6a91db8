//! A petition as a request brings it: its body, what is wrong with it, and how it is recorded. Whoever sends it, it goes this way.

use std::sync::Arc;

use domain::{
    account::Actor,
    catalogue::{Channel, Priority},
    chain::{Digest, SealedText},
    code::{CategoryCode, UnitCode},
    id::{PetitionId, UploadId},
    petition::{Attachment, Command, Decision, Entry, Petition, PetitionCode, Place, Refusal, Submission, decide},
    place::Point,
    text::{Address, Content, Title},
    time::Instant,
};
use persistence::{Account, Arrival, Beside, CatalogueDay, Constraint, Dossier, NotTaken, StoreError};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{RequestKey, parse_attributes};
use crate::{
    app::App,
    auth::Caller,
    clock,
    field::{Faults, Field, Object},
    files::GivenUploads,
    problem::{Code, FaultCode, Problem},
};

/// A point on the map.
#[derive(Debug, Deserialize, ToSchema)]
pub struct LocationBody {
    /// Degrees, WGS 84.
    #[serde(default)]
    #[schema(value_type = f64, minimum = -90, maximum = 90, example = 21.1875)]
    pub(crate) lat: Field<f64>,
    /// Degrees, WGS 84.
    #[serde(default)]
    #[schema(value_type = f64, minimum = -180, maximum = 180, example = 106.0838)]
    pub(crate) lon: Field<f64>,
    /// The address as a person says it.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 500)]
    pub(crate) address: Field<String>,
    /// How far off the point may be, metres, as the phone says.
    #[serde(default)]
    #[schema(value_type = Option<f64>, minimum = 0)]
    pub(crate) accuracy_m: Field<f64>,
}

/// A petition as a phone sends it: with a `location`, with a `unit`, or with neither where the sender does not know.
#[derive(Debug, Deserialize, ToSchema)]
pub struct SubmissionBody {
    /// The code of a field, see `GET /api/v1/categories`.
    #[serde(default)]
    #[schema(value_type = String, example = "chieu_sang")]
    pub(crate) category: Field<String>,
    /// One line.
    #[serde(default)]
    #[schema(value_type = String, max_length = 200, example = "Đèn đường hỏng")]
    pub(crate) title: Field<String>,
    /// What it is about.
    #[serde(default)]
    #[schema(value_type = String, max_length = 10_000)]
    pub(crate) content: Field<String>,
    /// Where it is about.
    #[serde(default)]
    #[schema(value_type = Option<LocationBody>)]
    pub(crate) location: Field<Object<LocationBody>>,
    /// The code of a commune or district instead, see `GET /api/v1/units`.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "09163")]
    pub(crate) unit: Field<String>,
    /// The answers to what the field asks besides (`questions` of `GET /api/v1/categories`), by the code of the question.
    #[serde(default)]
    #[schema(value_type = Option<std::collections::HashMap<String, Value>>, example = json!({"tinh_trang": "nhap_nhay"}))]
    pub(crate) attributes: Field<Map<String, Value>>,
    /// Ids of the sender's own uploads that belong to nothing yet; see `POST /api/v1/uploads`.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    pub(crate) attachments: Field<Vec<String>>,
    /// Whether agencies may not see who sent it.
    #[serde(default)]
    #[schema(value_type = Option<bool>)]
    pub(crate) hide_identity: Field<bool>,
    /// `mobile` (unless given) or `web`.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "mobile")]
    pub(crate) channel: Field<String>,
}

/// A petition whose every field was checked.
pub struct Parsed {
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

/// The channels that a request may name, and the one it means when it names none.
#[derive(Debug, Clone, Copy)]
pub struct Channels {
    /// Which.
    pub known: &'static [Channel],
    /// Where none is named; `None`: one must be.
    pub unless_given: Option<Channel>,
    /// Whether what a field asks besides must be answered: who enters a letter has the letter alone.
    pub must_answer: bool,
}

/// Checks every field; `None` only where a fault was noted.
///
/// # Errors
/// As [`parse_attributes`].
pub fn parse(
    faults: &mut Faults,
    body: SubmissionBody,
    uploads: GivenUploads,
    channels: Channels,
    catalogue: &CatalogueDay,
) -> Result<Option<Parsed>, Problem> {
    let SubmissionBody { category, title, content, location, unit, attributes, attachments: _, hide_identity, channel } =
        body;
    let category = faults.required("/category", category).and_then(|raw| parse_category(faults, &raw, catalogue));
    let title = faults.required_text("/title", title, Title::parse);
    let content = faults.required_text("/content", content, Content::parse);
    let location = faults.optional("/location", location);
    let unit = faults.optional("/unit", unit);
    if location.is_some() && unit.is_some() {
        faults.add("/unit", FaultCode::TwoPlaces);
    }
    let unit = unit.and_then(|raw| parse_unit(faults, &raw, catalogue));
    let (point, address) = location.map_or((None, None), |Object(location)| parse_location(faults, location));
    let field = category.as_ref().and_then(|code| catalogue.catalogue.category(code));
    let attributes = match (&attributes, channels.must_answer) {
        (Field::Absent, false) => None,
        (Field::Absent | Field::WrongType | Field::Given(_), _) => parse_attributes(faults, field, attributes)?,
    };
    let attachments = uploads.take(faults);
    let hide_identity = faults.optional("/hide_identity", hide_identity).unwrap_or(false);
    let known = |raw: &str| Channel::parse(raw).filter(|channel| channels.known.contains(channel));
    let channel = match (channel, channels.unless_given) {
        (Field::Absent, Some(channel)) => Some(channel),
        (channel, _) => {
            let raw = faults.required("/channel", channel);
            raw.and_then(|raw| faults.word("/channel", &raw, known, channels.known, Channel::as_str))
        }
    };
    let place = point.or(unit.map(|unit| Place::Unit { unit })).unwrap_or(Place::Nowhere {});
    let values = category.zip(title).zip(content).zip(channel);
    Ok(values.map(|(((category, title), content), channel)| Parsed {
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

impl Parsed {
    /// The same with the address in words, of a petition that has no point.
    #[must_use]
    pub fn with_address(self, address: Option<Address>) -> Self {
        Self { address, ..self }
    }

    /// The same with files that came with the request.
    #[must_use]
    pub fn with_attachments(self, attachments: Vec<Attachment>) -> Self {
        Self { attachments, ..self }
    }
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

/// What is recorded with a petition that came another way.
pub struct Entering {
    /// What the log says of it.
    pub entry: Entry,
    /// The keyed digest of its source and reference, where it has one: it is entered once.
    pub item: Option<Digest>,
    /// The account that stands for its sender, where there is none yet.
    pub new_contact: Option<Account>,
}

/// Takes in what a person sends: it, and what is shown of it besides.
///
/// # Errors
/// [`Code::Contended`] where the same key was committed meanwhile; otherwise as the domain and the store say.
pub async fn take_in(
    app: &App,
    caller: &Caller,
    key: &RequestKey,
    fingerprint: &Digest,
    parsed: Parsed,
) -> Result<(Petition, Beside), Problem> {
    let brought = Brought { parsed, entry: None, actor: caller.actor.clone(), catalogue: app.catalogue() };
    let arrival = Arrival {
        decide: Box::new(move |number| brought.decide(number, clock::now())),
        key: key.requested_under(caller.account, fingerprint),
    };
    match app.store.take_in(arrival).await {
        Ok(Dossier { stored, beside }) => Ok((stored.petition, beside)),
        Err(NotTaken::Store(StoreError::Conflict(Constraint::IdempotencyKey, _))) => Err(Problem::new(Code::Contended)),
        Err(NotTaken::Store(StoreError::Busy)) => Err(app.arrivals.refuse()),
        Err(reason) => Err(reason.into()),
    }
}

/// A petition that was checked, with what deciding on it takes.
struct Brought {
    parsed: Parsed,
    entry: Option<Entry>,
    actor: Actor,
    catalogue: Arc<CatalogueDay>,
}

impl Brought {
    fn decide(self, number: u64, now: Instant) -> Result<Decision, Refusal> {
        let Parsed { category, title, content, place, address, attributes, attachments, hide_identity, channel } =
            self.parsed;
        let seal = |text: String| SealedText::new(text, clock::salt());
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
            entry: self.entry,
        };
        decide(None, Command::Submit(Box::new(submission)), &self.actor, &self.catalogue.catalogue, now)
    }
}

/// Records a petition that came another way: what was stored, and whether that was now. It is not where the same key or the same item of a source
/// came before.
///
/// # Errors
/// As the domain and the store say.
pub async fn record(
    app: &App,
    caller: &Caller,
    key: &RequestKey,
    fingerprint: &Digest,
    parsed: Parsed,
    entering: Entering,
) -> Result<(Petition, bool), Problem> {
    let mut unit = app.store.begin().await?;
    let number = unit.next_number().await?;
    let now = clock::now();
    let Entering { entry, item, new_contact } = entering;
    let item = item.map(|item| (entry.source.clone(), item));
    if let Some(contact) = &new_contact {
        unit.add_accounts(std::slice::from_ref(contact)).await?;
    }
    // Who acts as somebody else gives them what was sent for them.
    if let Some(acting_as) = caller.actor.account().filter(|account| *account != caller.account) {
        let uploads: Vec<UploadId> = parsed.attachments.iter().map(|attachment| attachment.upload).collect();
        unit.hand_over_uploads(&uploads, caller.account, acting_as).await?;
    }
    let brought = Brought { parsed, entry: Some(entry), actor: caller.actor.clone(), catalogue: app.catalogue() };
    let decision = brought.decide(number, now)?;
    let stored = unit.submit(&decision, number).await?;
    if let Some((source, item)) = &item {
        match unit.add_intake_item(source, item, stored.petition.id).await {
            Ok(()) => {}
            // Somebody entered it at the same moment, and was faster: theirs is the one.
            Err(StoreError::Conflict(Constraint::IntakeItem, _)) => {
                drop(unit);
                let before = app.store.entered_before(source, item).await?;
                return before.map(|stored| (stored.petition, false)).ok_or_else(|| Problem::new(Code::Contended));
            }
            Err(error) => return Err(error.into()),
        }
    }
    match key.keep(&mut unit, caller.account, fingerprint, &stored, now).await {
        Ok(()) => {}
        // The same request came twice at once, and the other connection was faster: its petition is the one.
        Err(StoreError::Conflict(Constraint::IdempotencyKey, _)) => {
            drop(unit);
            let done = key.done_before(app, caller.account, fingerprint).await?;
            return done.map(|done| (done, false)).ok_or_else(|| Problem::new(Code::Contended));
        }
        Err(error) => return Err(error.into()),
    }
    unit.commit().await?;
    Ok((stored.petition, true))
}
