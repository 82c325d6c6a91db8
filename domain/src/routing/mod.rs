//! Which agency a petition goes to, and why.
//!
//! [`route`] is a pure function of the request and of the [`Directory`]: the same two give the same [`Routing`] at any later
//! time. It has an answer for everything; where nothing else is known the petition goes to the coordinator, and the [`Basis`]
//! says what was missing. Nothing here is a sentence: a [`Routing`] is the facts that a sentence is later made of.

mod directory;
mod replay;
mod review;
mod rule;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub use directory::Directory;
pub use replay::{Moved, Replay, replay};
pub use review::{Hole, Idle, IdleRule, Review, review};
pub use rule::Rule;

use crate::{
    catalogue::{Category, Competence},
    code::{AgencyCode, UnitCode},
    place::{Found, Point, Precision},
    vocabulary::vocabulary,
};

vocabulary! {
    /// Why an agency has a petition. Every word but the first three means the coordinator.
    ///
    /// These words lie in the event log for good: none may be renamed or given another meaning.
    Basis {
        /// The People's Committee of the place, which is competent for the field.
        Competence = "competence",
        /// A rule of the operator for this field or this place.
        Rule = "rule",
        /// The one agency that has the field in the whole province.
        CategoryOwner = "category_owner",
        /// The field has no agency of its own.
        CoordinatorCategory = "coordinator_category",
        /// The field is a commune's or a district's, and no place was given.
        NoPlace = "no_place",
        /// The point is in no unit of the province.
        OutsideProvince = "outside_province",
        /// The field is a commune's or a district's, and of the place only a larger unit is known.
        UnitTooCoarse = "unit_too_coarse",
        /// The field is a commune's or a district's, and the unit named does not exist on that day.
        UnknownUnit = "unknown_unit",
        /// The best rules are equally good and name different agencies.
        EqualRules = "equal_rules",
        /// The unit has no People's Committee on that day, or the agency named by rule or field does not exist then.
        NoAgency = "no_agency",
        /// The agency has nobody who could receive the petition.
        NoStaff = "no_staff",
    }
}

/// Where the petition is about.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Place<'a> {
    /// A point, with the error in metres that the phone claims for it.
    Point {
        /// The point.
        point: Point,
        /// The claimed error.
        accuracy_m: Option<f64>,
    },
    /// A unit by its code.
    Unit(&'a UnitCode),
    /// No place was given.
    Nowhere,
}

/// What is to be routed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Request<'a> {
    /// The field.
    pub category: &'a Category,
    /// The place.
    pub place: Place<'a>,
    /// The local day on which agencies and rules must be valid.
    pub day: NaiveDate,
}

/// Where a petition goes, and the facts that explain it. As JSON it has only texts and whole numbers, because it is hashed.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct Routing {
    /// The agency it goes to.
    pub agency: AgencyCode,
    /// The finest unit known of the place: the commune, or the district where only that is known.
    pub unit: Option<UnitCode>,
    /// The district of the place, where there is one.
    pub district: Option<UnitCode>,
    /// Why this agency.
    pub basis: Basis,
    /// How the place was found; `None` without a place, outside the province and for an unknown unit.
    pub precision: Option<Precision>,
    /// Whole metres to the boundary or centre, as in [`Found`].
    pub distance_m: Option<u32>,
    /// The agency that would have had it: under `no_staff`, and under `no_agency` where one was named.
    pub intended: Option<AgencyCode>,
    /// The rule that decided, also where its agency then could not have the petition; under `equal_rules` the lowest of them.
    pub rule_id: Option<i64>,
}

/// What rules and competence say, before it is asked whether the agency can have the petition.
#[derive(Clone, Copy)]
enum Answer<'a> {
    Agency { agency: &'a AgencyCode, basis: Basis, rule_id: Option<i64> },
    Nobody { basis: Basis, rule_id: Option<i64> },
}

/// The agency for a petition.
///
/// A point outside the province goes to the coordinator, whatever the field. For all else the operator's rules come first (see
/// [`Rule`]), then the competence of the field. The competence of a district falls to the commune where there are no districts.
pub fn route(request: &Request<'_>, catalogue: &Directory) -> Routing {
    route_by(request, catalogue, catalogue.rules())
}

/// The same by other rules than those that are in force: what would be, if they were.
pub fn route_by(request: &Request<'_>, catalogue: &Directory, rules: &[Rule]) -> Routing {
    let found = match request.place {
        Place::Point { point, accuracy_m } => match catalogue.gazetteer().locate(point, accuracy_m) {
            Some(found) => Some(found),
            None => {
                return explain(
                    None,
                    Answer::Nobody { basis: Basis::OutsideProvince, rule_id: None },
                    request.day,
                    catalogue,
                );
            }
        },
        Place::Unit(code) => catalogue.gazetteer().named(code),
        Place::Nowhere => None,
    };
    let answer = match rule::choose(rules, request, found.as_ref()) {
        rule::Choice::Rule(rule) => Answer::Agency { agency: &rule.agency, basis: Basis::Rule, rule_id: Some(rule.id) },
        rule::Choice::Equal { lowest } => Answer::Nobody { basis: Basis::EqualRules, rule_id: Some(lowest) },
        rule::Choice::None => by_competence(request, found.as_ref(), catalogue),
    };
    explain(found, answer, request.day, catalogue)
}

fn by_competence<'a>(request: &Request<'a>, found: Option<&Found>, catalogue: &'a Directory) -> Answer<'a> {
    let nobody = |basis| Answer::Nobody { basis, rule_id: None };
    let without_place = match request.place {
        Place::Unit(_) => Basis::UnknownUnit,
        Place::Point { .. } | Place::Nowhere => Basis::NoPlace,
    };
    let unit = match &request.category.terms_on(request.day).competence {
        Competence::Coordinator => return nobody(Basis::CoordinatorCategory),
        Competence::Agency(agency) => return Answer::Agency { agency, basis: Basis::CategoryOwner, rule_id: None },
        Competence::Commune => found.map(|found| found.commune.as_ref()),
        Competence::District => found.map(|found| found.district.as_ref().or(found.commune.as_ref())),
    };
    match unit {
        None => nobody(without_place),
        Some(None) => nobody(Basis::UnitTooCoarse),
        Some(Some(unit)) => catalogue.committee(unit, request.day).map_or_else(
            || nobody(Basis::NoAgency),
            |committee| Answer::Agency { agency: &committee.code, basis: Basis::Competence, rule_id: None },
        ),
    }
}

fn explain(found: Option<Found>, answer: Answer<'_>, day: NaiveDate, catalogue: &Directory) -> Routing {
    let coordinator = AgencyCode::coordinator();
    let (agency, basis, intended, rule_id) = match answer {
        Answer::Nobody { basis, rule_id } => (coordinator, basis, None, rule_id),
        Answer::Agency { agency, basis, rule_id } => {
            let hindrance = if *agency == coordinator {
                None
            } else if catalogue.agency(agency).is_none_or(|agency| !agency.validity.covers(day)) {
                Some(Basis::NoAgency)
            } else {
                (!catalogue.is_staffed(agency)).then_some(Basis::NoStaff)
            };
            match hindrance {
                None => (agency.clone(), basis, None, rule_id),
                Some(hindrance) => (coordinator, hindrance, Some(agency.clone()), rule_id),
            }
        }
    };
    let place = found.as_ref();
    Routing {
        agency,
        basis,
        intended,
        rule_id,
        precision: place.map(|found| found.precision),
        distance_m: place.and_then(|found| found.distance_m),
        unit: place.and_then(|found| found.commune.clone().or_else(|| found.district.clone())),
        district: found.and_then(|found| found.district),
    }
}

#[cfg(test)]
mod tests;
