//! `pakn export events`.

use std::{
    io::{self, BufWriter, Write},
    process::ExitCode,
};

use clap::Subcommand;
use domain::{chain::Digest, petition::Event};
use persistence::LoggedEvent;
use serde::Serialize;

use crate::settings::Settings;

#[derive(Debug, Subcommand)]
pub(super) enum ExportCommand {
    /// The whole log as NDJSON, one event a line in the order of the log: `position`, `place`, `hash`, `event`. The hash is SHA-256
    /// over the 32 bytes of the hash of the petition's event before (zeros for its first) and the RFC 8785 form of `event`. The place
    /// is transaction and position, by which a seal says up to where it reaches.
    Events,
}

/// A line of the export.
#[derive(Serialize)]
struct Line<'a> {
    position: i64,
    place: String,
    hash: Digest,
    event: &'a Event,
}

pub(super) async fn run(settings: &Settings, command: ExportCommand) -> anyhow::Result<ExitCode> {
    match command {
        ExportCommand::Events => events(settings).await,
    }
}

async fn events(settings: &Settings) -> anyhow::Result<ExitCode> {
    let store = super::connect_existing(settings).await?;
    let snapshot = store.snapshot().await?;
    let mut out = BufWriter::new(io::stdout().lock());
    let mut after = i64::MIN;
    loop {
        let page = snapshot.events_after(after).await?;
        let Some((_, last)) = page.last() else { break };
        after = last.position;
        for (place, LoggedEvent { position, event, hash }) in &page {
            let line = Line { position: *position, place: place.to_string(), hash: *hash, event };
            let line = serde_json::to_string(&line)?;
            match writeln!(out, "{line}") {
                // The reader has seen enough (`| head`).
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(ExitCode::SUCCESS),
                written => written?,
            }
        }
    }
    match out.flush() {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        flushed => flushed?,
    }
    Ok(ExitCode::SUCCESS)
}
