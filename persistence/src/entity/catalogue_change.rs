//! A change of the catalogue, for good.

use sea_orm::entity::prelude::*;

/// A change of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "catalogue_change")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// When; microseconds since 1970, UTC.
    pub at: i64,
    /// Who; none: a command line.
    pub author: Option<Uuid>,
    /// What kind of thing.
    pub kind: String,
    /// Which one.
    pub item_key: String,
    /// What it was, JSON; none: it was not there.
    pub before_json: Option<String>,
    /// What it became, JSON; none: it is gone.
    pub after_json: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
