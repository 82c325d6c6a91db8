//! Putting petitions about one matter together.

use super::{
    decide::Decision,
    event::{Event, EventData},
    state::Petition,
    status::Status,
};

/// Whether a petition may take others in: it has, or will have, an answer of its own. One that was merged itself does not, so
/// that no circle comes about.
pub(super) fn takes_others(petition: &Petition) -> bool {
    match petition.status {
        Status::Submitted
        | Status::Received
        | Status::InProgress
        | Status::AwaitingCitizen
        | Status::Answered
        | Status::Closed => true,
        Status::Rejected | Status::Withdrawn | Status::Merged => false,
    }
}

/// What happens to the petition that stays, when `merged` happened to another: its history says so too, and by its version
/// two merges that would make a circle cannot both be recorded.
pub fn absorb(into: &Petition, other: &Petition, merged: &Event) -> Decision {
    let data = EventData::Absorbed { petition: other.id, code: other.code.clone() };
    let at = merged.at.max(into.updated_at);
    let event = Event { petition: into.id, seq: into.version + 1, at, actor: merged.actor.clone(), data };
    Decision { event, words: Vec::new() }
}
