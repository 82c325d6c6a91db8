//! What is received: into a temporary file without a name, so that it is gone whatever happens, with its digest.

use std::{fs::File, io};

use aws_lc_rs::digest::{Context, SHA256};
use domain::chain::Digest;
use tokio::io::AsyncWriteExt;

use super::{Files, kind::HEAD};

/// A file that is being received.
pub struct Receiving {
    file: tokio::fs::File,
    digest: Context,
    size: u64,
    head: Vec<u8>,
}

/// A file that came whole.
pub struct Received {
    /// Its content, in a file that nothing else can open.
    pub file: File,
    /// Its bytes.
    pub size: u64,
    /// SHA-256 of it.
    pub sha256: Digest,
    /// Its first bytes, as many as it takes to tell what it is.
    pub head: Vec<u8>,
}

impl Files {
    /// Begins to receive a file.
    ///
    /// # Errors
    /// As the system says.
    pub async fn receive(&self) -> io::Result<Receiving> {
        let folder = self.incoming.clone();
        let file =
            tokio::task::spawn_blocking(move || tempfile::tempfile_in(folder)).await.map_err(io::Error::other)??;
        Ok(Receiving {
            file: tokio::fs::File::from_std(file),
            digest: Context::new(&SHA256),
            size: 0,
            head: Vec::new(),
        })
    }
}

impl Receiving {
    /// Takes the next bytes.
    ///
    /// # Errors
    /// As the system says.
    pub async fn take(&mut self, bytes: &[u8]) -> io::Result<()> {
        let lacking = HEAD.saturating_sub(self.head.len());
        self.head.extend(bytes.iter().take(lacking));
        self.digest.update(bytes);
        self.size += u64::try_from(bytes.len()).map_err(io::Error::other)?;
        self.file.write_all(bytes).await
    }

    /// How many have come.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The first bytes that have come.
    pub fn head(&self) -> &[u8] {
        &self.head
    }

    /// That was all.
    ///
    /// # Errors
    /// As the system says.
    pub async fn end(mut self) -> io::Result<Received> {
        self.file.flush().await?;
        let sha256 =
            Digest::from_bytes(self.digest.finish().as_ref()).ok_or_else(|| io::Error::other("not SHA-256"))?;
        Ok(Received { file: self.file.into_std().await, size: self.size, sha256, head: self.head })
    }
}

/// SHA-256 of a file from its beginning.
///
/// # Errors
/// As the system says.
pub fn sha256(file: &mut File) -> io::Result<Digest> {
    use std::io::{Read, Seek};
    file.rewind()?;
    let (mut digest, mut piece) = (Context::new(&SHA256), vec![0; 64 * 1024]);
    loop {
        let read = file.read(&mut piece)?;
        let Some(bytes) = piece.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
        digest.update(bytes);
    }
    Digest::from_bytes(digest.finish().as_ref()).ok_or_else(|| io::Error::other("not SHA-256"))
}
