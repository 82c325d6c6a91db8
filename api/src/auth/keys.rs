//! The key pair that signs access tokens, kept in the data folder.

use std::{
    fs,
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
};

use aws_lc_rs::signature::Ed25519KeyPair;
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey,
    jwk::{Jwk, JwkSet, KeyOperations, PublicKeyUse, ThumbprintHash},
};

/// The signing key, its public half, and its id.
pub struct Keys {
    kid: String,
    encoding: EncodingKey,
    decoding: DecodingKey,
    published: JwkSet,
}

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The key file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// The file holds no Ed25519 key, or a new one could not be made.
    #[error("not a usable Ed25519 key: {0}")]
    Key(String),
}

impl Keys {
    /// Reads the key of a data folder; makes one where there is none.
    ///
    /// # Errors
    /// [`KeysError`].
    pub fn open(data_dir: &Path) -> Result<Self, KeysError> {
        let folder = data_dir.join("keys");
        let path = folder.join("access-token.ed25519.p8");
        let failed = |source| KeysError::File { path: path.display().to_string(), source };
        let der = match fs::read(&path) {
            Ok(der) => der,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(failed)?;
                make(&folder, &path)?;
                // Read back: of two servers that start at once, one wrote it and both must use it.
                fs::read(&path).map_err(failed)?
            }
            Err(error) => return Err(failed(error)),
        };
        Self::from_pkcs8(&der)
    }

    fn from_pkcs8(der: &[u8]) -> Result<Self, KeysError> {
        let unusable = |error: &dyn std::fmt::Display| KeysError::Key(error.to_string());
        Ed25519KeyPair::from_pkcs8(der).map_err(|error| unusable(&error))?;
        let encoding = EncodingKey::from_ed_der(der);
        let mut jwk = Jwk::from_encoding_key(&encoding, Algorithm::EdDSA).map_err(|error| unusable(&error))?;
        let kid = jwk.thumbprint(ThumbprintHash::SHA256).map_err(|error| unusable(&error))?;
        jwk.common.key_id = Some(kid.clone());
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        jwk.common.key_operations = Some(vec![KeyOperations::Verify]);
        let decoding = DecodingKey::from_jwk(&jwk).map_err(|error| unusable(&error))?;
        Ok(Self { kid, encoding, decoding, published: JwkSet { keys: vec![jwk] } })
    }

    /// The id of the key that signs.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The private half.
    pub fn encoding(&self) -> &EncodingKey {
        &self.encoding
    }

    /// The public half of the key of that id.
    pub fn decoding(&self, kid: &str) -> Option<&DecodingKey> {
        (kid == self.kid).then_some(&self.decoding)
    }

    /// The public halves, as published.
    pub fn published(&self) -> &JwkSet {
        &self.published
    }
}

fn make(folder: &Path, path: &Path) -> Result<(), KeysError> {
    let failed = |source| KeysError::File { path: path.display().to_string(), source };
    let pair = Ed25519KeyPair::generate().map_err(|error| KeysError::Key(error.to_string()))?;
    let der = pair.to_pkcs8v1().map_err(|error| KeysError::Key(error.to_string()))?;
    // Written aside and linked into place: nobody reads half a key, and the first of two writers wins.
    let aside = folder.join(format!("new.{}", crate::clock::secret()));
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside).map_err(failed)?;
    file.write_all(der.as_ref()).and_then(|()| file.sync_all()).map_err(failed)?;
    let linked = fs::hard_link(&aside, path);
    fs::remove_file(&aside).map_err(failed)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(failed(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}
