//! Who is competent for a field and how much time there is, from a day on: what came after the terms in the field's own row.

use sea_orm::entity::prelude::*;

/// The terms of a field from a day on.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "category_terms")]
pub struct Model {
    /// The field.
    #[sea_orm(primary_key, auto_increment = false)]
    pub category: String,
    /// The first day, ISO 8601.
    #[sea_orm(primary_key, auto_increment = false)]
    pub valid_from: String,
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
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
