//! The folder of a backup: `manifest.json`, `list.ndjson` with the digest of each of its files, the database, `data/` and `files/`.

use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, BufWriter, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Component, Path, PathBuf},
};

use anyhow::Context;
use domain::chain::Digest;
use persistence::Engine;
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use crate::files::sha256;

/// What this program writes and reads.
pub(crate) const FORMAT: u32 = 1;

/// The copy of an SQLite database.
pub(crate) const SQLITE: &str = "database.sqlite";
/// The dump of a PostgreSQL database, in the custom format of `pg_dump`.
pub(crate) const POSTGRES: &str = "database.dump";

const MANIFEST: &str = "manifest.json";
const LIST: &str = "list.ndjson";

/// Which engine a backup is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EngineName {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgresql,
}

impl From<Engine> for EngineName {
    fn from(engine: Engine) -> Self {
        match engine {
            Engine::Sqlite => Self::Sqlite,
            Engine::Postgres => Self::Postgresql,
        }
    }
}

impl EngineName {
    /// The file of the database.
    pub(crate) fn file(self) -> &'static str {
        match self {
            Self::Sqlite => SQLITE,
            Self::Postgresql => POSTGRES,
        }
    }
}

/// What became of the files of petitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FilesTaken {
    /// They are in the backup.
    Here,
    /// They are where they were: in a store that is kept safe by itself.
    LeftOut,
}

/// What a backup is.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    /// Of the folder.
    pub(crate) format: u32,
    /// The version of the program that made it.
    pub(crate) program: String,
    /// When it was begun: what was acknowledged before is in it.
    pub(crate) taken_at: String,
    /// Of which engine.
    pub(crate) engine: EngineName,
    /// The version of that engine.
    pub(crate) engine_version: String,
    /// The steps of the schema.
    pub(crate) steps: Vec<String>,
    /// The end of the log, as streams have it.
    pub(crate) log_end: String,
    /// Whether the files are here.
    pub(crate) files: FilesTaken,
    /// What `list.ndjson` must be.
    pub(crate) list: Option<Listed>,
}

/// A file of the folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Listed {
    /// Where, from the folder.
    pub(crate) path: String,
    /// Its bytes.
    pub(crate) size: u64,
    /// Their SHA-256, in hexadecimal digits.
    pub(crate) sha256: String,
}

impl Listed {
    fn of(folder: &Path, path: &str) -> anyhow::Result<Self> {
        let mut file = File::open(folder.join(path)).with_context(|| path.to_owned())?;
        let sha256 = sha256(&mut file).with_context(|| path.to_owned())?.to_string();
        Ok(Self { path: path.to_owned(), size: file.metadata()?.len(), sha256 })
    }
}

/// A backup that is being made, beside its place; gone when dropped.
pub(crate) struct Unfinished {
    folder: TempDir,
    to: PathBuf,
    list: BufWriter<File>,
    entries: u64,
    bytes: u64,
}

impl Unfinished {
    /// Begins one.
    pub(crate) fn begin(to: &Path) -> anyhow::Result<Self> {
        anyhow::ensure!(fs::symlink_metadata(to).is_err(), "{} is there already", to.display());
        let name = to.file_name().with_context(|| format!("{} names no folder", to.display()))?;
        let parent = parent(to);
        let mut beside = tempfile::Builder::new();
        let prefix = format!(".{}.unfinished-", name.display());
        let owner_alone = fs::Permissions::from_mode(0o700);
        let folder = beside
            .prefix(&prefix)
            .permissions(owner_alone)
            .tempdir_in(parent)
            .with_context(|| parent.display().to_string())?;
        let list = BufWriter::new(private(&folder.path().join(LIST))?);
        Ok(Self { folder, to: to.to_owned(), list, entries: 0, bytes: 0 })
    }

    /// Where a file of it lies for now.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// An empty file for somebody else to fill: what others make by themselves, others could read.
    pub(crate) fn room_for(&self, path: &str) -> anyhow::Result<PathBuf> {
        create(self.folder.path(), path)?;
        Ok(self.path(path))
    }

    /// Writes a small file.
    pub(crate) fn put(&mut self, path: &str, content: &[u8]) -> anyhow::Result<()> {
        let mut file = create(self.folder.path(), path)?;
        file.write_all(content).and_then(|()| file.sync_all()).with_context(|| path.to_owned())?;
        let size = u64::try_from(content.len())?;
        self.add(&Listed { path: path.to_owned(), size, sha256: Digest::of(&[content]).to_string() })
    }

    /// Takes in a file that somebody else has written to its path.
    pub(crate) async fn list(&mut self, path: &'static str) -> anyhow::Result<()> {
        let folder = self.folder.path().to_owned();
        let listed = tokio::task::spawn_blocking(move || {
            File::open(folder.join(path))?.sync_all()?;
            Listed::of(&folder, path)
        });
        self.add(&listed.await??)
    }

    /// Notes a file that is there.
    pub(crate) fn add(&mut self, listed: &Listed) -> anyhow::Result<()> {
        writeln!(self.list, "{}", serde_json::to_string(listed)?)?;
        self.entries += 1;
        self.bytes += listed.size;
        Ok(())
    }

    /// Puts it in its place; how many files it has, and their bytes.
    pub(crate) fn finish(self, manifest: Manifest) -> anyhow::Result<(u64, u64)> {
        let Self { folder, to, list, entries, bytes } = self;
        list.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        let manifest = Manifest { list: Some(Listed::of(folder.path(), LIST)?), ..manifest };
        let mut file = private(&folder.path().join(MANIFEST))?;
        file.write_all(serde_json::to_string_pretty(&manifest)?.as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        sync_folders(folder.path())?;
        // Not over another one, which came there meanwhile.
        anyhow::ensure!(fs::symlink_metadata(&to).is_err(), "{} is there already", to.display());
        fs::rename(folder.path(), &to).with_context(|| to.display().to_string())?;
        // It has moved: nothing is left to be taken away.
        let _moved = folder.keep();
        File::open(parent(&to))?.sync_all()?;
        Ok((entries, bytes))
    }
}

/// A backup that is there.
pub(crate) struct Backup {
    /// Where.
    pub(crate) folder: PathBuf,
    /// What it is.
    pub(crate) manifest: Manifest,
    list: Listed,
}

impl Backup {
    /// Opens one.
    pub(crate) fn open(folder: &Path) -> anyhow::Result<Self> {
        let file = folder.join(MANIFEST);
        let text = fs::read(&file).with_context(|| format!("{} is no backup: {}", folder.display(), file.display()))?;
        let manifest: Manifest = serde_json::from_slice(&text).with_context(|| file.display().to_string())?;
        let format = manifest.format;
        anyhow::ensure!(format == FORMAT, "{}: format {format}, this program reads {FORMAT}", file.display());
        let list = manifest.list.clone().filter(|list| list.path == LIST);
        let list = list.with_context(|| format!("{}: it does not say what {LIST} is", file.display()))?;
        Ok(Self { folder: folder.to_owned(), manifest, list })
    }

    /// Compares every file with its digest; what is listed. The first hundred faults are told.
    pub(crate) fn check(&self) -> anyhow::Result<u64> {
        let mut faults = Vec::new();
        self.compare(&self.list, &mut faults);
        anyhow::ensure!(faults.is_empty(), "the backup is damaged: {}", faults.join("; "));
        let mut entries = 0;
        let mut has_database = false;
        for listed in self.entries()? {
            let listed = listed?;
            has_database |= listed.path == self.manifest.engine.file();
            self.compare(&listed, &mut faults);
            entries += 1;
            if faults.len() >= 100 {
                break;
            }
        }
        anyhow::ensure!(faults.is_empty(), "the backup is damaged: {}", faults.join("; "));
        anyhow::ensure!(has_database, "the backup has no {}", self.manifest.engine.file());
        Ok(entries)
    }

    fn compare(&self, listed: &Listed, faults: &mut Vec<String>) {
        match Listed::of(&self.folder, &listed.path) {
            Ok(found) if found == *listed => {}
            Ok(_) => faults.push(format!("{} is another one", listed.path)),
            Err(error) => faults.push(format!("{error:#}")),
        }
    }

    /// Its files, as they are listed.
    pub(crate) fn entries(&self) -> anyhow::Result<impl Iterator<Item = anyhow::Result<Listed>>> {
        let file = File::open(self.folder.join(LIST)).with_context(|| LIST.to_owned())?;
        Ok(BufReader::new(file).lines().map(|line| {
            let listed: Listed = serde_json::from_str(&line?).with_context(|| LIST.to_owned())?;
            let is_inside = Path::new(&listed.path).components().all(|part| matches!(part, Component::Normal(_)));
            anyhow::ensure!(is_inside, "{LIST}: {} leads elsewhere", listed.path);
            Ok(listed)
        }))
    }
}

/// The folder that something is in.
pub(crate) fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A new file that its owner alone reads, with the folders it lies in.
pub(crate) fn create(folder: &Path, path: &str) -> anyhow::Result<File> {
    let file = folder.join(path);
    fs::DirBuilder::new().recursive(true).mode(0o700).create(parent(&file)).with_context(|| path.to_owned())?;
    private(&file)
}

fn private(file: &Path) -> anyhow::Result<File> {
    let opened = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
    opened.with_context(|| file.display().to_string())
}

/// Makes the names in a folder, and in those in it, last.
pub(crate) fn sync_folders(folder: &Path) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_folders(&entry.path())?;
        }
    }
    Ok(File::open(folder)?.sync_all()?)
}
