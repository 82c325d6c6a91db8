//! The operator's boundaries: GeoJSON in, polygons out.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use domain::{catalogue::Unit, place::Boundary};
use geo::{Geometry, MultiPolygon};
use geojson::{FeatureCollection, GeoJson};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use crate::{
    catalogue::{code, date},
    entity::unit_boundary,
    error::StoreError,
    store::Snapshot,
    unit_of_work::UnitOfWork,
};

/// The boundaries that hold on a day, and the days from which any are known.
pub(crate) struct BoundariesOn {
    pub(crate) holding: Vec<Boundary>,
    pub(crate) known_from: BTreeSet<NaiveDate>,
}

impl Snapshot {
    /// The boundaries of units, which are those of one day.
    ///
    /// A boundary holds from its day until the next one of the same unit; the first one also before it: a line that was drawn late
    /// tells more of a unit's early days than none.
    pub(crate) async fn boundaries_on(&self, day: NaiveDate, units: &[Unit]) -> Result<BoundariesOn, StoreError> {
        let keys: Vec<(String, String)> = unit_boundary::Entity::find()
            .select_only()
            .columns([unit_boundary::Column::Unit, unit_boundary::Column::ValidFrom])
            .into_tuple()
            .all(&self.0)
            .await?;
        let mut drawn: BTreeMap<&str, BTreeSet<NaiveDate>> = BTreeMap::new();
        for (unit, from) in &keys {
            drawn.entry(unit).or_default().insert(date("unit_boundary", from)?);
        }
        let chosen: BTreeSet<(String, String)> = units
            .iter()
            .filter_map(|unit| {
                let days = drawn.get(unit.code.as_str())?;
                let of_unit = || days.iter().filter(|from| unit.validity.covers(**from));
                let from = of_unit().rfind(|from| **from <= day).or_else(|| of_unit().next())?;
                Some((unit.code.to_string(), from.to_string()))
            })
            .collect();
        let days: BTreeSet<&str> = chosen.iter().map(|(_, from)| from.as_str()).collect();
        let rows = unit_boundary::Entity::find().filter(unit_boundary::Column::ValidFrom.is_in(days));
        let mut holding = Vec::new();
        for row in rows.all(&self.0).await? {
            let key = (row.unit, row.valid_from);
            if chosen.contains(&key) {
                holding.push(Boundary { unit: code(&key.0)?, polygons: polygons(&key.0, &row.geometry)? });
            }
        }
        Ok(BoundariesOn { holding, known_from: drawn.into_values().flatten().collect() })
    }
}

/// A geometry as stored, as polygons in degrees.
pub(crate) fn polygons(unit: &str, geometry: &str) -> Result<MultiPolygon<f64>, StoreError> {
    let wrong = |problem: String| StoreError::inconsistent("unit_boundary", "geometry", unit, problem);
    let geometry: geojson::Geometry = geometry.parse().map_err(|error: geojson::Error| wrong(error.to_string()))?;
    as_polygons(geometry).map_err(wrong)
}

fn as_polygons(geometry: geojson::Geometry) -> Result<MultiPolygon<f64>, String> {
    let polygons = match Geometry::<f64>::try_from(geometry).map_err(|error| error.to_string())? {
        Geometry::Polygon(polygon) => MultiPolygon::from(vec![polygon]),
        Geometry::MultiPolygon(polygons) => polygons,
        Geometry::Point(_)
        | Geometry::Line(_)
        | Geometry::LineString(_)
        | Geometry::MultiPoint(_)
        | Geometry::MultiLineString(_)
        | Geometry::GeometryCollection(_)
        | Geometry::Rect(_)
        | Geometry::Triangle(_) => return Err("neither Polygon nor MultiPolygon".to_owned()),
    };
    let rings = || polygons.iter().flat_map(|polygon| std::iter::once(polygon.exterior()).chain(polygon.interiors()));
    if polygons.0.is_empty() || rings().any(|ring| ring.0.len() < 4) {
        return Err("a ring has fewer than four positions".to_owned());
    }
    let on_globe = |x: f64, y: f64| (-180.0..=180.0).contains(&x) && (-90.0..=90.0).contains(&y);
    if rings().flat_map(|ring| ring.coords()).any(|position| !on_globe(position.x, position.y)) {
        return Err("a position is on no globe: WGS 84 is expected, longitude first".to_owned());
    }
    Ok(polygons)
}

/// Boundaries that were read from a file and are good, each with its unit.
#[derive(Debug)]
pub struct Boundaries(Vec<(Unit, String)>);

impl Boundaries {
    /// Reads GeoJSON features with a property `code`, for units valid on a day.
    ///
    /// # Errors
    /// Everything that is wrong with the file.
    pub fn read(geojson: &str, units: &[Unit], day: NaiveDate) -> Result<Self, Vec<String>> {
        match read(geojson, units, day) {
            Ok((accepted, faults)) if faults.is_empty() => {
                Ok(Self(accepted.into_iter().map(|(unit, geometry)| (unit.clone(), geometry)).collect()))
            }
            Ok((_, faults)) => Err(faults),
            Err(fault) => Err(vec![fault]),
        }
    }

    /// How many.
    pub fn count(&self) -> usize {
        self.0.len()
    }
}

impl UnitOfWork {
    /// Puts boundaries in the place of those there were.
    ///
    /// # Errors
    /// As the database says.
    pub async fn set_boundaries(&mut self, boundaries: &Boundaries) -> Result<(), StoreError> {
        for (unit, geometry) in &boundaries.0 {
            self.set_boundary(unit, geometry.clone()).await?;
        }
        self.bump_catalogue().await
    }
}

type Accepted<'a> = Vec<(&'a Unit, String)>;

fn read<'a>(geojson: &str, units: &'a [Unit], day: NaiveDate) -> Result<(Accepted<'a>, Vec<String>), String> {
    let parsed: GeoJson = geojson.parse().map_err(|error: geojson::Error| format!("not GeoJSON: {error}"))?;
    let collection =
        FeatureCollection::try_from(parsed).map_err(|error| format!("not a FeatureCollection: {error}"))?;
    let (mut accepted, mut faults): (Accepted<'a>, _) = (Vec::new(), Vec::new());
    for (index, feature) in collection.features.into_iter().enumerate() {
        let Some(code) = feature.property("code").and_then(|code| code.as_str()).map(str::to_owned) else {
            faults.push(format!("feature {index}: no property \"code\""));
            continue;
        };
        let Some(unit) = units.iter().find(|unit| unit.code.as_str() == code && unit.validity.covers(day)) else {
            faults.push(format!("{code}: no such unit on {day}"));
            continue;
        };
        if accepted.iter().any(|(other, _)| other.code == unit.code) {
            faults.push(format!("{code}: comes twice"));
            continue;
        }
        match feature.geometry.ok_or_else(|| "no geometry".to_owned()).and_then(|geometry| {
            let text = geometry.to_string();
            as_polygons(geometry).map(|_| text)
        }) {
            Ok(text) => accepted.push((unit, text)),
            Err(fault) => faults.push(format!("{code}: {fault}")),
        }
    }
    if accepted.is_empty() && faults.is_empty() {
        faults.push("no feature at all".to_owned());
    }
    Ok((accepted, faults))
}
