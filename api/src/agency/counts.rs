//! `GET /api/v1/agency/counts` and `GET /api/v1/agency/staff`: the desk at a glance.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, get, web::Data};
use domain::{account::Role, code::AgencyCode, petition::Status};
use persistence::StatusCount;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::filter::{QueueQuery, agency_of, read_filter};
use crate::{
    answers::Guarded,
    app::App,
    auth::{Allowed, Staff},
    catalogue::Whole,
    clock,
    field::Faults,
    problem::Problem,
    query::Query,
};

/// How many petitions there are.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeskCounts {
    /// By status; every status is there.
    #[schema(value_type = BTreeMap<String, u64>, example = json!({"submitted": 3, "received": 5}))]
    by_status: BTreeMap<&'static str, u64>,
    /// Those in which an answer is owed.
    open: u64,
    /// Of these, those whose deadline has passed.
    overdue: u64,
    /// Of the open ones, those that ask for more attention.
    flagged: u64,
    /// Of the open ones, those that nobody has.
    unassigned: u64,
    /// Those whose drafted answer waits for the leader.
    awaiting_approval: u64,
}

impl DeskCounts {
    fn of(counts: &[StatusCount]) -> Self {
        let mut by_status: BTreeMap<&'static str, u64> =
            Status::ALL.iter().map(|status| (status.as_str(), 0)).collect();
        by_status.extend(counts.iter().map(|count| (count.status.as_str(), count.petitions)));
        let open = || counts.iter().filter(|count| count.status.is_open());
        Self {
            by_status,
            open: open().map(|count| count.petitions).sum(),
            overdue: open().map(|count| count.overdue).sum(),
            flagged: open().map(|count| count.flagged).sum(),
            unassigned: open().map(|count| count.unassigned).sum(),
            awaiting_approval: open().map(|count| count.drafted).sum(),
        }
    }
}

/// How many petitions of the caller's agency stand how, in one call; narrowed as the queue is. Unless `status` is given, all are
/// counted, the ended ones too.
#[utoipa::path(
    operation_id = "agency_counts", tag = "agency", security(("bearer" = [])), params(QueueQuery),
    extensions(("x-roles" = json!(["officer", "leader", "coordinator"]))),
    responses((status = 200, body = DeskCounts), Guarded)
)]
#[get("/agency/counts")]
pub async fn agency_counts(
    app: Data<App>,
    allowed: Allowed<Staff>,
    Query(query): Query<QueueQuery>,
) -> Result<HttpResponse, Problem> {
    let mut faults = Faults::default();
    let filter = read_filter(&app, &allowed.caller, &query, &mut faults).await?;
    let mut filter = faults.finish(filter)?;
    if filter.statuses.is_empty() {
        filter.statuses = Status::ALL.to_vec();
    }
    let counts = app.store.counts(&filter, clock::now()).await?;
    Ok(HttpResponse::Ok().json(DeskCounts::of(&counts)))
}

/// Somebody who works at an agency.
#[derive(Debug, Serialize, ToSchema)]
pub struct Colleague {
    /// The account, for `assign` and `start`.
    id: Uuid,
    /// The name.
    full_name: String,
    /// `officer`, `leader` or `coordinator`.
    #[schema(value_type = String, example = "officer")]
    role: Role,
    /// How many open petitions they have.
    open: u64,
}

/// Whose people.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StaffQuery {
    /// For the coordinator: those of that agency instead of its own.
    agency: Option<String>,
}

/// The people of the caller's agency, by name, to whom a petition may be handed, and how many each has.
#[utoipa::path(
    operation_id = "agency_staff", tag = "agency", security(("bearer" = [])), params(StaffQuery),
    extensions(("x-roles" = json!(["officer", "leader", "coordinator"]))),
    responses((status = 200, body = Whole<Colleague>), Guarded)
)]
#[get("/agency/staff")]
pub async fn agency_staff(
    app: Data<App>,
    allowed: Allowed<Staff>,
    Query(query): Query<StaffQuery>,
) -> Result<HttpResponse, Problem> {
    let mut faults = Faults::default();
    let agency: Option<AgencyCode> =
        agency_of(&app.catalogue(), &allowed.caller, query.agency.as_deref(), &mut faults)?;
    let agency = faults.finish(agency)?;
    let people = app.store.colleagues(&agency).await?;
    let items = people.into_iter().map(|(person, open)| Colleague {
        id: person.id.0,
        full_name: person.full_name,
        role: person.role,
        open,
    });
    Ok(HttpResponse::Ok().json(Whole::new(items.collect())))
}
