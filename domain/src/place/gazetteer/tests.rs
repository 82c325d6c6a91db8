use geo::{Geodesic, HaversineClosestPoint, LineString, coord as xy};
use proptest::prelude::*;

use super::*;
use crate::place::fixture::{
    COMMUNES, boundary, code, commune_boundaries, district_boundaries, point, three_tiers, two_tiers, unit,
};

/// Degrees of latitude in so many metres.
fn north(metres: f64) -> f64 {
    metres / METRES_PER_DEGREE
}

/// Degrees of longitude in so many metres at the latitude of the fixture.
fn east(metres: f64) -> f64 {
    metres / (METRES_PER_DEGREE * 21.11_f64.to_radians().cos())
}

fn found(commune: &str, district: &str, precision: Precision, distance_m: Option<u32>) -> Option<Found> {
    let known = |text: &str| (!text.is_empty()).then(|| code(text));
    Some(Found { commune: known(commune), district: known(district), precision, distance_m })
}

fn all() -> Gazetteer {
    Gazetteer::new(three_tiers(), commune_boundaries(), TOLERANCE_M)
}

#[test]
fn a_point_is_in_the_commune_that_surrounds_it() {
    for ((commune, district), lon) in COMMUNES.into_iter().zip([106.003, 106.0399, 106.05, 106.0799]) {
        let at = point(21.1001, lon);
        assert_eq!(all().locate(at, None), found(commune, district, Precision::Boundary, None));
        let two_tiers = Gazetteer::new(two_tiers(), commune_boundaries(), TOLERANCE_M);
        assert_eq!(two_tiers.locate(at, None), found(commune, "", Precision::Boundary, None), "no district since 2025");
    }
}

#[test]
fn a_border_is_inside_and_the_lowest_code_has_it_in_whatever_order() {
    let backwards =
        || Gazetteer::new(three_tiers().into_iter().rev(), commune_boundaries().into_iter().rev(), TOLERANCE_M);
    let cases = [
        (21.11, 106.02, "09163", "256"),  // an edge between two communes of one district
        (21.115, 106.04, "09166", "256"), // an edge between two districts
        (21.12, 106.06, "09169", "258"),  // the vertex where it ends
        (21.12, 106.07, "09172", "258"),  // the outer edge
        (21.10, 106.00, "09163", "256"),  // an outer corner
    ];
    for (lat, lon, commune, district) in cases {
        let expected = found(commune, district, Precision::Boundary, None);
        assert_eq!(all().locate(point(lat, lon), None), expected, "{lat} {lon}");
        assert_eq!(backwards().locate(point(lat, lon), None), expected, "{lat} {lon}");
    }
}

#[test]
fn a_little_outside_is_the_nearest_commune() {
    let tolerance = |commune, district, metres| found(commune, district, Precision::Tolerance, Some(metres));
    let cases = [
        (30.0, 106.05, None, tolerance("09169", "258", 30)),
        (30.0, 106.02, None, tolerance("09163", "256", 30)), // as near to 09166
        (49.0, 106.05, None, tolerance("09169", "258", 49)),
        (51.0, 106.05, None, None),
        (49.0, 106.05, Some(5.0), tolerance("09169", "258", 49)), // a good phone does not narrow it
        (120.0, 106.05, Some(130.0), tolerance("09169", "258", 120)),
        (140.0, 106.05, Some(130.0), None),
        (199.0, 106.05, Some(5_000.0), tolerance("09169", "258", 199)),
        (201.0, 106.05, Some(5_000.0), None),
        (51.0, 106.05, Some(f64::NAN), None),
        (51.0, 106.05, Some(f64::INFINITY), None),
        (51.0, 106.05, Some(-200.0), None),
    ];
    for (metres, lon, accuracy_m, expected) in cases {
        let at = point(21.12 + north(metres), lon);
        assert_eq!(all().locate(at, accuracy_m), expected, "{metres} m, {accuracy_m:?}");
    }
    let west = point(21.11, 106.0 - east(40.0));
    assert_eq!(all().locate(west, None), tolerance("09163", "256", 40));
    let strict = Gazetteer::new(three_tiers(), commune_boundaries(), -1.0);
    assert_eq!(strict.locate(west, None), None, "a tolerance below nought is nought");
}

#[test]
fn a_hole_is_outside_and_its_border_inside() {
    let outer = LineString::from(vec![(106.0, 21.1), (106.02, 21.1), (106.02, 21.12), (106.0, 21.12), (106.0, 21.1)]);
    let hole = LineString::from(vec![
        (106.005, 21.105),
        (106.015, 21.105),
        (106.015, 21.115),
        (106.005, 21.115),
        (106.005, 21.105),
    ]);
    let ring = Boundary { unit: code("09163"), polygons: Polygon::new(outer, vec![hole]).into() };
    let rest = commune_boundaries().into_iter().skip(1);
    let gazetteer = Gazetteer::new(three_tiers(), std::iter::once(ring).chain(rest), TOLERANCE_M);
    assert_eq!(gazetteer.locate(point(21.11, 106.01), None), None);
    assert_eq!(gazetteer.locate(point(21.105, 106.01), None), found("09163", "256", Precision::Boundary, None));
    let just_inside = point(21.105 + north(20.0), 106.01);
    assert_eq!(gazetteer.locate(just_inside, None), found("09163", "256", Precision::Tolerance, Some(20)));
}

#[test]
fn without_boundaries_the_nearest_centre_counts_in_the_box_and_within_five_kilometres() {
    let gazetteer = Gazetteer::new(three_tiers(), [], TOLERANCE_M);
    let centre = |commune, district, metres| found(commune, district, Precision::NearestCentre, Some(metres));
    let cases = [
        (21.11, 106.01, centre("09163", "256", 0)),
        (21.11, 106.0399, centre("09166", "256", 1027)),
        (21.11, 106.04, centre("09166", "256", 1037)), // as near to 09169
        (21.11 + north(2_900.0), 106.05, centre("09169", "258", 2900)),
        (21.11 + north(3_100.0), 106.05, None),
        (21.11, 106.01 - east(2_950.0), centre("09163", "256", 2950)),
        (21.11, 106.01 - east(3_050.0), None),
        (89.0, 106.0, None),
        (-90.0, -180.0, None),
    ];
    for (lat, lon, expected) in cases {
        assert_eq!(gazetteer.locate(point(lat, lon), Some(10.0)), expected, "{lat} {lon}");
    }
    assert_eq!(Gazetteer::new([], [], TOLERANCE_M).locate(point(21.11, 106.01), None), None, "no units, no place");

    // Two communes twelve kilometres apart: between them everything is in the box, but not within five kilometres.
    let lone = |code, lon| unit(code, UnitLevel::Commune, None, Some(point(21.11, lon)));
    let far_apart = Gazetteer::new([lone("1", 106.0), lone("2", 106.0 + east(12_000.0))], [], TOLERANCE_M);
    assert_eq!(far_apart.locate(point(21.11, 106.0 + east(4_990.0)), None), centre("1", "", 4990));
    assert_eq!(far_apart.locate(point(21.11, 106.0 + east(6_000.0)), None), None);
}

#[test]
fn where_some_boundaries_are_known_centres_stand_for_the_others() {
    let gazetteer = Gazetteer::new(three_tiers(), [boundary("09163", 106.00, 106.02)], TOLERANCE_M);
    let cases = [
        (21.11, 106.019, found("09163", "256", Precision::Boundary, None)),
        (21.11, 106.02 + east(40.0), found("09163", "256", Precision::Tolerance, Some(40))),
        (21.11, 106.031, found("09166", "256", Precision::NearestCentre, Some(104))),
        // Its own centre would be nearer, but its boundary says that it ends before.
        (21.12 + north(60.0), 106.01, found("09166", "256", Precision::NearestCentre, Some(2383))),
    ];
    for (lat, lon, expected) in cases {
        assert_eq!(gazetteer.locate(point(lat, lon), None), expected, "{lat} {lon}");
    }
}

#[test]
fn a_district_boundary_answers_where_no_commune_does() {
    let wide = [boundary("256", 105.99, 106.04), boundary("258", 106.04, 106.09)];
    let gazetteer = Gazetteer::new(three_tiers(), commune_boundaries().into_iter().chain(wide), TOLERANCE_M);
    assert_eq!(gazetteer.locate(point(21.11, 105.992), None), found("", "256", Precision::Boundary, None));
    assert_eq!(gazetteer.locate(point(21.11, 106.085), None), found("", "258", Precision::Boundary, None));
    assert_eq!(gazetteer.locate(point(21.11, 106.01), None), found("09163", "256", Precision::Boundary, None));
    assert_eq!(gazetteer.locate(point(21.11, 105.98), None), None);
}

#[test]
fn in_a_district_boundary_only_its_own_centres_count() {
    let districts = [boundary("256", 106.00, 106.049), boundary("258", 106.049, 106.08)];
    let gazetteer = Gazetteer::new(three_tiers(), districts, TOLERANCE_M);
    let at = point(21.11, 106.048); // 200 m from the centre of 09169, which is in the other district
    assert_eq!(gazetteer.locate(at, None), found("09166", "256", Precision::NearestCentre, Some(1867)));
    let border = point(21.11, 106.049);
    assert_eq!(gazetteer.locate(border, None), found("09166", "256", Precision::NearestCentre, Some(1971)));

    let no_centres = three_tiers().into_iter().map(|unit| Unit { centre: None, ..unit });
    let gazetteer = Gazetteer::new(no_centres, district_boundaries(), TOLERANCE_M);
    assert_eq!(gazetteer.locate(at, None), found("", "258", Precision::Boundary, None));
}

#[test]
fn a_named_unit_stands_for_what_contains_it() {
    let gazetteer = Gazetteer::new(three_tiers(), [], TOLERANCE_M);
    let named = |text| gazetteer.named(&code(text));
    assert_eq!(named("09169"), found("09169", "258", Precision::NamedUnit, None));
    assert_eq!(named("258"), found("", "258", Precision::NamedUnit, None));
    assert_eq!(named("27"), found("", "", Precision::NamedUnit, None));
    assert_eq!(named("09999"), None);
    let two_tiers = Gazetteer::new(two_tiers(), [], TOLERANCE_M);
    assert_eq!(two_tiers.named(&code("09169")), found("09169", "", Precision::NamedUnit, None));
    assert_eq!(gazetteer.unit(&code("256")).unwrap().level, UnitLevel::District);
    let codes: Vec<&str> = gazetteer.units().map(|unit| unit.code.as_str()).collect();
    assert_eq!(codes, ["09163", "09166", "09169", "09172", "256", "258", "27"]);
}

#[test]
fn boundaries_that_mean_nothing_are_left_out() {
    let empty = Boundary { unit: code("09163"), polygons: MultiPolygon::new(vec![Polygon::empty()]) };
    let nan = LineString::from(vec![(106.0, 21.1), (f64::NAN, 21.1), (106.02, 21.12)]);
    let nan = Boundary { unit: code("09163"), polygons: Polygon::new(nan, vec![]).into() };
    let strangers = [boundary("27", 105.0, 107.0), boundary("09999", 105.0, 107.0)];
    let gazetteer = Gazetteer::new(three_tiers(), [empty, nan].into_iter().chain(strangers), f64::NAN);
    let at = point(21.11, 106.01);
    assert_eq!(
        gazetteer.locate(at, None),
        found("09163", "256", Precision::NearestCentre, Some(0)),
        "as if none were loaded"
    );
}

proptest! {
    #[test]
    fn the_plane_measures_as_the_ellipsoid_does(
        lat in 20.9..21.7, lon in 105.8..107.1, up in -0.03..0.03_f64, right in -0.03..0.03_f64,
    ) {
        let (from, to) = (xy! { x: lon, y: lat }, xy! { x: lon + right, y: lat + up });
        let (flat, exact) = (Plane { origin: from }.metres_to(to), Geodesic.distance(geo::Point(from), geo::Point(to)));
        prop_assert!((flat - exact).abs() <= exact * 0.005, "{flat} {exact}");
    }

    #[test]
    fn the_nearest_boundary_is_nearest(lat in 21.095..21.125_f64, lon in 105.995..106.085_f64, accuracy in 0.0..400.0_f64) {
        let at = point(lat, lon);
        let exact = commune_boundaries().into_iter().map(|boundary| {
            let here = geo::Point(coord(at));
            match boundary.polygons.haversine_closest_point(&here) {
                geo::Closest::SinglePoint(there) => Geodesic.distance(here, there),
                geo::Closest::Intersection(_) | geo::Closest::Indeterminate => 0.0,
            }
        }).fold(f64::INFINITY, f64::min);
        let reach = accuracy.clamp(TOLERANCE_M, WIDEST_TOLERANCE_M);
        let answer = all().locate(at, Some(accuracy));
        prop_assume!((exact - reach).abs() > 2.0);
        prop_assert_eq!(answer.is_some(), exact < reach);
        if let Some(metres) = answer.and_then(|found| found.distance_m) {
            prop_assert!((f64::from(metres) - exact).abs() < 2.0, "{metres} {exact}");
        }
    }

    #[test]
    fn the_order_of_loading_does_not_matter(
        grid in (-1..=3_i32, -1..=9_i32), fine in any::<bool>(), lat in 21.0..21.2_f64, lon in 105.9..106.2_f64,
        order in Just([0_usize, 1, 2, 3, 4, 5]).prop_shuffle(), known in 0..=6_usize,
    ) {
        // Half of the points on the lines and vertices of the fixture.
        let on_line = point(21.10 + f64::from(grid.0) * 0.01, 106.00 + f64::from(grid.1) * 0.01);
        let at = if fine { point(lat, lon) } else { on_line };
        let boundaries: Vec<Boundary> = commune_boundaries().into_iter().chain(district_boundaries()).take(known).collect();
        let shuffled: Vec<Boundary> = order.iter().filter_map(|place| boundaries.get(*place)).cloned().collect();
        let one = Gazetteer::new(three_tiers(), boundaries, TOLERANCE_M).locate(at, None);
        let other = Gazetteer::new(three_tiers().into_iter().rev(), shuffled, TOLERANCE_M).locate(at, None);
        prop_assert_eq!(one, other);
    }
}
