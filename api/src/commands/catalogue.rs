//! `pakn catalogue apply`.

use std::process::ExitCode;

use chrono::NaiveDate;
use clap::{Args, Subcommand};
use persistence::{NAMED_REFORMS, Store, named_reform};

use crate::{
    clock,
    reform::{self, NotApplied, ReformReport},
    settings::Settings,
};

#[derive(Debug, Subcommand)]
pub(super) enum CatalogueCommand {
    /// Change units and agencies on a day, as a reform that comes with the program says. What follows (officers, leaders, rules, petitions
    /// that are owed an answer) goes to the successors from that day on. Also beside a running server; may be repeated after a crash.
    Apply(ApplyArgs),
}

#[derive(Debug, Args)]
pub(super) struct ApplyArgs {
    /// The reform: `2025` (no districts, 99 communes).
    reform: String,
    /// The first day of the new units.
    #[arg(long)]
    on: NaiveDate,
    /// Say what would happen, and write nothing.
    #[arg(long)]
    dry_run: bool,
}

pub(super) async fn run(settings: &Settings, command: CatalogueCommand) -> anyhow::Result<ExitCode> {
    let CatalogueCommand::Apply(ApplyArgs { reform: name, on, dry_run }) = command;
    let store = super::connect_existing(settings).await?;
    let reform = named_reform(&name, on)?
        .ok_or_else(|| anyhow::anyhow!("there is no reform {name:?}; there is {}", NAMED_REFORMS.join(", ")))?;
    let outcome =
        if dry_run { reform::rehearse(&store, &reform).await } else { reform::apply(&store, &reform, None).await };
    let report = match outcome {
        Ok(report) => report,
        Err(NotApplied::Before(applied)) => {
            let at = applied.applied_at.to_local_rfc3339();
            say!("the reform {name} was applied before, at {at} for {}; the catalogue stays as it is", applied.on)?;
            if !dry_run {
                follow(&store).await?;
            }
            return Ok(ExitCode::FAILURE);
        }
        Err(NotApplied::Faults(faults)) => {
            for fault in faults {
                say!("FAULT {fault}")?;
            }
            say!("nothing was written")?;
            return Ok(ExitCode::FAILURE);
        }
        Err(NotApplied::Store(error)) => return Err(error.into()),
    };
    print(&report)?;
    if dry_run {
        say!("nothing was written (--dry-run)")?;
    } else {
        say!("applied")?;
        follow(&store).await?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What a server would do as well, sooner or later.
async fn follow(store: &Store) -> anyhow::Result<()> {
    let catalogue = || async { store.snapshot().await?.catalogue(clock::now().local_date()).await };
    let staff = reform::staff_follow(store, &catalogue().await?.catalogue.directory).await?;
    let petitions = reform::petitions_follow(store, &catalogue().await?.catalogue.directory).await?;
    say!("{staff} officers and leaders moved, {petitions} petitions carried over")?;
    Ok(())
}

fn print(report: &ReformReport) -> anyhow::Result<()> {
    let ReformReport { code, on, petitions, for_humans, .. } = report;
    say!("reform {code}, on {on}")?;
    say!("  units          {} end, {} begin", report.units_end, report.units_begin)?;
    say!("  agencies       {} end, {} begin", report.agencies_end, report.agencies_begin)?;
    say!("  rules          {} end, {} begin in their place", report.rules_end, report.rules_begin)?;
    say!("  staff          {} go to the one successor of their agency", report.staff_moves)?;
    let open: u64 = petitions.iter().map(|carried| carried.petitions).sum();
    say!("  open petitions {open}")?;
    for carried in petitions {
        say!("    {:>6} to {} ({})", carried.petitions, carried.agency, carried.basis)?;
    }
    say!("  for a human    {}", for_humans.len())?;
    for matter in for_humans {
        say!(
            "    {} {}: {} has {} successors: {}",
            matter.kind,
            matter.subject,
            matter.ends,
            matter.heirs.len(),
            matter.heirs.join(", ")
        )?;
    }
    Ok(())
}
