//! What servers share of the limits: a bucket is one instant, taken from with one statement. It lies in the database, or in a Redis where an
//! operator has one: then the database writes nothing for it.

use std::{sync::LazyLock, time::Duration};

use domain::{
    chain::Digest,
    patience::SKEW_SECS,
    quota::{Bucket, Quota},
    time::Instant,
};
use redis::{Script, aio::ConnectionManager, aio::ConnectionManagerConfig};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Statement, Value};

use crate::{
    entity::bucket::{Column, Entity},
    error::StoreError,
    store::Store,
    unit_of_work::UnitOfWork,
};

/// How long a Redis may take to answer. A request waits for it, and goes on without.
const PATIENCE: Duration = Duration::from_millis(500);

/// What came of taking from a shared bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TakenTokens {
    /// There were so many; what is left.
    All(Bucket),
    /// There were not; what is left.
    None(Bucket),
}

/// Why a shared bucket could not be taken from.
#[derive(Debug, thiserror::Error)]
pub enum BucketError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The Redis failed. What is said names no URL, which may have a password in it.
    #[error("Redis: {0}")]
    Redis(String),
}

impl From<redis::RedisError> for BucketError {
    fn from(error: redis::RedisError) -> Self {
        Self::Redis(error.to_string())
    }
}

/// The buckets that all servers share. The formula is [`Bucket::take`]'s, told to whoever keeps them, so that two servers do not take
/// the same token.
#[derive(Clone)]
pub enum SharedBuckets {
    /// In the database.
    Database(Store),
    /// In a Redis.
    Redis(ConnectionManager),
}

impl std::fmt::Debug for SharedBuckets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Database(_) => "SharedBuckets::Database",
            Self::Redis(_) => "SharedBuckets::Redis",
        })
    }
}

/// What a taking is told: all in microseconds, instants since 1970.
struct Terms {
    now: i64,
    cost: i64,
    /// The longest a bucket may take to fill.
    longest: i64,
    /// What is full later than that was filled before a clock was set back.
    latest: i64,
}

impl Terms {
    fn new(quota: Quota, tokens: u32, now: Instant) -> Self {
        Self {
            now: now.micros(),
            cost: quota.cost(tokens),
            longest: quota.span() + i64::from(quota.tokens()),
            latest: now.micros() + quota.span() + SKEW_SECS * 1_000_000,
        }
    }
}

fn instant(micros: i64) -> Result<Instant, StoreError> {
    Instant::from_micros(micros)
        .ok_or_else(|| StoreError::inconsistent("bucket", "full_at", "a digest", "not an instant"))
}

impl SharedBuckets {
    /// In the Redis of that URL (`redis://[USER:PASSWORD@]HOST[:PORT][/NUMBER]`), which need not be there yet.
    ///
    /// # Errors
    /// A URL that is none.
    pub fn in_redis(url: &str) -> Result<Self, BucketError> {
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE))
            .set_number_of_retries(1);
        Ok(Self::Redis(ConnectionManager::new_lazy_with_config(redis::Client::open(url)?, config)?))
    }

    /// Takes tokens, all of them or none.
    ///
    /// # Errors
    /// [`BucketError`]; then it is not known whether they were taken.
    pub async fn take(
        &self,
        key: &Digest,
        quota: Quota,
        tokens: u32,
        now: Instant,
    ) -> Result<TakenTokens, BucketError> {
        let terms = Terms::new(quota, tokens, now);
        match self {
            Self::Database(store) => Ok(in_database(store, key, &terms).await?),
            Self::Redis(connection) => in_redis(connection.clone(), key, &terms).await,
        }
    }
}

async fn in_database(store: &Store, key: &Digest, terms: &Terms) -> Result<TakenTokens, StoreError> {
    const SQL: &str = "
        INSERT INTO bucket (key, full_at) VALUES ($1, $2 + $3)
        ON CONFLICT (key) DO UPDATE SET full_at =
            CASE WHEN bucket.full_at BETWEEN $2 AND $5 THEN bucket.full_at ELSE $2 END + $3
        WHERE CASE WHEN bucket.full_at BETWEEN $2 AND $5 THEN bucket.full_at ELSE $2 END + $3 - $2 <= $4
        RETURNING full_at";
    let values = [
        Value::from(key.as_bytes().to_vec()),
        Value::from(terms.now),
        Value::from(terms.cost),
        Value::from(terms.longest),
        Value::from(terms.latest),
    ];
    let writer = store.writer();
    let statement = Statement::from_sql_and_values(writer.get_database_backend(), SQL, values);
    if let Some(row) = writer.query_one_raw(statement).await? {
        return Ok(TakenTokens::All(Bucket { full_at: instant(row.try_get_by_index(0)?)? }));
    }
    let found = Entity::find_by_id(key.as_bytes().to_vec()).one(store.reader()).await?;
    let full_at = found.map_or(Ok(instant(terms.now)?), |row| instant(row.full_at))?;
    Ok(TakenTokens::None(Bucket { full_at }))
}

/// The same for a Redis. Its numbers are exact up to 2⁵³, and an instant of ours is below 2⁵¹. A bucket that is full is forgotten.
static TAKE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
        local now, cost, longest, latest = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
        local held = tonumber(redis.call('GET', KEYS[1]) or ARGV[1])
        local from = held
        if from < now or from > latest then from = now end
        local full_at = from + cost
        if full_at - now > longest then return {0, string.format('%.0f', held)} end
        redis.call('SET', KEYS[1], string.format('%.0f', full_at), 'PX', math.ceil((full_at - now) / 1000) + 60000)
        return {1, string.format('%.0f', full_at)}",
    )
});

async fn in_redis(mut connection: ConnectionManager, key: &Digest, terms: &Terms) -> Result<TakenTokens, BucketError> {
    let mut taking = TAKE.key([b"pakn:bucket:".as_slice(), key.as_bytes()].concat());
    taking.arg(terms.now).arg(terms.cost).arg(terms.longest).arg(terms.latest);
    let (taken, full_at): (bool, i64) = taking.invoke_async(&mut connection).await?;
    let bucket = Bucket { full_at: instant(full_at)? };
    Ok(if taken { TakenTokens::All(bucket) } else { TakenTokens::None(bucket) })
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
