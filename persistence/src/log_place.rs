//! Places in the log that stay good when it is restored.
//!
//! A place is a transaction and a position ([`LogCursor`](crate::LogCursor)), and those who follow the log keep theirs: the figures, messages,
//! webhooks, seals, streams, other portals. In another cluster the numbers of transactions begin anew, and after a recovery to an instant
//! numbers are given again that somebody has seen. Then what is new would lie before those places, and be skipped. So the log *leaps*:
//! from then on something is added to every number, so that what is new lies beyond every place that was ever given out. What is old keeps its
//! place, so nothing is told twice, and every seal stays good.

use sea_orm::{ConnectionTrait, FromQueryResult, Statement};

use crate::{
    error::{StoreError, code},
    store::{Engine, Store},
    turn::Consumer,
};

/// More than what a log can grow by between a backup and the loss of what came after it.
const LEAP: i64 = 1 << 32;

/// What PostgreSQL calls that somebody may not ask.
const INSUFFICIENT_PRIVILEGE: &str = "42501";

/// The cluster and its timeline, which is another one after a recovery and a promotion.
const CLUSTER: &str = "SELECT system_identifier::text || '-' || (SELECT timeline_id FROM pg_control_checkpoint())::text AS cluster \
     FROM pg_control_system()";

/// The largest number that the log or anybody who keeps a place in the database has, and where transactions are.
fn standing_sql() -> String {
    let places = Consumer::ALL.iter().map(|consumer| format!("(SELECT MAX(transaction_id) FROM {})", consumer.table()));
    format!(
        "SELECT log_cluster() AS cluster, log_shift() AS shift, pg_snapshot_xmin(now.seen)::text::bigint AS oldest, \
         pg_snapshot_xmax(now.seen)::text::bigint AS next, \
         GREATEST(0, (SELECT e.xid::text::bigint FROM event e ORDER BY e.xid DESC, e.position DESC LIMIT 1), \
            (SELECT MAX(xid) FROM rate_checkpoint), {}) AS last \
         FROM (SELECT pg_current_snapshot() AS seen) now",
        places.collect::<Vec<_>>().join(", ")
    )
}

#[derive(FromQueryResult)]
struct Cluster {
    cluster: String,
}

#[derive(FromQueryResult)]
struct Standing {
    cluster: String,
    shift: i64,
    oldest: i64,
    next: i64,
    last: i64,
}

impl Standing {
    /// What must be added from now on; nothing new where the log has stayed where it was.
    fn shift_in(&self, cluster: Option<&str>) -> i64 {
        let is_elsewhere = cluster.is_some_and(|here| !self.cluster.is_empty() && here != self.cluster);
        // No transaction of this cluster has that number yet, so another one wrote it.
        let is_impossible = self.last >= self.next.saturating_add(self.shift);
        if is_elsewhere || is_impossible {
            // From the oldest that still runs: so the log can be read to its end at once.
            let beyond = self.last.saturating_add(1).saturating_sub(self.oldest);
            beyond.max(self.shift).saturating_add(LEAP)
        } else {
            self.shift
        }
    }
}

impl Store {
    /// Leaps where the log is in another cluster than it was, or recovered to an instant.
    ///
    /// # Errors
    /// As the database says.
    pub(crate) async fn settle_log(&self) -> Result<(), StoreError> {
        match self.engine() {
            Engine::Sqlite => Ok(()),
            Engine::Postgres => self.settle_log_on_postgres().await,
        }
    }

    async fn settle_log_on_postgres(&self) -> Result<(), StoreError> {
        let backend = self.reader().get_database_backend();
        let here = match Cluster::find_by_statement(Statement::from_string(backend, CLUSTER)).one(self.reader()).await {
            Ok(here) => here.map(|here| here.cluster),
            // Not everybody may ask; what is impossible shows all the same.
            Err(error) if code(&error).as_deref() == Some(INSUFFICIENT_PRIVILEGE) => {
                tracing::warn!(%error, "the database does not say which cluster it is");
                None
            }
            Err(error) => return Err(error.into()),
        };
        let standing = self.standing(self.reader()).await?;
        let is_known = here.as_ref().is_none_or(|here| *here == standing.cluster);
        if is_known && standing.shift_in(here.as_deref()) == standing.shift {
            return Ok(());
        }
        let unit = self.begin().await?;
        let transaction = unit.transaction();
        // Nobody is in the middle of writing an event with a number of before: it would be skipped.
        transaction.execute_unprepared("LOCK TABLE event IN SHARE ROW EXCLUSIVE MODE").await?;
        let standing = self.standing(transaction).await?;
        let shift = standing.shift_in(here.as_deref());
        if shift != standing.shift {
            tracing::warn!(from = standing.shift, to = shift, "the log was restored: places in it leap");
        }
        // Digits and a hyphen: nothing to be escaped.
        let cluster = here.unwrap_or(standing.cluster);
        let functions = format!(
            "CREATE OR REPLACE FUNCTION log_cluster() RETURNS text LANGUAGE sql STABLE AS $$ SELECT '{cluster}'::text $$; \
             CREATE OR REPLACE FUNCTION log_shift() RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT {shift}::bigint $$"
        );
        transaction.execute_unprepared(&functions).await?;
        unit.commit().await
    }

    async fn standing(&self, connection: &impl ConnectionTrait) -> Result<Standing, StoreError> {
        let statement = Statement::from_string(connection.get_database_backend(), standing_sql());
        let standing = Standing::find_by_statement(statement).one(connection).await?;
        standing.ok_or_else(|| StoreError::inconsistent("event", "xid", "last", "no answer"))
    }

    /// What a restored database wants beside [`Store::migrate`]: on SQLite, which cannot see by itself that it was restored, the leap; on PostgreSQL
    /// the statistics that queries are planned by, which a dump does not have.
    ///
    /// # Errors
    /// As the database says.
    pub async fn settle_after_restore(&self) -> Result<(), StoreError> {
        match self.engine() {
            Engine::Sqlite => {
                let unit = self.begin().await?;
                let leap = format!("UPDATE sqlite_sequence SET seq = seq + {LEAP} WHERE name = 'event'");
                unit.transaction().execute_unprepared(&leap).await?;
                unit.commit().await
            }
            Engine::Postgres => {
                self.writer().execute_unprepared("ANALYZE").await?;
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(shift: i64, next: i64, last: i64) -> Standing {
        Standing { cluster: "7-1".to_owned(), shift, oldest: next - 3, next, last }
    }

    #[test]
    fn a_log_leaps_where_it_is_elsewhere_and_nowhere_else() {
        assert_eq!(standing(0, 900, 899).shift_in(Some("7-1")), 0);
        assert_eq!(standing(50, 900, 949).shift_in(None), 50);
        // Another cluster, whose transactions are behind; and one that is ahead.
        for (next, last) in [(900, 5_000_000), (9_000_000, 5_000_000)] {
            let here = standing(0, next, last);
            let shift = here.shift_in(Some("8-1"));
            assert!(here.oldest + shift > last + LEAP - 1, "{shift}");
        }
        // A recovery of the same cluster.
        assert!(standing(LEAP, 900, LEAP + 899).shift_in(Some("7-2")) >= 2 * LEAP);
        // What no transaction here can have written.
        assert!(standing(0, 900, 900).shift_in(None) >= LEAP);
        // The first time, nothing is known of before.
        assert_eq!(Standing { cluster: String::new(), ..standing(0, 900, 899) }.shift_in(Some("7-1")), 0);
    }
}
