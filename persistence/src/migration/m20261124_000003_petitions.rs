//! The event log, the words beside it, the petitions folded from it, and the keys of requests.

use sea_orm_migration::prelude::*;

use crate::store::Engine;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

const SQL: &str = "
CREATE TABLE petition (
    id {uuid} NOT NULL PRIMARY KEY,
    number {bigint} NOT NULL CONSTRAINT petition_number_key UNIQUE,
    code text NOT NULL CONSTRAINT petition_code_key UNIQUE,
    version {int} NOT NULL CHECK (version >= 1),
    head {bytes} NOT NULL,
    status text NOT NULL CHECK (status IN ('submitted', 'received', 'in_progress', 'awaiting_citizen', 'answered',
        'closed', 'rejected', 'withdrawn', 'merged')),
    is_open {bool} NOT NULL,
    submitter {uuid} NOT NULL REFERENCES account (id),
    hide_identity {bool} NOT NULL,
    channel text NOT NULL,
    category text NOT NULL REFERENCES category (code),
    priority text NOT NULL,
    place text NOT NULL,
    routing text NOT NULL,
    holder text NOT NULL REFERENCES agency (code),
    held_since {bigint} NOT NULL,
    submitted_at {bigint} NOT NULL,
    received_at {bigint},
    receive_due_at {bigint},
    due_at {bigint},
    due_order {bigint} NOT NULL,
    deadline_gap text,
    answer_seq {int},
    answered_at {bigint},
    rejection_seq {int},
    rejection_code text,
    transfers {int} NOT NULL,
    sent_away_by text NOT NULL,
    travels {bool} NOT NULL,
    updated_at {bigint} NOT NULL
) {strict};
CREATE INDEX petition_queue ON petition (holder, is_open, due_order, id);
CREATE INDEX petition_by_submitter ON petition (submitter, id);
CREATE INDEX petition_without_deadline ON petition (id) WHERE due_at IS NULL OR receive_due_at IS NULL;
CREATE TABLE petition_search (
    petition_id {uuid} NOT NULL PRIMARY KEY REFERENCES petition (id),
    text text NOT NULL
) {strict};
CREATE TABLE event (
    position {serial},
    petition_id {uuid} NOT NULL REFERENCES petition (id),
    seq {int} NOT NULL CHECK (seq >= 1),
    at {bigint} NOT NULL,
    type text NOT NULL,
    actor_account {uuid},
    actor_role text,
    actor_agency text,
    data text NOT NULL,
    hash {bytes} NOT NULL,
    CONSTRAINT event_history_key UNIQUE (petition_id, seq)
) {strict};
CREATE TABLE words (
    petition_id {uuid} NOT NULL REFERENCES petition (id),
    seq {int} NOT NULL,
    slot text NOT NULL,
    salt {bytes} NOT NULL,
    words text NOT NULL,
    PRIMARY KEY (petition_id, seq, slot)
) {strict};
CREATE TABLE idempotency_key (
    account_id {uuid} NOT NULL REFERENCES account (id),
    key text NOT NULL,
    fingerprint {bytes} NOT NULL,
    petition_id {uuid} NOT NULL REFERENCES petition (id),
    version {int} NOT NULL,
    created_at {bigint} NOT NULL,
    CONSTRAINT idempotency_key_pkey PRIMARY KEY (account_id, key)
) {strict};
";

// REPLACE deletes without the trigger of DELETE, so what exists must not be inserted again either.
const SQLITE: &str = "
CREATE TRIGGER event_no_replace BEFORE INSERT ON event
WHEN EXISTS (SELECT 1 FROM event WHERE position = NEW.position)
    OR EXISTS (SELECT 1 FROM event WHERE petition_id = NEW.petition_id AND seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'the event log is append-only'); END;
CREATE TRIGGER event_no_update BEFORE UPDATE ON event
BEGIN SELECT RAISE(ABORT, 'the event log is append-only'); END;
CREATE TRIGGER event_no_delete BEFORE DELETE ON event
BEGIN SELECT RAISE(ABORT, 'the event log is append-only'); END;
";

// `xid` is the transaction that wrote the event: a consumer must not step over one that is still in flight, since on
// PostgreSQL a later position can commit before an earlier one.
const POSTGRES: &str = "
ALTER TABLE event ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE SEQUENCE petition_number OWNED BY petition.number;
CREATE FUNCTION event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the event log is append-only' USING ERRCODE = 'restrict_violation'; END $$;
CREATE TRIGGER event_no_change BEFORE UPDATE OR DELETE ON event
    FOR EACH ROW EXECUTE FUNCTION event_is_append_only();
CREATE TRIGGER event_no_truncate BEFORE TRUNCATE ON event
    FOR EACH STATEMENT EXECUTE FUNCTION event_is_append_only();
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::run(manager, SQL).await?;
        let own = match Engine::of(manager.get_connection()) {
            Engine::Sqlite => SQLITE,
            Engine::Postgres => POSTGRES,
        };
        super::run(manager, own).await
    }
}
