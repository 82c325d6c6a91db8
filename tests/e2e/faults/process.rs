//! Servers that are killed.

use tests::{Engine, database::Database};
use tokio::task::block_in_place;

use super::{at, load::Load, places, serve, some_time, times, verifies};
use crate::crash::on_both_engines;

on_both_engines!(a_server_is_killed_at_any_moment, one_of_two_servers_is_killed);

async fn a_server_is_killed_at_any_moment(engine: Engine) {
    let folder = tempfile::tempdir().unwrap();
    let database = block_in_place(|| Database::new(engine, folder.path()));
    let mut serving = serve(folder.path(), &database.url);
    let places = places(&[&serving]);
    let load = Load::begin(&places).await;
    let times = times(2, 100);
    for _ in 0..times {
        load.goes_on(3).await;
        some_time(200).await;
        block_in_place(|| serving.kill());
        serving = serve(folder.path(), &database.url);
        places.send_replace(at(&[&serving]));
    }
    load.goes_on(8).await;
    load.ends(engine, "the server is killed", times).await;
    verifies(folder.path(), &database.url);
}

async fn one_of_two_servers_is_killed(engine: Engine) {
    let folder = tempfile::tempdir().unwrap();
    let database = block_in_place(|| Database::new(engine, folder.path()));
    let (stays, mut dies) = (serve(folder.path(), &database.url), serve(folder.path(), &database.url));
    let places = places(&[&stays, &dies]);
    let load = Load::begin(&places).await;
    let times = times(1, 20);
    for _ in 0..times {
        load.goes_on(3).await;
        some_time(200).await;
        block_in_place(|| dies.kill());
        // The other goes on alone.
        load.goes_on(8).await;
        dies = serve(folder.path(), &database.url);
        places.send_replace(at(&[&stays, &dies]));
    }
    load.goes_on(8).await;
    load.ends(engine, "one of two servers is killed", times).await;
    verifies(folder.path(), &database.url);
}
