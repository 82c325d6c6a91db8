//! The one way in which a request changes a petition.

use domain::{
    chain::Digest,
    petition::{Command, Petition, PetitionCode, Refusal, absorb, decide, sees},
};
use persistence::{Constraint, StoreError, StoredPetition};

use super::{IfMatch, RequestKey};
use crate::{
    app::App,
    auth::Caller,
    clock,
    problem::{Code, FaultCode, Problem},
};

/// What a request asks of a petition.
#[derive(Debug, Clone)]
pub enum Ask {
    /// A command that has all it needs.
    Command(Command),
    /// To put it to the petition of that code, which is looked up with it: it may be changing too.
    Merge(PetitionCode),
}

/// How often a decision is made anew when somebody else changed the petition meanwhile.
const ATTEMPTS: u32 = 5;

/// The petition of that code, if it exists for the caller.
///
/// # Errors
/// [`Code::NotFound`] when it does not.
pub async fn find(app: &App, caller: &Caller, code: &str) -> Result<StoredPetition, Problem> {
    let code = PetitionCode::parse(code).map_err(|_| Problem::new(Code::NotFound))?;
    let found = app.store.petition(&code).await?;
    let directory = &app.catalogue().catalogue.directory;
    found.filter(|stored| sees(&stored.petition, &caller.actor, directory)).ok_or_else(|| Problem::new(Code::NotFound))
}

/// Gives a command to the petition of that code; the petition after it.
///
/// # Errors
/// In this order: 404 where the caller does not see it, 403, 412, 409, 422.
pub async fn execute(
    app: &App,
    caller: &Caller,
    code: &str,
    ask: &Ask,
    if_match: &IfMatch,
    key: &RequestKey,
    fingerprint: &Digest,
) -> Result<Petition, Problem> {
    for _ in 0..ATTEMPTS {
        // Asked anew each time: the same request may have come on another connection, and that is who was faster.
        if let Some(done) = key.done_before(app, caller.account, fingerprint).await? {
            return Ok(done);
        }
        match attempt(app, caller, code, ask, if_match, key, fingerprint).await {
            Ok(after) => return Ok(after),
            Err(Failure::Overtaken) => {}
            Err(Failure::Refused(problem)) => {
                // What refuses it may be what it did itself, a moment ago.
                let done = key.done_before(app, caller.account, fingerprint).await?;
                return done.ok_or(problem);
            }
        }
    }
    Err(Problem::new(Code::Contended))
}

enum Failure {
    /// Somebody else changed the petition, or did the same, meanwhile.
    Overtaken,
    /// It cannot be done.
    Refused(Problem),
}

impl<E: Into<Problem>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Refused(error.into())
    }
}

async fn attempt(
    app: &App,
    caller: &Caller,
    code: &str,
    ask: &Ask,
    if_match: &IfMatch,
    key: &RequestKey,
    fingerprint: &Digest,
) -> Result<Petition, Failure> {
    let before = find(app, caller, code).await?;
    let (command, into) = match ask {
        Ask::Command(command) => (command.clone(), None),
        Ask::Merge(code) => {
            let into = app.store.petition(code).await?;
            let into = into.ok_or_else(|| Problem::fault("/into", FaultCode::UnknownPetition))?;
            (Command::Merge { into: Box::new(into.petition.clone()) }, Some(into))
        }
    };
    let catalogue = app.catalogue();
    let decide = |now| decide(Some(&before.petition), command.clone(), &caller.actor, &catalogue.catalogue, now);
    let decision = decide(clock::now());
    if let Err(refusal @ (Refusal::Hidden | Refusal::Forbidden(_))) = decision {
        return Err(refusal.into());
    }
    if !if_match.accepts(before.petition.version) {
        return Err(Problem::new(Code::StaleVersion).into());
    }
    decision?;
    let mut unit = app.store.begin().await?;
    // Decided anew with the clock of now: there may have been a wait for the unit of work, and an event that is stamped long
    // before it is committed would be missing from figures that are asked for in between.
    let now = clock::now();
    let decision = decide(now)?;
    app.clock.stamped(decision.event.at, now);
    let recorded = match &into {
        None => unit.advance(&before, &decision).await,
        Some(into) => {
            let absorbed = absorb(&into.petition, &before.petition, &decision.event);
            unit.merge((&before, &decision), (into, &absorbed), now).await
        }
    };
    let after = match recorded {
        Err(StoreError::Stale) => return Err(Failure::Overtaken),
        other => other?,
    };
    match key.keep(&mut unit, caller.account, fingerprint, &after, now).await {
        Err(StoreError::Conflict(Constraint::IdempotencyKey, _)) => return Err(Failure::Overtaken),
        other => other?,
    }
    unit.commit().await?;
    Ok(after.petition)
}
