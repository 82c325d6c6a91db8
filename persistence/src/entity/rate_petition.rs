//! A petition in the fold of the rates.

use sea_orm::entity::prelude::*;

/// A petition in the fold of the rates.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rate_petition")]
pub struct Model {
    /// Which.
    #[sea_orm(primary_key, auto_increment = false)]
    pub petition_id: Uuid,
    /// How many of its events were taken in.
    pub version: i32,
    /// When it was sent; microseconds since 1970, UTC.
    pub submitted_at: i64,
    /// How many deeds of it there are.
    pub deeds: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
