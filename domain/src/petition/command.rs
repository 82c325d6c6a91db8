//! What may be asked for. A command holds checked values only: it was parsed at the edge.

use super::{code::PetitionCode, state::Place};
use crate::{
    catalogue::{Channel, Priority},
    chain::SealedText,
    code::{AgencyCode, CategoryCode},
    id::PetitionId,
    vocabulary::vocabulary,
};

vocabulary! {
    /// The names of the commands, as the paths of the contract write them.
    CommandKind {
        /// Send a petition.
        Submit = "submit",
        /// Acknowledge it.
        Receive = "receive",
        /// Begin to deal with it.
        Start = "start",
        /// Pass it to another agency.
        Transfer = "transfer",
        /// Give it back to the coordinator (*trả lại*).
        Return = "return",
        /// Answer the citizen.
        Answer = "answer",
        /// Refuse it (the coordinator alone).
        Reject = "reject",
        /// Take it back.
        Withdraw = "withdraw",
        /// Give it the deadlines that its calendar did not allow before (the system alone).
        SetDeadlines = "set-deadlines",
    }
}

vocabulary! {
    /// Why a petition is refused.
    RejectionCode {
        /// A complaint (*khiếu nại*), which has a law of its own.
        Complaint = "complaint",
        /// A denunciation (*tố cáo*), which has a law of its own.
        Denunciation = "denunciation",
        /// A place outside the province.
        OutsideProvince = "outside_province",
        /// Not a matter of the state, or one for a court.
        OutsideStateCompetence = "outside_state_competence",
        /// It cannot be understood.
        Unclear = "unclear",
        /// What the regulation asks of a petition is missing.
        RequirementsNotMet = "requirements_not_met",
        /// Insulting.
        Abusive = "abusive",
        /// Advertising and the like.
        Spam = "spam",
        /// An emergency, which goes by the hotline.
        Emergency = "emergency",
    }
}

/// A petition as it comes in, checked, with the id, code and salts it was given.
#[derive(Debug, Clone)]
pub struct Submission {
    /// The id it will have.
    pub id: PetitionId,
    /// The public code it will have.
    pub code: PetitionCode,
    /// Its field.
    pub category: CategoryCode,
    /// How fast it must be dealt with.
    pub priority: Priority,
    /// How it came.
    pub channel: Channel,
    /// Where it is about.
    pub place: Place,
    /// Its title.
    pub title: SealedText,
    /// Its content.
    pub content: SealedText,
    /// The address as the citizen gives it.
    pub address: Option<SealedText>,
    /// Whether agencies may not see who sent it.
    pub hide_identity: bool,
}

/// To whom a petition is passed, and why.
#[derive(Debug, Clone)]
pub struct TransferOrder {
    /// The agency that shall have it.
    pub to: AgencyCode,
    /// Why.
    pub reason: SealedText,
}

/// A command with what it needs.
#[derive(Debug, Clone)]
pub enum Command {
    /// See [`CommandKind::Submit`].
    Submit(Box<Submission>),
    /// See [`CommandKind::Receive`].
    Receive,
    /// See [`CommandKind::Start`].
    Start,
    /// See [`CommandKind::Transfer`].
    Transfer(TransferOrder),
    /// See [`CommandKind::Return`].
    Return {
        /// Why.
        reason: SealedText,
    },
    /// See [`CommandKind::Answer`].
    Answer {
        /// The answer.
        content: SealedText,
    },
    /// See [`CommandKind::Reject`].
    Reject {
        /// The kind of reason.
        code: RejectionCode,
        /// What the citizen is told.
        message: SealedText,
    },
    /// See [`CommandKind::Withdraw`].
    Withdraw {
        /// Why, if the citizen says so.
        reason: Option<SealedText>,
    },
    /// See [`CommandKind::SetDeadlines`].
    SetDeadlines,
}

impl Command {
    /// Which command it is.
    pub fn kind(&self) -> CommandKind {
        match self {
            Self::Submit(_) => CommandKind::Submit,
            Self::Receive => CommandKind::Receive,
            Self::Start => CommandKind::Start,
            Self::Transfer(_) => CommandKind::Transfer,
            Self::Return { .. } => CommandKind::Return,
            Self::Answer { .. } => CommandKind::Answer,
            Self::Reject { .. } => CommandKind::Reject,
            Self::Withdraw { .. } => CommandKind::Withdraw,
            Self::SetDeadlines => CommandKind::SetDeadlines,
        }
    }
}
