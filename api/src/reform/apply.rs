//! Rehearsing a reform, and applying it.

use domain::{
    catalogue::Category,
    change::{Change, ChangeKind},
    id::AccountId,
    place::TOLERANCE_M,
    succession::reform::{Before, Plan, Reform, ReformFault},
};
use persistence::{AppliedReform, CatalogueDay, Store, StoreError};

use super::report::{self, ReformReport};
use crate::clock;

/// How often a reform is planned anew when somebody else changed the catalogue meanwhile.
const ATTEMPTS: u32 = 5;

/// Why a reform was not applied.
#[derive(Debug, thiserror::Error)]
pub enum NotApplied {
    /// It was before. Nothing has changed.
    #[error("the reform {} was applied before, for {}", .0.code, .0.on)]
    Before(AppliedReform),
    /// It does not fit what is there.
    #[error("the reform does not fit what is there")]
    Faults(Vec<ReformFault>),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a reform would do. Nothing is written.
///
/// # Errors
/// [`NotApplied`].
pub async fn rehearse(store: &Store, reform: &Reform) -> Result<ReformReport, NotApplied> {
    Ok(planned(store, reform).await?.1)
}

/// Applies a reform, whole or not at all; staff and petitions are yet to follow.
///
/// # Errors
/// [`NotApplied`].
pub async fn apply(store: &Store, reform: &Reform, author: Option<AccountId>) -> Result<ReformReport, NotApplied> {
    let mut attempts = 0;
    loop {
        let (plan, report, revision) = planned(store, reform).await?;
        let mut unit = store.begin().await?;
        let now = clock::now();
        match unit.apply_reform(&plan, revision, author, now).await {
            Ok(()) => {
                let change = Change::new(now, &clock::id_randomness(), author, ChangeKind::Reform, &plan.code);
                unit.note_change(&change.between(None, serde_json::to_value(&report).ok())).await?;
                unit.commit().await?;
                return Ok(report);
            }
            Err(StoreError::Stale) if attempts < ATTEMPTS => attempts += 1,
            Err(error) => return Err(error.into()),
        }
    }
}

/// What it comes to, what is to be told of it, and the revision of the catalogue it was planned on.
async fn planned(store: &Store, reform: &Reform) -> Result<(Plan, ReformReport, i64), NotApplied> {
    let today = clock::now().local_date();
    let CatalogueDay { revision, catalogue, units, .. } = store.snapshot().await?.catalogue(today).await?;
    // After the catalogue: whoever applied it in between has changed the revision as well.
    if let Some(before) = store.reforms().await?.into_iter().find(|applied| applied.code == reform.code) {
        return Err(NotApplied::Before(before));
    }
    let categories: Vec<&Category> = catalogue.categories.values().collect();
    let before = Before { units: &units, directory: &catalogue.directory, categories: &categories };
    let plan = reform.plan(before).map_err(NotApplied::Faults)?;
    let after = plan.directory_after(before, plan.on.max(today), TOLERANCE_M);
    let report = report::of(store, &plan, &after).await?;
    Ok((plan, report, revision))
}
