//! Programs of other people from PyPI, in an environment of their own under `target/`: `tests/python/requirements.txt` has their versions.
//!
//! They want Python 3.10 or later with `venv`. Where that is missing, it is said loudly and what needs it is left out; where it is there,
//! the programs must be had too.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// The folder of the scripts that drive them.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("python")
}

/// Where the environment lies: beside what cargo builds, so that it goes with it.
fn environment() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    tests.parent().and_then(Path::parent).unwrap().join("python")
}

fn has_python() -> bool {
    let check = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))";
    Command::new("python3").args(["-c", check]).output().is_ok_and(|output| output.status.success())
}

/// Installs the programs once in a process.
fn installed() -> bool {
    static INSTALLED: OnceLock<bool> = OnceLock::new();
    *INSTALLED.get_or_init(|| {
        if !has_python() {
            // Past the capture of `cargo test`, which shows only what failed.
            let _said = writeln!(
                io::stderr(),
                "\n*** NO Python 3.10 with venv: pakn is NOT tested with programs from PyPI ***\n"
            );
            return false;
        }
        let (wanted, have) = (folder().join("requirements.txt"), environment().join("requirements.txt"));
        let wanted_text = std::fs::read_to_string(&wanted).unwrap();
        if std::fs::read_to_string(&have).is_ok_and(|text| text == wanted_text) {
            return true;
        }
        let made = Command::new("python3").args(["-m", "venv", "--clear"]).arg(environment()).status();
        assert!(made.is_ok_and(|status| status.success()), "no environment for Python could be made");
        let mut pip = Command::new(environment().join("bin/python"));
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]).arg(&wanted);
        assert!(pip.status().is_ok_and(|status| status.success()), "pip could not install {}", wanted.display());
        std::fs::write(have, wanted_text).unwrap();
        true
    })
}

/// A program that was installed with them, to be finished by the test; `None` where there is no Python.
pub fn program(name: &str) -> Option<Command> {
    installed().then(|| Command::new(environment().join("bin").join(name)))
}

/// A script of [`folder`] in that environment, to be finished by the test; `None` where there is no Python.
pub fn script(name: &str) -> Option<Command> {
    installed().then(|| {
        let mut command = Command::new(environment().join("bin/python"));
        command.arg(folder().join(name)).env("PYTHONUNBUFFERED", "1").env_remove("PYTHONPATH");
        command
    })
}
