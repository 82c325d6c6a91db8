//! What of a petition is searched, apart from it: nobody who only reads it pays for this.

use sea_orm::entity::prelude::*;

/// What of a petition is searched, apart from it: nobody who only reads it pays for this.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "petition_search")]
pub struct Model {
    /// Which petition.
    #[sea_orm(primary_key, auto_increment = false)]
    pub petition_id: Uuid,
    /// Code, title, content and address, folded.
    pub text: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
