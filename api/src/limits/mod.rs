//! How often somebody may do something: by account and by address, over all servers together.
//!
//! Each server gives a part of a quota by itself, so that most clients never cost the database anything. Who uses that part up draws on the
//! bucket that servers share, several tokens at a time; who is refused is remembered until there are tokens again. With *n* servers
//! a client may so come to (7 + n)/8 of its quota, and gets at least seven eighths of it. Where a quota must be exact ([`Limit::is_exact`])
//! every token is a shared one.
//!
//! What the database, or the Redis that is there in its place, cannot say is allowed: a limit is no reason to be down.

mod limit;
mod standing;
mod wrap;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use domain::{
    chain::Digest,
    quota::{Bucket, Quota},
    time::Instant,
};
use moka::sync::Cache;
use persistence::{BucketError, SharedBuckets, Store, TakenTokens};
use secrecy::ExposeSecret;

use crate::{app::App, auth::Sealed, clock, problem::Problem, settings::LimitSettings};

pub use limit::{LIMITS_HELP, Limit, LimitSetting};
pub use standing::{Fields, Standing};
pub(crate) use wrap::limit;

/// A server gives this part of a quota by itself.
const OWN_PART: u32 = 8;
/// Beyond it, so many draws take all that servers share.
const DRAWS: u32 = 16;
/// How long drawn tokens may lie here unused.
const DRAWN_LIFE: i64 = 60;
/// How many clients a server remembers; about 200 bytes each.
const REMEMBERED: u64 = 200_000;

/// What this server has of one client's quota; its own part by steady time, since a clock that is set back must refuse nobody.
#[derive(Debug)]
struct Held {
    own: Bucket,
    drawn: u32,
    drawn_until: Instant,
    refused_until: Instant,
    /// As it was last seen, by the clock that servers share.
    shared: Bucket,
}

/// All limits.
#[derive(Debug)]
pub struct Limits {
    quotas: HashMap<Limit, Quota>,
    held: Cache<Digest, Arc<Mutex<Held>>>,
    shared: SharedBuckets,
    unknown_proxy_told: AtomicBool,
}

/// A quota in its two parts.
#[derive(Debug, Clone, Copy)]
struct Parts {
    own: Option<Quota>,
    shared: Quota,
}

impl Parts {
    fn of(limit: Limit, quota: Quota) -> Self {
        if limit.is_exact() || quota.tokens() < OWN_PART {
            return Self { own: None, shared: quota };
        }
        let own = quota.part(OWN_PART);
        Self { own: Some(own), shared: Quota::new(quota.tokens() - own.tokens(), quota.per_secs()) }
    }

    fn draw(self) -> u32 {
        if self.own.is_none() { 1 } else { (self.shared.tokens() / DRAWS).max(1) }
    }
}

impl Held {
    fn new(steady: Instant, now: Instant) -> Self {
        let (own, shared) = (Bucket::full(steady), Bucket::full(now));
        Self { own, drawn: 0, drawn_until: steady, refused_until: steady, shared }
    }

    /// Takes a token that is here; `Some(Err)` where it is known that there is none anywhere.
    fn take(&mut self, parts: Parts, now: Instant) -> Option<Result<(), chrono::Duration>> {
        if let Some(own) = parts.own
            && let Ok(rest) = self.own.take(own, 1, now)
        {
            self.own = rest;
            return Some(Ok(()));
        }
        if self.drawn > 0 && self.drawn_until > now {
            self.drawn -= 1;
            return Some(Ok(()));
        }
        self.drawn = 0;
        (self.refused_until > now).then(|| Err(self.wait(parts, now)))
    }

    /// How long until there is a token, here or there.
    fn wait(&self, parts: Parts, now: Instant) -> chrono::Duration {
        let own = parts.own.and_then(|own| self.own.take(own, 1, now).err());
        let shared = self.refused_until.since(now);
        own.map_or(shared, |own| own.min(shared))
    }

    fn standing(&self, limit: Limit, quota: Quota, parts: Parts, steady: Instant, now: Instant) -> Standing {
        let own = parts.own.map_or(0, |own| self.own.left(own, steady));
        let left = own + self.drawn + self.shared.left(parts.shared, now);
        let own = parts.own.map_or(chrono::Duration::zero(), |own| self.own.fills_in(steady, own));
        let fills_in = own.max(self.shared.fills_in(now, parts.shared));
        Standing { limit, quota, left: left.min(quota.tokens()), fills_in }
    }
}

impl Limits {
    /// As the settings say.
    ///
    /// # Errors
    /// A URL of a Redis that is none.
    pub fn new(settings: &LimitSettings, store: &Store) -> Result<Self, BucketError> {
        let mut quotas: HashMap<Limit, Quota> = HashMap::new();
        if settings.limits.is_on() {
            quotas.extend(Limit::ALL.iter().map(|limit| (*limit, limit.quota())));
            for LimitSetting { limit, quota } in &settings.limit {
                match quota {
                    Some(quota) => quotas.insert(*limit, *quota),
                    None => quotas.remove(limit),
                };
            }
        }
        let longest = quotas.values().map(|quota| quota.per_secs()).max().unwrap_or(1);
        let held =
            Cache::builder().max_capacity(REMEMBERED).time_to_idle(Duration::from_secs(u64::from(longest))).build();
        let redis = settings.limits_redis.as_ref().map(ExposeSecret::expose_secret).filter(|url| !url.is_empty());
        let shared = match redis {
            Some(url) => SharedBuckets::in_redis(url)?,
            None => SharedBuckets::Database(store.clone()),
        };
        Ok(Self { quotas, held, shared, unknown_proxy_told: AtomicBool::new(false) })
    }

    /// Takes one token of somebody's quota.
    ///
    /// # Errors
    /// [`crate::problem::Code::TooManyRequests`] with how long to wait.
    pub(crate) async fn take(&self, app: &App, limit: Limit, subject: &[u8]) -> Result<Option<Standing>, Problem> {
        let Some(quota) = self.quotas.get(&limit).copied() else { return Ok(None) };
        let (parts, steady, now) = (Parts::of(limit, quota), clock::steady(), clock::now());
        let key = app.vault.digest(Sealed::Bucket, &[limit.as_str().as_bytes(), subject]);
        let held = self.held.get_with(key, || Arc::new(Mutex::new(Held::new(steady, now))));
        let took = {
            let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
            let took = held.take(parts, steady);
            took.map(|took| (took, held.standing(limit, quota, parts, steady, now)))
        };
        let (took, standing) = match took {
            Some(took) => took,
            None => {
                let drawn = draw(&self.shared, &key, parts, now).await;
                let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
                let took = match drawn {
                    Drawn::Some(tokens, left) => {
                        held.drawn += tokens - 1;
                        held.drawn_until = steady.plus(chrono::Duration::seconds(DRAWN_LIFE));
                        held.shared = left;
                        Ok(())
                    }
                    Drawn::None(left) => {
                        let wait = left.take(parts.shared, 1, now).err().unwrap_or(chrono::Duration::zero());
                        held.shared = left;
                        held.refused_until = steady.plus(wait);
                        Err(held.wait(parts, steady))
                    }
                    Drawn::Unknown => Ok(()),
                };
                (took, held.standing(limit, quota, parts, steady, now))
            }
        };
        match took {
            Ok(()) => Ok(Some(standing)),
            Err(wait) => {
                app.metrics.meters.limited(limit);
                Err(Problem::limited(wait, Fields::of(&[Standing { left: 0, ..standing }])))
            }
        }
    }

    /// Says once that a proxy seems to stand before this server that the settings know nothing of.
    pub(crate) fn note_unknown_proxy(&self) {
        if !self.unknown_proxy_told.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "a request came through a proxy that PAKN_TRUSTED_HOPS does not count: nothing is limited by address, since all would \
                 have the proxy's"
            );
        }
    }
}

/// What came of drawing on the shared bucket.
enum Drawn {
    Some(u32, Bucket),
    None(Bucket),
    Unknown,
}

async fn draw(shared: &SharedBuckets, key: &Digest, parts: Parts, now: Instant) -> Drawn {
    let wanted = parts.draw();
    let mut taken = shared.take(key, parts.shared, wanted, now).await;
    let mut tokens = wanted;
    if wanted > 1 && matches!(taken, Ok(TakenTokens::None(_))) {
        tokens = 1;
        taken = shared.take(key, parts.shared, 1, now).await;
    }
    match taken {
        Ok(TakenTokens::All(left)) => Drawn::Some(tokens, left),
        Ok(TakenTokens::None(left)) => Drawn::None(left),
        Err(error) => {
            tracing::warn!(%error, "a limit could not be asked for; the request goes on");
            Drawn::Unknown
        }
    }
}
