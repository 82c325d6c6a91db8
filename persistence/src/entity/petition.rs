//! A petition as it stands: the fold of its events, kept for reading.

use sea_orm::entity::prelude::*;

/// A petition as it stands: the fold of its events, kept for reading.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "petition")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Its number in the order of all petitions; the last six digits stand in the code.
    pub number: i64,
    /// Its public code.
    pub code: String,
    /// How many events it has had.
    pub version: i32,
    /// The hash of its last event.
    pub head: Vec<u8>,
    /// Where it stands.
    pub status: String,
    /// Whether an answer is still owed: the first thing a queue asks.
    pub is_open: bool,
    /// Who sent it.
    pub submitter: Uuid,
    /// Whether agencies may not see who sent it.
    pub hide_identity: bool,
    /// How it came.
    pub channel: String,
    /// Its field.
    pub category: String,
    /// Its priority.
    pub priority: String,
    /// Where it is about, canonical JSON.
    pub place: String,
    /// The desk it first went to and why, canonical JSON.
    pub routing: String,
    /// The agency that has it.
    pub holder: String,
    /// Since when it has it.
    pub held_since: i64,
    /// When it was sent; microseconds since 1970, UTC, as every instant here.
    pub submitted_at: i64,
    /// When an agency first acknowledged it.
    pub received_at: Option<i64>,
    /// Until when the holder must acknowledge it.
    pub receive_due_at: Option<i64>,
    /// Until when it must be answered.
    pub due_at: Option<i64>,
    /// `due_at`, or the greatest integer where there is none: what queues are ordered by.
    pub due_order: i64,
    /// Why it has no deadline, canonical JSON.
    pub deadline_gap: Option<String>,
    /// The event of the answer that stands.
    pub answer_seq: Option<i32>,
    /// When that answer was given.
    pub answered_at: Option<i64>,
    /// The event that refused it.
    pub rejection_seq: Option<i32>,
    /// The kind of reason it was refused for.
    pub rejection_code: Option<String>,
    /// How often an agency passed it to another.
    pub transfers: i32,
    /// The agencies that passed it on or gave it back, separated by spaces.
    pub sent_away_by: String,
    /// Whether it came to the coordinator because it travelled.
    pub travels: bool,
    /// When its last event happened.
    pub updated_at: i64,
    /// From when the clock to answer counts.
    pub clock_began_at: i64,
    /// Since when that clock stands still.
    pub paused_at: Option<i64>,
    /// How long it has stood still before, seconds of office time.
    pub paused_seconds: i64,
    /// For when the answer is promised instead.
    pub extended_to: Option<i64>,
    /// How often the answer was promised for later.
    pub extensions: i32,
    /// Who of the holder has it.
    pub assignee: Option<Uuid>,
    /// The event of the drafted answer.
    pub draft_seq: Option<i32>,
    /// The event of the rating.
    pub rating_seq: Option<i32>,
    /// How the answer was rated.
    pub rating: Option<String>,
    /// How often it was reopened.
    pub reopenings: i32,
    /// The event that published it.
    pub published_seq: Option<i32>,
    /// When it was published.
    pub published_at: Option<i64>,
    /// The petition it was put to.
    pub merged_into: Option<Uuid>,
    /// The code of that petition.
    pub merged_into_code: Option<String>,
    /// How many petitions were put to it.
    pub absorbed: i32,
    /// The emergency that it speaks of.
    pub emergency: Option<String>,
    /// To whom it has risen.
    pub escalated: Option<String>,
    /// Whether it asks for more attention than its deadline gives it; follows from three other columns, for the index.
    pub flagged: bool,
    /// The commune or district it is about, as it was routed.
    pub unit: Option<String>,
    /// The latitude of its point, 10⁻⁷ degrees.
    pub lat_e7: Option<i32>,
    /// The longitude of its point, 10⁻⁷ degrees.
    pub lon_e7: Option<i32>,
    /// How it came, where its sender did not send it by the app or the web page; canonical JSON.
    pub intake: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
