//! Who fails to sign in waits, longer each time, and nobody else does.
//!
//! Three things are counted: a login from one address; a login from all addresses that it never signed in from; an address, whatever the
//! logins. Somebody who guesses at another's password from elsewhere makes them wait neither at home nor on a phone that is signed in;
//! and every delay has a greatest length, whatever comes in. What is counted is the login that was typed, so that
//! an account that is not there answers like one that is.

use chrono::Duration;
use domain::{account::Login, chain::Digest, id::AccountId, patience::Patience, time::Instant};
use persistence::{Origin, UnitOfWork};

use super::vault::{Sealed, Vault};
use crate::{
    app::App,
    clock,
    problem::{Code, Problem},
    visit::Visit,
};

/// One login from one address. With the list of common passwords refused, twenty guesses are worth nothing; OWASP ASVS 5 (6.3.1) bounds an
/// hour's at a hundred.
const AT_ADDRESS: Patience = Patience { free: 20, first_secs: 2, longest_secs: 900, forgotten_after_secs: 3600 };
/// One login from all addresses that it never signed in from: longer than this its owner waits nowhere.
const ELSEWHERE: Patience = Patience { free: 50, first_secs: 2, longest_secs: 120, forgotten_after_secs: 3600 };
/// One address, whatever the logins: behind some there are thousands of phones (CGNAT).
const OF_ADDRESS: Patience = Patience { free: 300, first_secs: 2, longest_secs: 60, forgotten_after_secs: 3600 };
/// The second factor of an account whose password was right.
const FACTOR: Patience = Patience { free: 5, first_secs: 2, longest_secs: 900, forgotten_after_secs: 3600 };
/// The present password, asked of somebody who is signed in.
const OWN_PASSWORD: Patience = Patience { free: 10, first_secs: 2, longest_secs: 900, forgotten_after_secs: 3600 };
/// Codes sent to one login. The delay is that between two messages somebody else may have sent to a phone that is not theirs.
const CODES: Patience = Patience { free: 1, first_secs: 60, longest_secs: 3600, forgotten_after_secs: 24 * 3600 };

/// How long an address counts as one that an account comes from.
const KNOWN_DAYS: i64 = 90;

/// Tries that are counted; what becomes of them when they succeed is [`Self::succeeded`].
#[derive(Debug)]
pub(crate) struct Attempt {
    /// Forgotten on success: the owner is here.
    own: Vec<(Digest, Patience)>,
    /// Only taken back: others fail there too.
    shared: Vec<(Digest, Patience)>,
}

fn key(vault: &Vault, what: &str, pieces: &[&[u8]]) -> Digest {
    vault.digest(Sealed::Tries, &[&[what.as_bytes()], pieces].concat())
}

/// Where a session begins from, as it is kept.
pub(crate) fn origin(vault: &Vault, visit: &Visit) -> Origin {
    let address = vault.digest(Sealed::Address, &[&visit.address.bytes()]);
    Origin { device: visit.device.clone(), address: Some(address) }
}

impl Attempt {
    /// A sign-in to what may be an account.
    pub(crate) async fn at_sign_in(
        app: &App,
        login: &str,
        account: Option<AccountId>,
        visit: &Visit,
    ) -> Result<Self, Problem> {
        let address = visit.address.bytes();
        let own = vec![(key(&app.vault, "sign-in", &[login.as_bytes(), &address]), AT_ADDRESS)];
        // Asked for nobody too, so that the time tells nothing.
        let asked = account.unwrap_or(AccountId(uuid::Uuid::nil()));
        let digest = app.vault.digest(Sealed::Address, &[&address]);
        let since = clock::now().plus(-Duration::days(KNOWN_DAYS));
        let is_known = app.store.has_come_from(asked, &digest, since).await?;
        let mut shared = Vec::new();
        if !is_known {
            shared.push((key(&app.vault, "elsewhere", &[login.as_bytes()]), ELSEWHERE));
            if visit.address.is_clients {
                shared.push((key(&app.vault, "address", &[&address]), OF_ADDRESS));
            }
        }
        Ok(Self { own, shared })
    }

    /// The second factor of an account.
    pub(crate) fn at_factor(vault: &Vault, account: AccountId) -> Self {
        Self { own: vec![(key(vault, "factor", &[account.0.as_bytes()]), FACTOR)], shared: Vec::new() }
    }

    /// The present password of somebody who is signed in.
    pub(crate) fn at_own_password(vault: &Vault, account: AccountId) -> Self {
        Self { own: vec![(key(vault, "own password", &[account.0.as_bytes()]), OWN_PASSWORD)], shared: Vec::new() }
    }

    /// A code for a login.
    pub(crate) fn at_code(vault: &Vault, login: &str) -> Self {
        Self { own: vec![(key(vault, "code", &[login.as_bytes()]), CODES)], shared: Vec::new() }
    }

    /// Counts it, before anything is tried.
    ///
    /// # Errors
    /// [`Code::TooManyTries`] with how long to wait; then it is not counted.
    pub(crate) async fn count(&self, app: &App) -> Result<(), Problem> {
        let tries = [self.own.as_slice(), &self.shared].concat();
        let mut unit = app.store.begin().await?;
        match unit.admit(&tries, clock::now()).await? {
            Ok(()) => Ok(unit.commit().await?),
            Err(wait) => Err(Problem::wait(Code::TooManyTries, wait)),
        }
    }

    /// It succeeded.
    ///
    /// # Errors
    /// As the database says.
    pub(crate) async fn succeeded(&self, unit: &mut UnitOfWork) -> Result<(), Problem> {
        for (key, _) in &self.own {
            unit.forget_tries(key).await?;
        }
        for (key, _) in &self.shared {
            unit.take_back(key).await?;
        }
        Ok(())
    }

    /// It was never made: the server was too busy, for example.
    pub(crate) async fn never_made(&self, app: &App) {
        let taken_back = async {
            let mut unit = app.store.begin().await?;
            for (key, _) in self.own.iter().chain(&self.shared) {
                unit.take_back(key).await?;
            }
            unit.commit().await
        };
        if let Err(error) = taken_back.await {
            tracing::warn!(%error, "a try that was not made stays counted");
        }
    }
}

/// After how long all tries are forgotten: until then they are kept.
pub(crate) fn oldest_tries(now: Instant) -> Instant {
    now.plus(-Duration::seconds(i64::from(CODES.forgotten_after_secs)))
}

/// Forgets what was tried at a login: its owner has shown by a code that they are here.
pub(crate) async fn owner_is_here(
    vault: &Vault,
    unit: &mut UnitOfWork,
    login: &Login,
    visit: &Visit,
) -> Result<(), Problem> {
    let login = login.as_str().as_bytes();
    unit.forget_tries(&key(vault, "sign-in", &[login, &visit.address.bytes()])).await?;
    unit.forget_tries(&key(vault, "elsewhere", &[login])).await?;
    Ok(())
}
