//! What Prometheus reads.

use std::time::Duration;

use api::clock;
use domain::{account::Role, petition::Command};
use persistence::{Gauges, Lag};
use reqwest::Method;
use tests::{Draft, Reply, TestApp, both_engines, past};

use super::{TOKEN, scrape, series, settings};

both_engines!(
    with settings();
    whoever_shows_the_token_reads_and_nobody_else,
    requests_are_counted_by_pattern_and_never_by_what_was_asked_for,
    what_follows_the_log_is_behind_by_what_it_has_not_taken_in,
    answers_that_are_due_and_overdue_are_counted,
    a_database_that_is_gone_is_told_and_the_rest_goes_on,
);

async fn whoever_shows_the_token_reads_and_nobody_else(app: TestApp) {
    let reply = scrape(&app).await;
    assert_eq!((reply.status, reply.header("content-type")), (200, "text/plain; version=0.0.4; charset=utf-8"));
    assert_eq!(reply.header("cache-control"), "no-store");
    app.stranger().get("/metrics").await.problem(401, "unauthenticated");
    for role in Role::ALL {
        app.of_role(*role, "ubnd-256").await.get("/metrics").await.problem(401, "invalid_token");
    }
    for wrong in [&TOKEN[1..], &TOKEN.to_uppercase(), ""] {
        app.stranger().with_token(wrong).get("/metrics").await.problem(401, "invalid_token");
    }
    let basic = app.stranger().request(Method::GET, "/metrics").header("authorization", format!("Basic {TOKEN}"));
    Reply::read(basic.send().await.unwrap()).await.problem(401, "invalid_token");
    // Without a token in the settings, the one above is none either.
    let closed = app.another_server().await;
    let reply = app.client.get(format!("http://{}/metrics", closed.address)).bearer_auth(TOKEN).send().await.unwrap();
    Reply::read(reply).await.problem(401, "invalid_token");
}

async fn requests_are_counted_by_pattern_and_never_by_what_was_asked_for(app: TestApp) {
    let citizen = app.citizen().await;
    let code = citizen.submits(&Draft::street_lamp()).await;
    for _ in 0..2 {
        citizen.get(&format!("petitions/{code}")).await.expect(200);
    }
    citizen.get("petitions/PAKN.20220101.999999").await.problem(404, "not_found");
    citizen.get("/so-dien-thoai/0912345678?ten=Nguyen").await.problem(404, "not_found");
    for method in ["XEM", "TRACE"] {
        let made_up = citizen.request(Method::from_bytes(method.as_bytes()).unwrap(), "/health/live");
        Reply::read(made_up.send().await.unwrap()).await.problem(405, "method_not_allowed");
    }
    citizen.sends(&Draft::street_lamp().without("category")).await.problem(422, "invalid_input");
    let text = scrape(&app).await.text;
    let told = series(&text);
    let requests = |method: &str, route: &str, status: u16| {
        let name = format!("http_requests_total{{method=\"{method}\",route=\"{route}\",status=\"{status}\"}}");
        *told.get(&name).unwrap_or_else(|| panic!("no {name} in {text}"))
    };
    assert_eq!(requests("POST", "/api/v1/petitions", 201), 1.0);
    assert_eq!(requests("POST", "/api/v1/petitions", 422), 1.0);
    assert_eq!(requests("GET", "/api/v1/petitions/{code}", 200), 2.0);
    assert_eq!(requests("GET", "/api/v1/petitions/{code}", 404), 1.0);
    assert_eq!(requests("GET", "unmatched", 404), 1.0);
    assert_eq!(requests("other", "/health/live", 405), 2.0);
    let took = "http_request_duration_seconds_count{method=\"GET\",route=\"/api/v1/petitions/{code}\"}";
    assert_eq!(told[took], 3.0);
    assert_eq!(told["http_requests_in_flight"], 1.0, "this one");
    assert_eq!(told["pakn_problems_total{code=\"not_found\"}"], 2.0);
    assert_eq!(told["pakn_problems_total{code=\"invalid_input\"}"], 1.0);
    assert_eq!(told["pakn_problems_total{code=\"busy\"}"], 0.0, "what never happened is told too");
    for secret in [code.as_str(), "0912345678", "Nguyen", "XEM"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    for held in ["process_resident_memory_bytes", "process_open_fds", "process_threads", "pakn_data_free_bytes"] {
        assert!(told[held] > 0.0, "{held}");
    }
    assert!(told.keys().any(|name| name.starts_with("pakn_build_info{version=")), "{text}");
    let pools: f64 =
        told.iter().filter(|(name, _)| name.starts_with("pakn_database_connections{")).map(|(_, n)| n).sum();
    assert!(pools > 0.0, "{text}");
    for bound in ["passwords", "pictures", "streams", "identity_providers", "codes", "copies"] {
        assert!(told[&format!("pakn_bound_room{{bound=\"{bound}\"}}")] > 0.0, "{bound}");
        for nothing in ["taken", "waiting", "refused_total"] {
            assert_eq!(told[&format!("pakn_bound_{nothing}{{bound=\"{bound}\"}}")], 0.0, "{bound}");
        }
    }
}

async fn gauges(app: &TestApp) -> Gauges {
    let now = clock::now();
    app.app.store.gauges(now, now.plus(chrono::Duration::days(3))).await.unwrap()
}

fn lag(gauges: &Gauges, consumer: &str) -> Lag {
    *gauges.lags.iter().find(|lag| lag.consumer == consumer).unwrap()
}

async fn what_follows_the_log_is_behind_by_what_it_has_not_taken_in(app: TestApp) {
    const ALL: [&str; 5] = ["figures", "suggestion", "messages", "webhooks", "seals"];
    let before = gauges(&app).await;
    assert!(ALL.iter().all(|consumer| lag(&before, consumer).events == 0), "{before:?}");
    let (citizen, sent_at) = (app.citizen().await, clock::now());
    for _ in 0..3 {
        citizen.submits(&Draft::street_lamp()).await;
    }
    let behind = gauges(&app).await;
    for consumer in ALL {
        let Lag { events, oldest, .. } = lag(&behind, consumer);
        assert_eq!(events, 3, "{consumer}");
        let oldest = oldest.unwrap();
        assert!(sent_at <= oldest && oldest <= clock::now(), "{consumer}: {oldest}");
    }
    // Transactions of other tests may hold a reading back on PostgreSQL.
    let until = std::time::Instant::now() + Duration::from_secs(60);
    while lag(&gauges(&app).await, "messages").events > 0 {
        app.app.tell_news(clock::now()).await.unwrap();
        assert!(std::time::Instant::now() < until);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let after = gauges(&app).await;
    assert_eq!(lag(&after, "messages").oldest, None);
    assert_eq!(lag(&after, "suggestion").events, 3, "each has a place of its own");
    let told = series(&scrape(&app).await.text);
    assert_eq!(told["pakn_consumer_lag_events{consumer=\"messages\"}"], 0.0);
    assert_eq!(told["pakn_consumer_lag_events{consumer=\"webhooks\"}"], 3.0);
    let age = told["pakn_consumer_lag_seconds{consumer=\"webhooks\"}"];
    assert!(age > 0.0 && age < 600.0, "{age}");
    // Letters of the desk wait in the outbox or there are none; whichever, each way is told.
    assert!(told.keys().filter(|name| name.starts_with("pakn_outbox_dead{")).count() >= 3, "{told:?}");
    assert_eq!(told["pakn_outbox_due{way=\"webhook\"}"], 0.0);
}

async fn answers_that_are_due_and_overdue_are_counted(app: TestApp) {
    let (citizen, desk) = (app.citizen().await, app.officer("ubnd-256").await);
    let catalogue = app.app.catalogue();
    let then = |number, days| {
        past::Past::begins(&catalogue, &citizen, number, clock::now().plus(-chrono::Duration::days(days)))
    };
    let (late, mut asked, fresh) = (then(1, 60), then(2, 61), then(3, 0));
    let officer = &desk.account.as_ref().unwrap().actor;
    let asking = clock::now().plus(-chrono::Duration::days(60));
    asked.then(&catalogue, asking, officer, Command::Receive);
    let ask = Command::RequestInformation { message: past::sealed("Ở đâu?") };
    asked.then(&catalogue, asking.plus(chrono::Duration::hours(1)), officer, ask);
    past::store(&app, &[late.played(), asked.played(), fresh.played()]).await;
    let now = clock::now();
    let gauges = app.app.store.gauges(now, now.plus(chrono::Duration::days(90))).await.unwrap();
    // Of the one that waits for its citizen the clock stands still.
    assert_eq!((gauges.overdue, gauges.due_soon), (1, 1));
    let at_once = app.app.store.gauges(now, now).await.unwrap();
    assert_eq!((at_once.overdue, at_once.due_soon), (1, 0));
    let told = series(&scrape(&app).await.text);
    assert_eq!(told["pakn_petitions_overdue"], 1.0);
    let queue = desk.get("agency/petitions?overdue=true").await.expect(200);
    assert_eq!(queue["items"].as_array().unwrap().len(), 1, "the queue counts the same: {queue}");
}

async fn a_database_that_is_gone_is_told_and_the_rest_goes_on(app: TestApp) {
    assert_eq!(series(&scrape(&app).await.text)["pakn_database_up"], 1.0);
    app.app.store.clone().close().await.unwrap();
    app.stranger().get("/health/ready").await.problem(503, "unavailable");
    // What the database said is told for five seconds.
    tokio::time::sleep(Duration::from_secs(6)).await;
    let told = series(&scrape(&app).await.text);
    assert_eq!(told["pakn_database_up"], 0.0);
    assert!(told["process_resident_memory_bytes"] > 0.0);
    assert_eq!(told["pakn_problems_total{code=\"unavailable\"}"], 1.0);
    assert!(!told.contains_key("pakn_petitions_overdue"), "what is not known is not told");
}
