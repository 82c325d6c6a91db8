//! Bringing the schema up to date beside servers that serve.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use sea_orm::{ConnectionTrait, FromQueryResult, Statement, Value};
use sea_orm_migration::SchemaManager;

use crate::{
    error::{StoreError, code},
    migration,
    store::{Engine, Store},
};

/// Held until the transaction ends; the number is this program's alone.
const TURN: &str = "SELECT pg_advisory_xact_lock(7270201104)";

/// How long a step waits for a table that somebody uses. Whoever comes after it waits behind it, so it is less than requests do.
const LOCK_PATIENCE: &str = "SET LOCAL lock_timeout = '1s'";

/// How long it tries again, and what lies between two tries: time for those who waited behind it.
const PATIENCE: Duration = Duration::from_mins(2);
const PAUSE: Duration = Duration::from_millis(700);

/// What PostgreSQL calls that a lock was not to be had in time.
const LOCK_NOT_AVAILABLE: &str = "55P03";

#[derive(FromQueryResult)]
struct Step {
    version: String,
    /// Whether it is recorded what a program must know to run after it.
    is_described: bool,
    least: Option<String>,
}

impl Store {
    /// Brings the schema up to date, whole or not at all, and the places of the log to where it is. Servers that start together take turns; where nothing is
    /// to be done, nothing is locked.
    ///
    /// # Errors
    /// [`StoreError::Migration`] naming the step that failed, [`StoreError::Unusable`] where a newer program took away what this one needs;
    /// otherwise as the database says.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        let began = Instant::now();
        while self.steps_to_migrate().await? > 0 {
            match self.migrate_at_once().await {
                Err(StoreError::Migration { cause, .. })
                    if code(&cause).as_deref() == Some(LOCK_NOT_AVAILABLE) && began.elapsed() < PATIENCE =>
                {
                    tracing::info!("a table of the schema is in use; tried again");
                    tokio::time::sleep(PAUSE).await;
                }
                done => done?,
            }
        }
        self.settle_log().await
    }

    /// How many steps of the schema are still to be made; all of them in an empty database.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] where a newer program took away what this one needs; otherwise as the database says.
    pub async fn steps_to_migrate(&self) -> Result<usize, StoreError> {
        Ok(steps_to_make(self.reader()).await?.len())
    }

    async fn migrate_at_once(&self) -> Result<(), StoreError> {
        let turn = self.begin().await?;
        let transaction = turn.transaction();
        match self.engine() {
            // Begun IMMEDIATE, it has the only writer's turn.
            Engine::Sqlite => {}
            Engine::Postgres => {
                transaction.execute_unprepared(TURN).await?;
                // Not before: whose turn it is not waits as long as the other takes.
                transaction.execute_unprepared(LOCK_PATIENCE).await?;
            }
        }
        let pending = steps_to_make(transaction).await?;
        // As SeaORM's migrator made it, which does not know of steps of a newer program, nor say which step failed.
        if made(transaction).await?.is_empty() {
            let table = "CREATE TABLE IF NOT EXISTS seaql_migrations (version varchar NOT NULL PRIMARY KEY, applied_at bigint NOT NULL)";
            transaction.execute_unprepared(table).await?;
        }
        let backend = transaction.get_database_backend();
        let now = match self.engine() {
            Engine::Sqlite => "CAST(strftime('%s') AS integer)",
            Engine::Postgres => "extract(epoch FROM now())::bigint",
        };
        for step in migration::steps() {
            let name = step.name();
            if pending.iter().any(|pending| pending == name) {
                tracing::info!(step = name, "the schema changes");
                let made = step.up(&SchemaManager::new(transaction)).await;
                made.map_err(|cause| StoreError::Migration { step: name.to_owned(), cause })?;
                let sql = format!("INSERT INTO seaql_migrations (version, applied_at) VALUES ($1, {now})");
                transaction.execute_raw(Statement::from_sql_and_values(backend, sql, [Value::from(name)])).await?;
            }
        }
        for step in migration::steps() {
            let sql = "INSERT INTO schema_step (version, least) VALUES ($1, $2) ON CONFLICT (version) DO NOTHING";
            let values =
                [Value::from(step.name()), Value::from(migration::least_after(step.name()).map(str::to_owned))];
            transaction.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
        }
        turn.commit().await
    }
}

/// The names of the steps that were made, in order.
pub(crate) async fn made(connection: &impl ConnectionTrait) -> Result<Vec<String>, StoreError> {
    Ok(described(connection).await?.into_iter().map(|step| step.version).collect())
}

async fn described<C: ConnectionTrait>(connection: &C) -> Result<Vec<Step>, StoreError> {
    let has = async |table: &str| {
        let sql = match Engine::of(connection) {
            Engine::Sqlite => "SELECT name FROM sqlite_schema WHERE type = 'table' AND name = $1",
            Engine::Postgres => {
                "SELECT table_name::text FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = $1"
            }
        };
        let statement = Statement::from_sql_and_values(connection.get_database_backend(), sql, [Value::from(table)]);
        Ok::<_, StoreError>(connection.query_one_raw(statement).await?.is_some())
    };
    if !has("seaql_migrations").await? {
        return Ok(Vec::new());
    }
    let sql = if has("schema_step").await? {
        "SELECT m.version, s.version IS NOT NULL AS is_described, s.least FROM seaql_migrations m \
         LEFT JOIN schema_step s ON s.version = m.version ORDER BY m.version"
    } else {
        "SELECT version, 1 = 0 AS is_described, NULL AS least FROM seaql_migrations ORDER BY version"
    };
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    Ok(Step::find_by_statement(statement).all(connection).await?)
}

/// The steps of this program that are still to be made, in order.
async fn steps_to_make(connection: &impl ConnectionTrait) -> Result<Vec<String>, StoreError> {
    let made = described(connection).await?;
    let known = known();
    let newest = known.last().map_or("", String::as_str);
    for Step { version, is_described, least } in made.iter().filter(|step| !known.contains(&step.version)) {
        if !is_described {
            return Err(StoreError::Unusable(format!(
                "its schema has the step {version}, of which it does not say who may run after it: run the program that made it"
            )));
        }
        if let Some(least) = least.as_deref().filter(|least| *least > newest) {
            return Err(StoreError::Unusable(format!(
                "its schema has the step {version}, after which only programs run that know {least}, and this one knows {newest}: run a newer one"
            )));
        }
    }
    let made: BTreeSet<&str> = made.iter().map(|step| step.version.as_str()).collect();
    Ok(known.iter().filter(|step| !made.contains(step.as_str())).cloned().collect())
}

fn known() -> Vec<String> {
    migration::steps().iter().map(|step| step.name().to_owned()).collect()
}

/// The first of those steps that this program does not know.
pub fn unknown_step(steps: &[String]) -> Option<&String> {
    let known = known();
    steps.iter().find(|step| !known.contains(step))
}
