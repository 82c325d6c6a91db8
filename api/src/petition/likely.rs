//! Which petitions may tell of the same matter.

use std::time::Duration;

use domain::{
    code::CategoryCode,
    duplicate::{RADIUS_M, Sighting, WINDOW_DAYS, likeliest_duplicates},
    id::PetitionId,
    petition::{Petition, PetitionCode, Place, Slot, Status},
};
use persistence::{CatalogueDay, Near, Onlooker};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    status_name,
    texts::{Texts, joined},
};
use crate::{app::App, auth::Caller, language::Language, problem::Problem};

/// How many of the nearest are compared by their words.
const COMPARED: u64 = 100;

/// How long the search may take: the petition is stored, and its sender waits.
const PATIENCE: Duration = Duration::from_secs(2);

/// A petition that may tell of the same matter.
#[derive(Debug, Serialize, ToSchema)]
pub struct LikelyDuplicate {
    #[schema(value_type = String, example = "PAKN.20220831.000041")]
    code: PetitionCode,
    /// As everybody reads it, or as its sender wrote it where that is the caller; `null` once it was erased.
    title: Option<String>,
    #[schema(value_type = String, example = "in_progress")]
    status: Status,
    /// The same in the language of the answer.
    #[schema(example = "Đang xử lý")]
    status_name: &'static str,
    /// How far away, whole metres.
    distance_m: u32,
    /// How likely, 0 to 1.
    #[schema(example = 0.82)]
    likeness: f64,
    submitted_at: String,
}

/// The published petitions, and the caller's own, that may tell of the same matter as this one which they sent: the likeliest first,
/// at most five. Two queries.
///
/// It is a help and no more: where it fails the list is empty, since the petition is stored already.
pub async fn likely_duplicates(
    app: &App,
    caller: &Caller,
    language: Language,
    petition: &Petition,
) -> Vec<LikelyDuplicate> {
    match tokio::time::timeout(PATIENCE, search(app, caller, language, petition)).await {
        Ok(Ok(found)) => found,
        Ok(Err(problem)) => {
            tracing::warn!(%problem, "no duplicates could be looked for");
            Vec::new()
        }
        Err(_) => {
            tracing::warn!("looking for duplicates took too long");
            Vec::new()
        }
    }
}

async fn search(
    app: &App,
    caller: &Caller,
    language: Language,
    petition: &Petition,
) -> Result<Vec<LikelyDuplicate>, Problem> {
    let Place::Point { point, .. } = &petition.place else { return Ok(Vec::new()) };
    let near = Near {
        point: *point,
        metres: RADIUS_M,
        categories: &akin(&app.catalogue(), &petition.category),
        from: petition.submitted_at.plus(-chrono::Duration::days(WINDOW_DAYS)),
        // Nothing after it, so that a request that comes twice is answered alike.
        to: petition.submitted_at,
        but: petition.id,
        onlooker: Onlooker::Sender(caller.account),
        limit: COMPARED,
    };
    let others: Vec<Petition> = app.store.near(&near).await?.into_iter().map(|stored| stored.petition).collect();
    if others.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<PetitionId> = others.iter().chain([petition]).map(|petition| petition.id).collect();
    let texts = Texts::new(app.store.words_in(&ids, &[Slot::Title, Slot::Content]).await?);
    // Everybody's words of what is another's, also for comparing: what is alike with hidden words would tell of them.
    let worded = |other: &Petition, slot: Slot| {
        if other.submitter == caller.account { texts.own(other, slot) } else { texts.public(other, slot) }
    };
    let told = |other: &Petition| joined(worded(other, Slot::Title), worded(other, Slot::Content));
    let own = told(petition);
    let new = Sighting { point: *point, submitted_at: petition.submitted_at, text: &own };
    let told: Vec<String> = others.iter().map(told).collect();
    let sightings = others.iter().zip(&told).filter_map(|(other, text)| match &other.place {
        Place::Point { point, .. } => Some((other, Sighting { point: *point, submitted_at: other.submitted_at, text })),
        Place::Unit { .. } | Place::Nowhere {} => None,
    });
    let likely = likeliest_duplicates(&new, sightings);
    let view = |(other, likeness): (&Petition, f64)| LikelyDuplicate {
        code: other.code.clone(),
        title: worded(other, Slot::Title),
        status: other.status,
        status_name: status_name(other.status, language),
        distance_m: match &other.place {
            Place::Point { point: there, .. } => whole_metres(point.metres_to(*there)),
            Place::Unit { .. } | Place::Nowhere {} => 0,
        },
        likeness: rounded(likeness),
        submitted_at: other.submitted_at.to_local_rfc3339(),
    };
    Ok(likely.into_iter().map(view).collect())
}

/// The fields of the same group as that one, itself included.
pub fn akin(catalogue: &CatalogueDay, category: &CategoryCode) -> Vec<CategoryCode> {
    let all = &catalogue.catalogue.categories;
    let Some(own) = all.get(category) else { return vec![category.clone()] };
    all.values().filter(|other| other.group == own.group).map(|other| other.code.clone()).collect()
}

/// Metres, rounded to whole ones.
pub fn whole_metres(metres: f64) -> u32 {
    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "half the way round the earth is 2·10⁷ metres; beyond its range a float becomes the bound"
    )]
    let whole = metres.round() as u32;
    whole
}

/// A likeness to three digits: more would be no better.
pub fn rounded(likeness: f64) -> f64 {
    (likeness * 1e3).round() / 1e3
}
