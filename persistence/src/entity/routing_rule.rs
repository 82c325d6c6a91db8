//! An exception to the competence of a field.

use sea_orm::entity::prelude::*;

/// An exception to the competence of a field.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "routing_rule")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The field; `None`: every one.
    pub category: Option<String>,
    /// The commune or district; `None`: the whole province.
    pub area: Option<String>,
    /// Who gets the petitions.
    pub agency: String,
    /// Which of several rules wins: the greater.
    pub priority: i32,
    /// The first day of its validity, ISO 8601.
    pub valid_from: String,
    /// The first day after it; `None`: without end.
    pub valid_to: Option<String>,
    /// How often it was set: its tag.
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
