//! Reforms: what changed of units and agencies on a day, and who came after whom.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

// A boundary had the first day of its unit, and now has one of its own within the unit's life; SQLite can drop a reference only with its
// table.
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
CREATE TABLE boundary_by_day (
    unit text NOT NULL,
    valid_from text NOT NULL,
    geometry text NOT NULL,
    PRIMARY KEY (unit, valid_from)
) {strict};
INSERT INTO boundary_by_day (unit, valid_from, geometry) SELECT unit, valid_from, geometry FROM unit_boundary;
DROP TABLE unit_boundary;
ALTER TABLE boundary_by_day RENAME TO unit_boundary;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::run(manager, SQL).await
    }
}
