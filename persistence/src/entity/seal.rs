//! A seal. The database refuses to change or delete one.

use sea_orm::entity::prelude::*;

/// A seal. The database refuses to change or delete one.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "seal")]
pub struct Model {
    /// From 1, without gaps.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    /// When it was made; microseconds since 1970, UTC.
    pub sealed_at: i64,
    /// The place in the log up to which everything is sealed.
    pub upto: String,
    /// How many petitions.
    pub petitions: i64,
    /// The root of the tree over them.
    pub root: Vec<u8>,
    /// The digest of the statement before.
    pub previous: Vec<u8>,
    /// The key that signed it.
    pub public_key: Vec<u8>,
    /// The signature.
    pub signature: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
