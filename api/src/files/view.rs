//! Files as a petition shows them.

use std::collections::HashMap;

use domain::{
    id::PetitionId,
    petition::{MediaType, Petition, Place, Slot},
    time::Instant,
};
use persistence::{Upload, Variant};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Links;
use crate::{app::App, clock, problem::Problem};

/// A file.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttachmentView {
    /// The upload.
    id: Uuid,
    /// What it is as it is handed out.
    #[schema(value_type = String, example = "image/jpeg")]
    media_type: MediaType,
    /// Its bytes as it is handed out.
    size: u64,
    /// Pixels; `null` unless it is a picture.
    width: Option<u32>,
    /// Pixels; `null` unless it is a picture.
    height: Option<u32>,
    /// Where to get it, on this server; the link ends after some minutes, and the petition asked for again has a new one.
    url: String,
    /// Smaller ones of a picture, JPEG; `null` of all else.
    thumbnails: Option<Thumbnails>,
    /// For staff: what the file said of itself before that was taken out of it. Whoever made it may have written anything there.
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<Evidence>,
}

impl AttachmentView {
    /// Where to get it, if it is a picture.
    pub(crate) fn picture(&self) -> Option<&str> {
        self.width.map(|_| self.url.as_str())
    }
}

/// Links to smaller pictures.
#[derive(Debug, Serialize, ToSchema)]
pub struct Thumbnails {
    /// At most 320 pixels wide and high.
    small: String,
    /// At most 1,280 pixels wide and high.
    large: String,
}

/// When and where a file says it was taken.
#[derive(Debug, Serialize, ToSchema)]
pub struct Evidence {
    /// When.
    taken_at: Option<String>,
    /// Where, degrees; `null` also for an agency where the sender asked to be hidden, since photos are taken at home.
    lat: Option<f64>,
    /// Where, degrees.
    lon: Option<f64>,
    /// How far that is from the place that was reported, whole metres.
    distance_m: Option<u32>,
}

/// How much of what a file said of itself is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Telling {
    /// Nothing.
    Nothing,
    /// When, and how far from the reported place.
    Distance,
    /// Where, too.
    All,
}

/// The files of petitions, looked up once.
pub struct Attachments<'a> {
    by_petition: HashMap<PetitionId, Vec<Upload>>,
    links: &'a Links,
    now: Instant,
}

impl<'a> Attachments<'a> {
    /// Those of these petitions, in one query.
    ///
    /// # Errors
    /// As the store says.
    pub async fn of(app: &'a App, petitions: &[PetitionId]) -> Result<Self, Problem> {
        Ok(Self::new(app, app.store.attachments(petitions).await?))
    }

    /// From what the store gave.
    pub fn new(app: &'a App, uploads: Vec<Upload>) -> Self {
        let mut by_petition: HashMap<PetitionId, Vec<Upload>> = HashMap::new();
        for upload in uploads {
            if let Some(belongs) = upload.belongs {
                by_petition.entry(belongs.petition).or_default().push(upload);
            }
        }
        Self { by_petition, links: &app.files.links, now: clock::now() }
    }

    /// What the sender sent with it and added to it.
    pub fn sent(&self, petition: &Petition, telling: Telling) -> Vec<AttachmentView> {
        self.those(petition, telling, |_, slot| slot == Slot::Content)
    }

    /// What the sender sent with it, for everybody.
    pub fn published(&self, petition: &Petition) -> Vec<AttachmentView> {
        self.those(petition, Telling::Nothing, |seq, slot| (seq, slot) == (1, Slot::Content))
    }

    /// What came with an answer or its draft.
    pub fn answer(&self, petition: &Petition, answer: u32) -> Vec<AttachmentView> {
        self.those(petition, Telling::Nothing, |seq, slot| (seq, slot) == (answer, Slot::Answer))
    }

    fn those(&self, petition: &Petition, telling: Telling, which: impl Fn(u32, Slot) -> bool) -> Vec<AttachmentView> {
        let uploads = self.by_petition.get(&petition.id).map(Vec::as_slice).unwrap_or_default();
        let wanted = uploads.iter().filter(|upload| upload.belongs.is_some_and(|at| which(at.seq, at.slot)));
        wanted.map(|upload| self.view(upload, petition, telling)).collect()
    }

    fn view(&self, upload: &Upload, petition: &Petition, telling: Telling) -> AttachmentView {
        let link = |variant| self.links.make(upload.id, variant, self.now);
        AttachmentView {
            id: upload.id.0,
            media_type: upload.kept.media_type,
            size: upload.kept.size,
            width: upload.picture.map(|picture| picture.width),
            height: upload.picture.map(|picture| picture.height),
            url: link(Variant::Full),
            thumbnails: upload.picture.map(|_| Thumbnails { small: link(Variant::Small), large: link(Variant::Large) }),
            evidence: evidence(upload, petition, telling),
        }
    }
}

fn evidence(upload: &Upload, petition: &Petition, telling: Telling) -> Option<Evidence> {
    let taken = upload.taken;
    if telling == Telling::Nothing || (taken.at.is_none() && taken.place.is_none()) {
        return None;
    }
    let reported = match &petition.place {
        Place::Point { point, .. } => Some(*point),
        Place::Unit { .. } | Place::Nowhere {} => None,
    };
    let distance = reported.zip(taken.place).map(|(reported, taken)| reported.metres_to(taken));
    let place = taken.place.filter(|_| telling == Telling::All);
    Some(Evidence {
        taken_at: taken.at.map(Instant::to_local_rfc3339),
        lat: place.map(|place| place.lat()),
        lon: place.map(|place| place.lon()),
        distance_m: distance.map(crate::petition::whole_metres),
    })
}
