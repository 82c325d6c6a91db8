//! A target of the Steering Committee as it was set at a time.

use sea_orm::entity::prelude::*;

/// A version of a target.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "target_version")]
pub struct Model {
    /// The target.
    #[sea_orm(primary_key, auto_increment = false)]
    pub target: String,
    /// Which version: 1 is the first.
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: i32,
    /// When it was set; microseconds since 1970, UTC.
    pub recorded_at: i64,
    /// Who set it; none: it came with the catalogue.
    pub author: Option<Uuid>,
    /// Why.
    pub reason: Option<String>,
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
    /// Its steps, by instant: a JSON array.
    pub milestones: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
