//! The operator's boundaries: GeoJSON in, polygons out.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use domain::{
    catalogue::Unit,
    code::UnitCode,
    place::{
        Boundary, Point,
        survey::{Rings, Survey, look_at_rings, survey},
    },
};
use geo::{BoundingRect, Coord, Geometry, MultiPolygon};
use geojson::{Feature, FeatureCollection, GeoJson, GeometryValue};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect};

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
    // The conversion takes two numbers for granted.
    let whole = |polygon: &geojson::PolygonType| polygon.iter().flatten().all(|position| position.len() >= 2);
    let is_whole = match &geometry.value {
        GeometryValue::Polygon { coordinates } => whole(coordinates),
        GeometryValue::MultiPolygon { coordinates } => coordinates.iter().all(whole),
        GeometryValue::Point { .. }
        | GeometryValue::MultiPoint { .. }
        | GeometryValue::LineString { .. }
        | GeometryValue::MultiLineString { .. }
        | GeometryValue::GeometryCollection { .. } => return Err("neither Polygon nor MultiPolygon".to_owned()),
    };
    if !is_whole {
        return Err("a position has fewer than two numbers".to_owned());
    }
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
    let stray = rings().flat_map(|ring| ring.coords()).find(|position| !on_globe(position.x, position.y)).copied();
    stray.map_or(Ok(polygons), |position| Err(on_no_globe(position)))
}

/// What coordinates that are no degrees may be instead.
fn on_no_globe(Coord { x, y }: Coord<f64>) -> String {
    let looks_like = if (8.0..=24.0).contains(&x) && (102.0..=110.0).contains(&y) {
        "latitude comes first"
    } else if (100_000.0..=900_000.0).contains(&x) && (0.0..=10_000_000.0).contains(&y) {
        "they look like metres of a projection, VN-2000 or UTM"
    } else if (100_000.0..=900_000.0).contains(&y) && (0.0..=10_000_000.0).contains(&x) {
        "they look like metres of a projection, VN-2000 or UTM, north first"
    } else {
        "they are on no globe"
    };
    format!("the coordinates {x} {y} are no degrees: {looks_like}; {CONVERT}")
}

/// Boundaries that were read from a file and are good, each with its unit, and what is to be said of them.
#[derive(Debug)]
pub struct Boundaries {
    accepted: Vec<(Unit, String)>,
    /// The first day on which they hold.
    from: NaiveDate,
    /// What is no fault, and should be known before they are taken in.
    pub remarks: Vec<String>,
    /// How they lie to each other.
    pub survey: Survey,
}

impl Boundaries {
    /// Reads GeoJSON features with a property `code`, for units of the day from which on they shall hold. `name`, `level` and
    /// `parent_code` are compared with the catalogue where they are given.
    ///
    /// # Errors
    /// Everything that is wrong with the file.
    pub fn read(geojson: &str, units: &[Unit], from: NaiveDate) -> Result<Self, Vec<String>> {
        let features = features(geojson).map_err(|fault| vec![fault])?;
        let mut file =
            File { units: units.iter().filter(|unit| unit.validity.covers(from)).collect(), ..File::default() };
        for (index, feature) in features.into_iter().enumerate() {
            if let Err(fault) = file.take(index, feature, from) {
                file.faults.push(fault);
            }
        }
        file.look_for_own_ancestors();
        if file.accepted.is_empty() && file.faults.is_empty() {
            file.faults.push("no feature at all".to_owned());
        }
        if !file.faults.is_empty() {
            return Err(file.faults);
        }
        let drawn = file
            .accepted
            .iter()
            .map(|(unit, polygons, _)| Boundary { unit: unit.code.clone(), polygons: polygons.clone() });
        let survey = survey(&drawn.collect::<Vec<_>>(), &file.units);
        let accepted = file.accepted.into_iter().map(|(unit, _, text)| (unit.clone(), text)).collect();
        Ok(Self { accepted, from, remarks: file.remarks, survey })
    }

    /// How many.
    pub fn count(&self) -> usize {
        self.accepted.len()
    }
}

impl UnitOfWork {
    /// Lets boundaries hold from their day on, until the day of those that are there for a later one.
    ///
    /// # Errors
    /// As the database says.
    pub async fn set_boundaries(&mut self, boundaries: &Boundaries) -> Result<(), StoreError> {
        let from = boundaries.from.to_string();
        for (unit, geometry) in &boundaries.accepted {
            let key = (unit.code.to_string(), from.clone());
            unit_boundary::Entity::delete_by_id(key.clone()).exec(self.transaction()).await?;
            let row = unit_boundary::Model { unit: key.0, valid_from: key.1, geometry: geometry.clone() };
            unit_boundary::Entity::insert(row.into_active_model()).exec_without_returning(self.transaction()).await?;
        }
        self.bump_catalogue().await
    }
}

/// The features of a text, if they are in degrees.
fn features(geojson: &str) -> Result<Vec<Feature>, String> {
    let parsed: GeoJson = geojson.parse().map_err(|error: geojson::Error| format!("not GeoJSON: {error}"))?;
    let collection =
        FeatureCollection::try_from(parsed).map_err(|error| format!("not a FeatureCollection: {error}"))?;
    let crs = collection.foreign_members.as_ref().and_then(|members| members.get("crs"));
    let name = crs.and_then(|crs| crs.pointer("/properties/name")).and_then(|name| name.as_str());
    if let Some(name) = name.filter(|name| !["CRS84", "4326"].iter().any(|degrees| name.contains(degrees))) {
        return Err(format!("its coordinates are of {name}: {CONVERT}"));
    }
    Ok(collection.features)
}

/// What to do with coordinates of another projection.
const CONVERT: &str =
    "WGS 84 is expected, longitude first; `ogr2ogr -t_srs EPSG:4326 -lco RFC7946=YES OUT.geojson IN` converts it";

/// A file as it is read.
#[derive(Default)]
struct File<'a> {
    /// The units of the day.
    units: Vec<&'a Unit>,
    accepted: Vec<(&'a Unit, MultiPolygon<f64>, String)>,
    /// Which unit the file says each lies in.
    parents: BTreeMap<String, String>,
    faults: Vec<String>,
    remarks: Vec<String>,
}

impl<'a> File<'a> {
    fn take(&mut self, index: usize, feature: Feature, day: NaiveDate) -> Result<(), String> {
        let property = |name| feature.property(name).and_then(|value| value.as_str()).map(str::to_owned);
        let code = property("code").ok_or_else(|| format!("feature {index}: no property \"code\""))?;
        let (name, level, parent) = (property("name"), property("level"), property("parent_code"));
        if let Some(parent) = &parent {
            self.parents.insert(code.clone(), parent.clone());
        }
        let unit = self.units.iter().copied().find(|unit| unit.code.as_str() == code);
        let unit = unit.ok_or_else(|| format!("{code}: no such unit on {day}"))?;
        if self.accepted.iter().any(|(other, ..)| other.code == unit.code) {
            return Err(format!("{code}: comes twice"));
        }
        if let Some(level) = level.filter(|level| level != unit.level.as_str()) {
            return Err(format!("{code}: is a {level} here and a {} in the catalogue", unit.level));
        }
        let known = unit.parent.as_ref().map(UnitCode::as_str);
        if let Some(parent) = parent.filter(|parent| Some(parent.as_str()) != known) {
            return Err(format!(
                "{code}: lies in {parent} here and in {} in the catalogue",
                known.unwrap_or("nothing")
            ));
        }
        if let Some(name) = name.filter(|name| !unit.name.ends_with(name.as_str())) {
            self.remarks.push(format!("{code}: is called {name} here and {} in the catalogue", unit.name));
        }
        let geometry = feature.geometry.ok_or_else(|| format!("{code}: no geometry"))?;
        let text = geometry.to_string();
        let polygons = as_polygons(geometry).map_err(|fault| format!("{code}: {fault}"))?;
        let (polygons, text) = self.mend(&code, polygons, text)?;
        if let (Some(centre), Some(extent)) = (unit.centre, polygons.bounding_rect()) {
            let middle = Point::from_degrees(extent.center().y, extent.center().x);
            let off = middle.map_or(0.0, |middle| middle.metres_to(centre)) / 1000.0;
            if off > FAR_KM {
                self.remarks.push(format!("{code}: its middle is {off:.0} km from where the catalogue has it"));
            }
        }
        self.accepted.push((unit, polygons, text));
        Ok(())
    }

    fn mend(
        &mut self,
        code: &str,
        polygons: MultiPolygon<f64>,
        text: String,
    ) -> Result<(MultiPolygon<f64>, String), String> {
        match look_at_rings(&polygons) {
            Rings::Sound => Ok((polygons, text)),
            Rings::Mended { polygons, at, difference_m2 } => {
                let Coord { x, y } = at;
                let area = area(difference_m2);
                self.remarks.push(format!(
                    "{code}: a ring crosses itself at {x:.5} {y:.5}; mended, its area differs by {area}"
                ));
                let text = geojson::Geometry::new(geojson::GeometryValue::from(&polygons)).to_string();
                Ok((polygons, text))
            }
            Rings::Doubtful { at: Coord { x, y }, by_rings_m2, by_parity_m2 } => Err(format!(
                "{code}: a ring crosses itself at {x:.5} {y:.5}, and it is not clear what it encloses ({} or {})",
                area(by_rings_m2),
                area(by_parity_m2)
            )),
            Rings::HoleOutside { at: Coord { x, y } } => {
                Err(format!("{code}: a hole at {x:.5} {y:.5} lies outside of it"))
            }
        }
    }

    /// Units that the file puts into themselves, by whatever way.
    fn look_for_own_ancestors(&mut self) {
        for code in self.parents.keys() {
            let mut above = self.parents.get(code);
            for _ in 0..self.parents.len() {
                match above {
                    Some(parent) if parent == code => {
                        self.faults.push(format!("{code}: lies in itself"));
                        break;
                    }
                    Some(parent) => above = self.parents.get(parent),
                    None => break,
                }
            }
        }
    }
}

/// From how far off a boundary is taken to be another unit's, in km: no commune reaches so far.
const FAR_KM: f64 = 20.0;

/// An area for a person.
pub fn area(m2: f64) -> String {
    if m2 >= 10_000.0 { format!("{:.2} km²", m2 / 1e6) } else { format!("{m2:.0} m²") }
}

#[cfg(test)]
mod tests;
