//! `GET /api/v1/agencies`.

use actix_web::{HttpResponse, get, web::Data};
use chrono::NaiveDate;
use domain::{
    calendar::OfficeHours,
    catalogue::AgencyLevel,
    code::{AgencyCode, UnitCode},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Whole, on};
use crate::{answers::Public, app::App, field::Faults, problem::Problem, query::Query};

/// An agency.
#[derive(Debug, Serialize, ToSchema)]
pub struct AgencyView {
    #[schema(value_type = String, example = "ubnd-09163")]
    code: AgencyCode,
    #[schema(example = "UBND phường Vũ Ninh")]
    name: String,
    /// `commune`, `district`, `provincial` or `coordinator`.
    #[schema(value_type = String, example = "commune")]
    level: AgencyLevel,
    /// The unit whose People's Committee it is.
    #[schema(value_type = Option<String>, example = "09163")]
    unit: Option<UnitCode>,
    /// Whether somebody there can receive petitions. Without staff they go to the coordinator.
    staffed: bool,
    /// The number that people call.
    #[schema(example = "0222 3822 123")]
    hotline: Option<String>,
    /// When it is open on a working day.
    #[schema(example = json!(["07:30-12:00", "13:00-16:30"]))]
    office_hours: Vec<String>,
    #[schema(value_type = String, format = Date)]
    valid_from: NaiveDate,
    #[schema(value_type = Option<String>, format = Date)]
    valid_to: Option<NaiveDate>,
}

/// The spans of a working day, one by one.
pub(crate) fn spans(hours: &OfficeHours) -> Vec<String> {
    hours.to_string().split_whitespace().map(str::to_owned).collect()
}

/// Which agencies.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AgencyQuery {
    /// The day, ISO 8601; today unless given.
    on: Option<String>,
    /// Levels, comma-separated.
    #[param(example = "district,commune")]
    level: Option<String>,
}

/// The agencies of a day.
#[utoipa::path(
    operation_id = "agencies", tag = "catalogue", security(()), params(AgencyQuery),
    responses((status = 200, body = Whole<AgencyView>), Public)
)]
#[get("/agencies")]
pub async fn list_agencies(app: Data<App>, Query(query): Query<AgencyQuery>) -> Result<HttpResponse, Problem> {
    let catalogue = app.catalogue();
    let directory = &catalogue.catalogue.directory;
    let mut faults = Faults::default();
    let day = on(&mut faults, query.on.as_deref(), directory.day());
    let levels =
        faults.words("/level", query.level.as_deref(), AgencyLevel::parse, AgencyLevel::ALL, AgencyLevel::as_str);
    faults.finish(Some(()))?;
    let wanted = directory
        .agencies()
        .filter(|agency| agency.validity.covers(day) && (levels.is_empty() || levels.contains(&agency.level)));
    let items = wanted.map(|agency| AgencyView {
        code: agency.code.clone(),
        name: agency.name.clone(),
        level: agency.level,
        unit: agency.unit.clone(),
        staffed: directory.is_staffed(&agency.code),
        hotline: agency.hotline.clone(),
        office_hours: spans(agency.office_hours.as_ref().unwrap_or(catalogue.catalogue.calendar.hours())),
        valid_from: agency.validity.from,
        valid_to: agency.validity.to,
    });
    Ok(HttpResponse::Ok().json(Whole::new(items.collect())))
}
