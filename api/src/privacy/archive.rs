//! The copy of a person's data with their files: a ZIP that is written while it is read, so that neither memory nor disk holds it.

use std::{io, sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use persistence::{FileKey, FileStore};
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use crate::{
    ops::{Fullness, Tally},
    problem::Problem,
};

/// How many are written at once: each holds a thread for as long as its reader takes.
const AT_ONCE: usize = 4;
/// How long a reader may take nothing before the archive is given up.
const PATIENCE: Duration = Duration::from_secs(30);
/// The bytes that go out at once.
const PIECE: usize = 64 * 1024;

/// Turns for archives.
#[derive(Debug, Clone)]
pub(super) struct Archives(Arc<Semaphore>, Tally);

impl Default for Archives {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)), Tally::default())
    }
}

impl Archives {
    /// How many are written.
    pub(super) fn fullness(&self) -> Fullness {
        Fullness::of("copies", AT_ONCE, &self.0, &self.1)
    }
}

/// A file that goes into the archive.
pub(super) struct Entry {
    /// Its name there.
    pub(super) name: String,
    /// Where it lies.
    pub(super) key: FileKey,
    /// Its bytes.
    pub(super) size: u64,
}

/// What the thread that writes is told.
enum Told {
    Begin {
        name: String,
        compressed: bool,
    },
    Bytes(Bytes),
    /// All was told. Without it the archive is cut off, and must not look whole.
    End,
}

/// What goes out, a piece at a time.
struct Out {
    pieces: mpsc::Sender<Result<Bytes, io::Error>>,
    held: Vec<u8>,
    runtime: Handle,
}

impl io::Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.held.extend_from_slice(bytes);
        if self.held.len() >= PIECE {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.held.is_empty() {
            return Ok(());
        }
        let piece = Bytes::from(std::mem::take(&mut self.held));
        let sent = self.runtime.block_on(tokio::time::timeout(PATIENCE, self.pieces.send(Ok(piece))));
        match sent {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(io::Error::new(io::ErrorKind::BrokenPipe, "nobody reads it any more")),
        }
    }
}

/// Writes what it is told.
fn write(mut told: mpsc::Receiver<Told>, out: Out) -> io::Result<()> {
    let mut archive = ZipWriter::new_stream(out);
    loop {
        match told.blocking_recv() {
            Some(Told::Begin { name, compressed }) => {
                // Pictures and videos are compressed already.
                let method = if compressed { CompressionMethod::Deflated } else { CompressionMethod::Stored };
                let options = SimpleFileOptions::default().compression_method(method).large_file(true);
                archive.start_file(name, options)?;
            }
            Some(Told::Bytes(bytes)) => io::Write::write_all(&mut archive, &bytes)?,
            Some(Told::End) => {
                let mut out = archive.finish()?.into_inner();
                return io::Write::flush(&mut out);
            }
            None => return Err(io::Error::other("a file could not be read")),
        }
    }
}

/// Reads what goes in. A file that is gone by now is left out.
async fn tell(told: mpsc::Sender<Told>, document: Bytes, entries: Vec<Entry>, store: FileStore) -> Option<()> {
    told.send(Told::Begin { name: "pakn.json".to_owned(), compressed: true }).await.ok()?;
    told.send(Told::Bytes(document)).await.ok()?;
    for Entry { name, key, size } in entries {
        let mut content = store.read(key, 0..size);
        let mut begun = false;
        while let Some(piece) = content.next().await {
            match piece {
                Ok(piece) => {
                    if !begun {
                        told.send(Told::Begin { name: name.clone(), compressed: false }).await.ok()?;
                        begun = true;
                    }
                    told.send(Told::Bytes(piece)).await.ok()?;
                }
                Err(error) => {
                    tracing::warn!(%error, "a file could not be read for the copy of a person's data");
                    if begun {
                        return None;
                    }
                    break;
                }
            }
        }
    }
    told.send(Told::End).await.ok()
}

/// The archive of a document and of files, as it is written.
///
/// # Errors
/// [`crate::problem::Code::Busy`] when too many are.
pub(super) fn archive(
    archives: &Archives,
    document: Bytes,
    entries: Vec<Entry>,
    store: &FileStore,
) -> Result<impl Stream<Item = Result<Bytes, io::Error>> + use<>, Problem> {
    let turn: OwnedSemaphorePermit = Arc::clone(&archives.0).try_acquire_owned().map_err(|_| archives.1.refuse())?;
    let (told, listens) = mpsc::channel(4);
    let (pieces, written) = mpsc::channel(4);
    let out = Out { pieces: pieces.clone(), held: Vec::new(), runtime: Handle::current() };
    tokio::spawn(tell(told, document, entries, store.clone()));
    tokio::task::spawn_blocking(move || {
        let _turn = turn;
        if let Err(error) = write(listens, out) {
            // The reader sees that it was cut off, if there is one.
            let _heard = pieces.try_send(Err(error)).is_ok();
        }
    });
    Ok(stream::unfold(written, |mut written| async { written.recv().await.map(|piece| (piece, written)) }))
}
