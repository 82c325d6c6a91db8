//! A message that takes a notice, or the notices of a day, to a person.

use sea_orm::entity::prelude::*;

/// A message that takes a notice, or the notices of a day, to a person.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "delivery")]
pub struct Model {
    /// The key that travels with it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// To whom.
    pub account_id: Uuid,
    /// What it takes there; `None`: the notices of a day, which name it.
    pub notice_id: Option<Uuid>,
    /// Who carries it.
    pub carrier: String,
    /// To which phone.
    pub push_token_id: Option<Uuid>,
    /// When it is to be tried; while somebody tries it, when others may. Microseconds since 1970, UTC.
    pub due_at: i64,
    /// How often it was taken up.
    pub tries: i32,
    /// `waiting`, `sent`, `dropped` where there is nobody to send it to any more, `dead`.
    pub state: String,
    /// Why it did not arrive the last time; nothing personal.
    pub problem: Option<String>,
    /// When it was sent, dropped or given up.
    pub settled_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
