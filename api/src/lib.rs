//! The HTTP side of pakn: routes by audience, who may come in, how problems are told, and the `pakn` program.
//!
//! A request is read top to bottom in few files: its operation (in the folder of its audience) parses the body into a command
//! of the domain, [`petition::execute`] lets the domain decide and the store record, and [`petition::shown`] answers.
//!
//! To add an operation: a handler with `#[utoipa::path]` in the folder of its audience, an [`auth::Allowed`] extractor with
//! `x-roles` to match (or `security(())`: public), and its line in `server/routes.rs`. A test fails for an operation that
//! is neither secured nor public. Then run `cargo run -p api --bin pakn -- openapi > openapi/openapi.json`.

#![deny(clippy::print_stdout, reason = "println! panics when its reader has gone; commands have say!")]

pub mod admin;
pub mod agency;
pub mod answers;
pub mod app;
pub mod auth;
pub mod body;
pub mod catalogue;
pub mod citizen;
pub mod clock;
pub mod commands;
pub mod contract;
pub mod dashboard;
pub mod demo;
pub mod exchange;
pub mod field;
pub mod files;
pub mod intake;
pub mod key_file;
pub mod language;
pub mod limits;
pub mod listed;
pub mod live;
pub mod message;
pub mod notify;
pub mod open311;
pub mod ops;
mod outgoing;
pub mod petition;
pub mod privacy;
pub mod problem;
pub mod public;
pub mod query;
pub mod reform;
pub mod replica;
mod route;
pub mod seal;
pub mod server;
pub mod settings;
pub mod staff;
pub mod steering;
pub mod suggest;
pub mod visit;
pub mod webhook;
