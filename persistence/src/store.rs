//! The connections: one writer and many readers on SQLite, one pool on PostgreSQL.

use std::{
    os::unix::fs::DirBuilderExt,
    path::Path,
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use domain::petition::PetitionCode;
use sea_orm::{
    AccessMode, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend,
    IsolationLevel, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use sqlx::{Connection, SqliteConnection, postgres::PgConnectOptions};

use crate::{
    arrival::Line,
    error::{StoreError, code},
    gauge::Queue,
    near::Surroundings,
    replica::Replica,
    together::Together,
    unit_of_work::UnitOfWork,
};

/// How long a request waits for a connection.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// How long SQLite waits for another process's lock. A request may wait for the one connection that writes and then for the
/// lock, and is to be refused within the ten seconds that a phone waits.
pub(crate) const LOCK_PATIENCE: Duration = Duration::from_secs(4);

/// What SQLite calls that somebody else has a lock.
const SQLITE_BUSY: &str = "5";

/// How much of the database the connection that writes keeps for itself: KiB, which SQLite counts below zero.
const WRITERS_CACHE: &str = "-2000";
/// The same of each that reads. Once another has written all of it is read anew, from what the system keeps of the file for all of them.
const READERS_CACHE: &str = "-512";

/// The database engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// SQLite, embedded.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

impl Engine {
    pub(crate) fn of(connection: &impl ConnectionTrait) -> Self {
        if connection.get_database_backend() == DbBackend::Sqlite { Self::Sqlite } else { Self::Postgres }
    }
}

/// How to connect.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// `sqlite://path` or `postgres://…`.
    pub url: String,
    /// The most connections of the pool (on SQLite: of the readers' pool).
    pub max_connections: u32,
}

/// The database.
#[derive(Debug, Clone)]
pub struct Store {
    engine: Engine,
    writer: DatabaseConnection,
    reader: DatabaseConnection,
    /// Where what everybody reads may be read.
    replica: Option<Arc<Replica>>,
    /// Those who wait to begin a unit of work.
    pub(crate) writing: Queue,
    /// Those who wait to open a snapshot.
    pub(crate) reading: Queue,
    /// Petitions that come in.
    arriving: Line,
    /// Those who ask for petitions.
    asking: Together<PetitionCode>,
    /// Those who ask what is near one; on PostgreSQL.
    looking_round: Together<Surroundings>,
}

impl Store {
    /// Connects; an SQLite file that does not exist is made, with its folder.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database cannot be reached, [`StoreError::Unusable`] for a URL that names none.
    pub async fn connect(options: &StoreOptions) -> Result<Self, StoreError> {
        if let Some(path) = options.url.strip_prefix("sqlite://") {
            let path = Path::new(path.split('?').next().unwrap_or_default());
            if let Some(folder) = path.parent() {
                // What lies there is personal.
                std::fs::DirBuilder::new()
                    .recursive(true)
                    .mode(0o700)
                    .create(folder)
                    .map_err(|error| StoreError::Unusable(format!("{}: {error}", folder.display())))?;
            }
            let mode =
                |mode| format!("{}{}mode={mode}", options.url, if options.url.contains('?') { '&' } else { '?' });
            // A second writing connection gains nothing and makes both wait for each other's lock.
            let writer = opened(sqlite(&mode("rwc"), 1, WRITERS_CACHE)).await?;
            let reader = opened(sqlite(&mode("rw"), options.max_connections, READERS_CACHE)).await?;
            return Ok(Self::new(Engine::Sqlite, writer, reader));
        }
        if !options.url.starts_with("postgres://") && !options.url.starts_with("postgresql://") {
            return Err(StoreError::Unusable("its URL is neither sqlite://PATH nor postgres://…".to_owned()));
        }
        // SeaORM would say so too, but with the whole URL.
        PgConnectOptions::from_str(&options.url).map_err(|error| StoreError::Unusable(format!("its URL: {error}")))?;
        let mut postgres = ConnectOptions::new(&options.url);
        postgres
            .max_connections(options.max_connections)
            .acquire_timeout(PATIENCE)
            .connect_timeout(PATIENCE)
            .test_before_acquire(false)
            .sqlx_logging(false)
            .map_sqlx_postgres_opts(|options| options.application_name("pakn"));
        let pool = Database::connect(postgres).await?;
        Ok(Self::new(Engine::Postgres, pool.clone(), pool))
    }

    fn new(engine: Engine, writer: DatabaseConnection, reader: DatabaseConnection) -> Self {
        Self {
            engine,
            arriving: Line::start(writer.clone()),
            writer,
            reader,
            replica: None,
            writing: Queue::default(),
            reading: Queue::default(),
            asking: Together::default(),
            looking_round: Together::default(),
        }
    }

    /// Counts from now on what is asked of the database: by it a test sees that no list asks more often for more rows.
    pub fn count_statements(&mut self) -> Arc<AtomicU64> {
        let count = Arc::new(AtomicU64::new(0));
        for connection in [&mut self.writer, &mut self.reader] {
            let count = Arc::clone(&count);
            connection.set_metric_callback(move |_| {
                count.fetch_add(1, Ordering::Relaxed);
            });
        }
        // The task that was started has a connection that counts nothing.
        self.arriving = Line::start(self.writer.clone());
        count
    }

    /// Which engine it is.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Asks the database whether it is there.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when it is not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.reader.execute_unprepared("SELECT 1").await?;
        Ok(())
    }

    /// Ends all connections, after the requests that use them.
    ///
    /// # Errors
    /// As the driver says.
    pub async fn close(self) -> Result<(), StoreError> {
        if let Some(pool) = self.replica_pool() {
            pool.close().await?;
        }
        self.writer.close().await?;
        Ok(self.reader.close().await?)
    }

    /// Begins a unit of work: everything done through it is committed together or not at all.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when no connection or, on SQLite, no lock was to be had in time.
    pub async fn begin(&self) -> Result<UnitOfWork, StoreError> {
        let _waiting = self.writing.wait();
        begin(&self.writer, self.engine).await
    }

    /// Opens a view of the database in which nothing changes while it is read.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when no connection was to be had in time.
    pub async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        let options = match self.engine {
            Engine::Sqlite => TransactionOptions {
                sqlite_transaction_mode: Some(SqliteTransactionMode::Deferred),
                ..TransactionOptions::default()
            },
            Engine::Postgres => TransactionOptions {
                isolation_level: Some(IsolationLevel::RepeatableRead),
                access_mode: Some(AccessMode::ReadOnly),
                ..TransactionOptions::default()
            },
        };
        let _waiting = self.reading.wait();
        #[expect(clippy::disallowed_methods, reason = "this is the one place where a snapshot begins")]
        let transaction = self.reader.begin_with_options(options).await?;
        Ok(Snapshot(transaction))
    }

    /// For what is one statement, and a transaction by itself.
    pub(crate) fn writer(&self) -> &DatabaseConnection {
        &self.writer
    }

    pub(crate) fn reader(&self) -> &DatabaseConnection {
        &self.reader
    }

    pub(crate) fn arriving(&self) -> &Line {
        &self.arriving
    }

    pub(crate) fn asking(&self) -> &Together<PetitionCode> {
        &self.asking
    }

    pub(crate) fn looking_round(&self) -> &Together<Surroundings> {
        &self.looking_round
    }

    /// The same, with a replica.
    pub(crate) fn beside(self, replica: Replica) -> Self {
        Self { replica: Some(Arc::new(replica)), ..self }
    }

    /// What is beside it.
    pub(crate) fn its_replica(&self) -> Option<&Replica> {
        self.replica.as_deref()
    }

    /// The same, but all of it on other connections.
    pub(crate) fn over(&self, connections: DatabaseConnection) -> Self {
        Self {
            writer: connections.clone(),
            reader: connections,
            replica: None,
            asking: Together::default(),
            looking_round: Together::default(),
            ..self.clone()
        }
    }
}

/// Begins a unit of work on the connection that writes.
pub(crate) async fn begin(writer: &DatabaseConnection, engine: Engine) -> Result<UnitOfWork, StoreError> {
    // Deferred, a transaction that reads and then writes fails at once when another wrote in between.
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    #[expect(clippy::disallowed_methods, reason = "this is the one place where a unit of work begins")]
    let transaction = writer.begin_with_options(options).await?;
    Ok(UnitOfWork::new(transaction, engine))
}

/// A view of the database in which nothing changes; ends when dropped.
#[derive(Debug)]
pub struct Snapshot(pub(crate) DatabaseTransaction);

/// Opens SQLite's file. Where several open a new one at once, SQLite tells some without waiting that it is locked: one of them makes it keep a WAL.
async fn opened(options: ConnectOptions) -> Result<DatabaseConnection, StoreError> {
    let began = Instant::now();
    loop {
        match Database::connect(options.clone()).await {
            Err(error) if code(&error).as_deref() == Some(SQLITE_BUSY) && began.elapsed() < LOCK_PATIENCE => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            opened => return Ok(opened?),
        }
    }
}

fn sqlite(url: &str, connections: u32, cache: &'static str) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(PATIENCE)
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |options| {
            options
                .foreign_keys(true)
                .pragma("cache_size", cache)
                .busy_timeout(LOCK_PATIENCE)
                // What is asked again and again stays prepared, whatever else is asked in between.
                .statement_cache_capacity(256)
                .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal)
                // What was acknowledged survives a power cut, not only a crash of the program.
                .synchronous(sqlx::sqlite::SqliteSynchronous::Full)
                .pragma("trusted_schema", "OFF")
                // What is deleted is overwritten: somebody may have asked for it.
                .pragma("secure_delete", "ON")
        })
        .map_sqlx_sqlite_pool_opts(|pool| {
            pool.after_release(|connection, _| Box::pin(is_out_of_transaction(connection)))
        });
    options
}

/// Whether a connection is fit for the next one who asks.
///
/// Where there is no room on the disk SQLite takes a transaction back by itself; the driver, whose own rollback then fails, goes on counting it as
/// open, and whatever is committed on the connection afterwards would be a part of that, acknowledged and never kept.
async fn is_out_of_transaction(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    if connection.is_in_transaction() {
        // A rollback that was begun may still be under way; this is answered after it.
        connection.ping().await?;
    }
    Ok(!connection.is_in_transaction())
}
