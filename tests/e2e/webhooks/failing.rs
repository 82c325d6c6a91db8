//! Targets that fail: when they are told again, when they are not, and that none of them is in the way of another.

use std::time::{Duration, Instant};

use chrono::DateTime;
use serde_json::{Value, json};
use tests::{
    Draft, TestApp, both_engines,
    webhook_target::{Answering, WebhookTarget},
};

use super::{DESK, OTHER, Telling, changes, makes, open_settings, time_passes};

both_engines!(with open_settings();
    what_fails_is_told_again_later_with_the_same_id,
    a_target_that_asks_to_wait_is_waited_for,
    a_target_that_hangs_holds_up_nobody_else,
    a_redirection_is_not_followed,
    an_answer_of_a_gigabyte_costs_nothing,
    a_target_that_is_gone_pauses_its_webhook_at_once,
    a_day_of_failures_pauses_a_webhook_and_loses_nothing,
    what_fails_while_others_get_through_is_given_up_alone,
);

fn instant(value: &Value) -> DateTime<chrono::FixedOffset> {
    DateTime::parse_from_rfc3339(value.as_str().unwrap()).unwrap()
}

/// How long after the last try the next one is, in seconds.
fn delay(delivery: &Value) -> i64 {
    let last = instant(&delivery["attempts"].as_array().unwrap().last().unwrap()["at"]);
    (instant(&delivery["next_try_at"]) - last).num_seconds()
}

async fn what_fails_is_told_again_later_with_the_same_id(app: TestApp) {
    let _telling = Telling::by(&app.app);
    let (leader, citizen) = (app.leader(DESK).await, app.citizen().await);
    let target = WebhookTarget::start();
    let made = makes(&leader, &target, json!({})).await;
    for status in [500, 503, 400] {
        target.answers(Answering::Status(status, None));
    }
    citizen.submits(&Draft::street_lamp()).await;
    // By itself after five seconds; then it would take minutes.
    let tried = made.tried(&leader, 2).await;
    assert_eq!((&tried["state"], &tried["attempts"][0]["status"]), (&json!("waiting"), &json!(500)));
    let between = instant(&tried["attempts"][1]["at"]) - instant(&tried["attempts"][0]["at"]);
    assert!(between.num_milliseconds() >= 5_000, "{between}");
    assert!((300..=332).contains(&delay(&tried)), "{tried}");
    assert!(made.shown(&leader).await["failing_since"].is_string());
    time_passes(&app).await;
    let tried = made.tried(&leader, 3).await;
    assert!((1_800..=1_982).contains(&delay(&tried)), "{tried}");
    time_passes(&app).await;
    let delivered = made.has(&leader, "delivered", 1).await;
    let outcomes: Vec<&Value> =
        delivered[0]["attempts"].as_array().unwrap().iter().map(|one| &one["outcome"]).collect();
    assert_eq!(outcomes, ["refused", "refused", "refused", "delivered"]);
    assert_eq!(made.shown(&leader).await["failing_since"], Value::Null);
    let told = target.told();
    assert_eq!(told.len(), 4);
    assert!(
        told.iter().all(|one| one.id() == told[0].id() && one.body == told[0].body && one.is_signed_by(&made.secret))
    );
    assert_ne!(told[0].header("webhook-timestamp"), told[1].header("webhook-timestamp"), "each try has its own");
}

async fn a_target_that_asks_to_wait_is_waited_for(app: TestApp) {
    let _telling = Telling::by(&app.app);
    let (leader, citizen) = (app.leader(DESK).await, app.citizen().await);
    let target = WebhookTarget::start();
    let made = makes(&leader, &target, json!({})).await;
    target.answers(Answering::Status(429, Some(("retry-after", "3600".to_owned()))));
    citizen.submits(&Draft::street_lamp()).await;
    let tried = made.tried(&leader, 1).await;
    assert!((3_600..3_610).contains(&delay(&tried)), "{tried}");
    assert_eq!(tried["attempts"][0]["status"], 429);
    tokio::time::sleep(Duration::from_secs(7)).await;
    assert_eq!(target.told().len(), 1, "not after five seconds, as otherwise");
    time_passes(&app).await;
    made.has(&leader, "delivered", 1).await;
}

async fn a_target_that_hangs_holds_up_nobody_else(app: TestApp) {
    let _telling = Telling::by(&app.app);
    let (leader, other) = (app.leader(DESK).await, app.leader(OTHER).await);
    let citizen = app.citizen().await;
    let (hanging, well) = (WebhookTarget::start(), WebhookTarget::start());
    hanging.always_answers(Answering::Hangs(Duration::from_secs(600)));
    let mut hung = Vec::new();
    for _ in 0..10 {
        hung.push(makes(&leader, &hanging, json!({})).await);
    }
    let made = makes(&other, &well, json!({})).await;
    for _ in 0..6 {
        citizen.submits(&Draft::street_lamp()).await;
    }
    hung[0].tried(&leader, 1).await;
    let began = Instant::now();
    for _ in 0..10 {
        citizen.submits(&Draft::rubbish()).await;
    }
    well.hears(10).await;
    made.has(&other, "delivered", 10).await;
    let took = began.elapsed();
    println!("ten messages beside sixty that hang: {took:?}");
    assert!(took < Duration::from_secs(15), "{took:?}");
    let tried = hung[0].tried(&leader, 1).await;
    assert_eq!(
        (&tried["attempts"][0]["outcome"], &tried["attempts"][0]["status"]),
        (&json!("timed_out"), &Value::Null)
    );
    let took = tried["attempts"][0]["took_ms"].as_u64().unwrap();
    assert!((2_000..6_000).contains(&took), "{took}");
}

async fn a_redirection_is_not_followed(app: TestApp) {
    let _telling = Telling::by(&app.app);
    let (leader, citizen) = (app.leader(DESK).await, app.citizen().await);
    let (target, inside) = (WebhookTarget::start(), WebhookTarget::start());
    let made = makes(&leader, &target, json!({})).await;
    for status in [301, 302, 303, 307, 308] {
        target.answers(Answering::Status(status, Some(("location", inside.url()))));
    }
    for _ in 0..5 {
        citizen.submits(&Draft::street_lamp()).await;
    }
    target.hears(5).await;
    for _ in 0..100 {
        let found = made.deliveries(&leader, "").await;
        if found.iter().all(|one| one["attempts"][0]["outcome"] == "redirected") && found.len() == 5 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(made.deliveries(&leader, "").await.iter().all(|one| one["attempts"][0]["outcome"] == "redirected"));
    assert!(inside.told().is_empty());
}

async fn an_answer_of_a_gigabyte_costs_nothing(app: TestApp) {
    let _telling = Telling::by(&app.app);
    let (leader, citizen) = (app.leader(DESK).await, app.citizen().await);
    let target = WebhookTarget::start();
    let made = makes(&leader, &target, json!({})).await;
    target.answers(Answering::Floods);
    citizen.submits(&Draft::street_lamp()).await;
    let delivered = made.has(&leader, "delivered", 1).await;
    assert_eq!(delivered[0]["attempts"].as_array().unwrap().len(), 1);
    tokio::time::sleep(Duration::from_millis(500)).await;
    let flooded = target.flooded();
    println!("of a gigabyte the target got rid of {} MiB", flooded >> 20);
    assert!(flooded < 64 << 20, "what the sockets hold, and no more: {flooded}");
}

async fn a_target_that_is_gone_pauses_its_webhook_at_once(app: TestApp) {
    let _telling = Telling::by(&app.app);
    let (leader, citizen) = (app.leader(DESK).await, app.citizen().await);
    let target = WebhookTarget::start();
    let made = makes(&leader, &target, json!({})).await;
    target.answers(Answering::Status(410, None));
    let first = citizen.submits(&Draft::street_lamp()).await;
    let paused = made.becomes(&leader, "paused").await;
    assert_eq!(paused["paused_reason"], "gone");
    // The agency's leaders are told, each once, and nobody else.
    let inbox = leader.get("me/inbox").await.expect(200)["items"].clone();
    let notices = inbox.as_array().unwrap();
    assert_eq!((notices.len(), &notices[0]["kind"]), (1, &json!("webhook_paused")), "{inbox}");
    assert_eq!(app.leader(OTHER).await.get("me/inbox").await.expect(200)["items"], json!([]));
    assert_eq!(app.officer(DESK).await.get("me/inbox").await.expect(200)["items"], json!([]));
    let second = citizen.submits(&Draft::street_lamp()).await;
    made.has(&leader, "held", 2).await;
    assert_eq!(target.told().len(), 1);
    leader.post(&made.path("/resume"), &json!({})).await.expect(200);
    let told = target.hears(3).await;
    let codes: Vec<Value> = told[1..].iter().map(|one| one.json()["data"]["code"].clone()).collect();
    assert!(codes.contains(&json!(first)) && codes.contains(&json!(second)), "{codes:?}");
    assert!(told[1..].iter().any(|one| one.id() == told[0].id()), "the same id when it is told at last");
}

async fn a_day_of_failures_pauses_a_webhook_and_loses_nothing(app: TestApp) {
    let _telling = Telling::by(&app.app);
    let (leader, citizen) = (app.leader(DESK).await, app.citizen().await);
    let target = WebhookTarget::start();
    target.always_answers(Answering::Status(500, None));
    let made = makes(&leader, &target, json!({})).await;
    let code = citizen.submits(&Draft::street_lamp()).await;
    for times in 1..=7 {
        let tried = made.tried(&leader, times).await;
        assert_eq!(tried["state"], "waiting", "try {times}: {tried}");
        assert_eq!(made.shown(&leader).await["state"], "active");
        time_passes(&app).await;
    }
    let paused = made.becomes(&leader, "paused").await;
    assert_eq!(paused["paused_reason"], "failing");
    let held = made.has(&leader, "held", 1).await;
    assert_eq!((held[0]["attempts"].as_array().unwrap().len(), &held[0]["code"]), (8, &json!(code)));
    citizen.submits(&Draft::street_lamp()).await;
    made.has(&leader, "held", 2).await;
    time_passes(&app).await;
    assert_eq!(target.told().len(), 8);

    target.always_answers(Answering::Status(200, None));
    let resumed = leader.post(&made.path("/resume"), &json!({})).await.expect(200);
    assert_eq!(resumed["failing_since"], Value::Null);
    let told = target.hears(10).await;
    made.has(&leader, "delivered", 2).await;
    assert!(told[8..].iter().any(|one| one.id() == told[0].id()));
}

async fn what_fails_while_others_get_through_is_given_up_alone(app: TestApp) {
    let _telling = Telling::by(&app.app);
    let (leader, citizen) = (app.leader(DESK).await, app.citizen().await);
    let target = WebhookTarget::start();
    let made = makes(&leader, &target, json!({})).await;
    target.answers(Answering::Status(422, None));
    let bad = citizen.submits(&Draft::street_lamp()).await;
    made.tried(&leader, 1).await;
    citizen.submits(&Draft::street_lamp()).await;
    made.has(&leader, "delivered", 1).await;
    // It has had all its tries but one, and the target does not take it that time either.
    changes(&app, "UPDATE webhook_delivery SET tries = 7, next_at = 0 WHERE state = 'waiting'").await;
    target.answers(Answering::Status(422, None));
    let failed = made.has(&leader, "failed", 1).await;
    assert_eq!((&failed[0]["code"], &failed[0]["next_try_at"]), (&json!(bad), &Value::Null));
    assert_eq!(made.shown(&leader).await["state"], "active");
    // Mended, somebody asks for it.
    let range = json!({"from": "2022-01-01", "to": "2100-01-01"});
    leader.post(&made.path("/redeliver"), &range).await.expect(202);
    made.has(&leader, "delivered", 2).await;
}
