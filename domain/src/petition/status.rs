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

    /// The commands that a petition in this status takes, whoever gives them.
    pub fn commands(self) -> &'static [CommandKind] {
        use CommandKind as C;
        match self {
            Self::Submitted => &[
                C::Receive,
                C::Assign,
                C::Transfer,
                C::Return,
                C::Reject,
                C::Merge,
                C::Note,
                C::Recategorise,
                C::Publish,
                C::Unpublish,
                C::Withdraw,
                C::SetDeadlines,
                C::Escalate,
            ],
            Self::Received => &[
                C::Assign,
                C::Start,
                C::RequestInformation,
                C::Progress,
                C::Extend,
                C::DraftAnswer,
                C::ApproveAnswer,
                C::ReturnAnswer,
                C::Transfer,
                C::Return,
                C::Answer,
                C::Reject,
                C::Merge,
                C::Note,
                C::Recategorise,
                C::Publish,
                C::Unpublish,
                C::Withdraw,
                C::SetDeadlines,
                C::Escalate,
            ],
            Self::InProgress => &[
                C::Assign,
                C::RequestInformation,
                C::Progress,
                C::Extend,
                C::DraftAnswer,
                C::ApproveAnswer,
                C::ReturnAnswer,
                C::Transfer,
                C::Return,
                C::Answer,
                C::Reject,
                C::Merge,
                C::Note,
                C::Recategorise,
                C::Publish,
                C::Unpublish,
                C::Withdraw,
                C::SetDeadlines,
                C::Escalate,
            ],
            Self::AwaitingCitizen => &[
                C::Assign,
                C::Supplement,
                C::Progress,
                C::Extend,
                C::DraftAnswer,
                C::ApproveAnswer,
                C::ReturnAnswer,
                C::Transfer,
                C::Return,
                C::Answer,
                C::Reject,
                C::Merge,
                C::Note,
                C::Recategorise,
                C::Publish,
                C::Unpublish,
                C::Withdraw,
                C::SetDeadlines,
                C::Escalate,
            ],
            // An answer given while the calendar did not reach is judged by it once it does.
            Self::Answered => &[C::Note, C::Publish, C::Unpublish, C::Reopen, C::Rating, C::Close, C::SetDeadlines],
            Self::Closed => &[C::Note, C::Publish, C::Unpublish, C::Reopen, C::Rating, C::SetDeadlines],
            Self::Rejected | Self::Withdrawn | Self::Merged => &[C::Note],
        }
    }

    /// Whether a petition in this status takes the command, whoever gives it.
    pub fn allows(self, command: CommandKind) -> bool {
        self.commands().contains(&command)
    }
}
