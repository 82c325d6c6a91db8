//! Signing in with an identity that somebody else vouches for.

mod linked;
mod real;
mod refused;
mod signed_in;

use std::fs;

use api::settings::{AccountSettings, ServeSettings};
use serde_json::{Value, json};
use tests::{
    Engine, Person, Reply, TestApp,
    app::settings,
    identity_provider::{Back, IdentityProvider, Known},
};

/// Settings with those providers.
pub(crate) fn with_providers(providers: &Value) -> (ServeSettings, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("providers.json");
    fs::write(&file, providers.to_string()).unwrap();
    let accounts = AccountSettings { identity_providers: Some(file), ..AccountSettings::default() };
    (ServeSettings { accounts, ..settings() }, folder)
}

/// A server that knows a provider.
async fn with_provider(engine: Engine) -> (TestApp, IdentityProvider) {
    let provider = IdentityProvider::start();
    let (settings, _folder) = with_providers(&json!([provider.settings()]));
    (TestApp::start_with(engine, settings).await, provider)
}

/// Somebody of whom everything is known; by that number.
fn citizen(phone: &str) -> Known {
    json!({"sub": format!("cccd {phone}"), "name": "Nguyễn Đặng Thuỳ-Trâm", "phone_number": phone, "phone_number_verified": true})
}

/// Begins a sign-in.
async fn begins(app: &TestApp) -> Value {
    app.stranger().post("auth/identity/start", &json!({"provider": "vneid"})).await.expect(200)
}

/// What an app sends of a person who came back.
fn returned(begun: &Value, back: &Back) -> Value {
    json!({"attempt": begun["attempt"], "state": back.state, "code": back.code})
}

async fn finishes(app: &TestApp, body: &Value) -> Reply {
    app.stranger().post("auth/identity/finish", body).await
}

/// Goes all the way.
async fn signs_in(app: &TestApp, provider: &IdentityProvider, who: &Known) -> Reply {
    let begun = begins(app).await;
    let back = provider.shows(begun["authorization_url"].as_str().unwrap(), who);
    finishes(app, &returned(&begun, &back)).await
}

/// Begins to link an identity to somebody's account, and shows it; what the app then sends.
async fn shows_to_link(person: &Person<'_>, provider: &IdentityProvider, who: &Known, password: &str) -> Value {
    let body = json!({"provider": "vneid", "current_password": password});
    let begun = person.post("me/identities/start", &body).await.expect(200);
    let back = provider.shows(begun["authorization_url"].as_str().unwrap(), who);
    returned(&begun, &back)
}
