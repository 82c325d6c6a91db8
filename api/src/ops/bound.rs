//! How full the bounds are that keep one kind of work from taking everything.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use tokio::sync::Semaphore;

use crate::problem::{Code, Problem};

/// What became of those who came to a bound: how many wait now, how many were sent away since the server started.
#[derive(Debug, Clone, Default)]
pub struct Tally(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    waiting: AtomicU64,
    refused: AtomicU64,
}

/// Somebody who waits; no more when it is dropped.
pub struct Waiting(Tally);

impl Tally {
    /// Somebody waits from now on.
    pub fn wait(&self) -> Waiting {
        self.0.waiting.fetch_add(1, Ordering::Relaxed);
        Waiting(self.clone())
    }

    /// Sends somebody away: [`Code::Busy`].
    pub fn refuse(&self) -> Problem {
        self.0.refused.fetch_add(1, Ordering::Relaxed);
        Problem::new(Code::Busy)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How full a bound is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fullness {
    /// Which bound.
    pub bound: &'static str,
    /// For how much there is room.
    pub room: usize,
    /// How much of it is taken.
    pub taken: usize,
    /// How many wait.
    pub waiting: u64,
    /// How many were sent away since the server started.
    pub refused: u64,
}

impl Fullness {
    /// Of a bound with so much room, so much of it taken.
    pub fn new(bound: &'static str, room: usize, taken: usize, tally: &Tally) -> Self {
        let (waiting, refused) = (&tally.0.waiting, &tally.0.refused);
        Self { bound, room, taken, waiting: waiting.load(Ordering::Relaxed), refused: refused.load(Ordering::Relaxed) }
    }

    /// Of a bound whose turns are a semaphore's.
    pub fn of(bound: &'static str, room: usize, turns: &Semaphore, tally: &Tally) -> Self {
        Self::new(bound, room, room.saturating_sub(turns.available_permits()), tally)
    }
}
