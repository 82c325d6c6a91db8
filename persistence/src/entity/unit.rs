//! An administrative unit during its validity.

use sea_orm::entity::prelude::*;

/// An administrative unit during its validity.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "unit")]
pub struct Model {
    /// The code of the General Statistics Office.
    #[sea_orm(primary_key, auto_increment = false)]
    pub code: String,
    /// The first day of its validity, ISO 8601.
    #[sea_orm(primary_key, auto_increment = false)]
    pub valid_from: String,
    /// The first day after it; `None`: without end.
    pub valid_to: Option<String>,
    /// Its full name.
    pub name: String,
    /// Its level.
    pub level: String,
    /// The unit it lies in.
    pub parent: Option<String>,
    /// Its centre, 10⁻⁷ degrees.
    pub centre_lat_e7: Option<i32>,
    /// Its centre, 10⁻⁷ degrees.
    pub centre_lon_e7: Option<i32>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
