//! An heir of an agency that has an end.

use sea_orm::entity::prelude::*;

/// An heir of an agency that has an end.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "agency_successor")]
pub struct Model {
    /// The agency that ends.
    #[sea_orm(primary_key, auto_increment = false)]
    pub agency: String,
    /// The first day on which it is no more.
    pub ended_on: String,
    /// The heir, which is there from that day.
    #[sea_orm(primary_key, auto_increment = false)]
    pub successor: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
