//! A reform that was applied.

use sea_orm::entity::prelude::*;

/// A reform that was applied.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "reform")]
pub struct Model {
    /// What it is called.
    #[sea_orm(primary_key, auto_increment = false)]
    pub code: String,
    /// The first day of what began, ISO 8601.
    pub on_day: String,
    /// When it was applied; microseconds since 1970, UTC.
    pub applied_at: i64,
    /// Who applied it; `None`: the program's own command.
    pub author: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
