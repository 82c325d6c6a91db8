//! Identities that open accounts, by digests alone, and sign-ins with them that have begun.

use domain::{
    chain::Digest,
    id::{AccountId, IdentityId},
    time::Instant,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, Order, QueryFilter, QueryOrder,
    sea_query::{Expr, OnConflict},
};

use crate::{
    account::Account,
    entity::{account, identity, identity_attempt},
    error::StoreError,
    store::Store,
    unit_of_work::UnitOfWork,
};

/// An identity that opens an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkedIdentity {
    /// Its id, for its owner.
    pub id: IdentityId,
    /// The account.
    pub account: AccountId,
    /// The code of its provider in the settings.
    pub provider: String,
    /// Whether the account was made with it.
    pub is_founding: bool,
    /// Since when.
    pub linked_at: Instant,
    /// When it last did.
    pub last_used_at: Option<Instant>,
}

/// A sign-in with an identity, or a link to one, that has begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityAttempt {
    /// The account that an identity is to be linked to; `None`: a sign-in.
    pub account: Option<AccountId>,
    /// How far it has come, encrypted.
    pub sealed: Vec<u8>,
    /// Until when it may be ended.
    pub expires_at: Instant,
}

impl Store {
    /// The account that an identity opens.
    ///
    /// # Errors
    /// As the database says.
    pub async fn account_by_identity(&self, digest: &Digest) -> Result<Option<Account>, StoreError> {
        let Some(found) = identity::Entity::find_by_id(digest.as_bytes().to_vec()).one(self.reader()).await? else {
            return Ok(None);
        };
        account::Entity::find_by_id(found.account_id).one(self.reader()).await?.map(Account::try_from).transpose()
    }

    /// The identities that open an account, the first linked first. There are a few at the most.
    ///
    /// # Errors
    /// As the database says.
    pub async fn identities_of(&self, account: AccountId) -> Result<Vec<LinkedIdentity>, StoreError> {
        let theirs = identity::Entity::find().filter(identity::Column::AccountId.eq(account.0));
        let rows = theirs.order_by(identity::Column::Id, Order::Asc).all(self.reader()).await?;
        rows.into_iter().map(LinkedIdentity::try_from).collect()
    }

    /// An attempt that has begun and is not over.
    ///
    /// # Errors
    /// As the database says.
    pub async fn identity_attempt(&self, key: &Digest, now: Instant) -> Result<Option<IdentityAttempt>, StoreError> {
        let found = identity_attempt::Entity::find_by_id(key.as_bytes().to_vec())
            .filter(identity_attempt::Column::ExpiresAt.gt(now.micros()))
            .one(self.reader())
            .await?;
        found.map(IdentityAttempt::try_from).transpose()
    }
}

impl UnitOfWork {
    /// Keeps an attempt, in the place of how far it had come.
    ///
    /// # Errors
    /// As the database says.
    pub async fn keep_attempt(&mut self, key: &Digest, attempt: &IdentityAttempt) -> Result<(), StoreError> {
        let row = identity_attempt::ActiveModel {
            key: Set(key.as_bytes().to_vec()),
            account_id: Set(attempt.account.map(|account| account.0)),
            sealed: Set(attempt.sealed.clone()),
            expires_at: Set(attempt.expires_at.micros()),
        };
        identity_attempt::Entity::insert(row).exec_without_returning(self.transaction()).await?;
        Ok(())
    }

    /// Takes an attempt out: whoever has it is the only one; whether it was there, as far as it was read.
    ///
    /// # Errors
    /// As the database says.
    pub async fn take_attempt(&mut self, key: &Digest, read: &IdentityAttempt) -> Result<bool, StoreError> {
        let taken = identity_attempt::Entity::delete_many()
            .filter(identity_attempt::Column::Key.eq(key.as_bytes().to_vec()))
            .filter(identity_attempt::Column::Sealed.eq(read.sealed.clone()))
            .exec(self.transaction())
            .await?;
        Ok(taken.rows_affected == 1)
    }

    /// Sweeps attempts away that have expired.
    ///
    /// # Errors
    /// As the database says.
    pub async fn sweep_attempts(&mut self, now: Instant) -> Result<(), StoreError> {
        let expired = identity_attempt::Column::ExpiresAt.lt(now.micros());
        identity_attempt::Entity::delete_many().filter(expired).exec(self.transaction()).await?;
        Ok(())
    }

    /// Lets an identity open an account, unless it opens one already; whether it does now.
    ///
    /// # Errors
    /// As the database says.
    pub async fn link_identity(&mut self, digest: &Digest, linked: &LinkedIdentity) -> Result<bool, StoreError> {
        let row = identity::ActiveModel {
            digest: Set(digest.as_bytes().to_vec()),
            id: Set(linked.id.0),
            account_id: Set(linked.account.0),
            provider: Set(linked.provider.clone()),
            is_founding: Set(linked.is_founding),
            linked_at: Set(linked.linked_at.micros()),
            last_used_at: Set(linked.last_used_at.map(Instant::micros)),
        };
        let added = identity::Entity::insert(row)
            .on_conflict(OnConflict::column(identity::Column::Digest).do_nothing().to_owned())
            .exec_without_returning(self.transaction())
            .await?;
        Ok(added == 1)
    }

    /// Notes that an identity has opened its account.
    ///
    /// # Errors
    /// As the database says.
    pub async fn used_identity(&mut self, digest: &Digest, now: Instant) -> Result<(), StoreError> {
        identity::Entity::update_many()
            .col_expr(identity::Column::LastUsedAt, Expr::value(now.micros()))
            .filter(identity::Column::Digest.eq(digest.as_bytes().to_vec()))
            .exec(self.transaction())
            .await?;
        Ok(())
    }

    /// Lets an identity open an account no more; whether it did.
    ///
    /// # Errors
    /// As the database says.
    pub async fn unlink_identity(&mut self, account: AccountId, id: IdentityId) -> Result<bool, StoreError> {
        let gone = identity::Entity::delete_many()
            .filter(identity::Column::Id.eq(id.0))
            .filter(identity::Column::AccountId.eq(account.0))
            .exec(self.transaction())
            .await?;
        Ok(gone.rows_affected == 1)
    }

    /// Lets no identity open an account any more but the one that it was made with: whoever had the account for a while may have linked theirs.
    ///
    /// # Errors
    /// As the database says.
    pub async fn unlink_later_identities(&mut self, account: AccountId) -> Result<(), StoreError> {
        identity::Entity::delete_many()
            .filter(identity::Column::AccountId.eq(account.0))
            .filter(identity::Column::IsFounding.eq(false))
            .exec(self.transaction())
            .await?;
        Ok(())
    }

    /// Forgets all identities of an account, and the attempts at linking others.
    ///
    /// # Errors
    /// As the database says.
    pub(crate) async fn forget_identities(&mut self, account: AccountId) -> Result<(), StoreError> {
        let theirs = identity::Column::AccountId.eq(account.0);
        identity::Entity::delete_many().filter(theirs).exec(self.transaction()).await?;
        let theirs = identity_attempt::Column::AccountId.eq(account.0);
        identity_attempt::Entity::delete_many().filter(theirs).exec(self.transaction()).await?;
        Ok(())
    }
}

impl TryFrom<identity::Model> for LinkedIdentity {
    type Error = StoreError;

    fn try_from(row: identity::Model) -> Result<Self, StoreError> {
        let instant = |column, micros| {
            Instant::from_micros(micros)
                .ok_or_else(|| StoreError::inconsistent("identity", column, row.id, "not an instant"))
        };
        Ok(Self {
            id: IdentityId(row.id),
            account: AccountId(row.account_id),
            linked_at: instant("linked_at", row.linked_at)?,
            last_used_at: row.last_used_at.map(|micros| instant("last_used_at", micros)).transpose()?,
            provider: row.provider,
            is_founding: row.is_founding,
        })
    }
}

impl TryFrom<identity_attempt::Model> for IdentityAttempt {
    type Error = StoreError;

    fn try_from(row: identity_attempt::Model) -> Result<Self, StoreError> {
        let expires_at = Instant::from_micros(row.expires_at)
            .ok_or_else(|| StoreError::inconsistent("identity_attempt", "expires_at", "a digest", "not an instant"))?;
        Ok(Self { account: row.account_id.map(AccountId), sealed: row.sealed, expires_at })
    }
}
