//! How far into the log people have been told.

use sea_orm::entity::prelude::*;

/// How far into the log people have been told.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "notice_checkpoint")]
pub struct Model {
    /// Always 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    /// Grows with every pass: of several servers one has its turn.
    pub revision: i64,
    /// The transaction of the last event that was looked at; zero on SQLite.
    pub transaction_id: i64,
    /// Its position.
    pub position: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
