//! The `pakn` program itself, as a process: for tests that kill it or run its commands.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::OnceLock,
};

/// The program, built once per run as the workspace builds it.
pub fn pakn() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        // `cargo test` does not build the program of another package, and one that lies about may be old. All targets, so that
        // dependencies have the features they have in the tests and none is built a second time.
        let cargo = std::env!("CARGO");
        let built = Command::new(cargo)
            .args(["build", "--quiet", "--workspace", "--all-targets"])
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
            .status()
            .unwrap();
        assert!(built.success(), "pakn does not build");
        let tests = std::env::current_exe().unwrap();
        tests.parent().and_then(Path::parent).unwrap().join("pakn")
    })
}

/// A command of the program on a data folder and a database, to be finished by the test.
pub fn command(data_dir: &Path, database_url: Option<&str>, arguments: &[&str]) -> Command {
    let mut command = Command::new(pakn());
    command.args(arguments).env("PAKN_DATA_DIR", data_dir).env("PAKN_LOG", "warn").env_remove("PAKN_DATABASE_URL");
    if let Some(url) = database_url {
        command.env("PAKN_DATABASE_URL", url);
    }
    command
}

/// Runs a command to its end.
pub fn run(data_dir: &Path, database_url: Option<&str>, arguments: &[&str]) -> Output {
    command(data_dir, database_url, arguments).stdin(Stdio::null()).output().unwrap()
}

/// A serving program.
pub struct Serving {
    /// Where it listens.
    pub address: SocketAddr,
    /// What it printed until it listened.
    pub printed: Vec<String>,
    child: Child,
}

/// Starts the program and waits until it listens.
pub fn serve(data_dir: &Path, database_url: Option<&str>) -> Serving {
    let mut command = command(data_dir, database_url, &["serve"]);
    let mut child = command.env("PAKN_LISTEN", "127.0.0.1:0").stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut printed = Vec::new();
    let mut address = None;
    // The line about the documentation is the last that is always there.
    for line in lines.by_ref() {
        let line = line.unwrap();
        if let Some((_, url)) = line.split_once("listens on http://") {
            address = Some(url.trim().parse().unwrap());
        }
        let last = line.contains("documentation");
        printed.push(line);
        if last {
            break;
        }
    }
    let address = address.unwrap_or_else(|| panic!("pakn did not start: {printed:?}"));
    // Whoever prints to a closed pipe dies of it.
    std::thread::spawn(move || lines.for_each(drop));
    Serving { address, printed, child }
}

impl Serving {
    /// Ends it as a power cut would: SIGKILL.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ended = self.child.kill().and_then(|()| self.child.wait()).is_ok();
    }
}
