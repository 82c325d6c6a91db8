//! Reforms: what changed of units and agencies on a day, and who came after whom.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

const SQL: &str = "
CREATE TABLE reform (
    code text NOT NULL PRIMARY KEY,
    on_day text NOT NULL,
    applied_at {bigint} NOT NULL,
    author {uuid} REFERENCES account (id)
) {strict};
CREATE TABLE unit_successor (
    unit text NOT NULL,
    valid_from text NOT NULL,
    ended_on text NOT NULL,
    successor text NOT NULL,
    PRIMARY KEY (unit, valid_from, successor),
    FOREIGN KEY (unit, valid_from) REFERENCES unit (code, valid_from)
) {strict};
CREATE TABLE agency_successor (
    agency text NOT NULL REFERENCES agency (code),
    ended_on text NOT NULL,
    successor text NOT NULL REFERENCES agency (code),
    PRIMARY KEY (agency, successor)
) {strict};
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::run(manager, SQL).await
    }
}
