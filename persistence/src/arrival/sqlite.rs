//! SQLite's way: what came while the last commit waited for the disk is committed together.

use domain::id::AccountId;
use sea_orm::{ActiveModelTrait, ConnectionTrait, IntoActiveModel};

use super::{Rows, line::Decided, rows::inserting};
use crate::{
    account::{Account, accounts_of},
    entity::{idempotency_key, words},
    error::StoreError,
    unit_of_work::UnitOfWork,
};

/// Rows in one statement. The widest table has 54 columns, and SQLite binds at most 32,766 values.
const MOST_TOGETHER: usize = 32;

/// Writes all of them, commits once, and tells each. Those that could not be written are told after that too: what refuses one may be another of them,
/// and is looked for at once.
pub(super) async fn write(unit: UnitOfWork, decided: Vec<Decided>) {
    let written = async {
        let outcomes = write_all(&unit, &decided).await?;
        let senders = senders_of(&unit, &decided).await?;
        unit.commit().await?;
        Ok::<_, StoreError>((outcomes, senders))
    };
    match written.await {
        Ok((outcomes, senders)) => {
            for (one, outcome) in decided.into_iter().zip(outcomes) {
                one.tell(outcome.map(|()| senders.as_slice()));
            }
        }
        Err(error) => decided.into_iter().for_each(|one| one.tell(Err(error.clone()))),
    }
}

/// Who sent them: they are told with what they sent.
async fn senders_of(unit: &UnitOfWork, decided: &[Decided]) -> Result<Vec<Account>, StoreError> {
    let mut ids: Vec<AccountId> = decided.iter().map(|one| one.rows.stored.petition.submitter).collect();
    ids.sort_unstable();
    ids.dedup();
    accounts_of(unit.transaction(), &ids).await
}

/// Writes all of them; where one cannot be, each by itself. What came of each.
async fn write_all(unit: &UnitOfWork, decided: &[Decided]) -> Result<Vec<Result<(), StoreError>>, StoreError> {
    let all: Vec<&Rows> = decided.iter().map(|one| &one.rows).collect();
    if let [only] = all.as_slice() {
        // Where it is refused nothing is left to commit.
        insert(unit, &[only]).await?;
        return Ok(vec![Ok(())]);
    }
    if tries(unit, &all).await?.is_ok() {
        return Ok(vec![Ok(()); decided.len()]);
    }
    let mut outcomes = Vec::with_capacity(decided.len());
    for one in all {
        outcomes.push(tries(unit, &[one]).await?);
    }
    Ok(outcomes)
}

/// Writes some or nothing of them. The error outside is that of the whole transaction, which is over then.
async fn tries(unit: &UnitOfWork, some: &[&Rows]) -> Result<Result<(), StoreError>, StoreError> {
    unit.transaction().execute_unprepared("SAVEPOINT arrivals").await?;
    let written = insert(unit, some).await;
    let undo = if written.is_ok() { "" } else { "ROLLBACK TO arrivals; " };
    unit.transaction().execute_unprepared(&format!("{undo}RELEASE arrivals")).await?;
    Ok(written)
}

/// Writes petitions with all that is theirs, table by table, the petitions first and the log last.
pub(crate) async fn insert(unit: &UnitOfWork, several: &[&Rows]) -> Result<(), StoreError> {
    insert_all(unit, several.iter().map(|new| new.petition.clone()).collect()).await?;
    insert_all(unit, several.iter().map(|new| new.search.clone()).collect()).await?;
    insert_all(
        unit,
        several.iter().flat_map(|new| new.words.iter().cloned().map(words::Model::into_active_model)).collect(),
    )
    .await?;
    insert_all(
        unit,
        several.iter().filter_map(|new| new.key.clone().map(idempotency_key::Model::into_active_model)).collect(),
    )
    .await?;
    insert_all(unit, several.iter().map(|new| new.event.clone()).collect()).await?;
    for new in several {
        unit.attach(&new.decision.event).await?;
    }
    Ok(())
}

/// Inserts rows, so many at once that there are seven statements for a table, whatever comes: preparing one for 64 petitions takes longer than
/// executing it, and what is prepared is kept.
async fn insert_all<A: ActiveModelTrait>(unit: &UnitOfWork, rows: Vec<A>) -> Result<(), StoreError> {
    let mut rows = rows.into_iter();
    while rows.len() > 0 {
        let together = match rows.len() {
            few @ 1..=4 => few,
            many => 1 << many.min(MOST_TOGETHER).ilog2(),
        };
        unit.transaction().execute(&inserting(rows.by_ref().take(together))).await?;
    }
    Ok(())
}
