//! Which petitions may tell of the same matter.

use std::time::Duration;

use domain::{
    code::CategoryCode,
    duplicate::{RADIUS_M, Sighting, WINDOW_DAYS, likeliest_duplicates},
    petition::{Petition, PetitionCode, Place, Slot, Status},
};
use persistence::{CatalogueDay, Near, Neighbour, Onlooker, Words};
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
/// at most five. One query; where its words are not at hand, another.
///
/// It is a help and no more: where it fails the list is empty, since the petition is stored already.
pub async fn likely_duplicates(
    app: &App,
    caller: &Caller,
    language: Language,
    petition: &Petition,
    words: Option<Vec<Words>>,
) -> Vec<LikelyDuplicate> {
    match tokio::time::timeout(PATIENCE, search(app, caller, language, petition, words)).await {
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
    words: Option<Vec<Words>>,
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
    let mut others = app.store.neighbours(&near).await?;
    if others.is_empty() {
        return Ok(Vec::new());
    }
    let own = match words {
        Some(words) => words,
        None => app.store.words_in(&[petition.id], &[Slot::Title, Slot::Content]).await?,
    };
    let texts = Texts::new(others.iter_mut().flat_map(|other| std::mem::take(&mut other.words)).chain(own).collect());
    // Everybody's words of what is another's, also for comparing: what is alike with hidden words would tell of them.
    let worded = |other: &Neighbour, slot: Slot| {
        if other.submitter == caller.account {
            texts.own(other.id, slot)
        } else {
            texts.public(other.id, other.published_seq, slot)
        }
    };
    let own = joined(texts.own(petition.id, Slot::Title), texts.own(petition.id, Slot::Content));
    let new = Sighting { point: *point, submitted_at: petition.submitted_at, text: &own };
    let told = |other: &Neighbour| joined(worded(other, Slot::Title), worded(other, Slot::Content));
    let told: Vec<String> = others.iter().map(told).collect();
    let sightings = others.iter().zip(&told).map(|(other, text)| {
        let Neighbour { point, submitted_at, .. } = *other;
        (other, Sighting { point, submitted_at, text })
    });
    let likely = likeliest_duplicates(&new, sightings);
    let view = |(other, likeness): (&Neighbour, f64)| LikelyDuplicate {
        code: other.code.clone(),
        title: worded(other, Slot::Title),
        status: other.status,
        status_name: status_name(other.status, language),
        distance_m: whole_metres(point.metres_to(other.point)),
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
