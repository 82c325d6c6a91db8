//! A sign-in on one device: a family of refresh tokens.

use sea_orm::entity::prelude::*;

/// A sign-in on one device: a family of refresh tokens.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose.
    pub account_id: Uuid,
    /// When it began; microseconds since 1970, UTC.
    pub created_at: i64,
    /// When it was ended: signed out, a token used twice, the password changed.
    pub ended_at: Option<i64>,
    /// What the device calls itself (`User-Agent`).
    pub device: Option<String>,
    /// Keyed digest of the address it began from.
    pub address: Option<Vec<u8>>,
    /// When it was last used to get an access token.
    pub last_used_at: Option<i64>,
    /// When it ends unless it is used.
    pub expires_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
