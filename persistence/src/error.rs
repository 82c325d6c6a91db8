//! What can go wrong between here and the disk.

use sea_orm::{DbErr, RuntimeErr, SqlErr};

/// A rule of the schema that a write ran against, and that callers tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Constraint {
    /// Two accounts with one login.
    AccountLogin,
    /// A request's key that was committed before.
    IdempotencyKey,
    /// A petition's event with a number that it has already: somebody else was faster.
    EventHistory,
    /// Two filters of one account with one name.
    SavedFilterName,
    /// Two seals with one number: another server was faster.
    SealNumber,
    /// Two requests of one person to be erased, neither of them over.
    OpenErasure,
    /// Two petitions that are the same item of a source.
    IntakeItem,
    /// Any other unique key or reference.
    Other,
}

/// Why the store could not do it.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// A rule of the schema refused the write.
    #[error("{0:?} refused the write: {1}")]
    Conflict(Constraint, DbErr),
    /// The petition has moved on since it was read.
    #[error("the petition has changed since it was read")]
    Stale,
    /// A file that an event names is not the actor's, belongs elsewhere, or is gone.
    #[error("no such upload")]
    NoSuchUpload,
    /// A row that no version of this program wrote.
    #[error("table {table}, column {column}, row {row}: {problem}")]
    Inconsistent {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The key of the row.
        row: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The database cannot be reached or cannot take the request now; later it may.
    #[error("the database is not available: {0}")]
    Unavailable(DbErr),
    /// Too much waits to be written already.
    #[error("too much waits to be written")]
    Busy,
    /// There is no such database to connect to; what is said names no URL, which may have a password in it.
    #[error("the database cannot be opened: {0}")]
    Unusable(String),
    /// A step of the schema could not be made.
    #[error(
        "step {step} of the schema failed: {cause}. Nothing was changed, and servers of the version before go on; mend the cause and run `pakn migrate` again"
    )]
    Migration {
        /// Which.
        step: String,
        /// Why.
        cause: DbErr,
    },
    /// Anything else the driver said.
    #[error("{0}")]
    Driver(DbErr),
}

impl StoreError {
    pub(crate) fn inconsistent(
        table: &'static str,
        column: &'static str,
        row: impl std::fmt::Display,
        problem: impl std::fmt::Display,
    ) -> Self {
        Self::Inconsistent { table, column, row: row.to_string(), problem: problem.to_string() }
    }
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        if let Some(SqlErr::UniqueConstraintViolation(text) | SqlErr::ForeignKeyConstraintViolation(text)) =
            error.sql_err()
        {
            return Self::Conflict(named_in(&text), error);
        }
        if is_unavailable(&error) { Self::Unavailable(error) } else { Self::Driver(error) }
    }
}

/// PostgreSQL names the constraint, SQLite the columns.
fn named_in(text: &str) -> Constraint {
    let names = [
        (Constraint::AccountLogin, ["account_login_key", "account.login"]),
        (Constraint::IdempotencyKey, ["idempotency_key_pkey", "idempotency_key.account_id"]),
        (Constraint::EventHistory, ["event_history_key", "event.petition_id"]),
        (Constraint::SavedFilterName, ["saved_filter_name_key", "saved_filter.account_id"]),
        (Constraint::SealNumber, ["seal_number_key", "seal.number"]),
        (Constraint::OpenErasure, ["erasure_one_open", "erasure.account_id"]),
        (Constraint::IntakeItem, ["intake_item_pkey", "intake_item.source"]),
    ];
    names
        .into_iter()
        .find(|(_, names)| names.iter().any(|name| text.contains(name)))
        .map_or(Constraint::Other, |(constraint, _)| constraint)
}

/// What the database calls the error, where it is one of its own.
pub(crate) fn code(error: &DbErr) -> Option<String> {
    let (DbErr::Conn(cause) | DbErr::Exec(cause) | DbErr::Query(cause)) = error else { return None };
    let RuntimeErr::SqlxError(cause) = cause else { return None };
    cause.as_database_error().and_then(|answer| answer.code()).map(|code| code.into_owned())
}

fn is_unavailable(error: &DbErr) -> bool {
    let (DbErr::Conn(cause) | DbErr::Exec(cause) | DbErr::Query(cause)) = error else {
        return matches!(error, DbErr::ConnectionAcquire(_));
    };
    let RuntimeErr::SqlxError(cause) = cause else { return false };
    if let sqlx::Error::Database(answer) = cause.as_ref() {
        return answer.code().is_some_and(|code| temporary(&code));
    }
    matches!(
        cause.as_ref(),
        sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
    )
}

/// PostgreSQL: connection trouble (08), resources (53), shutdown and start-up (57P), serialisation and deadlock (40), the disk (58), a server that
/// only reads (25006), a lock that was not to be had (55P03).
/// SQLite, primary code in the low byte: BUSY 5, LOCKED 6, READONLY 8, IOERR 10, FULL 13, CANTOPEN 14.
fn temporary(code: &str) -> bool {
    match code.parse::<u32>() {
        Ok(number) if code.len() < 5 => matches!(number & 0xff, 5 | 6 | 8 | 10 | 13 | 14),
        Ok(_) | Err(_) => ["08", "53", "57P", "40", "58", "25006", "55P03"].iter().any(|class| code.starts_with(class)),
    }
}
