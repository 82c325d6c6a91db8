//! Indexes of published petitions by when they were sent and by when they last changed, for lists by time (Open311).

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

// Field and status stand in them so that what is skipped to reach a later page, and what a filter leaves out, is never read from the table; and the
// instant of publication, since SQLite looks at it although the index says all there is to say.
const SQL: &str = "
CREATE INDEX petition_published_by_submission ON petition (submitted_at, id, category, status, published_at)
    WHERE published_at IS NOT NULL;
CREATE INDEX petition_published_by_change ON petition (updated_at, id, category, status, published_at)
    WHERE published_at IS NOT NULL;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::run(manager, SQL).await
    }
}
