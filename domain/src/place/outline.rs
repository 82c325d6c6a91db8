//! A polygon that answers quickly and exactly whether a point lies in it.

use geo::{BoundingRect, Coord, GeoNum, Kernel, Line, LinesIter, Orientation, Polygon};
use rstar::{AABB, RTreeObject};

use crate::code::UnitCode;

/// The most strips that a polygon is cut into.
const MOST_STRIPS: usize = 4_096;

/// One polygon of a unit's boundary, its edges sorted into strips from south to north: of hundreds of edges a point has to do with those
/// of its strip, a handful.
#[derive(Debug, Clone)]
pub(super) struct Outline {
    /// The unit.
    pub(super) unit: UnitCode,
    /// The polygon as it is.
    pub(super) polygon: Polygon<f64>,
    south_west: Coord<f64>,
    north_east: Coord<f64>,
    strips_per_degree: f64,
    /// Where the edges of each strip begin in `edges`; one more at the end.
    begins: Vec<usize>,
    edges: Vec<Line<f64>>,
}

impl RTreeObject for Outline {
    type Envelope = AABB<geo::Point<f64>>;

    fn envelope(&self) -> Self::Envelope {
        AABB::from_corners(self.south_west.into(), self.north_east.into())
    }
}

impl Outline {
    /// Of a polygon; `None` without an extent, or with a coordinate that is not a number.
    pub(super) fn new(unit: UnitCode, polygon: Polygon<f64>) -> Option<Self> {
        let extent = polygon.bounding_rect()?;
        if !polygon.lines_iter().all(|line| is_number(line.start) && is_number(line.end)) {
            return None;
        }
        let lines: Vec<Line<f64>> = polygon.lines_iter().collect();
        let strips = (lines.len() / 2).clamp(1, MOST_STRIPS);
        // A polygon without a height has one strip.
        let per_degree = small(strips) / extent.height();
        let strips_per_degree = if per_degree.is_finite() { per_degree } else { 0.0 };
        let mut outline = Self {
            unit,
            polygon,
            south_west: extent.min(),
            north_east: extent.max(),
            strips_per_degree,
            begins: Vec::new(),
            edges: Vec::new(),
        };
        let mut sorted: Vec<Vec<Line<f64>>> = vec![Vec::new(); strips + 1];
        for line in lines {
            let (south, north) = (line.start.y.min(line.end.y), line.start.y.max(line.end.y));
            let (first, last) = (outline.strip(south), outline.strip(north));
            sorted.iter_mut().take(last + 1).skip(first).for_each(|strip| strip.push(line));
        }
        for strip in sorted {
            outline.begins.push(outline.edges.len());
            outline.edges.extend(strip);
        }
        outline.begins.push(outline.edges.len());
        Some(outline)
    }

    /// The strip of a latitude. Never less for a greater one, however it is rounded: so an edge is in the strip of each of its points.
    fn strip(&self, y: f64) -> usize {
        let strip = (y - self.south_west.y) * self.strips_per_degree;
        #[expect(
            clippy::as_conversions,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "saturates"
        )]
        let strip = strip as usize;
        strip.min(MOST_STRIPS)
    }

    fn strips(&self, first: usize, last: usize) -> &[Line<f64>] {
        let end = self.edges.len();
        let begin = |strip: usize| self.begins.get(strip).copied().unwrap_or(end);
        self.edges.get(begin(first)..begin(last.saturating_add(1))).unwrap_or_default()
    }

    /// Whether a point lies in it, or on its line.
    ///
    /// Exact: whether a point is left of an edge is found without an error of rounding, and an edge is counted where it is
    /// crossed by a ray to the east, its upper end left out, so that of edges that meet one counts.
    pub(super) fn holds(&self, at: Coord<f64>) -> bool {
        if at.y < self.south_west.y || at.y > self.north_east.y || at.x < self.south_west.x || at.x > self.north_east.x
        {
            return false;
        }
        let strip = self.strip(at.y);
        let mut inside = false;
        for Line { start, end } in self.strips(strip, strip) {
            if start.x < at.x && end.x < at.x {
                continue;
            }
            if (start.y > at.y) == (end.y > at.y) {
                // Both ends are above, or neither is: then the point is on it where it is an end, or where all three are level.
                let level = start.y == at.y && end.y == at.y && (start.x <= at.x || end.x <= at.x);
                if level || *start == at || *end == at {
                    return true;
                }
                continue;
            }
            if start.x > at.x && end.x > at.x {
                inside = !inside;
                continue;
            }
            let (low, high) = if start.y < end.y { (*start, *end) } else { (*end, *start) };
            match <f64 as GeoNum>::Ker::orient2d(low, high, at) {
                Orientation::Collinear => return true,
                // The edge is to the east.
                Orientation::CounterClockwise => inside = !inside,
                Orientation::Clockwise => {}
            }
        }
        inside
    }

    /// Every edge that has a point in a box, and perhaps others; some more than once.
    pub(super) fn edges_near(&self, near: &AABB<geo::Point<f64>>) -> impl Iterator<Item = &Line<f64>> {
        let (low, high) = (near.lower(), near.upper());
        let apart = high.y() < self.south_west.y || low.y() > self.north_east.y;
        let edges = if apart { Default::default() } else { self.strips(self.strip(low.y()), self.strip(high.y())) };
        edges.iter().filter(move |Line { start, end }| {
            !(start.x < low.x() && end.x < low.x()
                || start.x > high.x() && end.x > high.x()
                || start.y < low.y() && end.y < low.y()
                || start.y > high.y() && end.y > high.y())
        })
    }
}

fn is_number(c: Coord<f64>) -> bool {
    c.x.is_finite() && c.y.is_finite()
}

/// A number of strips as a float.
fn small(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::from(u32::MAX), f64::from)
}
