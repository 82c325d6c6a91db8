//! A year whose days are loaded.

use sea_orm::entity::prelude::*;

/// A year whose days are loaded.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "calendar_year")]
pub struct Model {
    /// The year.
    #[sea_orm(primary_key, auto_increment = false)]
    pub year: i32,
    /// `confirmed`, or `projected`: no deadline may rest on it yet.
    pub status: String,
    /// How often it was set: its tag.
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
