//! Something an agency did to a petition: what signs are counted from.

use sea_orm::entity::prelude::*;

/// Something an agency did to a petition: what signs are counted from.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rate_deed")]
pub struct Model {
    /// Which petition.
    #[sea_orm(primary_key, auto_increment = false)]
    pub petition_id: Uuid,
    /// The event it was.
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i32,
    /// When; microseconds since 1970, UTC.
    pub at: i64,
    /// When the petition was sent.
    pub submitted_at: i64,
    /// The agency that did it, by its number.
    pub agency: i32,
    /// The agency that had the petition, by its number.
    pub holder: i32,
    /// The unit it is about, by its number; zero: none.
    pub unit: i32,
    /// The field it had, by its number.
    pub category: i32,
    /// How it came, by its place among the channels.
    pub channel: i32,
    /// What was done, by its number.
    pub kind: i32,
    /// Of an answer: how long after the petition was taken up, in microseconds.
    pub waited: Option<i64>,
    /// Of an answer whose words are there: how many characters.
    pub length: Option<i32>,
    /// Likewise: by what its words are told from others.
    pub print: Option<i64>,
    /// Of an answer: when the citizen reopened the petition because of it.
    pub reopened_at: Option<i64>,
    /// Of a petition that was sent away: how long before its deadline, in microseconds.
    pub time_left: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
