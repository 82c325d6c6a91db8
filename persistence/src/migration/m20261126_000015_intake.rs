//! Petitions that came another way; what the suggestion of a field has learned.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

// `intake_item.key` is a digest under the server's secret of source and reference: the reference itself lies beside the log and goes
// with its sender, and the same item that comes again after that is known all the same.
//
// Of what is learned there are counts alone: how many petitions of a field have a word, under a fingerprint of it by the server's secret, so
// that no word of anybody's can be read here. `learned_petition` says which field a petition is counted under, so that one that gets another
// moves there.
const SQL: &str = "
ALTER TABLE petition ADD COLUMN intake text;
ALTER TABLE account ADD COLUMN contact_phone text;
CREATE INDEX petition_by_merger ON petition (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX account_by_contact ON account (contact_phone) WHERE contact_phone IS NOT NULL;
CREATE TABLE intake_item (
    source text NOT NULL,
    key {bytes} NOT NULL,
    petition_id {uuid} NOT NULL REFERENCES petition (id),
    CONSTRAINT intake_item_pkey PRIMARY KEY (source, key)
) {strict};
CREATE INDEX intake_item_by_petition ON intake_item (petition_id);
CREATE TABLE learned_checkpoint (
    id {int} NOT NULL PRIMARY KEY CHECK (id = 1),
    revision {bigint} NOT NULL,
    transaction_id {bigint} NOT NULL,
    position {bigint} NOT NULL
) {strict};
INSERT INTO learned_checkpoint (id, revision, transaction_id, position) VALUES (1, 0, 0, 0);
CREATE TABLE learned_petition (
    petition_id {uuid} NOT NULL PRIMARY KEY REFERENCES petition (id),
    category text NOT NULL
) {strict};
CREATE INDEX learned_petition_by_category ON learned_petition (category);
CREATE TABLE learned_word (
    word {bigint} NOT NULL,
    category text NOT NULL,
    petitions {bigint} NOT NULL,
    PRIMARY KEY (word, category)
) {strict};
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::run(manager, SQL).await
    }
}
