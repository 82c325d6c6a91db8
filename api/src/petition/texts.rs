//! People's words around petitions, looked up once and read by event and slot.

use std::collections::HashMap;

use domain::{id::PetitionId, petition::Slot};
use persistence::Words;

/// Words by petition, event and slot; what was erased is missing.
pub struct Texts(HashMap<(PetitionId, u32, Slot), String>);

impl Texts {
    /// From what the store gave.
    pub fn new(words: Vec<Words>) -> Self {
        let keyed = words.into_iter().map(|Words { petition, seq, slot, text }| ((petition, seq, slot), text));
        Self(keyed.collect())
    }

    /// The words of one slot of an event.
    pub fn get(&self, petition: PetitionId, seq: u32, slot: Slot) -> Option<String> {
        self.0.get(&(petition, seq, slot)).cloned()
    }

    /// The same, to look at.
    pub fn borrowed(&self, petition: PetitionId, seq: u32, slot: Slot) -> Option<&str> {
        self.0.get(&(petition, seq, slot)).map(String::as_str)
    }

    /// Title or content as the sender wrote it.
    pub fn own(&self, petition: PetitionId, slot: Slot) -> Option<String> {
        self.get(petition, 1, slot)
    }

    /// Title or content as everybody reads it: in the wording of the event that published it, where that has one of its own.
    pub fn public(&self, petition: PetitionId, published: Option<u32>, slot: Slot) -> Option<String> {
        let worded = published.and_then(|seq| self.get(petition, seq, slot));
        worded.or_else(|| self.own(petition, slot))
    }
}

/// Title and content as one text, for comparing.
pub fn joined(title: Option<String>, content: Option<String>) -> String {
    format!("{}\n{}", title.unwrap_or_default(), content.unwrap_or_default())
}
