//! Whom an event reaches: to which desk it brings the petition, and whether anybody outside is told of it.

use super::event::EventData;
use crate::code::AgencyCode;

impl EventData {
    /// The desk that has the petition after it, where it is this event that brought it there.
    pub fn moves_to(&self) -> Option<AgencyCode> {
        match self {
            Self::Submitted(submitted) => Some(submitted.routing.agency.clone()),
            Self::Transferred { to, .. } | Self::CarriedOver { to, .. } => Some(to.clone()),
            Self::Returned { .. } => Some(AgencyCode::coordinator()),
            Self::Received {}
            | Self::Assigned { .. }
            | Self::Started { .. }
            | Self::InformationRequested { .. }
            | Self::Supplemented { .. }
            | Self::Progressed { .. }
            | Self::Extended { .. }
            | Self::AnswerDrafted { .. }
            | Self::AnswerReturned { .. }
            | Self::AnswerApproved { .. }
            | Self::Answered { .. }
            | Self::Rejected { .. }
            | Self::Withdrawn { .. }
            | Self::Merged { .. }
            | Self::Absorbed { .. }
            | Self::Noted { .. }
            | Self::Recategorised { .. }
            | Self::Published { .. }
            | Self::Unpublished { .. }
            | Self::Reopened { .. }
            | Self::Rated { .. }
            | Self::Closed {}
            | Self::DeadlinesSet(_)
            | Self::Escalated { .. }
            | Self::Erased { .. } => None,
        }
    }

    /// Whether it is the agency's own affair, which neither the citizen nor the public is shown.
    pub fn is_internal(&self) -> bool {
        match self {
            Self::Assigned { .. }
            | Self::AnswerDrafted { .. }
            | Self::AnswerReturned { .. }
            | Self::Noted { .. }
            | Self::Escalated { .. } => true,
            Self::Submitted(_)
            | Self::Received {}
            | Self::Started { .. }
            | Self::InformationRequested { .. }
            | Self::Supplemented { .. }
            | Self::Progressed { .. }
            | Self::Extended { .. }
            | Self::AnswerApproved { .. }
            | Self::Transferred { .. }
            | Self::Returned { .. }
            | Self::Answered { .. }
            | Self::Rejected { .. }
            | Self::Withdrawn { .. }
            | Self::Merged { .. }
            | Self::Absorbed { .. }
            | Self::Recategorised { .. }
            | Self::Published { .. }
            | Self::Unpublished { .. }
            | Self::Reopened { .. }
            | Self::Rated { .. }
            | Self::Closed {}
            | Self::DeadlinesSet(_)
            | Self::CarriedOver { .. }
            | Self::Erased { .. } => false,
        }
    }
}
