//! What the end-to-end tests stand on: a real server on a real socket with a database of its own, and people who use it.
//!
//! A test is an `async fn name(app: TestApp)` that reads like a story, listed in [`both_engines!`], which runs it on SQLite and
//! on PostgreSQL. Where PostgreSQL cannot be had the tests say so loudly, and in CI that is a failure.

pub mod app;
pub mod broken_network;
pub mod browser;
pub mod contract;
pub mod data;
pub mod database;
pub mod files;
pub mod gateway;
pub mod identity_provider;
pub mod logged;
pub mod neighbour;
pub mod nginx;
pub mod node;
pub mod oidc_provider;
pub mod past;
pub mod people;
pub mod postgres;
pub mod program;
pub mod push;
pub mod python;
pub mod recording;
pub mod redis;
pub mod reply;
pub mod smtp;
pub mod visitor;
pub mod webhook_target;

use std::sync::LazyLock;

pub use app::TestApp;
pub use browser::Browser;
pub use people::{Draft, Person};
pub use persistence::Engine;
pub use reply::Reply;
pub use visitor::Visitor;

/// Runs each test on both engines; with other settings than usual where they are named first: `with settings();`.
#[macro_export]
macro_rules! both_engines {
    ($($name:ident),+ $(,)?) => {
        $crate::both_engines!(with $crate::app::settings(); $($name),+);
    };
    (with $settings:expr; $($name:ident),+ $(,)?) => {
        mod on_sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    use super::*;
                    super::$name($crate::TestApp::start_with($crate::Engine::Sqlite, $settings).await).await;
                }
            )+
        }
        mod on_postgres {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    use super::*;
                    if $crate::postgres::server().is_some() {
                        super::$name($crate::TestApp::start_with($crate::Engine::Postgres, $settings).await).await;
                    }
                }
            )+
        }
    };
}

/// An instant that an answer may be promised for: later than any deadline of a petition that was just sent, and the same through
/// a run, so that to promise it again is no extension.
pub fn in_twenty_days() -> String {
    static AT: LazyLock<String> = LazyLock::new(|| (chrono::Utc::now() + chrono::Duration::days(20)).to_rfc3339());
    AT.clone()
}
