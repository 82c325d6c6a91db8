//! Files that belong to an event, as the log names them.

use serde::{Deserialize, Serialize};

use crate::{
    chain::{Digest, Salt},
    id::UploadId,
    vocabulary::vocabulary,
};

vocabulary! {
    /// What a file may be.
    MediaType {
        /// A photo.
        Jpeg = "image/jpeg",
        /// A picture of a screen, and the like.
        Png = "image/png",
        /// A photo or picture.
        Webp = "image/webp",
        /// A document.
        Pdf = "application/pdf",
        /// A video.
        Mp4 = "video/mp4",
    }
}

/// A file that came with what was written, as the log names it.
///
/// The digest is salted. Of a person's photo the plain SHA-256 would be as good as a name: whoever holds the same file could show
/// from the log that it was sent, also after it was erased. Salt and file are erased together, and the chain stays whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// The upload.
    pub upload: UploadId,
    /// See [`Attachment::digest`].
    pub digest: Digest,
}

impl Attachment {
    /// Names a file by the SHA-256 of its content as it is kept and handed out.
    pub fn new(upload: UploadId, salt: &Salt, content: &Digest) -> Self {
        Self { upload, digest: Self::digest(salt, content) }
    }

    /// `SHA-256(salt ‖ SHA-256 of the file)`: from the file's own digest, so that a check need not read every file.
    pub fn digest(salt: &Salt, content: &Digest) -> Digest {
        Digest::of(&[salt, content.as_bytes()])
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn the_log_names_a_file_so_that_only_who_has_the_salt_can_tell_which() {
        let (file, upload) = (Digest::of(&[b"photo"]), UploadId(Uuid::nil()));
        let named = Attachment::new(upload, &[1; 16], &file);
        assert_ne!(named.digest, file);
        assert_ne!(named.digest, Attachment::digest(&[2; 16], &file));
        assert_ne!(named.digest, Attachment::digest(&[1; 16], &Digest::of(&[b"another"])));
        assert_eq!(named, Attachment::new(upload, &[1; 16], &file));
        assert!(serde_json::to_string(&named).unwrap().starts_with("{\"upload\":\"00000000-"));
    }
}
