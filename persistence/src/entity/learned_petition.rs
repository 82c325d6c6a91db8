//! Which field a petition was learned under.

use sea_orm::entity::prelude::*;

/// Which field a petition was learned under.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "learned_petition")]
pub struct Model {
    /// The petition.
    #[sea_orm(primary_key, auto_increment = false)]
    pub petition_id: Uuid,
    /// The field.
    pub category: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
