//! `pakn import-units`.

use std::{path::PathBuf, process::ExitCode};

use chrono::NaiveDate;
use clap::Args;
use persistence::Boundaries;

use crate::{clock, settings::Settings};

#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    /// The GeoJSON file.
    file: PathBuf,
    /// A day on which the units are valid; today unless given.
    #[arg(long)]
    valid_from: Option<NaiveDate>,
    /// Check only, write nothing.
    #[arg(long)]
    dry_run: bool,
}

pub(super) async fn run(settings: &Settings, args: &ImportArgs) -> anyhow::Result<ExitCode> {
    let geojson =
        std::fs::read_to_string(&args.file).map_err(|error| anyhow::anyhow!("{}: {error}", args.file.display()))?;
    let store = super::prepare(settings).await?;
    let day = args.valid_from.unwrap_or_else(|| clock::now().local_date());
    let units = store.snapshot().await?.catalogue(day).await?.units;
    let boundaries = match Boundaries::read(&geojson, &units, day) {
        Ok(boundaries) => boundaries,
        Err(faults) => {
            for fault in faults {
                say!("FAULT {fault}")?;
            }
            say!("nothing was written")?;
            return Ok(ExitCode::FAILURE);
        }
    };
    if args.dry_run {
        say!("{} boundaries are good; nothing was written (--dry-run)", boundaries.count())?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut unit = store.begin().await?;
    unit.set_boundaries(&boundaries).await?;
    unit.commit().await?;
    say!("{} boundaries imported", boundaries.count())?;
    Ok(ExitCode::SUCCESS)
}
