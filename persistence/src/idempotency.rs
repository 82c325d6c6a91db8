//! The keys that requests come with, so that a phone on a bad network may send twice and be heard once.

use domain::{
    chain::Digest,
    id::{AccountId, PetitionId},
    time::Instant,
};
use sea_orm::{EntityTrait, IntoActiveModel};

use crate::{entity::idempotency_key, error::StoreError, row::stored_int, store::Store, unit_of_work::UnitOfWork};

/// What a key stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptKey {
    /// SHA-256 of the request that came with it.
    pub fingerprint: Digest,
    /// The petition that request made or changed.
    pub petition: PetitionId,
    /// The petition's version after it.
    pub version: u32,
}

impl KeptKey {
    pub(crate) fn row(
        &self,
        account: AccountId,
        key: &str,
        now: Instant,
    ) -> Result<idempotency_key::Model, StoreError> {
        Ok(idempotency_key::Model {
            account_id: account.0,
            key: key.to_owned(),
            fingerprint: self.fingerprint.as_bytes().to_vec(),
            petition_id: self.petition.0,
            version: stored_int(self.version)?,
            created_at: now.micros(),
        })
    }
}

impl Store {
    /// What was done under that key of that account.
    ///
    /// # Errors
    /// As the database says.
    pub async fn kept_key(&self, account: AccountId, key: &str) -> Result<Option<KeptKey>, StoreError> {
        let row = idempotency_key::Entity::find_by_id((account.0, key.to_owned())).one(self.reader()).await?;
        row.map(|row| {
            let wrong = |column| StoreError::inconsistent("idempotency_key", column, account, "out of range");
            Ok(KeptKey {
                fingerprint: Digest::from_bytes(&row.fingerprint).ok_or_else(|| wrong("fingerprint"))?,
                petition: PetitionId(row.petition_id),
                version: u32::try_from(row.version).map_err(|_| wrong("version"))?,
            })
        })
        .transpose()
    }
}

impl UnitOfWork {
    /// Keeps a key with what is done in this unit of work.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] on [`crate::Constraint::IdempotencyKey`] when the key was committed in the meantime.
    pub async fn keep_key(
        &mut self,
        account: AccountId,
        key: &str,
        kept: &KeptKey,
        now: Instant,
    ) -> Result<(), StoreError> {
        let row = kept.row(account, key, now)?.into_active_model();
        idempotency_key::Entity::insert(row).exec_without_returning(self.transaction()).await?;
        Ok(())
    }
}
