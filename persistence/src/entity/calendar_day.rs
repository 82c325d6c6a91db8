//! A day that is not what its weekday says.

use sea_orm::entity::prelude::*;

/// A day that is not what its weekday says.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "calendar_day")]
pub struct Model {
    /// The local day, ISO 8601.
    #[sea_orm(primary_key, auto_increment = false)]
    pub date: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: String,
    /// How well it is known: `observed`, `secondary_source`, `projected`.
    pub status: String,
    /// Where that is written.
    pub source: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
