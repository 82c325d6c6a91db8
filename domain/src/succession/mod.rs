//! Who came after whom: units and agencies that have ended, and those that took over from them.
//!
//! Units merge, split, get another name or are dissolved on a day ([`reform`]), and each of these is the same to whoever looks back: a unit
//! ended, and some others are its heirs. What was counted and decided before stays under the names of its time; [`Succession`] says
//! under which names of today it would be looked for.

mod heading;
pub mod reform;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::{
    catalogue::{Agency, Validity},
    code::{AgencyCode, UnitCode},
};

/// A unit that has an end, with its heirs. Codes are used again, so its validity is a part of its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitEnd {
    /// Its code.
    pub unit: UnitCode,
    /// The first day of its validity.
    pub from: NaiveDate,
    /// The first day on which it is no more, and its heirs are there.
    pub on: NaiveDate,
    /// Who took over from it.
    pub heirs: BTreeSet<UnitCode>,
}

/// An agency that has an end, with its heirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgencyEnd {
    /// Its code.
    pub agency: AgencyCode,
    /// The first day on which it is no more, and its heirs are there.
    pub on: NaiveDate,
    /// Who took over from it.
    pub heirs: BTreeSet<AgencyCode>,
}

/// All ends that are known, those to come included.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Succession {
    units: BTreeMap<UnitCode, Vec<UnitEnd>>,
    agencies: BTreeMap<AgencyCode, AgencyEnd>,
}

impl Succession {
    /// From what is known, in any order.
    pub fn new(units: impl IntoIterator<Item = UnitEnd>, agencies: impl IntoIterator<Item = AgencyEnd>) -> Self {
        let mut ends: BTreeMap<UnitCode, Vec<UnitEnd>> = BTreeMap::new();
        for end in units {
            ends.entry(end.unit.clone()).or_default().push(end);
        }
        Self { units: ends, agencies: agencies.into_iter().map(|end| (end.agency.clone(), end)).collect() }
    }

    /// The same, with more.
    #[must_use]
    pub fn and(self, units: impl IntoIterator<Item = UnitEnd>, agencies: impl IntoIterator<Item = AgencyEnd>) -> Self {
        Self::new(self.units.into_values().flatten().chain(units), self.agencies.into_values().chain(agencies))
    }

    /// The end of an agency, if one is known.
    pub fn end_of(&self, agency: &AgencyCode) -> Option<&AgencyEnd> {
        self.agencies.get(agency)
    }

    /// Whether an agency can have what another one leaves on a day: it exists then, and what it leaves itself does not lead back.
    pub fn can_follow(&self, heir: &Agency, ended: &AgencyCode, on: NaiveDate) -> bool {
        let (mut heirs, mut next) = (BTreeSet::new(), vec![&heir.code]);
        while let Some(code) = next.pop() {
            if heirs.insert(code) {
                next.extend(self.end_of(code).into_iter().flat_map(|end| &end.heirs));
            }
        }
        heir.validity.covers(on) && !heirs.contains(ended)
    }

    /// Who stands on a day for the unit that had that code on an earlier one; the unit itself, while it is there.
    pub fn heirs_of_unit(&self, unit: &UnitCode, meant_on: NaiveDate, day: NaiveDate) -> BTreeSet<UnitCode> {
        let ends = self.units.get(unit).into_iter().flatten();
        let ended = |end: &&UnitEnd| Validity { from: end.from, to: Some(end.on) }.covers(meant_on) && end.on <= day;
        match ends.clone().find(ended) {
            None => BTreeSet::from([unit.clone()]),
            Some(end) => end.heirs.iter().flat_map(|heir| self.heirs_of_unit(heir, end.on, day)).collect(),
        }
    }

    /// Who stands on a day for an agency; the agency itself, while it is there.
    pub fn heirs_of_agency(&self, agency: &AgencyCode, day: NaiveDate) -> BTreeSet<AgencyCode> {
        self.heirs_since(agency, NaiveDate::MIN, day)
    }

    /// An heir is there on the day of the end and ends later: whatever a store says, this comes to an end too.
    fn heirs_since(&self, agency: &AgencyCode, since: NaiveDate, day: NaiveDate) -> BTreeSet<AgencyCode> {
        match self.end_of(agency).filter(|end| since < end.on && end.on <= day) {
            None => BTreeSet::from([agency.clone()]),
            Some(end) => end.heirs.iter().flat_map(|heir| self.heirs_since(heir, end.on, day)).collect(),
        }
    }
}

/// The one member of a set that has no other.
pub(crate) fn sole<T: Clone>(set: &BTreeSet<T>) -> Option<T> {
    let mut members = set.iter();
    members.next().filter(|_| members.next().is_none()).cloned()
}

#[cfg(test)]
mod tests;
