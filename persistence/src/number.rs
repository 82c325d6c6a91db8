//! The numbers of petitions, in the order of all of them; gaps are normal.

use std::{collections::VecDeque, sync::Arc};

use sea_orm::{ConnectionTrait, FromQueryResult, Statement};
use tokio::sync::Mutex;

use crate::{error::StoreError, store::Engine, unit_of_work::UnitOfWork};

/// How many a server takes at once. Those that it has not given when it stops are nobody's.
const TAKEN_AT_ONCE: usize = 64;

#[derive(FromQueryResult)]
struct Number {
    number: i64,
}

/// The numbers that this server has taken of PostgreSQL's sequence and not given yet, the next one first.
///
/// A sequence takes no part in transactions, so no two submissions wait for each other; to ask it each time would be half of what a submission
/// waits for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Numbers(Arc<Mutex<VecDeque<u64>>>);

impl Numbers {
    /// The next ones.
    pub async fn take(&self, connection: &impl ConnectionTrait, many: usize) -> Result<Vec<u64>, StoreError> {
        // Held while more are taken: who comes meanwhile needs them too.
        let mut taken = self.0.lock().await;
        while taken.len() < many {
            let sql = format!("SELECT nextval('petition_number') AS number FROM generate_series(1, {TAKEN_AT_ONCE})");
            taken.extend(read(connection, sql).await?);
        }
        Ok(taken.drain(..many).collect())
    }
}

impl UnitOfWork {
    /// The number that the next petition of the whole system gets.
    ///
    /// # Errors
    /// As the database says.
    pub async fn next_number(&self) -> Result<u64, StoreError> {
        let sql = match self.engine() {
            Engine::Postgres => "SELECT nextval('petition_number') AS number",
            // There is one writer, and this is it.
            Engine::Sqlite => "SELECT COALESCE(MAX(number), 0) + 1 AS number FROM petition",
        };
        read(self.transaction(), sql.to_owned()).await?.pop().ok_or_else(none)
    }
}

async fn read(connection: &impl ConnectionTrait, sql: String) -> Result<Vec<u64>, StoreError> {
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let rows = Number::find_by_statement(statement).all(connection).await?;
    rows.into_iter().map(|row| u64::try_from(row.number).map_err(|_| none())).collect()
}

fn none() -> StoreError {
    StoreError::inconsistent("petition", "number", "next", "not a positive number")
}
