//! A field of petitions.

use sea_orm::entity::prelude::*;

/// A field of petitions.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "category")]
pub struct Model {
    /// Its code.
    #[sea_orm(primary_key, auto_increment = false)]
    pub code: String,
    /// Its place in lists.
    pub rank: i32,
    /// Its name in Vietnamese.
    pub name: String,
    /// Its name in English.
    pub name_en: String,
    /// Its group.
    pub group_code: String,
    /// `commune`, `district`, `coordinator`, or an agency's code.
    pub competence: String,
    /// Working time to acknowledge, urgent: `4h`.
    pub urgent_receive: String,
    /// Working time to answer, urgent.
    pub urgent_answer: String,
    /// Working time to acknowledge, normal.
    pub normal_receive: String,
    /// Working time to answer, normal.
    pub normal_answer: String,
    /// Working time to acknowledge, complex.
    pub complex_receive: String,
    /// Working time to answer, complex.
    pub complex_answer: String,
    /// The first day of its validity, ISO 8601.
    pub valid_from: String,
    /// The first day after it; `None`: without end.
    pub valid_to: Option<String>,
    /// How often it was set: its tag.
    pub version: i32,
    /// What it asks besides title and content: a JSON array.
    pub questions: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
