//! A petition as the contract shows it.

use std::collections::HashMap;

use actix_web::{HttpResponse, HttpResponseBuilder};
use domain::{
    account::Actor,
    calendar::CalendarGap,
    catalogue::{AgencyLevel, Channel, Priority, UnitLevel},
    code::{AgencyCode, CategoryCode, UnitCode},
    id::{AccountId, PetitionId},
    petition::{Petition, PetitionCode, Place, RejectionCode, Slot, Status},
    time::Instant,
};
use persistence::{Account, CatalogueDay, Words};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{explain::explain, if_match::etag};
use crate::{
    app::{App, agency_name, unit_on},
    auth::Caller,
    clock,
    language::Language,
    problem::Problem,
};

/// A field with its name.
#[derive(Debug, Serialize, ToSchema)]
pub struct CategoryRef {
    /// Its code.
    #[schema(value_type = String, example = "chieu_sang")]
    code: CategoryCode,
    /// Its name in the language of the answer.
    #[schema(example = "Chiếu sáng công cộng")]
    name: String,
}

/// A unit with its name.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnitRef {
    /// Its code.
    #[schema(value_type = String, example = "09163")]
    code: UnitCode,
    /// Its full name.
    #[schema(example = "Phường Vũ Ninh")]
    name: String,
    /// `commune`, `district` or `province`.
    #[schema(value_type = String, example = "commune")]
    level: UnitLevel,
}

impl UnitRef {
    /// The unit of that code on that day, if there is one.
    pub fn of(catalogue: &CatalogueDay, code: &UnitCode, day: chrono::NaiveDate) -> Option<Self> {
        let unit = unit_on(catalogue, code, day)?;
        Some(Self { code: unit.code.clone(), name: unit.name.clone(), level: unit.level })
    }
}

/// An agency with its name.
#[derive(Debug, Serialize, ToSchema)]
pub struct AgencyRef {
    /// Its code.
    #[schema(value_type = String, example = "ubnd-256")]
    code: AgencyCode,
    /// Its name.
    #[schema(example = "UBND thành phố Bắc Ninh")]
    name: String,
    /// `commune`, `district`, `provincial` or `coordinator`.
    #[schema(value_type = Option<String>, example = "district")]
    level: Option<AgencyLevel>,
}

impl AgencyRef {
    /// The agency of that code.
    pub fn of(catalogue: &CatalogueDay, code: &AgencyCode) -> Self {
        let level = catalogue.catalogue.directory.agency(code).map(|agency| agency.level);
        Self { code: code.clone(), name: agency_name(catalogue, code), level }
    }
}

/// Where a petition is about.
#[derive(Debug, Serialize, ToSchema)]
pub struct LocationView {
    /// Degrees, WGS 84.
    lat: f64,
    /// Degrees, WGS 84.
    lon: f64,
    /// As the citizen gave it.
    address: Option<String>,
    /// How far off the point may be, whole metres, if the phone said so.
    accuracy_m: Option<u32>,
}

/// Why it went where it went.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoutingView {
    /// What decided: `competence`, `rule`, `category_owner`, `coordinator_category`, or why nothing could:
    /// `no_place`, `outside_province`, `unit_too_coarse`, `unknown_unit`, `equal_rules`, `no_agency`, `no_staff`.
    #[schema(value_type = String, example = "competence")]
    pub rule: domain::routing::Basis,
    /// How the place was found: `boundary`, `tolerance`, `nearest_centre`, `named_unit`.
    #[schema(value_type = Option<String>, example = "boundary")]
    pub precision: Option<domain::place::Precision>,
    /// Whole metres from the boundary or the centre, where the place lies outside.
    pub distance_m: Option<u32>,
    /// The same in words, in the language of the answer.
    pub explanation: String,
}

/// The answer that stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct AnswerView {
    /// The answer; `null` once it was erased.
    content: Option<String>,
    /// When it was given.
    answered_at: String,
    /// Always empty for now: files come with a later version of the contract.
    #[schema(value_type = Vec<String>)]
    attachments: [(); 0],
}

/// Why it was refused.
#[derive(Debug, Serialize, ToSchema)]
pub struct RejectionView {
    /// The kind of reason.
    #[schema(value_type = String, example = "unclear")]
    reason_code: RejectionCode,
    /// What the citizen was told; `null` once it was erased.
    message: Option<String>,
}

/// Who sent it.
#[derive(Debug, Serialize, ToSchema)]
pub struct SubmitterView {
    /// The name.
    full_name: String,
    /// The phone number, E.164.
    phone: Option<String>,
}

/// A petition.
#[derive(Debug, Serialize, ToSchema)]
pub struct PetitionView {
    /// For programs.
    id: Uuid,
    /// For people.
    #[schema(value_type = String, example = "PAKN.20220831.000042")]
    code: PetitionCode,
    /// How many events it has had; also its `ETag`.
    version: u32,
    /// Where it stands.
    #[schema(value_type = String, example = "submitted")]
    status: Status,
    /// The same in the language of the answer.
    #[schema(example = "Chờ tiếp nhận")]
    status_name: &'static str,
    category: CategoryRef,
    /// `null` once it was erased.
    title: Option<String>,
    /// `null` once it was erased.
    content: Option<String>,
    location: Option<LocationView>,
    /// The commune it is about, or the district where only that is known.
    unit: Option<UnitRef>,
    /// The agency that has it.
    agency: AgencyRef,
    routing: RoutingView,
    #[schema(value_type = String, example = "mobile")]
    channel: Channel,
    #[schema(value_type = String, example = "normal")]
    priority: Priority,
    submitted_at: String,
    /// When an agency first acknowledged it.
    received_at: Option<String>,
    /// Until when the agency must acknowledge it.
    receive_due_at: Option<String>,
    /// Until when it must be answered; `null` where `deadline_note` says why.
    due_at: Option<String>,
    /// Why there is no deadline: the calendar of that year is not loaded or not confirmed.
    deadline_note: Option<String>,
    answered_at: Option<String>,
    /// When its last event happened.
    updated_at: String,
    /// Whether the deadline has passed and no answer was given.
    overdue: bool,
    /// Whether it came to the coordinator because it went from agency to agency.
    travels: bool,
    answer: Option<AnswerView>,
    rejection: Option<RejectionView>,
    /// Always `null` for now: rating comes with a later version of the contract.
    rating: Option<()>,
    /// Always `false` for now: publication comes with a later version of the contract.
    published: bool,
    /// Always empty for now: files come with a later version of the contract.
    #[schema(value_type = Vec<String>)]
    attachments: [(); 0],
    /// Whether agencies may not see who sent it.
    hide_identity: bool,
    /// Who sent it; `null` where this caller may not see that.
    submitter: Option<SubmitterView>,
}

/// The name of a status.
pub fn status_name(status: Status, language: Language) -> &'static str {
    let (vietnamese, english) = match status {
        Status::Submitted => ("Chờ tiếp nhận", "Waiting to be received"),
        Status::Received => ("Đã tiếp nhận", "Received"),
        Status::InProgress => ("Đang xử lý", "In progress"),
        Status::AwaitingCitizen => ("Chờ bổ sung", "Waiting for the citizen"),
        Status::Answered => ("Đã trả lời", "Answered"),
        Status::Closed => ("Đã kết thúc", "Closed"),
        Status::Rejected => ("Từ chối", "Rejected"),
        Status::Withdrawn => ("Đã rút", "Withdrawn"),
        Status::Merged => ("Đã gộp", "Merged"),
    };
    language.choose(vietnamese, english)
}

/// Everything around petitions that showing them takes.
struct Surroundings<'a> {
    catalogue: &'a CatalogueDay,
    words: HashMap<(PetitionId, u32, Slot), String>,
    submitters: HashMap<AccountId, Account>,
    caller: &'a Caller,
    language: Language,
    now: Instant,
}

/// Whether this caller sees who sent it.
///
/// A handling agency does not see a sender who asked to be hidden; the coordinator does, and each look is logged.
fn shows_submitter(petition: &Petition, caller: &Caller) -> bool {
    match &caller.actor {
        Actor::Citizen(account) => petition.submitter == *account,
        Actor::Officer(..) | Actor::Leader(..) => !petition.hide_identity,
        Actor::Coordinator(_) => {
            if petition.hide_identity {
                tracing::info!(target: "audit", { petition.code = %petition.code, account.id = %caller.account }, "hidden identity seen");
            }
            true
        }
        Actor::Steering(_) | Actor::Admin(_) | Actor::System => false,
    }
}

impl Surroundings<'_> {
    fn text(&self, petition: &Petition, seq: u32, slot: Slot) -> Option<String> {
        self.words.get(&(petition.id, seq, slot)).cloned()
    }

    fn view(&self, petition: &Petition) -> PetitionView {
        let Self { catalogue, language, .. } = *self;
        let day = petition.submitted_at.local_date();
        let category = catalogue.catalogue.category(&petition.category);
        let unit = petition.routing.unit.as_ref();
        let submitter = Some(petition.submitter).filter(|_| shows_submitter(petition, self.caller));
        let submitter = submitter.and_then(|id| self.submitters.get(&id)).map(|account| SubmitterView {
            full_name: account.full_name.clone(),
            phone: account.phone().map(str::to_owned),
        });
        PetitionView {
            id: petition.id.0,
            code: petition.code.clone(),
            version: petition.version,
            status: petition.status,
            status_name: status_name(petition.status, language),
            category: CategoryRef {
                code: petition.category.clone(),
                name: category
                    .map_or_else(String::new, |category| language.choose(&category.name, &category.name_en).to_owned()),
            },
            title: self.text(petition, 1, Slot::Title),
            content: self.text(petition, 1, Slot::Content),
            location: match &petition.place {
                Place::Point { point, accuracy_m } => Some(LocationView {
                    lat: point.lat(),
                    lon: point.lon(),
                    address: self.text(petition, 1, Slot::Address),
                    accuracy_m: *accuracy_m,
                }),
                Place::Unit { .. } | Place::Nowhere {} => None,
            },
            unit: unit.and_then(|code| UnitRef::of(catalogue, code, day)),
            agency: AgencyRef::of(catalogue, &petition.holder),
            routing: RoutingView {
                rule: petition.routing.basis,
                precision: petition.routing.precision,
                distance_m: petition.routing.distance_m,
                explanation: explain(&petition.routing, category, catalogue, day, language),
            },
            channel: petition.channel,
            priority: petition.priority,
            submitted_at: petition.submitted_at.to_local_rfc3339(),
            received_at: petition.received_at.map(Instant::to_local_rfc3339),
            receive_due_at: petition.deadlines.receive.map(Instant::to_local_rfc3339),
            due_at: petition.deadlines.answer.map(Instant::to_local_rfc3339),
            deadline_note: petition.deadlines.gap.as_ref().map(|gap| deadline_note(*gap, language)),
            answered_at: petition.answer.map(|answer| answer.at.to_local_rfc3339()),
            updated_at: petition.updated_at.to_local_rfc3339(),
            overdue: petition.overdue_at(self.now),
            travels: petition.travels,
            answer: petition.answer.map(|answer| AnswerView {
                content: self.text(petition, answer.seq, Slot::Answer),
                answered_at: answer.at.to_local_rfc3339(),
                attachments: [],
            }),
            rejection: petition.rejection.map(|rejection| RejectionView {
                reason_code: rejection.code,
                message: self.text(petition, rejection.seq, Slot::Message),
            }),
            rating: None,
            published: false,
            attachments: [],
            hide_identity: petition.hide_identity,
            submitter,
        }
    }
}

fn deadline_note(gap: CalendarGap, language: Language) -> String {
    match (gap, language) {
        (CalendarGap::NotLoaded { year }, Language::Vietnamese) => format!("Chưa có lịch làm việc năm {year}"),
        (CalendarGap::NotLoaded { year }, Language::English) => format!("The working calendar of {year} is not loaded"),
        (CalendarGap::Projected { year }, Language::Vietnamese) => {
            format!("Lịch làm việc năm {year} mới là dự kiến, chưa được xác nhận")
        }
        (CalendarGap::Projected { year }, Language::English) => {
            format!("The working calendar of {year} is a projection that nobody has confirmed")
        }
    }
}

/// Petitions as a caller sees them: two queries, however many there are.
///
/// # Errors
/// As the store says.
pub async fn shown_all(
    app: &App,
    caller: &Caller,
    language: Language,
    petitions: &[Petition],
) -> Result<Vec<PetitionView>, Problem> {
    let ids: Vec<PetitionId> = petitions.iter().map(|petition| petition.id).collect();
    let mut submitters: Vec<AccountId> = petitions.iter().map(|petition| petition.submitter).collect();
    submitters.sort_unstable();
    submitters.dedup();
    let words = app.store.words(&ids).await?;
    let accounts = app.store.accounts(&submitters).await?;
    let surroundings = Surroundings {
        catalogue: &app.catalogue(),
        words: words.into_iter().map(|Words { petition, seq, slot, text }| ((petition, seq, slot), text)).collect(),
        submitters: accounts.into_iter().map(|account| (account.id, account)).collect(),
        caller,
        language,
        now: clock::now(),
    };
    Ok(petitions.iter().map(|petition| surroundings.view(petition)).collect())
}

/// One petition, as the answer to a request, with its `ETag`.
///
/// # Errors
/// As the store says.
pub async fn shown(
    app: &App,
    caller: &Caller,
    language: Language,
    petition: &Petition,
    mut response: HttpResponseBuilder,
) -> Result<HttpResponse, Problem> {
    let views = shown_all(app, caller, language, std::slice::from_ref(petition)).await?;
    let view = views.into_iter().next().ok_or_else(|| Problem::internal("no view of a petition"))?;
    Ok(response.insert_header(("etag", etag(petition.version))).json(view))
}
