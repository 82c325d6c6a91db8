//! Which petition an item of another source is.

use sea_orm::entity::prelude::*;

/// Which petition an item of another source is.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "intake_item")]
pub struct Model {
    /// The source.
    #[sea_orm(primary_key, auto_increment = false)]
    pub source: String,
    /// A keyed digest of source and reference.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: Vec<u8>,
    /// The petition.
    pub petition_id: Uuid,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
