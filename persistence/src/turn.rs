//! Those who follow the log, each from a place of its own: of several servers one at a time goes on from there.

use sea_orm::{ConnectionTrait, FromQueryResult, Statement, Value};

use crate::{error::StoreError, store::Store, tail::LogCursor, unit_of_work::UnitOfWork};

/// Who follows the log. The figures are not among them: they keep more than a place (`fold`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consumer {
    /// Learns for the suggestion of fields.
    Suggestion,
    /// Tells people.
    Notices,
    /// Tells agencies' systems.
    Webhooks,
}

impl Consumer {
    /// All of them.
    pub(crate) const ALL: &[Self] = &[Self::Suggestion, Self::Notices, Self::Webhooks];

    /// What an operator reads of it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Suggestion => "suggestion",
            Self::Notices => "messages",
            Self::Webhooks => "webhooks",
        }
    }

    /// The table of one row that its place is in.
    pub(crate) fn table(self) -> &'static str {
        match self {
            Self::Suggestion => "learned_checkpoint",
            Self::Notices => "notice_checkpoint",
            Self::Webhooks => "webhook_checkpoint",
        }
    }
}

/// How far a consumer has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// Whose it is.
    consumer: Consumer,
    /// Grows with every turn.
    pub revision: i64,
    /// The last event that was looked at.
    pub upto: LogCursor,
}

#[derive(FromQueryResult)]
struct Row {
    revision: i64,
    transaction_id: i64,
    position: i64,
}

impl Store {
    /// How far a consumer has come.
    ///
    /// # Errors
    /// As the database says.
    pub async fn turn(&self, consumer: Consumer) -> Result<Turn, StoreError> {
        let table = consumer.table();
        let sql = format!("SELECT revision, transaction_id, position FROM {table} WHERE id = 1");
        let statement = Statement::from_string(self.reader().get_database_backend(), sql);
        let row = Row::find_by_statement(statement).one(self.reader()).await?;
        let row = row.ok_or_else(|| StoreError::inconsistent(table, "id", 1, "the row is missing"))?;
        Ok(Turn { consumer, revision: row.revision, upto: LogCursor::new(row.transaction_id, row.position) })
    }
}

impl UnitOfWork {
    /// Takes the turn that begins where that one ended, up to a place in the log; `false` where another server has had it.
    ///
    /// # Errors
    /// As the database says.
    pub async fn take_log_turn(&mut self, before: Turn, upto: LogCursor) -> Result<bool, StoreError> {
        let (transaction, position) = upto.parts();
        let table = before.consumer.table();
        let sql = format!(
            "UPDATE {table} SET revision = revision + 1, transaction_id = $1, position = $2 WHERE id = 1 AND revision = $3"
        );
        let values = [transaction, position, before.revision].map(Value::from);
        let backend = self.transaction().get_database_backend();
        let taken = self.transaction().execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
        Ok(taken.rows_affected() == 1)
    }
}
