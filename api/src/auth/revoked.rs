//! Access tokens that are good no more before they expire: those of sessions that have ended and of accounts that were deactivated.
//!
//! A token is checked without the database. What has ended within the life of a token fits in memory, so every server reads it again
//! every few seconds; the server that ended it knows at once.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use arc_swap::ArcSwap;
use domain::{
    id::{AccountId, SessionId},
    time::Instant,
};
use persistence::{Store, StoreError};
use tokio::sync::Mutex;

use super::token::{ACCESS_TOKEN_LIFE, LEEWAY};
use crate::clock;

/// How often a server looks what has ended on the others.
pub const REVOCATION_POLL: Duration = Duration::from_secs(5);
/// How far back it looks each time: what ended there may be seen late, and the clocks of two servers may differ.
const OVERLAP: Duration = Duration::from_secs(120);

#[derive(Debug, Default)]
struct Ended {
    sessions: HashMap<SessionId, Instant>,
    accounts: HashSet<AccountId>,
}

/// What has ended.
#[derive(Debug)]
pub struct Revoked {
    ended: ArcSwap<Ended>,
    /// When it was read last; held while it is read.
    read_at: Mutex<Option<Instant>>,
}

fn ago(now: Instant, by: Duration) -> Instant {
    now.plus(-chrono::Duration::from_std(by).unwrap_or(chrono::Duration::zero()))
}

impl Default for Revoked {
    fn default() -> Self {
        Self { ended: ArcSwap::from_pointee(Ended::default()), read_at: Mutex::new(None) }
    }
}

impl Revoked {
    /// Whether a token of that session and account is good no more.
    pub fn has(&self, session: SessionId, account: AccountId) -> bool {
        let ended = self.ended.load();
        ended.sessions.contains_key(&session) || ended.accounts.contains(&account)
    }

    /// Reads what has ended since it was read last.
    ///
    /// # Errors
    /// As the store says; what is in memory then stays.
    pub async fn refresh(&self, store: &Store) -> Result<(), StoreError> {
        let mut read_at = self.read_at.lock().await;
        let now = clock::now();
        let oldest = ago(now, ACCESS_TOKEN_LIFE + Duration::from_secs(LEEWAY) + OVERLAP);
        let since = read_at.map_or(oldest, |at| ago(at, OVERLAP)).max(oldest);
        let sessions = store.sessions_ended_since(since).await?;
        let accounts = store.deactivated_since(oldest).await?.into_iter().collect();
        let mut kept: HashMap<SessionId, Instant> =
            self.ended.load().sessions.iter().filter(|(_, at)| **at > oldest).map(|(id, at)| (*id, *at)).collect();
        kept.extend(sessions);
        self.ended.store(Arc::new(Ended { sessions: kept, accounts }));
        *read_at = Some(now);
        Ok(())
    }
}
