//! A petition as Open311 knows it: a service request, made of what everybody is shown of it.

use actix_web::HttpRequest;
use domain::{
    petition::{Petition, PetitionCode, Slot, Status},
    time::Instant,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::discovery::absolute;
use crate::{
    app::App,
    language::Language,
    petition::{EmergencyView, Texts},
    problem::Problem,
    public::{PublicPetitionView, PublicPetitions},
};

/// The two statuses that the specification has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum RequestStatus {
    /// An answer is owed.
    Open,
    /// It was answered, refused, taken back, or put to another one.
    Closed,
}

impl RequestStatus {
    /// Both.
    pub(super) const ALL: [Self; 2] = [Self::Open, Self::Closed];

    /// The word of the specification.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
        }
    }

    /// The status of that word.
    pub(super) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    fn of(status: Status) -> Self {
        if status.is_open() { Self::Open } else { Self::Closed }
    }

    /// What a petition may be in that is open, or closed.
    pub(super) fn statuses(self) -> impl Iterator<Item = Status> {
        Status::ALL.iter().copied().filter(move |status| Self::of(*status) == self)
    }
}

/// The answer that was given.
#[derive(Debug, Serialize, ToSchema)]
pub struct GivenAnswer {
    /// `null` once it was erased.
    content: Option<String>,
    answered_at: String,
}

/// What is known of a request that the specification has no place for.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExtendedAttributes {
    /// As it was published.
    title: Option<String>,
    /// Where it stands, in pakn's words: see `GET /api/v1/public/petitions`.
    #[schema(value_type = String, example = "in_progress")]
    status: Status,
    /// Whether the deadline has passed and no answer was given.
    overdue: bool,
    answer: Option<GivenAnswer>,
    /// How many others have the same concern.
    supporters: u64,
    published_at: Option<String>,
}

/// A service request: a petition.
#[derive(Debug, Serialize, ToSchema)]
pub struct ServiceRequest {
    /// The petition's code.
    #[schema(value_type = String, example = "PAKN.20220831.000042")]
    service_request_id: PetitionCode,
    status: RequestStatus,
    /// Where it stands more exactly, and the answer once there is one.
    #[schema(example = "Đang xử lý")]
    status_notes: String,
    #[schema(example = "Chiếu sáng công cộng")]
    service_name: String,
    #[schema(example = "chieu_sang")]
    service_code: String,
    /// As it was published; `null` once it was erased.
    description: Option<String>,
    #[schema(example = "UBND thành phố Bắc Ninh")]
    agency_responsible: String,
    /// Always `null`.
    service_notice: (),
    requested_datetime: String,
    /// When its last event happened.
    updated_datetime: String,
    /// Until when it must be answered.
    expected_datetime: Option<String>,
    /// The commune or district: an address may be somebody's.
    #[schema(example = "Phường Vũ Ninh")]
    address: Option<String>,
    /// The code of the commune or district.
    #[schema(example = "09163")]
    address_id: Option<String>,
    /// Always `null`.
    zipcode: (),
    /// Degrees, WGS 84; `null` where no point is known.
    lat: Option<f64>,
    #[serde(rename = "long")]
    long: Option<f64>,
    /// The first picture that everybody may see; the link ends after some minutes, and the request asked for again has a new one.
    media_url: Option<String>,
    /// With `extensions=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    extended_attributes: Option<ExtendedAttributes>,
}

impl ServiceRequest {
    fn new(petition: &Petition, view: PublicPetitionView, request: &HttpRequest, extended: bool) -> Self {
        let status_name = view.status_name;
        let told = view.answer.as_ref().and_then(|answer| answer.content.as_deref());
        let status_notes = told.map_or_else(|| status_name.to_owned(), |told| format!("{status_name}: {told}"));
        let extended_attributes = extended.then(|| ExtendedAttributes {
            title: view.title,
            status: view.status,
            overdue: view.overdue,
            answer: view.answer.map(|answer| GivenAnswer { content: answer.content, answered_at: answer.answered_at }),
            supporters: view.supporters,
            published_at: view.published_at,
        });
        Self {
            service_request_id: view.code,
            status: RequestStatus::of(view.status),
            status_notes,
            service_name: view.category.name,
            service_code: petition.category.to_string(),
            description: view.content,
            agency_responsible: view.agency.name,
            service_notice: (),
            requested_datetime: view.submitted_at,
            updated_datetime: view.updated_at,
            expected_datetime: view.due_at,
            address_id: view.unit.as_ref().map(|unit| unit.code.to_string()),
            address: view.unit.map(|unit| unit.name),
            zipcode: (),
            lat: view.location.as_ref().map(|location| location.lat),
            long: view.location.as_ref().map(|location| location.lon),
            media_url: view.attachments.iter().find_map(|file| file.picture()).map(|path| absolute(request, path)),
            extended_attributes,
        }
    }
}

/// Published petitions as service requests.
pub(super) fn requests(
    app: &App,
    language: Language,
    petitions: PublicPetitions,
    request: &HttpRequest,
    extended: bool,
) -> Vec<ServiceRequest> {
    let shown = petitions.views(app, language).into_iter();
    shown.map(|(petition, view)| ServiceRequest::new(&petition, view, request, extended)).collect()
}

/// A petition that is not published, as the program is shown it through which it came: with the words that came.
///
/// # Errors
/// As the store says.
pub(super) async fn own_request(
    app: &App,
    language: Language,
    petition: Petition,
    request: &HttpRequest,
    extended: bool,
) -> Result<Vec<ServiceRequest>, Problem> {
    let own = Texts::new(app.store.words_in(&[petition.id], &[Slot::Content]).await?).own(petition.id, Slot::Content);
    let petitions = PublicPetitions::of(&app.store, vec![petition]).await?;
    let mut shown = requests(app, language, petitions, request, extended);
    for request in &mut shown {
        request.description.clone_from(&own);
    }
    Ok(shown)
}

/// What a sender is told at once: whom to call where the words speak of an emergency; else who answers, and until when.
pub(super) fn notice(app: &App, petition: &Petition, language: Language) -> String {
    let catalogue = app.catalogue();
    if let Some(kind) = petition.emergency {
        return EmergencyView::new(kind, &catalogue.wordings, language).message;
    }
    let agency = crate::app::agency_name(&catalogue, &petition.holder);
    match (petition.deadlines.answer.map(Instant::to_local_rfc3339), language) {
        (Some(due), Language::Vietnamese) => format!("Đã chuyển đến {agency}, hạn trả lời: {due}"),
        (Some(due), Language::English) => format!("Routed to {agency}, to be answered by {due}"),
        (None, Language::Vietnamese) => format!("Đã chuyển đến {agency}"),
        (None, Language::English) => format!("Routed to {agency}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_is_open_or_closed_and_none_is_both() {
        let open: Vec<Status> = RequestStatus::Open.statuses().collect();
        let closed: Vec<Status> = RequestStatus::Closed.statuses().collect();
        assert_eq!(open, [Status::Submitted, Status::Received, Status::InProgress, Status::AwaitingCitizen]);
        assert_eq!(closed, [Status::Answered, Status::Closed, Status::Rejected, Status::Withdrawn, Status::Merged]);
        assert_eq!(RequestStatus::parse("open"), Some(RequestStatus::Open));
        assert_eq!(RequestStatus::parse("Open"), None);
    }
}
