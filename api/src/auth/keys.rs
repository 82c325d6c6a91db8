//! The key pair that signs access tokens, kept in the data folder.

use std::path::Path;

use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey,
    jwk::{Jwk, JwkSet, KeyOperations, PublicKeyUse, ThumbprintHash},
};

use crate::key_file::{self, KeyError};

/// The signing key, its public half, and its id.
pub struct Keys {
    kid: String,
    encoding: EncodingKey,
    decoding: DecodingKey,
    published: JwkSet,
}

impl Keys {
    /// Reads the key of a data folder; makes one where there is none.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn open(data_dir: &Path) -> Result<Self, KeyError> {
        let (der, _) = key_file::open(data_dir, "access-token")?;
        Self::from_pkcs8(&der)
    }

    fn from_pkcs8(der: &[u8]) -> Result<Self, KeyError> {
        let unusable = |error: &dyn std::fmt::Display| KeyError::Key(error.to_string());
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
