//! A step of a target.

use sea_orm::entity::prelude::*;

/// A step of a target.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "milestone")]
pub struct Model {
    /// The target.
    #[sea_orm(primary_key, auto_increment = false)]
    pub target: String,
    /// The instant it is judged at, exclusive; microseconds since 1970, UTC.
    #[sea_orm(primary_key, auto_increment = false)]
    pub before_at: i64,
    /// The rate it asks for, in hundredths of a percent.
    pub required_basis_points: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
