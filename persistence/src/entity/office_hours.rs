//! A span of a working day.

use sea_orm::entity::prelude::*;

/// A span of a working day.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "office_hours")]
pub struct Model {
    /// Opens, local time, `HH:MM`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub opens: String,
    /// Closes, local time, `HH:MM`.
    pub closes: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
