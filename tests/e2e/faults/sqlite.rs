//! The SQLite file, and what may happen to it.

use std::time::Duration;

use persistence::{Store, StoreOptions};
use tests::{Engine, database::Database};
use tokio::task::block_in_place;

use super::{load::Load, places, serve, some_time, times, verifies};

#[tokio::test(flavor = "multi_thread")]
async fn another_process_locks_it() {
    let folder = tempfile::tempdir().unwrap();
    let database = block_in_place(|| Database::new(Engine::Sqlite, folder.path()));
    let serving = serve(folder.path(), &database.url);
    let places = places(&[&serving]);
    let other = Store::connect(&StoreOptions { url: database.url.clone(), max_connections: 1 }).await.unwrap();
    let load = Load::begin(&places).await;
    let times = times(1, 10);
    for time in 0..times {
        load.goes_on(8).await;
        some_time(200).await;
        // For less time than is waited for it, and for more.
        let lock = other.begin().await.unwrap();
        tokio::time::sleep(Duration::from_secs(if time % 2 == 0 { 6 } else { 1 })).await;
        drop(lock);
    }
    load.goes_on(16).await;
    load.ends(Engine::Sqlite, "another process locks the file, for a second and for six", times).await;
    other.close().await.unwrap();
    verifies(folder.path(), &database.url);
}
