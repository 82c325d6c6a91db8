//! A petition as the contract shows it.

use domain::{
    catalogue::{Category, Channel, Priority},
    petition::{CommandKind, Emergency, Escalation, PetitionCode, RatingLevel, RejectionCode, Status},
    routing::Routing,
    wording::{Wording, Wordings, fill},
};
use persistence::CatalogueDay;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    attributes::AttributeView,
    explain::explain,
    refs::{AgencyRef, CategoryRef, UnitRef},
};
use crate::{files::AttachmentView, language::Language};

/// Where a petition is about.
#[derive(Debug, Serialize, ToSchema)]
pub struct LocationView {
    /// Degrees, WGS 84.
    pub(super) lat: f64,
    /// Degrees, WGS 84.
    pub(super) lon: f64,
    /// As the citizen gave it.
    pub(super) address: Option<String>,
    /// How far off the point may be, whole metres, if the phone said so.
    pub(super) accuracy_m: Option<u32>,
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

impl RoutingView {
    /// The one of a routing of that day.
    pub fn of(
        routing: &Routing,
        category: Option<&Category>,
        catalogue: &CatalogueDay,
        day: chrono::NaiveDate,
        language: Language,
    ) -> Self {
        Self {
            rule: routing.basis,
            precision: routing.precision,
            distance_m: routing.distance_m,
            explanation: explain(routing, category, catalogue, day, language),
        }
    }
}

/// The answer that stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct AnswerView {
    /// The answer; `null` once it was erased.
    pub(super) content: Option<String>,
    /// When it was given.
    pub(super) answered_at: String,
    /// The files that came with it.
    pub(super) attachments: Vec<AttachmentView>,
}

/// What the sender said of the answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct RatingView {
    /// `satisfied`, `acceptable` or `unsatisfied`.
    #[schema(value_type = String, example = "satisfied")]
    pub(super) level: RatingLevel,
    /// What else was said; `null` also once it was erased.
    pub(super) comment: Option<String>,
}

/// An answer that waits for the leader.
#[derive(Debug, Serialize, ToSchema)]
pub struct DraftView {
    /// The answer as it was drafted.
    pub(super) content: Option<String>,
    /// The files that came with it.
    pub(super) attachments: Vec<AttachmentView>,
}

/// How everybody reads it.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicationView {
    /// Since when.
    pub(super) published_at: String,
    /// The title as everybody reads it.
    pub(super) title: Option<String>,
    /// The content as everybody reads it.
    pub(super) content: Option<String>,
}

/// The clock to answer, where it did not simply run.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClockView {
    /// Since when it stands still, waiting for the citizen; `null` while it runs.
    pub(super) paused_at: Option<String>,
    /// How long it stood still before, in seconds of office time: by so much `due_at` was moved.
    pub(super) paused_seconds: u32,
    /// For when the answer is promised instead of `due_at`. Whether it is late is judged by `due_at` all the same.
    pub(super) extended_to: Option<String>,
    /// How often it was promised for later.
    pub(super) extensions: u32,
}

/// Somebody of the agency.
#[derive(Debug, Serialize, ToSchema)]
pub struct PersonRef {
    /// The account.
    pub(super) id: Uuid,
    /// The name.
    pub(super) full_name: String,
}

/// Whom to call instead of waiting.
#[derive(Debug, Serialize, ToSchema)]
pub struct EmergencyView {
    /// `fire`, `accident` or `crime`.
    #[schema(value_type = String, example = "fire")]
    pub(super) kind: Emergency,
    /// The number to call.
    #[schema(example = "114")]
    pub(super) hotline: String,
    /// What to do, in the language of the answer.
    #[schema(example = "Hãy gọi ngay 114. Phản ánh này không thay cho cuộc gọi khẩn cấp.")]
    pub(crate) message: String,
}

impl EmergencyView {
    /// What somebody is told who writes of an emergency.
    pub(crate) fn new(kind: Emergency, wordings: &Wordings, language: Language) -> Self {
        let hotline = language.worded(wordings, Wording::hotline(kind));
        let message = fill(&language.worded(wordings, Wording::EmergencyAdvice), &[("hotline", &hotline)]);
        Self { kind, hotline, message }
    }
}

/// Why it was refused.
#[derive(Debug, Serialize, ToSchema)]
pub struct RejectionView {
    /// The kind of reason.
    #[schema(value_type = String, example = "unclear")]
    pub(super) reason_code: RejectionCode,
    /// What that is called, in the language of the answer.
    #[schema(example = "Nội dung không rõ ràng")]
    pub(super) reason: String,
    /// Where to go instead, or what to do.
    pub(super) guidance: String,
    /// What the citizen was told; `null` once it was erased.
    pub(super) message: Option<String>,
}

/// How it came, where its sender did not send it by the app or the web page.
#[derive(Debug, Serialize, ToSchema)]
pub struct IntakeView {
    /// Where it came in first.
    #[schema(example = "hotline-1022")]
    pub(super) source: String,
    /// What it is known by there; `null` also once it was erased.
    pub(super) reference: Option<String>,
    /// When it came there; from here the clock to answer counts.
    pub(super) received_at: String,
}

/// Who sent it.
#[derive(Debug, Serialize, ToSchema)]
pub struct SubmitterView {
    /// The name.
    pub(super) full_name: String,
    /// The phone number, E.164.
    pub(super) phone: Option<String>,
}

/// A petition.
#[derive(Debug, Serialize, ToSchema)]
pub struct PetitionView {
    /// For programs.
    pub(super) id: Uuid,
    /// For people.
    #[schema(value_type = String, example = "PAKN.20220831.000042")]
    pub(super) code: PetitionCode,
    /// How many events it has had; also its `ETag`.
    pub(super) version: u32,
    /// Where it stands.
    #[schema(value_type = String, example = "submitted")]
    pub(super) status: Status,
    /// The same in the language of the answer.
    #[schema(example = "Chờ tiếp nhận")]
    pub(super) status_name: &'static str,
    pub(super) category: CategoryRef,
    /// `null` once it was erased.
    pub(super) title: Option<String>,
    /// `null` once it was erased.
    pub(super) content: Option<String>,
    pub(super) location: Option<LocationView>,
    /// The address as the sender said it, where no point is known; with a point it stands in `location`.
    pub(super) address: Option<String>,
    /// The commune it is about, or the district where only that is known.
    pub(super) unit: Option<UnitRef>,
    /// The agency that has it.
    pub(super) agency: AgencyRef,
    pub(super) routing: RoutingView,
    #[schema(value_type = String, example = "mobile")]
    pub(super) channel: Channel,
    /// Where and when it came in, if it was entered for its sender; for staff alone.
    pub(super) intake: Option<IntakeView>,
    #[schema(value_type = String, example = "normal")]
    pub(super) priority: Priority,
    pub(super) submitted_at: String,
    /// When an agency first acknowledged it.
    pub(super) received_at: Option<String>,
    /// Until when the agency must acknowledge it.
    pub(super) receive_due_at: Option<String>,
    /// Until when it must be answered; `null` where `deadline_note` says why.
    pub(super) due_at: Option<String>,
    /// Why there is no deadline: the calendar of that year is not loaded or not confirmed.
    pub(super) deadline_note: Option<String>,
    pub(super) answered_at: Option<String>,
    /// When its last event happened.
    pub(super) updated_at: String,
    /// Whether the deadline has passed and no answer was given.
    pub(super) overdue: bool,
    /// Whether it came to the coordinator because it went from agency to agency.
    pub(super) travels: bool,
    pub(super) answer: Option<AnswerView>,
    pub(super) rejection: Option<RejectionView>,
    /// `null` until the sender rates the answer.
    pub(super) rating: Option<RatingView>,
    /// How often the sender reopened it.
    pub(super) reopenings: u32,
    /// Whether everybody may read it.
    pub(super) published: bool,
    /// How everybody reads it; for staff and its sender.
    pub(super) publication: Option<PublicationView>,
    pub(super) clock: ClockView,
    /// Who of the agency has it; for staff alone.
    pub(super) assignee: Option<PersonRef>,
    /// The answer that waits for the leader; for staff alone.
    pub(super) draft: Option<DraftView>,
    /// The code of the petition it was put to, whose answer it shares.
    #[schema(value_type = Option<String>, example = "PAKN.20220831.000041")]
    pub(super) merged_into: Option<PetitionCode>,
    /// How many petitions were put to it.
    pub(super) absorbed: u32,
    /// Where its words speak of an emergency: whom to call.
    pub(super) emergency: Option<EmergencyView>,
    /// To whom it rose for being overdue: `leader` or `coordinator`; for staff alone.
    #[schema(value_type = Option<String>, example = "leader")]
    pub(super) escalated: Option<Escalation>,
    /// Whether it asks for more attention than its deadline gives it: an emergency, a petition that travels, one that rose for
    /// being overdue.
    pub(super) flagged: bool,
    /// The commands that this caller may give it now.
    #[schema(value_type = Vec<String>, example = json!(["withdraw"]))]
    pub(super) commands: Vec<CommandKind>,
    /// The answers to what the field asks besides; empty also once they were erased.
    pub(super) attributes: Vec<AttributeView>,
    /// The files that its sender sent with it, and added to it later.
    pub(super) attachments: Vec<AttachmentView>,
    /// Whether agencies may not see who sent it.
    pub(super) hide_identity: bool,
    /// Who sent it; `null` where this caller may not see that.
    pub(super) submitter: Option<SubmitterView>,
}
