//! The keys of other systems, in memory: a request that carries one asks the database nothing. Every server reads them again
//! every few seconds, so a key that was taken back is good elsewhere for that long and no longer.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use actix_web::http::Method;
use arc_swap::ArcSwap;
use domain::{
    account::{Actor, Role},
    api_key::{ApiScope, KeyHolder},
    chain::Digest,
    code::SourceCode,
    id::{ApiKeyId, SessionId},
    time::Instant,
};
use persistence::{ApiKey, Store, StoreError};
use tokio::time::MissedTickBehavior;
use uuid::Uuid;

use super::{Caller, keys};
use crate::{
    app::App,
    clock, open311,
    problem::{Code, Problem},
};

/// What every key begins with: it is told from an access token by it, and found by those who search texts for secrets.
pub(super) const PREFIX: &str = "pakn_";

/// How often a server looks whether there are other keys.
const POLL: Duration = Duration::from_secs(5);

/// How many looks go by until it is written down when keys were last used: nobody needs to know that to the second.
const LOOKS_TO_USE: u32 = 12;

/// The keys that let somebody in.
#[derive(Debug, Default)]
pub struct ApiKeys {
    good: ArcSwap<HashMap<Digest, ApiKey>>,
    used: Mutex<HashMap<ApiKeyId, Instant>>,
}

/// What is stored of a key: it has 256 random bits, so a plain hash gives nothing away.
pub(super) fn digest(secret: &str) -> Digest {
    Digest::of(&[b"api key\0", secret.as_bytes()])
}

/// What an operation asks of a key; `None`: no key opens it. What stands nowhere here is for people.
pub(crate) fn scope_of(method: &Method, route: &str) -> Option<ApiScope> {
    if *method == Method::POST && route == open311::SENDING {
        return Some(ApiScope::Open311);
    }
    let route = route.strip_prefix("/api/v1/")?;
    let scopes: [(ApiScope, Method, &[&str]); 3] = [
        (
            ApiScope::Read,
            Method::GET,
            &[
                "agency/petitions",
                "agency/counts",
                "agency/staff",
                "agency/events",
                "petitions/{code}",
                "petitions/{code}/history",
                "petitions/{code}/nearby",
            ],
        ),
        (
            ApiScope::Handle,
            Method::POST,
            &[
                "petitions/{code}/receive",
                "petitions/{code}/assign",
                "petitions/{code}/start",
                "petitions/{code}/request-information",
                "petitions/{code}/progress",
                "petitions/{code}/transfer",
                "petitions/{code}/return",
                "petitions/{code}/note",
                "petitions/{code}/recategorise",
                "petitions/{code}/draft-answer",
                "agency/bulk/receive",
                "agency/bulk/assign",
            ],
        ),
        (ApiScope::Answer, Method::POST, &["petitions/{code}/answer"]),
    ];
    let found = scopes.into_iter().find(|(_, by, routes)| by == method && routes.contains(&route));
    found.map(|(scope, ..)| scope)
}

impl ApiKeys {
    fn used(&self) -> MutexGuard<'_, HashMap<ApiKeyId, Instant>> {
        // Whoever panicked here left a map that is whole.
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the keys again.
    ///
    /// # Errors
    /// As the store says; those in memory then stay.
    pub async fn read_again(&self, store: &Store) -> Result<(), StoreError> {
        let good = store.good_api_keys(clock::now()).await?;
        self.good.store(Arc::new(good.into_iter().map(|key| (key.hash, key)).collect()));
        Ok(())
    }

    /// Writes down when keys were last used.
    ///
    /// # Errors
    /// As the store says; what was noted is then lost, and noted again at the next use.
    pub async fn write_down_use(&self, store: &Store) -> Result<(), StoreError> {
        let used: Vec<_> = std::mem::take(&mut *self.used()).into_iter().collect();
        if used.is_empty() {
            return Ok(());
        }
        let mut unit = store.begin().await?;
        unit.api_keys_used(&used).await?;
        unit.commit().await
    }

    /// Who calls with that key, for what it may be used for and nothing else: an officer of its agency, or the account of a program that
    /// sends petitions.
    ///
    /// # Errors
    /// [`Code::InvalidToken`] for a key that is unknown, over or taken back; [`Code::Forbidden`] for an operation it does not open.
    pub(crate) fn caller(&self, secret: &str, method: &Method, route: Option<&str>) -> Result<Caller, Problem> {
        let now = clock::now();
        let good = self.good.load();
        let key = good.get(&digest(secret)).filter(|key| key.is_good_at(now));
        let key = key.ok_or_else(|| Problem::new(Code::InvalidToken))?;
        let asked = route.and_then(|route| scope_of(method, route));
        if asked.is_none_or(|scope| !key.scopes.contains(&scope)) {
            return Err(Problem::new(Code::Forbidden));
        }
        self.used().insert(key.id, now);
        let (actor, role) = match &key.holder {
            KeyHolder::Agency(agency) => (Actor::Officer(key.account, agency.clone()), Role::Officer),
            KeyHolder::Sender(_) => (Actor::Citizen(key.account), Role::Citizen),
        };
        Ok(Caller {
            actor,
            account: key.account,
            role,
            session: SessionId(Uuid::nil()),
            must_change_password: false,
            // A system has no telephone at hand, and its key is not one that anybody thought of.
            has_second_factor: true,
            expires_at: Duration::from_millis(key.expires_at.unix_millis()),
        })
    }

    /// The program that sends petitions with that key; `None` where the key is none, or is of no such program.
    pub(crate) fn sender(&self, secret: &str) -> Option<SourceCode> {
        let now = clock::now();
        let good = self.good.load();
        let key = good.get(&digest(secret)).filter(|key| key.is_good_at(now))?;
        let source = key.holder.sender().filter(|_| key.scopes.contains(&ApiScope::Open311))?;
        self.used().insert(key.id, now);
        Some(source.clone())
    }
}

impl App {
    /// Looks for other keys, those that sign and those of agencies' systems, until the task is ended.
    pub async fn keep_keys_fresh(self: Arc<Self>) {
        let mut next_look = tokio::time::interval(POLL);
        next_look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut looks: u32 = 0;
        loop {
            next_look.tick().await;
            looks = looks.wrapping_add(1);
            if let Err(error) = self.api_keys.read_again(&self.store).await {
                tracing::warn!(%error, "the keys of agencies' systems could not be read again; those in memory stay");
            }
            if looks.is_multiple_of(LOOKS_TO_USE)
                && let Err(error) = self.api_keys.write_down_use(&self.store).await
            {
                tracing::warn!(%error, "when keys were last used could not be written down");
            }
            if looks.is_multiple_of(LOOKS_TO_SIGNING_KEYS) {
                let app = Arc::clone(&self);
                let read = tokio::task::spawn_blocking(move || app.keys.read_again()).await;
                if let Ok(Err(error)) = read {
                    tracing::warn!(%error, "the signing keys could not be read again; those in memory stay");
                }
            }
        }
    }
}

/// The signing keys come from a folder, and there is time: they are published long before they sign.
const LOOKS_TO_SIGNING_KEYS: u32 = 4;
const _: () = assert!(POLL.as_secs() * 4 <= keys::POLL.as_secs());
