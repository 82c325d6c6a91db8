//! What an event does to a petition. Facts only: whether it might happen was decided before.

use super::{
    event::{Event, EventData, Resumed},
    state::{Answer, AnswerClock, Petition, Publication, Rating, Reference, Rejection},
    status::Status,
};
use crate::{account::Role, code::AgencyCode, time::Instant};

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
        let entered_for = submitted.intake.as_ref().map(|intake| intake.sender);
        Ok(Self {
            id: event.petition,
            code: submitted.code.clone(),
            version: event.seq,
            status: Status::Submitted,
            submitter: entered_for.or(event.actor.account).ok_or(Unfit::NoSubmitter)?,
            hide_identity: submitted.hide_identity,
            channel: submitted.channel,
            intake: submitted.intake.clone(),
            category: submitted.category.clone(),
            priority: submitted.priority,
            place: submitted.place.clone(),
            routing: submitted.routing.clone(),
            holder: submitted.routing.agency.clone(),
            held_since: event.at,
            submitted_at: event.at,
            received_at: None,
            deadlines: submitted.deadlines.clone(),
            clock: AnswerClock::from(submitted.intake.as_ref().map_or(event.at, |intake| intake.came_at)),
            extensions: 0,
            assignee: None,
            draft: None,
            answer: None,
            rating: None,
            reopenings: 0,
            published: None,
            merged_into: None,
            absorbed: 0,
            emergency: submitted.emergency,
            escalated: None,
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
            EventData::Assigned { assignee } => self.assignee = *assignee,
            EventData::Started { assignee } => {
                self.status = Status::InProgress;
                self.assignee = assignee.or(self.assignee);
            }
            EventData::InformationRequested { .. } => {
                self.status = Status::AwaitingCitizen;
                self.clock.paused_at = Some(event.at);
            }
            EventData::Supplemented { resumed, .. } => {
                self.status = Status::InProgress;
                self.resume(Some(resumed));
            }
            EventData::Extended { due_at, .. } => {
                self.clock.extended_to = Some(*due_at);
                self.extensions += 1;
            }
            EventData::AnswerDrafted { .. } => self.draft = Some(event.seq),
            EventData::AnswerReturned { .. } => self.draft = None,
            EventData::AnswerApproved { draft, resumed } => {
                self.resume(resumed.as_ref());
                self.answered(Answer { seq: *draft, at: event.at });
            }
            EventData::Transferred { to, asked, receive_due_at, resumed, .. } => {
                let sender = self.move_to(to.clone(), event.at, *receive_due_at, resumed.as_ref());
                // Where the coordinator sends it, no agency has sent it away.
                if event.actor.role != Some(Role::Coordinator) {
                    self.sent_away_by.push(sender);
                    self.transfers += 1;
                }
                self.travels |= asked.is_some();
            }
            EventData::Returned { receive_due_at, resumed, .. } => {
                let sender = self.move_to(AgencyCode::coordinator(), event.at, *receive_due_at, resumed.as_ref());
                self.sent_away_by.push(sender);
            }
            EventData::Answered { resumed, .. } => {
                self.resume(resumed.as_ref());
                self.answered(Answer { seq: event.seq, at: event.at });
            }
            EventData::Rejected { code, .. } => {
                self.rejection = Some(Rejection { seq: event.seq, code: *code });
                self.end(Status::Rejected);
            }
            EventData::Withdrawn { .. } => self.end(Status::Withdrawn),
            EventData::Merged { into, code } => {
                self.merged_into = Some(Reference { id: *into, code: code.clone() });
                self.end(Status::Merged);
            }
            EventData::Absorbed { .. } => self.absorbed += 1,
            EventData::Progressed { .. } | EventData::Noted { .. } => {}
            EventData::Recategorised { category, priority, deadlines } => {
                self.category = category.clone();
                self.priority = *priority;
                self.deadlines = deadlines.clone();
            }
            EventData::Published { .. } => self.published = Some(Publication { seq: event.seq, at: event.at }),
            EventData::Unpublished { .. } => self.published = None,
            EventData::Reopened { deadlines, .. } => {
                self.status = Status::Received;
                self.answer = None;
                self.rating = None;
                self.escalated = None;
                self.reopenings += 1;
                self.clock = AnswerClock::from(event.at);
                self.deadlines = deadlines.clone();
            }
            EventData::Rated { level, .. } => self.rating = Some(Rating { seq: event.seq, level: *level }),
            EventData::Closed {} => self.status = Status::Closed,
            EventData::DeadlinesSet(deadlines) => self.deadlines = deadlines.clone(),
            EventData::Escalated { to } => self.escalated = Some(*to),
            EventData::CarriedOver { to, assignee, .. } => {
                self.holder = to.clone();
                self.assignee = *assignee;
            }
            EventData::Erased { .. } => self.published = None,
        }
        self.version = event.seq;
        self.updated_at = event.at;
        Ok(())
    }

    /// Moves it to another desk, where it begins anew but for the clock to answer; the desk it left.
    fn move_to(
        &mut self,
        to: AgencyCode,
        at: Instant,
        receive_due_at: Option<Instant>,
        resumed: Option<&Resumed>,
    ) -> AgencyCode {
        self.status = Status::Submitted;
        self.resume(resumed);
        // Who had it, and what they had written, are the old desk's.
        self.assignee = None;
        self.draft = None;
        self.escalated = None;
        self.held_since = at;
        self.deadlines.receive = receive_due_at;
        std::mem::replace(&mut self.holder, to)
    }

    fn resume(&mut self, resumed: Option<&Resumed>) {
        if let Some(Resumed { paused_seconds, due_at, gap }) = resumed {
            self.clock.paused_at = None;
            self.clock.paused_seconds = self.clock.paused_seconds.saturating_add(*paused_seconds);
            self.deadlines.answer = *due_at;
            self.deadlines.gap = *gap;
        }
    }

    fn answered(&mut self, answer: Answer) {
        self.status = Status::Answered;
        self.draft = None;
        self.answer = Some(answer);
    }

    /// Ends it without an answer of its own; nobody is shown it any more but those who had to do with it.
    fn end(&mut self, status: Status) {
        self.status = status;
        self.clock.paused_at = None;
        self.draft = None;
        self.published = None;
    }
}
