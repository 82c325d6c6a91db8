//! The second factor of an account: an encrypted secret, whether it is in force, and the last step that was used.

use domain::{id::AccountId, time::Instant};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, sea_query::Expr};

use crate::{
    entity::account::{Column, Entity},
    error::StoreError,
    store::Store,
    unit_of_work::UnitOfWork,
};

/// What is kept of a second factor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondFactor {
    /// The secret, as the server encrypted it.
    pub sealed_secret: Vec<u8>,
    /// Whether a sign-in asks for it.
    pub is_confirmed: bool,
}

impl Store {
    /// The second factor of an account, in force or begun.
    ///
    /// # Errors
    /// As the database says.
    pub async fn second_factor(&self, account: AccountId) -> Result<Option<SecondFactor>, StoreError> {
        let row = Entity::find_by_id(account.0).one(self.reader()).await?;
        Ok(row.and_then(|row| {
            let is_confirmed = row.totp_confirmed_at.is_some();
            row.totp_secret.map(|sealed_secret| SecondFactor { sealed_secret, is_confirmed })
        }))
    }
}

impl UnitOfWork {
    /// Begins a second factor, in the place of one that was begun; `false` where one is in force.
    ///
    /// # Errors
    /// As the database says.
    pub async fn begin_second_factor(&mut self, account: AccountId, sealed: &[u8]) -> Result<bool, StoreError> {
        let begun = Entity::update_many()
            .col_expr(Column::TotpSecret, Expr::value(sealed.to_vec()))
            .filter(Column::Id.eq(account.0))
            .filter(Column::TotpConfirmedAt.is_null())
            .exec(self.transaction())
            .await?;
        Ok(begun.rows_affected == 1)
    }

    /// Puts the second factor in force that was begun with that secret.
    ///
    /// # Errors
    /// As the database says.
    pub async fn confirm_second_factor(
        &mut self,
        account: AccountId,
        sealed: &[u8],
        now: Instant,
    ) -> Result<bool, StoreError> {
        let confirmed = Entity::update_many()
            .col_expr(Column::TotpConfirmedAt, Expr::value(now.micros()))
            .filter(Column::Id.eq(account.0))
            .filter(Column::TotpSecret.eq(sealed.to_vec()))
            .filter(Column::TotpConfirmedAt.is_null())
            .exec(self.transaction())
            .await?;
        Ok(confirmed.rows_affected == 1)
    }

    /// Uses the code of a step up; `false` where it, or a later one, was used before (RFC 6238, 5.2).
    ///
    /// # Errors
    /// As the database says.
    pub async fn use_step(&mut self, account: AccountId, step: i64) -> Result<bool, StoreError> {
        let unused = Condition::any().add(Column::TotpStep.is_null()).add(Column::TotpStep.lt(step));
        let used = Entity::update_many()
            .col_expr(Column::TotpStep, Expr::value(step))
            .filter(Column::Id.eq(account.0))
            .filter(unused)
            .exec(self.transaction())
            .await?;
        Ok(used.rows_affected == 1)
    }

    /// Takes the second factor of an account away, whether it was in force or only begun; whether there was one.
    ///
    /// # Errors
    /// As the database says.
    pub async fn forget_second_factor(&mut self, account: AccountId) -> Result<bool, StoreError> {
        let forgotten = Entity::update_many()
            .col_expr(Column::TotpSecret, Expr::value(None::<Vec<u8>>))
            .col_expr(Column::TotpConfirmedAt, Expr::value(None::<i64>))
            .col_expr(Column::TotpStep, Expr::value(None::<i64>))
            .filter(Column::Id.eq(account.0))
            .filter(Column::TotpSecret.is_not_null())
            .exec(self.transaction())
            .await?;
        Ok(forgotten.rows_affected == 1)
    }
}
