//! Petitions that the calendar did not reach when they came get their deadlines once it does.

use domain::{
    account::Actor,
    petition::{Command, decide},
};
use persistence::StoreError;

use crate::{app::App, clock, problem::Problem};

/// Gives each petition that lacks a deadline what the catalogue in memory allows, as an event; how many got one.
///
/// # Errors
/// As the store says; repeating the call takes up where it ended.
pub async fn set_missing_deadlines(app: &App) -> Result<usize, Problem> {
    let catalogue = app.catalogue();
    let mut set = 0;
    for before in app.store.petitions_without_deadline().await? {
        let decision =
            decide(Some(&before.petition), Command::SetDeadlines, &Actor::System, &catalogue.catalogue, clock::now())?;
        let mut unit = app.store.begin().await?;
        match unit.advance(&before, &decision).await {
            Ok(after) if after.petition.deadlines != before.petition.deadlines => {
                unit.commit().await?;
                set += 1;
            }
            // Nothing new to say, or somebody else was faster.
            Ok(_) | Err(StoreError::Stale) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(set)
}
