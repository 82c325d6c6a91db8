//! Files that people send, and those of which only parts have come.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

// `petition_id` is no foreign key: a petition and its event are inserted in the transaction that attaches, and a reference would
// have the petition's row locked by everything that touches a file.
const SQL: &str = "
CREATE TABLE upload (
    id {uuid} NOT NULL PRIMARY KEY,
    account_id {uuid} NOT NULL REFERENCES account (id),
    name {bytes} NOT NULL CONSTRAINT upload_name_key UNIQUE,
    state text NOT NULL CHECK (state IN ('storing', 'ready', 'doomed')),
    created_at {bigint} NOT NULL,
    sent_type text NOT NULL,
    sent_size {bigint} NOT NULL,
    sent_sha256 {bytes} NOT NULL,
    media_type text NOT NULL,
    size {bigint} NOT NULL,
    sha256 {bytes} NOT NULL,
    salt {bytes} NOT NULL,
    width {int},
    height {int},
    large_size {bigint},
    small_size {bigint},
    taken_at {bigint},
    lat_e7 {int},
    lon_e7 {int},
    petition_id {uuid},
    seq {int},
    slot text,
    place {int},
    CHECK (petition_id IS NULL OR (state <> 'storing' AND seq >= 1 AND slot IS NOT NULL AND place >= 0))
) {strict};
CREATE INDEX upload_unattached ON upload (created_at) WHERE petition_id IS NULL;
CREATE INDEX upload_doomed ON upload (id) WHERE state = 'doomed';
CREATE INDEX upload_of_petition ON upload (petition_id, seq, place) WHERE petition_id IS NOT NULL;
CREATE INDEX upload_of_account ON upload (account_id);
CREATE TABLE partial_upload (
    id {uuid} NOT NULL PRIMARY KEY,
    account_id {uuid} NOT NULL REFERENCES account (id),
    name {bytes} NOT NULL CONSTRAINT partial_upload_name_key UNIQUE,
    length {bigint} NOT NULL CHECK (length >= 1),
    received {bigint} NOT NULL CHECK (received >= 0 AND received <= length),
    parts {int} NOT NULL CHECK (parts >= 0),
    metadata text,
    expires_at {bigint} NOT NULL,
    finishing_until {bigint}
) {strict};
CREATE INDEX partial_upload_expired ON partial_upload (expires_at);
CREATE INDEX partial_upload_of_account ON partial_upload (account_id);
CREATE TABLE upload_part (
    upload_id {uuid} NOT NULL REFERENCES partial_upload (id) ON DELETE CASCADE,
    at {bigint} NOT NULL CHECK (at >= 0),
    size {bigint} NOT NULL CHECK (size >= 1),
    name {bytes} NOT NULL,
    PRIMARY KEY (upload_id, at)
) {strict};
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::run(manager, SQL).await
    }
}
