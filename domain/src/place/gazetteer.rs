//! Which commune and which district a point lies in, on one day, in microseconds.

use std::collections::{BTreeMap, BTreeSet};

use geo::{BoundingRect, Coord, Distance, Euclidean, Haversine, Intersects, Line, MultiPolygon, Polygon, Rect};
use rstar::{AABB, RTree};

use super::{Point, outline::Outline};
use crate::{
    catalogue::{Unit, UnitLevel},
    code::UnitCode,
    vocabulary::vocabulary,
};

/// How far outside every commune a point may lie and still belong to the nearest, in metres: a river bank, the error of a phone.
pub const TOLERANCE_M: f64 = 50.0;

/// How far the accuracy that a phone claims may widen the tolerance, in metres. Beyond it the phone does not know where it is.
pub const WIDEST_TOLERANCE_M: f64 = 200.0;

/// How far the centre of a commune without a boundary may lie from a point that is taken to be in it, in metres.
pub const NEAREST_CENTRE_M: f64 = 5_000.0;

/// How far beyond the centres of its outermost communes the province is taken to reach, in metres, where no boundary tells.
pub const BOX_MARGIN_M: f64 = 3_000.0;

/// Metres in a degree of latitude, on the sphere of the earth's mean radius.
pub(super) const METRES_PER_DEGREE: f64 = Haversine.radius() * std::f64::consts::PI / 180.0;

vocabulary! {
    /// How a place was found.
    Precision {
        /// Inside the boundary, or on it.
        Boundary = "boundary",
        /// Outside every commune, so little that the nearest one is taken.
        Tolerance = "tolerance",
        /// No boundary is known: the commune whose centre is nearest.
        NearestCentre = "nearest_centre",
        /// No point was given, but the unit by its name.
        NamedUnit = "named_unit",
    }
}

/// The outline of a unit.
#[derive(Debug, Clone, PartialEq)]
pub struct Boundary {
    /// The unit.
    pub unit: UnitCode,
    /// Its polygons, WGS 84: x is the longitude, y the latitude, in degrees.
    pub polygons: MultiPolygon<f64>,
}

/// Where a point was found to be, or what a named unit stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The commune, where it is known.
    pub commune: Option<UnitCode>,
    /// The district; `None` where a commune lies directly in the province, as since 1 July 2025.
    pub district: Option<UnitCode>,
    /// How it was found.
    pub precision: Precision,
    /// Whole metres to the commune's boundary (`tolerance`) or to its centre (`nearest_centre`); else `None`.
    pub distance_m: Option<u32>,
}

/// The units of one day, and where they are.
///
/// A point is looked for in this order, and the first answer stands:
/// 1. the communes whose boundary contains it, the line itself included. A point on a border lies in the units on both sides,
///    and outlines drawn by different hands overlap: the lowest unit code is taken, so that the same point always gives the
///    same answer, whatever the order in which boundaries were loaded;
/// 2. the nearest commune boundary within the tolerance; of several equally near in whole metres the lowest code;
/// 3. the nearest centre (so too), at most [`NEAREST_CENTRE_M`] away, of the communes that have no boundary: all of them, where
///    none was loaded. In a district whose boundary contains the point, only its own communes count. In none, the point must lie in the
///    province's box: the least one around the centres of all communes, widened by [`BOX_MARGIN_M`];
/// 4. the district alone, where its boundary contains the point.
#[derive(Debug)]
pub struct Gazetteer {
    units: BTreeMap<UnitCode, Unit>,
    communes: RTree<Outline>,
    districts: RTree<Outline>,
    /// Of the communes without a boundary.
    centres: Vec<Centre>,
    province_box: Option<Rect<f64>>,
    tolerance_m: f64,
}

#[derive(Debug)]
struct Centre {
    commune: UnitCode,
    district: Option<UnitCode>,
    at: Coord<f64>,
}

impl Gazetteer {
    /// From the units valid on the day, one for each code, and what boundaries of them are known.
    ///
    /// A boundary of a unit that is not among `units`, or of the province, is left out; so is a polygon without an extent, or with
    /// a coordinate that is not a number. `tolerance_m` is [`TOLERANCE_M`] unless an operator knows better.
    pub fn new(
        units: impl IntoIterator<Item = Unit>,
        boundaries: impl IntoIterator<Item = Boundary>,
        tolerance_m: f64,
    ) -> Self {
        let units: BTreeMap<UnitCode, Unit> = units.into_iter().map(|unit| (unit.code.clone(), unit)).collect();
        let (mut communes, mut districts) = (Vec::new(), Vec::new());
        for boundary in boundaries {
            let areas = match units.get(&boundary.unit).map(|unit| unit.level) {
                Some(UnitLevel::Commune) => &mut communes,
                Some(UnitLevel::District) => &mut districts,
                Some(UnitLevel::Province) | None => continue,
            };
            let unit = &boundary.unit;
            areas.extend(boundary.polygons.into_iter().filter_map(|polygon| Outline::new(unit.clone(), polygon)));
        }
        let outlined: BTreeSet<&UnitCode> = communes.iter().map(|outline: &Outline| &outline.unit).collect();
        let all_centres: Vec<Centre> = units.values().filter_map(|unit| Centre::of(unit, &units)).collect();
        let province_box = box_around(&all_centres);
        let centres = all_centres.into_iter().filter(|centre| !outlined.contains(&centre.commune)).collect();
        Self {
            units,
            centres,
            province_box,
            communes: RTree::bulk_load(communes),
            districts: RTree::bulk_load(districts),
            tolerance_m: if tolerance_m.is_finite() { tolerance_m.max(0.0) } else { TOLERANCE_M },
        }
    }

    /// The polygons that are known of the units of a level, each with its unit; none of the province.
    pub fn outlines(&self, level: UnitLevel) -> impl Iterator<Item = (&UnitCode, &Polygon<f64>)> {
        let areas = match level {
            UnitLevel::Commune => Some(&self.communes),
            UnitLevel::District => Some(&self.districts),
            UnitLevel::Province => None,
        };
        areas.into_iter().flat_map(RTree::iter).map(|outline| (&outline.unit, &outline.polygon))
    }

    /// Where the point is; `None` outside the province. `accuracy_m` is what the phone says of its own error: it widens the
    /// tolerance, to [`WIDEST_TOLERANCE_M`] at most.
    pub fn locate(&self, p: Point, accuracy_m: Option<f64>) -> Option<Found> {
        let at = coord(p);
        if let Some(commune) = containing(&self.communes, at) {
            return Some(self.in_commune(commune, Precision::Boundary, None));
        }
        let plane = Plane { origin: at };
        if let Some((metres, commune)) = self.nearest_boundary(plane, accuracy_m) {
            return Some(self.in_commune(commune, Precision::Tolerance, Some(metres)));
        }
        let district = containing(&self.districts, at);
        if let Some((metres, commune)) = self.nearest_centre(plane, district) {
            return Some(self.in_commune(commune, Precision::NearestCentre, Some(metres)));
        }
        district.map(|district| Found {
            commune: None,
            district: Some(district.clone()),
            precision: Precision::Boundary,
            distance_m: None,
        })
    }

    /// The unit of that code, if there is one on the day.
    pub fn unit(&self, code: &UnitCode) -> Option<&Unit> {
        self.units.get(code)
    }

    /// What a unit named instead of a point stands for: a commune for itself and its district, a district for itself, the
    /// province for neither. `None` for a unit that does not exist on the day.
    pub fn named(&self, code: &UnitCode) -> Option<Found> {
        let unit = self.unit(code)?;
        let neither = Found { commune: None, district: None, precision: Precision::NamedUnit, distance_m: None };
        Some(match unit.level {
            UnitLevel::Commune => self.in_commune(code, Precision::NamedUnit, None),
            UnitLevel::District => Found { district: Some(code.clone()), ..neither },
            UnitLevel::Province => neither,
        })
    }

    /// All units, in the order of their codes.
    pub fn units(&self) -> impl Iterator<Item = &Unit> {
        self.units.values()
    }

    fn in_commune(&self, commune: &UnitCode, precision: Precision, distance_m: Option<u32>) -> Found {
        Found {
            commune: Some(commune.clone()),
            district: self.unit(commune).and_then(|unit| district_of(unit, &self.units)).cloned(),
            precision,
            distance_m,
        }
    }

    fn nearest_boundary(&self, plane: Plane, accuracy_m: Option<f64>) -> Option<(u32, &UnitCode)> {
        let accuracy_m = accuracy_m.filter(|metres| metres.is_finite()).unwrap_or(0.0);
        let reach = self.tolerance_m.max(accuracy_m.min(WIDEST_TOLERANCE_M));
        let square = plane.square(reach);
        let nearby = self.communes.locate_in_envelope_intersecting(&square);
        nearby
            .map(|outline| (plane.metres_to_outline(outline, &square), &outline.unit))
            .filter(|(metres, _)| *metres <= reach)
            .map(|(metres, commune)| (whole(metres), commune))
            .min()
    }

    fn nearest_centre(&self, plane: Plane, district: Option<&UnitCode>) -> Option<(u32, &UnitCode)> {
        let inside = district.is_some() || self.province_box.is_some_and(|area| area.intersects(&plane.origin));
        self.centres
            .iter()
            .filter(|centre| inside && (district.is_none() || centre.district.as_ref() == district))
            .map(|centre| (plane.metres_to(centre.at), &centre.commune))
            .filter(|(metres, _)| *metres <= NEAREST_CENTRE_M)
            .map(|(metres, commune)| (whole(metres), commune))
            .min()
    }
}

impl Centre {
    fn of(unit: &Unit, units: &BTreeMap<UnitCode, Unit>) -> Option<Self> {
        let at = unit.centre.filter(|_| unit.level == UnitLevel::Commune).map(coord)?;
        Some(Self { commune: unit.code.clone(), district: district_of(unit, units).cloned(), at })
    }
}

/// A plane that touches the earth at `origin`, a degree of longitude shortened by the cosine of its latitude.
///
/// Within the five kilometres it is used for, a distance on it differs from the one on the ellipsoid by less than 0.5 %.
#[derive(Clone, Copy)]
struct Plane {
    origin: Coord<f64>,
}

impl Plane {
    /// Metres in a degree of longitude. Never nought, so that a point at a pole has a distance like any other.
    fn metres_per_degree_east(self) -> f64 {
        METRES_PER_DEGREE * self.origin.y.to_radians().cos().max(1e-6)
    }

    fn project(self, c: Coord<f64>) -> Coord<f64> {
        let from_origin = c - self.origin;
        Coord { x: from_origin.x * self.metres_per_degree_east(), y: from_origin.y * METRES_PER_DEGREE }
    }

    fn metres_to(self, c: Coord<f64>) -> f64 {
        Euclidean.distance(Coord::zero(), self.project(c))
    }

    /// To the nearest point of the outline in a square, of a hole too; infinite where none is.
    fn metres_to_outline(self, outline: &Outline, square: &AABB<geo::Point<f64>>) -> f64 {
        outline
            .edges_near(square)
            .map(|line| Euclidean.distance(Coord::zero(), &Line::new(self.project(line.start), self.project(line.end))))
            .fold(f64::INFINITY, f64::min)
    }

    /// The envelope of everything within `metres` of the origin.
    fn square(self, metres: f64) -> AABB<geo::Point<f64>> {
        let reach = Coord { x: metres / self.metres_per_degree_east(), y: metres / METRES_PER_DEGREE };
        AABB::from_corners((self.origin - reach).into(), (self.origin + reach).into())
    }
}

fn coord(p: Point) -> Coord<f64> {
    Coord { x: p.lon(), y: p.lat() }
}

/// The lowest code of the units whose area contains the point or has it on its border.
fn containing(outlines: &RTree<Outline>, at: Coord<f64>) -> Option<&UnitCode> {
    let candidates = outlines.locate_in_envelope_intersecting(&AABB::from_point(at.into()));
    candidates.filter(|outline| outline.holds(at)).map(|outline| &outline.unit).min()
}

fn district_of<'a>(unit: &'a Unit, units: &BTreeMap<UnitCode, Unit>) -> Option<&'a UnitCode> {
    unit.parent.as_ref().filter(|parent| units.get(*parent).is_some_and(|parent| parent.level == UnitLevel::District))
}

fn box_around(centres: &[Centre]) -> Option<Rect<f64>> {
    let tight = geo::MultiPoint::from_iter(centres.iter().map(|centre| centre.at)).bounding_rect()?;
    let margin = |corner: Coord<f64>| {
        let plane = Plane { origin: corner };
        Coord { x: BOX_MARGIN_M / plane.metres_per_degree_east(), y: BOX_MARGIN_M / METRES_PER_DEGREE }
    };
    Some(Rect::new(tight.min() - margin(tight.min()), tight.max() + margin(tight.max())))
}

/// Rounded; beyond what a `u32` holds it stays at the greatest.
fn whole(metres: f64) -> u32 {
    #[expect(
        clippy::as_conversions,
        reason = "a float becomes the nearest u32 by this alone, and the conversion saturates"
    )]
    let metres = metres.round() as u32;
    metres
}

#[cfg(test)]
mod tests;
