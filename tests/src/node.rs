//! Programs of other people from npm, beside the lists of their versions (`package-lock.json`).
//!
//! They want Node.js 20 or later. Where that is missing, it is said loudly and what needs it is left out; where it is there, the programs must
//! be had too.

use std::{
    collections::BTreeSet,
    io::{self, Write},
    path::Path,
    process::Command,
    sync::{Mutex, OnceLock},
};

/// Whether Node.js is here, and new enough; says so once where it is not.
pub fn is_here() -> bool {
    static HERE: OnceLock<bool> = OnceLock::new();
    *HERE.get_or_init(|| {
        let version = Command::new("node")
            .arg("--version")
            .output()
            .ok()
            .and_then(|output| String::from_utf8(output.stdout).ok());
        let major = version
            .as_deref()
            .and_then(|version| version.trim().strip_prefix('v')?.split('.').next()?.parse::<u32>().ok());
        let here = major.is_some_and(|major| major >= 20);
        if !here {
            // Past the capture of `cargo test`, which shows only what failed.
            let _said = writeln!(
                io::stderr(),
                "\n*** NO Node.js 20: pakn is NOT tested with programs and clients from npm ***\n"
            );
        }
        here
    })
}

/// Installs what a folder's `package-lock.json` names, once in a process and only what is not there; whether it is there now.
pub fn installed(folder: &Path) -> bool {
    static INSTALLED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    if !is_here() {
        return false;
    }
    // Held while it is installed: two tests want it at once.
    let mut installed = INSTALLED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if !installed.insert(folder.display().to_string()) {
        return true;
    }
    let changed = |file: &str| std::fs::metadata(folder.join(file)).and_then(|file| file.modified()).ok();
    // The second is npm's own account of what it installed.
    if changed("node_modules/.package-lock.json") >= changed("package-lock.json") {
        return true;
    }
    let status = Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(folder).status();
    assert!(status.is_ok_and(|status| status.success()), "npm ci in {} failed", folder.display());
    true
}
