#![expect(clippy::needless_pass_by_value, reason = "JSON as it is at hand")]
use domain::catalogue::{UnitLevel, Validity};
use serde_json::{Value, json};

use super::*;

fn day() -> NaiveDate {
    "2022-06-01".parse().unwrap()
}

fn unit(code: &str, level: UnitLevel, parent: Option<&str>) -> Unit {
    let parse = |code| UnitCode::parse(code).unwrap();
    Unit {
        code: parse(code),
        name: format!("Xã {code}"),
        level,
        parent: parent.map(parse),
        validity: Validity { from: "2021-11-01".parse().unwrap(), to: None },
        centre: Some(Point::from_degrees(21.105, 106.005).unwrap()),
    }
}

fn units() -> Vec<Unit> {
    vec![
        unit("27", UnitLevel::Province, None),
        unit("256", UnitLevel::District, Some("27")),
        unit("09163", UnitLevel::Commune, Some("256")),
        unit("09166", UnitLevel::Commune, Some("256")),
    ]
}

fn square(west: f64, south: f64) -> Value {
    let (east, north) = (west + 0.01, south + 0.01);
    json!({"type": "Polygon", "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]]})
}

fn feature(properties: Value, geometry: Value) -> Value {
    json!({"type": "Feature", "properties": properties, "geometry": geometry})
}

fn read(features: Value) -> Result<Boundaries, Vec<String>> {
    Boundaries::read(&json!({"type": "FeatureCollection", "features": features}).to_string(), &units(), day())
}

fn faults(features: Value) -> String {
    read(features).unwrap_err().join("\n")
}

#[test]
fn what_fits_is_taken_and_what_is_odd_is_told() {
    let properties = json!({"code": "09163", "name": "09163", "level": "commune", "parent_code": "256"});
    let good = read(json!([feature(properties, square(106.0, 21.1))])).unwrap();
    assert_eq!((good.count(), good.remarks.len()), (1, 0));
    let elsewhere = read(json!([feature(json!({"code": "09163", "name": "Chi Lăng"}), square(106.5, 21.1))])).unwrap();
    let told = elsewhere.remarks.join("\n");
    assert!(
        told.contains("is called Chi Lăng here and Xã 09163") && told.contains("its middle is 52 km from"),
        "{told}"
    );
}

#[test]
fn every_feature_that_does_not_fit_is_named() {
    let told = faults(json!([
        feature(json!({"name": "?"}), square(106.0, 21.1)),
        feature(json!({"code": "99999"}), square(106.0, 21.1)),
        feature(json!({"code": "09163"}), square(106.0, 21.1)),
        feature(json!({"code": "09163"}), square(106.0, 21.1)),
        feature(json!({"code": "256", "level": "commune"}), square(106.0, 21.1)),
        feature(json!({"code": "09166", "parent_code": "258"}), square(106.0, 21.1)),
    ]));
    for expected in [
        "feature 0: no property \"code\"",
        "99999: no such unit on 2022-06-01",
        "09163: comes twice",
        "256: is a commune here and a district in the catalogue",
        "09166: lies in 258 here and in 256 in the catalogue",
    ] {
        assert!(told.contains(expected), "{expected}: {told}");
    }
    assert_eq!(faults(json!([])), "no feature at all");
}

#[test]
fn a_unit_that_lies_in_itself_is_refused() {
    let told = faults(json!([
        feature(json!({"code": "09163", "parent_code": "09166"}), square(106.0, 21.1)),
        feature(json!({"code": "09166", "parent_code": "09163"}), square(106.01, 21.1)),
        feature(json!({"code": "256", "parent_code": "256"}), square(106.0, 21.1)),
    ]));
    for code in ["09163", "09166", "256"] {
        assert!(told.contains(&format!("{code}: lies in itself")), "{told}");
    }
}

#[test]
fn geometries_that_are_none_are_refused() {
    let one = |geometry| faults(json!([feature(json!({"code": "09163"}), geometry)]));
    assert_eq!(one(Value::Null), "09163: no geometry");
    assert!(one(json!({"type": "Point", "coordinates": [106.0, 21.1]})).contains("neither Polygon nor MultiPolygon"));
    assert!(one(json!({"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]})).contains("fewer than four"));
    let short = json!([[[106.0, 21.1], [106.01, 21.1], [], [106.0, 21.1]]]);
    assert!(one(json!({"type": "Polygon", "coordinates": short})).contains("fewer than two numbers"));
    assert!(one(json!({"type": "MultiPolygon", "coordinates": [short]})).contains("fewer than two numbers"));
    let bow_tie = json!([[[106.0, 21.1], [106.01, 21.11], [106.01, 21.1], [106.0, 21.11], [106.0, 21.1]]]);
    let told = one(json!({"type": "Polygon", "coordinates": bow_tie}));
    assert!(told.contains("crosses itself at 106.00500 21.10500, and it is not clear"), "{told}");
}

#[test]
fn other_projections_are_recognised() {
    let at = |x: f64, y: f64| {
        let ring = json!([[[x, y], [x + 1.0, y], [x + 1.0, y + 1.0], [x, y]]]);
        faults(json!([feature(json!({"code": "09163"}), json!({"type": "Polygon", "coordinates": ring}))]))
    };
    assert!(at(600_000.0, 2_340_000.0).contains("metres of a projection, VN-2000 or UTM; WGS 84 is expected"));
    assert!(at(2_340_000.0, 600_000.0).contains("north first"));
    assert!(at(21.1, 106.0).contains("latitude comes first"));
    assert!(at(1e9, 1e9).contains("on no globe"));
    let named = json!({"type": "FeatureCollection", "features": [],
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3405"}}});
    let told = Boundaries::read(&named.to_string(), &units(), day()).unwrap_err().join("\n");
    assert!(told.contains("EPSG::3405") && told.contains("ogr2ogr"), "{told}");
}

#[test]
fn a_mended_ring_is_stored_mended() {
    let looped = json!([[
        [106.0, 21.1],
        [106.01, 21.1],
        [106.01, 21.1101],
        [106.0099, 21.11],
        [106.0101, 21.11],
        [106.0, 21.1099],
        [106.0, 21.1]
    ]]);
    let read =
        read(json!([feature(json!({"code": "09163"}), json!({"type": "Polygon", "coordinates": looped}))])).unwrap();
    assert!(read.remarks.iter().any(|told| told.contains("mended, its area differs by")), "{:?}", read.remarks);
    let stored = polygons("09163", &read.accepted[0].1).unwrap();
    assert_eq!(look_at_rings(&stored), Rings::Sound);
}

#[test]
fn an_area_is_told_in_what_fits() {
    assert_eq!(
        [area(12.4), area(9_999.0), area(10_000.0), area(1_234_567.0)],
        ["12 m²", "9999 m²", "0.01 km²", "1.23 km²"]
    );
}
