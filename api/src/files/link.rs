//! Links to files: whoever was shown what a file belongs to gets one that ends soon. It says all there is to say, so that a picture can be
//! shown where no header can be set, and every server can check it.

use std::path::Path;

use aws_lc_rs::hmac;
use domain::{id::UploadId, time::Instant};
use persistence::Variant;

use crate::key_file::{self, KeyError};

/// Makes links and checks them.
pub struct Links {
    key: hmac::Key,
    seconds: i64,
}

impl std::fmt::Debug for Links {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Links({} s)", self.seconds)
    }
}

impl Links {
    /// Reads the key of a data folder; makes one where there is none.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn open(data_dir: &Path, minutes: u32) -> Result<Self, KeyError> {
        let path = key_file::folder(data_dir).join("files.hmac");
        if !path.exists() {
            key_file::put(&path, crate::clock::secret().as_bytes())?;
        }
        // Read back: of two servers that start at once, one wrote it and both must use it.
        let secret = std::fs::read(&path).map_err(KeyError::file(&path))?;
        if secret.len() < 32 {
            return Err(KeyError::Key(format!("{} has fewer than 32 bytes", path.display())));
        }
        Ok(Self { key: hmac::Key::new(hmac::HMAC_SHA256, &secret), seconds: i64::from(minutes.max(1)) * 60 })
    }

    /// The address of an upload's object, good for at least as long as the setting says, and at most for twice that. It stays the same
    /// for that time: what is shown again has not changed (`ETag`), and a phone keeps the picture.
    pub fn make(&self, upload: UploadId, variant: Variant, now: Instant) -> String {
        let now = now.micros().div_euclid(1_000_000);
        let ends = (now.div_euclid(self.seconds) + 2) * self.seconds;
        let signature = hmac::sign(&self.key, Self::text(upload, variant, ends).as_bytes());
        format!(
            "/api/v1/files/{upload}/{variant}?expires={ends}&signature={}",
            hex::encode(signature),
            variant = variant.as_str()
        )
    }

    /// Whether we made that link; and for how many seconds it is good, nought where it has ended.
    pub fn check(&self, upload: UploadId, variant: Variant, ends: i64, signature: &str, now: Instant) -> Option<u64> {
        let signature = hex::decode(signature).ok()?;
        hmac::verify(&self.key, Self::text(upload, variant, ends).as_bytes(), &signature).ok()?;
        Some(u64::try_from(ends - now.micros().div_euclid(1_000_000)).unwrap_or_default())
    }

    fn text(upload: UploadId, variant: Variant, ends: i64) -> String {
        format!("pakn file\n{upload}\n{}\n{ends}", variant.as_str())
    }
}

#[cfg(test)]
mod tests {
    use domain::id::UploadId;
    use uuid::Uuid;

    use super::*;

    fn parts(link: &str) -> (i64, String) {
        let (_, query) = link.split_once("?expires=").unwrap();
        let (ends, signature) = query.split_once("&signature=").unwrap();
        (ends.parse().unwrap(), signature.to_owned())
    }

    #[test]
    fn a_link_is_good_for_its_file_and_its_time_alone() {
        let folder = tempfile::tempdir().unwrap();
        let links = Links::open(folder.path(), 15).unwrap();
        let (upload, other) = (UploadId(Uuid::from_u128(1)), UploadId(Uuid::from_u128(2)));
        let now = Instant::parse("2026-11-25T08:07:00+07:00").unwrap();
        let link = links.make(upload, Variant::Large, now);
        let (ends, signature) = parts(&link);
        let good = |upload, variant, ends, now| links.check(upload, variant, ends, &signature, now);
        assert_eq!(good(upload, Variant::Large, ends, now), Some(23 * 60));
        assert_eq!(good(upload, Variant::Large, ends, now.plus(chrono::Duration::minutes(24))), Some(0));
        assert_eq!(good(other, Variant::Large, ends, now), None);
        assert_eq!(good(upload, Variant::Full, ends, now), None);
        assert_eq!(good(upload, Variant::Large, ends + 60, now), None);
        for forged in ["", "00", &signature[2..], "không"] {
            assert_eq!(links.check(upload, Variant::Large, ends, forged, now), None, "{forged}");
        }
        assert_eq!(links.make(upload, Variant::Large, now.plus(chrono::Duration::minutes(7))), link, "it stays");
        let beside = Links::open(folder.path(), 15).unwrap();
        assert_eq!(beside.make(upload, Variant::Large, now), link, "every server makes the same");
        let elsewhere = Links::open(tempfile::tempdir().unwrap().path(), 15).unwrap();
        assert_ne!(elsewhere.make(upload, Variant::Large, now), link);
    }
}
