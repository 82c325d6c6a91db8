//! The tables as SeaORM sees them: primitives only. Each has its way to the domain's types where it is used.

pub mod account;
pub mod agency;
pub mod calendar_day;
pub mod calendar_year;
pub mod catalogue_revision;
pub mod category;
pub mod event;
pub mod idempotency_key;
pub mod office_hours;
pub mod petition;
pub mod petition_follower;
pub mod petition_search;
pub mod rate_checkpoint;
pub mod rate_name;
pub mod rate_petition;
pub mod rate_span;
pub mod rate_sum;
pub mod refresh_token;
pub mod routing_rule;
pub mod saved_filter;
pub mod session;
pub mod target_version;
pub mod unit;
pub mod unit_boundary;
pub mod words;
