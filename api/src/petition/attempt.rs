//! The one way in which a request changes a petition.

use domain::{
    chain::Digest,
    petition::{Command, Petition, PetitionCode, Refusal, decide, sees},
};
use persistence::{Constraint, StoreError, StoredPetition};

use super::{IfMatch, RequestKey};
use crate::{
    app::App,
    auth::Caller,
    clock,
    problem::{Code, Problem},
};

/// How often a decision is made anew when somebody else changed the petition meanwhile.
const ATTEMPTS: u32 = 5;

/// The petition of that code, if it exists for the caller.
///
/// # Errors
/// [`Code::NotFound`] when it does not.
pub async fn find(app: &App, caller: &Caller, code: &str) -> Result<StoredPetition, Problem> {
    let code = PetitionCode::parse(code).map_err(|_| Problem::new(Code::NotFound))?;
    let found = app.store.petition(&code).await?;
    found.filter(|stored| sees(&stored.petition, &caller.actor)).ok_or_else(|| Problem::new(Code::NotFound))
}

/// Gives a command to the petition of that code; the petition after it.
///
/// # Errors
/// In this order: 404 where the caller does not see it, 403, 412, 409, 422.
pub async fn execute(
    app: &App,
    caller: &Caller,
    code: &str,
    command: Command,
    if_match: &IfMatch,
    key: &RequestKey,
    fingerprint: &Digest,
) -> Result<Petition, Problem> {
    if let Some(done) = key.done_before(app, caller.account, fingerprint).await? {
        return Ok(done);
    }
    for _ in 0..ATTEMPTS {
        let before = find(app, caller, code).await?;
        let catalogue = app.catalogue();
        let now = clock::now();
        let decision = decide(Some(&before.petition), command.clone(), &caller.actor, &catalogue.catalogue, now);
        if let Err(refusal @ (Refusal::Hidden | Refusal::Forbidden(_))) = decision {
            return Err(refusal.into());
        }
        if !if_match.accepts(before.petition.version) {
            return Err(Problem::new(Code::StaleVersion));
        }
        let decision = decision?;
        let mut unit = app.store.begin().await?;
        let after = match unit.advance(&before, &decision).await {
            Ok(after) => after,
            Err(StoreError::Stale) if if_match.is_given() => return Err(Problem::new(Code::StaleVersion)),
            Err(StoreError::Stale) => continue,
            Err(error) => return Err(error.into()),
        };
        match key.keep(&mut unit, caller.account, fingerprint, &after, now).await {
            Ok(()) => {}
            Err(StoreError::Conflict(Constraint::IdempotencyKey, _)) => {
                drop(unit);
                let done = key.done_before(app, caller.account, fingerprint).await?;
                return done.ok_or_else(|| Problem::new(Code::Contended));
            }
            Err(error) => return Err(error.into()),
        }
        unit.commit().await?;
        return Ok(after.petition);
    }
    Err(Problem::new(Code::Contended))
}
