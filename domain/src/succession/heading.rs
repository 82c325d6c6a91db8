//! Under which headings of a later day figures would stand.

use chrono::NaiveDate;

use super::sole;
use crate::{code::UnitCode, rate::Heading, routing::Directory};

impl Heading {
    /// The heading whose place this one has on the directory's day: the agency's heir, of several the committee of the place, and the
    /// place's heir. Where none can be told, it stays.
    ///
    /// A unit is taken for the one that had the code on the first day of the month in which the petition was sent.
    #[must_use]
    pub fn today(&self, directory: &Directory) -> Self {
        let (succession, day) = (directory.succession(), directory.day());
        let sent = NaiveDate::from_ymd_opt(self.month.year(), self.month.of_year(), 1).unwrap_or(day);
        let heir_of = |unit: &UnitCode| sole(&succession.heirs_of_unit(unit, sent, day));
        let unit = self.unit.as_ref().map(|unit| heir_of(unit).unwrap_or_else(|| unit.clone()));
        let heirs = succession.heirs_of_agency(&self.agency, day);
        let of_place = || {
            let committee = directory.committee(&heir_of(self.unit.as_ref()?)?, day)?;
            heirs.contains(&committee.code).then(|| committee.code.clone())
        };
        let agency = sole(&heirs).or_else(of_place).unwrap_or_else(|| self.agency.clone());
        Self { agency, unit, ..self.clone() }
    }
}
