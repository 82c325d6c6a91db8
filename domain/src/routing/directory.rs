//! What routing reads.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::Rule;
use crate::{
    catalogue::Agency,
    code::{AgencyCode, UnitCode},
    place::Gazetteer,
    succession::Succession,
};

/// The catalogue as routing needs it, held in memory and replaced whole when the catalogue changes or the day does.
///
/// Units are those of [`Directory::day`]. Agencies and rules are all there are: their validity is asked for each request, so that
/// a directory that is a minute too old sends nothing to an agency that has ceased to exist.
#[derive(Debug)]
pub struct Directory {
    day: NaiveDate,
    gazetteer: Gazetteer,
    agencies: BTreeMap<AgencyCode, Agency>,
    /// By unit: a unit code was re-used, and then has a committee of each time.
    committees: BTreeMap<UnitCode, BTreeSet<AgencyCode>>,
    rules: Vec<Rule>,
    staffed: BTreeSet<AgencyCode>,
    succession: Succession,
}

impl Directory {
    /// From the gazetteer of a day, every agency and rule whatever its validity, and the agencies that have an active account of
    /// an officer or leader.
    pub fn new(
        day: NaiveDate,
        gazetteer: Gazetteer,
        agencies: impl IntoIterator<Item = Agency>,
        rules: impl IntoIterator<Item = Rule>,
        staffed: impl IntoIterator<Item = AgencyCode>,
    ) -> Self {
        let agencies: BTreeMap<AgencyCode, Agency> =
            agencies.into_iter().map(|agency| (agency.code.clone(), agency)).collect();
        let mut committees: BTreeMap<UnitCode, BTreeSet<AgencyCode>> = BTreeMap::new();
        for agency in agencies.values() {
            if let Some(unit) = &agency.unit {
                committees.entry(unit.clone()).or_default().insert(agency.code.clone());
            }
        }
        let (rules, staffed) = (rules.into_iter().collect(), staffed.into_iter().collect());
        Self { day, gazetteer, agencies, committees, rules, staffed, succession: Succession::default() }
    }

    /// The same, but with other agencies staffed.
    #[must_use]
    pub fn staffed_by(self, staffed: impl IntoIterator<Item = AgencyCode>) -> Self {
        Self { staffed: staffed.into_iter().collect(), ..self }
    }

    /// The same, knowing who came after whom.
    #[must_use]
    pub fn with_succession(self, succession: Succession) -> Self {
        Self { succession, ..self }
    }

    /// The same for a day that is over, as seen from `today`. Who had staff then is not kept: an agency that has ended since is
    /// taken to have had some, or else nothing that it was sent could be explained.
    #[must_use]
    pub fn in_the_past(mut self, today: NaiveDate) -> Self {
        let ended = self.agencies.values().filter(|agency| agency.validity.to.is_some_and(|to| to <= today));
        self.staffed.extend(ended.map(|agency| agency.code.clone()));
        self
    }

    /// The day whose units it knows.
    pub fn day(&self) -> NaiveDate {
        self.day
    }

    /// The units and where they are.
    pub fn gazetteer(&self) -> &Gazetteer {
        &self.gazetteer
    }

    /// The agency of that code, valid or not.
    pub fn agency(&self, code: &AgencyCode) -> Option<&Agency> {
        self.agencies.get(code)
    }

    /// All agencies, valid or not, in the order of their codes.
    pub fn agencies(&self) -> impl Iterator<Item = &Agency> {
        self.agencies.values()
    }

    /// The People's Committee of a unit on a day; of several, which would be an error of the catalogue, the lowest code.
    pub fn committee(&self, unit: &UnitCode, day: NaiveDate) -> Option<&Agency> {
        let codes = self.committees.get(unit)?;
        codes.iter().filter_map(|code| self.agency(code)).find(|agency| agency.validity.covers(day))
    }

    /// Who came after whom.
    pub fn succession(&self) -> &Succession {
        &self.succession
    }

    /// All rules, valid or not.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Whether somebody there can receive a petition.
    pub fn is_staffed(&self, code: &AgencyCode) -> bool {
        self.staffed.contains(code)
    }
}
