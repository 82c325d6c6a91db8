//! PostgreSQL, and what may happen to it.

use std::time::Duration;

use tests::{Engine, postgres::PrivateCluster};
use tokio::task::block_in_place;

use super::{load::Load, places, serve, some_time, times, verifies};

/// Something that is done to a cluster, and undone if need be.
type Fault = fn(&mut PrivateCluster);

/// Has a fault come while citizens send, on a cluster of its own.
async fn under_load(name: &str, times: usize, pause: u64, fault: Fault) {
    let Some(mut cluster) = block_in_place(PrivateCluster::start) else { return };
    let (folder, url) = (tempfile::tempdir().unwrap(), cluster.url("postgres"));
    let serving = serve(folder.path(), &url);
    let places = places(&[&serving]);
    let load = Load::begin(&places).await;
    for _ in 0..times {
        load.goes_on(8).await;
        some_time(pause).await;
        block_in_place(|| fault(&mut cluster));
    }
    load.goes_on(16).await;
    load.ends(Engine::Postgres, name, times).await;
    verifies(folder.path(), &url);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_restarted() {
    under_load("PostgreSQL ends at once and is started again", times(1, 20), 200, |cluster| {
        cluster.stop();
        std::thread::sleep(Duration::from_millis(500));
        cluster.restart();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn its_connections_are_cut() {
    under_load("all connections are cut, in the middle of transactions", times(5, 100), 50, |cluster| {
        cluster.psql(&[
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pakn' AND pid <> pg_backend_pid()",
        ]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_takes_no_writes() {
    under_load("PostgreSQL takes no writes for a second", times(1, 20), 200, |cluster| {
        cluster.psql(&["ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()"]);
        std::thread::sleep(Duration::from_secs(1));
        // The session that undoes it would be one that only reads.
        let writes = "SET default_transaction_read_only = off";
        cluster.psql(&[writes, "ALTER SYSTEM RESET default_transaction_read_only", "SELECT pg_reload_conf()"]);
    })
    .await;
}
