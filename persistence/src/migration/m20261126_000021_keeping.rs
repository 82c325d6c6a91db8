//! What keeping an installation takes: which programs may run on which step of the schema, how long a backup wants files to be left
//! alone, and places in the log that go on where it is restored elsewhere.

use sea_orm_migration::prelude::*;

use crate::store::Engine;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

// `least`: the oldest step that a program must know to run on the schema after this one; nothing where the step only adds.
const SQL: &str = "
CREATE TABLE schema_step (
    version text NOT NULL PRIMARY KEY,
    least text
) {strict};
CREATE TABLE file_hold (
    id {int} NOT NULL PRIMARY KEY CHECK (id = 1),
    until {bigint} NOT NULL
) {strict};
INSERT INTO file_hold (id, until) VALUES (1, 0);
";

// The numbers of transactions begin anew in another cluster, and places in the log rest on them. So they are counted on from where the log
// was: `log_shift` is what is added, `log_cluster` where that holds. `persistence/src/log_place.rs` sets both. They are literals in
// functions, not a row, so that the planner writes them into the default and into the bound of an index scan.
const POSTGRES: &str = "
CREATE FUNCTION log_cluster() RETURNS text LANGUAGE sql STABLE AS $$ SELECT ''::text $$;
CREATE FUNCTION log_shift() RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT 0::bigint $$;
CREATE FUNCTION log_transaction() RETURNS xid8 LANGUAGE sql STABLE
    AS $$ SELECT (pg_current_xact_id()::text::bigint + log_shift())::text::xid8 $$;
CREATE FUNCTION log_horizon() RETURNS xid8 LANGUAGE sql STABLE
    AS $$ SELECT (pg_snapshot_xmin(pg_current_snapshot())::text::bigint + log_shift())::text::xid8 $$;
ALTER TABLE event ALTER COLUMN xid SET DEFAULT log_transaction();
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::run(manager, SQL).await?;
        match Engine::of(manager.get_connection()) {
            Engine::Sqlite => Ok(()),
            Engine::Postgres => super::run(manager, POSTGRES).await,
        }
    }
}
