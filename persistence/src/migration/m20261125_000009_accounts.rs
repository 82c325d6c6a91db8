//! Verified accounts, second factors, what is known of a session; one-time codes, tries, and the limits' buckets.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

// A session of the release before has no `expires_at` of its own: that of its token, or none where all of them are used.
const SQL: &str = "
ALTER TABLE account ADD COLUMN verified_at {bigint};
ALTER TABLE account ADD COLUMN deactivated_at {bigint};
ALTER TABLE account ADD COLUMN totp_secret {bytes};
ALTER TABLE account ADD COLUMN totp_confirmed_at {bigint};
ALTER TABLE account ADD COLUMN totp_step {bigint};
CREATE INDEX account_by_deactivation ON account (deactivated_at) WHERE deactivated_at IS NOT NULL;
ALTER TABLE session ADD COLUMN device text;
ALTER TABLE session ADD COLUMN address {bytes};
ALTER TABLE session ADD COLUMN last_used_at {bigint};
ALTER TABLE session ADD COLUMN expires_at {bigint};
CREATE INDEX session_by_end ON session (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX session_by_address ON session (account_id, address) WHERE address IS NOT NULL;
CREATE INDEX refresh_token_by_session ON refresh_token (session_id);
UPDATE session SET expires_at = (
    SELECT max(expires_at) FROM refresh_token WHERE refresh_token.session_id = session.id AND refresh_token.used_at IS NULL
);
CREATE TABLE one_time_code (
    key {bytes} NOT NULL PRIMARY KEY,
    account_id {uuid} REFERENCES account (id) ON DELETE CASCADE,
    hash {bytes} NOT NULL,
    tries {int} NOT NULL,
    expires_at {bigint} NOT NULL
) {strict};
CREATE INDEX one_time_code_by_account ON one_time_code (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX one_time_code_by_expiry ON one_time_code (expires_at);
CREATE TABLE tries (
    key {bytes} NOT NULL PRIMARY KEY,
    count {bigint} NOT NULL,
    last_at {bigint} NOT NULL
) {strict};
CREATE INDEX tries_by_last ON tries (last_at);
CREATE TABLE bucket (
    key {bytes} NOT NULL PRIMARY KEY,
    full_at {bigint} NOT NULL
) {strict};
CREATE INDEX bucket_by_full ON bucket (full_at);
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::run(manager, SQL).await
    }
}
