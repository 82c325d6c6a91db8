//! What happened. Names and fields here are stored for ever: add, never rename.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{
    attachment::Attachment,
    carry::Inheritance,
    code::PetitionCode,
    command::{Escalation, RatingLevel, RejectionCode},
    emergency::Emergency,
    erase::{ErasureBasis, TextKey},
    intake::Intake,
    state::Place,
};
use crate::{
    account::{Actor, Role},
    calendar::CalendarGap,
    catalogue::{Channel, Priority},
    chain::{self, Digest},
    code::{AgencyCode, CategoryCode, UnitCode},
    deadline::Deadlines,
    id::{AccountId, PetitionId},
    routing::Routing,
    time::Instant,
    vocabulary::vocabulary,
};

vocabulary! {
    /// Which of an event's texts: with petition and event it is the key of the words beside the log.
    Slot {
        /// The title of a petition.
        Title = "title",
        /// The content of a petition.
        Content = "content",
        /// The address of a petition.
        Address = "address",
        /// The answers to what the field of a petition asks besides.
        Attributes = "attributes",
        /// The reason of a transfer, return or withdrawal.
        Reason = "reason",
        /// The answer.
        Answer = "answer",
        /// What the citizen is told with a rejection, with a question, or on the way.
        Message = "message",
        /// What the citizen says to a rating.
        Comment = "comment",
        /// A remark of the agency, which no one outside reads.
        Note = "note",
        /// What a petition is known by where it came in first.
        Reference = "reference",
    }
}

/// Who acted, as the log keeps it: no name, only the account's id, its role and its agency at that time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActorRecord {
    /// The account; `null` for the system.
    pub account: Option<AccountId>,
    /// Its role; `null` for the system.
    pub role: Option<Role>,
    /// Its agency, for an officer, leader or coordinator.
    pub agency: Option<AgencyCode>,
}

impl From<&Actor> for ActorRecord {
    fn from(actor: &Actor) -> Self {
        Self { account: actor.account(), role: actor.role(), agency: actor.agency() }
    }
}

/// One entry of the log. Its JSON form, made canonical, is what the chain hashes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Whose event it is.
    pub petition: PetitionId,
    /// Its place in the petition's history, from 1: also the petition's version after it.
    pub seq: u32,
    /// When, by the server's clock; never before the petition's event before it.
    pub at: Instant,
    /// Who.
    pub actor: ActorRecord,
    /// What.
    #[serde(flatten)]
    pub data: EventData,
}

impl Event {
    /// The hash of this event, chained to the one before it.
    ///
    /// # Errors
    /// As [`chain::canonical`].
    pub fn hash(&self, previous: &Digest) -> Result<Digest, serde_json::Error> {
        Ok(chain::link(previous, &chain::canonical(self)?))
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
pub enum EventData {
    /// A petition came in and was routed.
    Submitted(Box<Submitted>),
    /// The agency acknowledged it.
    Received {},
    /// It was handed to somebody of the agency.
    Assigned {
        /// Who has it now; `null`: nobody.
        assignee: Option<AccountId>,
    },
    /// An officer began.
    Started {
        /// Who is on it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        assignee: Option<AccountId>,
    },
    /// The citizen was asked for more; from here the clock to answer stands still.
    InformationRequested {
        /// What was asked.
        message: Digest,
    },
    /// The citizen gave it; the clock goes on.
    Supplemented {
        /// What was given.
        content: Digest,
        /// The files that came with it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        attachments: Vec<Attachment>,
        /// How the clock goes on.
        resumed: Resumed,
    },
    /// The citizen was told how it stands.
    Progressed {
        /// What was told.
        message: Digest,
    },
    /// The answer was promised for later.
    Extended {
        /// For when.
        due_at: Instant,
        /// Why.
        reason: Digest,
    },
    /// An answer was written for the leader.
    AnswerDrafted {
        /// The answer.
        content: Digest,
        /// The files that came with it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        attachments: Vec<Attachment>,
    },
    /// The drafted answer was sent back.
    AnswerReturned {
        /// Why.
        reason: Digest,
    },
    /// The drafted answer was given to the citizen.
    AnswerApproved {
        /// The event of the draft, which names the answer's words.
        draft: u32,
        /// How the clock went on, where it stood still.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resumed: Option<Resumed>,
    },
    /// It went to another agency.
    Transferred {
        /// Who has it now.
        to: AgencyCode,
        /// Who was meant to have it, where it went to the coordinator instead because it travels.
        asked: Option<AgencyCode>,
        /// Why.
        reason: Digest,
        /// Until when the new agency must acknowledge it; `null` where the calendar ends before.
        receive_due_at: Option<Instant>,
        /// How the clock to answer goes on, where it stood still.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resumed: Option<Resumed>,
    },
    /// The agency gave it back to the coordinator.
    Returned {
        /// Why.
        reason: Digest,
        /// Until when the coordinator must acknowledge it; `null` where the calendar ends before.
        receive_due_at: Option<Instant>,
        /// How the clock to answer goes on, where it stood still.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resumed: Option<Resumed>,
    },
    /// It was answered.
    Answered {
        /// The answer.
        content: Digest,
        /// The files that came with it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        attachments: Vec<Attachment>,
        /// How the clock went on, where it stood still.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resumed: Option<Resumed>,
    },
    /// It was refused.
    Rejected {
        /// The kind of reason.
        code: RejectionCode,
        /// What the citizen is told.
        message: Digest,
    },
    /// The citizen took it back.
    Withdrawn {
        /// Why, if the citizen said so.
        reason: Option<Digest>,
    },
    /// It was put to another petition about the same matter.
    Merged {
        /// The petition that stays.
        into: PetitionId,
        /// Its public code.
        code: PetitionCode,
    },
    /// Another petition about the same matter was put to this one.
    Absorbed {
        /// The other petition.
        petition: PetitionId,
        /// Its public code.
        code: PetitionCode,
    },
    /// A remark was kept.
    Noted {
        /// The remark.
        content: Digest,
    },
    /// It got another field or priority, and the deadlines that go with these.
    Recategorised {
        /// The field it has now.
        category: CategoryCode,
        /// The priority it has now.
        priority: Priority,
        /// The deadlines it has now.
        deadlines: Deadlines,
    },
    /// It is shown to everybody.
    Published {
        /// The title for the public; `null`: the citizen's.
        title: Option<Digest>,
        /// The content for the public; `null`: the citizen's.
        content: Option<Digest>,
    },
    /// It is shown no longer.
    Unpublished {
        /// Why.
        reason: Digest,
    },
    /// The citizen says it is not settled; the answer stops counting, and the clock to answer begins anew.
    Reopened {
        /// Why.
        reason: Digest,
        /// The deadlines it has now.
        deadlines: Deadlines,
    },
    /// The citizen said how the answer was.
    Rated {
        /// How.
        level: RatingLevel,
        /// What else was said.
        comment: Option<Digest>,
    },
    /// It has ended.
    Closed {},
    /// Its deadlines were counted by a calendar that had changed, or that did not reach so far before.
    DeadlinesSet(Deadlines),
    /// Being overdue it rose to somebody who can see to it.
    Escalated {
        /// To whom.
        to: Escalation,
    },
    /// The agency that had it ended, and another has taken over from it: everything else stays as it is.
    CarriedOver {
        /// Who has it now.
        to: AgencyCode,
        /// Why that one.
        basis: Inheritance,
        /// The first day on which the agency that had it was no more.
        ended_on: NaiveDate,
        /// The unit of that time which its place is in, where that was known.
        unit: Option<UnitCode>,
        /// Who has it there: whoever had it before and has gone there too.
        assignee: Option<AccountId>,
    },
    /// Words of it were erased.
    Erased {
        /// Why.
        basis: ErasureBasis,
        /// Which: none of them is beside the log any more.
        texts: Vec<TextKey>,
    },
}

/// How the clock to answer goes on after it stood still.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resumed {
    /// How long it stood still this time, in seconds of office time.
    pub paused_seconds: u32,
    /// Until when the petition must be answered now.
    pub due_at: Option<Instant>,
    /// Why that cannot be said.
    pub gap: Option<CalendarGap>,
}

/// What a submission puts into the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Submitted {
    /// The public code.
    pub code: PetitionCode,
    /// The field.
    pub category: CategoryCode,
    /// The priority.
    pub priority: Priority,
    /// The channel.
    pub channel: Channel,
    /// The place.
    pub place: Place,
    /// The title.
    pub title: Digest,
    /// The content.
    pub content: Digest,
    /// The address as the citizen gave it.
    pub address: Option<Digest>,
    /// The answers to what the field asked besides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attributes: Option<Digest>,
    /// The files that came with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// Whether the sender is hidden from agencies.
    pub hide_identity: bool,
    /// The emergency that its words spoke of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emergency: Option<Emergency>,
    /// How it came, where its sender did not send it by the app or the web page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intake: Option<Intake>,
    /// The desk it went to, and why.
    pub routing: Routing,
    /// Both deadlines.
    pub deadlines: Deadlines,
}

/// The two halves an event's data is stored as.
#[derive(Serialize, Deserialize)]
struct Parts {
    #[serde(rename = "type")]
    kind: String,
    data: serde_json::Value,
}

impl EventData {
    /// Whether staff decided with it which field a petition is of: they gave it that field, or answered it in it.
    pub fn decides_field(&self) -> bool {
        match self {
            Self::Recategorised { .. } | Self::Answered { .. } | Self::AnswerApproved { .. } => true,
            Self::Submitted(_)
            | Self::Received {}
            | Self::Assigned { .. }
            | Self::Started { .. }
            | Self::InformationRequested { .. }
            | Self::Supplemented { .. }
            | Self::Progressed { .. }
            | Self::Extended { .. }
            | Self::AnswerDrafted { .. }
            | Self::AnswerReturned { .. }
            | Self::Transferred { .. }
            | Self::Returned { .. }
            | Self::Rejected { .. }
            | Self::Withdrawn { .. }
            | Self::Merged { .. }
            | Self::Absorbed { .. }
            | Self::Noted { .. }
            | Self::Published { .. }
            | Self::Unpublished { .. }
            | Self::Reopened { .. }
            | Self::Rated { .. }
            | Self::Closed {}
            | Self::DeadlinesSet(_)
            | Self::Escalated { .. }
            | Self::CarriedOver { .. }
            | Self::Erased { .. } => false,
        }
    }

    /// The type, and the particulars as canonical JSON: how the log stores them.
    ///
    /// # Errors
    /// As [`chain::canonical`].
    pub fn to_parts(&self) -> Result<(String, String), serde_json::Error> {
        let Parts { kind, data } = serde_json::from_value(serde_json::to_value(self)?)?;
        Ok((kind, chain::canonical(&data)?))
    }

    /// From what the log stores.
    ///
    /// # Errors
    /// When the type is unknown or the particulars do not fit it.
    pub fn from_parts(kind: &str, data: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_value(serde_json::to_value(Parts {
            kind: kind.to_owned(),
            data: serde_json::from_str(data)?,
        })?)
    }

    /// The files that the event names, and which of its texts they belong to.
    pub fn attachments(&self) -> (Slot, &[Attachment]) {
        match self {
            Self::Submitted(submitted) => (Slot::Content, &submitted.attachments),
            Self::Supplemented { attachments, .. } => (Slot::Content, attachments),
            Self::Answered { attachments, .. } | Self::AnswerDrafted { attachments, .. } => (Slot::Answer, attachments),
            Self::Received {}
            | Self::Assigned { .. }
            | Self::Started { .. }
            | Self::InformationRequested { .. }
            | Self::Progressed { .. }
            | Self::Extended { .. }
            | Self::AnswerReturned { .. }
            | Self::AnswerApproved { .. }
            | Self::Transferred { .. }
            | Self::Returned { .. }
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
            | Self::CarriedOver { .. }
            | Self::Erased { .. } => (Slot::Content, &[]),
        }
    }

    /// The texts that the event names, by slot.
    pub fn digests(&self) -> Vec<(Slot, Digest)> {
        match self {
            Self::Submitted(submitted) => {
                let mut digests = vec![(Slot::Title, submitted.title), (Slot::Content, submitted.content)];
                digests.extend(submitted.address.map(|digest| (Slot::Address, digest)));
                let reference = submitted.intake.as_ref().and_then(|intake| intake.reference);
                digests.extend(reference.map(|digest| (Slot::Reference, digest)));
                digests.extend(submitted.attributes.map(|digest| (Slot::Attributes, digest)));
                digests
            }
            Self::Received {}
            | Self::Assigned { .. }
            | Self::Started { .. }
            | Self::AnswerApproved { .. }
            | Self::Merged { .. }
            | Self::Absorbed { .. }
            | Self::Recategorised { .. }
            | Self::Closed {}
            | Self::DeadlinesSet(_)
            | Self::Escalated { .. }
            | Self::CarriedOver { .. }
            | Self::Erased { .. } => Vec::new(),
            Self::Transferred { reason, .. }
            | Self::Returned { reason, .. }
            | Self::Extended { reason, .. }
            | Self::AnswerReturned { reason }
            | Self::Unpublished { reason }
            | Self::Reopened { reason, .. } => vec![(Slot::Reason, *reason)],
            Self::Answered { content, .. } | Self::AnswerDrafted { content, .. } => vec![(Slot::Answer, *content)],
            Self::Rejected { message, .. } | Self::InformationRequested { message } | Self::Progressed { message } => {
                vec![(Slot::Message, *message)]
            }
            Self::Supplemented { content, .. } => vec![(Slot::Content, *content)],
            Self::Noted { content } => vec![(Slot::Note, *content)],
            Self::Withdrawn { reason } => named(Slot::Reason, reason.as_ref()),
            Self::Rated { comment, .. } => named(Slot::Comment, comment.as_ref()),
            Self::Published { title, content } => {
                [named(Slot::Title, title.as_ref()), named(Slot::Content, content.as_ref())].concat()
            }
        }
    }
}

fn named(slot: Slot, digest: Option<&Digest>) -> Vec<(Slot, Digest)> {
    digest.map(|digest| (slot, *digest)).into_iter().collect()
}
