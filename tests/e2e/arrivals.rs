//! Many petitions at once: each is taken in whole or refused, whatever becomes of those beside it.

use std::time::Duration;

use domain::{
    chain::Digest,
    petition::{CommandKind, Refusal},
};
use persistence::{Arrival, Dossier, NotTaken, RequestedUnder, StoreError};
use reqwest::Method;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement, TransactionTrait};
use serde_json::json;
use tests::{Draft, Engine, Person, TestApp, both_engines};

use crate::{bad_input::petitions, retries::at_once};

both_engines!(
    those_that_come_at_once_are_each_answered_for_themselves,
    those_that_nobody_waits_for_and_those_that_are_refused_take_no_room,
    more_than_may_wait_are_told_so_at_once,
    each_of_many_is_told_what_is_near_its_own_place,
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
    let citizen = app.citizen().await;
    match app.engine {
        Engine::Sqlite => {
            let unit = app.app.store.begin().await.unwrap();
            let waiting = the_line_fills(&app, &citizen).await;
            drop(unit);
            are_told_when_their_turn_has_come(waiting).await;
        }
        Engine::Postgres => {
            let database = Database::connect(&app.database_url).await.unwrap();
            let unit = database.begin().await.unwrap();
            unit.execute_unprepared("LOCK TABLE petition IN SHARE MODE").await.unwrap();
            // Two may be writing at once, and both are held back.
            let second = async {
                who_wait_for_the_lock(&database, 1).await;
                citizen.sends(&Draft::street_lamp()).await
            };
            let rest = async {
                who_wait_for_the_lock(&database, 2).await;
                let waiting = the_line_fills(&app, &citizen).await;
                unit.rollback().await.unwrap();
                are_told_when_their_turn_has_come(waiting).await;
            };
            let lamp = Draft::street_lamp();
            let (first, second, ()) = tokio::join!(citizen.sends(&lamp), second, rest);
            first.expect(201);
            second.expect(201);
        }
    }
    citizen.submits(&Draft::street_lamp()).await;
    assert_eq!(app.app.store.waiting_arrivals().0, 0);
}

async fn who_wait_for_the_lock(database: &DatabaseConnection, many: i64) {
    let sql = "SELECT count(*) FROM pg_locks WHERE relation = 'petition'::regclass AND NOT granted";
    let waiting = || async {
        let asked = Statement::from_string(DbBackend::Postgres, sql);
        database.query_one_raw(asked).await.unwrap().unwrap().try_get_by_index::<i64>(0).unwrap()
    };
    while waiting().await < many {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

type Waiting = Vec<tokio::task::JoinHandle<Result<Dossier, NotTaken>>>;

async fn the_line_fills(app: &TestApp, citizen: &Person<'_>) -> Waiting {
    let store = app.app.store.clone();
    let (_, most) = store.waiting_arrivals();
    // One is in the hands of the task, which waits for its turn.
    let waiting = (0..=most).map(|_| {
        let store = store.clone();
        tokio::spawn(async move { store.take_in(refused()).await })
    });
    let waiting = waiting.collect();
    while store.waiting_arrivals().0 < most {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert!(matches!(store.take_in(refused()).await, Err(NotTaken::Store(StoreError::Busy))));
    let reply = citizen.sends(&Draft::street_lamp()).await;
    reply.problem(503, "busy");
    assert!(reply.header("retry-after").parse::<u64>().unwrap() > 0);
    waiting
}

async fn are_told_when_their_turn_has_come(waiting: Waiting) {
    for waited in waiting {
        assert!(matches!(waited.await.unwrap(), Err(NotTaken::Refused(_))));
    }
}

async fn each_of_many_is_told_what_is_near_its_own_place(app: TestApp) {
    let (coordinator, first, second) = (app.coordinator().await, app.citizen().await, app.citizen().await);
    app.officer("ubnd-256").await;
    // Either side of the line between two cells of the index, and a third far from both.
    let places = [(21.1799, 106.0799), (21.1801, 106.0801), (21.0500, 106.2000)];
    let lamp = |(lat, lon): (f64, f64)| Draft::street_lamp().with("location", json!({"lat": lat, "lon": lon}));
    let mut published = Vec::new();
    for place in places {
        let code = first.submits(&lamp(place)).await;
        coordinator.does(&code, "publish", &json!({})).await;
        published.push(code);
    }
    let sends = |number: usize| {
        let draft = lamp(places[number % 3]);
        second.request(Method::POST, "petitions").header("idempotency-key", format!("key {number}")).json(&draft.0)
    };
    let replies = at_once((0..24).map(sends)).await;
    for (number, reply) in replies.iter().enumerate() {
        let answer = reply.expect(201);
        let near: Vec<_> = answer["likely_duplicates"].as_array().unwrap().iter().collect();
        let of = |code: &String| near.iter().find(|near| near["code"] == code.as_str());
        let far = &published[if number % 3 == 2 { 0 } else { 2 }];
        assert_eq!(of(far), None, "{near:?}");
        // At most five are told, and those of the same moment are as near.
        let own = of(&published[number % 3]).map(|own| own["distance_m"].as_u64().unwrap());
        assert!(own == Some(0) || near.len() == 5, "{near:?}");
        assert!(near.iter().all(|near| near["distance_m"].as_u64().unwrap() < 100), "{near:?}");
    }
    let before = second.sends(&lamp(places[1]).with("title", json!("Đèn tắt"))).await.expect(201);
    assert_eq!(before["likely_duplicates"].as_array().unwrap().len(), 5);
}
