//! `pakn verify`.

use std::{collections::BTreeSet, path::PathBuf, process::ExitCode};

use clap::Args;
use domain::seal::Seal;
use persistence::{SealCheck, Snapshot, Verification};

use crate::{
    seal::{KnownKeys, copies},
    settings::Settings,
};

#[derive(Debug, Default, Args)]
pub(super) struct VerifyArgs {
    /// Check all seals too: signatures, their chain, and every root against the log.
    #[arg(long)]
    seals: bool,
    /// A key that seals may be signed with, 64 hexadecimal digits or a file of such lines; may be repeated. Unless given, those
    /// recorded in the data folder.
    #[arg(long, value_name = "HEX|FILE", requires = "seals")]
    public_key: Vec<String>,
    /// Answers of `GET /api/v1/seals` that were kept: only copies show that the newest seals are gone, or that all of them were made
    /// anew. May be repeated. The copies in the data folder are taken too.
    #[arg(long, value_name = "FILE", requires = "seals")]
    against: Vec<PathBuf>,
}

impl VerifyArgs {
    /// All that can be checked without anything from elsewhere.
    pub(super) fn everything() -> Self {
        Self { seals: true, ..Self::default() }
    }
}

pub(super) async fn run(settings: &Settings, args: &VerifyArgs) -> anyhow::Result<ExitCode> {
    let (keys, copies) = (keys(settings, args)?, copies(settings, args)?);
    let store = super::connect_existing(settings).await?;
    let snapshot = store.snapshot().await?;
    let Verification { petitions, events, texts, erased, files, erased_files, lagging, damages } =
        snapshot.verify().await?;
    say!("checked {petitions} chains, {events} events, {texts} texts ({erased} more were erased)")?;
    if files + erased_files > 0 {
        say!("checked {files} files against what the log says of them ({erased_files} files are gone)")?;
    }
    if lagging > 0 {
        say!("{lagging} petitions have news that the figures count from the log; a server takes it in when it runs")?;
    }
    for damage in &damages {
        say!("DAMAGED {}: {}", damage.petition, damage.problem)?;
    }
    let damaged: BTreeSet<&str> = damages.iter().map(|damage| damage.petition.as_str()).collect();
    let seals = if args.seals { check_seals(&snapshot, &keys, &copies).await? } else { 0 };
    if !damages.is_empty() {
        say!("{} petitions are damaged", damaged.len())?;
    }
    if seals > 0 {
        say!("{seals} seals do not hold")?;
    }
    if damages.is_empty() && seals == 0 {
        say!("everything agrees")?;
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::FAILURE)
}

/// How many seals do not hold.
async fn check_seals(snapshot: &Snapshot, keys: &KnownKeys, copies: &[Seal]) -> anyhow::Result<usize> {
    let SealCheck { seals, last, damages } = snapshot.check_seals(copies, |seal| keys.check(seal)).await?;
    match &last {
        None => say!("checked 0 seals: none was made yet, or all are gone")?,
        Some(last) => {
            let at = last.sealed_at.to_local_rfc3339();
            say!(
                "checked {seals} seals; the last, {}, was made at {at} over {} petitions",
                last.number,
                last.petitions
            )?;
        }
    }
    if keys.are_unknown() && seals > 0 {
        say!(
            "no public key is known here, so each seal was checked with the key that it names itself; see --public-key"
        )?;
    }
    if copies.is_empty() {
        say!("no copy of a seal is kept here, and only copies show that the newest seals are gone; see --against")?;
    }
    for damage in &damages {
        say!("DAMAGED {}: {}", damage.petition, damage.problem)?;
    }
    Ok(damages.iter().map(|damage| damage.petition.as_str()).collect::<BTreeSet<_>>().len())
}

fn keys(settings: &Settings, args: &VerifyArgs) -> anyhow::Result<KnownKeys> {
    let given = !args.public_key.is_empty();
    Ok(if given { KnownKeys::given(&args.public_key)? } else { KnownKeys::recorded(&settings.data_dir)? })
}

fn copies(settings: &Settings, args: &VerifyArgs) -> anyhow::Result<Vec<Seal>> {
    let own = copies::own(&settings.data_dir);
    let own = own.exists().then_some(&own);
    let mut seals = Vec::new();
    for file in args.against.iter().chain(own) {
        seals.extend(copies::read(file).map_err(|error| anyhow::anyhow!("{}: {error}", file.display()))?);
    }
    Ok(seals)
}
