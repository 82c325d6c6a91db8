//! Files of petitions, from the object store into a backup.

use std::path::Path;

use aws_lc_rs::digest::{Context, SHA256};
use domain::chain::Digest;
use futures_util::{StreamExt, TryStreamExt, stream};
use persistence::{FileKey, FileStore, Snapshot};
use tokio::io::AsyncWriteExt;

use super::folder::{self, Listed, Unfinished};

/// How many files are looked up at a time, and how many objects are copied side by side.
const PAGE: u64 = 500;
const AT_ONCE: usize = 8;

/// What was taken.
#[derive(Debug, Default)]
pub(super) struct Taken {
    /// What is missing or damaged where it is kept.
    pub(super) problems: Vec<String>,
}

/// Copies the objects of all files that the snapshot has.
pub(super) async fn take(store: &FileStore, snapshot: &Snapshot, backup: &mut Unfinished) -> anyhow::Result<Taken> {
    let (mut taken, mut after) = (Taken::default(), None);
    loop {
        let uploads = snapshot.ready_uploads(after, PAGE).await?;
        let Some(last) = uploads.last() else { return Ok(taken) };
        after = Some(last.id);
        let root = backup.path("");
        let objects = uploads.iter().flat_map(persistence::Upload::objects);
        let copies = objects.map(|(key, size, sha256)| copy(store, key, size, sha256, &root));
        let mut copies = stream::iter(copies).buffer_unordered(AT_ONCE);
        while let Some(copied) = copies.try_next().await? {
            match copied {
                Ok(listed) => backup.add(&listed)?,
                Err(problem) => taken.problems.push(problem),
            }
        }
    }
}

/// Copies one; what is wrong with it where it is kept is told, anything else ends the backup.
async fn copy(
    store: &FileStore,
    key: FileKey,
    size: u64,
    sha256: Option<Digest>,
    root: &Path,
) -> anyhow::Result<Result<Listed, String>> {
    let path = format!("files/{key}");
    let mut file = tokio::fs::File::from_std(folder::create(root, &path)?);
    let (mut digest, mut copied) = (Context::new(&SHA256), 0);
    let mut content = store.read(key.clone(), 0..size);
    loop {
        match content.try_next().await {
            Ok(None) => break,
            Ok(Some(piece)) => {
                digest.update(&piece);
                copied += u64::try_from(piece.len())?;
                file.write_all(&piece).await?;
            }
            Err(error) => {
                // A store that answers has lost this one, or a part of it; one that does not has no say.
                store.has(&key).await?;
                tokio::fs::remove_file(root.join(&path)).await?;
                return Ok(Err(format!("{path}: {error}")));
            }
        }
    }
    file.sync_all().await?;
    let found = hex::encode(digest.finish());
    if copied != size || sha256.is_some_and(|sha256| sha256.to_string() != found) {
        tokio::fs::remove_file(root.join(&path)).await?;
        return Ok(Err(format!("{path} is another one than was kept")));
    }
    Ok(Ok(Listed { path, size, sha256: found }))
}
