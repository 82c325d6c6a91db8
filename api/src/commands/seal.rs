//! `pakn seal`.

use std::process::ExitCode;

use crate::{
    seal::{Made, Occasion, SealKey, make},
    settings::Settings,
};

pub(super) async fn run(settings: &Settings) -> anyhow::Result<ExitCode> {
    let store = super::connect_existing(settings).await?;
    let key = SealKey::open(&settings.data_dir)?;
    let made = make(&store, &key, Occasion::Asked).await.map_err(|problem| anyhow::anyhow!("{problem}"))?;
    let (seal, how) = match made {
        Made::Now(seal) => (seal, "made"),
        Made::Before(seal) => (seal, "stands: nothing has happened since it was made"),
    };
    let statement = &seal.statement;
    say!("seal {} {how}", statement.number)?;
    say!("  petitions  {}", statement.petitions)?;
    say!("  root       {}", statement.root)?;
    say!("  digest     {}", statement.digest()?)?;
    say!("  public key {}", statement.public_key)?;
    Ok(ExitCode::SUCCESS)
}
