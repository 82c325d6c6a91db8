//! Routing on the real units of Bắc Ninh, their outlines and 650 labelled places.
//!
//! The data is third-party material for checks and lies beside the project, not in it. Where it is absent these tests say so
//! loudly and pass. The floors below are what was measured, less a point or so: they catch a change for the worse.

mod real_places;

use std::{
    collections::BTreeMap,
    hint::black_box,
    io::Write as _,
    time::{Duration, Instant},
};

use domain::{
    catalogue::UnitLevel,
    code::UnitCode,
    place::{Gazetteer, Precision, TOLERANCE_M},
};

use real_places::{IN_2022, IN_2025, Label, Outcome, boundaries, code, data, filled, labels, rows, units};

fn say(text: &str) {
    // Not `eprintln!`, which the test harness captures.
    drop(writeln!(std::io::stderr(), "{text}"));
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
    /// Of all rows that name a commune.
    by_commune: u32,
    /// Of all rows that name a district, whether the district is right.
    by_district: u32,
    /// Of all rows outside the province.
    outside: u32,
}

fn report(title: &str, gazetteer: &Gazetteer, labels: &[Label]) -> Scores {
    let _until_the_end = std::io::stderr().lock(); // so that reports of parallel tests do not mix
    say(title);
    let score = |name, fits: fn(&Label) -> bool| score(name, gazetteer, labels, fits);
    let (mut named, mut right) = (0, 0);
    for label in labels.iter().filter(|label| label.district.is_some()) {
        named += 1;
        let found = gazetteer.locate(label.at, None);
        right += u32::from(found.is_some_and(|found| found.district == label.district));
    }
    let by_district = (right * 1000).checked_div(named).unwrap_or(1000);
    say(&format!("  {:<40}{right:>4} of {named:>4}  {:>3}.{} %", "district", by_district / 10, by_district % 10));
    score("in the province", |label| !label.outside());
    score("agrees=yes, in the province", |label| label.trusted && !label.outside());
    score("agrees=yes, outside", |label| label.trusted && label.outside());
    score("agrees=no", |label| !label.trusted);
    Scores {
        all: score("all", |_| true),
        trusted: score("agrees=yes", |label| label.trusted),
        commune: score("agrees=yes, commune known", |label| label.trusted && label.commune.is_some()),
        by_commune: score("commune", |label| label.commune.is_some()),
        by_district,
        outside: score("outside", Label::outside),
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
    // The labels are imperfect: so much the polygons themselves score.
    assert!(scores.by_commune >= 930, "{} per mille of the rows with a commune", scores.by_commune);
    assert!(scores.by_district >= 980, "{} per mille of the rows with a district", scores.by_district);
    // One is 40 m or so off the border: without the tolerance it is seen to lie outside like all others.
    let strict = Gazetteer::new(units(&data, IN_2022)?, boundaries(&data, "boundaries_2022.geojson")?, 0.0);
    let outside = report("Boundaries of 2022, without a tolerance", &strict, &labels(&data)?).outside;
    assert_eq!(outside, 1000, "per mille of the rows outside the province");
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
