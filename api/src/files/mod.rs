//! Photos, documents and videos: received, looked at, made harmless, kept, and handed out by links that end.
//!
//! A file goes through here in one direction: `received` (a nameless temporary file) → its kind by content → a form that is safe to hand out
//! (`photo`, `video`, `document`) → the object store → a row that says it may be attached. The file as it came is never kept.

mod attach;
mod document;
mod evidence;
mod keep;
mod kind;
mod link;
mod photo;
mod received;
mod serve;
mod studio;
mod sweep;
mod tus;
mod unusable;
mod upload;
mod video;
mod view;

use std::{io, path::Path, path::PathBuf};

use persistence::{FileError, FileStore};

use crate::{key_file::KeyError, ops::Fullness, settings::FileSettings};

pub use attach::GivenUploads;
pub(crate) use keep::keep;
pub use link::Links;
pub(crate) use received::{Received, sha256};
pub(crate) use serve::file_name;
pub use serve::read_file;
pub use studio::Studio;
pub use sweep::{remove_doomed, sweep};
pub use tus::{
    VERSION as TUS_VERSION, begin_upload, end_upload, is_tus, send_part, tus_method, upload_options, upload_state,
};
pub(crate) use upload::fits;
pub use upload::{UploadReceipt, show_upload, upload_file};
pub use view::{AttachmentView, Attachments, Telling};

/// Everything that files take.
#[derive(Debug)]
pub struct Files {
    /// Where they lie.
    pub store: FileStore,
    /// What they may be.
    pub settings: FileSettings,
    /// What they are handed out by.
    pub links: Links,
    /// Where pictures are worked on.
    studio: Studio,
    /// Where they lie until they were looked at.
    incoming: PathBuf,
}

/// Why files cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// There is no object store.
    #[error(transparent)]
    Store(#[from] FileError),
    /// There is no key to sign links with.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// There is no room for what comes.
    #[error("{0}: {1}")]
    Incoming(String, io::Error),
}

impl Files {
    /// Opens the object store, `files` in the data folder unless the settings name another, and reads the key of links.
    ///
    /// # Errors
    /// [`FilesError`].
    pub fn open(settings: &FileSettings, data_dir: &Path) -> Result<Self, FilesError> {
        let incoming = data_dir.join("incoming");
        let failed = |error| FilesError::Incoming(incoming.display().to_string(), error);
        std::fs::create_dir_all(&incoming).map_err(failed)?;
        Ok(Self {
            store: FileStore::open(&settings.location(data_dir))?,
            links: Links::open(data_dir, settings.link_minutes)?,
            studio: Studio::new(settings.photo_memory_mb),
            settings: settings.clone(),
            incoming,
        })
    }

    /// How many pictures are worked on, and wait for it.
    pub fn fullness(&self) -> Fullness {
        self.studio.fullness()
    }
}
