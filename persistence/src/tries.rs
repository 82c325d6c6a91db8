//! Tries that may fail, counted before they are made: sign-ins, codes that are asked for, second factors.

use chrono::Duration;
use domain::{
    chain::Digest,
    patience::{Patience, Tries},
    time::Instant,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, OnConflict},
};

use crate::{
    entity::tries::{ActiveModel, Column, Entity},
    error::StoreError,
    store::Engine,
    unit_of_work::UnitOfWork,
};

impl UnitOfWork {
    /// Counts a try of each of these; of none of them where one comes too early. The inner error says how long to wait; the unit of
    /// work is then not worth committing.
    ///
    /// # Errors
    /// As the database says; [`StoreError::Inconsistent`] for a row that no try left.
    pub async fn admit(&mut self, of: &[(Digest, Patience)], now: Instant) -> Result<Result<(), Duration>, StoreError> {
        let mut longest = None;
        for (key, patience) in of {
            match patience.admit(self.locked_tries(key, now).await?, now) {
                Ok(tries) => self.set_tries(key, tries).await?,
                Err(wait) => longest = Ord::max(longest, Some(wait)),
            }
        }
        Ok(longest.map_or(Ok(()), Err))
    }

    /// Takes one try back: it succeeded.
    ///
    /// # Errors
    /// As the database says.
    pub async fn take_back(&mut self, key: &Digest) -> Result<(), StoreError> {
        Entity::update_many()
            .col_expr(Column::Count, Expr::col(Column::Count).sub(1))
            .filter(Column::Key.eq(key.as_bytes().to_vec()))
            .filter(Column::Count.gt(0))
            .exec(self.transaction())
            .await?;
        Ok(())
    }

    /// Forgets all tries of that.
    ///
    /// # Errors
    /// As the database says.
    pub async fn forget_tries(&mut self, key: &Digest) -> Result<(), StoreError> {
        Entity::delete_by_id(key.as_bytes().to_vec()).exec(self.transaction()).await?;
        Ok(())
    }

    /// Sweeps tries away that were made before that.
    ///
    /// # Errors
    /// As the database says.
    pub async fn sweep_tries(&mut self, before: Instant) -> Result<(), StoreError> {
        Entity::delete_many().filter(Column::LastAt.lt(before.micros())).exec(self.transaction()).await?;
        Ok(())
    }

    /// What was tried before; whoever tries the same at the same time waits for the end of this unit of work.
    async fn locked_tries(&self, key: &Digest, now: Instant) -> Result<Option<Tries>, StoreError> {
        let find = Entity::find_by_id(key.as_bytes().to_vec());
        let row = match self.engine() {
            // Begun IMMEDIATE, it is alone already.
            Engine::Sqlite => find.one(self.transaction()).await?,
            Engine::Postgres => {
                // A row that is not there cannot be locked.
                let none = ActiveModel { key: Set(key.as_bytes().to_vec()), count: Set(0), last_at: Set(now.micros()) };
                Entity::insert(none)
                    .on_conflict(OnConflict::column(Column::Key).do_nothing().to_owned())
                    .exec_without_returning(self.transaction())
                    .await?;
                find.lock_exclusive().one(self.transaction()).await?
            }
        };
        row.map(|row| {
            let wrong = |column| StoreError::inconsistent("tries", column, "a digest", "out of range");
            Ok(Tries {
                count: u32::try_from(row.count).map_err(|_| wrong("count"))?,
                last_at: Instant::from_micros(row.last_at).ok_or_else(|| wrong("last_at"))?,
            })
        })
        .transpose()
    }

    async fn set_tries(&self, key: &Digest, tries: Tries) -> Result<(), StoreError> {
        let row = ActiveModel {
            key: Set(key.as_bytes().to_vec()),
            count: Set(i64::from(tries.count)),
            last_at: Set(tries.last_at.micros()),
        };
        Entity::insert(row)
            .on_conflict(OnConflict::column(Column::Key).update_columns([Column::Count, Column::LastAt]).to_owned())
            .exec_without_returning(self.transaction())
            .await?;
        Ok(())
    }
}
