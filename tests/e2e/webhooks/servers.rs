//! Several servers, servers that are killed, and transactions that end late.

use std::{collections::BTreeMap, time::Duration};

use serde_json::json;
use tests::{
    Draft, Engine, TestApp, both_engines,
    past::held_open,
    program,
    webhook_target::{Answering, WebhookTarget},
};
use tokio::task::block_in_place;

use super::{DESK, Telling, makes, open_settings, time_passes};

both_engines!(with open_settings();
    two_servers_tell_once,
    what_a_server_was_telling_when_it_was_killed_is_told,
);

async fn two_servers_tell_once(app: TestApp) {
    let other = app.another_server_with(open_settings()).await;
    let _telling = [Telling::by(&app.app), Telling::by(&other.app)];
    let (leader, citizen) = (app.leader(DESK).await, app.citizen().await);
    let target = WebhookTarget::start();
    let made = makes(&leader, &target, json!({})).await;
    for _ in 0..40 {
        citizen.submits(&Draft::street_lamp()).await;
    }
    made.has(&leader, "delivered", 40).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for one in target.told() {
        *times.entry(one.id().to_owned()).or_default() += 1;
    }
    assert_eq!((times.len(), times.values().max()), (40, Some(&1)), "{times:?}");
}

/// The program itself, killed as by a power cut: while its target takes its time to answer, and before the log was looked at.
async fn what_a_server_was_telling_when_it_was_killed_is_told(app: TestApp) {
    let (leader, citizen) = (app.leader(DESK).await, app.citizen().await);
    let target = WebhookTarget::start();
    let made = makes(&leader, &target, json!({})).await;
    let serve = || {
        block_in_place(|| {
            let mut command = program::command(app.folder.path(), Some(&app.database_url), &["serve"]);
            command.env("PAKN_WEBHOOK_ALLOW_PRIVATE", "127.0.0.0/8").env("PAKN_WEBHOOK_TIMEOUT", "30");
            program::started(command)
        })
    };
    target.always_answers(Answering::Hangs(Duration::from_secs(600)));
    let serving = serve();
    let mut codes = vec![citizen.submits(&Draft::street_lamp()).await, citizen.submits(&Draft::street_lamp()).await];
    let first = target.hears(2).await;
    block_in_place(|| serving.kill());
    for _ in 0..3 {
        codes.push(citizen.submits(&Draft::street_lamp()).await);
    }
    target.always_answers(Answering::Status(200, None));
    // The time of whoever was killed is over.
    time_passes(&app).await;
    let serving = serve();
    let told = target.hears(7).await;
    made.has(&leader, "delivered", 5).await;
    block_in_place(|| serving.kill());
    let mut again: Vec<&str> = told[2..].iter().map(|one| one.id()).collect();
    again.sort_unstable();
    again.dedup();
    assert_eq!(
        (again.len(), target.told().len()),
        (5, 7),
        "each of the five once, those that were cut off by the same id"
    );
    assert!(first.iter().all(|one| again.contains(&one.id())));
    let heard: Vec<_> = told[2..].iter().map(|one| one.json()["data"]["code"].clone()).collect();
    assert!(codes.iter().all(|code| heard.contains(&json!(code))));
}

/// On PostgreSQL a position that is taken early may be committed late; it must be told all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_committed_late_is_not_stepped_over() {
    if tests::postgres::server().is_none() {
        return;
    }
    let app = TestApp::start_with(Engine::Postgres, open_settings()).await;
    let _telling = Telling::by(&app.app);
    let (leader, citizen) = (app.leader(DESK).await, app.citizen().await);
    let target = WebhookTarget::start();
    makes(&leader, &target, json!({})).await;
    let (held, slow) = held_open(&app, &citizen).await;
    let quick = citizen.submits(&Draft::street_lamp()).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(target.told().is_empty(), "nothing is told that an older transaction might still come before");
    held.commit().await.unwrap();
    let codes: Vec<_> = target.hears(2).await.iter().map(|one| one.json()["data"]["code"].clone()).collect();
    assert!(codes.contains(&json!(slow)) && codes.contains(&json!(quick)), "{codes:?}");
}
