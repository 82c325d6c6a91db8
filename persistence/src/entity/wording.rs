//! A text that an operator put in the place of the program's own.

use sea_orm::entity::prelude::*;

/// A text of the operator's.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "wording")]
pub struct Model {
    /// Which text.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// In Vietnamese.
    pub vietnamese: String,
    /// In English.
    pub english: String,
    /// How often it was set: its tag.
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
