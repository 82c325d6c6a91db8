//! How many petitions of a field have a word.

use sea_orm::entity::prelude::*;

/// How many petitions of a field have a word.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "learned_word")]
pub struct Model {
    /// A keyed fingerprint of the word.
    #[sea_orm(primary_key, auto_increment = false)]
    pub word: i64,
    /// The field.
    #[sea_orm(primary_key, auto_increment = false)]
    pub category: String,
    /// How many.
    pub petitions: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
