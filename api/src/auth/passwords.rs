//! Passwords: argon2id, on blocking threads, behind a limit.

use std::{num::NonZeroUsize, sync::Arc, thread, time::Duration};

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use domain::account::password_form;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::problem::{Code, Problem};

/// How long a sign-in waits for its turn before it is told that the server is busy.
const PATIENCE: Duration = Duration::from_secs(10);

/// Hashes passwords, a few at a time.
///
/// Without a limit, a storm of sign-ins takes every core and, at 19 MiB each, the memory: petitions would not get in.
#[derive(Debug, Clone)]
pub struct Passwords {
    turns: Arc<Semaphore>,
    nobody: Arc<str>,
}

impl Passwords {
    /// With a limit that leaves one core free.
    ///
    /// # Errors
    /// When argon2 refuses its own defaults (OWASP's: 19 MiB, two passes, one lane).
    pub fn new() -> Result<Self, argon2::password_hash::Error> {
        let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let nobody = Argon2::default().hash_password(crate::clock::secret().as_bytes())?.to_string();
        Ok(Self { turns: Arc::new(Semaphore::new(cores.saturating_sub(1).max(1))), nobody: nobody.into() })
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit, Problem> {
        match tokio::time::timeout(PATIENCE, Arc::clone(&self.turns).acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(closed)) => Err(Problem::internal(closed)),
            Err(_) => Err(Problem::new(Code::Busy)),
        }
    }

    /// The hash of a new password, in PHC form.
    ///
    /// # Errors
    /// [`Code::Busy`] when too many are waiting.
    pub async fn hash(&self, password: String) -> Result<String, Problem> {
        let permit = self.turn().await?;
        let hashed = tokio::task::spawn_blocking(move || {
            let _turn = permit;
            Argon2::default().hash_password(password_form(&password).as_bytes()).map(|hash| hash.to_string())
        });
        hashed.await.map_err(Problem::internal)?.map_err(Problem::internal)
    }

    /// Whether it is the password behind the hash; without a hash (no such account) the same work is done for nothing, so
    /// that the time tells nothing.
    ///
    /// # Errors
    /// [`Code::Busy`] when too many are waiting.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<bool, Problem> {
        let permit = self.turn().await?;
        let nobody = Arc::clone(&self.nobody);
        let verified = tokio::task::spawn_blocking(move || {
            let _turn = permit;
            let known = hash.is_some();
            let hash = hash.as_deref().unwrap_or(&nobody);
            let parsed = PasswordHash::new(hash)?;
            let fits = Argon2::default().verify_password(password_form(&password).as_bytes(), &parsed).is_ok();
            Ok::<_, argon2::password_hash::phc::Error>(fits && known)
        });
        verified.await.map_err(Problem::internal)?.map_err(Problem::internal)
    }
}
