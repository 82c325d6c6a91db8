//! The status of a petition, and which commands each allows.

use super::command::CommandKind;
use crate::vocabulary::vocabulary;

vocabulary! {
    /// Where a petition stands.
    Status {
        /// *Chờ tiếp nhận*: stored, routed, waiting for the agency.
        Submitted = "submitted",
        /// *Đã tiếp nhận*: the agency has acknowledged it.
        Received = "received",
        /// *Đang xử lý*: an officer is on it.
        InProgress = "in_progress",
        /// *Chờ bổ sung*: the citizen was asked for more; the clock is paused.
        AwaitingCitizen = "awaiting_citizen",
        /// *Đã trả lời*: the answer has been given to the citizen.
        Answered = "answered",
        /// *Đã kết thúc*: confirmed by the citizen, or the reopen window passed.
        Closed = "closed",
        /// *Từ chối*: refused with a reason code.
        Rejected = "rejected",
        /// *Đã rút*: taken back by the citizen before an answer.
        Withdrawn = "withdrawn",
        /// *Gộp*: a duplicate of another petition.
        Merged = "merged",
    }
}

impl Status {
    /// Whether somebody still owes the citizen an answer.
    pub fn is_open(self) -> bool {
        match self {
            Self::Submitted | Self::Received | Self::InProgress | Self::AwaitingCitizen => true,
            Self::Answered | Self::Closed | Self::Rejected | Self::Withdrawn | Self::Merged => false,
        }
    }

    /// Whether a petition in this status takes the command, whoever gives it.
    pub fn allows(self, command: CommandKind) -> bool {
        match (self, command) {
            (_, CommandKind::Submit) => false,

            (Self::Submitted, CommandKind::Receive)
            | (Self::Received, CommandKind::Start)
            | (Self::Received | Self::InProgress | Self::AwaitingCitizen, CommandKind::Answer) => true,

            (
                Self::Submitted | Self::Received | Self::InProgress | Self::AwaitingCitizen,
                CommandKind::Transfer | CommandKind::Return | CommandKind::Reject | CommandKind::Withdraw,
            )
            // An answer given while the calendar did not reach is judged by it once it does.
            | (
                Self::Submitted | Self::Received | Self::InProgress | Self::AwaitingCitizen | Self::Answered | Self::Closed,
                CommandKind::SetDeadlines,
            ) => true,

            (
                Self::Received
                | Self::InProgress
                | Self::AwaitingCitizen
                | Self::Answered
                | Self::Closed
                | Self::Rejected
                | Self::Withdrawn
                | Self::Merged,
                CommandKind::Receive,
            )
            | (
                Self::Submitted
                | Self::InProgress
                | Self::AwaitingCitizen
                | Self::Answered
                | Self::Closed
                | Self::Rejected
                | Self::Withdrawn
                | Self::Merged,
                CommandKind::Start,
            )
            | (
                Self::Submitted | Self::Answered | Self::Closed | Self::Rejected | Self::Withdrawn | Self::Merged,
                CommandKind::Answer,
            )
            | (
                Self::Answered | Self::Closed | Self::Rejected | Self::Withdrawn | Self::Merged,
                CommandKind::Transfer | CommandKind::Return | CommandKind::Reject | CommandKind::Withdraw,
            )
            | (Self::Rejected | Self::Withdrawn | Self::Merged, CommandKind::SetDeadlines) => false,
        }
    }
}
