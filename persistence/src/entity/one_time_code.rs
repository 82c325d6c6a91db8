//! A code that was sent; the code itself is not kept.

use sea_orm::entity::prelude::*;

/// A code that was sent; the code itself is not kept.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "one_time_code")]
pub struct Model {
    /// Keyed digest of the purpose and the login it was asked for.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: Vec<u8>,
    /// The account that it opens; nobody's where it was asked for a login that is not there.
    pub account_id: Option<Uuid>,
    /// Keyed digest of the code.
    pub hash: Vec<u8>,
    /// How often it was tried.
    pub tries: i32,
    /// Until when it is good; microseconds since 1970, UTC.
    pub expires_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
