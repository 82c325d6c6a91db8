//! What an event does to a petition. Facts only: whether it might happen was decided before.

use super::{
    event::{Event, EventData},
    state::{Answer, Petition, Rejection},
    status::Status,
};
use crate::account::Role;

/// An event that does not continue the history it is applied to: the log is damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// The first event is no submission, or a later one is.
    #[error("event {0} is out of place")]
    OutOfPlace(u32),
    /// The event is another petition's.
    #[error("event {0} belongs to another petition")]
    Foreign(u32),
    /// A number is missing or comes twice.
    #[error("event {found} where {expected} was due")]
    Gap {
        /// The number that was due.
        expected: u32,
        /// The number found.
        found: u32,
    },
    /// A submission without a submitter.
    #[error("a submission without a submitter")]
    NoSubmitter,
    /// There was no event at all.
    #[error("no event")]
    Empty,
}

/// The petition after all those events, which are one petition's in their order.
///
/// # Errors
/// [`Unfit`] at the first event that does not continue the history.
pub fn replay<'a>(events: impl IntoIterator<Item = &'a Event>) -> Result<Petition, Unfit> {
    let mut events = events.into_iter();
    let mut petition = Petition::begin(events.next().ok_or(Unfit::Empty)?)?;
    for event in events {
        petition.apply(event)?;
    }
    Ok(petition)
}

impl Petition {
    /// The petition after its submission.
    ///
    /// # Errors
    /// [`Unfit`] unless the event is the submission of an account, with number 1.
    pub fn begin(event: &Event) -> Result<Self, Unfit> {
        let EventData::Submitted(submitted) = &event.data else {
            return Err(Unfit::OutOfPlace(event.seq));
        };
        if event.seq != 1 {
            return Err(Unfit::Gap { expected: 1, found: event.seq });
        }
        Ok(Self {
            id: event.petition,
            code: submitted.code.clone(),
            version: event.seq,
            status: Status::Submitted,
            submitter: event.actor.account.ok_or(Unfit::NoSubmitter)?,
            hide_identity: submitted.hide_identity,
            channel: submitted.channel,
            category: submitted.category.clone(),
            priority: submitted.priority,
            place: submitted.place.clone(),
            routing: submitted.routing.clone(),
            holder: submitted.routing.agency.clone(),
            held_since: event.at,
            submitted_at: event.at,
            received_at: None,
            deadlines: submitted.deadlines.clone(),
            answer: None,
            rejection: None,
            transfers: 0,
            sent_away_by: Vec::new(),
            travels: false,
            updated_at: event.at,
        })
    }

    /// Takes an event in.
    ///
    /// # Errors
    /// [`Unfit`], with the petition as it was, when the event does not continue its history.
    pub fn apply(&mut self, event: &Event) -> Result<(), Unfit> {
        if event.petition != self.id {
            return Err(Unfit::Foreign(event.seq));
        }
        if event.seq != self.version + 1 {
            return Err(Unfit::Gap { expected: self.version + 1, found: event.seq });
        }
        match &event.data {
            EventData::Submitted(_) => return Err(Unfit::OutOfPlace(event.seq)),
            EventData::Received {} => {
                self.status = Status::Received;
                self.received_at = self.received_at.or(Some(event.at));
            }
            EventData::Started {} => self.status = Status::InProgress,
            EventData::Transferred { to, asked, receive_due_at, .. } => {
                self.status = Status::Submitted;
                let sender = std::mem::replace(&mut self.holder, to.clone());
                // Where the coordinator sends it, no agency has sent it away.
                if event.actor.role != Some(Role::Coordinator) {
                    self.sent_away_by.push(sender);
                    self.transfers += 1;
                }
                self.travels |= asked.is_some();
                self.held_since = event.at;
                self.deadlines.receive = *receive_due_at;
            }
            EventData::Returned { receive_due_at, .. } => {
                self.status = Status::Submitted;
                let coordinator = crate::code::AgencyCode::coordinator();
                self.sent_away_by.push(std::mem::replace(&mut self.holder, coordinator));
                self.held_since = event.at;
                self.deadlines.receive = *receive_due_at;
            }
            EventData::Answered { .. } => {
                self.status = Status::Answered;
                self.answer = Some(Answer { seq: event.seq, at: event.at });
            }
            EventData::Rejected { code, .. } => {
                self.status = Status::Rejected;
                self.rejection = Some(Rejection { seq: event.seq, code: *code });
            }
            EventData::Withdrawn { .. } => self.status = Status::Withdrawn,
            EventData::DeadlinesSet(deadlines) => self.deadlines = deadlines.clone(),
        }
        self.version = event.seq;
        self.updated_at = event.at;
        Ok(())
    }
}
