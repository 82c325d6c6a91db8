//! SQLite's way: what came while the last commit waited for the disk is committed together.

use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr};
use tokio::sync::{mpsc, oneshot};

use super::{Arrival, Newcomer, NotTaken, Rows, insert};
use crate::{
    error::StoreError,
    store::{Engine, begin},
    unit_of_work::UnitOfWork,
};

/// The most that wait. At the few hundred a second that a slow disk takes, the last one still gets in within the seconds that a phone waits.
const MOST_WAITING: usize = 1_024;
/// The most in one commit: what else writes waits no longer than that takes.
const MOST_TOGETHER: usize = 64;

/// An arrival, and who waits for it.
struct Waiting {
    arrival: Arrival,
    answer: oneshot::Sender<Result<Newcomer, NotTaken>>,
}

/// Where arrivals wait for the task that writes them. It ends with the last of these.
#[derive(Debug, Clone)]
pub(crate) struct Gathering(mpsc::Sender<Waiting>);

impl Gathering {
    /// Starts the task.
    pub fn start(writer: DatabaseConnection) -> Self {
        let (sender, waiting) = mpsc::channel(MOST_WAITING);
        tokio::spawn(keep_writing(writer, waiting));
        Self(sender)
    }

    pub async fn take_in(&self, arrival: Arrival) -> Result<Newcomer, NotTaken> {
        let (answer, answered) = oneshot::channel();
        self.0.try_send(Waiting { arrival, answer }).map_err(|refused| match refused {
            mpsc::error::TrySendError::Full(_) => StoreError::Busy,
            mpsc::error::TrySendError::Closed(_) => gone(),
        })?;
        answered.await.unwrap_or_else(|_| Err(gone().into()))
    }

    pub fn waiting(&self) -> (usize, usize) {
        (MOST_WAITING - self.0.capacity(), MOST_WAITING)
    }
}

fn gone() -> StoreError {
    StoreError::Unavailable(DbErr::Custom("the task that writes has ended".to_owned()))
}

async fn keep_writing(writer: DatabaseConnection, mut waiting: mpsc::Receiver<Waiting>) {
    while let Some(first) = waiting.recv().await {
        // In turn with all else that writes.
        let begun = begin(&writer, Engine::Sqlite).await;
        let mut together = vec![first];
        // Where nothing can be written, all are told: one after the other would wait as long again.
        let most = if begun.is_ok() { MOST_TOGETHER } else { usize::MAX };
        while together.len() < most
            && let Ok(next) = waiting.try_recv()
        {
            together.push(next);
        }
        match begun {
            // As a task of its own: should it panic, those in it hear that it has ended, and the next ones are written.
            Ok(unit) => _ = tokio::spawn(write(unit, together)).await.is_ok(),
            Err(error) => together.into_iter().for_each(|one| tell(one.answer, Err(error.clone().into()))),
        }
    }
}

/// One that was decided on, and who waits for it.
struct Decided {
    rows: Rows,
    answer: oneshot::Sender<Result<Newcomer, NotTaken>>,
}

async fn write(unit: UnitOfWork, together: Vec<Waiting>) {
    let mut decided = Vec::with_capacity(together.len());
    // Who has given up, as after a time-out, was told that nothing happened.
    let mut wanted = together.into_iter().filter(|one| !one.answer.is_closed()).peekable();
    if wanted.peek().is_none() {
        return;
    }
    let mut number = match unit.next_number().await {
        Ok(number) => number,
        Err(error) => return wanted.for_each(|one| tell(one.answer, Err(error.clone().into()))),
    };
    for Waiting { arrival, answer } in wanted {
        match arrival.decided(number) {
            Ok(rows) => {
                decided.push(Decided { rows, answer });
                number += 1;
            }
            Err(refused) => tell(answer, Err(refused)),
        }
    }
    let outcomes = match write_all(&unit, &decided).await {
        Ok(outcomes) => unit.commit().await.map(|()| outcomes),
        Err(error) => Err(error),
    };
    // Told after the commit, those that were refused too: what refuses one may be another of them, and is looked for at once.
    match outcomes {
        Ok(outcomes) => {
            for (Decided { rows, answer }, outcome) in decided.into_iter().zip(outcomes) {
                tell(answer, outcome.map(|()| rows.into_newcomer()).map_err(NotTaken::Store));
            }
        }
        Err(error) => decided.into_iter().for_each(|one| tell(one.answer, Err(error.clone().into()))),
    }
}

/// Writes all of them; where one cannot be, each by itself. What came of each.
async fn write_all(unit: &UnitOfWork, decided: &[Decided]) -> Result<Vec<Result<(), StoreError>>, StoreError> {
    let all: Vec<&Rows> = decided.iter().map(|one| &one.rows).collect();
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
    if some.is_empty() {
        return Ok(Ok(()));
    }
    unit.transaction().execute_unprepared("SAVEPOINT arrivals").await?;
    let written = insert(unit, some).await;
    let undo = if written.is_ok() { "" } else { "ROLLBACK TO arrivals; " };
    unit.transaction().execute_unprepared(&format!("{undo}RELEASE arrivals")).await?;
    Ok(written)
}

fn tell(answer: oneshot::Sender<Result<Newcomer, NotTaken>>, what: Result<Newcomer, NotTaken>) {
    // Who has given up hears nothing, and finds what was done by the key of the request.
    let _heard = answer.send(what).is_ok();
}
