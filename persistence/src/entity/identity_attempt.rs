//! A sign-in with an identity, or a link to one, that has begun.

use sea_orm::entity::prelude::*;

/// A sign-in with an identity, or a link to one, that has begun.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "identity_attempt")]
pub struct Model {
    /// Digest of the secret that whoever began it holds.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: Vec<u8>,
    /// The account that an identity is to be linked to; nobody's where it is a sign-in.
    pub account_id: Option<Uuid>,
    /// How far it has come, encrypted.
    pub sealed: Vec<u8>,
    /// Until when it may be ended; microseconds since 1970, UTC.
    pub expires_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
