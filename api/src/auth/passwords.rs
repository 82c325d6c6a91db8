//! Passwords: argon2id, on threads that give way to all others, behind a limit.

use std::{num::NonZeroUsize, sync::Arc, thread, time::Duration};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use domain::password::password_form;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::{
    ops::{Fullness, Tally},
    problem::Problem,
};

/// How long a sign-in waits for its turn before it is told that the server is busy.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a hash costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// KiB of memory.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
}

impl Default for Cost {
    /// OWASP's: 19 MiB, two passes, one lane.
    fn default() -> Self {
        Self { memory_kib: Params::DEFAULT_M_COST, passes: Params::DEFAULT_T_COST }
    }
}

/// What came of checking a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// Whether it is the one behind the hash.
    pub fits: bool,
    /// Whether the hash costs less than one that is made today.
    pub is_cheap: bool,
}

/// How far a thread that hashes stands back, as `nice` counts. Where all cores are busy it gets a tenth of one; where one is free, all of it.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

/// Hashes passwords, a few at a time.
///
/// Without a limit, a storm of sign-ins takes every core and, at 19 MiB each, the memory: petitions would not get in. And with one it would still
/// take as much of the machine as whoever sends a petition, did the threads that hash not stand back.
#[derive(Debug, Clone)]
pub struct Passwords {
    turns: Arc<Semaphore>,
    room: usize,
    tally: Tally,
    hasher: Argon2<'static>,
    nobody: Arc<str>,
}

impl Passwords {
    /// With a limit that leaves one core free.
    ///
    /// # Errors
    /// When argon2 refuses the cost.
    pub fn new(cost: Cost) -> Result<Self, argon2::password_hash::Error> {
        let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let params = Params::new(cost.memory_kib, cost.passes, Params::DEFAULT_P_COST, None)?;
        let hasher = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let nobody = hasher.hash_password(crate::clock::secret().as_bytes())?.to_string();
        let room = cores.saturating_sub(1).max(1);
        let (turns, tally) = (Arc::new(Semaphore::new(room)), Tally::default());
        Ok(Self { turns, room, tally, hasher, nobody: nobody.into() })
    }

    /// How many passwords are hashed, and wait for it.
    pub fn fullness(&self) -> Fullness {
        Fullness::of("passwords", self.room, &self.turns, &self.tally)
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit, Problem> {
        let _waiting = self.tally.wait();
        match tokio::time::timeout(PATIENCE, Arc::clone(&self.turns).acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(closed)) => Err(Problem::internal(closed)),
            Err(_) => Err(self.tally.refuse()),
        }
    }

    /// Does some work when its turn has come, on a thread of its own: to start one is nothing beside a hash.
    async fn by_the_way<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Argon2<'static>) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let (turn, hasher) = (self.turn().await?, self.hasher.clone());
        let (tell, told) = oneshot::channel();
        let hashes = move || {
            let _turn = turn;
            stand_back();
            // Who asked may have gone.
            let _heard = tell.send(work(&hasher)).is_ok();
        };
        thread::Builder::new().name("password".to_owned()).spawn(hashes).map_err(Problem::internal)?;
        told.await.map_err(Problem::internal)
    }

    /// The hash of a new password, in PHC form.
    ///
    /// # Errors
    /// [`crate::problem::Code::Busy`] when too many are waiting.
    pub async fn hash(&self, password: String) -> Result<String, Problem> {
        let hashed = self.by_the_way(move |hasher| {
            hasher.hash_password(password_form(&password).as_bytes()).map(|hash| hash.to_string())
        });
        hashed.await?.map_err(Problem::internal)
    }

    /// Whether it is the password behind the hash; without a hash (no such account) the same work is done for nothing, so
    /// that the time tells nothing.
    ///
    /// # Errors
    /// [`crate::problem::Code::Busy`] when too many are waiting.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<Verified, Problem> {
        let nobody = Arc::clone(&self.nobody);
        let verified = self.by_the_way(move |hasher| {
            let known = hash.is_some();
            let hash = hash.as_deref().unwrap_or(&nobody);
            let parsed = PasswordHash::new(hash)?;
            // As the hash says it was made, whatever costs today.
            let fits = hasher.verify_password(password_form(&password).as_bytes(), &parsed).is_ok();
            let (made, today) = (Params::try_from(&parsed).ok(), hasher.params());
            let is_cheap = made.is_some_and(|made| made.m_cost() < today.m_cost() || made.t_cost() < today.t_cost());
            Ok::<_, argon2::password_hash::phc::Error>(Verified { fits: fits && known, is_cheap })
        });
        verified.await?.map_err(Problem::internal)
    }
}

/// Lets all other threads go first. On Linux a thread can; elsewhere the whole program would, so there the limit has to do.
fn stand_back() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
        tracing::debug!(%error, "a thread that hashes could not stand back");
    }
}
