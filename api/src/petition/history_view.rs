//! A petition's history as it is told.

use domain::{
    account::Role,
    petition::{Event, EventData, Slot},
    time::Instant,
};
use persistence::{CatalogueDay, Words};
use serde::Serialize;
use utoipa::ToSchema;

use super::AgencyRef;
use crate::{app::agency_name, language::Language};

/// Something that happened.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryEntry {
    /// Its place in the history, from 1.
    seq: u32,
    /// When.
    at: String,
    /// What: `submitted`, `received`, `started`, `transferred`, `returned`, `answered`, `rejected`, `withdrawn`,
    /// `deadlines_set`.
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

impl HistoryView {
    /// The history from its events and the words they name.
    pub fn new(events: &[Event], words: &[Words], catalogue: &CatalogueDay, language: Language) -> Self {
        let items = events.iter().map(|event| HistoryEntry {
            seq: event.seq,
            at: event.at.to_local_rfc3339(),
            kind: kind(&event.data),
            label: label(&event.data, catalogue, language),
            role: event.actor.role,
            agency: event.actor.agency.as_ref().map(|code| AgencyRef::of(catalogue, code)),
            text: words
                .iter()
                .find(|words| {
                    words.seq == event.seq && !matches!(words.slot, Slot::Title | Slot::Content | Slot::Address)
                })
                .map(|words| words.text.clone()),
        });
        Self { items: items.collect(), next_cursor: None }
    }
}

fn kind(data: &EventData) -> &'static str {
    match data {
        EventData::Submitted(_) => "submitted",
        EventData::Received {} => "received",
        EventData::Started {} => "started",
        EventData::Transferred { .. } => "transferred",
        EventData::Returned { .. } => "returned",
        EventData::Answered { .. } => "answered",
        EventData::Rejected { .. } => "rejected",
        EventData::Withdrawn { .. } => "withdrawn",
        EventData::DeadlinesSet(_) => "deadlines_set",
    }
}

fn label(data: &EventData, catalogue: &CatalogueDay, language: Language) -> String {
    match data {
        EventData::Submitted(submitted) => {
            let agency = agency_name(catalogue, &submitted.routing.agency);
            match language {
                Language::Vietnamese => format!("Đã gửi, chuyển đến {agency}"),
                Language::English => format!("Sent, routed to {agency}"),
            }
        }
        EventData::Received {} => language.choose("Đã tiếp nhận", "Received").to_owned(),
        EventData::Started {} => language.choose("Bắt đầu xử lý", "Work has begun").to_owned(),
        EventData::Transferred { to, asked, .. } => {
            let to = agency_name(catalogue, to);
            match (asked.as_ref().map(|asked| agency_name(catalogue, asked)), language) {
                (None, Language::Vietnamese) => format!("Chuyển đến {to}"),
                (None, Language::English) => format!("Passed to {to}"),
                (Some(asked), Language::Vietnamese) => {
                    format!("Đề nghị chuyển đến {asked}; đã qua nhiều nơi nên chuyển về {to}")
                }
                (Some(asked), Language::English) => format!("Meant for {asked}; having travelled, it went to {to}"),
            }
        }
        EventData::Returned { .. } => {
            language.choose("Trả lại cơ quan điều phối", "Given back to the coordinator").to_owned()
        }
        EventData::Answered { .. } => language.choose("Đã trả lời", "Answered").to_owned(),
        EventData::Rejected { .. } => language.choose("Từ chối", "Rejected").to_owned(),
        EventData::Withdrawn { .. } => language.choose("Người gửi rút phản ánh", "Taken back by the sender").to_owned(),
        EventData::DeadlinesSet(deadlines) => {
            let due = deadlines.answer.map(Instant::to_local_rfc3339).unwrap_or_else(|| "–".to_owned());
            match language {
                Language::Vietnamese => format!("Xác định hạn trả lời: {due}"),
                Language::English => format!("Deadline set: {due}"),
            }
        }
    }
}
