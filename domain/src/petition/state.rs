//! A petition as it stands: a fold of its events.

use serde::{Deserialize, Serialize};

use super::{code::PetitionCode, command::RejectionCode, status::Status};
use crate::{
    catalogue::{Channel, Priority},
    code::{AgencyCode, CategoryCode, UnitCode},
    deadline::Deadlines,
    id::{AccountId, PetitionId},
    place::Point,
    routing::Routing,
    time::Instant,
};

/// Where a petition is about: a point, a named unit, or neither.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Place {
    /// A point on the map, as the phone gave it.
    Point {
        /// The point.
        #[serde(flatten)]
        point: Point,
        /// How far off it may be, whole metres, if the phone said so.
        accuracy_m: Option<u32>,
    },
    /// A unit that the citizen named.
    Unit {
        /// Its code, on the day of submission.
        unit: UnitCode,
    },
    /// The citizen does not know, or the matter has no place.
    Nowhere {},
}

/// The answer that stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// The event that gave it: with [`super::Slot::Answer`] the key of its words.
    pub seq: u32,
    /// When it was given.
    pub at: Instant,
}

/// The refusal that ended it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rejection {
    /// The event that gave it: with [`super::Slot::Message`] the key of its words.
    pub seq: u32,
    /// The kind of reason.
    pub code: RejectionCode,
}

/// A petition.
#[derive(Debug, Clone, PartialEq)]
pub struct Petition {
    /// Its id.
    pub id: PetitionId,
    /// Its public code.
    pub code: PetitionCode,
    /// How many events it has had.
    pub version: u32,
    /// Where it stands.
    pub status: Status,
    /// Who sent it.
    pub submitter: AccountId,
    /// Whether agencies may not see who sent it.
    pub hide_identity: bool,
    /// How it came.
    pub channel: Channel,
    /// Its field.
    pub category: CategoryCode,
    /// How fast it must be dealt with.
    pub priority: Priority,
    /// Where it is about.
    pub place: Place,
    /// The desk it first went to, and why.
    pub routing: Routing,
    /// The agency that has it.
    pub holder: AgencyCode,
    /// Since when: that desk's time to acknowledge counts from here.
    pub held_since: Instant,
    /// When it was sent.
    pub submitted_at: Instant,
    /// When an agency first acknowledged it.
    pub received_at: Option<Instant>,
    /// Both deadlines: until when the holder must acknowledge it, and until when it must be answered.
    pub deadlines: Deadlines,
    /// The answer that stands.
    pub answer: Option<Answer>,
    /// The refusal, if it was refused.
    pub rejection: Option<Rejection>,
    /// How often an agency passed it to another.
    pub transfers: u32,
    /// The agencies that passed it on or gave it back, in that order.
    pub sent_away_by: Vec<AgencyCode>,
    /// Whether it was sent to the coordinator because it travelled.
    pub travels: bool,
    /// When its last event happened.
    pub updated_at: Instant,
}

impl Petition {
    /// Whether its deadline had passed at an instant (exclusive, as everywhere: the instant itself has not happened yet)
    /// while an answer was still owed.
    ///
    /// A petition without a deadline is never overdue, and never answered on time either.
    pub fn overdue_at(&self, instant: Instant) -> bool {
        self.status.is_open() && self.deadlines.answer.is_some_and(|due| due < instant)
    }

    /// Whether the answer that stands came by the deadline.
    pub fn answered_on_time(&self) -> bool {
        match (self.answer, self.deadlines.answer) {
            (Some(answer), Some(due)) => answer.at <= due,
            (None, _) | (Some(_), None) => false,
        }
    }
}
