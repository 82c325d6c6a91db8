//! What agencies did, for the signs beside the rates: kept by the same fold, which is made anew from the log after this step.

use sea_orm_migration::prelude::*;

use crate::store::Engine;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

// `deeds` has no default, so that a server of the release before, which knows of no deeds, cannot take petitions in without them
// while both run: its figures come from the log meanwhile, right and slower.
const SQL: &str = "
UPDATE rate_checkpoint SET xid = 0, position = 0, rolled_until = NULL, revision = revision + 1;
DELETE FROM rate_sum;
DELETE FROM rate_span;
DELETE FROM rate_name;
DROP TABLE rate_petition;
CREATE TABLE rate_petition (
    petition_id {uuid} NOT NULL PRIMARY KEY,
    version {int} NOT NULL,
    submitted_at {bigint} NOT NULL,
    deeds {int} NOT NULL
) {strict};
CREATE INDEX rate_petition_by_submission ON rate_petition (submitted_at);
CREATE TABLE rate_deed (
    petition_id {uuid} NOT NULL,
    seq {int} NOT NULL,
    at {bigint} NOT NULL,
    submitted_at {bigint} NOT NULL,
    agency {int} NOT NULL,
    holder {int} NOT NULL,
    unit {int} NOT NULL,
    category {int} NOT NULL,
    channel {int} NOT NULL,
    kind {int} NOT NULL,
    waited {bigint},
    length {int},
    print {bigint},
    reopened_at {bigint},
    time_left {bigint},
    PRIMARY KEY (petition_id, seq)
) {clustered};
CREATE INDEX rate_deed_by_words ON rate_deed (print, agency, at, submitted_at, channel, category, unit) WHERE print IS NOT NULL;
CREATE INDEX rate_deed_of_agency ON rate_deed (agency);
CREATE INDEX rate_deed_of_category ON rate_deed (at) WHERE kind = 3;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let clustered = match Engine::of(manager.get_connection()) {
            Engine::Sqlite => "STRICT, WITHOUT ROWID",
            Engine::Postgres => "",
        };
        super::run(manager, &SQL.replace("{clustered}", clustered)).await
    }
}
