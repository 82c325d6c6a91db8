//! Which published petitions are asked for: the same words for the feed and for the map.

use domain::{petition::Status, place::Point};
use persistence::{Area, CatalogueDay, PublicFilter};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{field::Faults, problem::FaultCode};

/// Which published petitions.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PublicQuery {
    /// A part of the map: `west,south,east,north`, degrees, WGS 84. Where the 180th meridian lies between, west is greater than east.
    #[param(example = "106.0,21.1,106.2,21.25")]
    pub(super) bbox: Option<String>,
    /// Fields, comma-separated.
    category: Option<String>,
    /// Statuses, comma-separated.
    #[param(example = "in_progress,answered")]
    status: Option<String>,
}

impl PublicQuery {
    /// The filter; what is wrong is noted.
    pub(super) fn read(&self, catalogue: &CatalogueDay, faults: &mut Faults) -> PublicFilter {
        let status = faults.words("/status", self.status.as_deref(), Status::parse, Status::ALL, Status::as_str);
        let categories = faults.categories(self.category.as_deref(), catalogue);
        let area = self.bbox.as_deref().and_then(|raw| area(raw, faults));
        PublicFilter { area, categories, statuses: status, text: None }
    }
}

/// `bbox`: four numbers, as OGC API Features and RFC 7946 order them.
pub(crate) fn area(raw: &str, faults: &mut Faults) -> Option<Area> {
    let numbers: Option<Vec<f64>> = raw.split(',').map(|number| number.trim().parse().ok()).collect();
    let Some(&[west, south, east, north]) = numbers.as_deref() else {
        faults.add_with("/bbox", FaultCode::InvalidBox, "west,south,east,north");
        return None;
    };
    let corner = |lat: f64, lon: f64| Point::from_degrees(lat, lon);
    let (Ok(south_west), Ok(north_east)) = (corner(south, west), corner(north, east)) else {
        faults.add_with("/bbox", FaultCode::OutOfRange, "±180, ±90");
        return None;
    };
    if south > north {
        faults.add("/bbox", FaultCode::InsideOut);
        return None;
    }
    Some(Area {
        south: south_west.lat_e7(),
        north: north_east.lat_e7(),
        west: south_west.lon_e7(),
        east: north_east.lon_e7(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults_of(raw: &str) -> Vec<FaultCode> {
        let mut faults = Faults::default();
        let area = area(raw, &mut faults);
        faults.finish(area).map_or_else(|problem| problem.faults.iter().map(|fault| fault.code).collect(), |_| vec![])
    }

    #[test]
    fn a_box_is_four_numbers_on_the_globe() {
        for good in ["106,21,106.2,21.25", "-180,-90,180,90", " 106 , 21 , 106 , 21 ", "179.9,-18,-179.9,-16"] {
            assert!(faults_of(good).is_empty(), "{good}");
        }
        for bad in ["", "106", "106,21,106.2", "106,21,106.2,21.25,3", "a,b,c,d", "106;21;106.2;21.25", "106,,106,21"] {
            assert_eq!(faults_of(bad), [FaultCode::InvalidBox], "{bad}");
        }
        for beyond in ["106,21,106.2,91", "-181,21,106,22", "NaN,21,106,22", "106,21,inf,22", "21,106,21.2,106.2"] {
            assert_eq!(faults_of(beyond), [FaultCode::OutOfRange], "{beyond}");
        }
        assert_eq!(faults_of("106,22,107,21"), [FaultCode::InsideOut]);
    }

    #[test]
    fn a_box_over_the_meridian_is_as_wide_as_it_is() {
        let area = area("179.5,-18,-179.5,-16", &mut Faults::default()).unwrap();
        assert_eq!((area.width(), area.height()), (10_000_000, 20_000_000));
    }
}
