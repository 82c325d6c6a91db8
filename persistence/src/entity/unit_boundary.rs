//! The boundary of a unit, as an operator imported it.

use sea_orm::entity::prelude::*;

/// The boundary of a unit, as an operator imported it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "unit_boundary")]
pub struct Model {
    /// The unit's code.
    #[sea_orm(primary_key, auto_increment = false)]
    pub unit: String,
    /// The first day on which it holds, within the unit's validity.
    #[sea_orm(primary_key, auto_increment = false)]
    pub valid_from: String,
    /// A GeoJSON geometry, Polygon or MultiPolygon, WGS 84.
    pub geometry: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
