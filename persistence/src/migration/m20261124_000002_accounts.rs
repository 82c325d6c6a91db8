//! Accounts, sessions, refresh tokens.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

const SQL: &str = "
CREATE TABLE account (
    id {uuid} NOT NULL PRIMARY KEY,
    login text NOT NULL CONSTRAINT account_login_key UNIQUE,
    password_hash text NOT NULL,
    full_name text NOT NULL,
    role text NOT NULL CHECK (role IN ('citizen', 'officer', 'leader', 'coordinator', 'steering', 'admin')),
    agency text REFERENCES agency (code),
    must_change_password {bool} NOT NULL,
    is_active {bool} NOT NULL,
    created_at {bigint} NOT NULL,
    CHECK ((role IN ('officer', 'leader')) = (agency IS NOT NULL))
) {strict};
CREATE INDEX account_by_agency ON account (agency) WHERE agency IS NOT NULL;
CREATE INDEX account_by_role ON account (role) WHERE role <> 'citizen';
CREATE TABLE session (
    id {uuid} NOT NULL PRIMARY KEY,
    account_id {uuid} NOT NULL REFERENCES account (id),
    created_at {bigint} NOT NULL,
    ended_at {bigint}
) {strict};
CREATE INDEX session_by_account ON session (account_id);
CREATE TABLE refresh_token (
    hash {bytes} NOT NULL PRIMARY KEY,
    session_id {uuid} NOT NULL REFERENCES session (id),
    expires_at {bigint} NOT NULL,
    used_at {bigint}
) {strict};
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::run(manager, SQL).await
    }
}
