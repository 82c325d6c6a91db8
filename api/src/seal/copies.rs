//! Copies of seals, kept outside of the database: by this server beside its keys, and by anybody who reads `GET /api/v1/seals`.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use domain::seal::Seal;
use serde::Deserialize;

/// The file of a data folder that they are in.
pub(crate) const NAME: &str = "seals.ndjson";

/// Where a server keeps a copy of each seal it made, one a line. Whoever has the database alone could otherwise take all seals
/// away, and have the server make them anew over what is left.
pub fn own(data_dir: &Path) -> PathBuf {
    data_dir.join(NAME)
}

/// Adds a copy.
///
/// # Errors
/// As the system says.
pub(super) fn add(file: &Path, seal: &Seal) -> io::Result<()> {
    let line = serde_json::to_string(seal)? + "\n";
    // In one write to the end of the file: servers that share it do not mix their lines.
    let mut file = fs::OpenOptions::new().append(true).create(true).open(file)?;
    file.write_all(line.as_bytes())?;
    file.sync_all()
}

/// What a file of copies is made of.
#[derive(Deserialize)]
#[serde(untagged)]
enum Copy {
    /// A page as it was published.
    Page { items: Vec<Seal> },
    /// A seal by itself.
    Seal(Box<Seal>),
}

/// The seals of a file: pages or single seals, as many as there are.
///
/// # Errors
/// When it cannot be read, or is something else.
pub fn read(file: &Path) -> io::Result<Vec<Seal>> {
    let content = fs::read(file)?;
    let mut seals = Vec::new();
    for copy in serde_json::Deserializer::from_slice(&content).into_iter::<Copy>() {
        match copy? {
            Copy::Page { items } => seals.extend(items),
            Copy::Seal(seal) => seals.push(*seal),
        }
    }
    Ok(seals)
}
