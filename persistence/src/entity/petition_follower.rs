//! Who follows a petition, or supports it.

use sea_orm::entity::prelude::*;

/// Who follows a petition, or supports it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "petition_follower")]
pub struct Model {
    /// Which petition.
    #[sea_orm(primary_key, auto_increment = false)]
    pub petition_id: Uuid,
    /// Who.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    /// Whether they have the same concern, and do not only want to know.
    pub supports: bool,
    /// Since when.
    pub since: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
