//! PostgreSQL, and what may happen to it.

use std::time::Duration;

use tests::{Engine, postgres::PrivateCluster};
use tokio::task::block_in_place;

use super::{suffers, times};

/// Something that is done to a cluster, and undone if need be.
type Fault = fn(&mut PrivateCluster);

/// Has a fault come while citizens send, on a cluster of its own.
async fn under_load(name: &str, times: usize, fault: Fault) {
    let Some(mut cluster) = block_in_place(PrivateCluster::start) else { return };
    let (folder, url) = (tempfile::tempdir().unwrap(), cluster.url("postgres"));
    suffers(Engine::Postgres, (folder.path(), &url), name, times, async |_| block_in_place(|| fault(&mut cluster)))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_restarted() {
    under_load("PostgreSQL ends at once and is started again", times(1, 20), |cluster| {
        cluster.stop();
        std::thread::sleep(Duration::from_millis(500));
        cluster.restart();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn its_connections_are_cut() {
    under_load("all connections are cut, in the middle of transactions", times(5, 100), |cluster| {
        cluster.psql(&[
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pakn' AND pid <> pg_backend_pid()",
        ]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_takes_no_writes() {
    under_load("PostgreSQL takes no writes for a second", times(1, 20), |cluster| {
        cluster.psql(&["ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()"]);
        std::thread::sleep(Duration::from_secs(1));
        // The session that undoes it would be one that only reads.
        let writes = "SET default_transaction_read_only = off";
        cluster.psql(&[writes, "ALTER SYSTEM RESET default_transaction_read_only", "SELECT pg_reload_conf()"]);
    })
    .await;
}
