//! A published petition as everybody sees it.

use std::collections::HashMap;

use domain::{
    catalogue::{Channel, Priority},
    id::PetitionId,
    petition::{Petition, PetitionCode, Place, RatingLevel, Slot, Status},
    time::Instant,
};
use persistence::{Beside, Store, StoreError, Upload, Words};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    app::App,
    clock,
    files::{AttachmentView, Attachments},
    language::Language,
    petition::{AgencyRef, CategoryRef, RoutingView, Texts, UnitRef, status_name},
};

/// Where a published petition is about: its point alone, since an address may be somebody's.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicLocation {
    /// Degrees, WGS 84.
    pub(crate) lat: f64,
    /// Degrees, WGS 84.
    pub(crate) lon: f64,
    /// Always `null`.
    #[schema(value_type = Option<String>)]
    address: (),
}

/// The answer that stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicAnswer {
    /// The answer; `null` once it was erased.
    pub(crate) content: Option<String>,
    /// When it was given.
    pub(crate) answered_at: String,
    /// The files that came with it.
    pub(crate) attachments: Vec<AttachmentView>,
}

/// What the sender said of the answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicRating {
    /// `satisfied`, `acceptable` or `unsatisfied`.
    #[schema(value_type = String, example = "satisfied")]
    level: RatingLevel,
    /// Always `null`.
    #[schema(value_type = Option<String>)]
    comment: (),
}

/// A petition as everybody sees it: it has every field that the contract gives a petition, so that a client reads both alike; but
/// who sent it, and what is between sender and agency, is not in it.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicPetitionView {
    /// For programs.
    id: Uuid,
    /// For people.
    #[schema(value_type = String, example = "PAKN.20220831.000042")]
    pub(crate) code: PetitionCode,
    /// How many events it has had.
    version: u32,
    /// Where it stands.
    #[schema(value_type = String, example = "in_progress")]
    pub(crate) status: Status,
    /// The same in the language of the answer.
    #[schema(example = "Đang xử lý")]
    pub(crate) status_name: &'static str,
    pub(crate) category: CategoryRef,
    /// As it was published; `null` once it was erased.
    pub(crate) title: Option<String>,
    /// As it was published; `null` once it was erased.
    pub(crate) content: Option<String>,
    pub(crate) location: Option<PublicLocation>,
    /// The commune it is about, or the district where only that is known.
    pub(crate) unit: Option<UnitRef>,
    /// The agency that has it.
    pub(crate) agency: AgencyRef,
    routing: RoutingView,
    #[schema(value_type = String, example = "mobile")]
    channel: Channel,
    #[schema(value_type = String, example = "normal")]
    priority: Priority,
    pub(crate) submitted_at: String,
    /// When an agency first acknowledged it.
    received_at: Option<String>,
    /// Until when the agency must acknowledge it.
    receive_due_at: Option<String>,
    /// Until when it must be answered.
    pub(crate) due_at: Option<String>,
    /// Whether the deadline has passed and no answer was given.
    pub(crate) overdue: bool,
    answered_at: Option<String>,
    pub(crate) answer: Option<PublicAnswer>,
    /// `null` until the sender rates the answer.
    rating: Option<PublicRating>,
    /// How many others have the same concern.
    pub(crate) supporters: u64,
    /// Whether everybody may read it.
    published: bool,
    pub(crate) published_at: Option<String>,
    /// The files that it was sent with; none where it was published in another wording than the sender's, since what was left out
    /// there may be in them.
    pub(crate) attachments: Vec<AttachmentView>,
    /// Always `null`: who sent it is nobody's to know.
    #[schema(value_type = Option<String>)]
    submitter: (),
    /// When its last event happened.
    pub(crate) updated_at: String,
}

/// Whether everybody reads the words that the sender wrote.
fn is_in_own_words(petition: &Petition, texts: &Texts) -> bool {
    let reworded =
        |seq: u32| [Slot::Title, Slot::Content].iter().any(|slot| texts.get(petition.id, seq, *slot).is_some());
    petition.published.is_some_and(|published| !reworded(published.seq))
}

/// The words that everybody may read.
const PUBLIC_WORDS: [Slot; 3] = [Slot::Title, Slot::Content, Slot::Answer];

/// Petitions, and what is shown with them.
#[derive(Debug)]
pub struct PublicPetitions {
    petitions: Vec<Petition>,
    words: Vec<Words>,
    uploads: Vec<Upload>,
    supporters: HashMap<PetitionId, u64>,
}

impl PublicPetitions {
    /// These, with what is shown with them: three queries, however many there are.
    ///
    /// # Errors
    /// As the store says.
    pub async fn of(store: &Store, petitions: Vec<Petition>) -> Result<Self, StoreError> {
        let ids: Vec<PetitionId> = petitions.iter().map(|petition| petition.id).collect();
        let words = store.words_in(&ids, &PUBLIC_WORDS).await?;
        let uploads = store.attachments(&ids).await?;
        let supporters = store.supporters(&ids).await?;
        Ok(Self { petitions, words, uploads, supporters })
    }

    /// The same of one, of which is known already what is at hand.
    ///
    /// # Errors
    /// As the store says.
    pub async fn of_one(store: &Store, petition: Petition, beside: Beside) -> Result<Self, StoreError> {
        let Beside { mut words, has_files, submitter: _ } = beside;
        words.retain(|text| PUBLIC_WORDS.contains(&text.slot));
        let ids = [petition.id];
        let uploads = if has_files { store.attachments(&ids).await? } else { Vec::new() };
        let supporters = store.supporters(&ids).await?;
        Ok(Self { petitions: vec![petition], words, uploads, supporters })
    }

    /// As everybody sees them, each beside itself.
    pub fn views(self, app: &App, language: Language) -> Vec<(Petition, PublicPetitionView)> {
        let Self { petitions, words, uploads, supporters } = self;
        let (texts, attachments) = (Texts::new(words), Attachments::new(app, uploads));
        let (catalogue, now) = (app.catalogue(), clock::now());
        let view = |petition: &Petition| {
            // Whoever is shown this without its being published is shown nobody's words.
            let worded = |slot: Slot| {
                petition.published.and_then(|published| texts.public(petition.id, Some(published.seq), slot))
            };
            let (unit, day) = (petition.routing.unit.as_ref(), petition.submitted_at.local_date());
            let category = catalogue.catalogue.category(&petition.category);
            PublicPetitionView {
                id: petition.id.0,
                version: petition.version,
                routing: RoutingView::of(&petition.routing, category, &catalogue, day, language),
                channel: petition.channel,
                priority: petition.priority,
                received_at: petition.received_at.map(Instant::to_local_rfc3339),
                receive_due_at: petition.deadlines.receive.map(Instant::to_local_rfc3339),
                published: petition.published.is_some(),
                attachments: if is_in_own_words(petition, &texts) {
                    attachments.published(petition)
                } else {
                    Vec::new()
                },
                submitter: (),
                code: petition.code.clone(),
                status: petition.status,
                status_name: status_name(petition.status, language),
                category: CategoryRef::of(&catalogue, &petition.category, language),
                title: worded(Slot::Title),
                content: worded(Slot::Content),
                location: match &petition.place {
                    Place::Point { point, .. } => {
                        Some(PublicLocation { lat: point.lat(), lon: point.lon(), address: () })
                    }
                    Place::Unit { .. } | Place::Nowhere {} => None,
                },
                unit: unit.and_then(|code| UnitRef::of(&catalogue, code, day)),
                agency: AgencyRef::of(&catalogue, &petition.holder),
                submitted_at: petition.submitted_at.to_local_rfc3339(),
                due_at: petition.deadlines.answer.map(Instant::to_local_rfc3339),
                overdue: petition.overdue_at(now),
                answered_at: petition.answer.map(|answer| answer.at.to_local_rfc3339()),
                answer: petition.answer.map(|answer| PublicAnswer {
                    content: texts.get(petition.id, answer.seq, Slot::Answer),
                    answered_at: answer.at.to_local_rfc3339(),
                    attachments: attachments.answer(petition, answer.seq),
                }),
                rating: petition.rating.map(|rating| PublicRating { level: rating.level, comment: () }),
                supporters: supporters.get(&petition.id).copied().unwrap_or_default(),
                published_at: petition.published.map(|published| published.at.to_local_rfc3339()),
                updated_at: petition.updated_at.to_local_rfc3339(),
            }
        };
        let views: Vec<PublicPetitionView> = petitions.iter().map(view).collect();
        petitions.into_iter().zip(views).collect()
    }
}
