//! `GET /api/v1/routing/preview`: where a petition would go.

use actix_web::{HttpResponse, get, web::Data};
use chrono::NaiveDate;
use domain::{
    catalogue::Category,
    code::{CategoryCode, UnitCode},
    place::Point,
    routing::{self, Directory},
};
use persistence::CatalogueDay;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::on;
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
    /// The number of the rule that decided, if one did.
    rule_id: Option<i64>,
    #[serde(flatten)]
    routing: RoutingView,
}

impl Preview {
    /// Of a routing of that day.
    pub(crate) fn of(
        routed: &routing::Routing,
        category: &Category,
        catalogue: &CatalogueDay,
        day: NaiveDate,
        language: Language,
    ) -> Self {
        Self {
            agency: AgencyRef::of(catalogue, &routed.agency),
            unit: routed.unit.as_ref().and_then(|code| UnitRef::of(catalogue, code, day)),
            rule_id: routed.rule_id,
            routing: RoutingView::of(routed, Some(category), catalogue, day, language),
        }
    }
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
    /// The day it would be sent on, ISO 8601; today unless given.
    #[param(value_type = Option<String>)]
    on: Option<String>,
}

/// A place that somebody asks about, checked.
pub(crate) struct AskedPlace {
    point: Option<Point>,
    accuracy_m: Option<f64>,
    unit: Option<UnitCode>,
}

impl AskedPlace {
    /// As routing takes it.
    pub(crate) fn place(&self) -> routing::Place<'_> {
        match (self.point, &self.unit) {
            (Some(point), _) => routing::Place::Point { point, accuracy_m: self.accuracy_m },
            (None, Some(unit)) => routing::Place::Unit(unit),
            (None, None) => routing::Place::Nowhere,
        }
    }

    /// From what was said, whatever it was written in; what is wrong is added to the faults.
    pub(crate) fn parse(
        (lat, lon, accuracy_m, unit): (Option<f64>, Option<f64>, Option<f64>, Option<&str>),
        directory: &Directory,
        faults: &mut Faults,
    ) -> Self {
        let mut degrees = |pointer: &str, given: Option<f64>, other: Option<f64>, check: fn(f64) -> bool| {
            if given.is_none() && other.is_some() {
                faults.add(pointer, FaultCode::Required);
            }
            let fits = given.filter(|value| check(*value));
            if given.is_some() && fits.is_none() {
                faults.add(pointer, FaultCode::OutOfRange);
            }
            fits
        };
        let checked_lat = degrees("/lat", lat, lon, |lat| Point::latitude(lat).is_ok());
        let checked_lon = degrees("/lon", lon, lat, |lon| Point::longitude(lon).is_ok());
        if accuracy_m.is_some_and(|value| !value.is_finite() || value < 0.0) {
            faults.add("/accuracy_m", FaultCode::OutOfRange);
        }
        let code = unit.and_then(|raw| {
            let code = UnitCode::parse(raw).ok().filter(|code| directory.gazetteer().unit(code).is_some());
            if code.is_none() {
                faults.add("/unit", FaultCode::UnknownUnit);
            }
            code
        });
        if unit.is_some() && (lat.is_some() || lon.is_some()) {
            faults.add("/unit", FaultCode::TwoPlaces);
        }
        let point = checked_lat.zip(checked_lon).and_then(|(lat, lon)| Point::from_degrees(lat, lon).ok());
        Self { point, accuracy_m, unit: code }
    }
}

/// The field of that code, if it can be chosen on a day; otherwise that is noted.
pub(crate) fn asked_category<'a>(
    raw: Option<&str>,
    catalogue: &'a CatalogueDay,
    day: NaiveDate,
    faults: &mut Faults,
) -> Option<&'a Category> {
    let Some(raw) = raw else {
        faults.add("/category", FaultCode::Required);
        return None;
    };
    let code = CategoryCode::parse(raw).ok();
    let known = code.and_then(|code| catalogue.catalogue.category(&code)).filter(|known| known.validity.covers(day));
    if known.is_none() {
        faults.add("/category", FaultCode::UnknownCategory);
    }
    known
}

/// Where a petition of that field and place would go on a day, and why. Nothing is stored.
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
    let mut faults = Faults::default();
    let day = on(&mut faults, query.on.as_deref(), app.catalogue().catalogue.directory.day());
    let catalogue = app.catalogue_on(day).await?;
    let directory = &catalogue.catalogue.directory;
    let category = asked_category(query.category.as_deref(), &catalogue, day, &mut faults);
    let mut number = |pointer: &str, raw: Option<&String>| {
        // What is no number is as far out of range as can be.
        raw.map(|raw| {
            raw.parse().unwrap_or_else(|_| {
                faults.add(pointer, FaultCode::OutOfRange);
                0.0
            })
        })
    };
    let (lat, lon) = (number("/lat", query.lat.as_ref()), number("/lon", query.lon.as_ref()));
    let accuracy_m = number("/accuracy_m", query.accuracy_m.as_ref());
    let place = AskedPlace::parse((lat, lon, accuracy_m, query.unit.as_deref()), directory, &mut faults);
    let category = faults.finish(category)?;
    let routed = routing::route(&routing::Request { category, place: place.place(), day }, directory);
    Ok(HttpResponse::Ok().json(Preview::of(&routed, category, &catalogue, day, language)))
}
