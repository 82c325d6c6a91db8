//! Reading from a replica of the PostgreSQL that is written to: what everybody may read, and that alone.
//!
//! A replica lags. How far is not what it says of itself, since the time of the last transaction that it took over only ages where
//! nothing happens. Twice a second the primary is asked how far its log has come, and the replica how far it has taken it over: once the second has
//! reached the first, everything that was committed before the first was asked for is there. So what is read of the replica lags by a time that
//! is known, whoever's clock is wrong, and whatever is not known counts as lag.

use std::{
    collections::VecDeque,
    fmt,
    str::FromStr,
    sync::{
        RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use sea_orm::DatabaseConnection;
use sqlx::{
    ConnectOptions, Connection, PgConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use crate::{
    error::{StoreError, code},
    store::{Engine, Store},
};

/// How often the two are compared.
const LOOK: Duration = Duration::from_millis(500);

/// How long a comparison may take, each side; also a reading's wait for a connection to the replica.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long a reading may take before the primary is asked in the replica's place: whoever waits is answered within ten seconds all the same.
const READING: Duration = Duration::from_secs(4);

/// How long a replica is left alone that has failed a reading.
const REST: Duration = Duration::from_secs(3);

/// How many places in the primary's log are remembered until the replica has come there. More are thinned out, so that a replica which is hours
/// behind is known to be.
const MARKS: usize = 1_024;

/// The primary, and how far what is committed has come.
///
/// What is committed is flushed, as long as `synchronous_commit` is on; what is only written into the log nobody has seen yet, and it may never be sent.
const PRIMARY: &str = "SELECT (SELECT system_identifier FROM pg_control_system()) AS cluster, \
     (SELECT oid::bigint FROM pg_database WHERE datname = current_database()) AS database, \
     ('x' || substr(pg_walfile_name(pg_current_wal_flush_lsn()), 1, 8))::bit(32)::integer::bigint AS timeline, \
     pg_is_in_recovery() AS takes_over, \
     pg_wal_lsn_diff(pg_current_wal_flush_lsn(), '0/0')::bigint AS place";

/// The replica, and how far it has taken the log over. A timeline begins at a promotion: a replica that still follows the primary of before has
/// places in its log that mean nothing in the other's. Who is in `pg_monitor` sees the new one at once, others when the control file tells of it,
/// some minutes late.
const REPLICA: &str = "SELECT (SELECT system_identifier FROM pg_control_system()) AS cluster, \
     (SELECT oid::bigint FROM pg_database WHERE datname = current_database()) AS database, \
     GREATEST((SELECT timeline_id FROM pg_control_checkpoint()), (SELECT min_recovery_end_timeline FROM pg_control_recovery()), \
        (SELECT received_tli FROM pg_stat_wal_receiver))::bigint AS timeline, \
     pg_is_in_recovery() AS takes_over, \
     COALESCE(pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')::bigint, 0) AS place";

/// How to read from a replica.
#[derive(Clone)]
pub struct ReplicaOptions {
    /// `postgres://…`.
    pub url: String,
    /// The most connections to it, beside the one that it is watched by.
    pub max_connections: u32,
    /// By how much it may lag to be read from.
    pub most_lag: Duration,
}

/// A replica, as this server knows it.
pub(crate) struct Replica {
    primary: PgConnectOptions,
    there: PgConnectOptions,
    max_connections: u32,
    most_lag: Duration,
    standing: RwLock<Standing>,
    read_there: AtomicU64,
    read_here: AtomicU64,
}

/// Without the options, which have passwords.
impl fmt::Debug for Replica {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replica").field("most_lag", &self.most_lag).finish_non_exhaustive()
    }
}

/// What is known of it at the moment.
#[derive(Debug, Default)]
struct Standing {
    /// The connections to it. None where it cannot be read from: those of before may be dead, and are not used again.
    pool: Option<DatabaseConnection>,
    /// Everything that was committed before this is there.
    has_all_before: Option<Instant>,
    /// Until when it is left alone.
    rests_until: Option<Instant>,
}

/// What a server says of the replica that it reads from.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ReplicaStanding {
    /// Whether it is read from.
    pub is_used: bool,
    /// By how much it lags at most; `None` where nothing is known of it.
    pub lag: Option<Duration>,
    /// How many readings it answered.
    pub read_there: u64,
    /// How many readings the primary answered in its place.
    pub read_here: u64,
}

/// One side of a comparison.
#[derive(Debug, Clone, Copy)]
struct Sight {
    cluster: i64,
    database: i64,
    timeline: i64,
    /// Whether it takes over what another writes.
    takes_over: bool,
    place: i64,
}

/// Why a replica is not known to be well.
#[derive(Debug, thiserror::Error)]
enum Unknown {
    #[error("the primary does not say how far it is: {0}")]
    Primary(String),
    #[error("it does not answer: {0}")]
    Replica(String),
    #[error("it is no replica of the database that PAKN_DATABASE_URL names: {0}")]
    NoReplica(&'static str),
}

impl Replica {
    /// By how much it lags at most.
    fn lag(standing: &Standing) -> Option<Duration> {
        standing.has_all_before.map(|all_before| all_before.elapsed())
    }

    /// The connections to it, if it can be read from.
    fn fit(&self) -> Option<DatabaseConnection> {
        let standing = self.standing.read().ok()?;
        let is_near = Self::lag(&standing).is_some_and(|lag| lag <= self.most_lag);
        standing.pool.clone().filter(|_| is_near)
    }

    fn change(&self, change: impl FnOnce(&mut Standing)) {
        // Nothing that is done while it is held panics.
        if let Ok(mut standing) = self.standing.write() {
            change(&mut standing);
        }
    }

    /// What was read of it in vain: a query that stood in the way of what it takes over is that query's misfortune, all else its own.
    fn failed(&self, error: &str, is_conflict: bool) {
        if is_conflict {
            tracing::debug!(error, "a reading stood in the way of what the replica takes over");
            return;
        }
        tracing::warn!(
            error,
            "the replica failed a reading, which the primary answers; it is left alone for some seconds"
        );
        self.change(|standing| {
            standing.pool = None;
            standing.rests_until = Some(Instant::now() + REST);
        });
    }

    /// Everything that was committed before `since` is there.
    fn has_all_before(&self, since: Instant) {
        self.change(|standing| {
            standing.has_all_before = Some(since);
            let rests = standing.rests_until.is_some_and(|until| Instant::now() < until);
            if standing.pool.is_none() && !rests {
                // Each connection is made when it is needed.
                let pool = PgPoolOptions::new()
                    .max_connections(self.max_connections)
                    .acquire_timeout(PATIENCE)
                    .test_before_acquire(false)
                    .connect_lazy_with(self.there.clone());
                standing.pool = Some(pool.into());
            }
        });
    }

    /// Compares the two again and again, until that fails.
    async fn compare(&self, told: &mut Option<bool>) -> Result<(), Unknown> {
        let mut primary = within(PgConnection::connect_with(&self.primary)).await.map_err(Unknown::Primary)?;
        let mut there = within(PgConnection::connect_with(&self.there)).await.map_err(Unknown::Replica)?;
        let mut marks: VecDeque<(Instant, i64)> = VecDeque::new();
        loop {
            let now = Instant::now();
            let expected = sight(&mut primary, PRIMARY).await.map_err(Unknown::Primary)?;
            let found = sight(&mut there, REPLICA).await.map_err(Unknown::Replica)?;
            same(expected, found)?;
            if marks.len() >= MARKS {
                let mut stays = false;
                marks.retain(|_| {
                    stays = !stays;
                    stays
                });
            }
            marks.push_back((now, expected.place));
            while let Some((since, place)) = marks.front().copied()
                && place <= found.place
            {
                self.has_all_before(since);
                marks.pop_front();
            }
            let is_left_alone = self.standing.read().is_ok_and(|standing| standing.pool.is_none());
            self.tell(told, if is_left_alone { "it failed a reading" } else { "it lags by too much" });
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Says in the log when it begins or ends to be read from.
    fn tell(&self, told: &mut Option<bool>, why_not: &str) {
        let is_used = self.fit().is_some();
        if *told != Some(is_used) {
            *told = Some(is_used);
            if is_used {
                tracing::info!("what everybody reads is read from the replica");
            } else {
                tracing::warn!(why = why_not, "the replica is not read from");
            }
        }
    }
}

/// Waits, but not for ever.
async fn within<T>(asked: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, String> {
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(answer) => answer.map_err(|error| error.to_string()),
        Err(_) => Err(format!("no answer within {PATIENCE:?}")),
    }
}

async fn sight(connection: &mut PgConnection, sql: &'static str) -> Result<Sight, String> {
    let (cluster, database, timeline, takes_over, place) = within(sqlx::query_as(sql).fetch_one(connection)).await?;
    Ok(Sight { cluster, database, timeline, takes_over, place })
}

/// That the one is a replica of the other.
fn same(primary: Sight, replica: Sight) -> Result<(), Unknown> {
    let wrong = if primary.cluster != replica.cluster {
        "it is of another cluster"
    } else if primary.database != replica.database {
        "it is another database of the cluster"
    } else if !replica.takes_over {
        "it takes nothing over from anybody"
    } else if primary.timeline != replica.timeline {
        "it is not known to follow this primary and not the one before"
    } else {
        return Ok(());
    };
    Err(Unknown::NoReplica(wrong))
}

impl Store {
    /// The same store, that reads from a replica what everybody reads, as long as [`Self::watch_replica`] runs and finds it well.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] with SQLite, and for a URL that names no PostgreSQL.
    pub fn reading_from(self, options: &ReplicaOptions) -> Result<Self, StoreError> {
        let unusable = |problem: &str| StoreError::Unusable(format!("PAKN_DATABASE_READ_URL: {problem}"));
        if self.engine() == Engine::Sqlite {
            return Err(unusable("SQLite has no replicas; unset it, or name a PostgreSQL with PAKN_DATABASE_URL"));
        }
        if !options.url.starts_with("postgres://") && !options.url.starts_with("postgresql://") {
            return Err(unusable("it is not postgres://…"));
        }
        let there = PgConnectOptions::from_str(&options.url).map_err(|error| unusable(&error.to_string()))?;
        let primary = self.writer().get_postgres_connection_pool().connect_options();
        let replica = Replica {
            primary: PgConnectOptions::clone(&primary),
            there: there.application_name("pakn").disable_statement_logging(),
            max_connections: options.max_connections,
            most_lag: options.most_lag,
            standing: RwLock::default(),
            read_there: AtomicU64::default(),
            read_here: AtomicU64::default(),
        };
        Ok(self.beside(replica))
    }

    /// Keeps knowing how the replica is, with a connection of its own to each side, so that no wait for one looks like a lag. Ends at once where there is no replica.
    pub async fn watch_replica(self) {
        let Some(replica) = self.its_replica() else { return };
        let mut told = None;
        loop {
            if let Err(unknown) = replica.compare(&mut told).await {
                match &unknown {
                    // Nothing is known against it. What was known ages.
                    Unknown::Primary(_) => {}
                    Unknown::Replica(_) | Unknown::NoReplica(_) => replica.change(|standing| standing.pool = None),
                }
                replica.tell(&mut told, &unknown.to_string());
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// How the replica is; `None` where there is none.
    pub fn replica(&self) -> Option<ReplicaStanding> {
        let replica = self.its_replica()?;
        let lag = replica.standing.read().ok().and_then(|standing| Replica::lag(&standing));
        Some(ReplicaStanding {
            is_used: replica.fit().is_some(),
            lag,
            read_there: replica.read_there.load(Ordering::Relaxed),
            read_here: replica.read_here.load(Ordering::Relaxed),
        })
    }

    /// The connections to the replica, where there are any.
    pub(crate) fn replica_pool(&self) -> Option<DatabaseConnection> {
        self.its_replica()?.standing.read().ok()?.pool.clone()
    }

    /// Reads what everybody may read, and what may be some seconds old: from the replica where there is one that is well, else as everything is read. Whatever
    /// fails there is done again here, whole: a statement that it cancels, a table that it does not have yet, a network that is gone.
    ///
    /// Not for what somebody reads who has just written it, nor for what a write depends on. What is written in it all the same is
    /// refused by the replica, and done here.
    ///
    /// # Errors
    /// As the reading says.
    pub async fn for_everybody<T>(
        &self,
        reading: impl AsyncFn(&Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let Some(replica) = self.its_replica() else { return reading(self).await };
        if let Some(pool) = replica.fit() {
            match tokio::time::timeout(READING, reading(&self.over(pool))).await {
                Ok(Ok(read)) => {
                    replica.read_there.fetch_add(1, Ordering::Relaxed);
                    return Ok(read);
                }
                Ok(Err(error)) => replica.failed(&error.to_string(), is_conflict(&error)),
                Err(_) => replica.failed("no answer in time", false),
            }
        }
        replica.read_here.fetch_add(1, Ordering::Relaxed);
        reading(self).await
    }
}

/// PostgreSQL's class 40: what the replica takes over had to change what was being read, or waited for it.
fn is_conflict(error: &StoreError) -> bool {
    match error {
        StoreError::Unavailable(cause) => code(cause).is_some_and(|code| code.starts_with("40")),
        StoreError::Conflict(..)
        | StoreError::Stale
        | StoreError::NoSuchUpload
        | StoreError::Inconsistent { .. }
        | StoreError::Busy
        | StoreError::Unusable(_)
        | StoreError::Migration { .. }
        | StoreError::Driver(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replica_is_of_the_same_cluster_database_and_timeline_and_takes_over() {
        let primary = Sight { cluster: 7, database: 5, timeline: 1, takes_over: false, place: 900 };
        let replica = Sight { takes_over: true, place: 0, ..primary };
        assert!(same(primary, replica).is_ok());
        for (other, why) in [
            (Sight { cluster: 8, ..replica }, "another cluster"),
            (Sight { database: 6, ..replica }, "another database"),
            (Sight { timeline: 2, ..replica }, "the one before"),
            (Sight { takes_over: false, ..replica }, "nothing over"),
        ] {
            let unknown = same(primary, other).unwrap_err();
            assert!(unknown.to_string().contains(why), "{unknown}");
        }
    }
}
