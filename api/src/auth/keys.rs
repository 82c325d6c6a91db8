//! The key pairs that sign access tokens, kept in the data folder.
//!
//! A key's file is named by the second from which it signs: `access-token.1764115200.ed25519.p8`, the very first without a number.
//! So a rotation is a file that appears (`pakn keys rotate`), and every server on the folder does the same by its clock: it
//! publishes the new key as soon as it sees it, signs with it from that second on, and accepts the one before until no token of
//! it is good any more. Whoever keeps the published keys for as long as they are told to never meets a token of a key they do not
//! know. Nobody is signed out: refresh tokens are not signed.
//!
//! A key that somebody else may have is replaced by one whose name ends in `.only`: from its second on no other is accepted.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use arc_swap::ArcSwap;
use domain::time::Instant;
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey,
    jwk::{Jwk, JwkSet, KeyOperations, PublicKeyUse, ThumbprintHash},
};

use super::{known::KnownTokens, token::ACCESS_TOKEN_LIFE};
use crate::{
    clock,
    key_file::{self, KeyError},
};

const NAME: &str = "access-token";
const SUFFIX: &str = ".ed25519.p8";

/// For how long those who check tokens may keep the published keys.
pub(super) const PUBLISHED_FOR: Duration = Duration::from_secs(300);

/// How often a server looks whether there is another key.
pub(crate) const POLL: Duration = Duration::from_secs(20);

/// How long before it signs a new key is published: as long as the published keys are kept, and until every server has seen it.
const LEAD: Duration = Duration::from_secs(600);

/// The same where the present key may be in wrong hands: every server has seen the new one by then, others may have to look again.
const SHORT_LEAD: Duration = Duration::from_secs(60);

/// How long after its last token has ended a key is still accepted: servers' clocks differ.
const GRACE: Duration = Duration::from_secs(60);

/// One key pair.
struct Key {
    file: PathBuf,
    /// From which second since 1970 it signs.
    signs_from: u64,
    /// Whether no other is accepted from then on.
    only: bool,
    kid: String,
    encoding: Arc<EncodingKey>,
    decoding: Arc<DecodingKey>,
    jwk: Jwk,
}

/// The signing keys.
pub struct Keys {
    data_dir: PathBuf,
    /// By the second from which they sign, the first first; never empty.
    ring: ArcSwap<Vec<Key>>,
    /// Tokens of them that were checked.
    pub(super) known: KnownTokens,
}

/// A key as an operator is shown it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyStanding {
    /// Its id, as tokens name it.
    pub kid: String,
    /// From when it signs, in seconds since 1970; 0 for the first.
    pub signs_from: u64,
    /// Whether it is the one that signs now.
    pub signs: bool,
}

fn seconds(at: Instant) -> u64 {
    at.unix_millis() / 1000
}

/// From which second the key of that file signs, and whether alone; `None` for a file of another kind.
fn named(file: &str) -> Option<(u64, bool)> {
    let rest = file.strip_prefix(NAME)?.strip_suffix(SUFFIX)?;
    if rest.is_empty() {
        return Some((0, false));
    }
    let rest = rest.strip_prefix('.')?;
    let (number, only) = rest.strip_suffix(".only").map_or((rest, false), |number| (number, true));
    number.parse().ok().map(|second| (second, only))
}

impl Key {
    fn read(file: PathBuf, signs_from: u64, only: bool) -> Result<Self, KeyError> {
        let der = fs::read(&file).map_err(KeyError::file(&file))?;
        let unusable = |error: &dyn std::fmt::Display| KeyError::Key(error.to_string());
        let encoding = EncodingKey::from_ed_der(&der);
        let mut jwk = Jwk::from_encoding_key(&encoding, Algorithm::EdDSA).map_err(|error| unusable(&error))?;
        let kid = jwk.thumbprint(ThumbprintHash::SHA256).map_err(|error| unusable(&error))?;
        jwk.common.key_id = Some(kid.clone());
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        jwk.common.key_operations = Some(vec![KeyOperations::Verify]);
        let decoding = Arc::new(DecodingKey::from_jwk(&jwk).map_err(|error| unusable(&error))?);
        Ok(Self { file, signs_from, only, kid, encoding: Arc::new(encoding), decoding, jwk })
    }
}

/// The files of keys, by the second from which they sign.
fn files(data_dir: &Path) -> Result<Vec<(u64, bool, PathBuf)>, KeyError> {
    let folder = key_file::folder(data_dir);
    let entries = match fs::read_dir(&folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(KeyError::file(&folder))?,
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(KeyError::file(&folder))?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        if let Some((signs_from, only)) = name.and_then(named) {
            files.push((signs_from, only, path));
        }
    }
    files.sort();
    Ok(files)
}

/// The keys that are still good for something at that second, with those to come: a key ends when the one after it has signed for
/// as long as a token lives.
fn living(ring: &[Key], now: u64) -> impl Iterator<Item = &Key> {
    let after_last_token = ACCESS_TOKEN_LIFE.as_secs() + GRACE.as_secs();
    ring.iter().enumerate().filter_map(move |(place, key)| {
        let mut later = ring.iter().skip(place + 1).filter(|other| other.signs_from <= now);
        let ended = later.any(|other| other.only || other.signs_from.saturating_add(after_last_token) <= now);
        (!ended).then_some(key)
    })
}

impl Keys {
    /// Reads the keys of a data folder; makes one where there is none.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn open(data_dir: &Path) -> Result<Self, KeyError> {
        if files(data_dir)?.is_empty() {
            key_file::open(data_dir, NAME)?;
        }
        let keys = Self { data_dir: data_dir.to_owned(), ring: ArcSwap::default(), known: KnownTokens::default() };
        keys.read_again()?;
        Ok(keys)
    }

    /// Looks whether there are other keys than before; takes away those that are good for nothing any more.
    ///
    /// # Errors
    /// [`KeyError`]; the keys in memory then stay.
    pub fn read_again(&self) -> Result<(), KeyError> {
        let now = seconds(clock::now());
        let held = self.ring.load();
        let files = files(&self.data_dir)?;
        let same = held.iter().map(|key| &key.file).eq(files.iter().map(|(.., file)| file));
        if !same || held.is_empty() {
            let read = files.into_iter().map(|(signs_from, only, file)| Key::read(file, signs_from, only));
            let ring: Vec<Key> = read.collect::<Result<_, _>>()?;
            if ring.is_empty() {
                return Err(KeyError::Key("all of them are gone from the data folder".to_owned()));
            }
            self.ring.store(Arc::new(ring));
        }
        let ring = self.ring.load();
        let kept: Vec<&str> = living(&ring, now).map(|key| key.kid.as_str()).collect();
        for key in ring.iter().filter(|key| !kept.contains(&key.kid.as_str())) {
            match fs::remove_file(&key.file) {
                // Another server was faster.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                done => done.map_err(KeyError::file(&key.file))?,
            }
        }
        Ok(())
    }

    /// Makes a key that will sign, and says from when (seconds since 1970); with `compromised` no other is accepted from then on.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn rotate(data_dir: &Path, compromised: bool) -> Result<u64, KeyError> {
        // Where there was none, the first one signs until then.
        let keys = Self::open(data_dir)?;
        let newest = keys.ring.load().iter().map(|key| key.signs_from).max().unwrap_or(0);
        let lead = if compromised { SHORT_LEAD } else { LEAD };
        // Never before one that was made before it, nor in the same second.
        let signs_from = (seconds(clock::now()) + lead.as_secs()).max(newest + 1);
        let only = if compromised { ".only" } else { "" };
        key_file::open(data_dir, &format!("{NAME}.{signs_from}{only}"))?;
        Ok(signs_from)
    }

    /// All keys that are still good for something.
    pub fn standing(&self) -> Vec<KeyStanding> {
        let (ring, now) = (self.ring.load(), seconds(clock::now()));
        let signing = self.kid();
        let standing =
            |key: &Key| KeyStanding { kid: key.kid.clone(), signs_from: key.signs_from, signs: key.kid == signing };
        living(&ring, now).map(standing).collect()
    }

    fn signing<T>(&self, now: Instant, take: impl Fn(&Key) -> T) -> Option<T> {
        let ring = self.ring.load();
        // Should none sign yet, the first one does.
        let signing = ring.iter().rev().find(|key| key.signs_from <= seconds(now)).or_else(|| ring.first());
        signing.map(take)
    }

    /// The id of the key that signs now.
    pub fn kid(&self) -> String {
        self.signing(clock::now(), |key| key.kid.clone()).unwrap_or_default()
    }

    /// The key that signs at that instant, and its id.
    pub(super) fn signing_at(&self, now: Instant) -> Option<(String, Arc<EncodingKey>)> {
        self.signing(now, |key| (key.kid.clone(), Arc::clone(&key.encoding)))
    }

    /// The private half of the key that signs now.
    ///
    /// # Errors
    /// [`KeyError`] where there is none; [`Self::open`] makes one.
    pub fn encoding(&self) -> Result<Arc<EncodingKey>, KeyError> {
        let signing = self.signing_at(clock::now()).map(|(_, key)| key);
        signing.ok_or_else(|| KeyError::Key("there is none".to_owned()))
    }

    /// The public half of the key of that id, if its tokens are accepted.
    pub(super) fn decoding(&self, kid: &str) -> Option<Arc<DecodingKey>> {
        let ring = self.ring.load();
        let mut living = living(&ring, seconds(clock::now()));
        living.find(|key| key.kid == kid).map(|key| Arc::clone(&key.decoding))
    }

    /// The public halves, as published: also of the key that will sign next.
    pub fn published(&self) -> JwkSet {
        let ring = self.ring.load();
        JwkSet { keys: living(&ring, seconds(clock::now())).map(|key| key.jwk.clone()).collect() }
    }
}

#[cfg(test)]
mod tests {
    use domain::{
        account::Login,
        chain::Digest,
        id::{AccountId, SessionId},
    };
    use persistence::Account;

    use super::*;
    use crate::problem::Code;

    /// A key that signs from that second on, as if it had been made long ago.
    fn made(folder: &Path, name: &str) -> String {
        key_file::open(folder, &format!("{NAME}{name}")).unwrap();
        let file = key_file::folder(folder).join(format!("{NAME}{name}{SUFFIX}"));
        Key::read(file, 0, false).unwrap().kid
    }

    fn living_at(keys: &Keys, now: u64) -> Vec<String> {
        living(&keys.ring.load(), now).map(|key| key.kid.clone()).collect()
    }

    fn signing_at(keys: &Keys, second: i64) -> String {
        keys.signing_at(Instant::from_micros(second * 1_000_000).unwrap()).unwrap().0
    }

    #[test]
    fn a_key_is_published_signs_and_ends_by_its_seconds() {
        let folder = tempfile::tempdir().unwrap();
        let far = seconds(clock::now()) + 1_000_000;
        let first = made(folder.path(), "");
        let second = made(folder.path(), &format!(".{far}"));
        let keys = Keys::open(folder.path()).unwrap();
        assert_eq!((keys.kid(), keys.published().keys.len()), (first.clone(), 2), "published before it signs");
        let at = i64::try_from(far).unwrap();
        assert_eq!((signing_at(&keys, at - 1), signing_at(&keys, at)), (first.clone(), second.clone()));
        assert_eq!(living_at(&keys, far + 900), [first, second.clone()], "its tokens are good for fifteen minutes");
        assert_eq!(living_at(&keys, far + 960), [second]);
    }

    #[test]
    fn a_key_in_wrong_hands_ends_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let far = seconds(clock::now()) + 1_000_000;
        let first = made(folder.path(), "");
        let only = made(folder.path(), &format!(".{far}.only"));
        let keys = Keys::open(folder.path()).unwrap();
        assert_eq!(living_at(&keys, far - 1), [first, only.clone()]);
        assert_eq!(living_at(&keys, far), [only]);
    }

    #[test]
    fn a_token_that_is_known_ends_with_its_key_and_with_its_time() {
        let folder = tempfile::tempdir().unwrap();
        let (keys, now) = (Keys::open(folder.path()).unwrap(), clock::now());
        let id = AccountId::new(now, &[1; 10]);
        let account = Account::citizen(id, Login::phone("0912345678").unwrap(), String::new(), String::new(), now);
        let token = keys.sign(&account, SessionId::new(now, &[2; 10]), now).unwrap();
        let digest = Digest::of(&[token.as_bytes()]);
        assert!(keys.known.get(&digest).is_none());
        assert_eq!(keys.verify(&token).unwrap().account, id);
        let known = keys.known.get(&digest).unwrap();
        assert_eq!(keys.verify(&token).unwrap().account, id);
        // Five seconds later than its fifteen minutes, as for one that was never seen.
        let after = |seconds| now.plus(chrono::Duration::seconds(seconds));
        assert_eq!((known.has_ended(after(905)), known.has_ended(after(906))), (false, true));
        // Its key ends, as one in wrong hands does.
        made(folder.path(), &format!(".{}.only", seconds(now) - 1));
        keys.read_again().unwrap();
        assert!(keys.known.get(&digest).is_some());
        assert_eq!(keys.verify(&token).unwrap_err().code, Code::InvalidToken);
    }

    #[test]
    fn what_is_good_for_nothing_is_taken_away() {
        let folder = tempfile::tempdir().unwrap();
        let past = seconds(clock::now()) - 2_000;
        made(folder.path(), "");
        let second = made(folder.path(), &format!(".{past}"));
        let keys = Keys::open(folder.path()).unwrap();
        assert_eq!(files(folder.path()).unwrap().len(), 1);
        assert_eq!((keys.kid(), keys.standing().len()), (second, 1));
        // Read again without it.
        keys.read_again().unwrap();
        assert_eq!(keys.ring.load().len(), 1);
    }

    #[test]
    fn a_rotation_is_never_earlier_than_the_one_before() {
        let folder = tempfile::tempdir().unwrap();
        let first = Keys::rotate(folder.path(), false).unwrap();
        let second = Keys::rotate(folder.path(), true).unwrap();
        assert!(second > first && first >= seconds(clock::now()) + 590);
        assert_eq!(Keys::open(folder.path()).unwrap().standing().len(), 3);
        for (file, meant) in [
            ("access-token.ed25519.p8", Some((0, false))),
            ("access-token.12.ed25519.p8", Some((12, false))),
            ("access-token.12.only.ed25519.p8", Some((12, true))),
            ("access-token.x.ed25519.p8", None),
            ("seal.ed25519.p8", None),
            ("new.12", None),
        ] {
            assert_eq!(named(file), meant, "{file}");
        }
    }
}
