//! Access tokens that were checked already. To check a signature takes longer than to ask the database, and a phone shows the same token for
//! a quarter of an hour.
//!
//! What is kept is a token's digest, so that nobody finds a token in the memory of the server, and what it says. Whatever may end meanwhile is asked
//! each time: the token itself, its key ([`Keys`](super::Keys)), its session and account ([`Revoked`](super::Revoked)).

use std::sync::Arc;

use domain::{chain::Digest, time::Instant};
use moka::sync::Cache;

use super::{
    Caller,
    token::{ACCESS_TOKEN_LIFE, LEEWAY},
};

/// The most that are kept: some megabytes. Whoever comes beyond is checked anew, and nothing is lost but time.
const MOST: u64 = 16_384;

/// A token that was right in every way.
#[derive(Debug, Clone)]
pub(super) struct KnownToken {
    /// Who shows it.
    pub caller: Caller,
    /// The key that signed it.
    pub kid: String,
}

impl KnownToken {
    /// Whether it has ended at that instant.
    pub fn has_ended(&self, now: Instant) -> bool {
        now.unix_millis() / 1000 > self.caller.expires_at.as_secs() + LEEWAY
    }
}

/// Those tokens.
pub(super) struct KnownTokens(Cache<Digest, Arc<KnownToken>>);

impl Default for KnownTokens {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(MOST).time_to_live(ACCESS_TOKEN_LIFE).build())
    }
}

impl KnownTokens {
    pub fn get(&self, digest: &Digest) -> Option<Arc<KnownToken>> {
        self.0.get(digest)
    }

    pub fn keep(&self, digest: Digest, token: KnownToken) {
        self.0.insert(digest, Arc::new(token));
    }
}
