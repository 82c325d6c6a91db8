//! Changes of the counts within a block of time, summed.

use sea_orm::entity::prelude::*;

/// Changes of the counts within a block of time, summed.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rate_sum")]
pub struct Model {
    /// What is summed, packed: grain, scale, block of time, part of the submissions.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: i64,
    /// The sums.
    pub cells: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
