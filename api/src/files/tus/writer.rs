//! A piece that comes over a connection that may end at any byte: what came of it is kept.
//!
//! The writer is a task of its own. When a connection breaks, the request is dropped wherever it is; its end of the channel goes with it, and
//! the writer keeps what it has.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use persistence::{FileKey, FileName, PartialUpload, UploadPart};
use tokio::sync::mpsc::Receiver;

use super::checksum::Checksum;
use crate::{
    app::App,
    clock,
    files::upload::fits,
    problem::{Code, Problem},
};

/// How much is gathered before it is kept: what a killed server loses of a connection at most, and its memory for one.
const PART: usize = 4 * 1024 * 1024;
/// In how many parts a file may come at the most; each costs an object.
pub const MOST_PARTS: u32 = 4_096;

/// What comes over a connection.
pub enum Piece {
    /// More.
    Bytes(Bytes),
    /// That was all: the connection did not break before.
    End,
}

struct Writer {
    app: Arc<App>,
    upload: PartialUpload,
    gathered: BytesMut,
    /// The offset of the next byte that is kept.
    at: u64,
    /// Kept in the store, and not counted before the checksum agrees.
    held: Vec<UploadPart>,
    checksum: Option<Checksum>,
}

/// Keeps what comes; how far the file has come then.
///
/// # Errors
/// [`Code::OffsetMismatch`] where another connection was faster, [`Code::ChecksumMismatch`], [`Code::FileTooLarge`] where more comes than was
/// said, and what a file is refused for.
pub async fn write(
    app: Arc<App>,
    upload: PartialUpload,
    checksum: Option<Checksum>,
    mut pieces: Receiver<Piece>,
) -> Result<u64, Problem> {
    let at = upload.received;
    let mut writer = Writer { app, upload, gathered: BytesMut::new(), at, held: Vec::new(), checksum };
    let written = writer.take_all(&mut pieces).await;
    if written.is_err() {
        writer.drop_held().await;
    }
    written.map(|()| writer.at)
}

impl Writer {
    async fn take_all(&mut self, pieces: &mut Receiver<Piece>) -> Result<(), Problem> {
        let mut whole = false;
        while let Some(piece) = pieces.recv().await {
            match piece {
                Piece::Bytes(bytes) => self.take(&bytes).await?,
                Piece::End => whole = true,
            }
        }
        let agrees = self.checksum.take().is_none_or(|checksum| whole && checksum.agrees());
        if !agrees {
            return Err(Problem::new(Code::ChecksumMismatch));
        }
        self.keep().await?;
        self.count_held().await
    }

    async fn take(&mut self, bytes: &Bytes) -> Result<(), Problem> {
        if let Some(checksum) = &mut self.checksum {
            checksum.take(bytes);
        }
        self.gathered.extend_from_slice(bytes);
        let so_far = self.at.saturating_add(u64::try_from(self.gathered.len()).unwrap_or(u64::MAX));
        if so_far > self.upload.length {
            return Err(Problem::with(Code::FileTooLarge, format!("Upload-Length: {}", self.upload.length)));
        }
        if self.at == 0 {
            // Thirty megabytes of something else need not come first.
            let head = self.gathered.get(..self.gathered.len().min(16)).unwrap_or_default();
            if let Err(unusable) = fits(&self.app, self.upload.length, head) {
                let mut unit = self.app.store.begin().await?;
                unit.end_partial_upload(self.upload.id).await?;
                unit.commit().await?;
                return Err(unusable.into());
            }
        }
        if self.gathered.len() >= PART { self.keep().await } else { Ok(()) }
    }

    /// Keeps what has gathered.
    async fn keep(&mut self) -> Result<(), Problem> {
        let bytes = self.gathered.split().freeze();
        if bytes.is_empty() {
            return Ok(());
        }
        let size = u64::try_from(bytes.len()).map_err(Problem::internal)?;
        let part = UploadPart { at: self.at, size, name: FileName(clock::salt()) };
        self.app.files.store.put(&FileKey::part(self.upload.name, part.name), bytes).await?;
        self.held.push(part);
        self.at += size;
        if self.checksum.is_some() { Ok(()) } else { self.count_held().await }
    }

    /// Counts what is kept, all or nothing.
    async fn count_held(&mut self) -> Result<(), Problem> {
        if self.held.is_empty() {
            return Ok(());
        }
        let mut unit = self.app.store.begin().await?;
        for part in &self.held {
            if !unit.add_upload_part(self.upload.id, part, clock::now()).await? {
                return Err(Problem::new(Code::OffsetMismatch));
            }
        }
        unit.commit().await?;
        self.held.clear();
        Ok(())
    }

    async fn drop_held(&mut self) {
        for part in self.held.drain(..) {
            let removed = self.app.files.store.remove(&FileKey::part(self.upload.name, part.name)).await;
            if let Err(error) = removed {
                // It goes with the others when the upload is done or forgotten.
                tracing::warn!(%error, "a part that does not count could not be removed");
            }
        }
    }
}
