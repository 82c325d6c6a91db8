//! Carrying petitions over from an agency that has ended to its heir (*cơ quan kế thừa*).
//!
//! The heir takes the place of the agency that was: status, deadlines, both clocks, a question that was asked, a draft, all stay as they
//! are, and so does the officer, who has gone to the heir as well. Only where that cannot be told does the coordinator get it, with the
//! reason. Nobody sent it away, so nothing of it counts as a transfer.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::{
    decide::Decision,
    event::{ActorRecord, Event, EventData},
    state::{Petition, Place},
};
use crate::{
    account::Actor,
    code::{AgencyCode, UnitCode},
    place::Precision,
    routing::Directory,
    succession::sole,
    time::Instant,
    vocabulary::vocabulary,
};

vocabulary! {
    /// Why a petition of an agency that has ended is where it is.
    ///
    /// These words lie in the event log for good: none may be renamed or given another meaning.
    Inheritance {
        /// The agency has one heir.
        SoleHeir = "sole_heir",
        /// It has several, and this one is the committee of the place.
        Place = "place",
        /// It has several, and the place names none of them: the coordinator must choose.
        SeveralHeirs = "several_heirs",
        /// The heir has nobody who could receive it: the coordinator has it.
        NoStaff = "no_staff",
        /// No heir is known: the coordinator has it.
        NoHeir = "no_heir",
    }
}

/// Who takes a petition over from an agency that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heir {
    /// Who has it from now on.
    pub to: AgencyCode,
    /// Why.
    pub basis: Inheritance,
    /// The unit of now that the petition's place is in, where that is known.
    pub unit: Option<UnitCode>,
}

/// Who takes over a petition on a day; `None` while the agency that has it is there.
pub fn heir(petition: &Petition, directory: &Directory, day: NaiveDate) -> Option<Heir> {
    let ended = directory.agency(&petition.holder)?.validity.to.filter(|to| *to <= day);
    ended?;
    let unit = unit_of_now(petition, directory, day);
    let is_there = |code: &AgencyCode| directory.agency(code).is_some_and(|agency| agency.validity.covers(day));
    let heirs: BTreeSet<AgencyCode> = directory
        .succession()
        .heirs_of_agency(&petition.holder, day)
        .into_iter()
        .filter(|code| is_there(code))
        .collect();
    let of_place = || {
        let committee = directory.committee(unit.as_ref()?, day)?;
        heirs.contains(&committee.code).then(|| committee.code.clone())
    };
    let coordinator = AgencyCode::coordinator;
    let (to, basis) = match sole(&heirs) {
        Some(heir) => (heir, Inheritance::SoleHeir),
        None if heirs.is_empty() => (coordinator(), Inheritance::NoHeir),
        None => match of_place() {
            Some(committee) => (committee, Inheritance::Place),
            None => (coordinator(), Inheritance::SeveralHeirs),
        },
    };
    let (to, basis) = if to == coordinator() || directory.is_staffed(&to) {
        (to, basis)
    } else {
        (coordinator(), Inheritance::NoStaff)
    };
    Some(Heir { to, basis, unit })
}

/// By the boundaries of now, and failing these by who came after the unit that the petition was about when it was sent.
fn unit_of_now(petition: &Petition, directory: &Directory, day: NaiveDate) -> Option<UnitCode> {
    let by_boundary = || {
        let Place::Point { point, accuracy_m } = &petition.place else { return None };
        let found = directory.gazetteer().locate(*point, accuracy_m.map(f64::from))?;
        match found.precision {
            Precision::Boundary | Precision::Tolerance => found.commune,
            // A centre is a guess: who came after the unit that was found then is known.
            Precision::NearestCentre | Precision::NamedUnit => None,
        }
    };
    let sent = petition.submitted_at.local_date();
    let by_name = || sole(&directory.succession().heirs_of_unit(petition.routing.unit.as_ref()?, sent, day));
    by_boundary().or_else(by_name)
}

/// Decides that a petition is carried over to the heir of the agency that has it; `None` where it owes no answer, or that agency is
/// there. `assignee` is the account that has it now, as it is today.
pub fn carry_over(
    petition: &Petition,
    assignee: Option<&Actor>,
    directory: &Directory,
    now: Instant,
) -> Option<Decision> {
    let at = now.max(petition.updated_at);
    let ended_on = directory.agency(&petition.holder)?.validity.to?;
    let Heir { to, basis, unit } = heir(petition, directory, at.local_date()).filter(|_| petition.status.is_open())?;
    let stays = |actor: &&Actor| actor.account() == petition.assignee && actor.agency().as_ref() == Some(&to);
    let assignee = assignee.filter(stays).and_then(Actor::account);
    let data = EventData::CarriedOver { to, basis, ended_on, unit, assignee };
    let actor = ActorRecord::from(&Actor::System);
    let event = Event { petition: petition.id, seq: petition.version + 1, at, actor, data };
    Some(Decision { event, words: Vec::new() })
}
