//! What an agency wants its people to be told by which way.

use sea_orm::entity::prelude::*;

/// What an agency wants its people to be told by which way.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "agency_preference")]
pub struct Model {
    /// Which agency's.
    #[sea_orm(primary_key, auto_increment = false)]
    pub agency: String,
    /// What it chose, JSON.
    pub chosen: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
