//! The key pair that seals are signed with, and the public keys that are known to be this installation's.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use domain::seal::{PublicKey, Seal, Signature};

use super::copies;
use crate::key_file::{self, KeyError};

/// The signing key of seals, and where a copy of each is kept.
pub struct SealKey {
    pair: Ed25519KeyPair,
    public: PublicKey,
    copies: PathBuf,
}

/// What the name of a file begins and ends with that has a public key in it.
const RECORD: (&str, &str) = ("seal.", ".public");

impl SealKey {
    /// Reads the key of a data folder; makes one where there is none. Its public half is recorded beside it and stays there when
    /// the key is replaced.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn open(data_dir: &Path) -> Result<Self, KeyError> {
        let (_, pair) = key_file::open(data_dir, "seal")?;
        let public = PublicKey::from_bytes(pair.public_key().as_ref());
        let public = public.ok_or_else(|| KeyError::Key("its public half is not 32 bytes".to_owned()))?;
        let (begin, end) = RECORD;
        let record = key_file::folder(data_dir).join(format!("{begin}{public}{end}"));
        if !record.exists() {
            key_file::put(&record, format!("{public}\n").as_bytes())?;
        }
        Ok(Self { pair, public, copies: copies::own(data_dir) })
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        self.public
    }

    /// Signs a statement's text.
    ///
    /// # Errors
    /// [`KeyError::Key`] when the signature has another length than Ed25519 signatures have.
    pub fn sign(&self, text: &str) -> Result<Signature, KeyError> {
        let signature = Signature::from_bytes(self.pair.sign(text.as_bytes()).as_ref());
        signature.ok_or_else(|| KeyError::Key("its signature is not 64 bytes".to_owned()))
    }

    /// Keeps a copy of a seal outside of the database.
    pub(super) fn keep_copy(&self, seal: &Seal) {
        if let Err(error) = copies::add(&self.copies, seal) {
            // It stands all the same.
            tracing::warn!(%error, seal.number = seal.statement.number, "no copy of the seal could be kept");
        }
    }
}

/// The public keys that a seal may be signed with; `None`: whichever it names itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownKeys(Option<BTreeSet<PublicKey>>);

impl KnownKeys {
    /// Those recorded in a data folder; any, where none is.
    ///
    /// # Errors
    /// [`KeyError::File`].
    pub fn recorded(data_dir: &Path) -> Result<Self, KeyError> {
        let folder = key_file::folder(data_dir);
        let failed = KeyError::file(&folder);
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self(None)),
            entries => entries.map_err(&failed)?,
        };
        let mut keys = BTreeSet::new();
        for entry in entries {
            let name = entry.map_err(&failed)?.file_name();
            let name = name.to_string_lossy();
            let key = name.strip_prefix(RECORD.0).and_then(|name| name.strip_suffix(RECORD.1));
            keys.extend(key.and_then(PublicKey::parse));
        }
        Ok(Self((!keys.is_empty()).then_some(keys)))
    }

    /// These alone, each in hexadecimal, or a file that has some, one a line.
    ///
    /// # Errors
    /// [`KeyError`] for what is neither.
    pub fn given(keys: &[String]) -> Result<Self, KeyError> {
        let mut known = BTreeSet::new();
        for given in keys {
            if let Some(key) = PublicKey::parse(given) {
                known.insert(key);
                continue;
            }
            let text = fs::read_to_string(given).map_err(KeyError::file(Path::new(given)))?;
            for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
                let wrong = || KeyError::Key(format!("{given}: {line:?} is not 32 bytes in hexadecimal"));
                known.insert(PublicKey::parse(line).ok_or_else(wrong)?);
            }
        }
        Ok(Self(Some(known)))
    }

    /// Whether any key is taken for this installation's.
    pub fn are_unknown(&self) -> bool {
        self.0.is_none()
    }

    /// Whether a seal is signed with one of them.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn check(&self, seal: &Seal) -> Result<(), String> {
        let key = seal.statement.public_key;
        if self.0.as_ref().is_some_and(|known| !known.contains(&key)) {
            return Err(format!("it is signed with a key that is not known: {key}"));
        }
        let text = seal.statement.canonical().map_err(|error| error.to_string())?;
        let key = UnparsedPublicKey::new(&ED25519, key.as_bytes());
        let signed = key.verify(text.as_bytes(), seal.signature.as_bytes());
        signed.map_err(|_| "its signature is not that of its key over what it says".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use domain::{
        seal::{Contents, Statement},
        time::Instant,
    };

    use super::*;

    fn sealed(key: &SealKey) -> Seal {
        let at = Instant::parse("2026-11-26").unwrap();
        let statement = Statement::after(None, "0-1".to_owned(), &Contents::default(), key.public(), at).unwrap();
        let signature = key.sign(&statement.canonical().unwrap()).unwrap();
        Seal { statement, signature }
    }

    #[test]
    fn a_key_that_was_replaced_stays_known() {
        let folder = tempfile::tempdir().unwrap();
        assert!(KnownKeys::recorded(folder.path()).unwrap().are_unknown());
        let first = SealKey::open(folder.path()).unwrap();
        assert_eq!(SealKey::open(folder.path()).unwrap().public(), first.public());
        fs::remove_file(folder.path().join("keys/seal.ed25519.p8")).unwrap();
        let second = SealKey::open(folder.path()).unwrap();
        assert_ne!(first.public(), second.public());
        let known = KnownKeys::recorded(folder.path()).unwrap();
        let stranger = SealKey::open(tempfile::tempdir().unwrap().path()).unwrap();
        assert_eq!(known.check(&sealed(&first)), Ok(()));
        assert_eq!(known.check(&sealed(&second)), Ok(()));
        assert!(known.check(&sealed(&stranger)).unwrap_err().contains("a key that is not known"));
        assert_eq!(KnownKeys(None).check(&sealed(&stranger)), Ok(()));
        let record = folder.path().join(format!("keys/seal.{}.public", first.public()));
        for given in [record.display().to_string(), first.public().to_string()] {
            let only = KnownKeys::given(&[given]).unwrap();
            assert!(only.check(&sealed(&first)).is_ok() && only.check(&sealed(&second)).is_err());
        }
        assert!(KnownKeys::given(&["abc".to_owned()]).is_err());
    }

    #[test]
    fn a_statement_that_was_changed_is_not_signed() {
        let key = SealKey::open(tempfile::tempdir().unwrap().path()).unwrap();
        let mut seal = sealed(&key);
        seal.statement.petitions += 1;
        assert!(KnownKeys(None).check(&seal).unwrap_err().contains("signature"));
    }
}
