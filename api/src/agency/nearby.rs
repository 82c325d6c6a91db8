//! `GET /api/v1/petitions/{code}/nearby`: what else is told of that place.

use actix_web::{
    HttpResponse, get,
    web::{Data, Path},
};
use domain::{
    account::Actor,
    duplicate::similarity,
    petition::{Petition, PetitionCode, Place, Slot, Status, sees},
    place::Point,
};
use persistence::{Near, Onlooker, Purpose};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    answers::Guarded,
    app::App,
    auth::{Allowed, Staff},
    catalogue::Whole,
    clock,
    field::Faults,
    language::Language,
    petition::{AgencyRef, CategoryRef, PetitionPath, Texts, akin, find, joined, rounded, status_name, whole_metres},
    privacy::Seen,
    problem::{Code, FaultCode, Problem, ProblemDetails},
    query::Query,
};

/// How far around, metres, unless asked.
const DEFAULT_METRES: u32 = 500;
/// How far around at most.
const MAX_METRES: u32 = 2_000;
/// How many days before and after.
const DAYS: i64 = 90;
/// How many petitions.
const MOST: u64 = 50;

/// A petition near another: enough to judge whether it tells of the same. Who sent it is not in it.
#[derive(Debug, Serialize, ToSchema)]
pub struct NearbyPetition {
    #[schema(value_type = String, example = "PAKN.20220831.000041")]
    code: PetitionCode,
    #[schema(value_type = String, example = "in_progress")]
    status: Status,
    /// The same in the language of the answer.
    #[schema(example = "Đang xử lý")]
    status_name: &'static str,
    category: CategoryRef,
    /// As its sender wrote it where the caller may read it, else as everybody reads it; `null` once it was erased.
    title: Option<String>,
    /// The agency that has it.
    agency: AgencyRef,
    submitted_at: String,
    /// How far away, whole metres.
    distance_m: u32,
    /// How alike the words of both are, 0 to 1.
    #[schema(example = 0.82)]
    likeness: f64,
}

/// How far around.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct NearbyQuery {
    /// Metres, 1 to 2,000; 500 unless given.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 2000)]
    metres: Option<String>,
}

/// Other petitions of the same group of fields near a petition, 90 days before and after it, which the caller's agency has or which
/// are published, and for the coordinator all: nearest first, at most 50. None where the petition has no point.
#[utoipa::path(
    operation_id = "nearby", tag = "agency", security(("bearer" = [])), params(PetitionPath, NearbyQuery),
    extensions(("x-roles" = json!(["officer", "leader", "coordinator"]))),
    responses(
        (status = 200, body = Whole<NearbyPetition>),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json"),
        Guarded,
    )
)]
#[get("/petitions/{code}/nearby")]
pub async fn nearby_petitions(
    app: Data<App>,
    allowed: Allowed<Staff>,
    language: Language,
    code: Path<String>,
    Query(NearbyQuery { metres }): Query<NearbyQuery>,
) -> Result<HttpResponse, Problem> {
    let mut faults = Faults::default();
    let metres = match metres.as_deref().map(str::parse::<u32>) {
        None => DEFAULT_METRES,
        Some(Ok(metres)) if (1..=MAX_METRES).contains(&metres) => metres,
        Some(_) => {
            faults.add_with("/metres", FaultCode::OutOfRange, format!("1–{MAX_METRES}"));
            DEFAULT_METRES
        }
    };
    faults.finish(Some(()))?;
    let petition = find(&app, &allowed.caller, &code).await?.petition;
    let Some(here) = point(&petition) else { return Ok(HttpResponse::Ok().json(none())) };
    let (catalogue, metres) = (app.catalogue(), f64::from(metres));
    let days = chrono::Duration::days(DAYS);
    let caller = &allowed.caller.actor;
    let desk = match caller {
        Actor::Officer(_, agency) | Actor::Leader(_, agency) => Some(agency.clone()),
        Actor::Coordinator(_) => None,
        Actor::Citizen(_) | Actor::Steering(_) | Actor::Admin(_) | Actor::System => {
            return Err(Problem::new(Code::Forbidden));
        }
    };
    let near = Near {
        point: here,
        metres,
        categories: &akin(&catalogue, &petition.category),
        from: petition.submitted_at.plus(-days),
        to: petition.submitted_at.plus(days),
        but: petition.id,
        onlooker: match &desk {
            Some(desk) => Onlooker::Desk(desk),
            None => Onlooker::Coordinator,
        },
        limit: MOST,
    };
    let found = app.store.near(&near).await?.into_iter().map(|stored| stored.petition);
    // What was asked for is a box; a circle is what was meant.
    let mut others: Vec<(f64, Petition)> = found
        .filter_map(|other| point(&other).map(|there| (here.metres_to(there), other)))
        .filter(|(away, _)| *away <= metres)
        .collect();
    others.sort_by(|(one, _), (two, _)| one.total_cmp(two));
    let own_desk = others.iter().filter(|(_, other)| sees(other, caller, &catalogue.catalogue.directory));
    let seen = own_desk.map(|(_, other)| Seen { petition: other.id, subject: other.submitter, named: false });
    app.privacy.looks.note(&allowed.caller, Purpose::List, seen, clock::now())?;
    let ids: Vec<_> = others.iter().map(|(_, other)| other.id).chain([petition.id]).collect();
    let texts = Texts::new(app.store.words_in(&ids, &[Slot::Title, Slot::Content]).await?);
    // Everybody's words of what is another desk's, also for comparing: what is alike with hidden words would tell of them.
    let worded = |other: &Petition, slot: Slot| {
        if sees(other, caller, &catalogue.catalogue.directory) {
            texts.own(other.id, slot)
        } else {
            texts.public(other.id, other.published.map(|published| published.seq), slot)
        }
    };
    let told = |other: &Petition| joined(worded(other, Slot::Title), worded(other, Slot::Content));
    let own = told(&petition);
    let view = |(away, other): (f64, Petition)| NearbyPetition {
        status: other.status,
        status_name: status_name(other.status, language),
        category: CategoryRef::of(&catalogue, &other.category, language),
        title: worded(&other, Slot::Title),
        agency: AgencyRef::of(&catalogue, &other.holder),
        submitted_at: other.submitted_at.to_local_rfc3339(),
        distance_m: whole_metres(away),
        likeness: rounded(similarity(&own, &told(&other))),
        code: other.code,
    };
    Ok(HttpResponse::Ok().json(Whole::new(others.into_iter().map(view).collect())))
}

fn none() -> Whole<NearbyPetition> {
    Whole::new(Vec::new())
}

fn point(petition: &Petition) -> Option<Point> {
    match &petition.place {
        Place::Point { point, .. } => Some(*point),
        Place::Unit { .. } | Place::Nowhere {} => None,
    }
}
