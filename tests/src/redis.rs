//! A Redis of one test, from the program that is installed here. Where there is none, that is said loudly and what needs it is left out; in CI it is
//! a failure.

use std::{
    env,
    io::{self, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
    sync::Once,
    thread,
    time::Duration,
};

use tempfile::TempDir;

/// The server.
#[derive(Debug)]
pub struct Redis {
    port: u16,
    folder: TempDir,
    program: Option<Child>,
}

fn say_absent() {
    static SAID: Once = Once::new();
    let message =
        "\n*** NO redis-server ON THIS MACHINE (apt-get install redis-server): LIMITS ARE NOT TESTED WITH ONE ***\n";
    assert!(env::var("CI").is_ok_and(|ci| ci == "false") || env::var_os("CI").is_none(), "{message}");
    // Past the capture of `cargo test`.
    SAID.call_once(|| writeln!(io::stderr(), "{message}").unwrap_or_else(|_| panic!("{message}")));
}

impl Redis {
    /// Starts one on a free port that keeps nothing; `None` where it is not installed.
    pub fn start() -> Option<Self> {
        if Command::new("redis-server").arg("--version").stdout(Stdio::null()).status().is_err() {
            say_absent();
            return None;
        }
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut redis = Self { port, folder: tempfile::tempdir().unwrap(), program: None };
        redis.comes_back();
        Some(redis)
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Stops it.
    pub fn goes_away(&mut self) {
        if let Some(mut program) = self.program.take() {
            program.kill().unwrap();
            program.wait().unwrap();
        }
    }

    /// Starts it, empty, where it was.
    pub fn comes_back(&mut self) {
        let port = self.port.to_string();
        let program = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--port", &port, "--save", "", "--appendonly", "no", "--dir"])
            .arg(self.folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.program = Some(program.unwrap());
        for _ in 0..200 {
            if TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return;
            }
            thread::sleep(Duration::from_millis(50));
        }
        panic!("redis-server does not listen");
    }

    /// Asks it something: the words of a command.
    pub fn says(&self, words: &[&str]) -> String {
        let output = Command::new("redis-cli").args(["-p", &self.port.to_string()]).args(words).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        if let Some(mut program) = self.program.take() {
            let _ended = program.kill().and_then(|()| program.wait());
        }
    }
}
