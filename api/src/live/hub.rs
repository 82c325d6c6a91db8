//! One reader of the log for each server, and all who listen to it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use domain::id::AccountId;
use persistence::{LogCursor, LoggedNews, Store, StoreError};
use tokio::sync::{broadcast, watch};

use crate::{
    ops::{Fullness, Tally},
    problem::Problem,
};

/// How often the log is looked at: what a citizen sends is on an officer's screen within a second.
const POLL: Duration = Duration::from_millis(300);
/// How much is read at a time.
const PAGE: u32 = 500;
/// How many readings a listener may fall behind before it must read the log itself.
const BACKLOG: usize = 64;
/// How many streams one account may have open: a few windows.
const PER_ACCOUNT: usize = 5;
/// How many streams a server holds: the province's 1,500 officers, some with more than one window, may all be at one.
const PER_SERVER: usize = 4_000;

/// What was read of the log at once, and after which place: who has not heard up to there has missed something.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) after: LogCursor,
    pub(super) news: Vec<LoggedNews>,
}

/// What a listener hears.
pub(super) type Readings = broadcast::Receiver<Arc<Reading>>;

/// Who listens.
#[derive(Debug)]
pub struct Hub {
    readings: broadcast::Sender<Arc<Reading>>,
    stopped: watch::Sender<bool>,
    seats: Mutex<HashMap<AccountId, usize>>,
    tally: Tally,
}

impl Default for Hub {
    fn default() -> Self {
        Self {
            readings: broadcast::Sender::new(BACKLOG),
            stopped: watch::Sender::new(false),
            seats: Mutex::new(HashMap::new()),
            tally: Tally::default(),
        }
    }
}

/// A place among the listeners; given back when it is dropped.
#[derive(Debug)]
pub(super) struct Seat {
    hub: Arc<Hub>,
    account: AccountId,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut seats = self.hub.seats.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(taken) = seats.get_mut(&self.account) {
            *taken -= 1;
            if *taken == 0 {
                seats.remove(&self.account);
            }
        }
    }
}

impl Hub {
    /// Takes a seat, and hears from now on what is read.
    pub(super) fn listen(
        self: &Arc<Self>,
        account: AccountId,
    ) -> Result<(Seat, Readings, watch::Receiver<bool>), Problem> {
        let mut seats = self.seats.lock().unwrap_or_else(PoisonError::into_inner);
        if seats.values().sum::<usize>() >= PER_SERVER || seats.get(&account).is_some_and(|taken| *taken >= PER_ACCOUNT)
        {
            return Err(self.tally.refuse());
        }
        *seats.entry(account).or_default() += 1;
        let seat = Seat { hub: Arc::clone(self), account };
        Ok((seat, self.readings.subscribe(), self.stopped.subscribe()))
    }

    /// How many streams there are.
    pub fn fullness(&self) -> Fullness {
        let seats = self.seats.lock().unwrap_or_else(PoisonError::into_inner);
        Fullness::new("streams", PER_SERVER, seats.values().sum(), &self.tally)
    }

    /// Reads the log and tells it, until the task is ended.
    pub async fn tell(self: Arc<Self>, store: Store) {
        let mut cursor: Option<LogCursor> = None;
        let mut failing = false;
        loop {
            match read(&store, cursor).await {
                Ok((end, reading)) => {
                    failing = false;
                    cursor = Some(end);
                    if let Some(reading) = reading {
                        // Nobody may be listening, which is no error.
                        let _listeners = self.readings.send(Arc::new(reading)).unwrap_or(0);
                        continue;
                    }
                }
                Err(error) => {
                    if !failing {
                        tracing::warn!(%error, "the log cannot be read for those who listen; tried again until it can");
                    }
                    failing = true;
                }
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Ends all streams: the server is told to stop, and would otherwise wait for them.
    pub fn stop(&self) {
        self.stopped.send_replace(true);
    }
}

/// The next of the log, if there is more; at first only where it ends.
async fn read(store: &Store, cursor: Option<LogCursor>) -> Result<(LogCursor, Option<Reading>), StoreError> {
    let Some(after) = cursor else { return Ok((store.log_end().await?, None)) };
    let news = store.log_after(after, PAGE).await?;
    Ok(match news.last().map(|last| last.cursor) {
        None => (after, None),
        Some(end) => (end, Some(Reading { after, news })),
    })
}
