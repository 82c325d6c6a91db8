//! Identities that open accounts, and sign-ins with them that have begun.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

const SQL: &str = "
CREATE TABLE identity (
    digest {bytes} NOT NULL PRIMARY KEY,
    id {uuid} NOT NULL CONSTRAINT identity_id_key UNIQUE,
    account_id {uuid} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    provider text NOT NULL,
    is_founding {bool} NOT NULL,
    linked_at {bigint} NOT NULL,
    last_used_at {bigint}
) {strict};
CREATE INDEX identity_by_account ON identity (account_id, id);
CREATE TABLE identity_attempt (
    key {bytes} NOT NULL PRIMARY KEY,
    account_id {uuid} REFERENCES account (id) ON DELETE CASCADE,
    sealed {bytes} NOT NULL,
    expires_at {bigint} NOT NULL
) {strict};
CREATE INDEX identity_attempt_by_account ON identity_attempt (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX identity_attempt_by_expiry ON identity_attempt (expires_at);
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::run(manager, SQL).await
    }
}
