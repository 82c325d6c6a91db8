//! What an agency wants its people to be told, who chose nothing themselves.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

const SQL: &str = "
CREATE TABLE agency_preference (
    agency text NOT NULL PRIMARY KEY REFERENCES agency (code),
    chosen text NOT NULL
) {strict};
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::run(manager, SQL).await
    }
}
