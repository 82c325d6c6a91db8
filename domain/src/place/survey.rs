//! What is to be said of boundaries before they are taken in: rings that cross themselves, overlaps, gaps, units outside of theirs.

use std::collections::{BTreeMap, BTreeSet};

use geo::{
    Area, BooleanOps, BoundingRect, Coord, CoordsIter, Line, LinesIter, MultiPolygon, Orient, Polygon,
    line_intersection::{LineIntersection, line_intersection},
    orient::Direction,
    unary_union,
};
use rstar::{AABB, RTree, RTreeObject, primitives::GeomWithData};

use super::gazetteer::{Boundary, METRES_PER_DEGREE};
use crate::{
    catalogue::{Unit, UnitLevel},
    code::UnitCode,
};

/// What is smaller is a matter of rounding and is not told, in square metres.
pub const TOLD_FROM_M2: f64 = 1.0;

/// How much of an area may be in doubt where rings cross themselves: a loop at a corner, not a bow tie.
const IN_DOUBT: f64 = 0.01;

/// How the rings of a boundary are.
#[derive(Debug, Clone, PartialEq)]
pub enum Rings {
    /// As they should be.
    Sound,
    /// They crossed or covered themselves, and hardly anything was in doubt: what is enclosed an odd number of times is the unit.
    Mended {
        /// The rings that enclose the same.
        polygons: MultiPolygon<f64>,
        /// Where it was, longitude first.
        at: Coord<f64>,
        /// How much the area differs, in square metres.
        difference_m2: f64,
    },
    /// They cross or cover themselves, and what they enclose depends on how one looks at it.
    Doubtful {
        /// Where it is, longitude first.
        at: Coord<f64>,
        /// What the rings enclose, taken one by one, in square metres.
        by_rings_m2: f64,
        /// What is enclosed an odd number of times, in square metres.
        by_parity_m2: f64,
    },
    /// A hole that lies outside of what it is a hole of.
    HoleOutside {
        /// Where it is, longitude first.
        at: Coord<f64>,
    },
}

/// Two units of one level that both have some ground.
#[derive(Debug, Clone, PartialEq)]
pub struct Overlap {
    /// One.
    pub one: UnitCode,
    /// The other.
    pub other: UnitCode,
    /// How much, in square metres.
    pub m2: f64,
}

/// Ground within the units of a level that none of them has.
#[derive(Debug, Clone, PartialEq)]
pub struct Gap {
    /// The level.
    pub level: UnitLevel,
    /// A point on its edge, longitude first.
    pub at: Coord<f64>,
    /// How much, in square metres.
    pub m2: f64,
}

/// A unit that lies outside of the one it belongs to, in part or whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Outside {
    /// The unit.
    pub unit: UnitCode,
    /// The one it belongs to.
    pub parent: UnitCode,
    /// How much of it, in square metres.
    pub m2: f64,
}

/// A unit that has ground which none of those in it has, though all of them are drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Uncovered {
    /// The unit.
    pub unit: UnitCode,
    /// How much, in square metres.
    pub m2: f64,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Survey {
    /// The largest first, as in each.
    pub overlaps: Vec<Overlap>,
    /// Gaps.
    pub gaps: Vec<Gap>,
    /// Units outside of theirs.
    pub outside: Vec<Outside>,
    /// Units that are not covered by theirs.
    pub uncovered: Vec<Uncovered>,
    /// Units with holes, and how many.
    pub holes: Vec<(UnitCode, usize)>,
}

/// The area of polygons in degrees, in square metres: within 0.5 % of the ellipsoid's in Việt Nam.
pub fn square_metres(polygons: &MultiPolygon<f64>) -> f64 {
    polygons.iter().map(polygon_m2).sum()
}

fn polygon_m2(polygon: &Polygon<f64>) -> f64 {
    let Some(extent) = polygon.bounding_rect() else { return 0.0 };
    let shrunk = extent.center().y.to_radians().cos().abs();
    polygon.unsigned_area() * METRES_PER_DEGREE * METRES_PER_DEGREE * shrunk
}

type Edge = GeomWithData<Line<f64>, usize>;

/// Where two edges cross, or cover each other: where they touch at a point, nothing is in doubt.
fn crossing(polygons: &MultiPolygon<f64>) -> Option<Coord<f64>> {
    let lines = polygons.lines_iter().filter(|line| line.start != line.end);
    let edges: Vec<Edge> = lines.enumerate().map(|(number, line)| Edge::new(line, number)).collect();
    let tree = RTree::bulk_load(edges);
    tree.iter().find_map(|edge| {
        let near = tree.locate_in_envelope_intersecting(&edge.geom().envelope()).filter(|other| edge.data < other.data);
        near.filter_map(|other| line_intersection(*edge.geom(), *other.geom())).find_map(|found| match found {
            LineIntersection::SinglePoint { intersection, is_proper: true } => Some(intersection),
            LineIntersection::Collinear { intersection } if intersection.start != intersection.end => {
                Some(intersection.start)
            }
            LineIntersection::SinglePoint { .. } | LineIntersection::Collinear { .. } => None,
        })
    })
}

/// Looks at the rings of a boundary, and mends what can be mended without a doubt.
pub fn look_at_rings(polygons: &MultiPolygon<f64>) -> Rings {
    let Some(at) = crossing(polygons) else {
        return hole_outside(polygons).map_or(Rings::Sound, |at| Rings::HoleOutside { at });
    };
    let by_rings_m2 = square_metres(polygons);
    // Enclosed an odd number of times, by whichever rings.
    let mended = polygons.union(&MultiPolygon::<f64>::new(Vec::new()));
    let by_parity_m2 = square_metres(&mended);
    let difference_m2 = (by_parity_m2 - by_rings_m2).abs();
    if by_parity_m2 < TOLD_FROM_M2 || difference_m2 > IN_DOUBT * by_rings_m2.max(by_parity_m2) {
        return Rings::Doubtful { at, by_rings_m2, by_parity_m2 };
    }
    Rings::Mended { polygons: mended, at, difference_m2 }
}

/// Of rings that do not cross, one lies in another where any of its corners that is on neither line does.
fn hole_outside(polygons: &MultiPolygon<f64>) -> Option<Coord<f64>> {
    use geo::{Contains, Intersects};
    polygons.iter().find_map(|polygon| {
        let shell = Polygon::new(polygon.exterior().clone(), Vec::new());
        let outside = |corner: &Coord<f64>| !shell.intersects(corner);
        polygon.interiors().iter().find_map(|hole| {
            let within = hole.coords().any(|corner| shell.contains(corner));
            if within { None } else { hole.coords().copied().find(outside) }
        })
    })
}

/// Compares boundaries, which are sound, with each other and with the units they are of.
pub fn survey(boundaries: &[Boundary], units: &[&Unit]) -> Survey {
    let units: BTreeMap<&UnitCode, &Unit> = units.iter().map(|unit| (&unit.code, *unit)).collect();
    let drawn: BTreeMap<&UnitCode, MultiPolygon<f64>> =
        boundaries.iter().map(|boundary| (&boundary.unit, boundary.polygons.orient(Direction::Default))).collect();
    let mut survey = Survey::default();
    for level in [UnitLevel::District, UnitLevel::Commune] {
        let of_level: Vec<(&UnitCode, &MultiPolygon<f64>)> = drawn
            .iter()
            .filter(|(code, _)| units.get(*code).is_some_and(|unit| unit.level == level))
            .map(|(code, polygons)| (*code, polygons))
            .collect();
        survey.overlaps.extend(overlaps(&of_level));
        survey.gaps.extend(gaps(level, &of_level));
    }
    let mut children: BTreeMap<&UnitCode, BTreeSet<&UnitCode>> = BTreeMap::new();
    for unit in units.values() {
        if let Some(parent) = &unit.parent {
            children.entry(parent).or_default().insert(&unit.code);
        }
    }
    for (parent, children) in children {
        let Some(ground) = drawn.get(parent) else { continue };
        let known: Vec<_> = children.iter().filter_map(|child| Some((*child, drawn.get(*child)?))).collect();
        for (child, polygons) in &known {
            let m2 = square_metres(&polygons.difference(ground));
            if m2 >= TOLD_FROM_M2 {
                survey.outside.push(Outside { unit: (*child).clone(), parent: parent.clone(), m2 });
            }
        }
        if known.len() == children.len() {
            let together = unary_union(known.iter().map(|(_, polygons)| *polygons));
            let m2 = square_metres(&ground.difference(&together));
            if m2 >= TOLD_FROM_M2 {
                survey.uncovered.push(Uncovered { unit: parent.clone(), m2 });
            }
        }
    }
    for (code, polygons) in &drawn {
        let holes: usize = polygons.iter().map(|polygon| polygon.interiors().len()).sum();
        if holes > 0 {
            survey.holes.push(((*code).clone(), holes));
        }
    }
    survey.overlaps.sort_by(|one, other| other.m2.total_cmp(&one.m2));
    survey.gaps.sort_by(|one, other| other.m2.total_cmp(&one.m2));
    survey.outside.sort_by(|one, other| other.m2.total_cmp(&one.m2));
    survey.uncovered.sort_by(|one, other| other.m2.total_cmp(&one.m2));
    survey
}

fn overlaps(drawn: &[(&UnitCode, &MultiPolygon<f64>)]) -> Vec<Overlap> {
    let envelope = |polygons: &MultiPolygon<f64>| {
        let extent = polygons.bounding_rect()?;
        Some(AABB::from_corners(geo::Point::from(extent.min()), extent.max().into()))
    };
    let mut found = Vec::new();
    for (index, (one, ground)) in drawn.iter().enumerate() {
        let Some(here) = envelope(ground) else { continue };
        for (other, others) in drawn.iter().skip(index + 1) {
            if !envelope(others).is_some_and(|there| rstar::Envelope::intersects(&here, &there)) {
                continue;
            }
            let m2 = square_metres(&ground.intersection(*others));
            if m2 >= TOLD_FROM_M2 {
                found.push(Overlap { one: (*one).clone(), other: (*other).clone(), m2 });
            }
        }
    }
    found
}

/// What the units of a level enclose together without any of them having it.
fn gaps(level: UnitLevel, drawn: &[(&UnitCode, &MultiPolygon<f64>)]) -> Vec<Gap> {
    let together = unary_union(drawn.iter().map(|(_, polygons)| *polygons));
    let holes = together.iter().flat_map(Polygon::interiors);
    holes
        .filter_map(|ring| {
            let hole = Polygon::new(ring.clone(), Vec::new());
            let at = hole.exterior_coords_iter().next()?;
            Some(Gap { level, at, m2: polygon_m2(&hole) })
        })
        .filter(|gap| gap.m2 >= TOLD_FROM_M2)
        .collect()
}

#[cfg(test)]
mod tests;
