//! One transaction. What may be done in it stands with its subject: petitions, accounts, sessions, the catalogue.

use sea_orm::DatabaseTransaction;
use tracing::Span;

use crate::{error::StoreError, store::Engine};

/// A transaction that has begun; dropping it takes everything back.
#[derive(Debug)]
pub struct UnitOfWork {
    transaction: DatabaseTransaction,
    engine: Engine,
    /// From its beginning to its end, in traces.
    _span: Span,
}

impl UnitOfWork {
    pub(crate) fn new(transaction: DatabaseTransaction, engine: Engine) -> Self {
        Self { transaction, engine, _span: tracing::debug_span!("unit of work") }
    }

    pub(crate) fn transaction(&self) -> &DatabaseTransaction {
        &self.transaction
    }

    pub(crate) fn engine(&self) -> Engine {
        self.engine
    }

    /// Makes it last.
    ///
    /// # Errors
    /// As the database says; then nothing of it happened, or (when the connection was lost while committing) it is not known.
    pub async fn commit(self) -> Result<(), StoreError> {
        Ok(self.transaction.commit().await?)
    }
}
