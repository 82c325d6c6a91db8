//! `pakn keys`.

use std::process::ExitCode;

use clap::Subcommand;
use domain::time::Instant;

use crate::{auth::Keys, settings::Settings};

#[derive(Debug, Subcommand)]
pub(super) enum KeysCommand {
    /// Make another key that signs access tokens, also beside running servers. It is published at once and signs in ten minutes; tokens
    /// of the present key are good to their end. Nobody is signed out.
    Rotate {
        /// The present key may be in wrong hands: the new one signs in a minute, and from then on no other is accepted. Phones
        /// renew their access tokens by themselves.
        #[arg(long)]
        compromised: bool,
    },
    /// List the keys that are good for something.
    List,
}

pub(super) fn run(settings: &Settings, command: &KeysCommand) -> anyhow::Result<ExitCode> {
    match command {
        KeysCommand::Rotate { compromised } => {
            let signs_from = Keys::rotate(&settings.data_dir, *compromised)?;
            say!("a new key signs from {}", told(signs_from))?;
        }
        KeysCommand::List => {}
    }
    for key in Keys::open(&settings.data_dir)?.standing() {
        let what = if key.signs { "signs" } else { "" };
        say!("  {}  from {:<25}  {what}", key.kid, told(key.signs_from))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn told(second: u64) -> String {
    let at = i64::try_from(second).ok().filter(|second| *second > 0);
    let at = at.and_then(|second| Instant::from_micros(second.checked_mul(1_000_000)?));
    at.map_or_else(|| "the beginning".to_owned(), Instant::to_local_rfc3339)
}
