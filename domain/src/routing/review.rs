//! The rules as a whole: which contradict each other, which never decide, and where no agency is found.
//!
//! What is told is exact for one day: every field is asked for every unit, as [`route_by`] would answer.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::{Basis, Directory, Place, Request, Rule, route_by, rule};
use crate::{
    catalogue::{Category, UnitLevel},
    code::{AgencyCode, CategoryCode, UnitCode},
    vocabulary::vocabulary,
};

vocabulary! {
    /// Why a rule that is in force decides nothing.
    Idle {
        /// Its field cannot be chosen.
        UnknownCategory = "unknown_category",
        /// Its area is no unit.
        UnknownArea = "unknown_area",
        /// Wherever it fits, others go before it.
        Overruled = "overruled",
    }
}

/// A rule that decides nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdleRule {
    /// The rule.
    pub rule: i64,
    /// Why.
    pub why: Idle,
    /// The rules that go before it.
    pub by: Vec<i64>,
}

/// Communes where petitions of a field end at the coordinator, for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hole {
    /// The field.
    pub category: CategoryCode,
    /// Why.
    pub basis: Basis,
    /// The agency that would have them.
    pub intended: Option<AgencyCode>,
    /// The rule that decides, or the lowest of those that contradict each other.
    pub rule: Option<i64>,
    /// The communes.
    pub communes: Vec<UnitCode>,
}

/// What is to be said of the rules of a day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Review {
    /// Pairs of rules that contradict each other now or later, the lower number first.
    pub contradictions: Vec<(i64, i64)>,
    /// Rules that are in force and decide nothing.
    pub idle: Vec<IdleRule>,
    /// Rules that hold on a day on which their agency does not exist, that day or later.
    pub without_agency: Vec<i64>,
    /// Where no agency is found.
    pub holes: Vec<Hole>,
}

/// Looks at all rules that have not ended on a day.
pub fn review(categories: &[&Category], directory: &Directory, rules: &[Rule], day: NaiveDate) -> Review {
    let open: Vec<&Rule> = rules.iter().filter(|rule| rule.validity.to.is_none_or(|to| day < to)).collect();
    let mut contradictions = Vec::new();
    for (index, one) in open.iter().enumerate() {
        let others = open.iter().skip(index + 1).filter(|other| one.contradicts(other));
        contradictions.extend(others.map(|other| (one.id.min(other.id), one.id.max(other.id))));
    }
    contradictions.sort_unstable();
    let without_agency = open.iter().filter(|rule| !has_agency(rule, directory, day)).map(|rule| rule.id).collect();
    let fields: Vec<&Category> = categories.iter().copied().filter(|field| field.validity.covers(day)).collect();
    let (decided, overruled) = decisions(&fields, directory, rules, day);
    let in_force = open.iter().filter(|rule| rule.validity.covers(day) && !decided.contains(&rule.id));
    // What contradicts another one decides nothing either, and is told already.
    let contradicted: BTreeSet<i64> = contradictions.iter().flat_map(|(one, other)| [*one, *other]).collect();
    let idle = in_force.filter(|rule| !contradicted.contains(&rule.id)).map(|rule| {
        let known_field = |code: &CategoryCode| fields.iter().any(|field| field.code == *code);
        let known_area = |code: &UnitCode| directory.gazetteer().unit(code).is_some();
        let why = if !rule.category.as_ref().is_none_or(known_field) {
            Idle::UnknownCategory
        } else if !rule.area.as_ref().is_none_or(known_area) {
            Idle::UnknownArea
        } else {
            Idle::Overruled
        };
        let by = overruled.get(&rule.id).map(|by| by.iter().copied().collect()).unwrap_or_default();
        IdleRule { rule: rule.id, why, by }
    });
    Review { idle: idle.collect(), holes: holes(&fields, directory, rules, day), contradictions, without_agency }
}

/// Whether its agency exists from that day (or its first) to its end.
fn has_agency(rule: &Rule, directory: &Directory, day: NaiveDate) -> bool {
    directory.agency(&rule.agency).is_some_and(|agency| {
        let outlives = match (agency.validity.to, rule.validity.to) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(agency), Some(rule)) => rule <= agency,
        };
        outlives && agency.validity.from <= rule.validity.from.max(day)
    })
}

/// The rules that decide somewhere, and by which others each is overruled.
fn decisions(
    fields: &[&Category],
    directory: &Directory,
    rules: &[Rule],
    day: NaiveDate,
) -> (BTreeSet<i64>, BTreeMap<i64, BTreeSet<i64>>) {
    let (mut decided, mut overruled) = (BTreeSet::new(), BTreeMap::<i64, BTreeSet<i64>>::new());
    let units: Vec<&UnitCode> = directory.gazetteer().units().map(|unit| &unit.code).collect();
    let places = || units.iter().map(|code| Place::Unit(code)).chain([Place::Nowhere]);
    for category in fields {
        for place in places() {
            let request = Request { category, place, day };
            let found = match place {
                Place::Unit(code) => directory.gazetteer().named(code),
                Place::Point { .. } | Place::Nowhere => None,
            };
            let rule::Choice::Rule(chosen) = rule::choose(rules, &request, found.as_ref()) else { continue };
            decided.insert(chosen.id);
            for beaten in rules.iter().filter(|rule| rule.id != chosen.id && rule.fits(&request, found.as_ref())) {
                overruled.entry(beaten.id).or_default().insert(chosen.id);
            }
        }
    }
    (decided, overruled)
}

fn holes(fields: &[&Category], directory: &Directory, rules: &[Rule], day: NaiveDate) -> Vec<Hole> {
    type Reason = (CategoryCode, Basis, Option<AgencyCode>, Option<i64>);
    let mut found: BTreeMap<Reason, Vec<UnitCode>> = BTreeMap::new();
    let communes: Vec<&UnitCode> =
        directory.gazetteer().units().filter(|unit| unit.level == UnitLevel::Commune).map(|unit| &unit.code).collect();
    for category in fields {
        for commune in &communes {
            let request = Request { category, place: Place::Unit(commune), day };
            let routing = route_by(&request, directory, rules);
            let meant = matches!(routing.basis, Basis::Rule | Basis::CategoryOwner | Basis::Competence);
            // Whoever names the coordinator in a rule or field means it.
            if routing.agency == AgencyCode::coordinator() && !meant {
                let reason = (category.code.clone(), routing.basis, routing.intended, routing.rule_id);
                found.entry(reason).or_default().push((*commune).clone());
            }
        }
    }
    let hole = |((category, basis, intended, rule), communes)| Hole { category, basis, intended, rule, communes };
    found.into_iter().map(hole).collect()
}
