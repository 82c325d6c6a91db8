//! `pakn restore`: an installation from a backup, where there is none.
//!
//! Everything is compared with its digest before anything is written. The database comes last and at once, since it is what makes a folder an
//! installation: whatever is cut off before leaves files and keys that the next try takes for what they are, data.

use std::{
    fs,
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use clap::Args;
use persistence::{FileKey, FileStore, Store, StoreOptions};
use secrecy::ExposeSecret;

use super::{
    backup::{
        LISTS,
        folder::{self, Backup, EngineName, FilesTaken, Manifest},
        postgres,
    },
    verify::{self, VerifyArgs},
};
use crate::{
    key_file, seal,
    settings::{FileSettings, Settings},
};

/// How many files are looked up at a time.
const PAGE: u64 = 500;

#[derive(Debug, Args)]
pub(super) struct RestoreArgs {
    /// The folder that `pakn backup` made.
    from: PathBuf,
    /// Only compare the backup with its digests, and change nothing.
    #[arg(long)]
    check: bool,
    /// Where PostgreSQL's programs are; by default the PATH and where systems put them.
    #[arg(long, env = "PAKN_POSTGRES_TOOLS", value_name = "DIR")]
    postgres_tools: Option<PathBuf>,
}

pub(super) async fn run(settings: &Settings, files: &FileSettings, args: &RestoreArgs) -> anyhow::Result<ExitCode> {
    let backup = Backup::open(&args.from)?;
    let Manifest { taken_at, program, engine, .. } = &backup.manifest;
    say!("{}: of {taken_at}, by pakn {program}", args.from.display())?;
    if args.check {
        say!("checked {} files: everything agrees", backup.check()?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let options = settings.store();
    let is_sqlite = options.url.strip_prefix("sqlite://").map(|path| path.split('?').next().unwrap_or_default());
    let target = if is_sqlite.is_some() { EngineName::Sqlite } else { EngineName::Postgresql };
    anyhow::ensure!(target == *engine, "the backup is of another database engine than the settings name");
    if let Some(step) = persistence::unknown_step(&backup.manifest.steps) {
        anyhow::bail!(
            "the backup has the step {step} of the schema, which this program does not know: use the program that made it"
        );
    }
    let objects = FileStore::open(&files.location(&settings.data_dir))?;
    is_free(&settings.data_dir, &objects, backup.manifest.files).await?;
    if let Some(path) = is_sqlite {
        // Also what is left of one: SQLite would take it for a part of the new one.
        for part in ["", "-wal", "-journal"] {
            anyhow::ensure!(!Path::new(&format!("{path}{part}")).exists(), "there is {path}{part} already");
        }
    }
    say!("checked {} files: everything agrees", backup.check()?)?;
    for entry in backup.entries()? {
        let entry = entry?;
        let source = backup.folder.join(&entry.path);
        if let Some(key) = entry.path.strip_prefix("files/") {
            let key = FileKey::parse(key).with_context(|| format!("{}: no file of a petition", entry.path))?;
            objects.put_file(&key, fs::File::open(source)?).await?;
        } else if let Some(path) = entry.path.strip_prefix("data/") {
            put_data(&settings.data_dir, path, &fs::read(source)?)?;
        }
    }
    match is_sqlite {
        Some(path) => put_sqlite(&backup.folder.join(folder::SQLITE), Path::new(path)).await?,
        None => put_postgres(settings, args, &backup).await?,
    }
    if backup.manifest.files == FilesTaken::LeftOut {
        tell_missing(settings, &objects).await?;
    }
    verify::run(settings, &VerifyArgs::everything()).await
}

/// That there is nothing to be lost.
async fn is_free(data_dir: &Path, objects: &FileStore, files: FilesTaken) -> anyhow::Result<()> {
    let keys = key_file::folder(data_dir);
    let has_keys = fs::read_dir(&keys).is_ok_and(|mut entries| entries.next().is_some());
    anyhow::ensure!(!has_keys, "there are keys in {} already: restore into an empty data folder", keys.display());
    let seals = seal::copies::own(data_dir);
    anyhow::ensure!(!seals.exists(), "there is {} already: restore into an empty data folder", seals.display());
    match files {
        FilesTaken::Here => {
            anyhow::ensure!(objects.is_empty().await?, "there are files in {} already", objects.place());
        }
        // They are what is wanted.
        FilesTaken::LeftOut => {}
    }
    Ok(())
}

/// Puts something beside the database. A list that is there already is of a later time (erasures since the backup) and is added to.
fn put_data(data_dir: &Path, path: &str, content: &[u8]) -> anyhow::Result<()> {
    let file = data_dir.join(path);
    if LISTS.contains(&path) && file.exists() {
        let mut list = fs::OpenOptions::new().append(true).open(&file).with_context(|| path.to_owned())?;
        return list.write_all(content).and_then(|()| list.sync_all()).with_context(|| path.to_owned());
    }
    let mut file = folder::create(data_dir, path)?;
    file.write_all(content).and_then(|()| file.sync_all()).with_context(|| path.to_owned())
}

/// Makes a database of the copy beside its place, and puts it there when it is ready to be served.
async fn put_sqlite(from: &Path, to: &Path) -> anyhow::Result<()> {
    let mut beside = to.as_os_str().to_owned();
    beside.push(".restoring");
    let beside = PathBuf::from(beside);
    let file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside);
    let mut file = file.with_context(|| beside.display().to_string())?;
    io::copy(&mut fs::File::open(from)?, &mut file)?;
    let store =
        Store::connect(&StoreOptions { url: format!("sqlite://{}", beside.display()), max_connections: 1 }).await?;
    begin_anew(&store).await?;
    // The last connection takes all of the WAL in.
    store.close().await?;
    fs::File::open(&beside)?.sync_all()?;
    fs::rename(&beside, to)?;
    Ok(fs::File::open(folder::parent(to))?.sync_all()?)
}

async fn put_postgres(settings: &Settings, args: &RestoreArgs, backup: &Backup) -> anyhow::Result<()> {
    let options = settings.store();
    let store = Store::connect(&options).await?;
    anyhow::ensure!(store.is_empty().await?, "the database has something in it already: make an empty one");
    let url =
        settings.database_url.as_ref().map(ExposeSecret::expose_secret).context("the settings name no database")?;
    let server = postgres::Server::of(url, &store.engine_version().await?)?;
    let dump = backup.folder.join(folder::POSTGRES);
    server.restore(args.postgres_tools.as_deref(), &backup.manifest.engine_version, &dump).await?;
    begin_anew(&store).await?;
    Ok(store.close().await?)
}

/// What a restored database is not to take up where it was.
async fn begin_anew(store: &Store) -> anyhow::Result<()> {
    store.migrate().await?;
    store.settle_after_restore().await?;
    Ok(store.forget_partial_uploads().await?)
}

/// Says of files that were left where they are which are not there.
async fn tell_missing(settings: &Settings, objects: &FileStore) -> anyhow::Result<()> {
    let store = Store::connect(&settings.store()).await?;
    let snapshot = store.snapshot().await?;
    let (mut after, mut files, mut missing) = (None, 0_u64, 0_u64);
    loop {
        let uploads = snapshot.ready_uploads(after, PAGE).await?;
        let Some(last) = uploads.last() else { break };
        after = Some(last.id);
        for (key, ..) in uploads.iter().flat_map(persistence::Upload::objects) {
            files += 1;
            if !objects.has(&key).await? {
                missing += 1;
                say!("MISSING {key}")?;
            }
        }
    }
    drop(snapshot);
    store.close().await?;
    say!("of {files} files in {} {missing} are missing", objects.place())?;
    Ok(())
}
