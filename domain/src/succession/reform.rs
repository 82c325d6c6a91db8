//! What changes on a day, checked against what is there: what ends, what begins, and what needs a human.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};

use super::{AgencyEnd, UnitEnd, sole};
use crate::{
    catalogue::{Agency, AgencyLevel, Category, Competence, Unit, UnitLevel, Validity},
    code::{AgencyCode, CategoryCode, UnitCode},
    place::Point,
    routing::{Directory, Rule},
};

/// A unit that begins.
#[derive(Debug, Clone, PartialEq)]
pub struct NewUnit {
    /// Its code. One that another unit had may be used again from the day on which that one ends.
    pub code: UnitCode,
    /// Its full name in Vietnamese.
    pub name: String,
    /// Its level.
    pub level: UnitLevel,
    /// The unit it lies in; `None` for the province.
    pub parent: Option<UnitCode>,
    /// A point in its middle.
    pub centre: Option<Point>,
}

/// An agency that begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAgency {
    /// Its code, unique for all time.
    pub code: AgencyCode,
    /// Its name in Vietnamese.
    pub name: String,
    /// Its level.
    pub level: AgencyLevel,
    /// The unit whose People's Committee it is.
    pub unit: Option<UnitCode>,
    /// Whether a leader approves its answers.
    pub needs_approval: bool,
}

/// What shall change on a day. Merging is several that end with one heir, splitting one that ends with several, renaming one that ends
/// with one of the same code, dissolving one that ends with an heir that was there before.
///
/// Committees follow from units: that of a unit which ends ends, with those of its heirs as heirs; a district or commune that begins gets
/// one, `ubnd-CODE`, or `ubnd-CODE-YEAR` where that is taken. `agencies_…` is for all others, and for committees that shall be otherwise.
#[derive(Debug, Clone, PartialEq)]
pub struct Reform {
    /// What it is called: `2025`. Unique for all time.
    pub code: String,
    /// The first day of what begins.
    pub on: NaiveDate,
    /// The units that begin.
    pub units_begin: Vec<NewUnit>,
    /// The units that end, with their heirs.
    pub units_end: BTreeMap<UnitCode, BTreeSet<UnitCode>>,
    /// The agencies that begin.
    pub agencies_begin: Vec<NewAgency>,
    /// The agencies that end, with their heirs.
    pub agencies_end: BTreeMap<AgencyCode, BTreeSet<AgencyCode>>,
}

/// What is wrong with a reform.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum ReformFault {
    /// Nothing ends and nothing begins.
    #[error("nothing ends and nothing begins")]
    Empty,
    /// A unit that is to end is not there on the day before.
    #[error("unit {0} is to end, and is not there on the day before")]
    UnitNotThere(UnitCode),
    /// An agency that is to end is not there on the day before.
    #[error("agency {0} is to end, and is not there on the day before")]
    AgencyNotThere(AgencyCode),
    /// A unit ends without an heir.
    #[error("unit {0} ends without a successor")]
    UnitWithoutHeir(UnitCode),
    /// An agency ends without an heir.
    #[error("agency {0} ends without a successor")]
    AgencyWithoutHeir(AgencyCode),
    /// The heir of a unit is not there from the day on.
    #[error("unit {heir}, the successor of {unit}, is not there from the day on")]
    UnknownUnitHeir {
        /// The unit that ends.
        unit: UnitCode,
        /// Its heir.
        heir: UnitCode,
    },
    /// The heir of an agency is not there from the day on.
    #[error("agency {heir}, the successor of {agency}, is not there from the day on")]
    UnknownAgencyHeir {
        /// The agency that ends.
        agency: AgencyCode,
        /// Its heir.
        heir: AgencyCode,
    },
    /// The code of a unit that begins is another's on the day or after it.
    #[error("unit {0} is to begin, and its code is in use from the day on")]
    UnitTaken(UnitCode),
    /// The code of an agency that begins is or was another's.
    #[error("agency {0} is to begin, and its code is or was another's")]
    AgencyTaken(AgencyCode),
    /// The unit of an agency that begins is not there.
    #[error("the unit of agency {0} is not there from the day on")]
    AgencyOfNoUnit(AgencyCode),
    /// The parent of a unit is not there from the day on, or lies in the unit itself.
    #[error("the parent of unit {0} is not there from the day on, or lies in the unit itself")]
    NoParent(UnitCode),
    /// The coordinator is where everything goes that has no other desk.
    #[error("the coordinator cannot end")]
    Coordinator,
}

/// What no program can decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Matter {
    /// A rule ends because its area does, which has several heirs (a district among communes).
    RuleOfArea {
        /// The rule.
        rule: i64,
        /// Its area.
        area: UnitCode,
    },
    /// A rule ends because its agency does, which has several heirs.
    RuleOfAgency {
        /// The rule.
        rule: i64,
        /// Its agency.
        agency: AgencyCode,
    },
    /// A field is of an agency that ends and has several heirs: its petitions go to the coordinator.
    FieldOfAgency {
        /// The field.
        category: CategoryCode,
        /// The agency.
        agency: AgencyCode,
    },
}

/// A rule that begins; the store gives it a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRule {
    /// The rule it comes after; `None`: the agency that had the field in the whole province has ended.
    pub after: Option<i64>,
    /// See [`Rule::category`].
    pub category: Option<CategoryCode>,
    /// See [`Rule::area`].
    pub area: Option<UnitCode>,
    /// See [`Rule::agency`].
    pub agency: AgencyCode,
    /// See [`Rule::validity`].
    pub validity: Validity,
    /// See [`Rule::priority`].
    pub priority: i32,
}

/// A reform in full, to be stored as one.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// What it is called.
    pub code: String,
    /// The first day of what begins.
    pub on: NaiveDate,
    /// The units that end.
    pub unit_ends: Vec<UnitEnd>,
    /// The units that begin.
    pub units: Vec<Unit>,
    /// The agencies that end.
    pub agency_ends: Vec<AgencyEnd>,
    /// The agencies that begin.
    pub agencies: Vec<Agency>,
    /// The rules that end, each with the first day on which it no longer holds.
    pub rule_ends: Vec<(i64, NaiveDate)>,
    /// The rules that begin.
    pub rules: Vec<NewRule>,
    /// What needs a human.
    pub matters: Vec<Matter>,
}

/// What a reform is checked against.
#[derive(Debug, Clone, Copy)]
pub struct Before<'a> {
    /// Every unit there is, was or is to be.
    pub units: &'a [Unit],
    /// Agencies and rules.
    pub directory: &'a Directory,
    /// The fields.
    pub categories: &'a [&'a Category],
}

impl Reform {
    /// What it comes to.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn plan(&self, before: Before<'_>) -> Result<Plan, Vec<ReformFault>> {
        let mut faults = BTreeSet::new();
        if self.units_begin.is_empty()
            && self.units_end.is_empty()
            && self.agencies_begin.is_empty()
            && self.agencies_end.is_empty()
        {
            faults.insert(ReformFault::Empty);
        }
        let unit_ends = self.unit_ends(before.units, &mut faults);
        let units = self.begin_units(before.units, &mut faults);
        let agencies = self.begin_agencies(before, &units, &mut faults);
        let agency_ends = self.agency_ends(before, &units, &agencies, &mut faults);
        if !faults.is_empty() {
            return Err(faults.into_iter().collect());
        }
        let mut plan = Plan {
            code: self.code.clone(),
            on: self.on,
            unit_ends,
            units,
            agency_ends,
            agencies,
            rule_ends: Vec::new(),
            rules: Vec::new(),
            matters: Vec::new(),
        };
        plan.follow_rules(before.directory.rules());
        plan.follow_fields(before.categories);
        Ok(plan)
    }

    fn unit_ends(&self, units: &[Unit], faults: &mut BTreeSet<ReformFault>) -> Vec<UnitEnd> {
        let mut ends = Vec::new();
        for (code, heirs) in &self.units_end {
            if heirs.is_empty() {
                faults.insert(ReformFault::UnitWithoutHeir(code.clone()));
            }
            for heir in heirs.iter().filter(|heir| !self.is_there(units, heir)) {
                faults.insert(ReformFault::UnknownUnitHeir { unit: code.clone(), heir: heir.clone() });
            }
            match units.iter().find(|unit| unit.code == *code && self.stands_across(unit.validity)) {
                Some(unit) => {
                    let heirs = heirs.clone();
                    ends.push(UnitEnd { unit: code.clone(), from: unit.validity.from, on: self.on, heirs });
                }
                None => {
                    faults.insert(ReformFault::UnitNotThere(code.clone()));
                }
            }
        }
        ends
    }

    /// Whether something is there on the day before and would be on the day.
    fn stands_across(&self, validity: Validity) -> bool {
        validity.from < self.on && validity.to.is_none_or(|to| self.on < to)
    }

    /// Whether a unit is there from the day on.
    fn is_there(&self, units: &[Unit], code: &UnitCode) -> bool {
        let stays = |unit: &Unit| unit.code == *code && unit.validity.covers(self.on);
        self.units_begin.iter().any(|unit| unit.code == *code)
            || (!self.units_end.contains_key(code) && units.iter().any(stays))
    }

    fn begin_units(&self, units: &[Unit], faults: &mut BTreeSet<ReformFault>) -> Vec<Unit> {
        let mut begun: Vec<Unit> = Vec::new();
        for new in &self.units_begin {
            let in_use = |unit: &Unit| {
                unit.code == new.code
                    && unit.validity.to.is_none_or(|to| self.on < to)
                    && !(self.units_end.contains_key(&unit.code) && self.stands_across(unit.validity))
            };
            if units.iter().any(in_use) || begun.iter().any(|unit| unit.code == new.code) {
                faults.insert(ReformFault::UnitTaken(new.code.clone()));
            }
            begun.push(Unit {
                code: new.code.clone(),
                name: new.name.clone(),
                level: new.level,
                parent: new.parent.clone(),
                validity: Validity { from: self.on, to: None },
                centre: new.centre,
            });
        }
        let staying =
            units.iter().filter(|unit| unit.validity.covers(self.on) && !self.units_end.contains_key(&unit.code));
        let parents: BTreeMap<&UnitCode, Option<&UnitCode>> =
            staying.chain(&begun).map(|unit| (&unit.code, unit.parent.as_ref())).collect();
        for (code, parent) in &parents {
            let Some(mut above) = *parent else { continue };
            // Of any chain that does not end, some unit comes twice before there are none left.
            for _ in 0..parents.len() {
                match parents.get(above) {
                    Some(None) => break,
                    Some(Some(next)) if above != *code => above = *next,
                    Some(Some(_)) | None => {
                        faults.insert(ReformFault::NoParent((*code).clone()));
                        break;
                    }
                }
            }
        }
        begun
    }

    fn begin_agencies(&self, before: Before<'_>, units: &[Unit], faults: &mut BTreeSet<ReformFault>) -> Vec<Agency> {
        let validity = Validity { from: self.on, to: None };
        let mut begun: Vec<Agency> = Vec::new();
        let taken = |code: &AgencyCode| before.directory.agency(code).is_some();
        for new in &self.agencies_begin {
            if taken(&new.code) || begun.iter().any(|agency| agency.code == new.code) {
                faults.insert(ReformFault::AgencyTaken(new.code.clone()));
            }
            if new.unit.as_ref().is_some_and(|unit| !self.is_there(before.units, unit)) {
                faults.insert(ReformFault::AgencyOfNoUnit(new.code.clone()));
            }
            begun.push(Agency {
                code: new.code.clone(),
                name: new.name.clone(),
                level: new.level,
                unit: new.unit.clone(),
                needs_approval: new.needs_approval,
                validity,
                hotline: None,
                office_hours: None,
            });
        }
        for unit in units {
            let level = match unit.level {
                UnitLevel::Commune => AgencyLevel::Commune,
                UnitLevel::District => AgencyLevel::District,
                UnitLevel::Province => continue,
            };
            if begun.iter().any(|agency| agency.unit.as_ref() == Some(&unit.code)) {
                continue;
            }
            let plain = format!("ubnd-{}", unit.code);
            let codes = [
                plain.clone(),
                format!("{plain}-{:04}", self.on.year()),
                format!("{plain}-{}", self.on.format("%Y%m%d")),
            ];
            let free = codes
                .iter()
                .filter_map(|code| AgencyCode::parse(code).ok())
                .find(|code| !taken(code) && begun.iter().all(|agency| agency.code != *code));
            let Some(code) = free else {
                faults.extend(AgencyCode::parse(&plain).ok().map(ReformFault::AgencyTaken));
                continue;
            };
            // Where answers had to be approved they go on having to be.
            let needs_approval = self.predecessors(&unit.code).any(|gone| {
                let committee = before.directory.committee(gone, self.day_before());
                committee.is_some_and(|committee| committee.needs_approval)
            });
            begun.push(Agency {
                code,
                name: committee_of(&unit.name),
                level,
                unit: Some(unit.code.clone()),
                needs_approval,
                validity,
                hotline: None,
                office_hours: None,
            });
        }
        begun
    }

    fn predecessors<'a>(&'a self, heir: &'a UnitCode) -> impl Iterator<Item = &'a UnitCode> {
        self.units_end.iter().filter(move |(_, heirs)| heirs.contains(heir)).map(|(gone, _)| gone)
    }

    fn day_before(&self) -> NaiveDate {
        self.on.pred_opt().unwrap_or(self.on)
    }

    fn agency_ends(
        &self,
        before: Before<'_>,
        units: &[Unit],
        begun: &[Agency],
        faults: &mut BTreeSet<ReformFault>,
    ) -> Vec<AgencyEnd> {
        let directory = before.directory;
        let mut ending: BTreeMap<AgencyCode, BTreeSet<AgencyCode>> = BTreeMap::new();
        for (gone, heirs) in &self.units_end {
            let Some(committee) = directory.committee(gone, self.day_before()) else { continue };
            let heirs = heirs.iter().filter_map(|heir| {
                let stays =
                    || directory.committee(heir, self.on).filter(|_| !units.iter().any(|unit| unit.code == *heir));
                let begins = begun.iter().find(|agency| agency.unit.as_ref() == Some(heir));
                Some(begins.or_else(stays)?.code.clone())
            });
            ending.entry(committee.code.clone()).or_default().extend(heirs);
        }
        ending.extend(self.agencies_end.clone());
        let mut ends = Vec::new();
        for (agency, heirs) in &ending {
            if *agency == AgencyCode::coordinator() {
                faults.insert(ReformFault::Coordinator);
            }
            if !directory.agency(agency).is_some_and(|agency| self.stands_across(agency.validity)) {
                faults.insert(ReformFault::AgencyNotThere(agency.clone()));
            }
            if heirs.is_empty() {
                faults.insert(ReformFault::AgencyWithoutHeir(agency.clone()));
            }
            let is_there = |heir: &&AgencyCode| {
                let stays = |code: &AgencyCode| {
                    !ending.contains_key(code)
                        && directory.agency(code).is_some_and(|agency| agency.validity.covers(self.on))
                };
                stays(heir) || begun.iter().any(|agency| agency.code == **heir)
            };
            for heir in heirs.iter().filter(|heir| !is_there(heir)) {
                faults.insert(ReformFault::UnknownAgencyHeir { agency: agency.clone(), heir: heir.clone() });
            }
            ends.push(AgencyEnd { agency: agency.clone(), on: self.on, heirs: heirs.clone() });
        }
        ends
    }
}

impl Plan {
    /// Rules go on with the heirs of their agency and area. A rule whose agency or area has several ends: on an area that is no more it
    /// would hold nowhere, or, where the code is used again, somewhere else.
    fn follow_rules(&mut self, rules: &[Rule]) {
        let agencies: BTreeMap<_, _> = self.agency_ends.iter().map(|end| (&end.agency, &end.heirs)).collect();
        let areas: BTreeMap<_, _> = self.unit_ends.iter().map(|end| (&end.unit, &end.heirs)).collect();
        for rule in rules.iter().filter(|rule| rule.validity.to.is_none_or(|to| self.on < to)) {
            let (of_agency, of_area) =
                (agencies.get(&rule.agency), rule.area.as_ref().and_then(|area| areas.get(area)));
            if of_agency.is_none() && of_area.is_none() {
                continue;
            }
            let from = rule.validity.from.max(self.on);
            self.rule_ends.push((rule.id, from));
            let area = match (&rule.area, of_area) {
                (Some(area), Some(heirs)) => {
                    let heir = sole(heirs);
                    if heir.is_none() {
                        self.matters.push(Matter::RuleOfArea { rule: rule.id, area: area.clone() });
                        continue;
                    }
                    heir
                }
                (area, _) => area.clone(),
            };
            let Some(agency) = of_agency.map_or_else(|| Some(rule.agency.clone()), |heirs| sole(heirs)) else {
                self.matters.push(Matter::RuleOfAgency { rule: rule.id, agency: rule.agency.clone() });
                continue;
            };
            self.rules.push(NewRule {
                after: Some(rule.id),
                category: rule.category.clone(),
                area,
                agency,
                validity: Validity { from, to: rule.validity.to },
                priority: rule.priority,
            });
        }
    }

    /// A field has its agency without a day, so the heir gets it by a rule, which has one.
    fn follow_fields(&mut self, categories: &[&Category]) {
        for category in categories {
            let Competence::Agency(agency) = &category.terms_on(self.on).competence else { continue };
            let Some(end) = self.agency_ends.iter().find(|end| end.agency == *agency) else { continue };
            match sole(&end.heirs) {
                Some(heir) => self.rules.push(NewRule {
                    after: None,
                    category: Some(category.code.clone()),
                    area: None,
                    agency: heir,
                    validity: Validity { from: self.on, to: None },
                    priority: 0,
                }),
                None => {
                    self.matters.push(Matter::FieldOfAgency { category: category.code.clone(), agency: agency.clone() })
                }
            }
        }
    }

    /// The directory as it will be on a day on which the reform is in force, before boundaries of the new units are known: what a
    /// rehearsal asks. Staff whose agency has one heir are with it.
    pub fn directory_after(&self, before: Before<'_>, day: NaiveDate, tolerance_m: f64) -> Directory {
        let ended = |code: &UnitCode, from: NaiveDate| {
            self.unit_ends.iter().any(|end| end.unit == *code && end.from == from) && self.on <= day
        };
        let units = before.units.iter().filter(|unit| !ended(&unit.code, unit.validity.from)).chain(&self.units);
        let units = units.filter(|unit| unit.validity.covers(day)).cloned();
        let ends: BTreeMap<&AgencyCode, &AgencyEnd> = self.agency_ends.iter().map(|end| (&end.agency, end)).collect();
        let known = before.directory.agencies().map(|agency| match ends.get(&agency.code) {
            Some(end) => Agency { validity: Validity { to: Some(end.on), ..agency.validity }, ..agency.clone() },
            None => agency.clone(),
        });
        let staffed = before.directory.agencies().filter(|agency| before.directory.is_staffed(&agency.code));
        let staffed: Vec<AgencyCode> = staffed
            .map(|agency| {
                let heir = ends.get(&agency.code).and_then(|end| sole(&end.heirs));
                heir.unwrap_or_else(|| agency.code.clone())
            })
            .collect();
        let succession = before.directory.succession().clone().and(self.unit_ends.clone(), self.agency_ends.clone());
        Directory::new(
            day,
            crate::place::Gazetteer::new(units, [], tolerance_m),
            known.chain(self.agencies.iter().cloned()),
            before.directory.rules().to_vec(),
            staffed,
        )
        .with_succession(succession)
    }
}

/// *UBND phường Vũ Ninh* of *Phường Vũ Ninh*.
fn committee_of(unit: &str) -> String {
    let mut letters = unit.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_lowercase).collect();
    format!("UBND {first}{}", letters.as_str())
}
