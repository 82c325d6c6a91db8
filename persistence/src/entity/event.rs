//! An entry of the append-only log. The database refuses to change or delete one.

use sea_orm::entity::prelude::*;

/// An entry of the append-only log. The database refuses to change or delete one.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "event")]
pub struct Model {
    /// The place in the whole log; ascending, with gaps.
    #[sea_orm(primary_key)]
    pub position: i64,
    /// Whose event it is.
    pub petition_id: Uuid,
    /// Its place in that petition's history, from 1.
    pub seq: i32,
    /// When; microseconds since 1970, UTC.
    pub at: i64,
    /// What happened.
    #[sea_orm(column_name = "type")]
    pub kind: String,
    /// Who acted; `None` for the system.
    pub actor_account: Option<Uuid>,
    /// The role acted in.
    pub actor_role: Option<String>,
    /// The agency acted for.
    pub actor_agency: Option<String>,
    /// The particulars, canonical JSON.
    pub data: String,
    /// SHA-256 over the hash before it and the canonical event.
    pub hash: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
