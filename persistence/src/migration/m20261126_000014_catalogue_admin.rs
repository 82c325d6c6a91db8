//! The catalogue as an operator changes it: versions to tell changes apart, groups and questions of fields, terms from a day on,
//! the operator's own texts, and the list of all changes.

use sea_orm_migration::prelude::*;

use crate::store::Engine;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

// New columns have defaults: the release before goes on beside this one.
const SQL: &str = "
CREATE TABLE catalogue_change (
    id {uuid} NOT NULL PRIMARY KEY,
    at {bigint} NOT NULL,
    author {uuid} REFERENCES account (id),
    kind text NOT NULL,
    item_key text NOT NULL,
    before_json text,
    after_json text,
    reason text
) {strict};
CREATE INDEX catalogue_change_by_item ON catalogue_change (kind, item_key, id);
ALTER TABLE agency ADD COLUMN version {int} NOT NULL DEFAULT 1;
ALTER TABLE agency ADD COLUMN hotline text;
ALTER TABLE agency ADD COLUMN office_hours text;
ALTER TABLE category ADD COLUMN version {int} NOT NULL DEFAULT 1;
ALTER TABLE category ADD COLUMN questions text NOT NULL DEFAULT '[]';
ALTER TABLE routing_rule ADD COLUMN version {int} NOT NULL DEFAULT 1;
ALTER TABLE calendar_year ADD COLUMN version {int} NOT NULL DEFAULT 1;
CREATE TABLE category_terms (
    category text NOT NULL REFERENCES category (code),
    valid_from text NOT NULL,
    competence text NOT NULL,
    urgent_receive text NOT NULL,
    urgent_answer text NOT NULL,
    normal_receive text NOT NULL,
    normal_answer text NOT NULL,
    complex_receive text NOT NULL,
    complex_answer text NOT NULL,
    PRIMARY KEY (category, valid_from)
) {strict};
CREATE TABLE category_group (
    code text NOT NULL PRIMARY KEY,
    rank {int} NOT NULL,
    name text NOT NULL,
    name_en text NOT NULL,
    version {int} NOT NULL DEFAULT 1
) {strict};
CREATE TABLE wording (
    name text NOT NULL PRIMARY KEY,
    vietnamese text NOT NULL,
    english text NOT NULL,
    version {int} NOT NULL DEFAULT 1
) {strict};
";

// REPLACE deletes without the trigger of DELETE, so what exists must not be inserted again either.
const SQLITE: &str = "
CREATE TRIGGER catalogue_change_no_replace BEFORE INSERT ON catalogue_change
WHEN EXISTS (SELECT 1 FROM catalogue_change WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'the list of changes is append-only'); END;
CREATE TRIGGER catalogue_change_no_update BEFORE UPDATE ON catalogue_change
BEGIN SELECT RAISE(ABORT, 'the list of changes is append-only'); END;
CREATE TRIGGER catalogue_change_no_delete BEFORE DELETE ON catalogue_change
BEGIN SELECT RAISE(ABORT, 'the list of changes is append-only'); END;
";

const POSTGRES: &str = "
CREATE FUNCTION catalogue_change_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the list of changes is append-only' USING ERRCODE = 'restrict_violation'; END $$;
CREATE TRIGGER catalogue_change_no_change BEFORE UPDATE OR DELETE ON catalogue_change
    FOR EACH ROW EXECUTE FUNCTION catalogue_change_is_append_only();
CREATE TRIGGER catalogue_change_no_truncate BEFORE TRUNCATE ON catalogue_change
    FOR EACH STATEMENT EXECUTE FUNCTION catalogue_change_is_append_only();
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
