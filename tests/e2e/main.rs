//! End-to-end tests: a real server over a real socket, each test with a database of its own, on SQLite and on PostgreSQL.

mod bad_bodies;
mod bad_commands;
mod bad_input;
mod crash;
mod demo;
mod log;
mod openapi;
mod outage;
mod readme;
mod retries;
mod routing;
mod sign_in;
mod staff;
mod story;
mod tokens;
