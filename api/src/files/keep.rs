//! From what was received to what may be attached.

use std::fs::File;

use bytes::Bytes;
use domain::{
    id::{AccountId, UploadId},
    petition::MediaType,
};
use persistence::{FileContent, FileKey, FileName, Picture, StoreError, Taken, UnitOfWork, Upload, Variant};

use super::{
    document,
    kind::{kind, most_mb},
    photo::{self, Developed, Frame},
    received::{Received, sha256},
    unusable::{MB, Unusable},
    video,
};
use crate::{
    app::App,
    clock,
    problem::{Code, Problem},
};

/// A file made safe to hand out.
struct Safe {
    kept: FileContent,
    content: Content,
    picture: Option<Picture>,
    taken: Taken,
}

enum Content {
    /// In memory: the picture and both previews.
    Picture { full: Bytes, large: Bytes, small: Bytes },
    /// On disk still.
    File(File),
}

/// Looks at what was received, makes it safe, keeps it; the upload, which is not attached to anything yet.
///
/// `also` is done in the transaction that makes it ready, and says whether it still may be.
///
/// # Errors
/// [`Problem`] saying what is wrong with the file.
pub async fn keep(
    app: &App,
    account: AccountId,
    id: UploadId,
    received: Received,
    also: impl AsyncFnOnce(&mut UnitOfWork) -> Result<bool, StoreError>,
) -> Result<Upload, Problem> {
    let kind = sendable(app, &received)?;
    let sent = FileContent { media_type: kind, size: received.size, sha256: received.sha256 };
    let Safe { kept, content, picture, taken } = made_safe(app, kind, received).await?;
    let upload = Upload {
        id,
        account,
        name: FileName(clock::salt()),
        created_at: clock::now(),
        sent,
        kept,
        salt: clock::salt(),
        picture,
        taken,
        belongs: None,
    };
    // The row first: what a crash leaves in the object store is found by it.
    let mut unit = app.store.begin().await?;
    unit.add_upload(&upload).await?;
    unit.commit().await?;
    let store = &app.files.store;
    match content {
        Content::Picture { full, large, small } => {
            for (variant, bytes) in [(Variant::Full, full), (Variant::Large, large), (Variant::Small, small)] {
                store.put(&FileKey::upload(upload.name, variant), bytes).await?;
            }
        }
        Content::File(file) => store.put_file(&FileKey::upload(upload.name, Variant::Full), file).await?,
    }
    let mut unit = app.store.begin().await?;
    if !unit.upload_is_ready(id).await? || !also(&mut unit).await? {
        return Err(Problem::new(Code::NotFound));
    }
    unit.commit().await?;
    Ok(upload)
}

/// What it is, if it is of a kind and size that are taken.
fn sendable(app: &App, received: &Received) -> Result<MediaType, Unusable> {
    if received.size == 0 {
        return Err(Unusable::Empty);
    }
    let kind = kind(&received.head)?;
    let most = most_mb(kind, &app.files.settings);
    if received.size > most * MB { Err(Unusable::TooLarge(most)) } else { Ok(kind) }
}

async fn made_safe(app: &App, kind: MediaType, received: Received) -> Result<Safe, Problem> {
    let Received { mut file, size, sha256: sent, .. } = received;
    let settings = &app.files.settings;
    match kind {
        MediaType::Jpeg | MediaType::Png | MediaType::Webp => {
            let frame = Frame { megapixels: settings.photo_max_megapixels, edge: settings.photo_edge };
            // To read its head a decoder may read all of the file.
            let (file, memory) = app
                .files
                .studio
                .works(size.saturating_mul(2), move || {
                    let memory = photo::memory(&file, kind, size, frame);
                    (file, memory)
                })
                .await?;
            let developed = app.files.studio.works(memory?, move || photo::develop(&file, kind, frame)).await??;
            Ok(of_picture(developed))
        }
        MediaType::Pdf => {
            let (file, checked) = blocking(move || {
                let checked = document::check(&mut file, size);
                (file, checked)
            })
            .await?;
            checked?;
            let kept = FileContent { media_type: kind, size, sha256: sent };
            Ok(Safe { kept, content: Content::File(file), picture: None, taken: Taken::default() })
        }
        MediaType::Mp4 => {
            let seconds = settings.video_max_seconds;
            let cleaned = blocking(move || {
                let taken = video::clean(&mut file, size, seconds)?;
                let kept = sha256(&mut file)?;
                Ok::<_, Unusable>((file, taken, kept))
            });
            let (file, taken, sha256) = cleaned.await??;
            let kept = FileContent { media_type: kind, size, sha256 };
            Ok(Safe { kept, content: Content::File(file), picture: None, taken })
        }
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(Problem::internal)
}

fn of_picture(developed: Developed) -> Safe {
    let Developed { media_type, full, large, small, width, height, taken } = developed;
    let bytes = |content: &Bytes| u64::try_from(content.len()).unwrap_or(u64::MAX);
    let sha256 = domain::chain::Digest::of(&[&full]);
    Safe {
        kept: FileContent { media_type, size: bytes(&full), sha256 },
        picture: Some(Picture { width, height, large: bytes(&large), small: bytes(&small) }),
        content: Content::Picture { full, large, small },
        taken,
    }
}
