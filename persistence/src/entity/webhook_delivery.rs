//! What a webhook is told of one event.

use sea_orm::entity::prelude::*;

/// What a webhook is told of one event.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_delivery")]
pub struct Model {
    /// Its id, with the time of the event.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Which webhook.
    pub webhook_id: Uuid,
    /// The `webhook-id` of every try.
    pub message: String,
    /// The type of the message.
    pub kind: String,
    /// The public code of the petition; a test is of none.
    pub petition: Option<String>,
    /// When the event happened.
    pub event_at: i64,
    /// What is sent.
    pub body: String,
    /// Where it stands.
    pub state: String,
    /// How many tries have begun.
    pub tries: i32,
    /// When the first of them did.
    pub first_at: Option<i64>,
    /// When it is sent, where it waits: while it is being sent, when somebody else may.
    pub next_at: i64,
    /// The last tries, as JSON.
    pub attempts: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
