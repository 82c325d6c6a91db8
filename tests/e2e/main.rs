//! End-to-end tests: a real server over a real socket, each test with a database of its own, on SQLite and on PostgreSQL.

mod bad_bodies;
mod bad_commands;
mod bad_input;
mod by_itself;
mod command_table;
mod crash;
mod demo;
mod live;
mod log;
mod model;
mod openapi;
mod outage;
mod public;
mod rates;
mod readme;
mod retries;
mod routing;
mod seals;
mod search;
mod sign_in;
mod staff;
mod statements;
mod story;
mod tokens;
