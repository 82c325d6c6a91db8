//! A part of a file that comes piece by piece.

use sea_orm::entity::prelude::*;

/// A part of a file that comes piece by piece.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "upload_part")]
pub struct Model {
    /// The partial upload.
    #[sea_orm(primary_key, auto_increment = false)]
    pub upload_id: Uuid,
    /// Its first byte's place in the file.
    #[sea_orm(primary_key, auto_increment = false)]
    pub at: i64,
    /// How many bytes it has.
    pub size: i64,
    /// Its name beneath the upload's: random bytes, since two servers may receive the same part.
    pub name: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
