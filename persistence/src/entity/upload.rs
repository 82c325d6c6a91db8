//! A file that somebody sent.

use sea_orm::entity::prelude::*;

/// A file that somebody sent, looked at and kept in the form that is handed out.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "upload")]
pub struct Model {
    /// Its id, which is no secret.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Who sent it.
    pub account_id: Uuid,
    /// Where in the object store it lies: random bytes.
    pub name: Vec<u8>,
    /// `storing`, `ready` or `doomed`.
    pub state: String,
    /// When it came.
    pub created_at: i64,
    /// What it was when it came.
    pub sent_type: String,
    /// How many bytes came.
    pub sent_size: i64,
    /// SHA-256 of what came.
    pub sent_sha256: Vec<u8>,
    /// What it is as it is kept.
    pub media_type: String,
    /// How many bytes are kept.
    pub size: i64,
    /// SHA-256 of what is kept.
    pub sha256: Vec<u8>,
    /// The salt of the digest that the log names it by.
    pub salt: Vec<u8>,
    /// Pixels, upright.
    pub width: Option<i32>,
    /// Pixels, upright.
    pub height: Option<i32>,
    /// Bytes of the larger preview.
    pub large_size: Option<i64>,
    /// Bytes of the smaller preview.
    pub small_size: Option<i64>,
    /// When it says it was taken.
    pub taken_at: Option<i64>,
    /// Where it says it was taken, 10⁻⁷ degrees.
    pub lat_e7: Option<i32>,
    /// Where it says it was taken, 10⁻⁷ degrees.
    pub lon_e7: Option<i32>,
    /// The petition it belongs to.
    pub petition_id: Option<Uuid>,
    /// The event that names it.
    pub seq: Option<i32>,
    /// Which of the event's texts it belongs to.
    pub slot: Option<String>,
    /// Its place among the event's files, from 0.
    pub place: Option<i32>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
