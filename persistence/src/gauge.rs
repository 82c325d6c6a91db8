//! What an operator watches: connections and who waits for them, how far those who follow the log are behind it, what waits to be
//! sent, which answers are nearly due. All of it is asked for again and again, so every count is by an index and ends at a bound.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use domain::{notice::Carrier, time::Instant};
use sea_orm::{DatabaseConnection, FromQueryResult, Statement, Value};

use crate::{
    error::StoreError,
    store::{Engine, Store},
    tail::LogCursor,
    turn::Consumer,
};

/// Nothing is counted beyond this: what is behind by so much is told as "at least".
pub const COUNTED: u32 = 10_000;

/// How many wait for a connection to begin a unit of work or a snapshot.
#[derive(Debug, Clone, Default)]
pub(crate) struct Queue(Arc<AtomicU64>);

/// Somebody who waits; no more when it is dropped.
pub(crate) struct Waiter(Queue);

impl Queue {
    pub(crate) fn wait(&self) -> Waiter {
        self.0.fetch_add(1, Ordering::Relaxed);
        Waiter(self.clone())
    }

    fn len(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The connections of one pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connections {
    /// `writer` and `reader` on SQLite, `all` on PostgreSQL, and `replica` where one is read from.
    pub pool: &'static str,
    /// The most there may be.
    pub most: u32,
    /// How many there are.
    pub open: u32,
    /// How many of them nobody uses.
    pub idle: u32,
    /// How many wait to begin a unit of work or a snapshot. Single statements wait too, and are not counted.
    pub waiting: u64,
}

/// How far somebody who follows the log is behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lag {
    /// Who.
    pub consumer: &'static str,
    /// How many events it has before it, counted up to [`COUNTED`].
    pub events: u64,
    /// When the first of them happened.
    pub oldest: Option<Instant>,
}

/// What is to be sent by one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outbox {
    /// The carrier of messages, or `webhook`.
    pub way: &'static str,
    /// How much is due and nobody tries it, counted up to [`COUNTED`].
    pub due: u64,
    /// Since when the first of it is.
    pub oldest_due: Option<Instant>,
    /// How much was given up and waits for a person, counted up to [`COUNTED`].
    pub dead: u64,
}

/// What the database says of itself at an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gauges {
    /// All who follow the log.
    pub lags: Vec<Lag>,
    /// All ways.
    pub outboxes: Vec<Outbox>,
    /// Webhooks that are paused.
    pub paused_webhooks: u64,
    /// Open petitions whose answer is due within the time that was asked about, counted up to [`COUNTED`].
    pub due_soon: u64,
    /// Open petitions whose answer is overdue, counted up to [`COUNTED`].
    pub overdue: u64,
}

#[derive(FromQueryResult)]
struct Counted {
    number: i64,
    oldest: Option<i64>,
}

#[derive(FromQueryResult)]
struct Place {
    xid: i64,
    position: i64,
}

#[derive(FromQueryResult)]
struct Dead {
    carrier: String,
    number: i64,
}

impl Counted {
    fn number(&self) -> u64 {
        u64::try_from(self.number).unwrap_or(0)
    }

    fn oldest(&self) -> Option<Instant> {
        self.oldest.and_then(Instant::from_micros)
    }
}

impl Store {
    /// The pools.
    pub fn connections(&self) -> Vec<Connections> {
        let of = |pool, (most, open, idle): (u32, u32, usize), waiting| Connections {
            pool,
            most,
            open,
            idle: u32::try_from(idle).unwrap_or(u32::MAX),
            waiting,
        };
        let (writing, reading) = (self.writing.len(), self.reading.len());
        match self.engine() {
            Engine::Sqlite => {
                let sizes = |connection: &DatabaseConnection| {
                    let pool = connection.get_sqlite_connection_pool();
                    (pool.options().get_max_connections(), pool.size(), pool.num_idle())
                };
                vec![of("writer", sizes(self.writer()), writing), of("reader", sizes(self.reader()), reading)]
            }
            Engine::Postgres => {
                let sizes = |connection: &DatabaseConnection| {
                    let pool = connection.get_postgres_connection_pool();
                    (pool.options().get_max_connections(), pool.size(), pool.num_idle())
                };
                let all = of("all", sizes(self.reader()), writing + reading);
                let replica = self.replica_pool().map(|pool| of("replica", sizes(&pool), 0));
                [all].into_iter().chain(replica).collect()
            }
        }
    }

    /// What the database says of itself now; `soon`: until when an answer is nearly due.
    ///
    /// # Errors
    /// As the database says.
    pub async fn gauges(&self, now: Instant, soon: Instant) -> Result<Gauges, StoreError> {
        let mut outboxes = Vec::new();
        let mut dead = self.dead_by_carrier().await?;
        for carrier in Carrier::ALL {
            let due = self.due_by(*carrier, now).await?;
            outboxes.push(Outbox {
                way: carrier.as_str(),
                due: due.number(),
                oldest_due: due.oldest(),
                dead: dead.remove(carrier.as_str()).unwrap_or(0),
            });
        }
        outboxes.push(self.webhook_outbox(now).await?);
        Ok(Gauges {
            lags: self.lags().await?,
            outboxes,
            paused_webhooks: self
                .counted(
                    "SELECT count(*) AS number, CAST(NULL AS bigint) AS oldest FROM webhook WHERE state = 'paused'",
                    [],
                )
                .await?
                .number(),
            due_soon: self.open_due("due_order >= $1 AND due_order < $2 AND paused_at IS NULL", now, soon).await?,
            // As `queue::late`.
            overdue: self.open_due("due_order < $1 AND (paused_at IS NULL OR due_at < paused_at)", now, soon).await?,
        })
    }

    async fn lags(&self) -> Result<Vec<Lag>, StoreError> {
        let mut places = vec![("figures", self.folded_upto().await?)];
        for consumer in Consumer::ALL {
            places.push((consumer.as_str(), self.turn(*consumer).await?.upto));
        }
        places.push(("seals", self.sealed_upto().await?));
        let mut lags = Vec::new();
        for (consumer, place) in places {
            let beyond = self.beyond(place).await?;
            lags.push(Lag { consumer, events: beyond.number(), oldest: beyond.oldest() });
        }
        Ok(lags)
    }

    /// What the log has beyond a place; on PostgreSQL also what nobody may read yet, because an older transaction may still write.
    async fn beyond(&self, place: LogCursor) -> Result<Counted, StoreError> {
        let (transaction, position) = place.parts();
        match self.engine() {
            Engine::Sqlite => {
                let sql = format!(
                    "SELECT count(*) AS number, min(at) AS oldest FROM \
                     (SELECT at FROM event WHERE position > $1 ORDER BY position LIMIT {COUNTED}) AS beyond"
                );
                self.counted(&sql, [Value::from(position)]).await
            }
            Engine::Postgres => {
                let sql = format!(
                    "SELECT count(*) AS number, min(at) AS oldest FROM \
                     (SELECT at FROM event WHERE (xid, position) > ($1::text::xid8, $2) ORDER BY xid, position LIMIT {COUNTED}) AS beyond"
                );
                self.counted(&sql, [Value::from(transaction.to_string()), Value::from(position)]).await
            }
        }
    }

    async fn folded_upto(&self) -> Result<LogCursor, StoreError> {
        let place = self.one::<Place>("SELECT xid, position FROM rate_checkpoint WHERE id = 1", []).await?;
        let place = place.ok_or_else(|| StoreError::inconsistent("rate_checkpoint", "id", 1, "the row is missing"))?;
        Ok(LogCursor::new(place.xid, place.position))
    }

    async fn sealed_upto(&self) -> Result<LogCursor, StoreError> {
        let Some(seal) = self.last_seal().await? else { return Ok(LogCursor::beginning()) };
        let (number, upto) = (seal.statement.number, seal.statement.upto);
        LogCursor::parse(&upto)
            .ok_or_else(|| StoreError::inconsistent("seal", "upto", number, "it is no place in the log"))
    }

    async fn due_by(&self, carrier: Carrier, now: Instant) -> Result<Counted, StoreError> {
        let sql = format!(
            "SELECT count(*) AS number, min(due_at) AS oldest FROM (SELECT due_at FROM delivery \
             WHERE carrier = $1 AND state = 'waiting' AND due_at <= $2 ORDER BY due_at LIMIT {COUNTED}) AS due"
        );
        self.counted(&sql, [Value::from(carrier.as_str()), Value::from(now.micros())]).await
    }

    async fn dead_by_carrier(&self) -> Result<BTreeMap<String, u64>, StoreError> {
        let sql = format!(
            "SELECT carrier, count(*) AS number FROM \
             (SELECT carrier FROM delivery WHERE state = 'dead' ORDER BY id LIMIT {COUNTED}) AS dead GROUP BY carrier"
        );
        let statement = Statement::from_string(self.reader().get_database_backend(), sql);
        let rows = Dead::find_by_statement(statement).all(self.reader()).await?;
        Ok(rows.into_iter().map(|row| (row.carrier, u64::try_from(row.number).unwrap_or(0))).collect())
    }

    /// Webhook by webhook, as the indexes are: CROSS JOIN has SQLite keep the order, which would go through all deliveries otherwise.
    async fn webhook_outbox(&self, now: Instant) -> Result<Outbox, StoreError> {
        let sql = format!(
            "SELECT count(*) AS number, \
                    (SELECT min((SELECT min(d.next_at) FROM webhook_delivery d \
                                 WHERE d.webhook_id = w.id AND d.state = 'waiting' AND d.next_at <= $1)) FROM webhook w) AS oldest \
             FROM (SELECT 1 AS one FROM webhook w CROSS JOIN webhook_delivery d \
                   WHERE d.webhook_id = w.id AND d.state = 'waiting' AND d.next_at <= $1 LIMIT {COUNTED}) AS due"
        );
        let due = self.counted(&sql, [Value::from(now.micros())]).await?;
        let sql = format!(
            "SELECT count(*) AS number, CAST(NULL AS bigint) AS oldest FROM (SELECT 1 AS one FROM webhook w \
             CROSS JOIN webhook_delivery d WHERE d.webhook_id = w.id AND d.state = 'failed' LIMIT {COUNTED}) AS failed"
        );
        let dead = self.counted(&sql, []).await?.number();
        Ok(Outbox { way: "webhook", due: due.number(), oldest_due: due.oldest(), dead })
    }

    async fn open_due(&self, which: &str, now: Instant, soon: Instant) -> Result<u64, StoreError> {
        let sql = format!(
            "SELECT count(*) AS number, CAST(NULL AS bigint) AS oldest FROM (SELECT 1 AS one FROM petition WHERE is_open = $3 AND {which} \
             AND due_order < $2 ORDER BY due_order LIMIT {COUNTED}) AS due"
        );
        let values = [Value::from(now.micros()), Value::from(soon.micros()), Value::from(true)];
        Ok(self.counted(&sql, values).await?.number())
    }

    async fn counted<const N: usize>(&self, sql: &str, values: [Value; N]) -> Result<Counted, StoreError> {
        // A count has a row.
        Ok(self.one::<Counted>(sql, values).await?.unwrap_or(Counted { number: 0, oldest: None }))
    }

    async fn one<R: FromQueryResult>(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Option<R>, StoreError> {
        let statement = Statement::from_sql_and_values(self.reader().get_database_backend(), sql, values);
        Ok(R::find_by_statement(statement).one(self.reader()).await?)
    }
}
