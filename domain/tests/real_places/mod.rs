//! The real units, outlines and labelled places, which lie beside the project.

use std::{
    collections::BTreeMap,
    error::Error,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use chrono::NaiveDate;
use domain::{
    catalogue::{Unit, UnitLevel, Validity},
    code::UnitCode,
    place::{Boundary, Found, Point},
};
use geo::{Coord, LineString, MultiPolygon, Polygon};
use geojson::{FeatureCollection, GeometryValue, Position};

pub type Outcome<T> = Result<T, Box<dyn Error>>;

/// The day whose units the labels speak of, and one after the reform.
pub const IN_2022: &str = "2022-06-01";
pub const IN_2025: &str = "2025-12-01";

pub fn data() -> Option<PathBuf> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data"));
    if folder.is_dir() {
        return Some(folder);
    }
    drop(writeln!(std::io::stderr(), "SKIPPED: routing on real places. There is no {}", folder.display()));
    None
}

pub fn rows(file: PathBuf) -> Outcome<Vec<BTreeMap<String, String>>> {
    Ok(csv::Reader::from_path(file)?.deserialize().collect::<Result<_, _>>()?)
}

fn field<'a>(row: &'a BTreeMap<String, String>, name: &str) -> Outcome<&'a str> {
    Ok(row.get(name).ok_or_else(|| format!("no column {name}"))?)
}

/// The text in a column, parsed; `None` where it is empty.
pub fn filled<T>(row: &BTreeMap<String, String>, name: &str, parse: impl Fn(&str) -> Option<T>) -> Outcome<Option<T>> {
    match field(row, name)? {
        "" => Ok(None),
        text => Ok(Some(parse(text).ok_or_else(|| format!("{name}: {text}"))?)),
    }
}

pub fn code(text: &str) -> Option<UnitCode> {
    UnitCode::parse(text).ok()
}

fn point(row: &BTreeMap<String, String>, lat: &str, lon: &str) -> Outcome<Option<Point>> {
    let number = |name| filled(row, name, |text| text.parse::<f64>().ok());
    Ok(match (number(lat)?, number(lon)?) {
        (Some(lat), Some(lon)) => Some(Point::from_degrees(lat, lon)?),
        _ => None,
    })
}

pub fn units(data: &Path, day: &str) -> Outcome<Vec<Unit>> {
    let day: NaiveDate = day.parse()?;
    let mut units = Vec::new();
    for row in rows(data.join("units.csv"))? {
        let date = |name| filled(&row, name, |text| text.parse::<NaiveDate>().ok());
        let validity = Validity { from: date("valid_from")?.ok_or("no first day")?, to: date("valid_to")? };
        if validity.covers(day) {
            units.push(Unit {
                code: filled(&row, "code", code)?.ok_or("no code")?,
                name: field(&row, "full_name")?.to_owned(),
                level: UnitLevel::parse(field(&row, "level")?).ok_or("no level")?,
                parent: filled(&row, "parent_code", code)?,
                validity,
                centre: point(&row, "centre_lat", "centre_lon")?,
            });
        }
    }
    Ok(units)
}

fn polygon(rings: &[Vec<Position>]) -> Outcome<Polygon<f64>> {
    let coord = |position: &Position| match position.as_slice() {
        [x, y, ..] => Ok(Coord { x: *x, y: *y }),
        _ => Err("a position needs two numbers"),
    };
    let ring = |ring: &Vec<Position>| ring.iter().map(coord).collect::<Result<LineString, _>>();
    let mut rings = rings.iter().map(ring).collect::<Result<Vec<_>, _>>()?.into_iter();
    Ok(Polygon::new(rings.next().ok_or("a polygon without a ring")?, rings.collect()))
}

pub fn boundaries(data: &Path, file: &str) -> Outcome<Vec<Boundary>> {
    let collection: FeatureCollection = fs::read_to_string(data.join(file))?.parse()?;
    let mut boundaries = Vec::new();
    for feature in &collection.features {
        let unit = feature.property("code").and_then(|value| value.as_str()).and_then(code).ok_or("no code")?;
        let polygons = match feature.geometry.as_ref().map(|geometry| &geometry.value) {
            Some(GeometryValue::Polygon { coordinates }) => polygon(coordinates)?.into(),
            Some(GeometryValue::MultiPolygon { coordinates }) => {
                MultiPolygon::new(coordinates.iter().map(|rings| polygon(rings)).collect::<Outcome<_>>()?)
            }
            other => return Err(format!("{unit} is {other:?}").into()),
        };
        boundaries.push(Boundary { unit, polygons });
    }
    Ok(boundaries)
}

/// A labelled place: outside the province where neither commune nor district is given.
pub struct Label {
    pub at: Point,
    pub commune: Option<UnitCode>,
    pub district: Option<UnitCode>,
    pub metres_to_border: u32,
    pub trusted: bool,
}

impl Label {
    pub fn outside(&self) -> bool {
        self.commune.is_none() && self.district.is_none()
    }

    /// The commune must be right where the label names one, else the district; outside nothing must be found.
    pub fn agrees(&self, found: Option<&Found>) -> bool {
        match found {
            None => self.outside(),
            Some(found) if self.commune.is_some() => found.commune == self.commune && found.district == self.district,
            Some(found) => found.district == self.district && !self.outside(),
        }
    }
}

pub fn labels(data: &Path) -> Outcome<Vec<Label>> {
    let label = |row: &BTreeMap<String, String>| {
        Ok(Label {
            at: point(row, "lat", "lon")?.ok_or("no point")?,
            commune: filled(row, "expected_commune_code", code)?,
            district: filled(row, "expected_district_code", code)?,
            metres_to_border: filled(row, "dist_to_nearest_border_m", |text| text.parse().ok())?
                .ok_or("no distance")?,
            trusted: field(row, "agrees")? == "yes",
        })
    };
    rows(data.join("routing_points.csv"))?.iter().map(label).collect()
}
