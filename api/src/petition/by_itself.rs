//! What the system does to petitions by itself: deadlines that follow a changed calendar, petitions that rise for being overdue,
//! petitions that end when nobody may reopen them any more. Each is a command like any other, decided by the domain and guarded
//! by the petition's version: several servers may do it at once, and one that was killed leaves nothing half done.

use domain::{
    account::Actor,
    petition::{Command, Refusal, decide},
};
use persistence::{Page, StoreError, StoredPetition};

use crate::{app::App, clock, problem::Problem};

/// How many petitions are looked at in one query.
const PAGE: u64 = 500;

/// How often a decision is made anew when somebody else changed the petition meanwhile.
const ATTEMPTS: u32 = 5;

/// Gives the command; whether anything came of it. Where it has no effect (yet), nothing does.
async fn give(app: &App, before: &StoredPetition, command: Command) -> Result<bool, Problem> {
    let catalogue = app.catalogue();
    let mut before = before.clone();
    for _ in 0..ATTEMPTS {
        let decide =
            || decide(Some(&before.petition), command.clone(), &Actor::System, &catalogue.catalogue, clock::now());
        match decide() {
            Ok(_) => {}
            Err(Refusal::NoEffect(_) | Refusal::NotAllowed { .. }) => return Ok(false),
            // One petition that cannot be decided on must not stand before all others.
            Err(refusal) => {
                tracing::warn!(petition.code = %before.petition.code, %refusal, "the system could not do what it should");
                return Ok(false);
            }
        }
        let mut unit = app.store.begin().await?;
        // Decided anew with the clock of now: there may have been a wait for the unit of work.
        let Ok(decision) = decide() else { return Ok(false) };
        match unit.advance(&before, &decision).await {
            Ok(_) => {
                unit.commit().await?;
                return Ok(true);
            }
            Err(StoreError::Stale) => {}
            Err(error) => return Err(error.into()),
        }
        drop(unit);
        let Some(again) = app.store.petition_by_id(before.petition.id).await? else { return Ok(false) };
        before = again;
    }
    Ok(false)
}

/// Counts the deadlines of all open petitions by the catalogue in memory, and of those that lack one; how many changed.
///
/// # Errors
/// As the store says; repeating the call takes up where it ended, since what is right already stays.
pub async fn recount_deadlines(app: &App) -> Result<usize, Problem> {
    let (mut changed, mut after) = (0, None);
    loop {
        let page = app.store.petitions_to_recount(after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(changed) };
        after = Some(last.petition.id);
        for before in &page {
            changed += usize::from(give(app, before, Command::SetDeadlines).await?);
        }
    }
}

/// Raises overdue petitions to the leader of their desk, and those that stay overdue to the coordinator; how many rose.
///
/// # Errors
/// As the store says; repeating the call takes up where it ended.
pub async fn escalate_overdue(app: &App) -> Result<usize, Problem> {
    let (mut risen, mut after) = (0, None);
    loop {
        let page = app.store.petitions_to_escalate(clock::now(), Page { after, limit: PAGE }).await?;
        let Some(last) = page.last() else { return Ok(risen) };
        after = last.petition.deadlines.answer.map(|due| (due.micros(), last.petition.id));
        for before in &page {
            risen += usize::from(give(app, before, Command::Escalate).await?);
        }
    }
}

/// Ends the petitions whose time to be reopened is over; how many ended.
///
/// # Errors
/// As the store says; repeating the call takes up where it ended.
pub async fn close_settled(app: &App) -> Result<usize, Problem> {
    let (mut closed, mut after) = (0, None);
    loop {
        let policy = app.catalogue().catalogue.policy;
        let before = policy.reopening_ended_for_answers_before(clock::now());
        let page = app.store.petitions_answered_before(before, Page { after, limit: PAGE }).await?;
        let Some(last) = page.last() else { return Ok(closed) };
        after = last.petition.answer.map(|answer| answer.at);
        for before in &page {
            closed += usize::from(give(app, before, Command::Close).await?);
        }
    }
}
