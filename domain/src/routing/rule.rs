//! The rules by which an operator overrides who is competent.

use std::cmp::Reverse;

use crate::{
    catalogue::Validity,
    code::{AgencyCode, CategoryCode, UnitCode},
    place::Found,
    routing::Request,
};

/// An operator's override: petitions of this field in this area go to this agency.
///
/// Of the rules that fit, the one with the highest priority decides. Of several with that priority the most specific does, in
/// this order: field and commune, field and district, field anywhere, commune, district, neither; so what names the field is
/// closer than what names only the place. Several that are equal even then decide together if they name the same agency (the
/// lowest id is the one recorded), and otherwise not at all: no competence is asked, the coordinator must choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its number.
    pub id: i64,
    /// The field; `None`: any.
    pub category: Option<CategoryCode>,
    /// The commune or district; `None`: anywhere in the province, and petitions without a place too.
    pub area: Option<UnitCode>,
    /// The agency.
    pub agency: AgencyCode,
    /// When the rule holds.
    pub validity: Validity,
    /// The higher goes first.
    pub priority: i32,
}

/// How closely a rule's area fits a place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    Anywhere,
    District,
    Commune,
}

impl Rule {
    /// Whether the two can neither beat the other where both fit, and name different agencies: then neither decides.
    pub fn contradicts(&self, other: &Self) -> bool {
        self.id != other.id
            && (self.priority, &self.category, &self.area) == (other.priority, &other.category, &other.area)
            && self.agency != other.agency
            && self.validity.overlaps(&other.validity)
    }

    /// Whether it fits a request for that place.
    pub(super) fn fits(&self, request: &Request<'_>, found: Option<&Found>) -> bool {
        self.rank(request, found).is_some()
    }

    /// Whether it fits, and how well: priority, then whether it names the field, then its area.
    fn rank(&self, request: &Request<'_>, found: Option<&Found>) -> Option<(i32, bool, Reach)> {
        let fits_category = self.category.as_ref().is_none_or(|category| *category == request.category.code);
        if !fits_category || !self.validity.covers(request.day) {
            return None;
        }
        let reach = match (&self.area, found) {
            (None, _) => Reach::Anywhere,
            (Some(area), Some(found)) if found.commune.as_ref() == Some(area) => Reach::Commune,
            (Some(area), Some(found)) if found.district.as_ref() == Some(area) => Reach::District,
            (Some(_), _) => return None,
        };
        Some((self.priority, self.category.is_some(), reach))
    }
}

/// What the rules say of a petition.
pub(super) enum Choice<'a> {
    /// None fits.
    None,
    /// This one decides.
    Rule(&'a Rule),
    /// Several are equal and name different agencies.
    Equal {
        /// The least id of them.
        lowest: i64,
    },
}

/// The rule that decides.
pub(super) fn choose<'a>(rules: &'a [Rule], request: &Request<'_>, found: Option<&Found>) -> Choice<'a> {
    let fitting = || rules.iter().filter_map(|rule| Some((rule.rank(request, found)?, rule)));
    let Some((best, chosen)) = fitting().max_by_key(|(rank, rule)| (*rank, Reverse(rule.id))) else {
        return Choice::None;
    };
    if fitting().any(|(rank, rule)| rank == best && rule.agency != chosen.agency) {
        return Choice::Equal { lowest: chosen.id };
    }
    Choice::Rule(chosen)
}
