//! What was never attached goes after a day, and what was erased at once. Several servers may sweep at the same time: whatever one
//! removes is gone for the other, and nothing is removed that is not doomed first, or as long as a backup is made: it has what its instant
//! has.

use chrono::Duration;

use crate::{app::App, clock, problem::Problem};

/// How many are removed at a time.
const AT_ONCE: u64 = 100;

/// Dooms what waited too long and removes what is doomed; how many files went.
///
/// # Errors
/// As the store says; what is doomed stays so, and the next sweep goes on.
pub async fn sweep(app: &App) -> Result<u64, Problem> {
    let now = clock::now();
    let kept_for = Duration::hours(i64::from(app.files.settings.upload_keep_hours));
    let mut unit = app.store.begin().await?;
    unit.doom_unattached(now.plus(-kept_for)).await?;
    unit.commit().await?;
    let mut removed = remove_doomed(app).await?;
    if app.store.files_are_held(clock::now()).await? {
        return Ok(removed);
    }
    loop {
        let over = app.store.expired_partial_uploads(clock::now(), AT_ONCE).await?;
        if over.is_empty() {
            return Ok(removed);
        }
        for upload in over {
            app.files.store.remove_parts(upload.name).await?;
            let mut unit = app.store.begin().await?;
            unit.forget_partial_upload(upload.id).await?;
            unit.commit().await?;
            removed += 1;
        }
    }
}

/// Removes the objects and rows of doomed uploads; how many. An erasure calls it after its transaction.
///
/// # Errors
/// As the store says.
pub async fn remove_doomed(app: &App) -> Result<u64, Problem> {
    let mut removed = 0;
    loop {
        if app.store.files_are_held(clock::now()).await? {
            return Ok(removed);
        }
        let doomed = app.store.doomed_uploads(AT_ONCE).await?;
        if doomed.is_empty() {
            return Ok(removed);
        }
        for (id, name) in doomed {
            app.files.store.remove_upload(name).await?;
            let mut unit = app.store.begin().await?;
            unit.forget_upload(id).await?;
            unit.commit().await?;
            removed += 1;
        }
    }
}
