//! The `pakn` program itself, as a process: for tests that kill it or run its commands.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::{
        OnceLock,
        mpsc::{Receiver, channel},
    },
    time::{Duration, Instant},
};

/// The program, built once per run as the workspace builds it.
pub fn pakn() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        // `cargo test` does not build the program of another package, and one that lies about may be old. The tests too, so that
        // dependencies have the features they have there and none is built a second time.
        let cargo = std::env!("CARGO");
        let built = Command::new(cargo)
            .args(["build", "--quiet", "--workspace", "--bins", "--tests"])
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
    lines: Receiver<String>,
    child: Child,
}

/// Starts the program and waits until it listens.
pub fn serve(data_dir: &Path, database_url: Option<&str>) -> Serving {
    started(command(data_dir, database_url, &["serve"]))
}

/// Starts a serving command, with what else the test has set, and waits until it listens.
pub fn started(mut command: Command) -> Serving {
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
    // Whoever prints to a closed pipe dies of it: they are read to the end, whether anybody asks for them or not.
    let (sender, receiver) = channel();
    std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| drop(sender.send(line))));
    Serving { address, printed, lines: receiver, child }
}

impl Serving {
    /// The process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The next line with that text among those that it prints while it listens.
    pub fn prints(&self, text: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(Duration::from_secs(30));
            let line = line.unwrap_or_else(|error| panic!("pakn did not print {text:?}: {error}"));
            if line.contains(text) {
                return line;
            }
        }
    }

    /// Tells it to stop, as an operator does: SIGTERM.
    pub fn terminate(&self) {
        // The shell has `kill` built in; as a program of its own it is not everywhere.
        let told = Command::new("sh").args(["-c", "kill -TERM $0", &self.child.id().to_string()]).status().unwrap();
        assert!(told.success());
    }

    /// Waits for its end: its status, and what it printed since it was last asked.
    pub fn ends(mut self) -> (ExitStatus, Vec<String>) {
        let until = Instant::now() + Duration::from_secs(60);
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < until, "pakn does not end");
            std::thread::sleep(Duration::from_millis(10));
        };
        (status, self.lines.iter().collect())
    }

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
