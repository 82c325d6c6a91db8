//! Limits: by account and by address, over two servers, told in header fields; for nobody else.

use api::settings::{LimitSettings, ServeSettings};
use domain::{chain::Digest, quota::Quota};
use persistence::{SharedBuckets, TakenTokens};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use reqwest::{Method, RequestBuilder};
use sea_orm::{ConnectionTrait, Statement};
use secrecy::SecretString;
use serde_json::json;
use tests::{Browser, Draft, Engine, Person, Reply, TestApp, Visitor, app::settings, both_engines, redis::Redis};

use crate::{accounts::database, sign_in::signs_in};

both_engines!(
    an_account_has_its_own_limit_on_every_server,
    an_address_has_its_own_limit_on_every_server,
    most_requests_cost_the_database_nothing,
    no_limit_is_everybodys_by_accident,
    the_form_of_the_page_has_the_same_limits,
    a_refusal_is_told_in_both_languages,
);

fn limited(limits: &[&str]) -> ServeSettings {
    let limit = limits.iter().map(|limit| limit.parse().unwrap()).collect();
    ServeSettings { trusted_hops: 1, limits: LimitSettings { limit, ..LimitSettings::default() }, ..settings() }
}

async fn sends(request: RequestBuilder) -> Reply {
    Reply::read(request.send().await.unwrap()).await
}

#[track_caller]
fn refused(reply: &Reply) -> u64 {
    reply.problem(429, "too_many_requests");
    reply.header("retry-after").parse().unwrap()
}

async fn buckets(app: &TestApp) -> i64 {
    let database = database(app).await;
    let count = Statement::from_string(database.get_database_backend(), "SELECT count(*) FROM bucket");
    database.query_one_raw(count).await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

/// Five petitions of one account, on two servers in turn: each says how many are left.
async fn send_five_in_turn(citizen: &Person<'_>, there: &Visitor) {
    for sent in 1..=5 {
        let reply = if sent % 2 == 0 {
            there.post("petitions", &Draft::street_lamp().0).await
        } else {
            citizen.sends(&Draft::street_lamp()).await
        };
        reply.expect(201);
        assert_eq!(reply.header("ratelimit-policy"), "\"submit-account\";q=5;w=3600");
        let standing = reply.header("ratelimit");
        assert!(standing.starts_with(&format!("\"submit-account\";r={};t=", 5 - sent)), "{standing}");
    }
}

async fn an_account_has_its_own_limit_on_every_server(app: TestApp) {
    let limits = ["submit-account=5/3600", "submit-address=off"];
    let app = TestApp::start_with(app.engine, limited(&limits)).await;
    let other = app.another_server_with(limited(&limits)).await;
    let citizen = app.citizen().await;
    let there = Visitor::holding(other.address, citizen.token.as_ref().unwrap());
    send_five_in_turn(&citizen, &there).await;
    for _ in 0..2 {
        let reply = citizen.sends(&Draft::street_lamp()).await;
        let wait = refused(&reply);
        assert!((600..=720).contains(&wait), "one comes back in twelve minutes: {wait}");
        assert_eq!(reply.header("ratelimit-policy"), "\"submit-account\";q=5;w=3600");
        assert!(reply.header("ratelimit").starts_with("\"submit-account\";r=0;t="), "{}", reply.header("ratelimit"));
        refused(&there.post("petitions", &Draft::street_lamp().0).await);
    }
    // Nothing else, and nobody else.
    citizen.get("me/petitions").await.expect(200);
    app.citizen().await.submits(&Draft::street_lamp()).await;
    // A token that is none takes nobody's.
    let forged = app.stranger().with_token("x.y.z");
    for _ in 0..10 {
        forged.sends(&Draft::street_lamp()).await.problem(401, "invalid_token");
    }
}

async fn an_address_has_its_own_limit_on_every_server(app: TestApp) {
    let limits = ["public-address=80/3600"];
    let app = TestApp::start_with(app.engine, limited(&limits)).await;
    let other = app.another_server_with(limited(&limits)).await;
    let there = Visitor::at(other.address);
    let mut passed = 0;
    for number in 0..120 {
        let request = if number % 2 == 0 {
            app.stranger().request(Method::GET, "public/petitions")
        } else {
            there.request(Method::GET, "public/petitions")
        };
        let reply = sends(request.header("x-forwarded-for", "198.51.100.1")).await;
        match reply.status {
            200 => passed += 1,
            _ => assert!(refused(&reply) <= 3600),
        }
    }
    // Seven eighths of it together, and an eighth from each server.
    assert!((70..=90).contains(&passed), "{passed} of 80");
    let at = |address: &'static str| {
        app.stranger().request(Method::GET, "public/petitions").header("x-forwarded-for", address)
    };
    refused(&sends(at("198.51.100.1")).await);
    // What stands further left is only claimed.
    refused(&sends(at("203.0.113.9, 198.51.100.1")).await);
    sends(at("198.51.100.2")).await.expect(200);
    // Who is signed in has a limit of their own.
    let citizen = app.citizen().await;
    let own = sends(citizen.request(Method::GET, "public/petitions").header("x-forwarded-for", "198.51.100.1")).await;
    own.expect(200);
    assert_eq!(own.header("ratelimit-policy"), "\"public-account\";q=1200;w=60");
    // Searching is another matter.
    let search =
        sends(app.stranger().request(Method::GET, "public/petitions?q=den").header("x-forwarded-for", "198.51.100.1"))
            .await;
    search.expect(200);
    assert!(search.header("ratelimit-policy").starts_with("\"search-address\""));
}

async fn most_requests_cost_the_database_nothing(app: TestApp) {
    let app = TestApp::start_with(app.engine, limited(&["public-address=800/3600"])).await;
    let request = || app.stranger().request(Method::GET, "public/petitions").header("x-forwarded-for", "198.51.100.1");
    for _ in 0..100 {
        sends(request()).await.expect(200);
    }
    assert_eq!(buckets(&app).await, 0, "the part that a server gives by itself");
    for _ in 0..100 {
        sends(request()).await.expect(200);
    }
    assert_eq!(buckets(&app).await, 1);
}

async fn no_limit_is_everybodys_by_accident(app: TestApp) {
    // Nobody said that there is a proxy, and all come through one on this machine: its address is not counted.
    let settings = ServeSettings { trusted_hops: 0, ..limited(&["public-address=3/3600", "sign-in-address=3/3600"]) };
    let app = TestApp::start_with(app.engine, settings).await;
    for number in 0..10 {
        let address = format!("198.51.100.{number}");
        let request = app.stranger().request(Method::GET, "public/petitions").header("x-forwarded-for", address);
        let reply = sends(request).await;
        reply.expect(200);
        assert_eq!(reply.header("ratelimit"), "");
        signs_in(&app, "0912345678", "đoán").await.problem(401, "bad_credentials");
    }
}

async fn the_form_of_the_page_has_the_same_limits(app: TestApp) {
    let app = TestApp::start_with(app.engine, limited(&["sign-in-login=4/600", "sign-in-address=off"])).await;
    let mut browser = Browser::at(app.address);
    for _ in 0..2 {
        assert_eq!(browser.signs_in("bcd.01", "đoán nào đó").await.status, 401);
        signs_in(&app, "bcd.01", "đoán nào đó").await.problem(401, "bad_credentials");
    }
    assert!(refused(&signs_in(&app, "bcd.01", "đoán nào đó").await) <= 150);
    let page = browser.signs_in("bcd.01", "đoán nào đó").await;
    assert_eq!(page.status, 429);
    assert!(page.text.contains("Đã gửi quá nhiều yêu cầu") && !page.header("retry-after").is_empty(), "{}", page.text);
    assert_eq!(browser.signs_in("bcd.02", "đoán nào đó").await.status, 401);
}

async fn a_refusal_is_told_in_both_languages(app: TestApp) {
    let app = TestApp::start_with(app.engine, limited(&["code-address=1/3600"])).await;
    let body = json!({"login": "0912345678"});
    let request = |language: &'static str| {
        let request = app.stranger().request(Method::POST, "auth/password/code").json(&body);
        request.header("x-forwarded-for", "198.51.100.1").header("accept-language", language)
    };
    sends(request("vi")).await.expect(202);
    for (language, title) in
        [("vi", "Đã gửi quá nhiều yêu cầu, hãy đợi rồi thử lại"), ("en", "Too many requests; wait and try again")]
    {
        let reply = sends(request(language)).await;
        assert!((3000..=3600).contains(&refused(&reply)));
        assert_eq!(reply.json()["title"], title);
    }
}

/// What servers share lies in a Redis, where there is one: the same limits, and nothing for the database to write.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_keeps_what_servers_share() {
    let Some(mut redis) = tokio::task::block_in_place(Redis::start) else { return };
    let limits = ["submit-account=5/3600", "submit-address=off", "public-address=80/3600"];
    let with_redis = || {
        let mut settings = limited(&limits);
        settings.limits.limits_redis = Some(SecretString::from(redis.url()));
        settings
    };
    let app = TestApp::start_with(Engine::Sqlite, with_redis()).await;
    let other = app.another_server_with(with_redis()).await;
    let citizen = app.citizen().await;
    let there = Visitor::holding(other.address, citizen.token.as_ref().unwrap());
    send_five_in_turn(&citizen, &there).await;
    let wait = refused(&citizen.sends(&Draft::street_lamp()).await);
    assert!((600..=720).contains(&wait), "one comes back in twelve minutes: {wait}");
    refused(&there.post("petitions", &Draft::street_lamp().0).await);
    let mut passed = 0;
    for number in 0..120 {
        let path = "public/petitions";
        let request = if number % 2 == 0 {
            app.stranger().request(Method::GET, path)
        } else {
            Visitor::at(other.address).request(Method::GET, path)
        };
        passed += u32::from(sends(request.header("x-forwarded-for", "198.51.100.1")).await.status == 200);
    }
    assert!((70..=90).contains(&passed), "{passed} of 80");
    assert_eq!((buckets(&app).await, redis.says(&["DBSIZE"]).as_str()), (0, "2"));
    // Each is forgotten once it is full: none lies there for good.
    let keys = redis.says(&["--raw", "EVAL", "local least = 1e9 for _, key in ipairs(redis.call('KEYS', '*')) do least = math.min(least, redis.call('TTL', key)) end return least", "0"]);
    assert!((1..=3700).contains(&keys.parse::<i64>().unwrap()), "{keys}");
    // Gone, it refuses nobody, and holds nobody up; back again, it counts from the beginning.
    redis.goes_away();
    let asked = std::time::Instant::now();
    let newcomer = app.citizen().await;
    for _ in 0..7 {
        newcomer.submits(&Draft::street_lamp()).await;
    }
    assert!(asked.elapsed() < std::time::Duration::from_secs(20), "{:?}", asked.elapsed());
    redis.comes_back();
    let last = app.citizen().await;
    let mut refusals = 0;
    for _ in 0..20 {
        refusals += u32::from(last.sends(&Draft::street_lamp()).await.status == 429);
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert!(refusals > 0, "it is asked again");
}

/// The formula is one, whoever keeps the bucket.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_keepers_give_the_same_tokens() {
    let Some(redis) = tokio::task::block_in_place(Redis::start) else { return };
    let app = TestApp::start(Engine::Sqlite).await;
    let keepers = [SharedBuckets::Database(app.app.store.clone()), SharedBuckets::in_redis(&redis.url()).unwrap()];
    let start = api::clock::now();
    let mut chance = ChaCha8Rng::seed_from_u64(7);
    let mut given = 0;
    for (number, quota) in
        [Quota::new(5, 10), Quota::new(1, 3600), Quota::new(7, 3), Quota::new(1000, 60)].into_iter().enumerate()
    {
        let key = Digest::of(&[&[u8::try_from(number).unwrap()]]);
        let mut now = start;
        for _ in 0..150 {
            // Clocks of several servers, one of which was set back for a while.
            now = now.plus(chrono::Duration::milliseconds(chance.random_range(-2_000..4_000)));
            if chance.random_bool(0.02) {
                now = now.plus(-chrono::Duration::hours(chance.random_range(1..48)));
            }
            let tokens = chance.random_range(1..4);
            let taken = [
                keepers[0].take(&key, quota, tokens, now).await.unwrap(),
                keepers[1].take(&key, quota, tokens, now).await.unwrap(),
            ];
            assert_eq!(taken[0], taken[1], "{quota} at {now:?}");
            given += u32::from(matches!(taken[0], TakenTokens::All(_)));
        }
    }
    assert!(given > 100, "{given}");
    assert!(SharedBuckets::in_redis("http://127.0.0.1").is_err());
}
