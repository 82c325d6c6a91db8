//! `pakn verify`.

use std::{collections::BTreeSet, process::ExitCode};

use persistence::Verification;

use crate::settings::Settings;

pub(super) async fn run(settings: &Settings) -> anyhow::Result<ExitCode> {
    let store = super::connect_existing(settings).await?;
    let Verification { petitions, events, texts, erased, lagging, damages } = store.snapshot().await?.verify().await?;
    say!("checked {petitions} chains, {events} events, {texts} texts ({erased} texts are gone)")?;
    if lagging > 0 {
        say!(
            "{lagging} petitions have news that the figures count from the log; a server takes it in when it runs"
        )?;
    }
    for damage in &damages {
        say!("DAMAGED {}: {}", damage.petition, damage.problem)?;
    }
    let damaged: BTreeSet<&str> = damages.iter().map(|damage| damage.petition.as_str()).collect();
    if damages.is_empty() {
        say!("everything agrees")?;
        Ok(ExitCode::SUCCESS)
    } else {
        say!("{} petitions are damaged", damaged.len())?;
        Ok(ExitCode::FAILURE)
    }
}
