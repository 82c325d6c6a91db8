//! The object store: a local folder, or an S3-compatible service. What lies where is known to the database alone, since names are random.
//!
//! An object is written before a row says that it may be read, and a row is marked as doomed before its objects are deleted: so what
//! a reader may find is there, and what a crash leaves behind is always named by a row that the next sweep finds.

use std::{io, ops::Range, os::unix::fs::DirBuilderExt, path::Path, sync::Arc, time::Duration};

use bytes::Bytes;
use domain::chain::Salt;
use futures_util::{StreamExt, TryStreamExt, stream::BoxStream};
use object_store::{
    ClientConfigKey, ObjectMeta, ObjectStore, ObjectStoreExt, PutPayload, RetryConfig,
    aws::{AmazonS3Builder, AmazonS3ConfigKey},
    buffered::BufWriter,
    local::LocalFileSystem,
    path::Path as Key,
};
use tokio::io::{AsyncSeekExt, AsyncWriteExt};

/// The pieces in which files are read and written: bounds what a transfer keeps in memory, and is the least that S3 takes as a part of
/// a larger object.
const PIECE: usize = 5 * 1024 * 1024;
/// How much is asked for at once for a reader, who may be slow.
const SIP: u64 = 1024 * 1024;
/// How long a failing request to S3 is tried again: within what a phone waits.
const PATIENCE: Duration = Duration::from_secs(15);

/// Why a file could not be kept, read or removed.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// There is no such object store.
    #[error("the object store {0} cannot be used: {1}")]
    Unusable(String, String),
    /// It is not there now, or does not have the file.
    #[error("the object store: {0}")]
    Store(#[from] object_store::Error),
    /// What is received or sent could not be read or written.
    #[error("a temporary file: {0}")]
    Io(#[from] io::Error),
}

/// The random name under which the objects of an upload lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FileName(pub Salt);

/// Which object of an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// The file as it is handed out.
    Full,
    /// The larger preview of a picture.
    Large,
    /// The smaller preview of a picture.
    Small,
}

impl Variant {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Full, Self::Large, Self::Small];

    /// As links and objects name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Large => "large",
            Self::Small => "small",
        }
    }

    /// From its name.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|variant| variant.as_str() == word)
    }
}

/// Where an object lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileKey(Key);

impl FileKey {
    /// An upload's.
    pub fn upload(name: FileName, variant: Variant) -> Self {
        Self(uploads(name).join(variant.as_str()))
    }

    /// Of an upload, as [`std::fmt::Display`] writes it.
    pub fn parse(text: &str) -> Option<Self> {
        let (name, variant) = text.strip_prefix("uploads/")?.split_once('/')?;
        let mut salt = Salt::default();
        hex::decode_to_slice(name, &mut salt).ok()?;
        let key = Self::upload(FileName(salt), Variant::parse(variant)?);
        (key.to_string() == text).then_some(key)
    }

    /// A part's, of what comes piece by piece.
    pub fn part(upload: FileName, part: FileName) -> Self {
        Self(parts(upload).join(hex::encode(part.0)))
    }
}

impl std::fmt::Display for FileKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

fn uploads(name: FileName) -> Key {
    Key::from("uploads").join(hex::encode(name.0))
}

fn parts(name: FileName) -> Key {
    Key::from("parts").join(hex::encode(name.0))
}

/// The object store.
#[derive(Debug, Clone)]
pub struct FileStore {
    store: Arc<dyn ObjectStore>,
    place: String,
}

impl FileStore {
    /// Opens `s3://BUCKET[/PREFIX]`, with credentials, region and endpoint from the variables that every S3 client knows
    /// (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_ENDPOINT_URL`, `AWS_ALLOW_HTTP`), or else a folder, which is
    /// made if it is missing. No request is made yet.
    ///
    /// # Errors
    /// [`FileError::Unusable`].
    pub fn open(location: &str) -> Result<Self, FileError> {
        let unusable = |error: &dyn std::fmt::Display| FileError::Unusable(location.to_owned(), error.to_string());
        let store: Arc<dyn ObjectStore> = match location.split_once("://") {
            Some(("s3", path)) => {
                let retries = RetryConfig { max_retries: 4, retry_timeout: PATIENCE, ..RetryConfig::default() };
                let bucket = path.split('/').next().unwrap_or_default();
                let store = AmazonS3Builder::from_env()
                    .with_url(format!("s3://{bucket}"))
                    .with_retry(retries)
                    // One by one: all of them at once would forget what the variables say of the client.
                    .with_config(AmazonS3ConfigKey::Client(ClientConfigKey::ConnectTimeout), "5s")
                    .with_config(AmazonS3ConfigKey::Client(ClientConfigKey::Timeout), "60s")
                    .build()
                    .map_err(|error| unusable(&error))?;
                match path
                    .split_once('/')
                    .map(|(_, prefix)| prefix.trim_matches('/'))
                    .filter(|prefix| !prefix.is_empty())
                {
                    Some(prefix) => Arc::new(object_store::prefix::PrefixStore::new(store, prefix)),
                    None => Arc::new(store),
                }
            }
            Some(_) => return Err(unusable(&"neither s3://BUCKET nor a folder")),
            None => {
                let folder = Path::new(location);
                // What lies there is personal.
                let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
                made.map_err(|error| unusable(&error))?;
                let store = LocalFileSystem::new_with_prefix(folder).map_err(|error| unusable(&error))?;
                // What was acknowledged survives a power cut, as it does in the database.
                Arc::new(store.with_fsync(true).with_automatic_cleanup(true))
            }
        };
        Ok(Self { store, place: location.to_owned() })
    }

    /// Where it is.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Writes an object that is in memory.
    ///
    /// # Errors
    /// As the store says.
    pub async fn put(&self, key: &FileKey, content: Bytes) -> Result<(), FileError> {
        self.store.put(&key.0, PutPayload::from_bytes(content)).await?;
        Ok(())
    }

    /// Writes an object from a file, piece by piece.
    ///
    /// # Errors
    /// As the store and the system say.
    pub async fn put_file(&self, key: &FileKey, file: std::fs::File) -> Result<(), FileError> {
        let mut file = tokio::fs::File::from_std(file);
        file.rewind().await?;
        let mut writer = BufWriter::with_capacity(Arc::clone(&self.store), key.0.clone(), PIECE);
        match tokio::io::copy(&mut file, &mut writer).await {
            Ok(_) => Ok(writer.shutdown().await?),
            Err(error) => {
                writer.abort().await?;
                Err(error.into())
            }
        }
    }

    /// Reads a range of an object as its reader takes it: asked for sip by sip, so that a slow reader holds neither memory nor a
    /// connection to the store.
    pub fn read(&self, key: FileKey, range: Range<u64>) -> BoxStream<'static, Result<Bytes, FileError>> {
        let store = Arc::clone(&self.store);
        futures_util::stream::try_unfold(range, move |left| {
            let (store, key) = (Arc::clone(&store), key.0.clone());
            async move {
                if left.start >= left.end {
                    return Ok(None);
                }
                let until = left.end.min(left.start.saturating_add(SIP));
                let bytes = store.get_range(&key, left.start..until).await?;
                Ok(Some((bytes, until..left.end)))
            }
        })
        .boxed()
    }

    /// Whether an object is there.
    ///
    /// # Errors
    /// As the store says.
    pub async fn has(&self, key: &FileKey) -> Result<bool, FileError> {
        match self.store.head(&key.0).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes one object; that it is gone already is no error.
    ///
    /// # Errors
    /// As the store says.
    pub async fn remove(&self, key: &FileKey) -> Result<(), FileError> {
        gone(self.store.delete(&key.0).await)
    }

    /// Removes all objects of an upload.
    ///
    /// # Errors
    /// As the store says; what was removed by then is gone.
    pub async fn remove_upload(&self, name: FileName) -> Result<(), FileError> {
        self.remove_under(&uploads(name)).await
    }

    /// Removes all parts of what came piece by piece.
    ///
    /// # Errors
    /// As the store says; what was removed by then is gone.
    pub async fn remove_parts(&self, name: FileName) -> Result<(), FileError> {
        self.remove_under(&parts(name)).await
    }

    async fn remove_under(&self, prefix: &Key) -> Result<(), FileError> {
        let found: Vec<ObjectMeta> = self.store.list(Some(prefix)).try_collect().await?;
        for object in found {
            gone(self.store.delete(&object.location).await)?;
        }
        Ok(())
    }

    /// Whether there is no object at all.
    ///
    /// # Errors
    /// As the store says.
    pub async fn is_empty(&self) -> Result<bool, FileError> {
        Ok(self.store.list(None).try_next().await?.is_none())
    }

    /// How many objects there are, and their bytes: for tests and for who runs it.
    ///
    /// # Errors
    /// As the store says.
    pub async fn count(&self) -> Result<(u64, u64), FileError> {
        let all = self.store.list(None);
        Ok(all.try_fold((0, 0), |(count, bytes), object| async move { Ok((count + 1, bytes + object.size)) }).await?)
    }
}

fn gone(deleted: Result<(), object_store::Error>) -> Result<(), FileError> {
    match deleted {
        Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
