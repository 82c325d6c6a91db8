//! What a backup is made of, and what a restore asks of its target.

use std::path::Path;

use domain::time::Instant;
use sea_orm::{ConnectionTrait, FromQueryResult, Statement, Value};

use crate::{
    error::StoreError,
    migrate,
    store::{Engine, Snapshot, Store},
    tail::{LogCursor, end_of_log},
};

/// A database as one instant has it.
#[derive(Debug)]
pub struct Backing {
    /// What is read of it.
    pub snapshot: Snapshot,
    /// What `pg_dump --snapshot` calls it; nothing on SQLite.
    pub exported: Option<String>,
}

/// What a database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Database {
    /// The version of its engine, as a number on PostgreSQL (150012) and as text on SQLite.
    pub version: String,
    /// The steps of its schema.
    pub steps: Vec<String>,
    /// The end of its log.
    pub log_end: LogCursor,
}

#[derive(FromQueryResult)]
struct Said {
    said: String,
}

async fn said(connection: &impl ConnectionTrait, sql: &str) -> Result<String, StoreError> {
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let said = Said::find_by_statement(statement).one(connection).await?;
    Ok(said.ok_or_else(|| StoreError::Unusable(format!("it does not answer {sql}")))?.said)
}

impl Store {
    /// Writes a copy of an SQLite database, as one instant has it, into an empty file. Beside those who read and write: it reads in a snapshot.
    ///
    /// # Errors
    /// As the database says.
    pub async fn copy_to(&self, file: &Path) -> Result<(), StoreError> {
        let file = file.to_str().ok_or_else(|| StoreError::Unusable(format!("{}: not UTF-8", file.display())))?;
        let backend = self.reader().get_database_backend();
        self.reader()
            .execute_raw(Statement::from_sql_and_values(backend, "VACUUM INTO $1", [Value::from(file)]))
            .await?;
        Ok(())
    }

    /// Opens a view that another program can share, where the engine has such.
    ///
    /// # Errors
    /// As the database says.
    pub async fn back_up(&self) -> Result<Backing, StoreError> {
        let snapshot = self.snapshot().await?;
        let exported = match self.engine() {
            Engine::Sqlite => None,
            Engine::Postgres => {
                // It stands still for as long as the dump takes.
                snapshot.0.execute_unprepared("SET LOCAL idle_in_transaction_session_timeout = 0").await?;
                Some(said(&snapshot.0, "SELECT pg_export_snapshot() AS said").await?)
            }
        };
        Ok(Backing { snapshot, exported })
    }

    /// Asks servers to remove no files until then.
    ///
    /// # Errors
    /// As the database says.
    pub async fn hold_files(&self, until: Instant) -> Result<(), StoreError> {
        let sql = "UPDATE file_hold SET until = $1 WHERE id = 1 AND until < $1";
        let statement =
            Statement::from_sql_and_values(self.writer().get_database_backend(), sql, [Value::from(until.micros())]);
        self.writer().execute_raw(statement).await?;
        Ok(())
    }

    /// Whether somebody wants files to be left alone.
    ///
    /// # Errors
    /// As the database says.
    pub async fn files_are_held(&self, now: Instant) -> Result<bool, StoreError> {
        let sql = "SELECT id FROM file_hold WHERE until > $1";
        let statement =
            Statement::from_sql_and_values(self.reader().get_database_backend(), sql, [Value::from(now.micros())]);
        Ok(self.reader().query_one_raw(statement).await?.is_some())
    }

    /// Whether there is nothing at all in it.
    ///
    /// # Errors
    /// As the database says.
    pub async fn is_empty(&self) -> Result<bool, StoreError> {
        let sql = match self.engine() {
            Engine::Sqlite => "SELECT CAST(count(*) AS text) AS said FROM sqlite_schema",
            Engine::Postgres => {
                "SELECT count(*)::text AS said FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
                 WHERE n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'"
            }
        };
        Ok(said(self.reader(), sql).await? == "0")
    }

    /// Forgets files of which only parts have come: a backup does not have these. Whoever sends one begins anew.
    ///
    /// # Errors
    /// As the database says.
    pub async fn forget_partial_uploads(&self) -> Result<(), StoreError> {
        self.writer().execute_unprepared("DELETE FROM partial_upload").await?;
        Ok(())
    }

    /// Which version the engine is of.
    ///
    /// # Errors
    /// As the database says.
    pub async fn engine_version(&self) -> Result<String, StoreError> {
        engine_version(self.reader()).await
    }
}

async fn engine_version(connection: &impl ConnectionTrait) -> Result<String, StoreError> {
    let sql = match Engine::of(connection) {
        Engine::Sqlite => "SELECT sqlite_version() AS said",
        Engine::Postgres => "SELECT current_setting('server_version_num') AS said",
    };
    said(connection, sql).await
}

impl Snapshot {
    /// What the database is.
    ///
    /// # Errors
    /// As the database says.
    pub async fn described(&self) -> Result<Database, StoreError> {
        Ok(Database {
            version: engine_version(&self.0).await?,
            steps: migrate::made(&self.0).await?,
            log_end: end_of_log(&self.0).await?,
        })
    }
}
