//! One-time codes that were sent, by digests alone.

use domain::{chain::Digest, id::AccountId, one_time::CODE_TRIES, time::Instant};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, ExprTrait, QueryFilter,
    sea_query::{Expr, OnConflict},
};

use crate::{
    entity::one_time_code::{ActiveModel, Column, Entity},
    error::StoreError,
    row::stored_int,
    unit_of_work::UnitOfWork,
};

impl UnitOfWork {
    /// Keeps a code in the place of one that was asked for under the same key before. Without an account it opens nothing, and is
    /// kept so that trying it looks and takes like trying any other.
    ///
    /// # Errors
    /// As the database says.
    pub async fn keep_code(
        &mut self,
        key: &Digest,
        account: Option<AccountId>,
        code: &Digest,
        expires_at: Instant,
    ) -> Result<(), StoreError> {
        let row = ActiveModel {
            key: Set(key.as_bytes().to_vec()),
            account_id: Set(account.map(|account| account.0)),
            hash: Set(code.as_bytes().to_vec()),
            tries: Set(0),
            expires_at: Set(expires_at.micros()),
        };
        let changed = [Column::AccountId, Column::Hash, Column::Tries, Column::ExpiresAt];
        Entity::insert(row)
            .on_conflict(OnConflict::column(Column::Key).update_columns(changed).to_owned())
            .exec_without_returning(self.transaction())
            .await?;
        Ok(())
    }

    /// Tries a code: the account that it opens, where it is right, not expired and not tried too often. It is good for one time.
    /// Whatever comes of it must be committed: a try that is taken back was none.
    ///
    /// # Errors
    /// As the database says.
    pub async fn try_code(
        &mut self,
        key: &Digest,
        code: &Digest,
        now: Instant,
    ) -> Result<Option<AccountId>, StoreError> {
        // Counted first, by a condition: a thousand at once are five.
        let counted = Entity::update_many()
            .col_expr(Column::Tries, Expr::col(Column::Tries).add(1))
            .filter(Column::Key.eq(key.as_bytes().to_vec()))
            .filter(Column::Tries.lt(stored_int(CODE_TRIES)?))
            .filter(Column::ExpiresAt.gt(now.micros()))
            .exec(self.transaction())
            .await?;
        if counted.rows_affected == 0 {
            return Ok(None);
        }
        // Digests under a key of the server's: comparing them byte by byte tells nothing about the code.
        let used = Entity::delete_many()
            .filter(Column::Key.eq(key.as_bytes().to_vec()))
            .filter(Column::Hash.eq(code.as_bytes().to_vec()))
            .filter(Column::AccountId.is_not_null())
            .exec_with_returning(self.transaction())
            .await?;
        Ok(used.into_iter().next().and_then(|row| row.account_id).map(AccountId))
    }

    /// Sweeps codes away that have expired.
    ///
    /// # Errors
    /// As the database says.
    pub async fn sweep_codes(&mut self, now: Instant) -> Result<(), StoreError> {
        Entity::delete_many().filter(Column::ExpiresAt.lt(now.micros())).exec(self.transaction()).await?;
        Ok(())
    }
}
