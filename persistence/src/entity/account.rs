//! A person or an officer who signs in.

use sea_orm::entity::prelude::*;

/// A person or an officer who signs in.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What it signs in with: E.164, an e-mail address, or a name.
    pub login: String,
    /// The argon2id hash in PHC form.
    pub password_hash: String,
    /// The person's name.
    pub full_name: String,
    /// Its role.
    pub role: String,
    /// The agency of an officer or leader.
    pub agency: Option<String>,
    /// Whether the password was made by the system and must be changed.
    pub must_change_password: bool,
    /// Whether it may sign in.
    pub is_active: bool,
    /// When it was made; microseconds since 1970, UTC.
    pub created_at: i64,
    /// When its phone number or e-mail address was shown to be its own.
    pub verified_at: Option<i64>,
    /// When it was deactivated; `None` while it may sign in.
    pub deactivated_at: Option<i64>,
    /// The secret of its second factor, encrypted; begun but not in force until it is confirmed.
    pub totp_secret: Option<Vec<u8>>,
    /// When the second factor was confirmed.
    pub totp_confirmed_at: Option<i64>,
    /// The step of the last code that was accepted: none is good twice.
    pub totp_step: Option<i64>,
    /// The phone number of a sender whose petition was entered for them; nobody signs in with it.
    pub contact_phone: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
