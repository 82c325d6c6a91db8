//! A backup of what is there, and its restore where nothing is.

use std::{
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use tests::{Engine, postgres::PrivateCluster};

use crate::Town;

/// How long the program took, which must end well.
fn took(program: &Path, folder: &Path, database_url: &str, arguments: &[&str]) -> Duration {
    let began = Instant::now();
    let output = Command::new(program)
        .args(arguments)
        .env("PAKN_DATA_DIR", folder)
        .env("PAKN_DATABASE_URL", database_url)
        .env("PAKN_LOG", "error")
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    eprintln!("{arguments:?}: {}", String::from_utf8_lossy(&output.stdout));
    began.elapsed()
}

/// Prints how long both took. The restore ends with `verify --seals`, and fails where anything is amiss.
pub fn backup_and_restore(town: &Town, program: &Path) {
    let outside = tempfile::tempdir().unwrap();
    let (kept, elsewhere) = (outside.path().join("backup"), outside.path().join("elsewhere"));
    let kept = kept.to_str().unwrap();
    let backup = took(program, town.app.folder.path(), &town.app.database_url, &["backup", kept]);
    let cluster = match town.place.engine {
        Engine::Sqlite => None,
        Engine::Postgres => PrivateCluster::start_durable(),
    };
    let url = match &cluster {
        Some(cluster) => cluster.url("postgres"),
        None => format!("sqlite://{}", elsewhere.join("pakn.sqlite").display()),
    };
    let restore = took(program, &elsewhere, &url, &["restore", kept]);
    for (figure, time) in [("backup", backup), ("restore, verified", restore)] {
        town.place.row(figure, &format!("{:.0} s", time.as_secs_f64()), "", None, "");
    }
}
