//! A small province for tests: four communes in a row from west to east, two in either of two districts.
//!
//! ```text
//!             106.00     106.02     106.04     106.06     106.08
//!      21.12 ┌──────────┬──────────┬──────────┬──────────┐
//!            │  09163   │  09166   │  09169   │  09172   │
//!      21.10 └──────────┴──────────┴──────────┴──────────┘
//!             district 256          district 258
//! ```

use chrono::NaiveDate;
use geo::{Coord, Rect};

use super::{Boundary, Point};
use crate::{
    catalogue::{Unit, UnitLevel, Validity},
    code::UnitCode,
};

/// Communes with the district each lies in, from west to east.
pub(crate) const COMMUNES: [(&str, &str); 4] = [("09163", "256"), ("09166", "256"), ("09169", "258"), ("09172", "258")];

/// A day of the year of the targets.
pub(crate) fn day() -> NaiveDate {
    "2022-06-01".parse().unwrap()
}

pub(crate) fn always() -> Validity {
    Validity { from: "2021-11-01".parse().unwrap(), to: None }
}

pub(crate) fn code(text: &str) -> UnitCode {
    UnitCode::parse(text).unwrap()
}

pub(crate) fn point(lat: f64, lon: f64) -> Point {
    Point::from_degrees(lat, lon).unwrap()
}

pub(crate) fn unit(unit: &str, level: UnitLevel, parent: Option<&str>, centre: Option<Point>) -> Unit {
    let (code, parent) = (code(unit), parent.map(code));
    Unit { code, name: format!("Đơn vị {unit}"), level, parent, validity: always(), centre }
}

fn communes(parent: impl Fn(&'static str) -> &'static str) -> impl Iterator<Item = Unit> {
    COMMUNES.into_iter().zip([106.01, 106.03, 106.05, 106.07]).map(move |((commune, district), lon)| {
        unit(commune, UnitLevel::Commune, Some(parent(district)), Some(point(21.11, lon)))
    })
}

/// Province, districts, communes.
pub(crate) fn three_tiers() -> Vec<Unit> {
    let province = unit("27", UnitLevel::Province, None, None);
    let district = |district, lon| unit(district, UnitLevel::District, Some("27"), Some(point(21.11, lon)));
    [province, district("256", 106.02), district("258", 106.06)]
        .into_iter()
        .chain(communes(|district| district))
        .collect()
}

/// The same communes directly in the province.
pub(crate) fn two_tiers() -> Vec<Unit> {
    std::iter::once(unit("27", UnitLevel::Province, None, None)).chain(communes(|_| "27")).collect()
}

/// A boundary from `west` to `east`, 21.10° to 21.12° north.
pub(crate) fn boundary(unit: &str, west: f64, east: f64) -> Boundary {
    let area = Rect::new(Coord { x: west, y: 21.10 }, Coord { x: east, y: 21.12 }).to_polygon();
    Boundary { unit: code(unit), polygons: area.into() }
}

/// The boundary of every commune.
pub(crate) fn commune_boundaries() -> Vec<Boundary> {
    let borders = [106.00, 106.02, 106.04, 106.06, 106.08];
    COMMUNES.iter().zip(borders.windows(2)).map(|((commune, _), sides)| boundary(commune, sides[0], sides[1])).collect()
}

/// The boundary of both districts.
pub(crate) fn district_boundaries() -> [Boundary; 2] {
    [boundary("256", 106.00, 106.04), boundary("258", 106.04, 106.08)]
}
