//! Numbers that stand for codes in the fold of the rates.

use sea_orm::entity::prelude::*;

/// Numbers that stand for codes in the fold of the rates.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rate_name")]
pub struct Model {
    /// The number that stands for it in spans and sums.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    /// The code of an agency, unit or field.
    pub name: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
