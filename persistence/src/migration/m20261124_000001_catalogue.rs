//! Units, agencies, fields, rules, calendar, targets.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

const SQL: &str = "
CREATE TABLE unit (
    code text NOT NULL,
    valid_from text NOT NULL,
    valid_to text,
    name text NOT NULL,
    level text NOT NULL CHECK (level IN ('province', 'district', 'commune')),
    parent text,
    centre_lat_e7 {int},
    centre_lon_e7 {int},
    PRIMARY KEY (code, valid_from)
) {strict};
CREATE TABLE unit_boundary (
    unit text NOT NULL,
    valid_from text NOT NULL,
    geometry text NOT NULL,
    PRIMARY KEY (unit, valid_from),
    FOREIGN KEY (unit, valid_from) REFERENCES unit (code, valid_from)
) {strict};
CREATE TABLE agency (
    code text NOT NULL PRIMARY KEY,
    name text NOT NULL,
    level text NOT NULL CHECK (level IN ('commune', 'district', 'provincial', 'coordinator')),
    unit text,
    valid_from text NOT NULL,
    valid_to text
) {strict};
CREATE TABLE category (
    code text NOT NULL PRIMARY KEY,
    rank {int} NOT NULL,
    name text NOT NULL,
    name_en text NOT NULL,
    group_code text NOT NULL,
    competence text NOT NULL,
    urgent_receive text NOT NULL,
    urgent_answer text NOT NULL,
    normal_receive text NOT NULL,
    normal_answer text NOT NULL,
    complex_receive text NOT NULL,
    complex_answer text NOT NULL,
    valid_from text NOT NULL,
    valid_to text
) {strict};
CREATE TABLE routing_rule (
    id {serial},
    category text REFERENCES category (code),
    area text,
    agency text NOT NULL REFERENCES agency (code),
    priority {int} NOT NULL,
    valid_from text NOT NULL,
    valid_to text
) {strict};
CREATE TABLE calendar_year (
    year {int} NOT NULL PRIMARY KEY,
    status text NOT NULL CHECK (status IN ('confirmed', 'projected'))
) {strict};
CREATE TABLE calendar_day (
    date text NOT NULL PRIMARY KEY,
    name text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('holiday', 'compensation', 'swap_off', 'makeup_workday')),
    status text NOT NULL CHECK (status IN ('observed', 'secondary_source', 'projected')),
    source text NOT NULL
) {strict};
CREATE TABLE office_hours (
    opens text NOT NULL PRIMARY KEY,
    closes text NOT NULL
) {strict};
CREATE TABLE target (
    code text NOT NULL PRIMARY KEY,
    name text NOT NULL,
    name_en text NOT NULL,
    channels text NOT NULL,
    levels text NOT NULL,
    definition text NOT NULL CHECK (definition IN ('eligible', 'all', 'actionable')),
    from_at {bigint} NOT NULL,
    to_at {bigint} NOT NULL,
    CHECK (from_at < to_at)
) {strict};
CREATE TABLE milestone (
    target text NOT NULL REFERENCES target (code),
    before_at {bigint} NOT NULL,
    required_basis_points {int} NOT NULL CHECK (required_basis_points BETWEEN 0 AND 10000),
    PRIMARY KEY (target, before_at)
) {strict};
CREATE TABLE catalogue_revision (
    id {int} NOT NULL PRIMARY KEY CHECK (id = 1),
    revision {bigint} NOT NULL
) {strict};
INSERT INTO catalogue_revision (id, revision) VALUES (1, 1);
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::run(manager, SQL).await
    }
}
