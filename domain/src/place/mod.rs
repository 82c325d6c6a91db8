//! Where things are: points, and the units that contain them.

#[cfg(test)]
pub(crate) mod fixture;
mod gazetteer;

pub use gazetteer::{
    BOX_MARGIN_M, Boundary, Found, Gazetteer, NEAREST_CENTRE_M, Precision, TOLERANCE_M, WIDEST_TOLERANCE_M,
};

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
    // `contains` is false for NaN; within ±180 the product is within ±1.8·10⁹ and fits.
    #[expect(clippy::as_conversions, clippy::cast_possible_truncation, reason = "bounded on the line above")]
    (-bound..=bound).contains(&degrees).then(|| (degrees * 1e7).round() as i32)
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
}
