//! The same with a certified provider from a registry, which knows nothing of us.

use serde_json::json;
use tests::{Draft, Engine, Person, TestApp, both_engines, identity_provider::Back, oidc_provider::OidcProvider};

use super::{begins, finishes, with_providers};
use crate::{
    accounts::registered,
    sign_in::{PASSWORD, holder, signs_in},
};

both_engines!(people_sign_in_with_a_certified_provider, and_link_their_identities);

fn returned(provider: &OidcProvider, begun: &serde_json::Value, back: &Back) -> serde_json::Value {
    json!({"attempt": begun["attempt"], "state": back.state, "code": back.code, "iss": provider.issuer()})
}

async fn with_provider(engine: Engine, secret_method: &str) -> Option<(TestApp, OidcProvider)> {
    let provider = tokio::task::block_in_place(|| OidcProvider::start(secret_method))?;
    let (settings, _folder) = with_providers(&json!([provider.settings()]));
    Some((TestApp::start_with(engine, settings).await, provider))
}

async fn people_sign_in_with_a_certified_provider(app: TestApp) {
    let Some((app, provider)) = with_provider(app.engine, "client_secret_basic").await else { return };
    let begun = begins(&app).await;
    let back = provider.shows(begun["authorization_url"].as_str().unwrap(), "ha").await;
    let body = returned(&provider, &begun, &back);
    let pair = finishes(&app, &body).await.expect(201);
    let me = holder(&app, &pair);
    let account = me.get("me").await.expect(200);
    assert_eq!((&account["login"], &account["full_name"]), (&json!("+84977000001"), &json!("Nguyễn Thị Hà")));
    me.submits(&Draft::street_lamp()).await;
    finishes(&app, &body).await.problem(401, "identity_attempt_over");
    // Again, by a code that another sign-in got: PKCE is held against it there.
    let (begun, other) = (begins(&app).await, begins(&app).await);
    let back = provider.shows(begun["authorization_url"].as_str().unwrap(), "ha").await;
    let stolen = provider.shows(other["authorization_url"].as_str().unwrap(), "nam").await;
    let mixed = Back { code: stolen.code, state: back.state };
    finishes(&app, &returned(&provider, &begun, &mixed)).await.problem(401, "identity_refused");
    let begun = begins(&app).await;
    let back = provider.shows(begun["authorization_url"].as_str().unwrap(), "ha").await;
    let pair = finishes(&app, &returned(&provider, &begun, &back)).await.expect(200);
    assert_eq!(holder(&app, &pair).get("me").await.expect(200)["id"], account["id"]);
}

async fn and_link_their_identities(app: TestApp) {
    let Some((app, provider)) = with_provider(app.engine, "client_secret_post").await else { return };
    registered(&app, "0977000009").await;
    let me: Person<'_> = holder(&app, &signs_in(&app, "0977000009", PASSWORD).await.expect(200));
    let start = json!({"provider": "vneid", "current_password": PASSWORD});
    let begun = me.post("me/identities/start", &start).await.expect(200);
    let back = provider.shows(begun["authorization_url"].as_str().unwrap(), "nam").await;
    me.post("me/identities", &returned(&provider, &begun, &back)).await.expect(201);
    let begun = begins(&app).await;
    let back = provider.shows(begun["authorization_url"].as_str().unwrap(), "nam").await;
    let pair = finishes(&app, &returned(&provider, &begun, &back)).await.expect(200);
    assert_eq!(holder(&app, &pair).get("me").await.expect(200)["login"], "+84977000009");
}
