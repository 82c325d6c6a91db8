//! Places on a partition that is made by chance: regions with shared edges, corners where four meet, and regions within regions. Every point
//! has exactly one answer, and the right one, by a reckoning in whole numbers that shares nothing with the product.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test, whose helpers may fail it")]

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    catalogue::{Unit, UnitLevel, Validity},
    code::UnitCode,
    place::{Boundary, Gazetteer, Point, Precision},
};
use geo::{Coord, Intersects, LineString, MultiPolygon, Polygon};

/// Cells in a row, and rows.
const CELLS: i64 = 12;
/// A cell, and how far its corners are moved at most, in lattice steps.
const CELL: i64 = 16;
const JITTER: i64 = 4;
/// A lattice step is 2⁻⁷ degrees: exact as a float, and in whole 10⁻⁷ degrees.
const STEP_E7: i64 = 78_125;
const SOUTH_E7: i64 = 20 * 10_000_000;
const WEST_E7: i64 = 105 * 10_000_000;

type Corner = (i64, i64);

struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: i64) -> i64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        i64::try_from((mixed ^ (mixed >> 31)) >> 1).unwrap() % bound
    }
}

struct Partition {
    /// Corners in 10⁻⁷ degrees, east then north.
    corners: BTreeMap<(i64, i64), Corner>,
    /// The region of each cell.
    regions: BTreeMap<(i64, i64), i64>,
}

impl Partition {
    fn by_chance(seed: u64) -> Self {
        let mut chance = Chance(seed);
        let mut corners = BTreeMap::new();
        for column in 0..=CELLS {
            for row in 0..=CELLS {
                // Even, so that the middle of an edge is on the lattice.
                let mut moved = |at: i64| (at * CELL + 2 * (chance.below(JITTER + 1) - JITTER / 2)) * STEP_E7;
                corners.insert((column, row), (WEST_E7 + moved(column), SOUTH_E7 + moved(row)));
            }
        }
        let mut regions: BTreeMap<(i64, i64), i64> =
            (0..CELLS).flat_map(|column| (0..CELLS).map(move |row| ((column, row), column * CELLS + row))).collect();
        for _ in 0..CELLS * CELLS {
            let (column, row) = (chance.below(CELLS - 1), chance.below(CELLS - 1));
            let beside = if chance.below(2) == 0 { (column + 1, row) } else { (column, row + 1) };
            let (one, other) = (regions[&(column, row)], regions[&beside]);
            regions.values_mut().filter(|region| **region == other).for_each(|region| *region = one);
        }
        // A region around another one.
        let (column, row) = (1 + chance.below(CELLS - 2), 1 + chance.below(CELLS - 2));
        for beside in (-1..=1).flat_map(|east| (-1..=1).map(move |north| (column + east, row + north))) {
            regions.insert(beside, 9_000);
        }
        regions.insert((column, row), 9_001);
        Self { corners, regions }
    }

    /// The corners of a cell, counter-clockwise.
    fn ring(&self, (column, row): (i64, i64)) -> [Corner; 4] {
        [(0, 0), (1, 0), (1, 1), (0, 1)].map(|(east, north)| self.corners[&(column + east, row + north)])
    }

    /// The regions that have a point, their edges included; and whether it is on an edge at all.
    fn having(&self, at: Corner) -> (BTreeSet<i64>, bool) {
        let (mut having, mut on_an_edge) = (BTreeSet::new(), false);
        for (cell, region) in &self.regions {
            let ring = self.ring(*cell);
            let sides: Vec<i64> = (0..4).map(|side| side_of(ring[side], ring[(side + 1) % 4], at)).collect();
            // Cells are convex: a corner is moved by a quarter of their side at most.
            if sides.iter().all(|side| *side >= 0) {
                having.insert(*region);
                on_an_edge |= sides.contains(&0);
            }
        }
        (having, on_an_edge)
    }

    fn polygons(&self, region: i64) -> MultiPolygon<f64> {
        let mut edges: BTreeSet<(Corner, Corner)> = BTreeSet::new();
        for (cell, _) in self.regions.iter().filter(|(_, of)| **of == region) {
            let ring = self.ring(*cell);
            for side in 0..4 {
                let (from, to) = (ring[side], ring[(side + 1) % 4]);
                // An edge between two cells of the region comes both ways, and goes.
                if !edges.remove(&(to, from)) {
                    edges.insert((from, to));
                }
            }
        }
        let mut rings: Vec<Vec<Corner>> = Vec::new();
        while let Some((begin, mut at)) = edges.pop_first() {
            let mut ring = vec![begin];
            while at != begin {
                ring.push(at);
                let next = *edges.iter().find(|(from, _)| *from == at).unwrap();
                edges.remove(&next);
                at = next.1;
            }
            rings.push(ring);
        }
        // What was cut in two has a shell for each part; a hole is of the smallest shell that has all of its corners.
        let (mut shells, holes): (Vec<_>, Vec<_>) = rings.into_iter().partition(|ring| doubled_area(ring) > 0);
        shells.sort_by_key(|ring| doubled_area(ring));
        let degrees = |ring: &Vec<Corner>| -> LineString<f64> {
            ring.iter().map(|(x, y)| Coord { x: degrees(*x), y: degrees(*y) }).collect()
        };
        let mut polygons: Vec<Polygon<f64>> =
            shells.iter().map(|shell| Polygon::new(degrees(shell), Vec::new())).collect();
        for hole in holes.iter().map(degrees) {
            let around = |shell: &&mut Polygon<f64>| {
                let alone = Polygon::new(shell.exterior().clone(), Vec::new());
                hole.coords().all(|corner| alone.intersects(corner))
            };
            polygons.iter_mut().find(around).unwrap().interiors_push(hole.clone());
        }
        MultiPolygon::new(polygons)
    }

    fn gazetteer(&self) -> Gazetteer {
        let regions: BTreeSet<i64> = self.regions.values().copied().collect();
        let units = regions.iter().map(|region| Unit {
            code: code(*region),
            name: format!("Xã {region}"),
            level: UnitLevel::Commune,
            parent: None,
            validity: Validity { from: "2021-11-01".parse().unwrap(), to: None },
            centre: None,
        });
        let boundaries =
            regions.iter().map(|region| Boundary { unit: code(*region), polygons: self.polygons(*region) });
        Gazetteer::new(units, boundaries, 0.0)
    }
}

/// Twice the area to the left of an edge: its sign is the side.
fn side_of((ax, ay): Corner, (bx, by): Corner, (x, y): Corner) -> i64 {
    let doubled = i128::from(bx - ax) * i128::from(y - ay) - i128::from(by - ay) * i128::from(x - ax);
    i64::try_from(doubled.signum()).unwrap()
}

fn doubled_area(ring: &[Corner]) -> i128 {
    let next = ring.iter().cycle().skip(1);
    ring.iter()
        .zip(next)
        .map(|((ax, ay), (bx, by))| i128::from(*ax) * i128::from(*by) - i128::from(*bx) * i128::from(*ay))
        .sum()
}

fn degrees(e7: i64) -> f64 {
    f64::from(i32::try_from(e7).unwrap()) / 1e7
}

fn code(region: i64) -> UnitCode {
    UnitCode::parse(&format!("{region:05}")).unwrap()
}

fn found(gazetteer: &Gazetteer, (x, y): Corner) -> Option<UnitCode> {
    let at = Point::from_e7(i32::try_from(y).unwrap(), i32::try_from(x).unwrap()).unwrap();
    gazetteer.locate(at, None).map(|found| {
        assert_eq!(found.precision, Precision::Boundary);
        found.commune.unwrap()
    })
}

#[test]
fn every_point_of_the_lattice_has_the_lowest_region_it_is_in_and_edges_lose_none() {
    for seed in 0..4 {
        let (partition, mut on_edges) = (Partition::by_chance(seed), 0);
        let gazetteer = partition.gazetteer();
        let lattice = -2..=CELLS * CELL + 2;
        for at in lattice.clone().step_by(3).flat_map(|east| lattice.clone().map(move |north| (east, north))) {
            let at = (WEST_E7 + at.0 * STEP_E7, SOUTH_E7 + at.1 * STEP_E7);
            let (having, on_an_edge) = partition.having(at);
            on_edges += usize::from(on_an_edge);
            assert_eq!(found(&gazetteer, at), having.first().copied().map(code), "seed {seed}, {at:?} in {having:?}");
        }
        assert!(on_edges > 100, "{on_edges}");
    }
}

#[test]
fn corners_and_middles_of_edges_belong_to_the_lowest_of_their_regions() {
    for seed in 10..16 {
        let partition = Partition::by_chance(seed);
        let gazetteer = partition.gazetteer();
        let mut points: BTreeSet<Corner> = partition.corners.values().copied().collect();
        for cell in partition.regions.keys() {
            let ring = partition.ring(*cell);
            points.extend((0..4).map(|side| {
                let ((ax, ay), (bx, by)) = (ring[side], ring[(side + 1) % 4]);
                (i64::midpoint(ax, bx), i64::midpoint(ay, by))
            }));
        }
        for at in points {
            let (having, on_an_edge) = partition.having(at);
            assert!(on_an_edge, "{at:?}");
            assert_eq!(found(&gazetteer, at), having.first().copied().map(code), "seed {seed}, {at:?} in {having:?}");
        }
    }
}

#[test]
fn points_by_chance_are_in_one_region_and_no_other() {
    for seed in 20..23 {
        let (partition, mut chance) = (Partition::by_chance(seed), Chance(seed));
        let gazetteer = partition.gazetteer();
        let outlines: Vec<_> = gazetteer.outlines(UnitLevel::Commune).collect();
        let mut inside = 0;
        for _ in 0..5_000 {
            let extent = (CELLS * CELL + 4) * STEP_E7;
            let at = (WEST_E7 - 2 * STEP_E7 + chance.below(extent), SOUTH_E7 - 2 * STEP_E7 + chance.below(extent));
            let (having, on_an_edge) = partition.having(at);
            if on_an_edge {
                continue;
            }
            assert!(having.len() <= 1, "{having:?}");
            inside += having.len();
            assert_eq!(found(&gazetteer, at), having.first().copied().map(code), "seed {seed}, {at:?}");
            let point = Coord { x: degrees(at.0), y: degrees(at.1) };
            let by_geo: Vec<_> = outlines.iter().filter(|(_, outline)| outline.intersects(&point)).collect();
            assert_eq!(by_geo.len(), having.len(), "seed {seed}, {at:?}");
        }
        assert!(inside > 4_000, "{inside}");
    }
}
