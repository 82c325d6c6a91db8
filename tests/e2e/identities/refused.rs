//! Sign-ins that prove nothing: none of them opens or makes an account.

use serde_json::{Value, json};
use tests::{
    TestApp, both_engines,
    identity_provider::{Back, Lie},
};

use super::{begins, citizen, finishes, returned, signs_in, with_provider};
use crate::sign_in::holder;

both_engines!(
    a_token_that_proves_nothing_is_refused,
    what_belongs_to_another_sign_in_is_refused,
    a_link_back_from_another_issuer_is_refused,
    whoever_was_refused_by_the_provider_is_told_so,
    bad_bodies_are_told_and_end_nothing,
);

async fn a_token_that_proves_nothing_is_refused(app: TestApp) {
    let (app, provider) = with_provider(app.engine).await;
    let who = citizen("+84977000001");
    let pair = signs_in(&app, &provider, &who).await.expect(201);
    let id = holder(&app, &pair).get("me").await.expect(200)["id"].clone();
    for lie in [
        Lie::Issuer,
        Lie::Audience,
        Lie::Party,
        Lie::Nonce,
        Lie::NoNonce,
        Lie::Expired,
        Lie::NotYet,
        Lie::Forged,
        Lie::Unsigned,
        Lie::Shared,
        Lie::Garbage,
    ] {
        for who in [&who, &citizen("+84977000002")] {
            provider.lies(lie);
            let begun = begins(&app).await;
            let back = provider.shows(begun["authorization_url"].as_str().unwrap(), who);
            let reply = finishes(&app, &returned(&begun, &back)).await;
            assert_eq!(reply.status, 401, "{lie:?}: {}", reply.text);
            let problem = reply.problem(401, "identity_refused");
            // What was wrong with it is for the log alone.
            assert_eq!(problem["detail"], problem["title"], "{lie:?}");
            finishes(&app, &returned(&begun, &back)).await.problem(401, "identity_attempt_over");
        }
    }
    // What is said of somebody else is not used; who it is, is known all the same.
    provider.lies(Lie::Somebody);
    let begun = begins(&app).await;
    let back = provider.shows(begun["authorization_url"].as_str().unwrap(), &citizen("+84977000003"));
    finishes(&app, &returned(&begun, &back)).await.faults(&[("/full_name", "required")]);
    let again = signs_in(&app, &provider, &who).await.expect(200);
    assert_eq!(holder(&app, &again).get("me").await.expect(200)["id"], id);
}

async fn what_belongs_to_another_sign_in_is_refused(app: TestApp) {
    let (app, provider) = with_provider(app.engine).await;
    let (mine, others) = (citizen("+84977000001"), citizen("+84977000002"));
    let shows = |begun: &Value, who| provider.shows(begun["authorization_url"].as_str().unwrap(), who);
    // Another's link, which somebody was made to open: state and code are the attacker's.
    let (victim, attacker) = (begins(&app).await, begins(&app).await);
    let back = shows(&attacker, &others);
    finishes(&app, &returned(&victim, &back)).await.problem(401, "identity_refused");
    // The state is right, and the code another sign-in's: the verifier does not fit (PKCE).
    let (victim, attacker) = (begins(&app).await, begins(&app).await);
    let code = shows(&attacker, &others).code;
    let back = Back { code, ..shows(&victim, &mine) };
    finishes(&app, &returned(&victim, &back)).await.problem(401, "identity_refused");
    // A code that was caught on its way is worth nothing without the secret of the phone.
    let begun = begins(&app).await;
    let back = shows(&begun, &mine);
    for guess in ["", "x", &"0".repeat(64)] {
        let mut body = returned(&begun, &back);
        body["attempt"] = json!(guess);
        finishes(&app, &body).await.problem(401, "identity_attempt_over");
    }
    // And what was not touched still ends.
    finishes(&app, &returned(&begun, &back)).await.expect(201);
}

async fn a_link_back_from_another_issuer_is_refused(app: TestApp) {
    let (app, provider) = with_provider(app.engine).await;
    provider.answers_with_issuer();
    let who = citizen("+84977000001");
    let issuer = format!("http://{}", provider.address);
    for (iss, expected) in [(json!(null), 401), (json!("https://id.example.vn"), 401), (json!(issuer), 201)] {
        let begun = begins(&app).await;
        let back = provider.shows(begun["authorization_url"].as_str().unwrap(), &who);
        let mut body = returned(&begun, &back);
        body["iss"] = iss.clone();
        let reply = finishes(&app, &body).await;
        assert_eq!(reply.status, expected, "{iss}: {}", reply.text);
    }
    // Two of them never came to the provider.
    assert_eq!(provider.asked(), 1);
}

async fn whoever_was_refused_by_the_provider_is_told_so(app: TestApp) {
    let (app, provider) = with_provider(app.engine).await;
    let begun = begins(&app).await;
    let back = provider.shows(begun["authorization_url"].as_str().unwrap(), &citizen("+84977000001"));
    let body = json!({"attempt": begun["attempt"], "state": back.state, "error": "access_denied"});
    finishes(&app, &body).await.problem(401, "identity_refused");
    let begun = begins(&app).await;
    let body = json!({"attempt": begun["attempt"], "state": "x", "code": "code-0"});
    finishes(&app, &body).await.problem(401, "identity_refused");
    assert_eq!(provider.asked(), 0);
}

async fn bad_bodies_are_told_and_end_nothing(app: TestApp) {
    let (app, provider) = with_provider(app.engine).await;
    let stranger = app.stranger();
    let start = async |body: Value| stranger.post("auth/identity/start", &body).await;
    start(json!({})).await.faults(&[("/provider", "required")]);
    start(json!({"provider": 1})).await.faults(&[("/provider", "wrong_type")]);
    start(json!({"provider": "facebook"})).await.faults(&[("/provider", "unknown_value")]);
    let elsewhere = json!({"provider": "vneid", "redirect_uri": "vn.example.pakn:/dang-nhap/../khac"});
    start(elsewhere).await.faults(&[("/redirect_uri", "unknown_value")]);
    let other = json!({"provider": "vneid", "redirect_uri": "https://pakn.example.vn/dang-nhap"});
    let begun = start(other).await.expect(200);
    finishes(&app, &json!({})).await.faults(&[("/attempt", "required")]);
    let attempt = &begun["attempt"];
    finishes(&app, &json!({"attempt": attempt})).await.faults(&[("/state", "required"), ("/code", "required")]);
    finishes(&app, &json!({"attempt": attempt, "state": 1, "code": []}))
        .await
        .faults(&[("/state", "wrong_type"), ("/code", "wrong_type")]);
    let back = provider.shows(begun["authorization_url"].as_str().unwrap(), &citizen("+84977000001"));
    finishes(&app, &returned(&begun, &back)).await.expect(201);
}
