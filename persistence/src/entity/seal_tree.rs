//! The tree of a seal, in blocks.

use sea_orm::entity::prelude::*;

/// The tree of a seal, in blocks.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "seal_tree")]
pub struct Model {
    /// The seal.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    /// The last petition and the root of each block.
    pub blocks: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
