//! What is signed, and how one seal follows another.

use serde::{Deserialize, Serialize};

use super::Contents;
use crate::{
    bytes::hex_bytes,
    chain::{Digest, canonical},
    time::Instant,
};

hex_bytes! {
    /// An Ed25519 public key (RFC 8032); lower-case hexadecimal in JSON.
    PublicKey, 32
}

hex_bytes! {
    /// An Ed25519 signature (RFC 8032); lower-case hexadecimal in JSON.
    Signature, 64
}

/// What a seal says. Its RFC 8785 form is signed, and the next one names it by the SHA-256 of that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// From 1, without gaps.
    pub number: u64,
    /// When it was made.
    pub sealed_at: Instant,
    /// The place in the log up to which everything is sealed, as the store names it. What lies before it never changes.
    pub upto: String,
    /// How many petitions have an event up to there.
    pub petitions: u64,
    /// The root of the tree over them.
    pub root: Digest,
    /// The digest of the statement before; zeros in the first.
    pub previous: Digest,
    /// The key that signs it.
    pub public_key: PublicKey,
}

/// A statement and its signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// What it says.
    pub statement: Statement,
    /// By the key that the statement names.
    pub signature: Signature,
}

impl Statement {
    /// What is to be signed after the statement before. A clock that was set back does not make it older than that one.
    ///
    /// # Errors
    /// When the statement before has no canonical form; every statement has one.
    pub fn after(
        before: Option<&Self>,
        upto: String,
        contents: &Contents,
        public_key: PublicKey,
        now: Instant,
    ) -> Result<Self, serde_json::Error> {
        Ok(Self {
            number: before.map_or(1, |before| before.number + 1),
            sealed_at: before.map_or(now, |before| now.max(before.sealed_at)),
            upto,
            petitions: contents.petitions,
            root: contents.blocks.root(),
            previous: before.map_or(Ok(Digest::ZERO), Self::digest)?,
            public_key,
        })
    }

    /// The text that is signed: the RFC 8785 form.
    ///
    /// # Errors
    /// When it has none; every statement has one.
    pub fn canonical(&self) -> Result<String, serde_json::Error> {
        canonical(self)
    }

    /// What the next statement names it by.
    ///
    /// # Errors
    /// As [`Self::canonical`].
    pub fn digest(&self) -> Result<Digest, serde_json::Error> {
        Ok(Digest::of(&[self.canonical()?.as_bytes()]))
    }

    /// Whether it follows from the one before.
    ///
    /// # Errors
    /// How it does not.
    pub fn follows(&self, before: Option<&Self>) -> Result<(), Flaw> {
        let expected = before.map_or(1, |before| before.number + 1);
        if self.number != expected {
            return Err(Flaw::Missing { first: expected, last: self.number.saturating_sub(1) });
        }
        let previous = before.map_or(Ok(Digest::ZERO), Self::digest);
        if previous.ok() != Some(self.previous) {
            return Err(Flaw::Unchained);
        }
        if before.is_some_and(|before| self.sealed_at < before.sealed_at) {
            return Err(Flaw::Older);
        }
        Ok(())
    }
}

/// Why a seal does not follow from the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// There are seals between them that are gone.
    #[error("the seals from {first} to {last} are missing before it")]
    Missing {
        /// The first that is gone.
        first: u64,
        /// The last.
        last: u64,
    },
    /// It names another statement before it.
    #[error("it is not chained to the seal before it")]
    Unchained,
    /// It claims to be older than the one before it.
    #[error("it is older than the seal before it")]
    Older,
}

/// Whether a seal is due: none was made since the last local day of Việt Nam ended. Days on which there was nobody to make one
/// get one together.
pub fn is_due(last: Option<&Statement>, now: Instant) -> bool {
    last.is_none_or(|last| last.sealed_at.local_date() < now.local_date())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        Instant::parse(text).unwrap()
    }

    fn statement(before: Option<&Statement>, now: &str) -> Statement {
        let key = PublicKey::from_bytes(&[7; 32]).unwrap();
        Statement::after(before, "0-12".to_owned(), &Contents::default(), key, at(now)).unwrap()
    }

    #[test]
    fn the_signed_text_is_what_the_document_says() {
        let first = statement(None, "2026-11-25T00:00:09+07:00");
        assert_eq!(
            first.canonical().unwrap(),
            concat!(
                r#"{"number":1,"petitions":0,"previous":"0000000000000000000000000000000000000000000000000000000000000000","#,
                r#""public_key":"0707070707070707070707070707070707070707070707070707070707070707","#,
                r#""root":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","#,
                r#""sealed_at":"2026-11-24T17:00:09.000000Z","upto":"0-12"}"#
            )
        );
    }

    #[test]
    fn each_follows_from_the_one_before() {
        let first = statement(None, "2026-11-25");
        let second = statement(Some(&first), "2026-11-26");
        let third = statement(Some(&second), "2026-11-20");
        assert_eq!((second.number, third.number, third.sealed_at), (2, 3, at("2026-11-26")), "a clock set back");
        assert_eq!(first.follows(None), Ok(()));
        assert_eq!(second.follows(Some(&first)), Ok(()));
        assert_eq!(third.follows(Some(&second)), Ok(()));
        assert_eq!(third.follows(Some(&first)), Err(Flaw::Missing { first: 2, last: 2 }));
        assert_eq!(second.follows(None), Err(Flaw::Missing { first: 1, last: 1 }));
        let changed = Statement { petitions: 1, ..first.clone() };
        assert_eq!(second.follows(Some(&changed)), Err(Flaw::Unchained));
        let older = Statement { sealed_at: at("2026-11-24"), ..second };
        assert_eq!(older.follows(Some(&first)), Err(Flaw::Older));
    }

    #[test]
    fn a_day_is_sealed_once_it_is_over() {
        let last = statement(None, "2026-11-25T23:59:59+07:00");
        assert!(is_due(None, at("2026-11-25")));
        assert!(!is_due(Some(&last), at("2026-11-25T23:59:59.9+07:00")));
        assert!(!is_due(Some(&last), at("2026-11-20")), "a clock set back");
        for later in ["2026-11-26", "2026-11-26T00:00:01+07:00", "2026-12-24"] {
            assert!(is_due(Some(&last), at(later)), "{later}");
        }
        let next = statement(Some(&last), "2026-11-26T00:00:30+07:00");
        assert!(!is_due(Some(&next), at("2026-11-26T12:00:00+07:00")), "one seal, however many days it is for");
    }
}
