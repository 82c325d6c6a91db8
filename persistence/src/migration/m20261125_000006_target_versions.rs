//! Targets with their history: a change is the next version, and no version is ever changed.

use sea_orm_migration::prelude::*;

use crate::store::Engine;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

// The steps lie in the row, so that what keeps the row keeps them.
const SQL: &str = "
CREATE TABLE target_version (
    target text NOT NULL,
    version {int} NOT NULL CHECK (version >= 1),
    recorded_at {bigint} NOT NULL,
    author {uuid} REFERENCES account (id),
    reason text,
    name text NOT NULL,
    name_en text NOT NULL,
    channels text NOT NULL,
    levels text NOT NULL,
    definition text NOT NULL CHECK (definition IN ('eligible', 'all', 'actionable')),
    from_at {bigint} NOT NULL,
    to_at {bigint} NOT NULL,
    milestones text NOT NULL,
    PRIMARY KEY (target, version),
    CHECK (from_at < to_at)
) {strict};
INSERT INTO target_version
SELECT t.code, 1, {now}, NULL, NULL, t.name, t.name_en, t.channels, t.levels, t.definition, t.from_at, t.to_at, {milestones}
FROM target t;
DROP TABLE milestone;
DROP TABLE target;
";

const SQLITE_NOW: &str = "CAST(strftime('%s', 'now') AS INTEGER) * 1000000";
const SQLITE_MILESTONES: &str = "(SELECT json_group_array(json_object('before_at', m.before_at,
    'required_basis_points', m.required_basis_points) ORDER BY m.before_at) FROM milestone m WHERE m.target = t.code)";
// REPLACE deletes without the trigger of DELETE, so what exists must not be inserted again either.
const SQLITE: &str = "
CREATE TRIGGER target_version_no_replace BEFORE INSERT ON target_version
WHEN EXISTS (SELECT 1 FROM target_version WHERE target = NEW.target AND version = NEW.version)
BEGIN SELECT RAISE(ABORT, 'the versions of a target are append-only'); END;
CREATE TRIGGER target_version_no_update BEFORE UPDATE ON target_version
BEGIN SELECT RAISE(ABORT, 'the versions of a target are append-only'); END;
CREATE TRIGGER target_version_no_delete BEFORE DELETE ON target_version
BEGIN SELECT RAISE(ABORT, 'the versions of a target are append-only'); END;
";

const POSTGRES_NOW: &str = "(extract(epoch FROM now()) * 1000000)::bigint";
const POSTGRES_MILESTONES: &str = "(SELECT coalesce(json_agg(json_build_object('before_at', m.before_at,
    'required_basis_points', m.required_basis_points) ORDER BY m.before_at), '[]')::text FROM milestone m WHERE m.target = t.code)";
const POSTGRES: &str = "
CREATE FUNCTION target_version_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the versions of a target are append-only' USING ERRCODE = 'restrict_violation'; END $$;
CREATE TRIGGER target_version_no_change BEFORE UPDATE OR DELETE ON target_version
    FOR EACH ROW EXECUTE FUNCTION target_version_is_append_only();
CREATE TRIGGER target_version_no_truncate BEFORE TRUNCATE ON target_version
    FOR EACH STATEMENT EXECUTE FUNCTION target_version_is_append_only();
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let (now, milestones, own) = match Engine::of(manager.get_connection()) {
            Engine::Sqlite => (SQLITE_NOW, SQLITE_MILESTONES, SQLITE),
            Engine::Postgres => (POSTGRES_NOW, POSTGRES_MILESTONES, POSTGRES),
        };
        super::run(manager, &SQL.replace("{now}", now).replace("{milestones}", milestones)).await?;
        super::run(manager, own).await
    }
}
