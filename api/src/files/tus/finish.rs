//! From parts to a whole file, once, on one of the servers.

use std::{sync::Arc, time::Duration};

use domain::id::UploadId;
use futures_util::TryStreamExt;
use persistence::{FileKey, PartialUpload, Upload};

use crate::{
    app::App,
    clock,
    files::{keep::keep, received::Received},
    problem::{Code, Problem},
};

/// How long a server has the turn; longer than it takes, since whoever comes after begins anew.
const TURN: chrono::Duration = chrono::Duration::minutes(5);
/// How long is waited for a server that has it, before the client is told to ask again.
const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(200);

/// Makes a whole file an upload, or waits until another server has.
///
/// # Errors
/// What the file is refused for, after which it is forgotten; [`Code::UploadBusy`] where another server still works on it.
pub async fn finish(app: &Arc<App>, upload: &PartialUpload) -> Result<(), Problem> {
    let until = tokio::time::Instant::now() + PATIENCE;
    loop {
        if app.store.upload(upload.id).await?.is_some() {
            return Ok(());
        }
        let now = clock::now();
        let mut unit = app.store.begin().await?;
        let ours = unit.finish_partial_upload(upload.id, now, now.plus(TURN)).await?;
        unit.commit().await?;
        if ours {
            // A task of its own: a connection that breaks now does not stop it.
            let finished = tokio::spawn(finish_now(Arc::clone(app), upload.clone()));
            return finished.await.map_err(Problem::internal)?.map(|_| ());
        }
        let still = app.store.partial_upload(upload.account, upload.id).await?;
        if still.is_none_or(|still| still.expires_at <= now) && app.store.upload(upload.id).await?.is_none() {
            return Err(Problem::new(Code::UploadGone));
        }
        if tokio::time::Instant::now() >= until {
            return Err(Problem::new(Code::UploadBusy));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn finish_now(app: Arc<App>, partial: PartialUpload) -> Result<Upload, Problem> {
    let made = make(&app, &partial).await;
    if let Err(problem) = &made {
        let mut unit = app.store.begin().await?;
        if problem.code.status().is_client_error() {
            // The file is at fault: sent again it would be refused again.
            unit.end_partial_upload(partial.id).await?;
        } else {
            unit.leave_partial_upload(partial.id).await?;
        }
        unit.commit().await?;
        return made;
    }
    if let Err(problem) = forget(&app, &partial).await {
        tracing::warn!(%problem, "parts that are not needed any more could not be removed; a sweep will");
    }
    made
}

async fn make(app: &Arc<App>, partial: &PartialUpload) -> Result<Upload, Problem> {
    clear(app, partial.id).await?;
    let received = assemble(app, partial).await?;
    keep(app, partial.account, partial.id, received, async |unit| unit.end_partial_upload(partial.id).await).await
}

/// What a server left of it that had the turn and stopped.
async fn clear(app: &App, id: UploadId) -> Result<(), Problem> {
    if let Some(name) = app.store.half_stored_upload(id).await? {
        app.files.store.remove_upload(name).await?;
        let mut unit = app.store.begin().await?;
        unit.forget_upload(id).await?;
        unit.commit().await?;
    }
    Ok(())
}

async fn assemble(app: &App, partial: &PartialUpload) -> Result<Received, Problem> {
    let mut receiving = app.files.receive().await.map_err(Problem::internal)?;
    for part in app.store.upload_parts(partial.id).await? {
        if part.at != receiving.size() {
            return Err(Problem::internal("the parts of an upload do not follow each other"));
        }
        let mut bytes = app.files.store.read(FileKey::part(partial.name, part.name), 0..part.size);
        while let Some(bytes) = bytes.try_next().await? {
            receiving.take(&bytes).await.map_err(Problem::internal)?;
        }
    }
    if receiving.size() != partial.length {
        return Err(Problem::internal("the parts of an upload are not all there"));
    }
    receiving.end().await.map_err(Problem::internal)
}

/// Removes the parts of what has ended, and the row that named them.
///
/// # Errors
/// As the stores say; a sweep does it then.
pub async fn forget(app: &App, partial: &PartialUpload) -> Result<(), Problem> {
    app.files.store.remove_parts(partial.name).await?;
    let mut unit = app.store.begin().await?;
    unit.forget_partial_upload(partial.id).await?;
    Ok(unit.commit().await?)
}
