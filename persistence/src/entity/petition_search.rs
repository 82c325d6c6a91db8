//! What of a petition is searched, apart from it: nobody who only reads it pays for this.

use sea_orm::entity::prelude::*;

/// What of a petition is searched, apart from it: nobody who only reads it pays for this.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "petition_search")]
pub struct Model {
    /// The petition's number: an integer, for SQLite's index.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    /// Which petition.
    pub petition_id: Uuid,
    /// The tokens of code, title, content and address, folded.
    pub folded: String,
    /// The same with their marks.
    pub marked: String,
    /// The tokens of code, title and content as the public reads them, folded; empty unless it is published.
    pub public_folded: String,
    /// The same with their marks.
    pub public_marked: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
