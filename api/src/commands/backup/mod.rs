//! `pakn backup`: database, files, keys and what is kept beside the database, as one instant has them.
//!
//! Copies of seals and the list of erasures come first, so that they name nothing that the database does not have; then the database, whose
//! instant is that of the backup; then keys and files, of which it may have more than it needs. No server removes a file meanwhile.

mod files;
pub(super) mod folder;
pub(super) mod postgres;

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use anyhow::Context;
use clap::Args;
use persistence::{Backing, Engine, FileStore, Store, StoreOptions};
use secrecy::ExposeSecret;
use tokio::task::JoinHandle;

use self::folder::{FORMAT, FilesTaken, Manifest, Unfinished};
use crate::{
    clock, key_file, privacy, seal,
    settings::{FileSettings, Settings},
};

/// How long servers leave files alone unless asked again, and how often they are.
const HOLD: chrono::Duration = chrono::Duration::minutes(10);
const HELD_EVERY: Duration = Duration::from_mins(1);

/// What lies beside the database and grows line by line.
pub(super) const LISTS: [&str; 2] = [seal::copies::NAME, privacy::copies::NAME];

#[derive(Debug, Args)]
pub(super) struct BackupArgs {
    /// The folder to make. It must not be there yet, and is there when the backup is whole.
    to: PathBuf,
    /// Leave the files of petitions out: for an object store that is kept safe by itself.
    #[arg(long)]
    without_files: bool,
    /// Where PostgreSQL's programs are; by default the PATH and where systems put them.
    #[arg(long, env = "PAKN_POSTGRES_TOOLS", value_name = "DIR")]
    postgres_tools: Option<PathBuf>,
}

pub(super) async fn run(settings: &Settings, files: &FileSettings, args: &BackupArgs) -> anyhow::Result<ExitCode> {
    let store = super::connect_existing(settings).await?;
    let mut backup = Unfinished::begin(&args.to)?;
    let (held, since) = (hold(&store).await?, clock::now());
    for list in LISTS {
        take_list(&mut backup, &settings.data_dir, list)?;
    }
    let copy = match store.engine() {
        Engine::Sqlite => Some(copied(&store, &mut backup).await?),
        Engine::Postgres => None,
    };
    let Backing { snapshot, exported } = copy.as_ref().unwrap_or(&store).back_up().await?;
    let described = snapshot.described().await?;
    if let (Some(exported), Some(url)) = (&exported, &settings.database_url) {
        let server = postgres::Server::of(url.expose_secret(), &described.version)?;
        let dump = backup.room_for(folder::POSTGRES)?;
        server.dump(args.postgres_tools.as_deref(), exported, &dump).await?;
        backup.list(folder::POSTGRES).await?;
    }
    take_keys(&mut backup, &settings.data_dir).await?;
    let mut taken = files::Taken::default();
    if !args.without_files {
        let objects = FileStore::open(&files.location(&settings.data_dir))?;
        taken = files::take(&objects, &snapshot, &mut backup).await?;
    }
    drop(snapshot);
    if let Some(copy) = copy {
        copy.close().await?;
        backup.list(folder::SQLITE).await?;
    }
    anyhow::ensure!(!held.is_finished(), "servers could not be asked to leave files alone: some may be missing");
    held.abort();
    let manifest = Manifest {
        format: FORMAT,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        taken_at: since.to_local_rfc3339(),
        engine: store.engine().into(),
        engine_version: described.version,
        steps: described.steps,
        log_end: described.log_end.to_string(),
        files: if args.without_files { FilesTaken::LeftOut } else { FilesTaken::Here },
        list: None,
    };
    let (entries, bytes) = backup.finish(manifest)?;
    store.close().await?;
    say!("{}: {entries} files, {bytes} bytes, as of {}", args.to.display(), since.to_local_rfc3339())?;
    for problem in &taken.problems {
        say!("DAMAGED {problem}")?;
    }
    if taken.problems.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    say!("the backup is whole but for {} files that are damaged or missing where they are kept", taken.problems.len())?;
    Ok(ExitCode::FAILURE)
}

/// Asks servers to remove no files, again and again; ends by itself when that is not possible any more.
async fn hold(store: &Store) -> anyhow::Result<JoinHandle<()>> {
    store.hold_files(clock::now().plus(HOLD)).await?;
    let store = store.clone();
    Ok(tokio::spawn(async move {
        let mut until = clock::now().plus(HOLD);
        while clock::now() < until {
            tokio::time::sleep(HELD_EVERY).await;
            let next = clock::now().plus(HOLD);
            match store.hold_files(next).await {
                Ok(()) => until = next,
                Err(error) => tracing::warn!(%error, "servers could not be asked to leave files alone; tried again"),
            }
        }
    }))
}

/// Copies the database, and opens the copy: what is read of it is what the backup has.
async fn copied(store: &Store, backup: &mut Unfinished) -> anyhow::Result<Store> {
    let file = backup.room_for(folder::SQLITE)?;
    store.copy_to(&file).await?;
    let url = format!("sqlite://{}", file.display());
    Ok(Store::connect(&StoreOptions { url, max_connections: 1 }).await?)
}

/// Takes a list that servers add lines to, as far as it has whole ones.
fn take_list(backup: &mut Unfinished, data_dir: &Path, list: &str) -> anyhow::Result<()> {
    let mut content = match fs::read(data_dir.join(list)) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        read => read.with_context(|| list.to_owned())?,
    };
    content.truncate(content.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1));
    backup.put(&format!("data/{list}"), &content)
}

async fn take_keys(backup: &mut Unfinished, data_dir: &Path) -> anyhow::Result<()> {
    let folder = key_file::folder(data_dir);
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
        let entry = entry?;
        let name = entry.file_name().into_string();
        names.push(name.map_err(|name| anyhow::anyhow!("{}: not UTF-8", name.display()))?);
    }
    names.sort();
    // One that is being written is linked into place when it is whole.
    for name in names.iter().filter(|name| !name.starts_with("new.")) {
        match tokio::fs::read(folder.join(name)).await {
            // Taken away since: it is good for nothing any more.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            read => backup.put(&format!("data/keys/{name}"), &read.with_context(|| name.clone())?)?,
        }
    }
    Ok(())
}
