//! Erasing people's words (Law 91/2025/QH15, the right to have data deleted).
//!
//! Words lie beside the log, and an event names them by a salted digest. An erasure is an event too, and names every text that is
//! gone from then on: so a chain stays whole, rates stay what they were, and a text that was erased can be told from one that was
//! lost.

use serde::{Deserialize, Serialize};

use super::{
    decide::Decision,
    event::{Event, EventData, Slot},
    state::Petition,
};
use crate::{account::Actor, personal::Person, time::Instant, vocabulary::vocabulary};

vocabulary! {
    /// Why words are erased.
    ErasureBasis {
        /// The person asked for it.
        Request = "request",
        /// They were kept for as long as they may be.
        Retention = "retention",
    }
}

/// The key of a text beside the log, within its petition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TextKey {
    /// The event that names it.
    pub seq: u32,
    /// Which of its texts.
    pub slot: Slot,
}

/// Everything that a history names and no erasure has taken yet.
pub fn texts_left(events: &[Event]) -> Vec<TextKey> {
    let mut left: Vec<TextKey> = Vec::new();
    for event in events {
        if let EventData::Erased { texts, .. } = &event.data {
            left.retain(|text| !texts.contains(text));
        }
        left.extend(event.data.digests().into_iter().map(|(slot, _)| TextKey { seq: event.seq, slot }));
    }
    left
}

/// The texts of a petition that go when its sender's data are erased: all of them, whoever wrote them. An answer, a note, a reason
/// may say the name or repeat the words, and is about nobody but the sender.
///
/// One stays: the answer that stands, where other people's petitions were put to this one, since it is theirs as well, unless
/// it names the person. `words` gives a text by its key.
pub fn texts_to_erase<'a>(
    petition: &Petition,
    events: &[Event],
    person: &Person,
    words: impl Fn(TextKey) -> Option<&'a str>,
) -> Vec<TextKey> {
    let shared = petition.answer.filter(|_| petition.absorbed > 0);
    let stays = |text: &TextKey| {
        shared.is_some_and(|answer| (text.seq, text.slot) == (answer.seq, Slot::Answer))
            && words(*text).is_none_or(|words| !person.is_named_in(words))
    };
    texts_left(events).into_iter().filter(|text| !stays(text)).collect()
}

/// Decides that those texts of a petition are gone; `None` where there are none. It is shown to the public no longer: there is nothing
/// left to be shown. Nothing else about it changes, so neither does any rate.
pub fn erase(
    petition: &Petition,
    texts: Vec<TextKey>,
    basis: ErasureBasis,
    actor: &Actor,
    now: Instant,
) -> Option<Decision> {
    if texts.is_empty() {
        return None;
    }
    let at = now.max(petition.updated_at);
    let data = EventData::Erased { basis, texts };
    let event = Event { petition: petition.id, seq: petition.version + 1, at, actor: actor.into(), data };
    Some(Decision { event, words: Vec::new() })
}
