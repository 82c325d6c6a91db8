//! What is near a place is found by the cell it lies in. By latitude alone a strip through the whole province was read: of a million petitions some ten
//! thousand for each one that came in. `petition_by_place` is left for who looks round the globe.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

const SQL: &str = "
CREATE INDEX IF NOT EXISTS petition_by_cell ON petition ((lat_e7 / 30000 * 65536 + lon_e7 / 30000), submitted_at)
    WHERE lat_e7 IS NOT NULL;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::run(manager, SQL).await
    }
}
