//! One refresh token of a session, or what a browser's cookie holds; the token itself is not kept.

use sea_orm::entity::prelude::*;

/// One refresh token of a session, or what a browser's cookie holds; the token itself is not kept.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "refresh_token")]
pub struct Model {
    /// SHA-256 of the token.
    #[sea_orm(primary_key, auto_increment = false)]
    pub hash: Vec<u8>,
    /// Its family.
    pub session_id: Uuid,
    /// Until when it may be used; microseconds since 1970, UTC.
    pub expires_at: i64,
    /// When it was used; a browser's never is, it is prolonged.
    pub used_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
