//! Personal data: requests to be erased, consents and their wording, who was shown what; and the keys of agencies' own systems.

use sea_orm_migration::prelude::*;

use crate::store::Engine;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

// Who looked and who acts stay when a person goes: they are accounts without a name by then, or the staff's.
const SQL: &str = "
CREATE TABLE erasure (
    id {uuid} NOT NULL PRIMARY KEY,
    account_id {uuid} NOT NULL REFERENCES account (id),
    origin text NOT NULL CHECK (origin IN ('person', 'paper')),
    entered_by {uuid} NOT NULL REFERENCES account (id),
    reference text,
    requested_at {bigint} NOT NULL,
    answer_due_at {bigint},
    complete_due_at {bigint} NOT NULL,
    answered_at {bigint},
    extended_to {bigint},
    reason text,
    state text NOT NULL CHECK (state IN ('waiting', 'underway', 'erased', 'refused')),
    ended_at {bigint},
    is_swept {bool} NOT NULL DEFAULT {false}
) {strict};
CREATE UNIQUE INDEX erasure_one_open ON erasure (account_id) WHERE state IN ('waiting', 'underway');
CREATE INDEX erasure_by_account ON erasure (account_id, id);
CREATE INDEX erasure_by_state ON erasure (state, id);
CREATE TABLE consent_wording (
    version text NOT NULL PRIMARY KEY,
    vietnamese text NOT NULL,
    english text NOT NULL,
    valid_from text NOT NULL
) {strict};
CREATE TABLE consent (
    id {uuid} NOT NULL PRIMARY KEY,
    account_id {uuid} NOT NULL REFERENCES account (id),
    version text NOT NULL REFERENCES consent_wording (version),
    given_at {bigint} NOT NULL,
    withdrawn_at {bigint}
) {strict};
CREATE INDEX consent_by_account ON consent (account_id, id);
CREATE TABLE look (
    id {uuid} NOT NULL PRIMARY KEY,
    at {bigint} NOT NULL,
    viewer {uuid} NOT NULL,
    role text NOT NULL,
    agency text,
    subject {uuid} NOT NULL,
    petition_id {uuid},
    purpose text NOT NULL,
    named {bool} NOT NULL
) {strict};
CREATE INDEX look_by_subject ON look (subject, id);
CREATE TABLE api_key (
    id {uuid} NOT NULL PRIMARY KEY,
    account_id {uuid} NOT NULL REFERENCES account (id),
    name text NOT NULL,
    hash {bytes} NOT NULL CONSTRAINT api_key_hash_key UNIQUE,
    scopes text NOT NULL,
    created_by {uuid} NOT NULL REFERENCES account (id),
    created_at {bigint} NOT NULL,
    expires_at {bigint} NOT NULL,
    revoked_at {bigint},
    last_used_at {bigint}
) {strict};
CREATE INDEX api_key_by_account ON api_key (account_id);
CREATE INDEX refresh_token_of_session ON refresh_token (session_id);
";

// Without it an entry that is taken out stays in the index until some merge, years later, drops it.
const SQLITE: &str = "INSERT INTO petition_fts (petition_fts, rank) VALUES ('secure-delete', 1);";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::run(manager, SQL).await?;
        match Engine::of(manager.get_connection()) {
            Engine::Sqlite => super::run(manager, SQLITE).await,
            Engine::Postgres => Ok(()),
        }
    }
}
