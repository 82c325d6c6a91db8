//! What a system is told, how it is signed, and what it is not told.

use serde_json::{Value, json};
use tests::{
    Draft, TestApp, both_engines,
    webhook_target::{Told, WebhookTarget},
};

use super::{DESK, Made, OTHER, Telling, makes, open_settings, sends};
use crate::erasure::traces_of;

both_engines!(with open_settings();
    a_system_is_told_what_its_desk_hears_and_nothing_that_anybody_wrote,
    a_system_is_told_what_it_wants,
    nothing_is_told_of_what_was_before,
    secrets_rotate_with_an_overlap,
    a_test_is_sent_once_and_also_while_the_webhook_is_paused,
    what_waits_while_it_is_paused_is_told_when_it_goes_on,
    a_range_is_told_again_with_the_same_ids,
    the_webhook_of_an_agency_that_ends_is_its_heirs,
    deliveries_go_after_their_time,
);

fn kinds(told: &[Told]) -> Vec<String> {
    let mut kinds: Vec<(u64, String)> =
        told.iter().map(|one| (one.json()["data"]["event"]["seq"].as_u64().unwrap(), one.kind())).collect();
    kinds.sort();
    kinds.into_iter().map(|(_, kind)| kind).collect()
}

async fn a_system_is_told_what_its_desk_hears_and_nothing_that_anybody_wrote(app: TestApp) {
    let _telling = Telling::by(&app.app);
    let (leader, officer, citizen) = (app.leader(DESK).await, app.officer(DESK).await, app.citizen().await);
    let (right, admin) = (app.officer(OTHER).await, app.admin().await);
    let (target, others) = (WebhookTarget::start(), WebhookTarget::start());
    let made = makes(&leader, &target, json!({"name": "Văn bản"})).await;
    let foreign = makes(&admin, &others, json!({"agency": OTHER})).await;
    let code = citizen.submits(&Draft::street_lamp()).await;
    let first = target.hears(1).await.remove(0);
    assert!(first.is_signed_by(&made.secret) && !first.is_signed_by(&foreign.secret), "{first:?}");
    assert_eq!(
        (first.header("content-type"), first.header("webhook-signature").split(' ').count()),
        ("application/json", 1)
    );
    assert!(first.header("user-agent").starts_with("pakn/") && first.id().starts_with("msg_"));
    let petition = leader.reads(&code).await;
    assert_eq!(
        first.json(),
        json!({
            "type": "petition.submitted",
            "timestamp": petition["submitted_at"],
            "data": {
                "code": code, "version": 1, "status": "submitted", "agency": DESK, "category": "chieu_sang",
                "event": {"type": "submitted", "seq": 1, "at": petition["submitted_at"]},
            },
        })
    );
    // It has gone on before anybody is told: what happened at the desk is the desk's all the same.
    officer.receives(&code).await;
    officer.transfers(&code, OTHER, "Của phường Vũ Ninh.").await;
    target.hears(3).await;
    // Once it is the other's, what happens to it is the other's too.
    right.receives(&code).await;
    right.does(&code, "note", &json!({"content": "Ghi chú riêng."})).await;
    let elsewhere = others.hears(3).await;
    assert_eq!(kinds(&elsewhere), ["petition.transferred", "petition.received", "petition.noted"]);
    assert!(elsewhere.iter().all(|one| one.is_signed_by(&foreign.secret) && !one.is_signed_by(&made.secret)));
    let last = citizen.submits(&Draft::street_lamp()).await;
    let told = target.hears(4).await;
    assert_eq!(told[3].json()["data"]["code"], last);
    assert_eq!(kinds(&told[..3]), ["petition.submitted", "petition.received", "petition.transferred"]);
    let moved = told.iter().find(|one| one.kind() == "petition.transferred").unwrap().json();
    assert_eq!((&moved["data"]["agency"], &moved["data"]["status"]), (&json!(OTHER), &json!("submitted")));
    for one in told.iter().chain(&elsewhere) {
        let words = ["Nguyễn", "Đèn", "hỏng", "phường", "Ghi chú", "lat", "phone"];
        assert!(!words.iter().any(|word| one.body.contains(word)), "{}", one.body);
    }

    let delivered = made.has(&leader, "delivered", 4).await;
    let ids: Vec<&str> = told.iter().map(Told::id).collect();
    for one in &delivered {
        assert!(ids.contains(&one["id"].as_str().unwrap()));
        let attempts = one["attempts"].as_array().unwrap();
        assert_eq!(
            (attempts.len(), &attempts[0]["outcome"], &attempts[0]["status"]),
            (1, &json!("delivered"), &json!(204))
        );
        assert_eq!(one["next_try_at"], Value::Null);
    }
    assert!(made.shown(&leader).await["last_delivered_at"].is_string());
    // Two of a page, and the rest after it.
    let page = leader.get(&made.path("/deliveries?limit=3")).await.expect(200);
    let cursor = page["next_cursor"].as_str().unwrap();
    let rest = leader.get(&made.path(&format!("/deliveries?limit=3&cursor={cursor}"))).await.expect(200);
    assert_eq!((page["items"].as_array().unwrap().len(), rest["items"].as_array().unwrap().len()), (3, 1));
}

async fn a_system_is_told_what_it_wants(app: TestApp) {
    let _telling = Telling::by(&app.app);
    let (leader, officer, citizen) = (app.leader(DESK).await, app.officer(DESK).await, app.citizen().await);
    let [answers, roads, all] = [0; 3].map(|_| WebhookTarget::start());
    makes(&leader, &answers, json!({"events": ["petition.answered", "petition.rated"]})).await;
    let made = makes(&leader, &roads, json!({"categories": ["giao_thong"]})).await;
    makes(&leader, &all, json!({"events": [], "categories": []})).await;
    let code = citizen.submits(&Draft::street_lamp()).await;
    officer.receives(&code).await;
    officer.answers(&code, "Đã thay bóng đèn.").await;
    assert_eq!(kinds(&answers.hears(1).await), ["petition.answered"]);
    all.hears(3).await;
    citizen.does(&code, "rating", &json!({"level": "satisfied"})).await;
    assert_eq!(kinds(&answers.hears(2).await), ["petition.answered", "petition.rated"]);
    assert!(roads.told().is_empty());
    // It wants more from now on.
    let body =
        json!({"url": roads.url(), "categories": ["giao_thong", "chieu_sang"], "events": ["petition.submitted"]});
    let changed = sends(&leader, reqwest::Method::PUT, &made.path(""), &body).await.expect(200);
    assert_eq!(changed["categories"], json!(["giao_thong", "chieu_sang"]));
    let next = citizen.submits(&Draft::street_lamp()).await;
    assert_eq!(roads.hears(1).await[0].json()["data"]["code"], next);
}

async fn nothing_is_told_of_what_was_before(app: TestApp) {
    let (leader, citizen) = (app.leader(DESK).await, app.citizen().await);
    citizen.submits(&Draft::street_lamp()).await;
    let target = WebhookTarget::start();
    makes(&leader, &target, json!({})).await;
    // What is gathered after it was made may have happened before.
    let _telling = Telling::by(&app.app);
    let after = citizen.submits(&Draft::street_lamp()).await;
    let told = target.hears(1).await;
    assert_eq!((told.len(), &told[0].json()["data"]["code"]), (1, &json!(after)));
}

async fn secrets_rotate_with_an_overlap(app: TestApp) {
    let _telling = Telling::by(&app.app);
    let (leader, citizen) = (app.leader(DESK).await, app.citizen().await);
    let target = WebhookTarget::start();
    let made = makes(&leader, &target, json!({})).await;
    assert!(made.secret.starts_with("whsec_"));
    let rotates = async |body: Value| leader.post(&made.path("/rotate-secret"), &body).await;
    let second = rotates(json!({})).await.expect(200);
    assert!(second["old_secret_until"].is_string(), "{second}");
    let second = second["secret"].as_str().unwrap().to_owned();
    citizen.submits(&Draft::street_lamp()).await;
    let told = target.hears(1).await;
    assert_eq!(told[0].header("webhook-signature").split(' ').count(), 2);
    assert!(told[0].is_signed_by(&made.secret) && told[0].is_signed_by(&second));
    let third = rotates(json!({"overlap_hours": 0})).await.expect(200)["secret"].as_str().unwrap().to_owned();
    citizen.submits(&Draft::street_lamp()).await;
    let told = target.hears(2).await;
    assert_eq!(told[1].header("webhook-signature").split(' ').count(), 1);
    assert!(told[1].is_signed_by(&third) && !told[1].is_signed_by(&second) && !told[1].is_signed_by(&made.secret));
    rotates(json!({"overlap_hours": 169})).await.faults(&[("/overlap_hours", "out_of_range")]);
    rotates(json!({"overlap_hours": "x"})).await.faults(&[("/overlap_hours", "wrong_type")]);

    // Neither shown again nor readable where it is kept.
    assert!(made.shown(&leader).await.get("secret").is_none());
    assert!(!leader.get("webhooks").await.expect(200).to_string().contains("whsec_"));
    let secrets = [&made.secret, &second, &third].map(|secret| secret.trim_start_matches("whsec_"));
    assert!(traces_of(&app, &secrets).is_empty());
}

async fn a_test_is_sent_once_and_also_while_the_webhook_is_paused(app: TestApp) {
    let _telling = Telling::by(&app.app);
    let leader = app.leader(DESK).await;
    let target = WebhookTarget::start();
    let made = makes(&leader, &target, json!({})).await;
    leader.post(&made.path("/pause"), &json!({})).await.expect(200);
    let test = leader.post(&made.path("/test"), &json!({})).await.expect(202);
    let told = target.hears(1).await.remove(0);
    assert!(told.is_signed_by(&made.secret));
    assert_eq!((told.kind().as_str(), told.id()), ("webhook.test", test["id"].as_str().unwrap()));
    made.has(&leader, "delivered", 1).await;
    target.answers(tests::webhook_target::Answering::Status(500, None));
    leader.post(&made.path("/test"), &json!({})).await.expect(202);
    let failed = made.has(&leader, "failed", 1).await;
    assert_eq!(failed[0]["attempts"][0]["outcome"], "refused");
    let shown = made.shown(&leader).await;
    assert_eq!((&shown["state"], &shown["failing_since"]), (&json!("paused"), &Value::Null), "a test decides nothing");
}

async fn what_waits_while_it_is_paused_is_told_when_it_goes_on(app: TestApp) {
    let _telling = Telling::by(&app.app);
    let (leader, citizen) = (app.leader(DESK).await, app.citizen().await);
    let target = WebhookTarget::start();
    let made = makes(&leader, &target, json!({})).await;
    let paused = leader.post(&made.path("/pause"), &json!({})).await.expect(200);
    assert_eq!((&paused["state"], &paused["paused_reason"]), (&json!("paused"), &json!("requested")));
    assert!(paused["paused_at"].is_string());
    leader.post(&made.path("/pause"), &json!({})).await.problem(409, "no_effect");
    let codes = [citizen.submits(&Draft::street_lamp()).await, citizen.submits(&Draft::street_lamp()).await];
    made.has(&leader, "held", 2).await;
    let range = json!({"from": "2022-01-01", "to": "2100-01-01"});
    leader.post(&made.path("/redeliver"), &range).await.problem(409, "webhook_paused");
    assert!(target.told().is_empty());
    let resumed = leader.post(&made.path("/resume"), &json!({})).await.expect(200);
    assert_eq!((&resumed["state"], &resumed["paused_reason"]), (&json!("active"), &Value::Null));
    leader.post(&made.path("/resume"), &json!({})).await.problem(409, "no_effect");
    let told = target.hears(2).await;
    assert!(codes.iter().all(|code| told.iter().any(|one| one.json()["data"]["code"] == **code)));
}

async fn a_range_is_told_again_with_the_same_ids(app: TestApp) {
    let _telling = Telling::by(&app.app);
    let (leader, citizen) = (app.leader(DESK).await, app.citizen().await);
    let target = WebhookTarget::start();
    let made = makes(&leader, &target, json!({})).await;
    let mut instants = Vec::new();
    for _ in 0..4 {
        instants.push(citizen.sends(&Draft::street_lamp()).await.expect(201)["submitted_at"].clone());
    }
    target.hears(4).await;
    made.has(&leader, "delivered", 4).await;
    let redelivers =
        async |from: &Value, to: &Value| leader.post(&made.path("/redeliver"), &json!({"from": from, "to": to})).await;
    // From the second on, before the fourth.
    let again = redelivers(&instants[1], &instants[3]).await.expect(202);
    assert_eq!(again, json!({"deliveries": 2}));
    let told = target.hears(6).await;
    made.has(&leader, "delivered", 4).await;
    let at = |one: &Told| one.json()["timestamp"].clone();
    for repeated in &told[4..] {
        let first = told[..4].iter().find(|one| one.id() == repeated.id()).expect("the same webhook-id");
        assert_eq!(first.body, repeated.body);
        assert!(repeated.is_signed_by(&made.secret));
        assert!([&instants[1], &instants[2]].contains(&&at(repeated)), "{repeated:?}");
    }
    assert_eq!(redelivers(&json!("2100-01-01"), &json!("2100-01-02")).await.expect(202), json!({"deliveries": 0}));
    redelivers(&json!("2022-01-02"), &json!("2022-01-01")).await.faults(&[("/to", "empty_period")]);
    leader.post(&made.path("/redeliver"), &json!({})).await.faults(&[("/from", "required"), ("/to", "required")]);
    redelivers(&json!("gestern"), &json!("2022-01-01")).await.faults(&[("/from", "invalid_instant")]);
    assert_eq!(target.told().len(), 6);
}

async fn the_webhook_of_an_agency_that_ends_is_its_heirs(app: TestApp) {
    let _telling = Telling::by(&app.app);
    let (leader, citizen, admin) = (app.leader(OTHER).await, app.citizen().await, app.admin().await);
    app.officer("ubnd-09166").await;
    let target = WebhookTarget::start();
    let made = makes(&leader, &target, json!({})).await;
    let code = citizen.submits(&Draft::rubbish()).await;
    target.hears(1).await;
    let today = app.app.catalogue().catalogue.directory.day().to_string();
    let body = json!({"on": today, "successor": "ubnd-09166", "reason": "Sáp nhập."});
    admin.post_with(&format!("admin/agencies/{OTHER}/dissolve"), ("if-match", "\"1\""), &body).await.expect(200);
    app.app.refresh_catalogue().await.unwrap();
    app.app.follow_reforms().await.unwrap();
    let heir = app.leader("ubnd-09166").await;
    assert_eq!(made.shown(&heir).await["agency"], "ubnd-09166");
    leader.get(&made.path("")).await.problem(404, "not_found");
    let told = target.hears(2).await;
    assert_eq!(told[1].kind(), "petition.carried_over");
    assert_eq!(
        (&told[1].json()["data"]["agency"], &told[1].json()["data"]["code"]),
        (&json!("ubnd-09166"), &json!(code))
    );
}

async fn deliveries_go_after_their_time(app: TestApp) {
    let (leader, citizen) = (app.leader(DESK).await, app.citizen().await);
    let target = WebhookTarget::start();
    let made: Made = makes(&leader, &target, json!({})).await;
    let telling = Telling::by(&app.app);
    citizen.submits(&Draft::street_lamp()).await;
    made.has(&leader, "delivered", 1).await;
    drop(telling);
    app.app.clear_kept().await.unwrap();
    let kept = made.deliveries(&leader, "").await;
    assert_eq!(kept.len(), 1);
    // One of the same kind that happened two months ago.
    let now = api::clock::now();
    let id = domain::id::WebhookId(made.id.parse().unwrap());
    let before = now.plus(-chrono::Duration::days(60));
    let old = persistence::NewWebhookDelivery {
        id: domain::id::WebhookDeliveryId::new(before, &api::clock::id_randomness()),
        webhook: id,
        message: "msg_old".to_owned(),
        kind: "petition.submitted".to_owned(),
        petition: domain::petition::PetitionCode::parse(kept[0]["code"].as_str().unwrap()).ok(),
        event_at: before,
        body: "{}".to_owned(),
        state: domain::webhook::DeliveryState::Held,
        next_at: before,
    };
    let mut unit = app.app.store.begin().await.unwrap();
    unit.add_deliveries(&[old.clone(), old]).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(made.deliveries(&leader, "").await.len(), 2, "one message is there once");
    app.app.clear_kept().await.unwrap();
    assert_eq!(made.deliveries(&leader, "").await, kept);
}
