//! A target of the Steering Committee.

use sea_orm::entity::prelude::*;

/// A target of the Steering Committee.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "target")]
pub struct Model {
    /// Its code.
    #[sea_orm(primary_key, auto_increment = false)]
    pub code: String,
    /// Its name in Vietnamese.
    pub name: String,
    /// Its name in English.
    pub name_en: String,
    /// The channels it counts, separated by spaces.
    pub channels: String,
    /// The levels of agencies it counts, separated by spaces.
    pub levels: String,
    /// How the rate is taken.
    pub definition: String,
    /// The period of submission: from; microseconds since 1970, UTC.
    pub from_at: i64,
    /// The period of submission: before.
    pub to_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
