//! Tries that were made and not taken back by a success.

use sea_orm::entity::prelude::*;

/// Tries that were made and not taken back by a success.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tries")]
pub struct Model {
    /// Of what: a keyed digest.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: Vec<u8>,
    /// How many.
    pub count: i64,
    /// When the last one was made; microseconds since 1970, UTC.
    pub last_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
