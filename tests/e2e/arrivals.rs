//! Many petitions at once: each is taken in whole or refused, whatever becomes of those beside it.

use std::time::Duration;

use domain::{
    chain::Digest,
    petition::{CommandKind, Refusal},
};
use persistence::{Arrival, NotTaken, RequestedUnder, StoreError};
use reqwest::Method;
use serde_json::json;
use tests::{Draft, Engine, TestApp, both_engines};

use crate::{bad_input::petitions, retries::at_once};

both_engines!(
    those_that_come_at_once_are_each_answered_for_themselves,
    those_that_nobody_waits_for_and_those_that_are_refused_take_no_room,
    more_than_may_wait_are_told_so_at_once,
);

async fn those_that_come_at_once_are_each_answered_for_themselves(app: TestApp) {
    app.officer("ubnd-256").await;
    let citizen = app.citizen().await;
    let sends = |key: String, draft: &Draft| {
        citizen.request(Method::POST, "petitions").header("idempotency-key", key).json(&draft.0)
    };
    let (lamp, unknown) = (Draft::street_lamp(), Draft::street_lamp().with("category", json!("khong_co")));
    let taken = Draft::street_lamp().with("attachments", json!(["0199a000-0000-7000-8000-000000000000"]));
    // Of eight: five whose keys are their own, two of one key and different bodies, one that is refused before it gets that far.
    let requests = (0..32).map(|number| match number % 8 {
        5 => sends(format!("row {}", number / 8), &lamp),
        6 => sends(format!("row {}", number / 8), &Draft::rubbish()),
        7 if number < 16 => sends(format!("key {number}"), &unknown),
        7 => sends(format!("key {number}"), &taken),
        _ => sends(format!("key {number}"), &lamp),
    });
    let replies = at_once(requests).await;
    let mut codes: Vec<String> = Vec::new();
    for (number, reply) in replies.iter().enumerate() {
        match (number % 8, reply.status) {
            (7, _) => drop(reply.problem(422, "invalid_input")),
            (5 | 6, 422) => drop(reply.problem(422, "idempotency_key_reused")),
            _ => codes.push(reply.expect(201)["code"].as_str().unwrap().to_owned()),
        }
    }
    assert_eq!(codes.len(), 32 - 8, "of two under one key one, of those that are wrong none");
    codes.sort();
    codes.dedup();
    assert_eq!(codes.len(), 32 - 8, "each has a code of its own");
    assert_eq!(petitions(&app).await, 32 - 8);
    app.folds().await;
    let verified = app.app.store.snapshot().await.unwrap().verify().await.unwrap();
    assert!(verified.damages.is_empty(), "{:?}", verified.damages);
}

/// One that the domain refuses.
fn refused() -> Arrival {
    Arrival { decide: Box::new(|_| Err(Refusal::Forbidden(CommandKind::Submit))), key: None }
}

async fn those_that_nobody_waits_for_and_those_that_are_refused_take_no_room(app: TestApp) {
    app.officer("ubnd-256").await;
    let citizen = app.citizen().await;
    let store = &app.app.store;
    let key = RequestedUnder {
        account: citizen.account.as_ref().unwrap().id,
        key: "a key".to_owned(),
        fingerprint: Digest::of(&[b"a request"]),
    };
    assert!(matches!(store.take_in(refused()).await, Err(NotTaken::Refused(Refusal::Forbidden(_)))));
    let kept = Arrival { key: Some(key), ..refused() };
    assert!(store.take_in(kept).await.is_err());
    let key = citizen.request(Method::POST, "petitions").header("idempotency-key", "a key");
    at_once([key.json(&Draft::street_lamp().0)]).await[0].expect(201);
    // Somebody hangs up while another writes: nothing comes of it, and the next one is taken in.
    let unit = store.begin().await.unwrap();
    let decided = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    if app.engine == Engine::Sqlite {
        let seen = std::sync::Arc::clone(&decided);
        let decide = Box::new(move |_| {
            seen.store(true, std::sync::atomic::Ordering::Relaxed);
            Err(Refusal::Hidden)
        });
        let waits = store.take_in(Arrival { decide, key: None });
        assert!(tokio::time::timeout(Duration::from_millis(50), waits).await.is_err());
    }
    drop(unit);
    citizen.submits(&Draft::street_lamp()).await;
    assert!(!decided.load(std::sync::atomic::Ordering::Relaxed), "nobody waited for it");
    assert_eq!(petitions(&app).await, 2);
}

async fn more_than_may_wait_are_told_so_at_once(app: TestApp) {
    let store = app.app.store.clone();
    let (_, most) = store.waiting_arrivals();
    if app.engine == Engine::Postgres {
        // There the database is waited for, and nothing here can hold it back.
        return;
    }
    let citizen = app.citizen().await;
    let unit = store.begin().await.unwrap();
    let waiting: Vec<_> = (0..=most)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.take_in(refused()).await })
        })
        .collect();
    // One is in the hands of the task, which waits for its turn.
    while store.waiting_arrivals().0 < most {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert!(matches!(store.take_in(refused()).await, Err(NotTaken::Store(StoreError::Busy))));
    let reply = citizen.sends(&Draft::street_lamp()).await;
    reply.problem(503, "busy");
    assert!(reply.header("retry-after").parse::<u64>().unwrap() > 0);
    drop(unit);
    for waited in waiting {
        assert!(matches!(waited.await.unwrap(), Err(NotTaken::Refused(_))), "each is answered when its turn has come");
    }
    citizen.submits(&Draft::street_lamp()).await;
    assert_eq!(store.waiting_arrivals().0, 0);
}
