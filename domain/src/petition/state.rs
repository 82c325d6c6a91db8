//! A petition as it stands: a fold of its events.

use serde::{Deserialize, Serialize};

use super::{
    code::PetitionCode,
    command::{Escalation, RatingLevel, RejectionCode},
    emergency::Emergency,
    intake::Intake,
    status::Status,
};
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

/// What the citizen said of the answer that stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rating {
    /// The event that gave it: with [`super::Slot::Comment`] the key of its words.
    pub seq: u32,
    /// How the answer was.
    pub level: RatingLevel,
}

/// Since when everybody may read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Publication {
    /// The event: with [`super::Slot::Title`] and [`super::Slot::Content`] the key of the wording for the public, if it has one.
    pub seq: u32,
    /// When.
    pub at: Instant,
}

/// The clock to answer: [`Deadlines::answer`] follows from it, the field's allowance and the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnswerClock {
    /// From when it counts: the submission, when it came where it was entered, or the last reopening.
    pub began_at: Instant,
    /// Since when it stands still, if it does.
    pub paused_at: Option<Instant>,
    /// How long it has stood still before, in seconds of office time.
    pub paused_seconds: u32,
    /// For when the answer is promised instead. Whether it comes in time is judged by the deadline all the same.
    pub extended_to: Option<Instant>,
}

impl AnswerClock {
    /// A clock that begins to run.
    pub(super) fn from(began_at: Instant) -> Self {
        Self { began_at, paused_at: None, paused_seconds: 0, extended_to: None }
    }
}

/// Another petition, by both its names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Its id.
    pub id: PetitionId,
    /// Its public code.
    pub code: PetitionCode,
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
    /// The same in particular, where its sender did not send it by the app or the web page.
    pub intake: Option<Intake>,
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
    /// The clock behind the second of them.
    pub clock: AnswerClock,
    /// How often the answer was promised for later.
    pub extensions: u32,
    /// Who of the holder has it.
    pub assignee: Option<AccountId>,
    /// The event of the answer that waits for the leader: with [`super::Slot::Answer`] the key of its words.
    pub draft: Option<u32>,
    /// The answer that stands.
    pub answer: Option<Answer>,
    /// What the citizen said of it.
    pub rating: Option<Rating>,
    /// How often the citizen reopened it.
    pub reopenings: u32,
    /// Since when everybody may read it.
    pub published: Option<Publication>,
    /// The petition it was put to.
    pub merged_into: Option<Reference>,
    /// How many petitions were put to it.
    pub absorbed: u32,
    /// The emergency that its words speak of.
    pub emergency: Option<Emergency>,
    /// To whom it has risen, being overdue at this desk.
    pub escalated: Option<Escalation>,
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
    /// A petition without a deadline is never overdue, and never answered on time either. While the citizen is asked for more
    /// the clock stands still; but what was late when the question was asked stays late.
    pub fn overdue_at(&self, instant: Instant) -> bool {
        let reached = self.clock.paused_at.map_or(instant, |paused_at| paused_at.min(instant));
        self.status.is_open() && self.deadlines.answer.is_some_and(|due| due < reached)
    }

    /// Whether the answer that stands came by the deadline.
    pub fn answered_on_time(&self) -> bool {
        match (self.answer, self.deadlines.answer) {
            (Some(answer), Some(due)) => answer.at <= due,
            (None, _) | (Some(_), None) => false,
        }
    }

    /// For when the citizen was promised the answer: the deadline, or what it was extended to.
    pub fn promised_at(&self) -> Option<Instant> {
        self.deadlines.answer.max(self.clock.extended_to)
    }

    /// Whether something about it asks for more attention than the queue's order gives it: an emergency, a petition that
    /// travels, one that rose for being overdue.
    pub fn is_flagged(&self) -> bool {
        self.travels || self.emergency.is_some() || self.escalated.is_some()
    }
}
