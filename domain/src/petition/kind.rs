//! The kinds of events, by the words that clients read.

use super::event::EventData;
use crate::vocabulary::vocabulary;

vocabulary! {
    /// What kind of thing happened: the word of a history, of a desk's stream and of a webhook.
    EventKind {
        /// A petition came in.
        Submitted = "submitted",
        /// The agency acknowledged it.
        Received = "received",
        /// It was handed to somebody of the agency.
        Assigned = "assigned",
        /// An officer began.
        Started = "started",
        /// The citizen was asked for more.
        InformationRequested = "information_requested",
        /// The citizen gave it.
        Supplemented = "supplemented",
        /// The answer was promised for later.
        Extended = "extended",
        /// The citizen was told how it stands.
        Progressed = "progressed",
        /// An answer was written for the leader.
        AnswerDrafted = "answer_drafted",
        /// The drafted answer was given.
        AnswerApproved = "answer_approved",
        /// The drafted answer was sent back.
        AnswerReturned = "answer_returned",
        /// It went to another agency.
        Transferred = "transferred",
        /// The agency gave it back to the coordinator.
        Returned = "returned",
        /// It was answered.
        Answered = "answered",
        /// It was refused.
        Rejected = "rejected",
        /// The citizen took it back.
        Withdrawn = "withdrawn",
        /// It was put to another petition.
        Merged = "merged",
        /// Another petition was put to it.
        Absorbed = "absorbed",
        /// A remark was kept.
        Noted = "noted",
        /// It got another field or priority.
        Recategorised = "recategorised",
        /// It is shown to everybody.
        Published = "published",
        /// It is shown no longer.
        Unpublished = "unpublished",
        /// The citizen says it is not settled.
        Reopened = "reopened",
        /// The citizen said how the answer was.
        Rated = "rated",
        /// It has ended.
        Closed = "closed",
        /// Its deadlines were counted anew.
        DeadlinesSet = "deadlines_set",
        /// Being overdue it rose.
        Escalated = "escalated",
        /// Its agency ended, and another has taken over.
        CarriedOver = "carried_over",
        /// Words of it were erased.
        Erased = "erased",
    }
}

impl EventData {
    /// Which kind of event it is.
    pub fn kind(&self) -> EventKind {
        match self {
            Self::Submitted(_) => EventKind::Submitted,
            Self::Received {} => EventKind::Received,
            Self::Assigned { .. } => EventKind::Assigned,
            Self::Started { .. } => EventKind::Started,
            Self::InformationRequested { .. } => EventKind::InformationRequested,
            Self::Supplemented { .. } => EventKind::Supplemented,
            Self::Extended { .. } => EventKind::Extended,
            Self::Progressed { .. } => EventKind::Progressed,
            Self::AnswerDrafted { .. } => EventKind::AnswerDrafted,
            Self::AnswerApproved { .. } => EventKind::AnswerApproved,
            Self::AnswerReturned { .. } => EventKind::AnswerReturned,
            Self::Transferred { .. } => EventKind::Transferred,
            Self::Returned { .. } => EventKind::Returned,
            Self::Answered { .. } => EventKind::Answered,
            Self::Rejected { .. } => EventKind::Rejected,
            Self::Withdrawn { .. } => EventKind::Withdrawn,
            Self::Merged { .. } => EventKind::Merged,
            Self::Absorbed { .. } => EventKind::Absorbed,
            Self::Noted { .. } => EventKind::Noted,
            Self::Recategorised { .. } => EventKind::Recategorised,
            Self::Published { .. } => EventKind::Published,
            Self::Unpublished { .. } => EventKind::Unpublished,
            Self::Reopened { .. } => EventKind::Reopened,
            Self::Rated { .. } => EventKind::Rated,
            Self::Closed {} => EventKind::Closed,
            Self::DeadlinesSet(_) => EventKind::DeadlinesSet,
            Self::Escalated { .. } => EventKind::Escalated,
            Self::CarriedOver { .. } => EventKind::CarriedOver,
            Self::Erased { .. } => EventKind::Erased,
        }
    }
}
