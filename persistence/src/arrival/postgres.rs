//! PostgreSQL's way: what came while others were written is written in one statement, which is a transaction by itself. No INSERT waits for the answer
//! to that before it, and what a statement costs beside its rows is shared.

use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, DbErr, EntityTrait, FromQueryResult, Iterable, QueryFilter,
    QueryTrait,
    sea_query::{CommonTableExpression, Expr, ExprTrait, Func, InsertStatement, Query, WithClause, WithQuery},
};
use serde_json::{Value, json};

use super::{Rows, line::Decided, rows::inserting};
use crate::{
    account::Account,
    entity::{account, idempotency_key, words},
    error::StoreError,
    store::{Engine, begin},
};

/// The most in one statement: of each power of two up to it one is prepared, with a hundred values a petition.
const MOST_TOGETHER: usize = 32;

/// How many of so many are written in one statement. Those who are left wait for the next turn, and share that with who comes meanwhile: a commit of their
/// own now would hold up all.
pub(super) fn in_one_statement(waiting: usize) -> usize {
    1 << waiting.clamp(1, MOST_TOGETHER).ilog2()
}

/// Writes all of them, and tells each.
pub(super) async fn write(writer: &DatabaseConnection, decided: Vec<Decided>) {
    // Whether all its files were there is known afterwards only.
    let (with_files, mut rest): (Vec<_>, Vec<_>) = decided.into_iter().partition(|one| one.rows.has_files());
    while !rest.is_empty() {
        // Fewer than there were where somebody has given up.
        let together = rest.drain(..in_one_statement(rest.len())).collect();
        write_together(writer, together).await;
    }
    for one in with_files {
        let senders = write_with_files(writer, &one.rows).await;
        one.tell(senders.as_deref().map_err(StoreError::clone));
    }
}

/// Writes all of them or, where one is refused, each by itself: nothing of them is kept then.
async fn write_together(writer: &DatabaseConnection, some: Vec<Decided>) {
    let rows: Vec<&Rows> = some.iter().map(|one| &one.rows).collect();
    match execute(writer, &rows).await {
        Ok(senders) => some.into_iter().for_each(|one| one.tell(Ok(&senders))),
        Err(StoreError::Conflict(..) | StoreError::Driver(_)) if some.len() > 1 => {
            for one in some {
                let senders = execute(writer, &[&one.rows]).await;
                one.tell(senders.as_deref().map_err(StoreError::clone));
            }
        }
        Err(error) => some.into_iter().for_each(|one| one.tell(Err(error.clone()))),
    }
}

async fn write_with_files(writer: &DatabaseConnection, rows: &Rows) -> Result<Vec<Account>, StoreError> {
    let unit = begin(writer, Engine::Postgres).await?;
    let senders = execute(unit.transaction(), &[rows]).await?;
    unit.attach(&rows.decision.event).await?;
    unit.commit().await?;
    Ok(senders)
}

/// Writes all but their files. Who sent them comes back: they are told with what they sent.
async fn execute(connection: &impl ConnectionTrait, several: &[&Rows]) -> Result<Vec<Account>, StoreError> {
    let found = connection.query_all(&statement(several)?).await?;
    found.iter().map(|row| Account::try_from(account::Model::from_query_result(row, "")?)).collect()
}

/// As many values for one petition as for another, so that one statement is prepared for each number of them: words and keys, of which there are more or
/// fewer, are one value each.
fn statement(several: &[&Rows]) -> Result<WithQuery, StoreError> {
    let words = several.iter().flat_map(|rows| &rows.words).map(json_of_words);
    let mut keys: Vec<&idempotency_key::Model> = several.iter().filter_map(|rows| rows.key.as_ref()).collect();
    // In one order everywhere: two statements with the same keys would wait for each other.
    keys.sort_unstable_by(|one, two| (one.account_id, &one.key).cmp(&(two.account_id, &two.key)));
    let parts = [
        inserting(several.iter().map(|rows| rows.petition.clone())),
        inserting(several.iter().map(|rows| rows.search.clone())),
        inserting_json::<words::Entity>(words.collect())?,
        inserting_json::<idempotency_key::Entity>(keys.into_iter().map(json_of_key).collect())?,
        inserting(several.iter().map(|rows| rows.event.clone())),
    ];
    let mut all = WithClause::new();
    for (number, part) in parts.into_iter().enumerate() {
        all.cte(CommonTableExpression::new().table_name(format!("part_{number}")).query(part).to_owned());
    }
    let senders = several.iter().map(|rows| rows.stored.petition.submitter.0);
    Ok(account::Entity::find().filter(account::Column::Id.is_in(senders)).into_query().with(all))
}

fn json_of_words(row: &words::Model) -> Value {
    let words::Model { petition_id, seq, slot, salt, words } = row;
    json!({"petition_id": petition_id, "seq": seq, "slot": slot, "salt": bytes(salt), "words": words})
}

fn json_of_key(row: &idempotency_key::Model) -> Value {
    let idempotency_key::Model { account_id, key, fingerprint, petition_id, version, created_at } = row;
    json!({"account_id": account_id, "key": key, "fingerprint": bytes(fingerprint), "petition_id": petition_id,
           "version": version, "created_at": created_at})
}

/// As PostgreSQL reads them.
fn bytes(bytes: &[u8]) -> String {
    format!("\\x{}", hex::encode(bytes))
}

/// An INSERT of rows that are one value, an array in JSON.
fn inserting_json<E: EntityTrait>(rows: Vec<Value>) -> Result<InsertStatement, StoreError> {
    let table = E::default();
    let given = Func::cust("json_populate_recordset")
        .arg(Expr::cust(format!("NULL::{}", table.table_name())))
        .arg(Expr::value(Value::Array(rows).to_string()).cast_as("json"));
    let rows = Query::select().columns(E::Column::iter()).from_function(given, "given").to_owned();
    let mut insert = Query::insert().into_table(table).columns(E::Column::iter()).to_owned();
    insert.select_from(rows).map_err(|error| StoreError::Driver(DbErr::Custom(error.to_string())))?;
    Ok(insert)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_takes_a_power_of_two_of_those_who_wait() {
        let taken = [1, 2, 3, 7, 8, 31, 33, 1_024].map(in_one_statement);
        assert_eq!(taken, [1, 2, 2, 4, 8, 16, 32, 32]);
    }
}
