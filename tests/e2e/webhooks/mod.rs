//! Webhooks: an agency's system is told what its desk hears, once at least, whatever its target and the servers do.

mod addresses;
mod failing;
mod kept;
mod servers;
mod told;

use std::{sync::Arc, time::Duration};

use api::{app::App, settings::ServeSettings, webhook::WebhookSettings};
use domain::webhook::AllowedNetworks;
use reqwest::Method;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use tests::{Person, Reply, TestApp, app::settings, webhook_target::WebhookTarget};
use tokio::task::JoinHandle;

use crate::log::connected;

const DESK: &str = "ubnd-256";
const OTHER: &str = "ubnd-09163";

/// Targets on this machine are allowed, and have two seconds to answer.
pub(crate) fn open_settings() -> ServeSettings {
    let allow_private = AllowedNetworks::parse("true").unwrap();
    let webhooks = WebhookSettings { allow_private, timeout: 2, ..WebhookSettings::default() };
    ServeSettings { webhooks, ..settings() }
}

/// What a server does beside requests to tell webhooks; it ends when this is dropped.
pub(crate) struct Telling(Vec<JoinHandle<()>>);

impl Telling {
    pub(crate) fn by(app: &Arc<App>) -> Self {
        Self(vec![
            tokio::spawn(Arc::clone(app).keep_gathering_for_webhooks()),
            tokio::spawn(Arc::clone(app).keep_webhooks_told()),
        ])
    }
}

impl Drop for Telling {
    fn drop(&mut self) {
        self.0.iter().for_each(JoinHandle::abort);
    }
}

/// A webhook that somebody made, and its secret.
struct Made {
    id: String,
    secret: String,
}

async fn makes(person: &Person<'_>, target: &WebhookTarget, more: Value) -> Made {
    let mut body = json!({"url": target.url()});
    for (field, value) in more.as_object().unwrap() {
        body[field] = value.clone();
    }
    let made = person.post("webhooks", &body).await.expect(201);
    let text = |field: &str| made[field].as_str().unwrap().to_owned();
    Made { id: text("id"), secret: text("secret") }
}

impl Made {
    fn path(&self, rest: &str) -> String {
        format!("webhooks/{}{rest}", self.id)
    }

    async fn shown(&self, person: &Person<'_>) -> Value {
        person.get(&self.path("")).await.expect(200)
    }

    async fn deliveries(&self, person: &Person<'_>, query: &str) -> Vec<Value> {
        let page = person.get(&self.path(&format!("/deliveries?limit=100&{query}"))).await.expect(200);
        page["items"].as_array().unwrap().clone()
    }

    /// Its deliveries of a state, once there are so many.
    async fn has(&self, person: &Person<'_>, state: &str, count: usize) -> Vec<Value> {
        for _ in 0..600 {
            let found = self.deliveries(person, &format!("state={state}")).await;
            if found.len() >= count {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{} are not {state}: {:?}", count, self.deliveries(person, "").await);
    }

    /// It, once it is in that state.
    async fn becomes(&self, person: &Person<'_>, state: &str) -> Value {
        for _ in 0..600 {
            let shown = self.shown(person).await;
            if shown["state"] == state {
                return shown;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("not {state}: {} {:?}", self.shown(person).await, self.deliveries(person, "").await);
    }

    /// A delivery, once it has been tried so often.
    async fn tried(&self, person: &Person<'_>, times: usize) -> Value {
        for _ in 0..600 {
            let found = self.deliveries(person, "").await;
            let tried = found.into_iter().find(|one| one["attempts"].as_array().unwrap().len() >= times);
            if let Some(tried) = tried {
                return tried;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("not tried {times} times: {:?}", self.deliveries(person, "").await);
    }
}

async fn sends(person: &Person<'_>, method: Method, path: &str, body: &Value) -> Reply {
    Reply::read(person.request(method, path).json(body).send().await.unwrap()).await
}

/// Lets everything that waits be due.
async fn time_passes(app: &TestApp) {
    changes(app, "UPDATE webhook_delivery SET next_at = 0 WHERE state = 'waiting'").await;
}

async fn changes(app: &TestApp, sql: &str) {
    connected(app).await.execute_unprepared(sql).await.unwrap();
}
