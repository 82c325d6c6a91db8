//! `pakn import-units`.

use std::{path::PathBuf, process::ExitCode};

use chrono::NaiveDate;
use clap::Args;
use domain::{
    change::{Change, ChangeKind},
    place::survey::Survey,
};
use persistence::{Boundaries, area};
use serde_json::json;

use crate::{clock, settings::Settings};

/// The most of a file, in bytes: ten times what all of Việt Nam's communes take.
const MOST_BYTES: u64 = 256 * 1024 * 1024;

/// How many of a kind are told one by one.
const TOLD: usize = 10;

#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    /// The GeoJSON file.
    file: PathBuf,
    /// The first day on which the boundaries hold, for the units of that day; today unless given. Where a unit had none before, they hold
    /// for its time before that day as well.
    #[arg(long)]
    valid_from: Option<NaiveDate>,
    /// Check only, write nothing.
    #[arg(long)]
    dry_run: bool,
}

pub(super) async fn run(settings: &Settings, args: &ImportArgs) -> anyhow::Result<ExitCode> {
    let named = |error: std::io::Error| anyhow::anyhow!("{}: {error}", args.file.display());
    let bytes = std::fs::metadata(&args.file).map_err(named)?.len();
    anyhow::ensure!(bytes <= MOST_BYTES, "{}: {bytes} bytes; at most {MOST_BYTES} are read", args.file.display());
    let geojson = std::fs::read_to_string(&args.file).map_err(named)?;
    let store = super::prepare(settings).await?;
    let day = args.valid_from.unwrap_or_else(|| clock::now().local_date());
    let units = store.snapshot().await?.units().await?;
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
    for remark in &boundaries.remarks {
        say!("NOTE {remark}")?;
    }
    tell(&boundaries.survey)?;
    if args.dry_run {
        say!("{} boundaries are good; nothing was written (--dry-run)", boundaries.count())?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut unit = store.begin().await?;
    unit.set_boundaries(&boundaries).await?;
    let after =
        json!({"from": day.to_string(), "boundaries": boundaries.count(), "file": args.file.display().to_string()});
    let change = Change::new(clock::now(), &clock::id_randomness(), None, ChangeKind::Boundary, day);
    unit.note_change(&change.between(None, Some(after))).await?;
    unit.commit().await?;
    say!("{} boundaries imported, from {day} on", boundaries.count())?;
    Ok(ExitCode::SUCCESS)
}

/// What boundaries that are good each by itself are to each other. They are taken in all the same: a point that two units have goes to the
/// lower code, and one that none has to the nearest.
fn tell(survey: &Survey) -> anyhow::Result<()> {
    let Survey { overlaps, gaps, outside, uncovered, holes } = survey;
    several("overlaps", overlaps.iter().map(|found| (format!("{} and {} overlap", found.one, found.other), found.m2)))?;
    several(
        "gaps",
        gaps.iter().map(|gap| (format!("no {} has the ground at {:.5} {:.5}", gap.level, gap.at.x, gap.at.y), gap.m2)),
    )?;
    several(
        "units outside of theirs",
        outside.iter().map(|found| (format!("{} lies outside of {}", found.unit, found.parent), found.m2)),
    )?;
    several(
        "units not covered by theirs",
        uncovered.iter().map(|found| (format!("{} is not covered by the units in it", found.unit), found.m2)),
    )?;
    for (unit, count) in holes {
        say!("NOTE {unit}: {count} holes")?;
    }
    Ok(())
}

fn several(kind: &str, found: impl ExactSizeIterator<Item = (String, f64)>) -> anyhow::Result<()> {
    let (count, mut total) = (found.len(), 0.0);
    for (index, (text, m2)) in found.enumerate() {
        if index < TOLD {
            say!("NOTE {text}: {}", area(m2))?;
        }
        total += m2;
    }
    if count > 0 {
        say!("NOTE {count} {kind}, {} together", area(total))?;
    }
    Ok(())
}
