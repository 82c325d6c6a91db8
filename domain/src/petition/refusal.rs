//! Why a command is refused.

use super::{code::PetitionCode, command::CommandKind, status::Status};
use crate::{
    calendar::CalendarGap,
    code::{AgencyCode, CategoryCode},
    time::Instant,
};

/// Why a command was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// For this actor the petition does not exist.
    #[error("not found")]
    Hidden,
    /// This actor may not give this command.
    #[error("{0} is not for this actor")]
    Forbidden(CommandKind),
    /// The status does not allow it.
    #[error("{command} is not possible while {status}")]
    NotAllowed {
        /// The command.
        command: CommandKind,
        /// The status it met.
        status: Status,
        /// What this actor might do instead.
        allowed: Vec<CommandKind>,
    },
    /// A petition of a field that does not exist or can no longer be chosen.
    #[error("unknown category {0}")]
    UnknownCategory(CategoryCode),
    /// A transfer to an agency that does not exist today.
    #[error("unknown agency {0}")]
    UnknownAgency(AgencyCode),
    /// A transfer to an agency where nobody would see it.
    #[error("agency {0} has no staff")]
    AgencyWithoutStaff(AgencyCode),
    /// A transfer to the agency that has it.
    #[error("agency {0} has it already")]
    SameAgency(AgencyCode),
    /// Handed to somebody who does not work at the desk that has it.
    #[error("the assignee does not work at {0}")]
    ForeignAssignee(AgencyCode),
    /// An extension to an instant that is past, or not later than what was promised.
    #[error("not later than now, or than what was promised")]
    NotLater {
        /// For when it is promised; `None` where the instant is simply past.
        promised: Option<Instant>,
    },
    /// An extension to where the calendar does not reach, or of a deadline that it could not count.
    #[error("the calendar does not reach: {0}")]
    NoCalendar(CalendarGap),
    /// An agency may not give itself a later deadline by another field or priority; nor the coordinator one that has passed.
    #[error("another field or priority must not give more time")]
    LongerDeadline,
    /// Others were put to it, and would lose their answer with it.
    #[error("others were put to it")]
    OthersWait,
    /// No drafted answer waits.
    #[error("no drafted answer waits")]
    NoDraft,
    /// The time to reopen it is over.
    #[error("the time to reopen it ended")]
    WindowOver {
        /// When.
        ended_at: Instant,
    },
    /// The answer that stands has been rated.
    #[error("the answer has been rated")]
    AlreadyRated,
    /// The petition that others shall be put to has no answer of its own to give, or is this one.
    #[error("{0} cannot take others in")]
    NotMergeable(PetitionCode),
    /// It is so already: nothing would have happened.
    #[error("{0} would change nothing")]
    NoEffect(CommandKind),
}
