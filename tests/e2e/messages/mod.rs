//! What people are told: who of what, by which way and when; and that it arrives whatever becomes of servers and carriers.

mod carriers;
mod inbox;
#[cfg(target_os = "linux")]
mod kills;
mod mail;
mod preferences;
#[cfg(target_os = "linux")]
mod tls;

use std::time::Duration;

use api::settings::{MessageSettings, ServeSettings};
use chrono::Duration as Days;
use domain::{
    notice::{Carrier, Circuit},
    time::Instant,
};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use tests::{Engine, Person, TestApp, app::settings, push::PushServer};

use crate::accounts::{database, executes};

/// Noon of today in Việt Nam: nobody's quiet hours.
fn noon() -> Instant {
    Instant::start_of_day(api::clock::now().local_date()).plus(Days::hours(12))
}

/// A server whose push messages go to a server of the test, with what else is set.
async fn with_push(engine: Engine, change: impl FnOnce(&mut MessageSettings)) -> (TestApp, PushServer) {
    let push = PushServer::start().await;
    let mut messages = MessageSettings::default();
    push.settle(&mut messages);
    change(&mut messages);
    (TestApp::start_with(engine, ServeSettings { messages, ..settings() }).await, push)
}

/// A phone of theirs.
async fn phone(person: &Person<'_>, platform: &str, token: &str) -> Value {
    person.post("me/push-tokens", &json!({"platform": platform, "token": token})).await.expect(201)
}

/// Takes every phone number and address for proved.
async fn all_verified(app: &TestApp) {
    executes(app, "UPDATE account SET verified_at = created_at").await;
}

/// Their inbox, once so many are in it, the newest first. Another test's transaction may hold back the log's end on PostgreSQL.
async fn inbox_of(app: &TestApp, person: &Person<'_>, count: usize) -> Vec<Value> {
    for _ in 0..600 {
        while app.app.tell_news(noon()).await.unwrap() {}
        let page = person.get("me/inbox?limit=100").await.expect(200);
        let items = page["items"].as_array().unwrap().clone();
        if items.len() >= count {
            assert_eq!(items.len(), count, "{items:?}");
            return items;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("nobody was told: {:?}", person.get("me/inbox").await.text);
}

/// What kinds of notices those are, the oldest first.
fn kinds(items: &[Value]) -> Vec<&str> {
    items.iter().rev().map(|item| item["kind"].as_str().unwrap()).collect()
}

/// Sends what is due by a carrier until nothing is; how many messages that were.
async fn sends(app: &TestApp, carrier: Carrier, circuit: &mut Circuit, now: Instant) -> u32 {
    let mut sent = 0;
    loop {
        match app.app.send_due(carrier, circuit, now).await.unwrap() {
            0 => return sent,
            some => sent += some,
        }
    }
}

/// A number from the database.
async fn counted(app: &TestApp, sql: &str) -> i64 {
    let database = database(app).await;
    let row = database.query_one_raw(Statement::from_string(database.get_database_backend(), sql.to_owned()));
    row.await.unwrap().unwrap().try_get("", "n").unwrap()
}
