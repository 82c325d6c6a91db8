//! What may be asked for. A command holds checked values only: it was parsed at the edge.

use super::{
    attachment::Attachment,
    code::PetitionCode,
    intake::Entry,
    state::{Petition, Place},
};
use crate::{
    account::Actor,
    catalogue::{Channel, Priority},
    chain::SealedText,
    code::{AgencyCode, CategoryCode},
    id::PetitionId,
    time::Instant,
    vocabulary::vocabulary,
};

vocabulary! {
    /// The names of the commands, as the paths of the contract write them.
    CommandKind {
        /// Send a petition.
        Submit = "submit",
        /// Acknowledge it.
        Receive = "receive",
        /// Hand it to somebody of the agency, or to nobody.
        Assign = "assign",
        /// Begin to deal with it.
        Start = "start",
        /// Ask the citizen for more; the clock to answer stands still.
        RequestInformation = "request-information",
        /// Give what was asked for.
        Supplement = "supplement",
        /// Tell the citizen how it stands, without stopping the clock.
        Progress = "progress",
        /// Promise the answer for a later instant, with a reason; a late answer stays late.
        Extend = "extend",
        /// Write an answer for the leader.
        DraftAnswer = "draft-answer",
        /// Give the drafted answer to the citizen.
        ApproveAnswer = "approve-answer",
        /// Send the drafted answer back to who wrote it.
        ReturnAnswer = "return-answer",
        /// Pass it to another agency.
        Transfer = "transfer",
        /// Give it back to the coordinator (*trả lại*).
        Return = "return",
        /// Answer the citizen.
        Answer = "answer",
        /// Refuse it (the coordinator alone).
        Reject = "reject",
        /// Put it to another which is about the same matter.
        Merge = "merge",
        /// Keep a remark that no one outside reads.
        Note = "note",
        /// Give it another field, or another priority.
        Recategorise = "recategorise",
        /// Show it to everybody (*công khai*).
        Publish = "publish",
        /// Show it no longer.
        Unpublish = "unpublish",
        /// Take it back.
        Withdraw = "withdraw",
        /// Say that it is not settled after all (*phản ánh lại*).
        Reopen = "reopen",
        /// Say how the answer was.
        Rating = "rating",
        /// End it: the citizen is content, or the time to reopen it has passed.
        Close = "close",
        /// Count its deadlines by the calendar of now (the system alone).
        SetDeadlines = "set-deadlines",
        /// Raise it to the leader or the coordinator, being overdue (the system alone).
        Escalate = "escalate",
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

vocabulary! {
    /// How a citizen found the answer.
    RatingLevel {
        /// *Hài lòng*.
        Satisfied = "satisfied",
        /// *Chấp nhận*.
        Acceptable = "acceptable",
        /// *Không hài lòng*.
        Unsatisfied = "unsatisfied",
    }
}

vocabulary! {
    /// To whom an overdue petition rises.
    Escalation {
        /// The leader of the agency that has it.
        Leader = "leader",
        /// The coordinator.
        Coordinator = "coordinator",
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
    /// The answers to what the field asks besides: a JSON list of [`crate::question::Answered`].
    pub attributes: Option<SealedText>,
    /// The files that came with it.
    pub attachments: Vec<Attachment>,
    /// Whether agencies may not see who sent it.
    pub hide_identity: bool,
    /// How it came, where its sender did not send it by the app or the web page.
    pub entry: Option<Entry>,
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
    /// See [`CommandKind::Assign`].
    Assign {
        /// Who shall have it; `None`: nobody.
        assignee: Option<Actor>,
    },
    /// See [`CommandKind::Start`].
    Start {
        /// Who is on it, where that is not who says so.
        assignee: Option<Actor>,
    },
    /// See [`CommandKind::RequestInformation`].
    RequestInformation {
        /// What the citizen is asked.
        message: SealedText,
    },
    /// See [`CommandKind::Supplement`].
    Supplement {
        /// What the citizen adds.
        content: SealedText,
        /// The files that the citizen adds.
        attachments: Vec<Attachment>,
    },
    /// See [`CommandKind::Progress`].
    Progress {
        /// What the citizen is told.
        message: SealedText,
    },
    /// See [`CommandKind::Extend`].
    Extend {
        /// For when the answer is promised now.
        due_at: Instant,
        /// Why.
        reason: SealedText,
    },
    /// See [`CommandKind::DraftAnswer`].
    DraftAnswer {
        /// The answer.
        content: SealedText,
        /// The files that come with it.
        attachments: Vec<Attachment>,
    },
    /// See [`CommandKind::ApproveAnswer`].
    ApproveAnswer,
    /// See [`CommandKind::ReturnAnswer`].
    ReturnAnswer {
        /// Why.
        reason: SealedText,
    },
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
        /// The files that come with it.
        attachments: Vec<Attachment>,
    },
    /// See [`CommandKind::Reject`].
    Reject {
        /// The kind of reason.
        code: RejectionCode,
        /// What the citizen is told.
        message: SealedText,
    },
    /// See [`CommandKind::Merge`].
    Merge {
        /// The petition that stays.
        into: Box<Petition>,
    },
    /// See [`CommandKind::Note`].
    Note {
        /// The remark.
        content: SealedText,
    },
    /// See [`CommandKind::Recategorise`].
    Recategorise {
        /// The field it shall have.
        category: CategoryCode,
        /// The priority it shall have; `None`: the one it has.
        priority: Option<Priority>,
    },
    /// See [`CommandKind::Publish`].
    Publish {
        /// The title for the public; `None`: the citizen's.
        title: Option<SealedText>,
        /// The content for the public; `None`: the citizen's.
        content: Option<SealedText>,
    },
    /// See [`CommandKind::Unpublish`].
    Unpublish {
        /// Why.
        reason: SealedText,
    },
    /// See [`CommandKind::Withdraw`].
    Withdraw {
        /// Why, if the citizen says so.
        reason: Option<SealedText>,
    },
    /// See [`CommandKind::Reopen`].
    Reopen {
        /// Why.
        reason: SealedText,
    },
    /// See [`CommandKind::Rating`].
    Rating {
        /// How the answer was.
        level: RatingLevel,
        /// What the citizen says to it.
        comment: Option<SealedText>,
    },
    /// See [`CommandKind::Close`].
    Close,
    /// See [`CommandKind::SetDeadlines`].
    SetDeadlines,
    /// See [`CommandKind::Escalate`].
    Escalate,
}

impl Command {
    /// Which command it is.
    pub fn kind(&self) -> CommandKind {
        match self {
            Self::Submit(_) => CommandKind::Submit,
            Self::Receive => CommandKind::Receive,
            Self::Assign { .. } => CommandKind::Assign,
            Self::Start { .. } => CommandKind::Start,
            Self::RequestInformation { .. } => CommandKind::RequestInformation,
            Self::Supplement { .. } => CommandKind::Supplement,
            Self::Progress { .. } => CommandKind::Progress,
            Self::Extend { .. } => CommandKind::Extend,
            Self::DraftAnswer { .. } => CommandKind::DraftAnswer,
            Self::ApproveAnswer => CommandKind::ApproveAnswer,
            Self::ReturnAnswer { .. } => CommandKind::ReturnAnswer,
            Self::Transfer(_) => CommandKind::Transfer,
            Self::Return { .. } => CommandKind::Return,
            Self::Answer { .. } => CommandKind::Answer,
            Self::Reject { .. } => CommandKind::Reject,
            Self::Merge { .. } => CommandKind::Merge,
            Self::Note { .. } => CommandKind::Note,
            Self::Recategorise { .. } => CommandKind::Recategorise,
            Self::Publish { .. } => CommandKind::Publish,
            Self::Unpublish { .. } => CommandKind::Unpublish,
            Self::Withdraw { .. } => CommandKind::Withdraw,
            Self::Reopen { .. } => CommandKind::Reopen,
            Self::Rating { .. } => CommandKind::Rating,
            Self::Close => CommandKind::Close,
            Self::SetDeadlines => CommandKind::SetDeadlines,
            Self::Escalate => CommandKind::Escalate,
        }
    }
}
