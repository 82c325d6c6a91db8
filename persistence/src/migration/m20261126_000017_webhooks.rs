//! Webhooks of agencies' systems, and what they are told.

use sea_orm_migration::prelude::*;

use crate::store::Engine;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

// Secrets are encrypted by the server's own. The id of a delivery has the time of its event: the list of deliveries, a range that is
// sent again and what is taken away after its time are all ranges of ids.
const SQL: &str = "
CREATE TABLE webhook (
    id {uuid} NOT NULL PRIMARY KEY,
    agency text NOT NULL REFERENCES agency (code),
    name text,
    url text NOT NULL,
    events text NOT NULL,
    categories text NOT NULL,
    state text NOT NULL CHECK (state IN ('active', 'paused')),
    paused_reason text,
    paused_at {bigint},
    secret {bytes} NOT NULL,
    old_secret {bytes},
    old_secret_until {bigint},
    failing_since {bigint},
    last_delivered_at {bigint},
    created_by {uuid} NOT NULL REFERENCES account (id),
    created_at {bigint} NOT NULL
) {strict};
CREATE INDEX webhook_by_agency ON webhook (agency, id);
CREATE TABLE webhook_delivery (
    id {uuid} NOT NULL PRIMARY KEY,
    webhook_id {uuid} NOT NULL REFERENCES webhook (id) ON DELETE CASCADE,
    message text NOT NULL,
    kind text NOT NULL,
    petition text,
    event_at {bigint} NOT NULL,
    body text NOT NULL,
    state text NOT NULL CHECK (state IN ('waiting', 'held', 'delivered', 'failed')),
    tries {int} NOT NULL,
    first_at {bigint},
    next_at {bigint} NOT NULL,
    attempts text NOT NULL,
    CONSTRAINT webhook_delivery_message_key UNIQUE (webhook_id, message)
) {strict};
CREATE INDEX webhook_delivery_due ON webhook_delivery (webhook_id, next_at) WHERE state = 'waiting';
CREATE INDEX webhook_delivery_by_webhook ON webhook_delivery (webhook_id, id);
CREATE INDEX webhook_delivery_by_state ON webhook_delivery (webhook_id, state, id);
CREATE TABLE webhook_checkpoint (
    id {int} NOT NULL PRIMARY KEY CHECK (id = 1),
    revision {bigint} NOT NULL,
    transaction_id {bigint} NOT NULL,
    position {bigint} NOT NULL
) {strict};
";

// Nobody is told of what happened before there were webhooks: the log is followed from its end.
const SQLITE: &str = "
INSERT INTO webhook_checkpoint (id, revision, transaction_id, position)
SELECT 1, 0, 0, COALESCE(MAX(position), 0) FROM event;
";

const POSTGRES: &str = "
INSERT INTO webhook_checkpoint (id, revision, transaction_id, position)
VALUES (1, 0, pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1, 9223372036854775807);
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::run(manager, SQL).await?;
        match Engine::of(manager.get_connection()) {
            Engine::Sqlite => super::run(manager, SQLITE).await,
            Engine::Postgres => super::run(manager, POSTGRES).await,
        }
    }
}
