//! Key pairs (Ed25519) in the data folder, each made when it is first needed.

use std::{
    fs,
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use aws_lc_rs::signature::Ed25519KeyPair;

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The key file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// The file holds no Ed25519 key, or a new one could not be made.
    #[error("not a usable Ed25519 key: {0}")]
    Key(String),
}

impl KeyError {
    /// What the system said of a file.
    pub fn file(path: &Path) -> impl Fn(io::Error) -> Self + '_ {
        |source| Self::File { path: path.display().to_string(), source }
    }
}

/// The folder of the keys of a data folder.
pub fn folder(data_dir: &Path) -> PathBuf {
    data_dir.join("keys")
}

/// The key pair of that name, as it is stored (PKCS #8) and read; a new one where there is none.
///
/// # Errors
/// [`KeyError`].
pub fn open(data_dir: &Path, name: &str) -> Result<(Vec<u8>, Ed25519KeyPair), KeyError> {
    let path = folder(data_dir).join(format!("{name}.ed25519.p8"));
    let unusable = |error: &dyn std::fmt::Display| KeyError::Key(error.to_string());
    let der = match fs::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let pair = Ed25519KeyPair::generate().map_err(|error| unusable(&error))?;
            put(&path, pair.to_pkcs8v1().map_err(|error| unusable(&error))?.as_ref())?;
            // Read back: of two servers that start at once, one wrote it and both must use it.
            fs::read(&path)
        }
        read => read,
    };
    let der = der.map_err(KeyError::file(&path))?;
    let pair = Ed25519KeyPair::from_pkcs8(&der).map_err(|error| unusable(&error))?;
    Ok((der, pair))
}

/// Writes a file that only its owner reads, unless it is there.
///
/// # Errors
/// [`KeyError::File`].
pub fn put(path: &Path, content: &[u8]) -> Result<(), KeyError> {
    let failed = KeyError::file(path);
    // Written aside and linked into place: nobody reads half a key, and the first of two writers wins.
    let aside = path.with_file_name(format!("new.{}", crate::clock::secret()));
    if let Some(folder) = path.parent() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(&failed)?;
    }
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside).map_err(&failed)?;
    file.write_all(content).and_then(|()| file.sync_all()).map_err(&failed)?;
    let linked = fs::hard_link(&aside, path);
    fs::remove_file(&aside).map_err(&failed)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(failed(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}
