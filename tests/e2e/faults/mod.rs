//! Everything that may go wrong, while citizens send petitions: afterwards nothing that was acknowledged is lost, nothing is there twice,
//! `pakn verify` finds nothing, and the service has come back by itself.
//!
//! Each fault comes once or twice here. Often, with a line of each for the table in the README:
//!
//!     FAULTS=long cargo test --workspace --test e2e faults:: -- --nocapture --test-threads=1

mod clock;
mod disk;
mod load;
mod postgres;
mod process;
mod sqlite;
mod store;

use std::{net::SocketAddr, path::Path, process::Command, time::Duration};

use rand::RngExt;
use tests::{
    Engine,
    program::{self, Serving},
};
use tokio::{sync::watch, task::block_in_place};

use self::load::{Load, Places};

/// How often a fault comes.
fn times(usually: usize, long: usize) -> usize {
    if std::env::var("FAULTS").is_ok_and(|word| word == "long") { long } else { usually }
}

/// A moment that nobody chose.
async fn some_time(at_most: u64) {
    let millis = rand::rng().random_range(0..at_most);
    tokio::time::sleep(Duration::from_millis(millis)).await;
}

/// A server that says nothing of what is done to it, and limits nobody.
fn serve(folder: &Path, url: &str) -> Serving {
    serve_with(folder, url, |command| command)
}

/// The same, with what else it is to have.
fn serve_with(folder: &Path, url: &str, with: impl FnOnce(&mut Command) -> &mut Command) -> Serving {
    let mut command = program::command(folder, Some(url), &["serve"]);
    with(command.env("PAKN_LOG", "off").env("PAKN_LIMITS", "off"));
    block_in_place(|| program::started(command))
}

fn at(servers: &[&Serving]) -> Vec<SocketAddr> {
    servers.iter().map(|serving| serving.address).collect()
}

fn places(servers: &[&Serving]) -> Places {
    watch::Sender::new(at(servers))
}

/// Has something go wrong so many times while citizens send to one server, each time at a moment that nobody chose, and counts afterwards. How many tries were in
/// vain.
async fn suffers(
    engine: Engine,
    (folder, url): (&Path, &str),
    fault: &str,
    times: usize,
    mut happens: impl AsyncFnMut(usize),
) -> usize {
    let serving = serve(folder, url);
    let load = Load::begin(&places(&[&serving])).await;
    for time in 0..times {
        load.goes_on(8).await;
        some_time(200).await;
        happens(time).await;
    }
    load.goes_on(16).await;
    let felt = load.ends(engine, fault, times).await;
    verifies(folder, url);
    felt
}

/// Replays the whole log.
fn verifies(folder: &Path, url: &str) {
    let output = block_in_place(|| program::run(folder, Some(url), &["verify"]));
    assert!(output.status.success(), "{output:?}");
}
