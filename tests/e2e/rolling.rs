//! Servers are replaced one after the other behind the proxy of `deploy/`, while requests come in.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use reqwest::Method;
use serde_json::json;
use tests::{
    Draft, Engine, Visitor,
    database::Database,
    nginx::{Nginx, free_address},
    program::{self, Serving},
};
use tokio::task::{JoinSet, block_in_place};

/// Sends petitions, each under its key, until told to stop; the codes. Any answer but a good one is a failure.
async fn sends(citizen: Visitor, name: usize, enough: Arc<AtomicBool>) -> Vec<String> {
    let mut codes = Vec::new();
    while !enough.load(Ordering::SeqCst) {
        let key = format!("{name}-{}", codes.len());
        let reply = citizen.tries(&key, &Draft::street_lamp().with("title", json!(key))).await.expect("an answer");
        codes.push(reply.expect(201)["code"].as_str().unwrap().to_owned());
    }
    codes
}

async fn reads(citizen: Visitor, code: String, enough: Arc<AtomicBool>) -> usize {
    let mut read = 0;
    while !enough.load(Ordering::SeqCst) {
        citizen.get(&format!("petitions/{code}")).await.expect(200);
        citizen.get("me/petitions?limit=1").await.expect(200);
        read += 2;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    read
}

async fn servers_are_replaced_behind_the_proxy_without_a_failed_request(engine: Engine) {
    let addresses = [free_address(), free_address()];
    let Some(nginx) = block_in_place(|| Nginx::before(&addresses)) else { return };
    let folder = tempfile::tempdir().unwrap();
    let database = block_in_place(|| Database::new(engine, folder.path()));
    let start = |number: usize| -> Serving {
        let address = addresses[number].to_string();
        let mut command = program::command(folder.path(), Some(&database.url), &["serve", "--listen", &address]);
        command.env("PAKN_TRUSTED_HOPS", "1").env("PAKN_LIMITS", "off");
        block_in_place(|| program::started(command))
    };
    let mut servers = [start(0), start(1)];
    let mut citizens = Vec::new();
    for number in 0..4 {
        citizens.push(Visitor::citizen(nginx.address, number).await);
    }
    let first = citizens[0].tries("first", &Draft::street_lamp()).await.unwrap().expect(201);
    let first = first["code"].as_str().unwrap().to_owned();
    // What is behind the proxy only is not to be had through it, and what a client claims of its address does not arrive.
    let hidden = citizens[0].request(Method::GET, "/metrics").send().await.unwrap();
    assert_eq!(hidden.status(), 404);
    let claims = citizens[0].request(Method::GET, "me").header("x-forwarded-for", "203.0.113.7").send().await.unwrap();
    assert_eq!(claims.status(), 200);

    let enough = Arc::new(AtomicBool::new(false));
    let (mut sending, mut reading) = (JoinSet::new(), JoinSet::new());
    for (name, citizen) in citizens.iter().enumerate() {
        sending.spawn(sends(citizen.moved(nginx.address), name, Arc::clone(&enough)));
    }
    for _ in 0..2 {
        reading.spawn(reads(citizens[0].moved(nginx.address), first.clone(), Arc::clone(&enough)));
    }
    for number in [0, 1, 0, 1] {
        tokio::time::sleep(Duration::from_millis(300)).await;
        servers[number].terminate();
        let old = std::mem::replace(&mut servers[number], {
            // The port is free when the old one has ended.
            while std::net::TcpStream::connect(addresses[number]).is_ok() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            start(number)
        });
        let (status, printed) = block_in_place(|| old.ends());
        assert!(status.success() && printed.last().is_some_and(|line| line == "stopped"), "{status} {printed:?}");
    }
    enough.store(true, Ordering::SeqCst);
    let codes: Vec<String> = sending.join_all().await.concat();
    let read: usize = reading.join_all().await.iter().sum();
    assert!(codes.len() > 20 && read > 20, "{} sent, {read} read", codes.len());
    let known: HashSet<&String> = codes.iter().collect();
    assert_eq!(known.len(), codes.len(), "each is one");
    let mut own = 0;
    for citizen in &citizens {
        own += citizen.own().await.len();
    }
    assert_eq!(own, codes.len() + 1, "none is there twice");
    drop(servers);
    let verified = block_in_place(|| program::run(folder.path(), Some(&database.url), &["verify"]));
    assert!(verified.status.success(), "{verified:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite() {
    servers_are_replaced_behind_the_proxy_without_a_failed_request(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres() {
    if block_in_place(tests::postgres::server).is_some() {
        servers_are_replaced_behind_the_proxy_without_a_failed_request(Engine::Postgres).await;
    }
}
