//! A key that a request came with, committed with what it did.

use sea_orm::entity::prelude::*;

/// A key that a request came with, committed with what it did.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency_key")]
pub struct Model {
    /// Whose key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    /// The key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// SHA-256 of the request it came with.
    pub fingerprint: Vec<u8>,
    /// The petition it made or changed.
    pub petition_id: Uuid,
    /// The petition's version after it: the first answer is that version, given again.
    pub version: i32,
    /// When; microseconds since 1970, UTC.
    pub created_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
