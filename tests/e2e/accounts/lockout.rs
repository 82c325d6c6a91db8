//! Delays after sign-ins that fail: for who guesses, not for who is guessed at.

use api::settings::ServeSettings;
use reqwest::Method;
use serde_json::json;
use tests::{Reply, TestApp, app::settings, both_engines};

use super::{executes, registered};
use crate::sign_in::PASSWORD;

both_engines!(
    who_guesses_waits_longer_each_time_and_the_owner_does_not,
    guesses_from_many_addresses_do_not_keep_the_owner_out_at_home,
    one_address_that_tries_many_logins_waits,
);

const PHONE: &str = "0912345678";

/// A server behind one proxy, which says whom a request comes from.
async fn behind_a_proxy(app: &TestApp) -> TestApp {
    TestApp::start_with(app.engine, ServeSettings { trusted_hops: 1, ..settings() }).await
}

async fn from(app: &TestApp, address: &str, login: &str, password: &str) -> Reply {
    let request = app.stranger().request(Method::POST, "auth/login").header("x-forwarded-for", address);
    let request = request.json(&json!({"login": login, "password": password}));
    Reply::read(request.send().await.unwrap()).await
}

fn wait(reply: &Reply) -> u64 {
    reply.problem(429, "too_many_tries");
    reply.header("retry-after").parse().unwrap()
}

/// As if it had been tried so often: of a machine that is slow, two seconds' delay may be over before the next try.
async fn tried(app: &TestApp, times: u32) {
    executes(app, &format!("UPDATE tries SET count = {times} WHERE count IN (20, 50)")).await;
}

async fn who_guesses_waits_longer_each_time_and_the_owner_does_not(app: TestApp) {
    let app = behind_a_proxy(&app).await;
    registered(&app, PHONE).await;
    from(&app, "203.0.113.7", PHONE, PASSWORD).await.expect(200);
    // For somebody who is there and for somebody who is not.
    for login in [PHONE, "0987654321"] {
        for _ in 0..20 {
            from(&app, "198.51.100.1", login, "đoán").await.problem(401, "bad_credentials");
        }
        tried(&app, 26).await;
        let refused = from(&app, "198.51.100.1", login, "đoán").await;
        assert!((60..=128).contains(&wait(&refused)));
        // However the login is written, and whether the password is right: nothing is learnt meanwhile.
        let written = login.replacen('0', "+84", 1);
        assert!((60..=128).contains(&wait(&from(&app, "198.51.100.1", &written, PASSWORD).await)));
    }
    from(&app, "203.0.113.7", PHONE, PASSWORD).await.expect(200);
    from(&app, "203.0.113.99", PHONE, PASSWORD).await.expect(200);
    // One more is let through after the delay; the next delay is twice as long.
    executes(&app, "UPDATE tries SET last_at = last_at - 128000000").await;
    from(&app, "198.51.100.1", PHONE, "đoán").await.problem(401, "bad_credentials");
    assert!((129..=256).contains(&wait(&from(&app, "198.51.100.1", PHONE, "đoán").await)));
    // It ends: nobody is shut out for good, and the right password forgets it all.
    executes(&app, "UPDATE tries SET last_at = last_at - 256000000").await;
    from(&app, "198.51.100.1", PHONE, PASSWORD).await.expect(200);
    from(&app, "198.51.100.1", PHONE, "đoán").await.problem(401, "bad_credentials");
    from(&app, "198.51.100.1", PHONE, PASSWORD).await.expect(200);
}

async fn guesses_from_many_addresses_do_not_keep_the_owner_out_at_home(app: TestApp) {
    let app = behind_a_proxy(&app).await;
    registered(&app, PHONE).await;
    from(&app, "203.0.113.7", PHONE, PASSWORD).await.expect(200);
    for number in 0..50 {
        from(&app, &format!("198.51.100.{number}"), PHONE, "đoán").await.problem(401, "bad_credentials");
    }
    // However long it goes on, the owner waits two minutes at the longest.
    tried(&app, 100_000).await;
    // Elsewhere everybody waits, also at an address that has not been used yet.
    assert!((60..=120).contains(&wait(&from(&app, "198.51.100.200", PHONE, "đoán").await)));
    assert!((60..=120).contains(&wait(&from(&app, "192.0.2.1", PHONE, PASSWORD).await)));
    // Nobody else does, and the owner does not where they have been before.
    registered(&app, "0987654321").await;
    from(&app, "198.51.100.7", "0987654321", PASSWORD).await.expect(200);
    from(&app, "203.0.113.7", PHONE, PASSWORD).await.expect(200);
    // A claim of the client's own is not believed: it stands left of what the proxy adds.
    assert!(wait(&from(&app, "203.0.113.7, 198.51.100.200", PHONE, PASSWORD).await) <= 120);
    executes(&app, "UPDATE tries SET last_at = last_at - 120000000").await;
    from(&app, "192.0.2.1", PHONE, PASSWORD).await.expect(200);
}

async fn one_address_that_tries_many_logins_waits(app: TestApp) {
    let app = behind_a_proxy(&app).await;
    registered(&app, PHONE).await;
    from(&app, "198.51.100.1", "0987654321", "đoán").await.problem(401, "bad_credentials");
    // As if three hundred others had been tried from there.
    executes(&app, "UPDATE tries SET count = 310").await;
    for login in ["0987654322", PHONE, "khong.co.ai", "???"] {
        assert!((1..=60).contains(&wait(&from(&app, "198.51.100.1", login, "đoán").await)));
    }
    from(&app, "198.51.100.2", PHONE, PASSWORD).await.expect(200);
}
