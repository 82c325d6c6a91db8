//! Accounts: codes and messages, second factors, devices, delays after failures, and who keeps whose.

mod codes;
mod devices;
pub(crate) mod factors;
mod keeping;
mod lockout;
mod messages;

use api::settings::{MessageSettings, ServeSettings};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection};
use secrecy::SecretString;
use serde_json::{Value, json};
use tests::{Engine, Reply, TestApp, app::settings, gateway::SmsGateway};

use crate::sign_in::PASSWORD;

/// A server that sends SMS through a gateway, which tells the codes.
pub(crate) async fn with_sms(engine: Engine) -> (TestApp, SmsGateway) {
    let gateway = SmsGateway::start();
    let messages = MessageSettings {
        sms_url: Some(SecretString::from(format!("http://{}/send", gateway.address))),
        ..MessageSettings::default()
    };
    let app = TestApp::start_with(engine, ServeSettings { messages, ..settings() }).await;
    (app, gateway)
}

/// A citizen who registered by that phone number.
pub(crate) async fn registered(app: &TestApp, phone: &str) -> Value {
    let body = json!({"phone": phone, "password": PASSWORD, "full_name": "Nguyễn Đặng Thuỳ-Trâm"});
    app.stranger().post("auth/register", &body).await.expect(201)
}

pub(crate) async fn asks_for_reset(app: &TestApp, login: &str) -> Reply {
    app.stranger().post("auth/password/code", &json!({"login": login})).await
}

pub(crate) async fn resets(app: &TestApp, login: &str, code: &str, new: &str) -> Reply {
    let body = json!({"login": login, "code": code, "new_password": new});
    app.stranger().post("auth/password/reset", &body).await
}

/// The database, for what no client can do.
pub(crate) async fn database(app: &TestApp) -> DatabaseConnection {
    let mut options = ConnectOptions::new(&app.database_url);
    options.max_connections(1).sqlx_logging(false);
    Database::connect(options).await.unwrap()
}

/// Runs a statement there.
pub(crate) async fn executes(app: &TestApp, sql: &str) {
    database(app).await.execute_unprepared(sql).await.unwrap();
}
