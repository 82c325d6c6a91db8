//! What a person wrote, beside the log: an event names it by its salted digest.

use sea_orm::entity::prelude::*;

/// What a person wrote, beside the log: an event names it by its salted digest.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "words")]
pub struct Model {
    /// Whose words.
    #[sea_orm(primary_key, auto_increment = false)]
    pub petition_id: Uuid,
    /// The event that names them.
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i32,
    /// Which of the event's texts.
    #[sea_orm(primary_key, auto_increment = false)]
    pub slot: String,
    /// 16 random bytes.
    pub salt: Vec<u8>,
    /// The words, NFC.
    pub words: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
