//! The SQLite file, and what may happen to it.

use std::time::Duration;

use persistence::{Store, StoreOptions};
use tests::{Engine, database::Database};
use tokio::task::block_in_place;

use super::{suffers, times};

#[tokio::test(flavor = "multi_thread")]
async fn another_process_locks_it() {
    let folder = tempfile::tempdir().unwrap();
    let database = block_in_place(|| Database::new(Engine::Sqlite, folder.path()));
    let other = Store::connect(&StoreOptions { url: database.url.clone(), max_connections: 1 }).await.unwrap();
    let name = "another process locks the file, for six seconds and for one";
    suffers(Engine::Sqlite, (folder.path(), &database.url), name, times(1, 10), async |time| {
        // For more time than is waited for it, and for less.
        let lock = other.begin().await.unwrap();
        tokio::time::sleep(Duration::from_secs(if time % 2 == 0 { 6 } else { 1 })).await;
        drop(lock);
    })
    .await;
    other.close().await.unwrap();
}
