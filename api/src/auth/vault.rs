//! The server's own secret: what it keys digests of codes, logins, addresses and identities with, and encrypts second factors with.
//!
//! A code has a million values and an address four thousand million: a plain hash of one hides nothing from whoever has a copy of the
//! database. The key lies in the data folder like that of access tokens, and servers that share a database share it.

use std::{fs, io, path::Path};

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    hmac,
};
use domain::chain::Digest;

use crate::{
    clock,
    key_file::{self, KeyError},
    problem::Problem,
};

/// The name of its file.
const FILE: &str = "accounts.secret";

/// The secret, as keys for one thing each.
pub struct Vault {
    digests: hmac::Key,
    factors: RandomizedNonceKey,
}

/// What a digest is of: the same value gives another one for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sealed {
    /// A code, with what it was sent for.
    Code,
    /// The key of a code: purpose and login.
    CodeKey,
    /// A network address.
    Address,
    /// What was tried.
    Tries,
    /// What a limit counts.
    Bucket,
    /// An identity: issuer and subject.
    Identity,
    /// An item of another source.
    Item,
    /// What was asked for in somebody else's name.
    Request,
    /// A word of petitions, for counting.
    Word,
}

impl Sealed {
    fn label(self) -> &'static [u8] {
        match self {
            Self::Code => b"code",
            Self::CodeKey => b"code-key",
            Self::Address => b"address",
            Self::Tries => b"tries",
            Self::Bucket => b"bucket",
            Self::Identity => b"identity",
            Self::Item => b"item",
            Self::Request => b"request",
            Self::Word => b"word",
        }
    }
}

impl Vault {
    /// Reads the secret of a data folder; makes one where there is none.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn open(data_dir: &Path) -> Result<Self, KeyError> {
        let path = key_file::folder(data_dir).join(FILE);
        let secret = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                key_file::put(&path, &clock::random_bytes::<32>())?;
                // Read back: of two servers that start at once, one wrote it and both must use it.
                fs::read(&path)
            }
            read => read,
        };
        let secret = secret.map_err(KeyError::file(&path))?;
        if secret.len() != 32 {
            return Err(KeyError::Key(format!("{}: not 32 bytes", path.display())));
        }
        let root = hmac::Key::new(hmac::HMAC_SHA256, &secret);
        let derived = |label: &[u8]| hmac::sign(&root, label);
        let factors = RandomizedNonceKey::new(&AES_256_GCM, derived(b"second factors").as_ref());
        Ok(Self {
            digests: hmac::Key::new(hmac::HMAC_SHA256, derived(b"digests").as_ref()),
            factors: factors.map_err(|error| KeyError::Key(error.to_string()))?,
        })
    }

    /// The keyed digest of some pieces. Each goes in with its length, so that no two lists of pieces are the same bytes.
    pub fn digest(&self, of: Sealed, pieces: &[&[u8]]) -> Digest {
        let mut context = hmac::Context::with_key(&self.digests);
        for piece in [of.label()].iter().chain(pieces) {
            context.update(&u64::try_from(piece.len()).unwrap_or(u64::MAX).to_be_bytes());
            context.update(piece);
        }
        // Of SHA-256 there are always 32 bytes.
        Digest::from_bytes(context.sign().as_ref()).unwrap_or(Digest::ZERO)
    }

    /// Encrypts a secret; it opens for the same owner alone, so that one row's cannot be put into another.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn seal(&self, owner: &[u8], secret: &[u8]) -> Result<Vec<u8>, Problem> {
        let mut sealed = secret.to_vec();
        let nonce = self.factors.seal_in_place_append_tag(Aad::from(owner), &mut sealed);
        let nonce = nonce.map_err(Problem::internal)?;
        Ok([nonce.as_ref().as_slice(), &sealed].concat())
    }

    /// Decrypts it.
    ///
    /// # Errors
    /// When it was sealed for another owner or by another server's secret.
    pub fn open_sealed(&self, owner: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Problem> {
        let unreadable =
            || Problem::internal("what was encrypted cannot be decrypted: is keys/accounts.secret another one?");
        let (nonce, text) = sealed.split_at_checked(NONCE_LEN).ok_or_else(unreadable)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| unreadable())?;
        let mut text = text.to_vec();
        let secret = self.factors.open_in_place(nonce, Aad::from(owner), &mut text).map_err(|_| unreadable())?;
        Ok(secret.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_differ_by_what_they_are_of_and_by_server() {
        let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let vaults = folders.each_ref().map(|folder| Vault::open(folder.path()).unwrap());
        let digest = vaults[0].digest(Sealed::Code, &[b"012345"]);
        assert_eq!(digest, Vault::open(folders[0].path()).unwrap().digest(Sealed::Code, &[b"012345"]));
        assert_ne!(digest, vaults[0].digest(Sealed::Tries, &[b"012345"]));
        assert_ne!(digest, vaults[0].digest(Sealed::Code, &[b"0123", b"45"]));
        assert_ne!(digest, vaults[1].digest(Sealed::Code, &[b"012345"]));
    }

    #[test]
    fn what_is_sealed_opens_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::open(folder.path()).unwrap();
        let sealed = vault.seal(b"owner", b"a secret").unwrap();
        assert_eq!(vault.open_sealed(b"owner", &sealed).unwrap(), b"a secret");
        assert_ne!(sealed, vault.seal(b"owner", b"a secret").unwrap());
        assert!(vault.open_sealed(b"other", &sealed).is_err());
        assert!(vault.open_sealed(b"owner", &sealed[1..]).is_err());
        assert!(vault.open_sealed(b"owner", b"").is_err());
    }
}
