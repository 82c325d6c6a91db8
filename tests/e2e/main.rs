//! End-to-end tests: a real server over a real socket, each test with a database of its own, on SQLite and on PostgreSQL.

mod demo;
mod readme;
mod routing;
mod story;
