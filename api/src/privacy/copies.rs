//! Who was erased, beside the database (`erasures.ndjson` in the data folder): ids and dates, nothing personal. A backup that is restored
//! has everybody again who was erased since; a server that starts on it erases them again.

use std::{
    collections::BTreeSet,
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use domain::{account::Actor, id::AccountId, time::Instant};
use serde::{Deserialize, Serialize};

use super::{asked::request_of, erasing::carry_out};
use crate::{app::App, problem::Problem};

/// The file of a data folder that they are in.
pub(crate) const NAME: &str = "erasures.ndjson";

/// How many accounts are looked up in one query.
const PAGE: usize = 500;

#[derive(Serialize, Deserialize)]
struct Line {
    account: AccountId,
    erased_at: String,
}

fn file(data_dir: &Path) -> PathBuf {
    data_dir.join(NAME)
}

/// Adds somebody. One write, so that the lines of two servers do not mix.
fn add(data_dir: &Path, account: AccountId, at: Instant) -> io::Result<()> {
    let line = serde_json::to_string(&Line { account, erased_at: at.to_local_rfc3339() })?;
    let mut file = OpenOptions::new().create(true).append(true).mode(0o600).open(file(data_dir))?;
    // After a line that was cut off this one begins anew.
    file.write_all(format!("\n{line}\n").as_bytes())?;
    file.sync_all()
}

/// Everybody in it; a line that was cut off counts for nothing.
fn everybody(data_dir: &Path) -> io::Result<BTreeSet<AccountId>> {
    let text = match fs::read_to_string(file(data_dir)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeSet::new()),
        read => read?,
    };
    let lines = text.lines().filter_map(|line| serde_json::from_str::<Line>(line).ok());
    Ok(lines.map(|line| line.account).collect())
}

/// Notes that somebody was erased. That it cannot be noted undoes nothing.
pub(super) async fn note(app: &App, account: AccountId, at: Instant) {
    let data_dir = app.data_dir.clone();
    let added = tokio::task::spawn_blocking(move || add(&data_dir, account, at)).await;
    if let Ok(Err(error)) = added {
        tracing::warn!(%error, "an erasure could not be noted beside the database: after a restore it has to be asked for again");
    }
}

impl App {
    /// Erases those again who are in the database as if they had never been erased; how many.
    ///
    /// # Errors
    /// As the store says; repeating the call takes up where it ended.
    pub async fn erase_again(&self) -> Result<usize, Problem> {
        let data_dir = self.data_dir.clone();
        let read = tokio::task::spawn_blocking(move || everybody(&data_dir)).await;
        let known: Vec<AccountId> = read.map_err(Problem::internal)?.map_err(Problem::internal)?.into_iter().collect();
        let mut again = 0;
        for some in known.chunks(PAGE) {
            for account in self.store.accounts(some).await?.iter().filter(|account| !account.is_erased()) {
                tracing::warn!(target: "audit", { account.id = %account.id }, "a person is back who was erased: an older state was restored");
                let request = request_of(self, account.id).await?;
                carry_out(self, request, &Actor::System).await?;
                again += 1;
            }
        }
        Ok(again)
    }
}
