//! What people consent to.

use sea_orm::entity::prelude::*;

/// What people consent to.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "consent_wording")]
pub struct Model {
    /// Its name, in the order of time.
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: String,
    /// In Vietnamese.
    pub vietnamese: String,
    /// In English.
    pub english: String,
    /// The first day it is asked for.
    pub valid_from: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
