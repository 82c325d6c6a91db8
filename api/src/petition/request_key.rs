//! `Idempotency-Key`: the same request twice is done once and answered twice.

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use domain::{
    chain::Digest,
    id::AccountId,
    petition::{Event, Petition, PetitionCode, replay},
    time::Instant,
};
use persistence::{KeptKey, RequestedUnder, StoredPetition, UnitOfWork};

use crate::{
    app::App,
    problem::{Code, Problem},
};

/// The longest key: a UUID and anything like it.
pub(crate) const MAX_KEY_LENGTH: usize = 200;

/// The key that a request came with, if it came with one.
#[derive(Debug, Clone)]
pub struct RequestKey(Option<String>);

impl FromRequest for RequestKey {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let key = request.headers().get("idempotency-key").map(|value| match value.to_str() {
            Ok(key) if !key.is_empty() && key.len() <= MAX_KEY_LENGTH => Ok(key.to_owned()),
            Ok(_) | Err(_) => Err(Problem::with(Code::MalformedHeader, "Idempotency-Key")),
        });
        std::future::ready(key.transpose().map(Self))
    }
}

impl RequestKey {
    /// None: for what is known by something else when it comes again.
    pub fn none() -> Self {
        Self(None)
    }

    /// The id that a message of a partner has.
    pub fn named(id: &str) -> Self {
        Self(Some(id.to_owned()))
    }

    /// The key of one petition's part in a request for many.
    pub fn of(&self, petition: &PetitionCode) -> Self {
        Self(self.0.as_ref().map(|key| format!("{key} {petition}")))
    }

    /// The key, to be kept with what the request does.
    pub fn requested_under(&self, account: AccountId, fingerprint: &Digest) -> Option<RequestedUnder> {
        self.0.as_ref().map(|key| RequestedUnder { account, key: key.clone(), fingerprint: *fingerprint })
    }

    /// What the request did when it came before: the petition as it was right after.
    ///
    /// It is folded from the log again, so no answer with a person's words has to be kept beside it.
    ///
    /// # Errors
    /// [`Code::IdempotencyKeyReused`] when the key came with another request.
    pub async fn done_before(
        &self,
        app: &App,
        account: AccountId,
        fingerprint: &Digest,
    ) -> Result<Option<Petition>, Problem> {
        let Some(key) = &self.0 else { return Ok(None) };
        let Some(kept) = app.store.kept_key(account, key).await? else { return Ok(None) };
        if kept.fingerprint != *fingerprint {
            return Err(Problem::new(Code::IdempotencyKeyReused));
        }
        let history = app.store.history(kept.petition).await?;
        let events: Vec<Event> = history.into_iter().map(|logged| logged.event).collect();
        let events = events.iter().take_while(|event| event.seq <= kept.version);
        replay(events).map(Some).map_err(Problem::internal)
    }

    /// Keeps the key with what is done in the unit of work.
    ///
    /// # Errors
    /// As the store says; a conflict means that the same request was faster on another connection.
    pub async fn keep(
        &self,
        unit: &mut UnitOfWork,
        account: AccountId,
        fingerprint: &Digest,
        done: &StoredPetition,
        now: Instant,
    ) -> Result<(), persistence::StoreError> {
        let Some(key) = &self.0 else { return Ok(()) };
        let kept = KeptKey { fingerprint: *fingerprint, petition: done.petition.id, version: done.petition.version };
        unit.keep_key(account, key, &kept, now).await
    }
}
