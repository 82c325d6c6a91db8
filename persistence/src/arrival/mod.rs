//! Petitions as they come in: decided when their turn has come, and committed before anybody is told.
//!
//! Those that came while others were written are written together: on SQLite what one waits for is the disk at each commit, on PostgreSQL what a statement
//! costs beside its rows. Who comes to an idle server waits for nobody.

mod line;
mod postgres;
mod rows;
mod sqlite;

use domain::{
    chain::Digest,
    id::AccountId,
    petition::{Decision, Refusal},
};
use tracing::Instrument;

pub(crate) use self::{line::Line, rows::Rows, sqlite::insert};
use crate::{dossier::Dossier, error::StoreError, idempotency::KeptKey, store::Store};

/// A petition that comes in.
pub struct Arrival {
    /// Decides on it when its turn has come: it is given the petition's number, and asks the clock then.
    pub decide: Box<dyn FnOnce(u64) -> Result<Decision, Refusal> + Send>,
    /// The key that its request came with.
    pub key: Option<RequestedUnder>,
}

/// The key of a request that is not kept yet.
#[derive(Debug, Clone)]
pub struct RequestedUnder {
    /// Whose.
    pub account: AccountId,
    /// The key.
    pub key: String,
    /// SHA-256 of the request.
    pub fingerprint: Digest,
}

/// Why a petition was not taken in. Nothing of it is kept.
#[derive(Debug, Clone, thiserror::Error)]
pub enum NotTaken {
    /// The domain refused it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store failed, or refused it: [`crate::Constraint::IdempotencyKey`] when its key was committed meanwhile,
    /// [`StoreError::NoSuchUpload`], [`StoreError::Busy`].
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Arrival {
    fn decided(self, number: u64) -> Result<Rows, NotTaken> {
        let decision = (self.decide)(number)?;
        let mut rows = Rows::new(decision, number)?;
        if let Some(RequestedUnder { account, key, fingerprint }) = self.key {
            let done = &rows.stored.petition;
            let kept = KeptKey { fingerprint, petition: done.id, version: done.version };
            rows.key = Some(kept.row(account, &key, done.submitted_at)?);
        }
        Ok(rows)
    }
}

impl Store {
    /// Takes a petition in: itself, its first event, its words, its files and its key, all or nothing. It is there when this returns.
    ///
    /// # Errors
    /// [`NotTaken`].
    pub async fn take_in(&self, arrival: Arrival) -> Result<Dossier, NotTaken> {
        // From waiting for its turn to its commit, in traces: the unit of work may be that of many.
        self.arriving().take_in(arrival).instrument(tracing::debug_span!("arrival")).await
    }

    /// How many petitions wait to be written, and how many may: for metrics.
    pub fn waiting_arrivals(&self) -> (usize, usize) {
        self.arriving().waiting()
    }
}
