//! What webhooks are told, and what came of it.
//!
//! A delivery that is being sent is one that waits for a later instant: it was taken by moving that instant on, and whoever took it says
//! by the number of its tries that it still has it. A server that is killed in the middle leaves a delivery that is due again.

use domain::{
    id::{WebhookDeliveryId, WebhookId},
    petition::PetitionCode,
    time::Instant,
    webhook::{DeliveryState, Outcome},
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, Order, QueryFilter, QueryOrder, QuerySelect, Statement,
    Value,
    sea_query::{Expr, OnConflict},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    entity::webhook_delivery::{ActiveModel, Column, Entity, Model},
    error::StoreError,
    queue::Page,
    store::{Engine, Store},
    unit_of_work::UnitOfWork,
};

/// Rows in one statement: twelve values each, and SQLite binds at most 32,766.
const CHUNK: usize = 2_000;

/// How many rows are changed in one statement, so that nobody waits long for it.
const STEP: u64 = 2_000;

/// How many of a delivery's tries are kept: more than it is given by itself.
const ATTEMPTS: usize = 20;

/// A try.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookAttempt {
    /// When it began.
    pub at: Instant,
    /// What came of it.
    pub outcome: Outcome,
    /// The HTTP status of the answer, where there was one.
    pub status: Option<u16>,
    /// How long it took, in milliseconds.
    pub took_ms: u32,
}

/// Something that a webhook is to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWebhookDelivery {
    /// Its id, made from the instant of the event.
    pub id: WebhookDeliveryId,
    /// Which webhook.
    pub webhook: WebhookId,
    /// The `webhook-id` of every try.
    pub message: String,
    /// The type of the message.
    pub kind: String,
    /// Of which petition; a test is of none.
    pub petition: Option<PetitionCode>,
    /// When the event happened.
    pub event_at: Instant,
    /// What is sent.
    pub body: String,
    /// Whether it is sent at once or held.
    pub state: DeliveryState,
    /// When it is sent.
    pub next_at: Instant,
}

/// Something that a webhook was told, or will be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookDelivery {
    /// Its id.
    pub id: WebhookDeliveryId,
    /// Which webhook.
    pub webhook: WebhookId,
    /// The `webhook-id` of every try.
    pub message: String,
    /// The type of the message.
    pub kind: String,
    /// Of which petition.
    pub petition: Option<PetitionCode>,
    /// When the event happened.
    pub event_at: Instant,
    /// What is sent.
    pub body: String,
    /// Where it stands.
    pub state: DeliveryState,
    /// How many tries have begun since it was last asked for.
    pub tries: u32,
    /// When the first of them did.
    pub first_at: Option<Instant>,
    /// When it is sent, where it waits: while it is being sent, when somebody else may.
    pub next_at: Instant,
    /// The last tries that ended, the newest last.
    pub attempts: Vec<WebhookAttempt>,
}

/// Which deliveries of a webhook.
#[derive(Debug, Clone, Copy)]
pub struct WebhookDeliveryFilter {
    /// Of that webhook.
    pub webhook: WebhookId,
    /// Those that stand there; all unless given.
    pub state: Option<DeliveryState>,
}

#[derive(FromQueryResult)]
struct Due {
    id: Uuid,
}

impl Store {
    /// What a webhook was told, the latest event first; the key is the id.
    ///
    /// # Errors
    /// As the database says.
    pub async fn deliveries(
        &self,
        filter: WebhookDeliveryFilter,
        page: Page<WebhookDeliveryId>,
    ) -> Result<Vec<WebhookDelivery>, StoreError> {
        let mut query = Entity::find().filter(Column::WebhookId.eq(filter.webhook.0));
        if let Some(state) = filter.state {
            query = query.filter(Column::State.eq(state.as_str()));
        }
        if let Some(id) = page.after {
            query = query.filter(Column::Id.lt(id.0));
        }
        let rows = query.order_by(Column::Id, Order::Desc).limit(page.limit).all(self.reader()).await?;
        rows.into_iter().map(WebhookDelivery::try_from).collect()
    }

    /// The webhooks for which something is due.
    ///
    /// # Errors
    /// As the database says.
    pub async fn webhooks_with_due(&self, now: Instant) -> Result<Vec<WebhookId>, StoreError> {
        let sql = "SELECT w.id FROM webhook w WHERE EXISTS (SELECT 1 FROM webhook_delivery d \
                   WHERE d.webhook_id = w.id AND d.state = 'waiting' AND d.next_at <= $1)";
        let backend = self.reader().get_database_backend();
        let due = Statement::from_sql_and_values(backend, sql, [Value::from(now.micros())]);
        let rows = Due::find_by_statement(due).all(self.reader()).await?;
        Ok(rows.into_iter().map(|row| WebhookId(row.id)).collect())
    }

    /// Takes at most so many due deliveries of a webhook to be sent by the caller, until that instant; what was due first comes first.
    /// Nobody else is given them before.
    ///
    /// # Errors
    /// As the database says.
    pub async fn take_due(
        &self,
        webhook: WebhookId,
        most: u32,
        now: Instant,
        until: Instant,
    ) -> Result<Vec<WebhookDelivery>, StoreError> {
        let skip = match self.engine() {
            // The statement has the only writer to itself.
            Engine::Sqlite => "",
            Engine::Postgres => "FOR UPDATE SKIP LOCKED",
        };
        // Materialised: an inner SELECT may be run again for each row, and then takes more than it says.
        let sql = format!(
            "WITH due AS MATERIALIZED (SELECT id FROM webhook_delivery WHERE webhook_id = $3 AND state = 'waiting' AND next_at <= $1 \
             ORDER BY next_at, id LIMIT {most} {skip}) \
             UPDATE webhook_delivery SET tries = tries + 1, first_at = COALESCE(first_at, $1), next_at = $2 \
             WHERE id IN (SELECT id FROM due) RETURNING *"
        );
        let values = [Value::from(now.micros()), Value::from(until.micros()), Value::from(webhook.0)];
        let backend = self.writer().get_database_backend();
        let taken = Statement::from_sql_and_values(backend, sql, values);
        let rows = Model::find_by_statement(taken).all(self.writer()).await?;
        rows.into_iter().map(WebhookDelivery::try_from).collect()
    }
}

impl UnitOfWork {
    /// Keeps what webhooks are to be told; what they are told already stays as it is.
    ///
    /// # Errors
    /// As the database says.
    pub async fn add_deliveries(&mut self, deliveries: &[NewWebhookDelivery]) -> Result<(), StoreError> {
        for chunk in deliveries.chunks(CHUNK) {
            let rows = chunk.iter().map(|delivery| ActiveModel {
                id: Set(delivery.id.0),
                webhook_id: Set(delivery.webhook.0),
                message: Set(delivery.message.clone()),
                kind: Set(delivery.kind.clone()),
                petition: Set(delivery.petition.as_ref().map(ToString::to_string)),
                event_at: Set(delivery.event_at.micros()),
                body: Set(delivery.body.clone()),
                state: Set(delivery.state.to_string()),
                tries: Set(0),
                first_at: Set(None),
                next_at: Set(delivery.next_at.micros()),
                attempts: Set("[]".to_owned()),
            });
            let known = OnConflict::columns([Column::WebhookId, Column::Message]).do_nothing().to_owned();
            Entity::insert_many(rows)
                .on_conflict(known)
                .try_insert()
                .exec_without_returning(self.transaction())
                .await?;
        }
        Ok(())
    }

    /// Ends a try of a delivery that the caller has taken: where it stands then, and when it is sent again where it waits. `false` where
    /// somebody else has it by now, or it is gone; then nothing happens. What is held meanwhile stays so unless it was delivered.
    ///
    /// # Errors
    /// As the database says.
    pub async fn end_try(
        &mut self,
        taken: &WebhookDelivery,
        attempt: WebhookAttempt,
        state: DeliveryState,
        next_at: Instant,
    ) -> Result<bool, StoreError> {
        let mut attempts = taken.attempts.clone();
        attempts.push(attempt);
        let surplus = attempts.len().saturating_sub(ATTEMPTS);
        let attempts = serde_json::to_string(attempts.get(surplus..).unwrap_or_default())
            .map_err(|error| StoreError::inconsistent("webhook_delivery", "attempts", taken.id, error))?;
        let mut ended = Entity::update_many()
            .col_expr(Column::Attempts, Expr::value(attempts))
            .col_expr(Column::NextAt, Expr::value(next_at.micros()))
            .filter(Column::Id.eq(taken.id.0))
            .filter(Column::Tries.eq(taken.tries))
            .filter(Column::State.is_in([DeliveryState::Waiting.as_str(), DeliveryState::Held.as_str()]));
        match state {
            DeliveryState::Waiting => {}
            DeliveryState::Held | DeliveryState::Delivered | DeliveryState::Failed => {
                ended = ended.col_expr(Column::State, Expr::value(state.as_str()));
            }
        }
        Ok(ended.exec(self.transaction()).await?.rows_affected == 1)
    }

    /// Holds a delivery that was taken for a webhook which is paused: it was not tried.
    ///
    /// # Errors
    /// As the database says.
    pub async fn hold_delivery(&mut self, taken: &WebhookDelivery) -> Result<(), StoreError> {
        Entity::update_many()
            .col_expr(Column::State, Expr::value(DeliveryState::Held.as_str()))
            .filter(Column::Id.eq(taken.id.0))
            .filter(Column::Tries.eq(taken.tries))
            .filter(Column::State.eq(DeliveryState::Waiting.as_str()))
            .exec(self.transaction())
            .await?;
        Ok(())
    }

    /// Holds all that waits for a webhook, but for tests.
    pub(crate) async fn hold_deliveries(&mut self, webhook: WebhookId) -> Result<(), StoreError> {
        Entity::update_many()
            .col_expr(Column::State, Expr::value(DeliveryState::Held.as_str()))
            .filter(Column::WebhookId.eq(webhook.0))
            .filter(Column::State.eq(DeliveryState::Waiting.as_str()))
            .filter(Column::Petition.is_not_null())
            .exec(self.transaction())
            .await?;
        Ok(())
    }

    /// Sends again what was delivered or given up of events from one instant up to another, a part of it after that id: how many, and
    /// the last id where there may be more. What waits is on its way, and tests are not sent again.
    ///
    /// # Errors
    /// As the database says.
    pub async fn send_again(
        &mut self,
        webhook: WebhookId,
        from: Instant,
        to: Instant,
        after: Option<WebhookDeliveryId>,
        now: Instant,
    ) -> Result<(u64, Option<WebhookDeliveryId>), StoreError> {
        let over = [DeliveryState::Delivered.as_str(), DeliveryState::Failed.as_str()];
        // An id has the milliseconds of the event: those of the range are all that is read.
        let first = after.map_or(WebhookDeliveryId::new(from, &[0; 10]).0, |after| after.0);
        let found: Vec<Uuid> = Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(Column::WebhookId.eq(webhook.0))
            .filter(Column::Id.gt(first))
            .filter(Column::Id.lte(WebhookDeliveryId::new(to, &[u8::MAX; 10]).0))
            .filter(Column::EventAt.gte(from.micros()))
            .filter(Column::EventAt.lt(to.micros()))
            .filter(Column::State.is_in(over))
            .filter(Column::Petition.is_not_null())
            .order_by(Column::Id, Order::Asc)
            .limit(STEP)
            .into_tuple()
            .all(self.transaction())
            .await?;
        let last = found.last().filter(|_| u64::try_from(found.len()) == Ok(STEP)).copied().map(WebhookDeliveryId);
        let sent = Entity::update_many()
            .col_expr(Column::State, Expr::value(DeliveryState::Waiting.as_str()))
            .col_expr(Column::Tries, Expr::value(0))
            .col_expr(Column::FirstAt, Expr::value(None::<i64>))
            .col_expr(Column::NextAt, Expr::value(now.micros()))
            .filter(Column::Id.is_in(found))
            .filter(Column::State.is_in(over))
            .exec(self.transaction())
            .await?;
        Ok((sent.rows_affected, last))
    }

    /// Takes away a part of what a webhook was told; whether there may be more.
    ///
    /// # Errors
    /// As the database says.
    pub async fn forget_deliveries(&mut self, webhook: WebhookId) -> Result<bool, StoreError> {
        let sql = format!(
            "DELETE FROM webhook_delivery WHERE id IN \
             (SELECT id FROM webhook_delivery WHERE webhook_id = $1 ORDER BY id LIMIT {STEP})"
        );
        let backend = self.transaction().get_database_backend();
        let gone = Statement::from_sql_and_values(backend, sql, [Value::from(webhook.0)]);
        Ok(self.transaction().execute_raw(gone).await?.rows_affected() == STEP)
    }
}

impl TryFrom<Model> for WebhookDelivery {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        let key = row.id;
        let wrong = |column, problem: String| StoreError::inconsistent("webhook_delivery", column, key, problem);
        let instant =
            |column, micros| Instant::from_micros(micros).ok_or_else(|| wrong(column, "not an instant".to_owned()));
        let code = |text: String| PetitionCode::parse(&text).map_err(|error| wrong("petition", error.to_string()));
        Ok(Self {
            id: WebhookDeliveryId(row.id),
            webhook: WebhookId(row.webhook_id),
            message: row.message,
            kind: row.kind,
            petition: row.petition.map(code).transpose()?,
            event_at: instant("event_at", row.event_at)?,
            body: row.body,
            state: DeliveryState::parse(&row.state)
                .ok_or_else(|| wrong("state", format!("unknown word {:?}", row.state)))?,
            tries: u32::try_from(row.tries).map_err(|error| wrong("tries", error.to_string()))?,
            first_at: row.first_at.map(|micros| instant("first_at", micros)).transpose()?,
            next_at: instant("next_at", row.next_at)?,
            attempts: serde_json::from_str(&row.attempts).map_err(|error| wrong("attempts", error.to_string()))?,
        })
    }
}
