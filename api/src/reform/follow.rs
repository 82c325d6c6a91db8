//! What follows agencies that have ended: their officers and leaders, and the petitions that they owe an answer.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use domain::{account::Actor, code::AgencyCode, id::AccountId, petition::carry_over, routing::Directory};
use persistence::{Store, StoreError, StoredPetition};

use crate::clock;

/// How many petitions are looked at in one query.
const PAGE: u64 = 500;

/// How often a decision is made anew when somebody else changed the petition meanwhile.
const ATTEMPTS: u32 = 5;

fn ended(directory: &Directory, day: NaiveDate) -> Vec<AgencyCode> {
    let ended = directory.agencies().filter(|agency| agency.validity.to.is_some_and(|to| to <= day));
    ended.map(|agency| agency.code.clone()).collect()
}

/// Moves officers and leaders of agencies that have ended to the heir, where there is one alone; how many. Their access tokens speak
/// for the old agency until they are refreshed.
///
/// # Errors
/// As the store says; repeating the call takes up where it ended.
pub async fn staff_follow(store: &Store, directory: &Directory) -> Result<u64, StoreError> {
    let day = clock::now().local_date();
    let left: BTreeSet<AgencyCode> =
        store.staff_of(&ended(directory, day)).await?.iter().filter_map(|account| account.actor.agency()).collect();
    let mut moved = 0;
    for agency in left {
        let heirs = directory.succession().heirs_of_agency(&agency, day);
        let mut heirs = heirs.iter();
        if let (Some(heir), None) = (heirs.next(), heirs.next())
            && *heir != agency
        {
            let mut unit = store.begin().await?;
            moved += unit.move_staff(&agency, heir).await?;
            unit.move_webhooks(&agency, heir).await?;
            unit.commit().await?;
            tracing::info!(target: "audit", from = %agency, to = %heir, "staff follow their agency to its heir");
        }
    }
    Ok(moved)
}

/// Carries petitions over that are owed an answer by agencies which have ended; how many. Staff should have followed before, and the
/// directory know of it: a petition goes to no agency where nobody could receive it.
///
/// # Errors
/// As the store says; repeating the call takes up where it ended.
pub async fn petitions_follow(store: &Store, directory: &Directory) -> Result<usize, StoreError> {
    let ended = ended(directory, clock::now().local_date());
    let (mut carried, mut after) = (0, None);
    if ended.is_empty() {
        return Ok(carried);
    }
    loop {
        let page = store.owed_by(&ended, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(carried) };
        after = Some(last.petition.id);
        let assignees: Vec<AccountId> = page.iter().filter_map(|stored| stored.petition.assignee).collect();
        let accounts = store.accounts(&assignees).await?.into_iter();
        let actors: BTreeMap<AccountId, Actor> = accounts.map(|account| (account.id, account.actor)).collect();
        for stored in page {
            carried += usize::from(carry(store, stored, &actors, directory).await?);
        }
    }
}

async fn carry(
    store: &Store,
    mut before: StoredPetition,
    actors: &BTreeMap<AccountId, Actor>,
    directory: &Directory,
) -> Result<bool, StoreError> {
    for _ in 0..ATTEMPTS {
        let mut unit = store.begin().await?;
        // Decided with the clock of now: there may have been a wait for the unit of work.
        let assignee = before.petition.assignee.and_then(|account| actors.get(&account));
        let Some(decision) = carry_over(&before.petition, assignee, directory, clock::now()) else { return Ok(false) };
        match unit.advance(&before, &decision).await {
            Ok(_) => {
                unit.commit().await?;
                return Ok(true);
            }
            Err(StoreError::Stale) => {}
            Err(error) => return Err(error),
        }
        drop(unit);
        let Some(again) = store.petition_by_id(before.petition.id).await? else { return Ok(false) };
        before = again;
    }
    Ok(false)
}
