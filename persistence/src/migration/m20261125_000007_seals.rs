//! The seals, and the tree of each in blocks. Appended like the log, and refused to be changed like it.

use sea_orm_migration::prelude::*;

use crate::store::Engine;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

// The blocks lie apart, so that a list of seals does not read them.
const SQL: &str = "
CREATE TABLE seal (
    number {bigint} NOT NULL CHECK (number >= 1),
    sealed_at {bigint} NOT NULL,
    upto text NOT NULL,
    petitions {bigint} NOT NULL,
    root {bytes} NOT NULL,
    previous {bytes} NOT NULL,
    public_key {bytes} NOT NULL,
    signature {bytes} NOT NULL,
    CONSTRAINT seal_number_key PRIMARY KEY (number)
) {strict};
CREATE TABLE seal_tree (
    number {bigint} NOT NULL PRIMARY KEY REFERENCES seal (number),
    blocks {bytes} NOT NULL
) {strict};
";

const SQLITE: &str = "
CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}
WHEN EXISTS (SELECT 1 FROM {table} WHERE number = NEW.number)
BEGIN SELECT RAISE(ABORT, 'seals are append-only'); END;
CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table}
BEGIN SELECT RAISE(ABORT, 'seals are append-only'); END;
CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}
BEGIN SELECT RAISE(ABORT, 'seals are append-only'); END;
";

const POSTGRES_REFUSAL: &str = "
CREATE FUNCTION seal_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'seals are append-only' USING ERRCODE = 'restrict_violation'; END $$;
";

const POSTGRES: &str = "
CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION seal_is_append_only();
CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION seal_is_append_only();
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::run(manager, SQL).await?;
        let guards = match Engine::of(manager.get_connection()) {
            Engine::Sqlite => SQLITE,
            Engine::Postgres => {
                super::run(manager, POSTGRES_REFUSAL).await?;
                POSTGRES
            }
        };
        for table in ["seal", "seal_tree"] {
            super::run(manager, &guards.replace("{table}", table)).await?;
        }
        Ok(())
    }
}
