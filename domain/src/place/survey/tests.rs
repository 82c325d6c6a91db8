use geo::{Rect, coord, polygon};

use super::*;
use crate::place::fixture::{code, commune_boundaries, district_boundaries, three_tiers};

fn square(west: f64, south: f64, side: f64) -> Polygon<f64> {
    Rect::new(coord! { x: west, y: south }, coord! { x: west + side, y: south + side }).to_polygon()
}

fn boundary(unit: &str, polygons: impl Into<MultiPolygon<f64>>) -> Boundary {
    Boundary { unit: code(unit), polygons: polygons.into() }
}

/// A square of about a kilometre.
const SIDE: f64 = 0.01;

#[test]
fn a_hundredth_of_a_degree_squared_is_1_15_square_kilometres_in_bac_ninh() {
    let m2 = square_metres(&square(106.0, 21.1, SIDE).into());
    assert!((m2 - 1_153_500.0).abs() < 1_000.0, "{m2}");
}

#[test]
fn sound_rings_are_let_be_and_so_are_those_that_touch_themselves() {
    let mut with_hole = square(106.0, 21.1, SIDE);
    with_hole.interiors_push(square(106.002, 21.102, 0.003).exterior().clone());
    assert_eq!(look_at_rings(&with_hole.into()), Rings::Sound);
    // The hole touches the shell at one corner.
    let touching = polygon!(
        exterior: [(x: 106.0, y: 21.1), (x: 106.01, y: 21.1), (x: 106.01, y: 21.11), (x: 106.0, y: 21.11)],
        interiors: [[(x: 106.005, y: 21.1), (x: 106.007, y: 21.103), (x: 106.003, y: 21.103)]],
    );
    assert_eq!(look_at_rings(&touching.into()), Rings::Sound);
}

#[test]
fn a_small_loop_is_mended_and_a_bow_tie_refused() {
    // The corner in the north-east is drawn with a loop of some 100 square metres.
    let looped = polygon![
        (x: 106.0, y: 21.1), (x: 106.01, y: 21.1), (x: 106.01, y: 21.1101), (x: 106.0099, y: 21.11), (x: 106.0101, y: 21.11),
        (x: 106.0, y: 21.1099),
    ];
    match look_at_rings(&looped.into()) {
        Rings::Mended { polygons, difference_m2, .. } => {
            assert_eq!(look_at_rings(&polygons), Rings::Sound);
            assert!(difference_m2 < 1_000.0, "{difference_m2}");
        }
        other @ (Rings::Sound | Rings::Doubtful { .. } | Rings::HoleOutside { .. }) => panic!("{other:?}"),
    }
    let bow_tie = polygon![(x: 106.0, y: 21.1), (x: 106.01, y: 21.11), (x: 106.01, y: 21.1), (x: 106.0, y: 21.11)];
    match look_at_rings(&bow_tie.into()) {
        Rings::Doubtful { at, .. } => assert!((at.x - 106.005).abs() < 1e-9 && (at.y - 21.105).abs() < 1e-9, "{at:?}"),
        other @ (Rings::Sound | Rings::Mended { .. } | Rings::HoleOutside { .. }) => panic!("{other:?}"),
    }
}

#[test]
fn a_hole_outside_and_parts_over_each_other_are_refused() {
    let mut outside = square(106.0, 21.1, SIDE);
    outside.interiors_push(square(106.02, 21.1, 0.003).exterior().clone());
    assert!(matches!(look_at_rings(&outside.into()), Rings::HoleOutside { .. }));
    let twice = MultiPolygon::new(vec![square(106.0, 21.1, SIDE), square(106.005, 21.105, SIDE)]);
    assert!(matches!(look_at_rings(&twice), Rings::Doubtful { .. }));
}

#[test]
fn a_partition_has_nothing_to_be_told_of() {
    let units = three_tiers();
    let all: Vec<Boundary> = commune_boundaries().into_iter().chain(district_boundaries()).collect();
    assert_eq!(survey(&all, &units.iter().collect::<Vec<_>>()), Survey::default());
}

#[test]
fn overlaps_gaps_and_units_outside_of_theirs_are_told_with_their_area() {
    let units = three_tiers();
    let mut all: Vec<Boundary> = commune_boundaries().into_iter().chain(district_boundaries()).collect();
    // 09163 reaches a thousandth of a degree into 09166, and 09169 has a hole that nobody fills.
    let wider = crate::place::fixture::boundary("09163", 106.00, 106.021);
    let mut holed: Polygon<f64> = crate::place::fixture::boundary("09169", 106.04, 106.06).polygons.0.remove(0);
    holed.interiors_push(square(106.045, 21.105, 0.001).exterior().clone());
    all.retain(|boundary| !["09163", "09169", "09172"].contains(&boundary.unit.as_str()));
    all.extend([wider, boundary("09169", holed), crate::place::fixture::boundary("09172", 106.06, 106.081)]);
    let found = survey(&all, &units.iter().collect::<Vec<_>>());
    let near = |m2: f64, expected: f64| (m2 - expected).abs() < expected / 100.0;
    // 0.001° by 0.02°, and 0.001° squared.
    let (strip, hole) = (230_700.0, 11_535.0);
    assert_eq!((&found.overlaps[0].one, &found.overlaps[0].other), (&code("09163"), &code("09166")));
    assert!(found.overlaps.len() == 1 && near(found.overlaps[0].m2, strip), "{found:?}");
    assert!(found.gaps.len() == 1 && near(found.gaps[0].m2, hole), "{found:?}");
    assert!(found.outside.len() == 1 && near(found.outside[0].m2, strip), "{found:?}");
    assert_eq!((&found.outside[0].unit, &found.outside[0].parent), (&code("09172"), &code("258")));
    assert!(found.uncovered.len() == 1 && near(found.uncovered[0].m2, hole), "{found:?}");
    assert_eq!(found.holes, [(code("09169"), 1)]);
}

#[test]
fn a_ring_of_155_000_corners_is_looked_at_in_a_moment() {
    let corner = |index: u32| {
        let angle = f64::from(index) / 155_000.0 * std::f64::consts::TAU;
        // Wavy, so that it is no circle to which every shortcut applies.
        let radius = 0.05 + 0.001 * (angle * 400.0).sin();
        coord! { x: 106.1 + radius * angle.cos(), y: 21.1 + radius * angle.sin() }
    };
    let ring = MultiPolygon::from(Polygon::new((0..155_000).map(corner).collect(), Vec::new()));
    let began = std::time::Instant::now();
    assert_eq!(look_at_rings(&ring), Rings::Sound);
    assert!(began.elapsed() < std::time::Duration::from_secs(20), "{:?}", began.elapsed());
}
