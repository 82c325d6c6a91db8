//! `GET /api/v1/units`.

use actix_web::{HttpResponse, get, web::Data};
use chrono::NaiveDate;
use domain::{catalogue::UnitLevel, code::UnitCode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Whole, on};
use crate::{answers::Public, app::App, field::Faults, problem::Problem, query::Query};

/// An administrative unit.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnitView {
    #[schema(value_type = String, example = "09163")]
    code: UnitCode,
    /// Its full name.
    #[schema(example = "Phường Vũ Ninh")]
    name: String,
    /// `province`, `district` or `commune`.
    #[schema(value_type = String, example = "commune")]
    level: UnitLevel,
    /// The unit it lies in.
    #[schema(value_type = Option<String>, example = "256")]
    parent: Option<UnitCode>,
    /// The first day of its validity: a code was re-used with another meaning, so a unit is both.
    #[schema(value_type = String, format = Date)]
    valid_from: NaiveDate,
    /// The first day after it.
    #[schema(value_type = Option<String>, format = Date)]
    valid_to: Option<NaiveDate>,
    centre: Option<CentreView>,
}

/// A point in its middle, good to about 100 m.
#[derive(Debug, Serialize, ToSchema)]
pub struct CentreView {
    /// Degrees, WGS 84.
    lat: f64,
    /// Degrees, WGS 84.
    lon: f64,
}

/// Which units.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct UnitQuery {
    /// The day, ISO 8601; today unless given.
    on: Option<String>,
    /// Levels, comma-separated.
    #[param(example = "commune")]
    level: Option<String>,
    /// The code of the unit they lie in.
    parent: Option<String>,
}

/// The administrative units of a day.
#[utoipa::path(
    operation_id = "units", tag = "catalogue", security(()), params(UnitQuery),
    responses((status = 200, body = Whole<UnitView>), Public)
)]
#[get("/units")]
pub async fn list_units(app: Data<App>, Query(query): Query<UnitQuery>) -> Result<HttpResponse, Problem> {
    let catalogue = app.catalogue();
    let mut faults = Faults::default();
    let day = on(&mut faults, query.on.as_deref(), catalogue.catalogue.directory.day());
    let levels = faults.words("/level", query.level.as_deref(), UnitLevel::parse, UnitLevel::ALL, UnitLevel::as_str);
    faults.finish(Some(()))?;
    let wanted = catalogue.units.iter().filter(|unit| {
        unit.validity.covers(day)
            && (levels.is_empty() || levels.contains(&unit.level))
            && query
                .parent
                .as_ref()
                .is_none_or(|parent| unit.parent.as_ref().is_some_and(|code| code.as_str() == parent))
    });
    let items = wanted.map(|unit| UnitView {
        code: unit.code.clone(),
        name: unit.name.clone(),
        level: unit.level,
        parent: unit.parent.clone(),
        valid_from: unit.validity.from,
        valid_to: unit.validity.to,
        centre: unit.centre.map(|centre| CentreView { lat: centre.lat(), lon: centre.lon() }),
    });
    Ok(HttpResponse::Ok().json(Whole::new(items.collect())))
}
