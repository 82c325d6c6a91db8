//! Following the log: what came after a place in it, for those who are told as it happens.
//!
//! On PostgreSQL a later position can be committed before an earlier one, so a place in the log is the transaction and the
//! position, and nothing is read of a transaction as long as an older one may still write. A transaction that stays open holds
//! back what comes after it, and loses nothing. SQLite has one writer, and its positions are committed in their order.

use domain::{
    code::{AgencyCode, CategoryCode},
    id::{AccountId, PetitionId},
    petition::{EventData, PetitionCode, Status},
    time::Instant,
};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement, Value, sea_query::Expr};
use uuid::Uuid;

use crate::{
    error::StoreError,
    store::{Engine, Store},
};

/// A place in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogCursor {
    /// The transaction; zero on SQLite.
    transaction: i64,
    position: i64,
}

impl LogCursor {
    /// Reads what [`std::fmt::Display`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        let (transaction, position) = text.split_once('-')?;
        let cursor = Self { transaction: transaction.parse().ok()?, position: position.parse().ok()? };
        (cursor.to_string() == text && cursor.transaction >= 0 && cursor.position >= 0).then_some(cursor)
    }

    /// Before everything, as a place that can be named.
    pub fn beginning() -> Self {
        Self { transaction: 0, position: 0 }
    }

    /// Before everything.
    pub(crate) const BEGIN: Self = Self { transaction: 0, position: i64::MIN };

    /// Transaction and position.
    pub(crate) fn parts(self) -> (i64, i64) {
        (self.transaction, self.position)
    }

    pub(crate) fn new(transaction: i64, position: i64) -> Self {
        Self { transaction, position }
    }

    /// The transaction of an event, for a query.
    pub(crate) fn transaction_of_event(engine: Engine) -> Expr {
        match engine {
            Engine::Sqlite => Expr::cust("0"),
            Engine::Postgres => Expr::cust("xid::text::bigint"),
        }
    }

    /// That an event lies after this place.
    pub(crate) fn precedes_event(self, engine: Engine) -> Expr {
        self.compared(engine, ">")
    }

    /// That an event lies before this place or at it.
    pub(crate) fn covers_event(self, engine: Engine) -> Expr {
        self.compared(engine, "<=")
    }

    fn compared(self, engine: Engine, how: &str) -> Expr {
        match engine {
            Engine::Sqlite => Expr::cust_with_values(format!("position {how} ?"), [self.position]),
            Engine::Postgres => Expr::cust_with_values(
                format!("(xid, position) {how} ($1::text::xid8, $2)"),
                [Value::from(self.transaction.to_string()), Value::from(self.position)],
            ),
        }
    }
}

impl std::fmt::Display for LogCursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.transaction, self.position)
    }
}

/// Something that happened, with what its petition is now.
#[derive(Debug, Clone, PartialEq)]
pub struct LoggedNews {
    /// Its place.
    pub cursor: LogCursor,
    /// Whose.
    pub petition: PetitionId,
    /// The public code.
    pub code: PetitionCode,
    /// The petition's version after it.
    pub seq: u32,
    /// When.
    pub at: Instant,
    /// Who did it; `None`: the system.
    pub actor: Option<AccountId>,
    /// What.
    pub data: EventData,
    /// The agency that had the petition until then, where this moved it.
    pub left: Option<AgencyCode>,
    /// Who had the petition once it had happened.
    pub desk: AgencyCode,
    /// Who has the petition now.
    pub holder: AgencyCode,
    /// Where the petition stands now.
    pub status: Status,
    /// The petition's version now.
    pub version: u32,
    /// The field that the petition is in now.
    pub category: CategoryCode,
}

#[derive(FromQueryResult)]
struct Row {
    xid: i64,
    position: i64,
    petition_id: Uuid,
    code: String,
    seq: i32,
    at: i64,
    actor_account: Option<Uuid>,
    kind: String,
    data: String,
    came_by: Option<String>,
    came_with: Option<String>,
    holder: String,
    status: String,
    version: i32,
    category: String,
}

#[derive(FromQueryResult)]
struct End {
    xid: i64,
    position: i64,
}

/// What is read of an event and its petition. Who had the petition is known of its last event, and of one that moved it. Before that it
/// is how the petition had come to its desk, which is looked up for these alone; so is which desk was left.
fn columns() -> String {
    let before = |column: &str| {
        format!(
            "CASE WHEN e.type IN ('transferred', 'returned') OR p.version <> e.seq AND e.type NOT IN ('submitted', 'carried_over') \
             THEN (SELECT m.{column} FROM event m WHERE m.petition_id = e.petition_id AND m.seq < e.seq \
             AND m.type IN ('submitted', 'transferred', 'returned', 'carried_over') ORDER BY m.seq DESC LIMIT 1) END"
        )
    };
    format!(
        "e.position, e.petition_id, e.seq, e.at, e.actor_account, e.type AS kind, e.data, {} AS came_by, {} AS came_with, p.code, p.holder, p.status, \
         p.version, p.category",
        before("type"),
        before("data")
    )
}

impl Store {
    /// The end of the log: what is committed from now on comes after it.
    ///
    /// # Errors
    /// As the database says.
    pub async fn log_end(&self) -> Result<LogCursor, StoreError> {
        end_of_log(self.reader()).await
    }

    /// What happened after a place, in the order of the log.
    ///
    /// # Errors
    /// As the database says.
    pub async fn log_after(&self, after: LogCursor, limit: u32) -> Result<Vec<LoggedNews>, StoreError> {
        let backend = self.reader().get_database_backend();
        let (limit, columns) = (i64::from(limit), columns());
        let statement = match self.engine() {
            Engine::Sqlite => {
                let sql = format!(
                    "SELECT 0 AS xid, {columns} FROM event e JOIN petition p ON p.id = e.petition_id \
                     WHERE e.position > $1 ORDER BY e.position LIMIT $2"
                );
                Statement::from_sql_and_values(backend, sql, [Value::from(after.position), Value::from(limit)])
            }
            Engine::Postgres => {
                let sql = format!(
                    "SELECT e.xid::text::bigint AS xid, {columns} FROM event e JOIN petition p ON p.id = e.petition_id \
                     WHERE (e.xid, e.position) > ($1::text::xid8, $2) AND e.xid < log_horizon() \
                     ORDER BY e.xid, e.position LIMIT $3"
                );
                let values =
                    [Value::from(after.transaction.to_string()), Value::from(after.position), Value::from(limit)];
                Statement::from_sql_and_values(backend, sql, values)
            }
        };
        Row::find_by_statement(statement).all(self.reader()).await?.into_iter().map(LoggedNews::try_from).collect()
    }
}

/// The end of the log, as that connection sees it.
pub(crate) async fn end_of_log(connection: &impl ConnectionTrait) -> Result<LogCursor, StoreError> {
    let sql = match Engine::of(connection) {
        Engine::Sqlite => "SELECT 0 AS xid, COALESCE(MAX(position), 0) AS position FROM event",
        // What is in flight comes after it, whatever its position.
        Engine::Postgres => "SELECT log_horizon()::text::bigint - 1 AS xid, 9223372036854775807 AS position",
    };
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let end = End::find_by_statement(statement).one(connection).await?;
    let end = end.ok_or_else(|| StoreError::inconsistent("event", "position", "last", "no answer"))?;
    Ok(LogCursor { transaction: end.xid, position: end.position })
}

impl TryFrom<Row> for LoggedNews {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let key = format!("{} {}", row.petition_id, row.seq);
        let wrong = |column, problem: String| StoreError::inconsistent("event", column, &key, problem);
        let agency = |column, text: &str| AgencyCode::parse(text).map_err(|error| wrong(column, error.to_string()));
        let came = row.came_by.as_deref().zip(row.came_with.as_deref());
        let came = came.map(|(kind, data)| EventData::from_parts(kind, data)).transpose();
        let came = came.map_err(|error| wrong("data", error.to_string()))?.as_ref().and_then(EventData::moves_to);
        let data = EventData::from_parts(&row.kind, &row.data).map_err(|error| wrong("data", error.to_string()))?;
        let holder = agency("holder", &row.holder)?;
        let (desk, left) = match data.moves_to() {
            Some(to) => (to, came),
            None => (came.unwrap_or_else(|| holder.clone()), None),
        };
        Ok(Self {
            cursor: LogCursor { transaction: row.xid, position: row.position },
            petition: PetitionId(row.petition_id),
            code: PetitionCode::parse(&row.code).map_err(|error| wrong("code", error.to_string()))?,
            seq: u32::try_from(row.seq).map_err(|error| wrong("seq", error.to_string()))?,
            at: Instant::from_micros(row.at).ok_or_else(|| wrong("at", "not an instant".to_owned()))?,
            actor: row.actor_account.map(AccountId),
            data,
            left,
            desk,
            holder,
            status: Status::parse(&row.status)
                .ok_or_else(|| wrong("status", format!("unknown word {:?}", row.status)))?,
            version: u32::try_from(row.version).map_err(|error| wrong("version", error.to_string()))?,
            category: CategoryCode::parse(&row.category).map_err(|error| wrong("category", error.to_string()))?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_back_and_nothing_else_does() {
        let cursor = LogCursor { transaction: 7, position: 42 };
        assert_eq!(LogCursor::parse(&cursor.to_string()), Some(cursor));
        for text in ["", "-", "7", "7-", "-7-1", "7--1", "07-1", "7-1-2", "a-b", "7-99999999999999999999"] {
            assert_eq!(LogCursor::parse(text), None, "{text}");
        }
        assert!(cursor < LogCursor { transaction: 8, position: 1 });
    }
}
