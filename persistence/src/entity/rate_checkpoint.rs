//! How far the fold of the rates has come.

use sea_orm::entity::prelude::*;

/// How far the fold of the rates has come.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rate_checkpoint")]
pub struct Model {
    /// Always 1: there is one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    /// The transaction of the last event that was taken in; zero on SQLite.
    pub xid: i64,
    /// Its position.
    pub position: i64,
    /// The local day (days since 1970) before which sums of whole days and more are complete.
    pub rolled_until: Option<i32>,
    /// How often the fold was changed.
    pub revision: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
