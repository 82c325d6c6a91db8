//! A stretch of time through which a petition counts the same way.

use sea_orm::entity::prelude::*;

/// A stretch of time through which a petition counts the same way.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rate_span")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub petition_id: Uuid,
    /// It counts so for instants after this one; microseconds since 1970, UTC.
    #[sea_orm(primary_key, auto_increment = false)]
    pub since: i64,
    /// And up to this one; the largest number: until something happens.
    pub until: i64,
    /// The agency that has it, by its number.
    pub agency: i32,
    /// The unit it is about, by its number; zero: none.
    pub unit: i32,
    /// Its field, by its number.
    pub category: i32,
    /// How it came, by its place among the channels.
    pub channel: i32,
    /// How it stands, by its number; none: it counts nowhere.
    pub standing: Option<i32>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
