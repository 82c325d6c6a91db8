//! Sends what is due. Each try is a task of its own, and no target has more than its share of them: one that hangs holds up nobody else.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant as Stopwatch},
};

use domain::{
    id::WebhookId,
    time::Instant,
    webhook::{DeliveryState, Sequel, Tried, WebhookState, sequel},
};
use persistence::{StoreError, Webhook, WebhookAttempt, WebhookDelivery};
use tokio::{
    task::{Id, JoinSet},
    time::MissedTickBehavior,
};

use super::{
    notice,
    sign::signature,
    target::{Answer, Told},
};
use crate::{app::App, clock, problem::Problem};

/// How often a server looks whether something is due that it does not know of.
const LOOK: Duration = Duration::from_secs(1);

/// How many tries a server makes at the same time.
const MOST: usize = 64;
/// How many of them to one webhook.
const MOST_OF_ONE: usize = 4;
/// How many of them to webhooks whose last try failed, each of which gets one at a time: however many targets hang, half of the
/// server's tries are for those that do not.
const MOST_DOUBTFUL: usize = 32;

/// How much longer than a try may take whoever makes it has to say how it ended. After that it is due again.
const LEASE: Duration = Duration::from_secs(45);

/// A try that is being made.
#[derive(Debug, Clone, Copy)]
struct UnderWay {
    webhook: WebhookId,
    is_doubtful: bool,
}

/// The tries that are being made.
#[derive(Debug, Default)]
struct Sending {
    tasks: JoinSet<()>,
    under_way: HashMap<Id, UnderWay>,
}

impl Sending {
    fn of(&self, webhook: WebhookId) -> usize {
        self.under_way.values().filter(|one| one.webhook == webhook).count()
    }

    /// How many more tries may be made for a webhook.
    fn room_for(&self, webhook: &Webhook) -> usize {
        let left = MOST.saturating_sub(self.under_way.len());
        if webhook.failing_since.is_none() {
            return left.min(MOST_OF_ONE.saturating_sub(self.of(webhook.id)));
        }
        let doubtful = self.under_way.values().filter(|one| one.is_doubtful).count();
        left.min(MOST_DOUBTFUL.saturating_sub(doubtful)).min(1_usize.saturating_sub(self.of(webhook.id)))
    }

    /// Waits until one of them has ended; for ever where there is none.
    async fn one_ended(&mut self) {
        match self.tasks.join_next_with_id().await {
            Some(Ok((id, ()))) => drop(self.under_way.remove(&id)),
            // It panicked: what it had is due again when its time is over.
            Some(Err(error)) => drop(self.under_way.remove(&error.id())),
            None => std::future::pending().await,
        }
    }
}

impl App {
    /// Takes what is due, as far as there is room, and begins to send it.
    async fn tell_due_webhooks(self: &Arc<Self>, sending: &mut Sending) -> Result<(), StoreError> {
        let now = clock::now();
        let mut due = self.store.webhooks_with_due(now).await?;
        // Whoever has nothing under way comes first, so that none waits for ever where there is little room.
        due.sort_by_key(|webhook| sending.of(*webhook));
        for id in due {
            if sending.under_way.len() >= MOST {
                break;
            }
            let Some(webhook) = self.store.webhook(id).await? else { continue };
            let most = u32::try_from(sending.room_for(&webhook)).unwrap_or_default();
            if most == 0 {
                continue;
            }
            let (webhook, now) = (Arc::new(webhook), clock::now());
            let lease = chrono::Duration::from_std(self.webhooks.targets.timeout() + LEASE);
            let until = now.plus(lease.unwrap_or(chrono::Duration::minutes(2)));
            for delivery in self.store.take_due(id, most, now, until).await? {
                let (app, webhook) = (Arc::clone(self), Arc::clone(&webhook));
                let one = UnderWay { webhook: id, is_doubtful: webhook.failing_since.is_some() };
                let task = sending.tasks.spawn(async move {
                    if let Err(problem) = app.tell_webhook(&webhook, &delivery).await {
                        tracing::warn!(
                            webhook.id = %webhook.id, webhook.message = delivery.message, %problem,
                            "what came of a delivery could not be kept; it is sent again"
                        );
                    }
                });
                sending.under_way.insert(task.id(), one);
            }
        }
        Ok(())
    }

    /// Sends a delivery that was taken, and keeps what came of it.
    async fn tell_webhook(&self, webhook: &Webhook, delivery: &WebhookDelivery) -> Result<(), Problem> {
        let is_test = delivery.petition.is_none();
        if webhook.state == WebhookState::Paused && !is_test {
            let mut unit = self.store.begin().await?;
            unit.hold_delivery(delivery).await?;
            return Ok(unit.commit().await?);
        }
        let (at, stopwatch) = (clock::now(), Stopwatch::now());
        let timestamp = at.micros().div_euclid(1_000_000);
        let signed = (delivery.message.as_str(), timestamp, delivery.body.as_str());
        let answer = self
            .webhooks
            .targets
            .send(Told {
                url: &webhook.url,
                message: &delivery.message,
                timestamp,
                signature: signature(&self.vault, webhook.id, &webhook.secrets, signed, at)?,
                body: &delivery.body,
            })
            .await;
        let took_ms = u32::try_from(stopwatch.elapsed().as_millis()).unwrap_or(u32::MAX);
        let Answer { outcome, status, retry_after } = answer;
        let first_at = delivery.first_at.unwrap_or(at).min(at);
        let ended_at = clock::now();
        let tried = Tried { number: delivery.tries, first_at, at, ended_at, outcome, retry_after, is_test };
        self.end_webhook_try(webhook, delivery, &tried, WebhookAttempt { at, outcome, status, took_ms }).await
    }

    async fn end_webhook_try(
        &self,
        webhook: &Webhook,
        delivery: &WebhookDelivery,
        tried: &Tried,
        attempt: WebhookAttempt,
    ) -> Result<(), Problem> {
        // Others may have got through meanwhile.
        let failing_since = self.store.webhook(webhook.id).await?.and_then(|webhook| webhook.failing_since);
        let [jitter] = clock::random_bytes::<1>();
        let followed_by = sequel(tried, failing_since, jitter);
        let (state, next_at) = match followed_by {
            Sequel::Delivered => (DeliveryState::Delivered, tried.ended_at),
            Sequel::Again(at) => (DeliveryState::Waiting, at),
            Sequel::GivenUp => (DeliveryState::Failed, tried.ended_at),
            Sequel::Pause(_) => (DeliveryState::Held, tried.ended_at),
        };
        let (paused, letters) = match followed_by {
            Sequel::Pause(reason) => (Some(reason), notice::letters(self, webhook, tried.ended_at).await?),
            Sequel::Delivered | Sequel::Again(_) | Sequel::GivenUp => (None, Vec::new()),
        };
        let mut unit = self.store.begin().await?;
        if !unit.end_try(delivery, attempt, state, next_at).await? {
            return Ok(());
        }
        // The first try counts from when it was taken, as the delivery does.
        let began = if tried.number == 1 { tried.first_at } else { tried.at };
        let failed_at: Option<Instant> = (followed_by != Sequel::Delivered).then_some(began);
        if !tried.is_test {
            unit.note_webhook(webhook.id, failed_at, tried.ended_at).await?;
        }
        let mut has_paused = None;
        if let Some(reason) = paused
            && unit.pause_webhook(webhook.id, reason, tried.ended_at).await?
        {
            unit.post(&letters).await?;
            has_paused = Some(reason);
        }
        unit.commit().await?;
        if let Some(reason) = has_paused {
            notice::log(webhook, reason);
        }
        Ok(())
    }

    /// Sends what is due, until the task is ended. What is being sent then is sent again later.
    pub async fn keep_webhooks_told(self: Arc<Self>) {
        let mut next_look = tokio::time::interval(LOOK);
        next_look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut sending = Sending::default();
        loop {
            tokio::select! {
                _ = next_look.tick() => {}
                () = self.webhooks.due.notified() => {}
                () = sending.one_ended() => {}
            }
            if let Err(error) = self.tell_due_webhooks(&mut sending).await {
                tracing::warn!(%error, "it cannot be read what webhooks are to be told; tried again soon");
                tokio::time::sleep(LOOK).await;
            }
        }
    }
}
