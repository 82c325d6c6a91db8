//! The reforms that come with the program, by the catalogues of `persistence/catalogue/`, compiled in.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use domain::{
    catalogue::UnitLevel,
    code::UnitCode,
    place::Point,
    succession::reform::{NewUnit, Reform},
};
use serde::Deserialize;

use crate::{
    catalogue::{code, word},
    error::StoreError,
    seed::read,
};

#[derive(Deserialize)]
struct UnitRow {
    code: String,
    name: String,
    level: String,
    parent_code: Option<String>,
    centre_lat: Option<f64>,
    centre_lon: Option<f64>,
}

#[derive(Deserialize)]
struct SuccessorRow {
    unit: String,
    successor: String,
}

/// The names of the reforms that come with the program.
pub const NAMED_REFORMS: [&str; 1] = ["2025"];

/// The reform of that name, on a day; `None` where there is none of that name.
///
/// # Errors
/// [`StoreError::Inconsistent`] where its tables do not fit.
pub fn named_reform(name: &str, on: NaiveDate) -> Result<Option<Reform>, StoreError> {
    if !NAMED_REFORMS.contains(&name) {
        return Ok(None);
    }
    let mut units_begin = Vec::new();
    for row in read::<UnitRow>("units", include_str!("../catalogue/2025/units.csv"))? {
        let centre = row.centre_lat.zip(row.centre_lon).map(|(lat, lon)| Point::from_degrees(lat, lon)).transpose();
        units_begin.push(NewUnit {
            centre: centre.map_err(|error| StoreError::inconsistent("units", "centre", &row.code, error))?,
            level: word("units", "level", &row.level, UnitLevel::parse)?,
            parent: row.parent_code.as_deref().map(code).transpose()?,
            code: code(&row.code)?,
            name: row.name,
        });
    }
    let mut units_end: BTreeMap<UnitCode, BTreeSet<UnitCode>> = BTreeMap::new();
    for row in read::<SuccessorRow>("successors", include_str!("../catalogue/2025/successors.csv"))? {
        units_end.entry(code(&row.unit)?).or_default().insert(code(&row.successor)?);
    }
    let (agencies_begin, agencies_end) = (Vec::new(), BTreeMap::new());
    Ok(Some(Reform { code: name.to_owned(), on, units_begin, units_end, agencies_begin, agencies_end }))
}
