//! Showing petitions: what is looked up around them, and what of it this caller sees.

use std::collections::HashMap;

use actix_web::{HttpResponse, HttpResponseBuilder};
use domain::{
    account::Actor,
    calendar::CalendarGap,
    id::{AccountId, PetitionId},
    petition::{Petition, Place, Slot, Status, open_to},
    time::Instant,
    wording::Wording,
};
use persistence::{Account, Beside, CatalogueDay, Purpose};

use super::{
    attributes::shown_attributes,
    if_match::etag,
    refs::{AgencyRef, CategoryRef, UnitRef},
    texts::Texts,
    view::{
        AnswerView, ClockView, DraftView, EmergencyView, IntakeView, LocationView, PersonRef, PetitionView,
        PublicationView, RatingView, RejectionView, RoutingView, SubmitterView,
    },
};
use crate::{
    app::App,
    auth::{Audience, Caller, Staff},
    clock,
    files::{Attachments, Telling},
    language::Language,
    privacy::Seen,
    problem::Problem,
};

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
    texts: Texts,
    attachments: Attachments<'a>,
    people: HashMap<AccountId, Account>,
    /// The petitions that others were put to.
    targets: HashMap<PetitionId, Petition>,
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

/// How much of what a photo said of itself this caller is told: staff how far from the reported place it was taken, and where, unless the
/// sender asked that this desk may not know who it is.
fn telling(petition: &Petition, caller: &Caller) -> Telling {
    match &caller.actor {
        Actor::Coordinator(_) => Telling::All,
        Actor::Officer(..) | Actor::Leader(..) if petition.hide_identity => Telling::Distance,
        Actor::Officer(..) | Actor::Leader(..) => Telling::All,
        Actor::Citizen(_) | Actor::Steering(_) | Actor::Admin(_) | Actor::System => Telling::Nothing,
    }
}

impl Surroundings<'_> {
    /// The petition whose answer is this one's: itself, or that which it was put to.
    fn answering<'p>(&'p self, petition: &'p Petition) -> &'p Petition {
        let mut answering = petition;
        while let Some(into) = answering.merged_into.as_ref().and_then(|into| self.targets.get(&into.id)) {
            answering = into;
        }
        answering
    }

    fn view(&self, petition: &Petition) -> PetitionView {
        let Self { catalogue, language, .. } = *self;
        let day = petition.submitted_at.local_date();
        let category = catalogue.catalogue.category(&petition.category);
        let unit = petition.routing.unit.as_ref();
        let submitter = Some(petition.submitter).filter(|_| shows_submitter(petition, self.caller));
        let submitter =
            submitter.and_then(|id| self.people.get(&id)).filter(|account| !account.is_erased()).map(|account| {
                SubmitterView { full_name: account.full_name.clone(), phone: account.phone().map(str::to_owned) }
            });
        let staff = Staff::ROLES.contains(&self.caller.role);
        let answering = self.answering(petition);
        PetitionView {
            id: petition.id.0,
            code: petition.code.clone(),
            version: petition.version,
            status: petition.status,
            status_name: status_name(petition.status, language),
            category: CategoryRef::of(catalogue, &petition.category, language),
            title: self.texts.own(petition.id, Slot::Title),
            content: self.texts.own(petition.id, Slot::Content),
            location: match &petition.place {
                Place::Point { point, accuracy_m } => Some(LocationView {
                    lat: point.lat(),
                    lon: point.lon(),
                    address: self.texts.own(petition.id, Slot::Address),
                    accuracy_m: *accuracy_m,
                }),
                Place::Unit { .. } | Place::Nowhere {} => None,
            },
            address: match &petition.place {
                Place::Point { .. } => None,
                Place::Unit { .. } | Place::Nowhere {} => self.texts.own(petition.id, Slot::Address),
            },
            unit: unit.and_then(|code| UnitRef::of(catalogue, code, day)),
            agency: AgencyRef::of(catalogue, &petition.holder),
            routing: RoutingView::of(&petition.routing, category, catalogue, day, language),
            channel: petition.channel,
            intake: petition.intake.as_ref().filter(|_| staff).map(|intake| IntakeView {
                source: intake.source.to_string(),
                reference: self.texts.own(petition.id, Slot::Reference),
                received_at: intake.came_at.to_local_rfc3339(),
            }),
            priority: petition.priority,
            submitted_at: petition.submitted_at.to_local_rfc3339(),
            received_at: petition.received_at.map(Instant::to_local_rfc3339),
            receive_due_at: petition.deadlines.receive.map(Instant::to_local_rfc3339),
            due_at: petition.deadlines.answer.map(Instant::to_local_rfc3339),
            deadline_note: petition.calendar_gap(&catalogue.catalogue).map(|gap| deadline_note(gap, language)),
            answered_at: answering.answer.map(|answer| answer.at.to_local_rfc3339()),
            updated_at: petition.updated_at.to_local_rfc3339(),
            overdue: petition.overdue_at(self.now),
            travels: petition.travels,
            answer: answering.answer.map(|answer| AnswerView {
                content: self.texts.get(answering.id, answer.seq, Slot::Answer),
                answered_at: answer.at.to_local_rfc3339(),
                attachments: self.attachments.answer(answering, answer.seq),
            }),
            rejection: answering.rejection.map(|rejection| {
                let (reason, guidance) = Wording::reason(rejection.code);
                RejectionView {
                    reason_code: rejection.code,
                    reason: language.worded(&catalogue.wordings, reason),
                    guidance: language.worded(&catalogue.wordings, guidance),
                    message: self.texts.get(answering.id, rejection.seq, Slot::Message),
                }
            }),
            rating: petition.rating.map(|rating| RatingView {
                level: rating.level,
                comment: self.texts.get(petition.id, rating.seq, Slot::Comment),
            }),
            reopenings: petition.reopenings,
            published: petition.published.is_some(),
            publication: petition.published.map(|published| PublicationView {
                published_at: published.at.to_local_rfc3339(),
                title: self.texts.public(petition.id, Some(published.seq), Slot::Title),
                content: self.texts.public(petition.id, Some(published.seq), Slot::Content),
            }),
            clock: ClockView {
                paused_at: petition.clock.paused_at.map(Instant::to_local_rfc3339),
                paused_seconds: petition.clock.paused_seconds,
                extended_to: petition.clock.extended_to.map(Instant::to_local_rfc3339),
                extensions: petition.extensions,
            },
            assignee: petition
                .assignee
                .filter(|_| staff)
                .and_then(|id| self.people.get(&id))
                .filter(|account| !account.is_erased())
                .map(|account| PersonRef { id: account.id.0, full_name: account.full_name.clone() }),
            draft: petition.draft.filter(|_| staff).map(|seq| DraftView {
                content: self.texts.get(petition.id, seq, Slot::Answer),
                attachments: self.attachments.answer(petition, seq),
            }),
            merged_into: petition.merged_into.as_ref().map(|into| into.code.clone()),
            absorbed: petition.absorbed,
            emergency: petition.emergency.map(|kind| EmergencyView::new(kind, &catalogue.wordings, language)),
            escalated: petition.escalated.filter(|_| staff),
            flagged: petition.is_flagged(),
            commands: open_to(petition, &self.caller.actor, &catalogue.catalogue.directory),
            attributes: shown_attributes(self.texts.borrowed(petition.id, 1, Slot::Attributes), language),
            attachments: self.attachments.sent(petition, telling(petition, self.caller)),
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

/// The petitions that those were put to, and what these were put to in turn: one query for each step.
async fn targets_of(app: &App, petitions: &[Petition]) -> Result<HashMap<PetitionId, Petition>, Problem> {
    let mut targets: HashMap<PetitionId, Petition> = HashMap::new();
    let mut wanted: Vec<PetitionId> = petitions.iter().filter_map(target).collect();
    while !wanted.is_empty() {
        let found = app.store.petitions(&wanted).await?;
        wanted = found.iter().filter_map(|stored| target(&stored.petition)).collect();
        targets.extend(found.into_iter().map(|stored| (stored.petition.id, stored.petition)));
        wanted.retain(|id| !targets.contains_key(id));
    }
    Ok(targets)
}

fn target(petition: &Petition) -> Option<PetitionId> {
    petition.merged_into.as_ref().map(|into| into.id)
}

/// Petitions as a caller sees them: as many queries for a hundred as for one.
///
/// # Errors
/// As the store says.
pub async fn shown_all(
    app: &App,
    caller: &Caller,
    language: Language,
    petitions: &[Petition],
) -> Result<Vec<PetitionView>, Problem> {
    shown_for(app, caller, language, petitions, Purpose::List, None).await
}

/// A petition as who sent it sees it; what is known of it already is not asked for again.
///
/// # Errors
/// As the store says.
pub async fn shown_to_sender(
    app: &App,
    caller: &Caller,
    language: Language,
    petition: &Petition,
    known: Option<Beside>,
) -> Result<PetitionView, Problem> {
    only(shown_for(app, caller, language, std::slice::from_ref(petition), Purpose::List, known).await?)
}

fn only(views: Vec<PetitionView>) -> Result<PetitionView, Problem> {
    views.into_iter().next().ok_or_else(|| Problem::internal("no view of a petition"))
}

async fn shown_for(
    app: &App,
    caller: &Caller,
    language: Language,
    petitions: &[Petition],
    purpose: Purpose,
    known: Option<Beside>,
) -> Result<Vec<PetitionView>, Problem> {
    let targets = targets_of(app, petitions).await?;
    let mut ids: Vec<PetitionId> = petitions.iter().map(|petition| petition.id).collect();
    ids.extend(targets.keys());
    let mut people: Vec<AccountId> = petitions.iter().map(|petition| petition.submitter).collect();
    people.extend(petitions.iter().filter_map(|petition| petition.assignee));
    people.sort_unstable();
    people.dedup();
    let (words, with_files, submitter) = match known {
        Some(Beside { words, has_files, submitter }) if targets.is_empty() => {
            (words, if has_files { ids.as_slice() } else { &[] }, Some(submitter))
        }
        Some(_) | None => (app.store.words(&ids).await?, ids.as_slice(), None),
    };
    people.retain(|id| submitter.as_ref().is_none_or(|submitter| submitter.id != *id));
    let mut accounts = app.store.accounts(&people).await?;
    accounts.extend(submitter);
    let surroundings = Surroundings {
        catalogue: &app.catalogue(),
        texts: Texts::new(words),
        attachments: Attachments::of(app, with_files).await?,
        people: accounts.into_iter().map(|account| (account.id, account)).collect(),
        targets,
        caller,
        language,
        now: clock::now(),
    };
    let views: Vec<PetitionView> = petitions.iter().map(|petition| surroundings.view(petition)).collect();
    let seen = petitions.iter().zip(&views).map(|(petition, view)| Seen {
        petition: petition.id,
        subject: petition.submitter,
        named: view.submitter.is_some(),
    });
    app.privacy.looks.note(caller, purpose, seen, surroundings.now)?;
    Ok(views)
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
    known: Option<Beside>,
    mut response: HttpResponseBuilder,
) -> Result<HttpResponse, Problem> {
    let petitions = std::slice::from_ref(petition);
    let view = only(shown_for(app, caller, language, petitions, Purpose::Handling, known).await?)?;
    Ok(response.insert_header(("etag", etag(petition.version))).json(view))
}
