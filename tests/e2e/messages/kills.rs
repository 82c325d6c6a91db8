//! A server that is killed when a message has been sent and not yet noted: the message comes again, under the same key.
//!
//! `MESSAGE_KILLS=100 cargo test -p tests --test e2e messages::kills -- --nocapture` does it a hundred times on each engine and prints the counts.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use serde_json::json;
use tests::{
    Draft, TestApp, both_engines,
    program::{self, Serving},
    push::PushServer,
};
use tokio::task::block_in_place;

use super::{counted, phone};

both_engines!(every_event_leads_to_its_message_whenever_the_server_is_killed);

/// How often it is killed unless it is said otherwise.
const KILLS: usize = 3;

fn kills() -> usize {
    std::env::var("MESSAGE_KILLS").map_or(KILLS, |kills| kills.parse().expect("a number"))
}

fn serve(app: &TestApp, push: &PushServer) -> Serving {
    let mut command = program::command(app.folder.path(), Some(&app.database_url), &["serve"]);
    command.envs(push.variables()).env("PAKN_MESSAGE_LEASE_SECONDS", "1").env("PAKN_LOG", "error");
    block_in_place(|| program::started(command))
}

/// Waits until more messages have come than there were.
async fn one_more(push: &PushServer, before: usize) {
    let until = Instant::now() + Duration::from_secs(60);
    while push.messages().len() <= before {
        assert!(Instant::now() < until, "no message came");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Waits until so many messages have been made, and none of them is to be sent.
async fn settled(app: &TestApp, events: usize) {
    let until = Instant::now() + Duration::from_secs(120);
    loop {
        let made = counted(app, "SELECT COUNT(*) AS n FROM delivery").await;
        let waiting = counted(app, "SELECT COUNT(*) AS n FROM delivery WHERE state = 'waiting'").await;
        if made == i64::try_from(events).unwrap() && waiting == 0 {
            return;
        }
        assert!(Instant::now() < until, "{made} of {events} events are told of, {waiting} messages wait");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn every_event_leads_to_its_message_whenever_the_server_is_killed(app: TestApp) {
    let push = PushServer::start().await;
    let (officer, citizen) = (app.officer("ubnd-256").await, app.citizen().await);
    phone(&citizen, "fcm", "may").await;
    // At any hour.
    let chosen = json!({"language": "vi", "digest": "off", "ways": {"push": {"on": true}, "email": {"on": true}, "sms": {"on": true}}});
    crate::changes::puts(&citizen, "me/notifications", None, &chosen).await.expect(200);
    let code = citizen.submits(&Draft::street_lamp()).await;
    officer.receives(&code).await;
    officer.starts(&code).await;
    for kill in 0..kills() {
        // What was cut off is sent by the next server, when its lease is over.
        let serving = serve(&app, &push);
        settled(&app, kill + 2).await;
        // Every other time the carrier has the message and has not answered: it cannot have been noted. Else it has answered, a moment ago.
        let is_held = kill % 2 == 0;
        push.hangs(is_held);
        let before = push.messages().len();
        officer.does(&code, "progress", &json!({"message": format!("Lần {kill}")})).await;
        one_more(&push, before).await;
        if !is_held {
            tokio::time::sleep(Duration::from_micros(u64::try_from(kill).unwrap() * 397 % 6_000)).await;
        }
        block_in_place(|| serving.kill());
        push.hangs(false);
    }
    let serving = serve(&app, &push);
    let events = kills() + 2;
    settled(&app, events).await;
    serving.terminate();
    block_in_place(|| serving.ends());
    // Every event has its notice, every notice its message, and what came twice came under one key.
    let mut notices = BTreeSet::new();
    let mut cursor = String::new();
    loop {
        let page = citizen.get(&format!("me/inbox?limit=100{cursor}")).await.expect(200);
        notices.extend(page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    let mut sent: BTreeMap<String, usize> = BTreeMap::new();
    for message in push.messages() {
        *sent.entry(message.key()).or_default() += 1;
    }
    assert_eq!(notices.len(), events);
    assert_eq!(sent.keys().cloned().collect::<BTreeSet<_>>(), notices);
    let messages = push.messages().len();
    println!(
        "{:?}: killed {} times; {events} events, {} keys, {messages} messages, {} of them again under a key that had come",
        app.engine,
        kills(),
        sent.len(),
        messages - sent.len(),
    );
    assert_eq!(counted(&app, "SELECT COUNT(*) AS n FROM delivery WHERE state <> 'sent'").await, 0);
}
