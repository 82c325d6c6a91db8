//! A phone that takes push messages.

use sea_orm::entity::prelude::*;

/// A phone that takes push messages.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "push_token")]
pub struct Model {
    /// Its id, for its owner.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Who is told there.
    pub account_id: Uuid,
    /// Who carries messages to it.
    pub carrier: String,
    /// What the carrier knows it by.
    pub token: String,
    /// When it was last said that it is this person's; microseconds since 1970, UTC.
    pub registered_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
