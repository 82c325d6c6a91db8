//! What webhooks are to be told, beside the requests: a turn follows the log from where the last one ended, on whichever server.

use std::{sync::Arc, time::Duration};

use domain::petition::hears;
use persistence::{Consumer, LoggedNews, StoreError, Webhook};
use tokio::time::MissedTickBehavior;

use super::message::about;
use crate::{app::App, clock};

/// How many events are looked at in one turn.
const BATCH: u32 = 500;

/// How often a server looks whether something happened.
const LOOK: Duration = Duration::from_millis(500);

/// Whether a webhook is told of it: what its agency's desk hears, as far as it wants it, and nothing that happened before it was there.
fn is_told(webhook: &Webhook, news: &LoggedNews) -> bool {
    news.at >= webhook.created_at
        && hears(&webhook.agency, &news.data, &news.desk, news.left.as_ref())
        && webhook.interest.covers(news.data.kind(), &news.category)
}

impl App {
    /// Keeps what webhooks are to be told of the next events of the log; whether there may be more.
    ///
    /// # Errors
    /// As the store says; repeating the call goes on where it was.
    pub async fn gather_for_webhooks(&self) -> Result<bool, StoreError> {
        let turn = self.store.turn(Consumer::Webhooks).await?;
        let news = self.store.log_after(turn.upto, BATCH).await?;
        let Some(last) = news.last() else { return Ok(false) };
        let mut unit = self.store.begin().await?;
        if !unit.take_log_turn(turn, last.cursor).await? {
            return Ok(true);
        }
        let (webhooks, now) = (unit.webhooks_to_tell().await?, clock::now());
        let mut deliveries = Vec::new();
        for one in &news {
            for webhook in webhooks.iter().filter(|webhook| is_told(webhook, one)) {
                match about(one, webhook, now) {
                    Ok(delivery) => deliveries.push(delivery),
                    // Nothing that can be mended by trying again, and no reason to stop.
                    Err(error) => {
                        tracing::error!(petition.code = %one.code, %error, "a webhook cannot be told of this")
                    }
                }
            }
        }
        unit.add_deliveries(&deliveries).await?;
        unit.commit().await?;
        if !deliveries.is_empty() {
            self.webhooks.due.notify_one();
        }
        Ok(u32::try_from(news.len()) == Ok(BATCH))
    }

    /// Follows the log for webhooks, until the task is ended.
    pub async fn keep_gathering_for_webhooks(self: Arc<Self>) {
        let mut next_look = tokio::time::interval(LOOK);
        next_look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            next_look.tick().await;
            let gathered = async {
                while self.gather_for_webhooks().await? {}
                Ok::<_, StoreError>(())
            };
            if let Err(error) = gathered.await {
                tracing::warn!(%error, "the log cannot be read for webhooks; tried again soon");
            }
        }
    }
}
