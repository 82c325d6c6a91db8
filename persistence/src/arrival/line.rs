//! Where arrivals wait: what came while others were being written is written together.

use std::{sync::Arc, time::Instant};

use sea_orm::{DatabaseConnection, DbErr};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot},
    time::timeout,
};

use super::{Arrival, NotTaken, Rows, postgres, sqlite};
use crate::{
    account::Account,
    dossier::Dossier,
    error::StoreError,
    number::Numbers,
    store::{Engine, PATIENCE, begin},
    unit_of_work::UnitOfWork,
};

/// The most that wait. At the few hundred a second that a slow disk takes, the last one still gets in within the seconds that a phone waits.
const MOST_WAITING: usize = 1_024;
/// The most that SQLite writes at once: what else writes waits no longer than that takes.
const MOST_ON_SQLITE: usize = 64;
/// How many may be writing on PostgreSQL: one while the other waits for the disk. Who comes meanwhile shares what a statement costs.
const MOST_WRITING: usize = 2;

type Outcome = Result<Dossier, NotTaken>;

/// An arrival, and who waits for it.
pub(super) struct Waiting {
    arrival: Arrival,
    answer: oneshot::Sender<Outcome>,
    since: Instant,
}

/// One that was decided on, and who waits for it.
pub(super) struct Decided {
    pub rows: Rows,
    answer: oneshot::Sender<Outcome>,
}

impl Decided {
    /// Told, once it is committed, with who sent it, who is among those.
    pub fn tell(self, senders: Result<&[Account], StoreError>) {
        let dossier = senders.and_then(|senders| self.rows.into_dossier(senders));
        tell(self.answer, dossier.map_err(NotTaken::Store));
    }
}

fn tell(answer: oneshot::Sender<Outcome>, what: Outcome) {
    // Who has given up hears nothing, and finds what was done by the key of the request.
    let _heard = answer.send(what).is_ok();
}

fn tell_all(waiting: Vec<Waiting>, error: &StoreError) {
    waiting.into_iter().for_each(|one| tell(one.answer, Err(error.clone().into())));
}

/// Where arrivals wait for the task that has them written. It ends with the last of these.
#[derive(Debug, Clone)]
pub(crate) struct Line(mpsc::Sender<Waiting>);

impl Line {
    /// Starts the task.
    pub fn start(writer: DatabaseConnection) -> Self {
        let (sender, waiting) = mpsc::channel(MOST_WAITING);
        tokio::spawn(serve(Writer::of(writer), waiting));
        Self(sender)
    }

    pub async fn take_in(&self, arrival: Arrival) -> Outcome {
        let (answer, answered) = oneshot::channel();
        self.0.try_send(Waiting { arrival, answer, since: Instant::now() }).map_err(|refused| match refused {
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

/// What waits is written within seconds, so many as may wait: who waits longer waits for a database that does not answer.
fn held_up() -> StoreError {
    StoreError::Unavailable(DbErr::Custom("no turn at writing came in time".to_owned()))
}

/// Who may write when.
enum Writer {
    /// In turn with all else that writes.
    Sqlite(DatabaseConnection),
    /// Two at once; the numbers are those that this server has taken.
    Postgres { connections: DatabaseConnection, numbers: Numbers, turns: Arc<Semaphore> },
}

/// A turn at writing.
enum Turn {
    Sqlite(UnitOfWork),
    Postgres { connections: DatabaseConnection, numbers: Numbers, _until_written: OwnedSemaphorePermit },
}

impl Writer {
    fn of(connections: DatabaseConnection) -> Self {
        match Engine::of(&connections) {
            Engine::Sqlite => Self::Sqlite(connections),
            Engine::Postgres => {
                let turns = Arc::new(Semaphore::new(MOST_WRITING));
                Self::Postgres { connections, numbers: Numbers::default(), turns }
            }
        }
    }

    async fn turn(&self) -> Result<Turn, StoreError> {
        match self {
            Self::Sqlite(connection) => Ok(Turn::Sqlite(begin(connection, Engine::Sqlite).await?)),
            Self::Postgres { connections, numbers, turns } => {
                let turn = timeout(PATIENCE, Arc::clone(turns).acquire_owned()).await;
                let _until_written = turn.map_err(|_| held_up())?.map_err(|_| gone())?;
                Ok(Turn::Postgres { connections: connections.clone(), numbers: numbers.clone(), _until_written })
            }
        }
    }
}

impl Turn {
    /// How many of those who wait are written in it.
    fn takes(&self, waiting: usize) -> usize {
        match self {
            Self::Sqlite(_) => waiting.min(MOST_ON_SQLITE),
            Self::Postgres { .. } => postgres::in_one_statement(waiting),
        }
    }
}

async fn serve(writer: Writer, mut waiting: mpsc::Receiver<Waiting>) {
    while let Some(first) = waiting.recv().await {
        let turn = writer.turn().await;
        let mut together = vec![first];
        // Where nothing can be written, all are told: one after the other would wait as long again.
        let most = turn.as_ref().map_or(usize::MAX, |turn| turn.takes(1 + waiting.len()));
        while together.len() < most
            && let Ok(next) = waiting.try_recv()
        {
            together.push(next);
        }
        match turn {
            // As a task of its own: should it panic, those in it hear that it has ended, and the next ones are written.
            Ok(turn) => drop(tokio::spawn(write(turn, together))),
            Err(error) => tell_all(together, &error),
        }
    }
}

async fn write(turn: Turn, together: Vec<Waiting>) {
    let mut wanted = Vec::with_capacity(together.len());
    for one in together {
        // Who has given up, as after a time-out, was told that nothing happened.
        if one.answer.is_closed() {
            continue;
        }
        if one.since.elapsed() > PATIENCE {
            tell(one.answer, Err(held_up().into()));
        } else {
            wanted.push(one);
        }
    }
    if wanted.is_empty() {
        return;
    }
    match turn {
        Turn::Sqlite(unit) => {
            let numbers = unit.next_number().await.map(|first| (first..).take(wanted.len()).collect());
            let decided = decide(numbers, wanted);
            if !decided.is_empty() {
                sqlite::write(unit, decided).await;
            }
        }
        Turn::Postgres { connections, numbers, _until_written } => {
            let decided = decide(numbers.take(&connections, wanted.len()).await, wanted);
            postgres::write(&connections, decided).await;
        }
    }
}

/// Decides on each when its turn has come, not before it waits: an event that is stamped long before it is committed would be missing from figures
/// that are asked for in between. Those that are refused are told, and all where no number was to be had.
fn decide(numbers: Result<Vec<u64>, StoreError>, wanted: Vec<Waiting>) -> Vec<Decided> {
    let numbers = match numbers {
        Ok(numbers) => numbers,
        Err(error) => {
            tell_all(wanted, &error);
            return Vec::new();
        }
    };
    let decided = wanted.into_iter().zip(numbers).filter_map(|(Waiting { arrival, answer, .. }, number)| match arrival
        .decided(number)
    {
        Ok(rows) => Some(Decided { rows, answer }),
        Err(refused) => {
            tell(answer, Err(refused));
            None
        }
    });
    decided.collect()
}
