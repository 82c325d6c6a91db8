//! An identity that opens an account.

use sea_orm::entity::prelude::*;

/// An identity that opens an account.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "identity")]
pub struct Model {
    /// Keyed digest of issuer and subject: the subject may be the number of an identity card.
    #[sea_orm(primary_key, auto_increment = false)]
    pub digest: Vec<u8>,
    /// Its id, for its owner.
    pub id: Uuid,
    /// The account that it opens.
    pub account_id: Uuid,
    /// The code of its provider in the settings.
    pub provider: String,
    /// Whether the account was made with it.
    pub is_founding: bool,
    /// Since when it opens the account; microseconds since 1970, UTC.
    pub linked_at: i64,
    /// When it last did.
    pub last_used_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
