//! What servers share of the limits: a bucket is one row, taken from with one statement.

use domain::{
    chain::Digest,
    patience::SKEW_SECS,
    quota::{Bucket, Quota},
    time::Instant,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Statement, Value};

use crate::{
    entity::bucket::{Column, Entity},
    error::StoreError,
    store::Store,
    unit_of_work::UnitOfWork,
};

/// What came of taking from a shared bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TakenTokens {
    /// There were so many; what is left.
    All(Bucket),
    /// There were not; what is left.
    None(Bucket),
}

impl Store {
    /// Takes tokens from a bucket that all servers share, all of them or none. The formula is [`Bucket::take`]'s, told to the database, so
    /// that two servers do not take the same one.
    ///
    /// # Errors
    /// As the database says.
    pub async fn take_shared(
        &self,
        key: &Digest,
        quota: Quota,
        tokens: u32,
        now: Instant,
    ) -> Result<TakenTokens, StoreError> {
        const SQL: &str = "
            INSERT INTO bucket (key, full_at) VALUES ($1, $2 + $3)
            ON CONFLICT (key) DO UPDATE SET full_at =
                CASE WHEN bucket.full_at BETWEEN $2 AND $5 THEN bucket.full_at ELSE $2 END + $3
            WHERE CASE WHEN bucket.full_at BETWEEN $2 AND $5 THEN bucket.full_at ELSE $2 END + $3 - $2 <= $4
            RETURNING full_at";
        let instant = |micros| {
            Instant::from_micros(micros)
                .ok_or_else(|| StoreError::inconsistent("bucket", "full_at", "a digest", "not an instant"))
        };
        let values = [
            Value::from(key.as_bytes().to_vec()),
            Value::from(now.micros()),
            Value::from(quota.cost(tokens)),
            Value::from(quota.span() + i64::from(quota.tokens())),
            Value::from(now.micros() + quota.span() + SKEW_SECS * 1_000_000),
        ];
        let writer = self.writer();
        let statement = Statement::from_sql_and_values(writer.get_database_backend(), SQL, values);
        if let Some(row) = writer.query_one_raw(statement).await? {
            return Ok(TakenTokens::All(Bucket { full_at: instant(row.try_get_by_index(0)?)? }));
        }
        let found = Entity::find_by_id(key.as_bytes().to_vec()).one(self.reader()).await?;
        let full_at = found.map_or(Ok(now), |row| instant(row.full_at))?;
        Ok(TakenTokens::None(Bucket { full_at }))
    }
}

impl UnitOfWork {
    /// Sweeps buckets away that are full again: a new one is full too.
    ///
    /// # Errors
    /// As the database says.
    pub async fn sweep_buckets(&mut self, now: Instant) -> Result<(), StoreError> {
        Entity::delete_many().filter(Column::FullAt.lt(now.micros())).exec(self.transaction()).await?;
        Ok(())
    }
}
