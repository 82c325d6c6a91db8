//! An agency.

use sea_orm::entity::prelude::*;

/// An agency.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "agency")]
pub struct Model {
    /// Its code, unique for all time.
    #[sea_orm(primary_key, auto_increment = false)]
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its level.
    pub level: String,
    /// The unit whose People's Committee it is.
    pub unit: Option<String>,
    /// The first day of its validity, ISO 8601.
    pub valid_from: String,
    /// The first day after it; `None`: without end.
    pub valid_to: Option<String>,
    /// Whether a leader approves its answers.
    pub needs_approval: bool,
    /// How often it was set: its tag.
    pub version: i32,
    /// The number that people call.
    pub hotline: Option<String>,
    /// When it is open, `07:30-12:00 13:00-16:30`; none: as everywhere.
    pub office_hours: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
