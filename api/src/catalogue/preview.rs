//! `GET /api/v1/routing/preview`: where a petition would go.

use actix_web::{HttpResponse, get, web::Data};
use domain::{
    code::{CategoryCode, UnitCode},
    place::Point,
    routing,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    answers::Public,
    app::App,
    field::Faults,
    language::Language,
    petition::{AgencyRef, RoutingView, UnitRef},
    problem::{FaultCode, Problem},
    query::Query,
};

/// Where a petition would go, and why.
#[derive(Debug, Serialize, ToSchema)]
pub struct Preview {
    agency: AgencyRef,
    /// The commune, or the district where only that is known.
    unit: Option<UnitRef>,
    #[serde(flatten)]
    routing: RoutingView,
}

/// What would be sent.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PreviewQuery {
    /// The code of a field.
    #[param(required = true, example = "chieu_sang")]
    category: Option<String>,
    /// Degrees, WGS 84.
    #[param(value_type = Option<f64>, example = 21.1875)]
    lat: Option<String>,
    /// Degrees, WGS 84.
    #[param(value_type = Option<f64>, example = 106.0838)]
    lon: Option<String>,
    /// How far off the point may be, metres.
    #[param(value_type = Option<f64>)]
    accuracy_m: Option<String>,
    /// The code of a commune or district instead of a point.
    unit: Option<String>,
}

/// Where a petition of that field and place would go today, and why. Nothing is stored.
#[utoipa::path(
    operation_id = "routing_preview", tag = "catalogue", security(()), params(PreviewQuery),
    responses((status = 200, body = Preview), Public)
)]
#[get("/routing/preview")]
pub async fn preview_routing(
    app: Data<App>,
    language: Language,
    Query(query): Query<PreviewQuery>,
) -> Result<HttpResponse, Problem> {
    let catalogue = app.catalogue();
    let directory = &catalogue.catalogue.directory;
    let day = directory.day();
    let mut faults = Faults::default();
    let category = match &query.category {
        None => {
            faults.add("/category", FaultCode::Required);
            None
        }
        Some(raw) => {
            let code = CategoryCode::parse(raw).ok();
            let known =
                code.and_then(|code| catalogue.catalogue.category(&code)).filter(|known| known.validity.covers(day));
            if known.is_none() {
                faults.add("/category", FaultCode::UnknownCategory);
            }
            known
        }
    };
    let mut degrees = |pointer: &str, raw: Option<&String>, other: Option<&String>, check: fn(f64) -> bool| match raw {
        None if other.is_some() => {
            faults.add(pointer, FaultCode::Required);
            None
        }
        None => None,
        Some(raw) => {
            let value = raw.parse().ok().filter(|value| check(*value));
            if value.is_none() {
                faults.add(pointer, FaultCode::OutOfRange);
            }
            value
        }
    };
    let lat = degrees("/lat", query.lat.as_ref(), query.lon.as_ref(), |lat| Point::latitude(lat).is_ok());
    let lon = degrees("/lon", query.lon.as_ref(), query.lat.as_ref(), |lon| Point::longitude(lon).is_ok());
    let accuracy_m = query.accuracy_m.as_ref().and_then(|raw| {
        let value = raw.parse::<f64>().ok().filter(|value| value.is_finite() && *value >= 0.0);
        if value.is_none() {
            faults.add("/accuracy_m", FaultCode::OutOfRange);
        }
        value
    });
    let unit = query.unit.as_ref().and_then(|raw| {
        let code = UnitCode::parse(raw).ok().filter(|code| directory.gazetteer().unit(code).is_some());
        if code.is_none() {
            faults.add("/unit", FaultCode::UnknownUnit);
        }
        code
    });
    if query.unit.is_some() && (query.lat.is_some() || query.lon.is_some()) {
        faults.add("/unit", FaultCode::TwoPlaces);
    }
    let category = faults.finish(category)?;
    let point = lat.zip(lon).and_then(|(lat, lon)| Point::from_degrees(lat, lon).ok());
    let place = match (point, &unit) {
        (Some(point), _) => routing::Place::Point { point, accuracy_m },
        (None, Some(unit)) => routing::Place::Unit(unit),
        (None, None) => routing::Place::Nowhere,
    };
    let routed = routing::route(&routing::Request { category, place, day }, directory);
    let unit = routed.unit.as_ref();
    Ok(HttpResponse::Ok().json(Preview {
        agency: AgencyRef::of(&catalogue, &routed.agency),
        unit: unit.and_then(|code| UnitRef::of(&catalogue, code, day)),
        routing: RoutingView::of(&routed, Some(category), &catalogue, day, language),
    }))
}
