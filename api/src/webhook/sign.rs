//! Signatures (Standard Webhooks 1.0.0), and the secrets that make them.

use aws_lc_rs::hmac;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use domain::{id::WebhookId, time::Instant};
use persistence::WebhookSecrets;

use crate::{auth::Vault, clock, problem::Problem};

/// A secret as its owner is told it, and as it is kept.
pub(super) struct NewSecret {
    /// `whsec_…`, told this once.
    pub(super) told: String,
    /// Encrypted.
    pub(super) kept: Vec<u8>,
}

/// A secret is sealed for its webhook: in another's row it opens nothing.
fn owner(webhook: WebhookId) -> Vec<u8> {
    [b"webhook".as_slice(), webhook.0.as_bytes()].concat()
}

impl NewSecret {
    /// A secret of 256 bits.
    ///
    /// # Errors
    /// As [`Vault::seal`].
    pub(super) fn make(vault: &Vault, webhook: WebhookId) -> Result<Self, Problem> {
        let secret = clock::random_bytes::<32>();
        let kept = vault.seal(&owner(webhook), &secret)?;
        Ok(Self { told: format!("whsec_{}", BASE64_STANDARD.encode(secret)), kept })
    }
}

/// The header `webhook-signature`: one signature by each secret that is in force, separated by spaces.
///
/// # Errors
/// When a secret cannot be decrypted.
pub(super) fn signature(
    vault: &Vault,
    webhook: WebhookId,
    secrets: &WebhookSecrets,
    (message, timestamp, body): (&str, i64, &str),
    now: Instant,
) -> Result<String, Problem> {
    let before = secrets.before.as_ref().filter(|(_, until)| now < *until).map(|(secret, _)| secret);
    let signed = format!("{message}.{timestamp}.{body}");
    let sign = |sealed: &Vec<u8>| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &vault.open_sealed(&owner(webhook), sealed)?);
        Ok(format!("v1,{}", BASE64_STANDARD.encode(hmac::sign(&key, signed.as_bytes()))))
    };
    let signatures: Result<Vec<String>, Problem> = [&secrets.current].into_iter().chain(before).map(sign).collect();
    Ok(signatures?.join(" "))
}
