//! The `pakn` program: one command each.

// Before the commands, which print with it.
#[macro_use]
mod say;

mod admin;
mod catalogue;
mod demo;
mod export;
mod import;
mod keys;
mod rebuild;
mod seal;
mod serve;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use persistence::{SeedReport, Store};

use crate::{
    clock, ops,
    settings::{ServeSettings, Settings},
};

/// Petitions (phản ánh, kiến nghị) of the citizens of Bắc Ninh: sent, routed, answered, and counted.
#[derive(Debug, Parser)]
#[command(name = "pakn", version)]
pub struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(flatten, next_help_heading = "Serving")]
    serve: ServeSettings,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API; this is what happens when no command is given. Makes or updates the database first.
    Serve,
    /// Bring the database's schema up to date.
    Migrate,
    /// Add what is missing of the starting catalogue: units, agencies, fields, calendar, targets.
    Seed,
    /// Administrators' accounts.
    #[command(subcommand)]
    Admin(admin::AdminCommand),
    /// Play a simulated year 2022 into an empty installation, with accounts of every role.
    Demo(demo::DemoArgs),
    /// Check every hash chain, every stored petition against its events, every text against its digest, and what figures come
    /// from against a replay; exit 1 on damage.
    Verify(verify::VerifyArgs),
    /// Seal the log now, as a server does once a day: where nothing has happened since the last seal, that one stands. Also beside a
    /// running server.
    Seal,
    /// Drop what figures come from and make it anew from the log. Also beside a running server, whose figures stay right and are
    /// slower meanwhile.
    Rebuild,
    /// The keys that sign access tokens.
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Write data out.
    #[command(subcommand)]
    Export(export::ExportCommand),
    /// Take in boundaries of units: GeoJSON features (Polygon, MultiPolygon) with a property `code`, WGS 84; all or none.
    ImportUnits(import::ImportArgs),
    /// Units and agencies that change on a day.
    #[command(subcommand)]
    Catalogue(catalogue::CatalogueCommand),
    /// Print the contract (OpenAPI 3.1, JSON).
    Openapi,
}

/// Runs the program.
///
/// # Errors
/// Whatever stopped it.
pub async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let Cli { settings, serve, command } = cli;
    // To the end of the program: what is left is sent then.
    let _traces = ops::start_logging(&settings.log, settings.log_format, &serve.traces)?;
    match command.unwrap_or(Command::Serve) {
        Command::Serve => serve::run(&settings, &serve).await,
        Command::Migrate => {
            connect(&settings).await?.migrate().await?;
            say!("schema up to date")?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Seed => {
            let report = seed(&connect(&settings).await?).await?;
            let SeedReport { units, agencies, categories, calendar_days, targets } = report;
            say!(
                "added: {units} units, {agencies} agencies, {categories} categories, {calendar_days} calendar days, {targets} targets"
            )?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Admin(command) => admin::run(&settings, serve.accounts.cost(), command).await,
        Command::Demo(args) => demo::run(&settings, serve.accounts.cost(), &args).await,
        Command::Verify(args) => verify::run(&settings, &args).await,
        Command::Seal => seal::run(&settings).await,
        Command::Rebuild => rebuild::run(&settings).await,
        Command::Keys(command) => keys::run(&settings, &command),
        Command::Export(command) => export::run(&settings, command).await,
        Command::ImportUnits(args) => import::run(&settings, &args).await,
        Command::Catalogue(command) => catalogue::run(&settings, command).await,
        Command::Openapi => {
            say!("{}", crate::server::contract().to_pretty_json()?)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn connect(settings: &Settings) -> anyhow::Result<Store> {
    Ok(Store::connect(&settings.store()).await?)
}

/// Connected to a database that must be there, as this program expects it: a mistyped folder must not look like an empty log.
async fn connect_existing(settings: &Settings) -> anyhow::Result<Store> {
    let options = settings.store();
    if let Some(path) = options.url.strip_prefix("sqlite://") {
        let path = path.split('?').next().unwrap_or_default();
        anyhow::ensure!(std::path::Path::new(path).is_file(), "there is no database at {path}");
    }
    let store = Store::connect(&options).await?;
    let steps = store.steps_to_migrate().await?;
    anyhow::ensure!(steps == 0, "the database lacks {steps} steps of the schema: run `pakn migrate` first");
    Ok(store)
}

async fn seed(store: &Store) -> anyhow::Result<SeedReport> {
    let mut unit = store.begin().await?;
    let report = unit.seed(clock::now()).await?;
    unit.commit().await?;
    Ok(report)
}

/// Connected, with schema and catalogue as this program expects them.
async fn prepare(settings: &Settings) -> anyhow::Result<Store> {
    let store = connect(settings).await?;
    store.migrate().await?;
    seed(&store).await?;
    Ok(store)
}
