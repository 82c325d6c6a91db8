//! The hash chain over a petition's events, and the salted digests that stand for people's words in it.
//!
//! `hash = SHA-256(previous hash ‖ canonical form)`, where the previous hash of a petition's first event is 32 zero bytes and
//! the canonical form is RFC 8785 (JSON Canonicalization Scheme) of the event as [`crate::petition::Event`] serialises. The log
//! holds whole numbers, strings, booleans, null, arrays and objects, never a float, so any JCS library gives the same bytes.
//!
//! A person's words are not in the log. An event names them by `SHA-256(salt ‖ UTF-8 of the words)` with a random salt of 16
//! bytes that lies beside the words: erasing words and salt leaves the chain whole and the digest unguessable; changing the
//! words shows.

use std::fmt;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::bytes::hex_bytes;

hex_bytes! {
    /// A SHA-256 value; lower-case hexadecimal in JSON.
    Digest, 32
}

impl Digest {
    /// What the first event of a petition is chained to.
    pub const ZERO: Self = Self([0; 32]);

    /// SHA-256 over several pieces as if they were one.
    pub fn of(pieces: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        for piece in pieces {
            hasher.update(piece);
        }
        Self(hasher.finalize().into())
    }
}

/// The canonical form of a value: RFC 8785.
///
/// # Errors
/// When the value has no JSON form; no event is such a value.
pub fn canonical<T: Serialize>(value: &T) -> Result<String, serde_json::Error> {
    serde_json_canonicalizer::to_string(value)
}

/// The hash of an event, given that of the one before it.
pub fn link(previous: &Digest, canonical_event: &str) -> Digest {
    Digest::of(&[previous.as_bytes(), canonical_event.as_bytes()])
}

/// The salt of one text: 16 random bytes.
pub type Salt = [u8; 16];

/// A person's words with the salt that makes their digest unguessable; they are stored beside the log.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedText {
    salt: Salt,
    words: String,
}

impl SealedText {
    /// Seals words that were normalised before.
    pub fn new(words: String, salt: Salt) -> Self {
        Self { salt, words }
    }

    /// What an event names the words by.
    pub fn digest(&self) -> Digest {
        Digest::of(&[&self.salt, self.words.as_bytes()])
    }

    /// The salt, to be stored with the words.
    pub fn salt(&self) -> &Salt {
        &self.salt
    }

    /// The words.
    pub fn words(&self) -> &str {
        &self.words
    }
}

impl fmt::Debug for SealedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealedText({})", self.digest())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_canonical_form_is_sorted_and_bare() {
        let value = serde_json::json!({"b": 1, "a": {"d": null, "c": "ệ\n"}});
        assert_eq!(canonical(&value).unwrap(), "{\"a\":{\"c\":\"ệ\\n\",\"d\":null},\"b\":1}");
    }

    #[test]
    fn a_link_covers_both_the_event_and_the_one_before() {
        let first = link(&Digest::ZERO, "{}");
        // sha256sum of 32 zero bytes followed by "{}".
        assert_eq!(first.to_string(), "fb1634c4e6cd4b1f1afe3ce2d6ef080f7ac5d1f357d723ad4dfca782733b62db");
        assert_ne!(link(&first, "{}"), first);
        assert_ne!(link(&Digest::ZERO, "{ }"), first);
    }

    #[test]
    fn a_digest_reads_back() {
        let digest = Digest::of(&[b"x"]);
        assert_eq!(serde_json::from_str::<Digest>(&serde_json::to_string(&digest).unwrap()).unwrap(), digest);
        assert!(serde_json::from_str::<Digest>("\"00\"").is_err());
    }

    #[test]
    fn the_salt_matters() {
        let words = "Nguyễn Văn A".to_owned();
        assert_ne!(SealedText::new(words.clone(), [0; 16]).digest(), SealedText::new(words, [1; 16]).digest());
    }
}
