//! A petition's history as it is told.

use domain::{
    account::Role,
    petition::{Event, EventData, Slot},
};
use persistence::{CatalogueDay, Words};
use serde::Serialize;
use utoipa::ToSchema;

use super::{AgencyRef, label::label};
use crate::language::Language;

/// Something that happened.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryEntry {
    /// Its place in the history, from 1.
    seq: u32,
    /// When.
    at: String,
    /// What: `submitted`, `received`, `assigned`, `started`, `information_requested`, `supplemented`, `extended`, `progressed`,
    /// `answer_drafted`, `answer_approved`, `answer_returned`, `transferred`, `returned`, `answered`, `rejected`, `withdrawn`,
    /// `merged`, `absorbed`, `noted`, `recategorised`, `published`, `unpublished`, `reopened`, `rated`, `closed`,
    /// `deadlines_set`, `escalated`, `carried_over`, `erased`.
    #[serde(rename = "type")]
    #[schema(example = "transferred")]
    kind: &'static str,
    /// The same in the language of the answer.
    #[schema(example = "Chuyển đến UBND phường Vũ Ninh")]
    label: String,
    /// The role of who did it; `null` for the system.
    #[schema(value_type = Option<String>, example = "officer")]
    role: Option<Role>,
    /// The agency of who did it.
    agency: Option<AgencyRef>,
    /// The reason, message or answer that came with it.
    text: Option<String>,
}

/// A petition's history.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryView {
    /// Oldest first.
    items: Vec<HistoryEntry>,
    /// Always `null`: a history is given whole.
    next_cursor: Option<()>,
}

/// Who reads a history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// The agency that has it, and the coordinator: everything.
    Staff,
    /// Who sent it: everything but what is the agency's own affair.
    Sender,
    /// Everybody, of a published one: what happened, and the answers; not what people wrote to each other.
    Public,
}

impl HistoryEntry {
    /// An event as that reader is told it, with the words of its petition.
    pub fn new(event: &Event, words: &[Words], reader: Reader, catalogue: &CatalogueDay, language: Language) -> Self {
        Self {
            seq: event.seq,
            at: event.at.to_local_rfc3339(),
            kind: event.data.kind().as_str(),
            label: label(&event.data, reader, catalogue, language),
            role: event.actor.role,
            agency: event.actor.agency.as_ref().map(|code| AgencyRef::of(catalogue, code)),
            text: text(event, words, reader),
        }
    }
}

impl HistoryView {
    /// The history as that reader is told it, from its events and the words they name.
    pub fn new(
        events: &[Event],
        words: &[Words],
        reader: Reader,
        catalogue: &CatalogueDay,
        language: Language,
    ) -> Self {
        let told = events.iter().filter(|event| reader == Reader::Staff || !event.data.is_internal());
        let items = told.map(|event| HistoryEntry::new(event, words, reader, catalogue, language));
        Self { items: items.collect(), next_cursor: None }
    }
}

/// What somebody wrote with an event; what a petition itself says stands with the petition.
fn text(event: &Event, words: &[Words], reader: Reader) -> Option<String> {
    // A draft that was approved is the answer.
    let (seq, slots): (u32, &[Slot]) = match &event.data {
        EventData::AnswerApproved { draft, .. } => (*draft, &[Slot::Answer]),
        EventData::Answered { .. } => (event.seq, &[Slot::Answer]),
        EventData::Submitted(_) | EventData::Published { .. } => return None,
        EventData::Supplemented { .. } => (event.seq, &[Slot::Content]),
        EventData::Received {}
        | EventData::Assigned { .. }
        | EventData::Started { .. }
        | EventData::InformationRequested { .. }
        | EventData::Extended { .. }
        | EventData::Progressed { .. }
        | EventData::AnswerDrafted { .. }
        | EventData::AnswerReturned { .. }
        | EventData::Transferred { .. }
        | EventData::Returned { .. }
        | EventData::Rejected { .. }
        | EventData::Withdrawn { .. }
        | EventData::Merged { .. }
        | EventData::Absorbed { .. }
        | EventData::Noted { .. }
        | EventData::Recategorised { .. }
        | EventData::Unpublished { .. }
        | EventData::Reopened { .. }
        | EventData::Rated { .. }
        | EventData::Closed {}
        | EventData::DeadlinesSet(_)
        | EventData::Escalated { .. }
        | EventData::CarriedOver { .. }
        | EventData::Erased { .. } => {
            (event.seq, &[Slot::Reason, Slot::Message, Slot::Answer, Slot::Comment, Slot::Note])
        }
    };
    let is_answer = slots == [Slot::Answer];
    let found = words.iter().find(|words| words.seq == seq && slots.contains(&words.slot));
    found.filter(|_| reader != Reader::Public || is_answer).map(|words| words.text.clone())
}
