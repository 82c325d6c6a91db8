//! What people are told: inboxes, messages on their way, phones, and what each person wants to be told.

use sea_orm_migration::prelude::*;

use crate::store::Engine;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

// Ids of notices and messages have the time, and are made from what they are of: what is told again is there already.
// `delivery` refers to notices without a constraint: both are taken away after their time, by their ids.
const SQL: &str = "
CREATE TABLE notice (
    id {uuid} NOT NULL PRIMARY KEY,
    account_id {uuid} NOT NULL REFERENCES account (id),
    kind text NOT NULL,
    code text,
    about text,
    at {bigint} NOT NULL,
    read_at {bigint},
    digest_id {uuid}
) {strict};
CREATE INDEX notice_of_account ON notice (account_id, id);
CREATE INDEX notice_unread ON notice (account_id, id) WHERE read_at IS NULL;
CREATE INDEX notice_of_digest ON notice (digest_id) WHERE digest_id IS NOT NULL;
CREATE TABLE notice_checkpoint (
    id {int} NOT NULL PRIMARY KEY CHECK (id = 1),
    revision {bigint} NOT NULL,
    transaction_id {bigint} NOT NULL,
    position {bigint} NOT NULL
) {strict};
CREATE TABLE notice_preference (
    account_id {uuid} NOT NULL PRIMARY KEY REFERENCES account (id),
    chosen text NOT NULL
) {strict};
CREATE TABLE push_token (
    id {uuid} NOT NULL PRIMARY KEY,
    account_id {uuid} NOT NULL REFERENCES account (id),
    carrier text NOT NULL,
    token text NOT NULL,
    registered_at {bigint} NOT NULL,
    CONSTRAINT push_token_key UNIQUE (carrier, token)
) {strict};
CREATE INDEX push_token_of_account ON push_token (account_id);
CREATE TABLE delivery (
    id {uuid} NOT NULL PRIMARY KEY,
    account_id {uuid} NOT NULL REFERENCES account (id),
    notice_id {uuid},
    carrier text NOT NULL,
    push_token_id {uuid},
    due_at {bigint} NOT NULL,
    tries {int} NOT NULL DEFAULT 0,
    state text NOT NULL DEFAULT 'waiting',
    problem text,
    settled_at {bigint}
) {strict};
CREATE INDEX delivery_due ON delivery (carrier, due_at) WHERE state = 'waiting';
CREATE INDEX delivery_dead ON delivery (id) WHERE state = 'dead';
CREATE INDEX delivery_of_account ON delivery (account_id);
";

// What happened before is not told: the end of the log, as `Store::log_end` has it.
const SQLITE: &str = "
INSERT INTO notice_checkpoint (id, revision, transaction_id, position) SELECT 1, 0, 0, COALESCE(MAX(position), 0) FROM event;
";

const POSTGRES: &str = "
INSERT INTO notice_checkpoint (id, revision, transaction_id, position)
    SELECT 1, 0, pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1, 9223372036854775807;
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
