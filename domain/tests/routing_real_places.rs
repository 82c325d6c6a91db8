//! Routing on the real units of Bắc Ninh, their outlines and 650 labelled places.
//!
//! The data is third-party material for checks and lies beside the project, not in it. Where it is absent these tests say so
//! loudly and pass. The floors below are what was measured, less a point or so: they catch a change for the worse.

use std::{
    collections::BTreeMap,
    error::Error,
    fs,
    hint::black_box,
    io::Write as _,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use chrono::NaiveDate;
use domain::{
    catalogue::{Unit, UnitLevel, Validity},
    code::UnitCode,
    place::{Boundary, Found, Gazetteer, Point, Precision, TOLERANCE_M},
};
use geo::{Coord, LineString, MultiPolygon, Polygon};
use geojson::{FeatureCollection, GeometryValue, Position};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// The day whose units the labels speak of, and one after the reform.
const IN_2022: &str = "2022-06-01";
const IN_2025: &str = "2025-12-01";

fn say(text: &str) {
    // Not `eprintln!`, which the test harness captures.
    drop(writeln!(std::io::stderr(), "{text}"));
}

fn data() -> Option<PathBuf> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data"));
    if folder.is_dir() {
        return Some(folder);
    }
    say(&format!("SKIPPED: routing on real places. There is no {}", folder.display()));
    None
}

fn rows(file: PathBuf) -> Outcome<Vec<BTreeMap<String, String>>> {
    Ok(csv::Reader::from_path(file)?.deserialize().collect::<Result<_, _>>()?)
}

fn field<'a>(row: &'a BTreeMap<String, String>, name: &str) -> Outcome<&'a str> {
    Ok(row.get(name).ok_or_else(|| format!("no column {name}"))?)
}

/// The text in a column, parsed; `None` where it is empty.
fn filled<T>(row: &BTreeMap<String, String>, name: &str, parse: impl Fn(&str) -> Option<T>) -> Outcome<Option<T>> {
    match field(row, name)? {
        "" => Ok(None),
        text => Ok(Some(parse(text).ok_or_else(|| format!("{name}: {text}"))?)),
    }
}

fn code(text: &str) -> Option<UnitCode> {
    UnitCode::parse(text).ok()
}

fn point(row: &BTreeMap<String, String>, lat: &str, lon: &str) -> Outcome<Option<Point>> {
    let number = |name| filled(row, name, |text| text.parse::<f64>().ok());
    Ok(match (number(lat)?, number(lon)?) {
        (Some(lat), Some(lon)) => Some(Point::from_degrees(lat, lon)?),
        _ => None,
    })
}

fn units(data: &Path, day: &str) -> Outcome<Vec<Unit>> {
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

fn boundaries(data: &Path, file: &str) -> Outcome<Vec<Boundary>> {
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
struct Label {
    at: Point,
    commune: Option<UnitCode>,
    district: Option<UnitCode>,
    metres_to_border: u32,
    trusted: bool,
}

impl Label {
    fn outside(&self) -> bool {
        self.commune.is_none() && self.district.is_none()
    }

    /// The commune must be right where the label names one, else the district; outside nothing must be found.
    fn agrees(&self, found: Option<&Found>) -> bool {
        match found {
            None => self.outside(),
            Some(found) if self.commune.is_some() => found.commune == self.commune && found.district == self.district,
            Some(found) => found.district == self.district && !self.outside(),
        }
    }
}

fn labels(data: &Path) -> Outcome<Vec<Label>> {
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

/// How many of the labels that fit are answered rightly: a line for the report, and per mille.
fn score(name: &str, gazetteer: &Gazetteer, labels: &[Label], fits: impl Fn(&Label) -> bool) -> u32 {
    let answers: Vec<bool> = labels
        .iter()
        .filter(|label| fits(label))
        .map(|label| label.agrees(gazetteer.locate(label.at, None).as_ref()))
        .collect();
    let right = answers.iter().filter(|right| **right).count();
    let per_mille = u32::try_from(right * 1000 / answers.len().max(1)).unwrap_or(0);
    if !answers.is_empty() {
        say(&format!("  {name:<40}{right:>4} of {:>4}  {:>3}.{} %", answers.len(), per_mille / 10, per_mille % 10));
    }
    per_mille
}

/// Per mille of right answers. `agrees=no` marks the labels that the outlines of 2022 contradict, mostly the label's fault: so what
/// the outlines score on the trusted ones tests the code, and `all` bounds from below what code and outlines do together.
struct Scores {
    all: u32,
    trusted: u32,
    commune: u32,
    far: u32,
}

fn report(title: &str, gazetteer: &Gazetteer, labels: &[Label]) -> Scores {
    let _until_the_end = std::io::stderr().lock(); // so that reports of parallel tests do not mix
    say(title);
    let score = |name, fits: fn(&Label) -> bool| score(name, gazetteer, labels, fits);
    score("in the province", |label| !label.outside());
    score("agrees=yes, in the province", |label| label.trusted && !label.outside());
    score("agrees=yes, outside", |label| label.trusted && label.outside());
    score("agrees=no", |label| !label.trusted);
    Scores {
        all: score("all", |_| true),
        trusted: score("agrees=yes", |label| label.trusted),
        commune: score("agrees=yes, commune known", |label| label.trusted && label.commune.is_some()),
        far: score("agrees=yes, over 200 m from a border", |label| label.trusted && label.metres_to_border > 200),
    }
}

#[test]
fn real_places_are_found_by_boundaries() -> Outcome<()> {
    let Some(data) = data() else { return Ok(()) };
    let gazetteer = Gazetteer::new(units(&data, IN_2022)?, boundaries(&data, "boundaries_2022.geojson")?, TOLERANCE_M);
    let scores = report("Boundaries of 2022", &gazetteer, &labels(&data)?);
    assert!(scores.far >= 990, "{} per mille over 200 m from a border; it was 1000", scores.far);
    assert!(scores.trusted >= 990, "{} per mille of the trusted rows; it was 998", scores.trusted);
    assert!(scores.all >= 955, "{} per mille of all rows; it was 964", scores.all);
    Ok(())
}

#[test]
fn without_boundaries_the_nearest_centre_does_what_it_can() -> Outcome<()> {
    let Some(data) = data() else { return Ok(()) };
    let gazetteer = Gazetteer::new(units(&data, IN_2022)?, [], TOLERANCE_M);
    let scores = report("Centres of 2022", &gazetteer, &labels(&data)?);
    assert!(scores.commune >= 915, "{} per mille of the rows with a commune; it was 928", scores.commune);
    assert!(scores.trusted >= 840, "{} per mille of the trusted rows; it was 851", scores.trusted);
    Ok(())
}

#[test]
fn district_boundaries_help_the_centres() -> Outcome<()> {
    let Some(data) = data() else { return Ok(()) };
    let units = units(&data, IN_2022)?;
    let is_district =
        |code: &UnitCode| units.iter().any(|unit| unit.code == *code && unit.level == UnitLevel::District);
    let districts =
        boundaries(&data, "boundaries_2022.geojson")?.into_iter().filter(|boundary| is_district(&boundary.unit));
    let gazetteer = Gazetteer::new(units.clone(), districts, TOLERANCE_M);
    let scores = report("Boundaries of districts, centres of communes", &gazetteer, &labels(&data)?);
    assert!(scores.commune >= 930, "{} per mille of the rows with a commune; it was 943", scores.commune);
    Ok(())
}

#[test]
fn after_the_reform_a_place_is_in_the_successor_of_its_commune() -> Outcome<()> {
    let Some(data) = data() else { return Ok(()) };
    let mut successors = BTreeMap::new();
    for row in rows(data.join("successors.csv"))? {
        successors.insert(filled(&row, "code_until_2025_06_30", code)?, filled(&row, "code_from_2025_07_01", code)?);
    }
    // Places outside are left out: many lie in what was Bắc Giang, which is now inside.
    let labels: Vec<Label> = labels(&data)?
        .into_iter()
        .filter(|label| label.commune.is_some())
        .map(|label| Label { commune: successors.get(&label.commune).cloned().flatten(), district: None, ..label })
        .collect();
    let outlined = Gazetteer::new(units(&data, IN_2025)?, boundaries(&data, "boundaries_2025.geojson")?, TOLERANCE_M);
    let scores = report("Boundaries of 2025", &outlined, &labels);
    assert!(scores.trusted >= 990, "{} per mille of the trusted rows; it was 1000", scores.trusted);
    let centres = Gazetteer::new(units(&data, IN_2025)?, [], TOLERANCE_M);
    let scores = report("Centres of 2025", &centres, &labels);
    assert!(scores.trusted >= 835, "{} per mille of the trusted rows; it was 849", scores.trusted);
    Ok(())
}

#[test]
#[ignore = "a measurement: cargo test --release -p domain --test routing_real_places -- --ignored"]
fn how_long_it_takes() -> Outcome<()> {
    let Some(data) = data() else { return Ok(()) };
    let labels = labels(&data)?;
    let (units_2022, units_2025) = (units(&data, IN_2022)?, units(&data, IN_2025)?);
    let (outlines_2022, outlines_2025) =
        (boundaries(&data, "boundaries_2022.geojson")?, boundaries(&data, "boundaries_2025.geojson")?);
    let started = Instant::now();
    let with_2022 = Gazetteer::new(units_2022.clone(), outlines_2022, TOLERANCE_M);
    say(&format!("built in {:?}", started.elapsed()));
    let gazetteers = [
        ("boundaries of 2022", with_2022),
        ("boundaries of 2025", Gazetteer::new(units_2025, outlines_2025, TOLERANCE_M)),
        ("centres of 2022", Gazetteer::new(units_2022, [], TOLERANCE_M)),
    ];
    for (name, gazetteer) in &gazetteers {
        let mut times: BTreeMap<Option<Precision>, (u32, Duration)> = BTreeMap::new();
        let mut slowest = Duration::ZERO;
        for label in &labels {
            let rounds = 1000;
            let started = Instant::now();
            for _ in 0..rounds {
                black_box(gazetteer.locate(black_box(label.at), None));
            }
            let each = started.elapsed() / rounds;
            slowest = slowest.max(each);
            let precision = gazetteer.locate(label.at, None).map(|found| found.precision);
            let (points, sum) = times.entry(precision).or_default();
            *points += 1;
            *sum += each;
        }
        say(&format!("{name}: slowest point {slowest:?}"));
        for (precision, (points, sum)) in times {
            say(&format!(
                "  {:<16} {points:>4} points, {:?} each",
                precision.map_or("outside", Precision::as_str),
                sum / points
            ));
        }
    }
    Ok(())
}
