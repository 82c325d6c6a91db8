//! `pakn demo`.

use std::{
    io::{IsTerminal, Write},
    process::ExitCode,
    time::Instant as Stopwatch,
};

use clap::Args;
use domain::{petition::EventData, time::Instant};
use persistence::{Folding, PlayedPetition};

use crate::{
    auth::{Cost, Passwords},
    clock,
    demo::{self, DemoOptions},
    settings::Settings,
};

#[derive(Debug, Args)]
pub(super) struct DemoArgs {
    /// How many petitions are sent over the year.
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(1..=200_000))]
    petitions: u32,
    /// The seed: the same seed plays the same year.
    #[arg(long, default_value_t = 2022)]
    seed: u64,
    /// The password of the demo's accounts; one is made and printed unless given.
    #[arg(long, env = "PAKN_DEMO_PASSWORD", hide_env_values = true)]
    password: Option<String>,
}

pub(super) async fn run(settings: &Settings, cost: Cost, args: &DemoArgs) -> anyhow::Result<ExitCode> {
    let began = Stopwatch::now();
    let store = super::prepare(settings).await?;
    if store.has_petitions().await? {
        anyhow::bail!("there are petitions already; the demo plays into an empty installation only");
    }
    let made = args.password.is_none();
    let password = args.password.clone().unwrap_or_else(clock::password);
    let passwords = Passwords::new(cost).map_err(|error| anyhow::anyhow!("argon2: {error}"))?;
    // One hash for all demo accounts: they share the password anyway, and hashing hundreds would take longer than the year.
    let hash = passwords.hash(password.clone()).await.map_err(|problem| anyhow::anyhow!("{problem}"))?;
    let options = DemoOptions { petitions: usize::try_from(args.petitions)?, seed: args.seed };
    let day = chrono::NaiveDate::from_ymd_opt(2022, 1, 1).ok_or_else(|| anyhow::anyhow!("no such day"))?;

    let mut catalogue = store.snapshot().await?.catalogue(day).await?.catalogue;
    let people = demo::people(&options, &catalogue, &hash, Instant::start_of_day(day));
    // Petitions go only to agencies that have staff, and these will.
    let staffed = people.staff.iter().filter_map(|account| account.actor.agency());
    catalogue.directory = catalogue.directory.staffed_by(staffed);
    let tty = std::io::stderr().is_terminal();
    let mut played = demo::play(&options, &catalogue, &people, |done, total| {
        if tty {
            eprint!("\rplaying 2022: {done} of {total} petitions");
            let _flushed = std::io::stderr().flush().is_ok();
        }
    })?;
    if tty {
        eprintln!();
    }
    let hard_case = demo::hard_case(&options, &catalogue, &people)?;
    let told = hard_case.as_ref().and_then(|case| case.decisions.first()).map(|first| first.event.data.clone());
    played.extend(hard_case);
    let events: usize = played.iter().map(|PlayedPetition { decisions, .. }| decisions.len()).sum();
    let everybody: Vec<_> = people.staff.iter().chain(&people.citizens).cloned().collect();
    let mut unit = store.begin().await?;
    unit.add_accounts(&everybody).await?;
    unit.record_all(&played).await?;
    unit.commit().await?;
    while store.fold_rates(clock::now().local_date()).await? != Folding::Idle {}
    say!(
        "played {} petitions, {events} events, {} accounts in {:.1} s",
        played.len(),
        everybody.len(),
        began.elapsed().as_secs_f64()
    )?;
    say!("accounts, all with the password {}:", if made { password.as_str() } else { "that was given" })?;
    for (login, what) in demo::SIGN_INS {
        say!("  {login:<18} {what}")?;
    }
    say!("  canbo.CODE         an officer of the agency ubnd-CODE, or of CODE")?;
    if let Some(EventData::Submitted(submitted)) = told {
        say!("a hard case to look at: {}, sent by the first of these", submitted.code)?;
    }
    Ok(ExitCode::SUCCESS)
}
