//! What happened. Names and fields here are stored for ever: add, never rename.

use serde::{Deserialize, Serialize};

use super::{code::PetitionCode, command::RejectionCode, state::Place};
use crate::{
    account::{Actor, Role},
    catalogue::{Channel, Priority},
    chain::{self, Digest},
    code::{AgencyCode, CategoryCode},
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
        /// The reason of a transfer, return or withdrawal.
        Reason = "reason",
        /// The answer.
        Answer = "answer",
        /// What the citizen is told with a rejection.
        Message = "message",
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
    /// An officer began.
    Started {},
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
    },
    /// The agency gave it back to the coordinator.
    Returned {
        /// Why.
        reason: Digest,
        /// Until when the coordinator must acknowledge it; `null` where the calendar ends before.
        receive_due_at: Option<Instant>,
    },
    /// It was answered.
    Answered {
        /// The answer.
        content: Digest,
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
    /// It was given deadlines that the calendar did not allow before.
    DeadlinesSet(Deadlines),
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
    /// Whether the sender is hidden from agencies.
    pub hide_identity: bool,
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

    /// The texts that the event names, by slot.
    pub fn digests(&self) -> Vec<(Slot, Digest)> {
        match self {
            Self::Submitted(submitted) => {
                let mut digests = vec![(Slot::Title, submitted.title), (Slot::Content, submitted.content)];
                digests.extend(submitted.address.map(|digest| (Slot::Address, digest)));
                digests
            }
            Self::Received {} | Self::Started {} | Self::DeadlinesSet(_) => Vec::new(),
            Self::Transferred { reason, .. } | Self::Returned { reason, .. } => vec![(Slot::Reason, *reason)],
            Self::Answered { content } => vec![(Slot::Answer, *content)],
            Self::Rejected { message, .. } => vec![(Slot::Message, *message)],
            Self::Withdrawn { reason } => reason.map(|digest| (Slot::Reason, digest)).into_iter().collect(),
        }
    }
}
