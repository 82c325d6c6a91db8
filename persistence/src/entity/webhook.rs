//! A webhook of an agency's own system.

use sea_orm::entity::prelude::*;

/// A webhook.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Of which agency.
    pub agency: String,
    /// What it is for.
    pub name: Option<String>,
    /// Where it leads.
    pub url: String,
    /// The kinds of events it wants, separated by spaces; empty: all.
    pub events: String,
    /// The fields it wants, separated by spaces; empty: all.
    pub categories: String,
    /// Whether it is told anything.
    pub state: String,
    /// Why it is paused.
    pub paused_reason: Option<String>,
    /// Since when it is paused.
    pub paused_at: Option<i64>,
    /// What signs, encrypted.
    pub secret: Vec<u8>,
    /// What signed before, encrypted.
    pub old_secret: Option<Vec<u8>>,
    /// Until when that signs too.
    pub old_secret_until: Option<i64>,
    /// When the first try began that failed after the last that got through.
    pub failing_since: Option<i64>,
    /// When something last got through, within a minute.
    pub last_delivered_at: Option<i64>,
    /// Who made it.
    pub created_by: Uuid,
    /// When.
    pub created_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
