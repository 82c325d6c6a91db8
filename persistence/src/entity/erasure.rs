//! A person's request to be erased.

use sea_orm::entity::prelude::*;

/// A person's request to be erased.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "erasure")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose data.
    pub account_id: Uuid,
    /// How it came.
    pub origin: String,
    /// Who entered it.
    pub entered_by: Uuid,
    /// What the paper is filed under.
    pub reference: Option<String>,
    /// When it came; microseconds since 1970, UTC, as every instant here.
    pub requested_at: i64,
    /// Until when it must be answered.
    pub answer_due_at: Option<i64>,
    /// Until when it must be done.
    pub complete_due_at: i64,
    /// When the person was answered.
    pub answered_at: Option<i64>,
    /// Until when it was put off.
    pub extended_to: Option<i64>,
    /// Why it was put off or refused.
    pub reason: Option<String>,
    /// How far it has come.
    pub state: String,
    /// When it was done or refused.
    pub ended_at: Option<i64>,
    /// Whether what came after it, by a token that was still good, is gone too.
    pub is_swept: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
