//! What agencies did, one deed at a time: what signs ([`super::Sign`]) are counted from.
//!
//! A deed says what was, never whether it is a sign: how long the answer took, how long it is, how much time was left. So a
//! threshold may change without a store having to read the log again.

use chrono::TimeDelta;

use super::standing::Heading;
use crate::{
    chain::Digest,
    code::AgencyCode,
    petition::{Event, EventData, Petition, Resumed, Unfit},
    text::fold,
    time::Instant,
};

/// Something that an agency did to a petition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// The event it was.
    pub seq: u32,
    /// When.
    pub at: Instant,
    /// When the petition was sent.
    pub submitted_at: Instant,
    /// Under what it counts: the agency that did it, whoever has the petition later; the rest as it was just before.
    pub heading: Heading,
    /// The agency that had the petition just before. It is not the one that did it where the coordinator did.
    pub holder: AgencyCode,
    /// What.
    pub act: Act,
}

/// What an agency did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// It gave an answer, its officer's own or a draft that its leader approved.
    Answered {
        /// How long after it took the petition up: after it acknowledged it, or after the citizen reopened it.
        waited: TimeDelta,
        /// What its words are like; `None` once they were erased.
        text: Option<AnswerText>,
        /// When the citizen reopened the petition because of it.
        reopened_at: Option<Instant>,
    },
    /// It promised the answer for later.
    Extended,
    /// It passed the petition on or gave it back.
    SentAway {
        /// How long before the deadline to answer, negative after it; `None` without one.
        time_left: Option<TimeDelta>,
    },
    /// It put the petition into another field. Another priority in the same field is no such deed.
    Recategorised,
}

/// What an answer's words are like, as far as signs look at them. It says too little to read a word from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnswerText {
    /// How many characters it has (Unicode scalar values after NFC).
    pub length: u32,
    /// By what it is told from the agency's other answers.
    pub print: TextPrint,
}

/// A fingerprint of a text: 64 bits of SHA-256 over the agency and the folded text. The same words (marks, case and white space
/// aside) of one agency have the same; of two agencies they have not, so nothing can be linked across agencies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextPrint(i64);

impl TextPrint {
    /// From [`Self::number`].
    pub fn from_number(number: i64) -> Self {
        Self(number)
    }

    /// The fingerprint as a store keeps it.
    pub fn number(self) -> i64 {
        self.0
    }
}

impl AnswerText {
    /// What that answer of that agency is like.
    pub fn of(words: &str, agency: &AgencyCode) -> Self {
        // No code has a zero byte, so no agency's words can pass for another's.
        let digest = Digest::of(&[agency.as_str().as_bytes(), &[0], fold(words).as_bytes()]);
        let [a, b, c, d, e, f, g, h, ..] = *digest.as_bytes();
        Self {
            length: u32::try_from(words.chars().count()).unwrap_or(u32::MAX),
            print: TextPrint(i64::from_be_bytes([a, b, c, d, e, f, g, h])),
        }
    }
}

/// What agencies did in a history, one petition's events in their order. `words` gives the words of the answer that an event
/// names, and nothing where they were erased.
///
/// # Errors
/// [`Unfit`] when the events are no history.
pub fn deeds<'a>(events: &[Event], words: impl Fn(u32) -> Option<&'a str>) -> Result<Vec<Deed>, Unfit> {
    let (first, later) = events.split_first().ok_or(Unfit::Empty)?;
    let mut petition = Petition::begin(first)?;
    let mut taken_up_at = first.at;
    let mut deeds: Vec<Deed> = Vec::new();
    for event in later {
        let answered = |named_by: u32, agency: &AgencyCode| Act::Answered {
            waited: event.at.since(taken_up_at),
            text: words(named_by).map(|words| AnswerText::of(words, agency)),
            reopened_at: None,
        };
        // Without an agency it was a citizen, or the system.
        let act = event.actor.agency.as_ref().and_then(|agency| match &event.data {
            EventData::Answered { .. } => Some(answered(event.seq, agency)),
            EventData::AnswerApproved { draft, .. } => Some(answered(*draft, agency)),
            EventData::Extended { .. } => Some(Act::Extended),
            EventData::Transferred { resumed, .. } | EventData::Returned { resumed, .. } => {
                Some(sent_away(&petition, event.at, resumed.as_ref()))
            }
            EventData::Recategorised { category, .. } => (*category != petition.category).then_some(Act::Recategorised),
            EventData::Submitted(_)
            | EventData::Received {}
            | EventData::Assigned { .. }
            | EventData::Started { .. }
            | EventData::InformationRequested { .. }
            | EventData::Supplemented { .. }
            | EventData::Progressed { .. }
            | EventData::AnswerDrafted { .. }
            | EventData::AnswerReturned { .. }
            | EventData::Rejected { .. }
            | EventData::Withdrawn { .. }
            | EventData::Merged { .. }
            | EventData::Absorbed { .. }
            | EventData::Noted { .. }
            | EventData::Published { .. }
            | EventData::Unpublished { .. }
            | EventData::Reopened { .. }
            | EventData::Rated { .. }
            | EventData::Closed {}
            | EventData::DeadlinesSet(_)
            | EventData::Escalated { .. }
            | EventData::CarriedOver { .. }
            | EventData::Erased { .. } => None,
        });
        if let Some((act, agency)) = act.zip(event.actor.agency.clone()) {
            deeds.push(Deed {
                seq: event.seq,
                at: event.at,
                submitted_at: petition.submitted_at,
                heading: Heading { agency, ..Heading::of(&petition) },
                holder: petition.holder.clone(),
                act,
            });
        }
        if matches!(event.data, EventData::Reopened { .. }) {
            reopen(&mut deeds, event.at);
        }
        if matches!(event.data, EventData::Received {} | EventData::Reopened { .. }) {
            taken_up_at = event.at;
        }
        petition.apply(event)?;
    }
    Ok(deeds)
}

/// How a petition was sent away. The clock to answer goes on with it, so a question that stopped it hides no deadline.
fn sent_away(petition: &Petition, at: Instant, resumed: Option<&Resumed>) -> Act {
    let due = resumed.map_or(petition.deadlines.answer, |resumed| resumed.due_at);
    Act::SentAway { time_left: due.map(|due| due.since(at)) }
}

/// The answer that the citizen was not content with is the last.
fn reopen(deeds: &mut [Deed], at: Instant) {
    let last = deeds.iter_mut().rev().find_map(|deed| match &mut deed.act {
        Act::Answered { reopened_at, .. } => Some(reopened_at),
        Act::Extended | Act::SentAway { .. } | Act::Recategorised => None,
    });
    if let Some(reopened_at) = last {
        *reopened_at = Some(at);
    }
}
