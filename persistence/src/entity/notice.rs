//! Something that a person was told: an entry of their inbox.

use sea_orm::entity::prelude::*;

/// Something that a person was told: an entry of their inbox.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "notice")]
pub struct Model {
    /// Made from what it is told of and whom: the same when it is made again.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Who is told.
    pub account_id: Uuid,
    /// What it is about.
    pub kind: String,
    /// The petition's public code.
    pub code: Option<String>,
    /// What else its text names.
    pub about: Option<String>,
    /// When that happened; microseconds since 1970, UTC.
    pub at: i64,
    /// When it was read.
    pub read_at: Option<i64>,
    /// The e-mail of a day that has it.
    pub digest_id: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
