//! `pakn rebuild`.

use std::{process::ExitCode, time::Instant};

use persistence::Folding;

use crate::{clock, settings::Settings};

pub(super) async fn run(settings: &Settings) -> anyhow::Result<ExitCode> {
    let store = super::connect_existing(settings).await?;
    let began = Instant::now();
    store.drop_rates().await?;
    while store.fold_rates(clock::now().local_date()).await? != Folding::Idle {}
    say!("the figures are made anew from the log, in {:.1} s", began.elapsed().as_secs_f64())?;
    Ok(ExitCode::SUCCESS)
}
