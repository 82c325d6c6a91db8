//! A clock that is set forward and back while the server runs: a library before libc tells the program another time than the machine has.

use std::{fs, os::unix::fs::FileExt, path::Path, process::Command};

use domain::time::Instant;
use serde_json::Value;
use tests::{Engine, database::Database, program};
use tokio::task::block_in_place;

use super::{load::Load, places, serve_with, some_time, times, verifies};
use crate::crash::on_both_engines;

on_both_engines!(the_clock_is_set);

/// Minutes by which the clock is wrong, one after the other: within what access tokens last.
const JUMPS: [i64; 4] = [10, -10, 5, 0];

async fn the_clock_is_set(engine: Engine) {
    let folder = tempfile::tempdir().unwrap();
    let database = block_in_place(|| Database::new(engine, folder.path()));
    let (library, offset) = (folder.path().join("clock.so"), folder.path().join("offset"));
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/e2e/faults/clock.c");
    let built = Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(source).status().unwrap();
    assert!(built.success(), "cc, which SQLite is built with too");
    fs::write(&offset, 0_i64.to_ne_bytes()).unwrap();
    let clock = fs::OpenOptions::new().write(true).open(&offset).unwrap();
    let serving = serve_with(folder.path(), &database.url, |command| {
        command.env("LD_PRELOAD", &library).env("CLOCK_OFFSET", &offset)
    });
    let load = Load::begin(&places(&[&serving])).await;
    let times = times(1, 10);
    for _ in 0..times {
        for minutes in JUMPS {
            load.goes_on(8).await;
            some_time(200).await;
            clock.write_all_at(&(minutes * 60).to_ne_bytes(), 0).unwrap();
        }
    }
    load.goes_on(16).await;
    load.ends(engine, "the clock is set forward and back", times * JUMPS.len()).await;
    let felt = block_in_place(|| minutes_between(folder.path(), &database.url));
    assert!((19..=21).contains(&felt), "petitions are stamped {felt} minutes apart");
    verifies(folder.path(), &database.url);
}

/// How far apart the first and the last event are, by their stamps.
fn minutes_between(folder: &Path, url: &str) -> i64 {
    let log = String::from_utf8(program::run(folder, Some(url), &["export", "events"]).stdout).unwrap();
    let stamps = log.lines().map(|line| {
        let line: Value = serde_json::from_str(line).unwrap();
        Instant::parse(line["event"]["at"].as_str().unwrap()).unwrap()
    });
    let stamps: Vec<Instant> = stamps.collect();
    let (first, last) = (stamps.iter().min().unwrap(), stamps.iter().max().unwrap());
    last.since(*first).num_minutes()
}
