//! A file of which only parts have come (the tus protocol).

use sea_orm::entity::prelude::*;

/// A file of which only parts have come.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "partial_upload")]
pub struct Model {
    /// The id that the upload will have.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Who sends it.
    pub account_id: Uuid,
    /// Where in the object store its parts lie: random bytes.
    pub name: Vec<u8>,
    /// How many bytes it will have.
    pub length: i64,
    /// How many have come.
    pub received: i64,
    /// In how many parts.
    pub parts: i32,
    /// `Upload-Metadata` as the client sent it, given back and not looked at.
    pub metadata: Option<String>,
    /// When it is forgotten.
    pub expires_at: i64,
    /// Until when a server that puts it together has the turn.
    pub finishing_until: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
