//! Where things are: points, and the units that contain them.

#[cfg(test)]
pub(crate) mod fixture;
mod gazetteer;
mod outline;
pub mod survey;

pub use gazetteer::{
    BOX_MARGIN_M, Boundary, Found, Gazetteer, NEAREST_CENTRE_M, Precision, TOLERANCE_M, WIDEST_TOLERANCE_M,
};

use std::f64::consts::{FRAC_PI_2, PI};

use geo::{Distance, Haversine};
use serde::{Deserialize, Serialize};

/// A point on the earth, WGS 84, whole units of 10⁻⁷ degree (about one centimetre).
///
/// Whole numbers, because they are hashed: a float has more than one way to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// Latitude, 10⁻⁷ degrees, −90° to 90°.
    #[serde(rename = "lat_e7")]
    lat: i32,
    /// Longitude, 10⁻⁷ degrees, −180° to 180°.
    #[serde(rename = "lon_e7")]
    lon: i32,
}

/// A latitude or longitude that is on no globe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPoint {
    /// Not a number within ±90.
    #[error("latitude is not within ±90°")]
    Latitude,
    /// Not a number within ±180.
    #[error("longitude is not within ±180°")]
    Longitude,
}

fn e7(degrees: f64, bound: f64) -> Option<i32> {
    // `contains` is false for NaN.
    (-bound..=bound).contains(&degrees).then(|| nearest_e7(degrees, bound))
}

/// What lies beyond the bound becomes the bound.
fn nearest_e7(degrees: f64, bound: f64) -> i32 {
    // Within ±180 the product is within ±1.8·10⁹ and fits.
    #[expect(clippy::as_conversions, clippy::cast_possible_truncation, reason = "bounded on this very line")]
    let e7 = (degrees.clamp(-bound, bound) * 1e7).round() as i32;
    e7
}

impl Point {
    /// From degrees.
    ///
    /// # Errors
    /// The first coordinate that is out of range or not a number.
    pub fn from_degrees(lat: f64, lon: f64) -> Result<Self, InvalidPoint> {
        Ok(Self { lat: Self::latitude(lat)?, lon: Self::longitude(lon)? })
    }

    /// A latitude in degrees, as 10⁻⁷ degrees.
    ///
    /// # Errors
    /// [`InvalidPoint::Latitude`].
    pub fn latitude(lat: f64) -> Result<i32, InvalidPoint> {
        e7(lat, 90.0).ok_or(InvalidPoint::Latitude)
    }

    /// A longitude in degrees, as 10⁻⁷ degrees.
    ///
    /// # Errors
    /// [`InvalidPoint::Longitude`].
    pub fn longitude(lon: f64) -> Result<i32, InvalidPoint> {
        e7(lon, 180.0).ok_or(InvalidPoint::Longitude)
    }

    /// From whole 10⁻⁷ degrees, as stored.
    ///
    /// # Errors
    /// The first coordinate that is out of range.
    pub fn from_e7(lat: i32, lon: i32) -> Result<Self, InvalidPoint> {
        Self::from_degrees(f64::from(lat) / 1e7, f64::from(lon) / 1e7)
    }

    /// Latitude in 10⁻⁷ degrees, as stored.
    pub fn lat_e7(self) -> i32 {
        self.lat
    }

    /// Longitude in 10⁻⁷ degrees, as stored.
    pub fn lon_e7(self) -> i32 {
        self.lon
    }

    /// Latitude in degrees.
    pub fn lat(self) -> f64 {
        f64::from(self.lat) / 1e7
    }

    /// Longitude in degrees.
    pub fn lon(self) -> f64 {
        f64::from(self.lon) / 1e7
    }

    /// Metres to another point, along a great circle of the mean sphere: within 0.6 % of the ellipsoid's distance.
    pub fn metres_to(self, other: Self) -> f64 {
        let on_globe = |point: Self| geo::Point::new(point.lon(), point.lat());
        Haversine.distance(on_globe(self), on_globe(other))
    }

    /// The south-western and north-eastern corner of a box that holds everything within so many metres: what an index can be
    /// asked for before [`Point::metres_to`] decides.
    ///
    /// Where the box would reach over a pole or the 180th meridian it goes round the globe, so that it never misses a point.
    pub fn box_around(self, metres: f64) -> (Self, Self) {
        // Two centimetres more than asked for, since the corners are rounded to one. `max` makes nought of NaN.
        let angle = (metres.max(0.0) + 0.02) / Haversine.radius();
        let (lat, lon) = (self.lat().to_radians(), self.lon().to_radians());
        let (south, north) = (lat - angle, lat + angle);
        let over_a_pole = south <= -FRAC_PI_2 || north >= FRAC_PI_2;
        // The circle is widest a little nearer the pole than its centre, hence not simply `angle / lat.cos()`.
        let reach = if over_a_pole { PI } else { (angle.sin() / lat.cos()).asin() };
        let round_the_globe = lon - reach < -PI || lon + reach > PI;
        let (west, east) = if round_the_globe { (-PI, PI) } else { (lon - reach, lon + reach) };
        let corner = |lat: f64, lon: f64| Self {
            lat: nearest_e7(lat.to_degrees(), 90.0),
            lon: nearest_e7(lon.to_degrees(), 180.0),
        };
        (corner(south, west), corner(north, east))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn point(lat: f64, lon: f64) -> Point {
        Point::from_degrees(lat, lon).unwrap()
    }

    fn holds((south_west, north_east): (Point, Point), at: Point) -> bool {
        (south_west.lat..=north_east.lat).contains(&at.lat) && (south_west.lon..=north_east.lon).contains(&at.lon)
    }

    #[test]
    fn a_thousandth_of_a_degree_is_111_metres_north_and_104_east_in_bac_ninh() {
        let here = point(21.186, 106.076);
        assert!((here.metres_to(point(21.187, 106.076)) - 111.2).abs() < 0.1);
        assert!((here.metres_to(point(21.186, 106.077)) - 103.7).abs() < 0.1);
        assert!(here.metres_to(here) < f64::EPSILON);
    }

    #[test]
    fn the_box_is_as_wide_as_it_must_be_and_hardly_wider() {
        let here = point(21.186, 106.076);
        let (south_west, north_east) = here.box_around(150.0);
        for side in [
            point(south_west.lat(), here.lon()),
            point(north_east.lat(), here.lon()),
            point(here.lat(), south_west.lon()),
            point(here.lat(), north_east.lon()),
        ] {
            assert!((here.metres_to(side) - 150.0).abs() < 0.1, "{side:?}");
        }
    }

    #[test]
    fn the_box_stays_on_the_globe() {
        let everywhere = (point(-90.0, -180.0), point(90.0, 180.0));
        for metres in [f64::INFINITY, 1e9] {
            assert_eq!(point(21.0, 106.0).box_around(metres), everywhere);
        }
        assert_eq!(point(90.0, 0.0).box_around(150.0).1, everywhere.1);
        assert!(holds(point(0.0, 179.9999).box_around(150.0), point(0.0, -179.9999)));
        for metres in [f64::NAN, -1.0, 0.0] {
            let here = point(21.0, 106.0);
            let (south_west, north_east) = here.box_around(metres);
            assert!(holds((south_west, north_east), here) && south_west.metres_to(north_east) < 0.1, "{metres}");
        }
    }

    fn anywhere() -> impl Strategy<Value = Point> {
        (-90.0..=90.0_f64, -180.0..=180.0_f64).prop_map(|(lat, lon)| point(lat, lon))
    }

    proptest! {
        #[test]
        fn what_is_near_enough_is_in_the_box(here in anywhere(), there in anywhere(), more in 0.0..1e6_f64) {
            let metres = here.metres_to(there);
            prop_assert!(holds(here.box_around(metres + more), there), "{here:?} {there:?} {metres}");
            prop_assert!((there.metres_to(here) - metres).abs() < 1e-3);
        }

        #[test]
        fn so_it_is_next_door(here in anywhere(), north in -2e-3..2e-3_f64, east in -2e-3..2e-3_f64) {
            let there = Point::from_degrees(here.lat() + north, here.lon() + east);
            prop_assume!(there.is_ok());
            let there = there.unwrap();
            prop_assert!(holds(here.box_around(here.metres_to(there)), there));
        }
    }
}
