//! What another rule would have done: petitions of the past are routed again, with it and without it.

use std::collections::BTreeMap;

use super::{Directory, Request, Routing, Rule, route_by};
use crate::code::AgencyCode;

/// A petition that would have gone elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Where it goes without the rule.
    pub without: Routing,
    /// Where it goes with it.
    pub with: Routing,
}

/// How many would have gone elsewhere, and from where to where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replay {
    /// How many petitions were looked at.
    pub petitions: u64,
    /// How many of them would have gone elsewhere.
    pub moved: u64,
    /// How many, by where they go without the rule and with it.
    pub between: BTreeMap<(AgencyCode, AgencyCode), u64>,
}

/// Routes a petition with and without a rule; `Some` where it would have gone elsewhere. It is counted in any case.
///
/// The rule is taken to have been in force already: what is asked is what it would do, not from when. All others are taken
/// as they were on the day of the request, and the one that it replaces is left out.
pub fn replay(
    counts: &mut Replay,
    request: &Request<'_>,
    directory: &Directory,
    rules_without: &[Rule],
    rules_with: &[Rule],
) -> Option<Moved> {
    let without = route_by(request, directory, rules_without);
    let with = route_by(request, directory, rules_with);
    counts.petitions += 1;
    if without.agency == with.agency {
        return None;
    }
    counts.moved += 1;
    *counts.between.entry((without.agency.clone(), with.agency.clone())).or_default() += 1;
    Some(Moved { without, with })
}
