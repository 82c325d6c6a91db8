//! PostgreSQL's way: each petition is written at once, in one statement.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::{Arrival, Newcomer, NotTaken};
use crate::{
    error::StoreError,
    number::Numbers,
    store::{PATIENCE, Store},
};

/// The most that wait for their turn: as many as are written in the seconds that one waits.
const MOST_WAITING: usize = 1_024;

/// Turns at writing, and the numbers that this server has taken.
#[derive(Debug, Clone)]
pub(crate) struct AtOnce {
    numbers: Numbers,
    /// Petitions are decided on when their turn has come, not before they wait: an event that is stamped long before it is committed would be
    /// missing from figures that are asked for in between.
    turns: Arc<Semaphore>,
    /// Room for those that wait, and for those whose turn it is.
    room: Arc<Semaphore>,
}

impl AtOnce {
    /// So many connections there are; one in four is left to those who read.
    pub fn new(connections: u32) -> Self {
        let turns = usize::try_from(connections - connections / 4).unwrap_or(1).max(1);
        Self {
            numbers: Numbers::default(),
            turns: Arc::new(Semaphore::new(turns)),
            room: Arc::new(Semaphore::new(turns + MOST_WAITING)),
        }
    }

    pub async fn take_in(&self, store: &Store, arrival: Arrival) -> Result<Newcomer, NotTaken> {
        let Ok(_room) = self.room.try_acquire() else { return Err(StoreError::Busy.into()) };
        let Ok(Ok(_turn)) = tokio::time::timeout(PATIENCE, self.turns.acquire()).await else {
            return Err(StoreError::Busy.into());
        };
        let rows = arrival.decided(self.numbers.next(store.writer()).await?)?;
        if rows.has_files() {
            let unit = store.begin().await?;
            rows.execute(unit.transaction()).await?;
            unit.attach(&rows.decision.event).await?;
            unit.commit().await?;
        } else {
            rows.execute(store.writer()).await?;
        }
        Ok(rows.into_newcomer())
    }

    pub fn waiting(&self) -> (usize, usize) {
        ((MOST_WAITING).saturating_sub(self.room.available_permits()), MOST_WAITING)
    }
}
