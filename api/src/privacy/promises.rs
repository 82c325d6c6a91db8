//! What a server does about personal data by itself: it writes looks down, does what was asked for in time whoever has forgotten it,
//! and lets nothing be kept for longer than it may. Several servers may do so at once.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use chrono::NaiveDate;
use domain::{
    account::Actor,
    erasure::{ErasureOrigin, ErasureRequest, ErasureState},
    id::ErasureId,
};
use persistence::Page;
use tokio::time::MissedTickBehavior;

use super::{
    asked::has_open_petitions,
    erasing::{carry_out, scrub, sweep},
    looks::PASS,
    retention,
};
use crate::{app::App, auth::ACCESS_TOKEN_LIFE, clock, problem::Problem};

/// How often requests are looked at.
const LOOK_AT_REQUESTS: Duration = Duration::from_secs(60);

/// How long after an erasure somebody may still have written by a token that was good: its life, and a request that takes long.
const SWEEP_AFTER: chrono::Duration = chrono::Duration::minutes(20);
const _: () = assert!(ACCESS_TOKEN_LIFE.as_secs() < 20 * 60);

const PAGE: u64 = 100;

impl App {
    /// Writes down who was shown what, until the task is ended.
    pub async fn keep_looks_written(self: Arc<Self>) {
        let mut next_pass = tokio::time::interval(PASS);
        next_pass.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            next_pass.tick().await;
            if let Err(error) = self.privacy.looks.write_down(&self.store).await {
                tracing::warn!(%error, "who was shown what could not be written down; tried again soon");
            }
        }
    }

    /// Does what was asked for and is due, and once a day takes away what was kept for long enough, until the task is ended.
    pub async fn keep_promises(self: Arc<Self>) {
        let mut cleared_on: Option<NaiveDate> = None;
        let mut restored = true;
        loop {
            if restored {
                match self.erase_again().await {
                    Ok(_) => restored = false,
                    Err(problem) => {
                        tracing::warn!(%problem, "it could not be looked whether an older state was restored")
                    }
                }
            }
            if let Err(problem) = self.keep_erasures_moving().await {
                tracing::warn!(%problem, "requests to be erased could not be seen to; tried again soon");
            }
            let today = clock::now().local_date();
            if cleared_on != Some(today) {
                match self.clear_kept().await {
                    Ok(()) => cleared_on = Some(today),
                    Err(problem) => tracing::warn!(%problem, "what was kept for long enough could not be taken away"),
                }
            }
            if self.privacy.scrub_due.load(Ordering::Relaxed) {
                scrub(&self).await;
            }
            tokio::time::sleep(LOOK_AT_REQUESTS).await;
        }
    }

    /// Does every request that is due, or that waits for nothing any more; goes on with those that were cut off.
    ///
    /// # Errors
    /// As the store says; repeating the call takes up where it ended.
    pub async fn keep_erasures_moving(&self) -> Result<(), Problem> {
        let mut after: Option<ErasureId> = None;
        loop {
            let states = [ErasureState::Waiting, ErasureState::Underway];
            let page = self.store.erasures(&states, Page { after, limit: PAGE }).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            for request in page {
                if self.is_to_be_done(&request).await? {
                    carry_out(self, request, &Actor::System).await?;
                }
            }
        }
        for request in self.store.erasures_to_sweep(clock::now().plus(-SWEEP_AFTER)).await? {
            sweep(self, &request).await?;
        }
        Ok(())
    }

    /// Takes away what was kept for long enough.
    ///
    /// # Errors
    /// As the store says; repeating the call takes up where it ended.
    pub async fn clear_kept(&self) -> Result<(), Problem> {
        retention::clear(self).await
    }

    /// A request on paper, and one of the staff, waits for an administrator; but nothing waits beyond its last day.
    async fn is_to_be_done(&self, request: &ErasureRequest) -> Result<bool, Problem> {
        if request.state == ErasureState::Underway || request.due_at() <= clock::now() {
            return Ok(true);
        }
        let is_citizens_own = match request.origin {
            ErasureOrigin::Paper => false,
            ErasureOrigin::Person => {
                let account = self.store.account(request.account).await?;
                account.is_some_and(|account| account.role == domain::account::Role::Citizen)
            }
        };
        Ok(is_citizens_own && !has_open_petitions(self, request.account).await?)
    }
}
