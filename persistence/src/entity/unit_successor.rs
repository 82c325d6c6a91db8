//! An heir of a unit that has an end.

use sea_orm::entity::prelude::*;

/// An heir of a unit that has an end.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "unit_successor")]
pub struct Model {
    /// The code of the unit that ends.
    #[sea_orm(primary_key, auto_increment = false)]
    pub unit: String,
    /// The first day of its validity.
    #[sea_orm(primary_key, auto_increment = false)]
    pub valid_from: String,
    /// The first day on which it is no more.
    pub ended_on: String,
    /// The code of the heir, which is there from that day.
    #[sea_orm(primary_key, auto_increment = false)]
    pub successor: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
