//! The fold that figures come from: how each petition counts and since when, and sums of that by blocks of time. All of it
//! follows from the log and may be dropped and made again.

use sea_orm_migration::prelude::*;

use crate::store::Engine;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

const SQL: &str = "
CREATE TABLE rate_checkpoint (
    id {int} NOT NULL PRIMARY KEY CHECK (id = 1),
    xid {bigint} NOT NULL,
    position {bigint} NOT NULL,
    rolled_until {int},
    revision {bigint} NOT NULL
) {strict};
INSERT INTO rate_checkpoint VALUES (1, 0, 0, NULL, 0);
CREATE TABLE rate_name (
    id {int} NOT NULL PRIMARY KEY CHECK (id > 0),
    name text NOT NULL CONSTRAINT rate_name_key UNIQUE
) {strict};
CREATE TABLE rate_petition (
    petition_id {uuid} NOT NULL PRIMARY KEY,
    version {int} NOT NULL,
    submitted_at {bigint} NOT NULL
) {strict};
CREATE INDEX rate_petition_by_submission ON rate_petition (submitted_at, petition_id);
CREATE TABLE rate_span (
    petition_id {uuid} NOT NULL,
    since {bigint} NOT NULL,
    until {bigint} NOT NULL,
    agency {int} NOT NULL,
    unit {int} NOT NULL,
    category {int} NOT NULL,
    channel {int} NOT NULL,
    standing {int},
    PRIMARY KEY (petition_id, since)
) {clustered};
CREATE INDEX rate_span_by_begin ON rate_span (since);
CREATE INDEX rate_span_of_agency ON rate_span (agency, standing, until);
CREATE TABLE rate_sum (
    key {bigint} NOT NULL PRIMARY KEY,
    cells {bytes} NOT NULL
) {strict};
";

// The cells are small numbers already; packed once more they only take time to read.
const POSTGRES: &str = "ALTER TABLE rate_sum ALTER COLUMN cells SET STORAGE EXTERNAL;";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        match Engine::of(manager.get_connection()) {
            Engine::Sqlite => super::run(manager, &SQL.replace("{clustered}", "STRICT, WITHOUT ROWID")).await,
            Engine::Postgres => {
                super::run(manager, &SQL.replace("{clustered}", "")).await?;
                super::run(manager, POSTGRES).await
            }
        }
    }
}
