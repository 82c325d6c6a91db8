//! End-to-end tests: a real server over a real socket, each test with a database of its own, on SQLite and on PostgreSQL.

mod api_keys;
mod bad_bodies;
mod bad_commands;
mod bad_input;
mod bad_questions;
mod bad_targets;
mod by_itself;
#[cfg(target_os = "linux")]
mod clock;
mod command_table;
mod crash;
mod dashboard;
mod demo;
mod erasure;
mod head;
mod key_rotation;
mod live;
mod log;
mod model;
mod openapi;
mod outage;
mod privacy;
mod public;
mod rates;
mod readme;
mod retries;
mod routing;
mod seals;
mod search;
mod sign_in;
mod signs;
mod staff;
mod statements;
mod story;
mod targets;
mod tokens;
