//! Somebody of the staff was shown a person's petition.

use sea_orm::entity::prelude::*;

/// Somebody of the staff was shown a person's petition.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "look")]
pub struct Model {
    /// Its id, which has the time.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// When.
    pub at: i64,
    /// The account that was shown it.
    pub viewer: Uuid,
    /// The role of that account then.
    pub role: String,
    /// The agency of that account then.
    pub agency: Option<String>,
    /// Whose petition.
    pub subject: Uuid,
    /// Which.
    pub petition_id: Option<Uuid>,
    /// What for.
    pub purpose: String,
    /// Whether the person's name was shown with it.
    pub named: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
