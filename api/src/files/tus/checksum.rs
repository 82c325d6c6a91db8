//! `Upload-Checksum`: the digest of one piece, which counts only if it agrees.

use actix_web::http::header::HeaderMap;
use aws_lc_rs::digest::{Algorithm, Context, SHA1_FOR_LEGACY_USE_ONLY, SHA256};
use base64::{Engine, engine::general_purpose::STANDARD};

use crate::problem::{Code, Problem};

/// The algorithms, as the protocol names them. It asks for SHA-1, which is good enough against a bad network.
pub const ALGORITHMS: &str = "sha1,sha256";

/// A digest that a piece must have.
pub struct Checksum {
    context: Context,
    expected: Vec<u8>,
}

impl Checksum {
    /// The one that a request names, if it does.
    ///
    /// # Errors
    /// [`Code::MalformedHeader`] for one that cannot be read, or of another algorithm: 400 is what the protocol says.
    pub fn of(headers: &HeaderMap) -> Result<Option<Self>, Problem> {
        let malformed = || Problem::with(Code::MalformedHeader, format!("Upload-Checksum ({ALGORITHMS})"));
        let Some(value) = headers.get("upload-checksum") else { return Ok(None) };
        let (name, digest) = value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or_else(malformed)?;
        let algorithm: &'static Algorithm = match name {
            "sha1" => &SHA1_FOR_LEGACY_USE_ONLY,
            "sha256" => &SHA256,
            _ => return Err(malformed()),
        };
        let expected = STANDARD.decode(digest).map_err(|_| malformed())?;
        Ok(Some(Self { context: Context::new(algorithm), expected }))
    }

    /// Takes the next bytes of the piece.
    pub fn take(&mut self, bytes: &[u8]) {
        self.context.update(bytes);
    }

    /// Whether it agrees, now that the piece is whole.
    pub fn agrees(self) -> bool {
        self.context.finish().as_ref() == self.expected
    }
}
