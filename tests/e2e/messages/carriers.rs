//! Firebase and Apple, spoken to for real: what they are sent, and what becomes of it when they do not take it.

use std::{collections::BTreeSet, time::Duration};

use chrono::Duration as Time;
use domain::notice::{Carrier, Circuit, MOST_TRIES};
use serde_json::json;
use tests::{
    Draft, Person, TestApp, both_engines,
    push::{Answer, Pushed},
};

use super::{counted, inbox_of, noon, phone, sends, with_push};

both_engines!(
    a_phone_is_told_by_its_carrier,
    a_carrier_that_asks_for_time_gets_it,
    a_phone_that_is_gone_is_forgotten,
    a_poisoned_message_holds_up_nobody,
    a_carrier_that_hangs_holds_up_nobody,
    each_message_is_one_servers,
    a_phone_is_whose_it_was_last,
);

/// Sixty-four hexadecimal digits.
fn apple(digit: char) -> String {
    digit.to_string().repeat(64)
}

/// Has their petition received: they are told so.
async fn told(app: &TestApp, officer: &Person<'_>, citizen: &Person<'_>, count: usize) -> String {
    let code = citizen.submits(&Draft::street_lamp()).await;
    officer.receives(&code).await;
    inbox_of(app, citizen, count).await;
    code
}

async fn a_phone_is_told_by_its_carrier(app: TestApp) {
    let (app, push) = with_push(app.engine, |_| {}).await;
    let (officer, citizen) = (app.officer("ubnd-256").await, app.citizen().await);
    phone(&citizen, "fcm", "dien-thoai:1").await;
    phone(&citizen, "apns", &apple('A')).await;
    let code = told(&app, &officer, &citizen, 1).await;
    for carrier in [Carrier::Fcm, Carrier::Apns] {
        assert_eq!(sends(&app, carrier, &mut Circuit::default(), noon()).await, 1);
    }
    let notice = citizen.get("me/inbox").await.expect(200)["items"][0].clone();
    let messages = push.messages();
    let [android, iphone] = messages.as_slice() else { panic!("{messages:?}") };
    assert_eq!(
        android.body,
        json!({"message": {
            "token": "dien-thoai:1",
            "notification": {"title": "Phản ánh, kiến nghị Bắc Ninh", "body": format!("Phản ánh {code} đã được tiếp nhận.")},
            "data": {"key": notice["id"], "kind": "received", "code": code},
            "android": {"priority": "HIGH", "ttl": "259200s", "notification": {"tag": notice["id"]}},
        }})
    );
    assert_eq!((iphone.phone(), iphone.key()), (apple('a'), android.key()));
    assert_eq!(iphone.body["aps"]["alert"]["body"], notice["text"]);
    assert_eq!((iphone.apns("apns-topic"), iphone.apns("apns-push-type")), ("vn.bacninh.pakn", "alert"));
    assert_eq!(iphone.apns("apns-collapse-id"), notice["id"]);
    let id: uuid::Uuid = iphone.apns("apns-id").parse().unwrap();
    let expires: i64 = iphone.apns("apns-expiration").parse().unwrap();
    assert!(expires > chrono::Utc::now().timestamp(), "{expires}");
    assert_eq!(counted(&app, "SELECT COUNT(*) AS n FROM delivery WHERE state = 'sent'").await, 2);
    // What has let messages through is used until it is good no more; then what was not let through comes again.
    told(&app, &officer, &citizen, 2).await;
    let mut circuit = Circuit::default();
    sends(&app, Carrier::Fcm, &mut circuit, noon()).await;
    assert_eq!((push.messages().len(), push.granted()), (3, 1));
    push.revokes();
    told(&app, &officer, &citizen, 3).await;
    sends(&app, Carrier::Fcm, &mut circuit, noon()).await;
    assert_eq!((push.messages().len(), push.granted()), (3, 1));
    sends(&app, Carrier::Fcm, &mut circuit, noon().plus(Time::minutes(1))).await;
    assert_eq!((push.messages().len(), push.granted()), (4, 2));
    // Apple's tokens are signed once for a while.
    sends(&app, Carrier::Apns, &mut Circuit::default(), noon()).await;
    let tokens: BTreeSet<String> =
        push.messages().iter().filter(|one| !one.apns.is_empty()).map(|one| one.authorization.clone()).collect();
    assert_eq!((tokens.len(), push.messages().len()), (1, 6));
    assert!(
        push.messages()
            .iter()
            .filter(|one| !one.apns.is_empty())
            .skip(1)
            .all(|one| one.apns("apns-id") != id.to_string())
    );
}

async fn a_carrier_that_asks_for_time_gets_it(app: TestApp) {
    let (app, push) = with_push(app.engine, |_| {}).await;
    let (officer, citizen) = (app.officer("ubnd-256").await, app.citizen().await);
    phone(&citizen, "fcm", "dien-thoai").await;
    told(&app, &officer, &citizen, 1).await;
    push.answers(Answer::fcm(429, "QUOTA_EXCEEDED").with("retry-after", "90"));
    let mut circuit = Circuit::default();
    let after = |seconds| noon().plus(Time::seconds(seconds));
    assert_eq!(sends(&app, Carrier::Fcm, &mut circuit, noon()).await, 1);
    // All messages wait with the one that was refused.
    told(&app, &officer, &citizen, 2).await;
    assert_eq!(sends(&app, Carrier::Fcm, &mut circuit, after(89)).await, 0);
    assert_eq!(push.messages().len(), 1);
    assert_eq!(sends(&app, Carrier::Fcm, &mut circuit, after(91)).await, 2);
    let keys: Vec<String> = push.messages().iter().map(Pushed::key).collect();
    assert_eq!(keys.len(), 3);
    assert!(keys[1..].contains(&keys[0]), "the same key at the second try: {keys:?}");
}

async fn a_phone_that_is_gone_is_forgotten(app: TestApp) {
    let (app, push) = with_push(app.engine, |_| {}).await;
    let (officer, citizen) = (app.officer("ubnd-256").await, app.citizen().await);
    phone(&citizen, "fcm", "cu").await;
    phone(&citizen, "fcm", "moi").await;
    for digit in ['a', 'b', 'c'] {
        phone(&citizen, "apns", &apple(digit)).await;
    }
    push.always("cu", Answer::fcm(404, "UNREGISTERED"));
    let since =
        |at: chrono::DateTime<chrono::Utc>| json!({"reason": "Unregistered", "timestamp": at.timestamp_millis()});
    push.always(&apple('a'), Answer::new(410, since(chrono::Utc::now() + Time::hours(1))));
    // Missed before the app said that it is there.
    push.always(&apple('b'), Answer::new(410, since(chrono::Utc::now() - Time::hours(1))));
    push.always(&apple('c'), Answer::new(400, json!({"reason": "BadDeviceToken"})));
    told(&app, &officer, &citizen, 1).await;
    sends(&app, Carrier::Fcm, &mut Circuit::default(), noon()).await;
    sends(&app, Carrier::Apns, &mut Circuit::default(), noon()).await;
    assert_eq!(push.messages().len(), 5);
    let left = citizen.get("me/push-tokens").await.expect(200);
    let platforms: Vec<&str> =
        left["items"].as_array().unwrap().iter().map(|phone| phone["platform"].as_str().unwrap()).collect();
    assert_eq!(platforms, ["fcm", "apns"]);
    told(&app, &officer, &citizen, 2).await;
    sends(&app, Carrier::Fcm, &mut Circuit::default(), noon()).await;
    assert_eq!(push.messages().iter().map(Pushed::phone).filter(|phone| phone == "moi").count(), 2);
    assert_eq!(push.messages().len(), 6);
    assert_eq!(counted(&app, "SELECT COUNT(*) AS n FROM delivery WHERE state = 'dead'").await, 0);
}

async fn a_poisoned_message_holds_up_nobody(app: TestApp) {
    let (app, push) = with_push(app.engine, |_| {}).await;
    let (officer, admin) = (app.officer("ubnd-256").await, app.admin().await);
    let citizens = [app.citizen().await, app.citizen().await, app.citizen().await];
    for (citizen, token) in citizens.iter().zip(["hong", "tu-choi", "tot"]) {
        phone(citizen, "fcm", token).await;
    }
    push.always("hong", Answer::fcm(500, "INTERNAL"));
    push.always("tu-choi", Answer::fcm(400, "INVALID_ARGUMENT"));
    for citizen in &citizens {
        told(&app, &officer, citizen, 1).await;
    }
    let (mut circuit, mut now) = (Circuit::default(), noon());
    sends(&app, Carrier::Fcm, &mut circuit, now).await;
    assert_eq!(push.messages().len(), 3);
    assert_eq!(counted(&app, "SELECT COUNT(*) AS n FROM delivery WHERE state = 'sent'").await, 1);
    // Refused for good: at once. Otherwise after many tries, with ever more time between them.
    let dead = async || admin.get("admin/dead-letters").await.expect(200)["items"].as_array().unwrap().clone();
    let refused = dead().await;
    assert_eq!(refused.len(), 1);
    assert_eq!(
        (&refused[0]["carrier"], &refused[0]["kind"], &refused[0]["tries"]),
        (&json!("fcm"), &json!("received"), &json!(1))
    );
    assert_eq!(refused[0]["problem"], "Firebase answered 400 INVALID_ARGUMENT");
    for _ in 1..MOST_TRIES {
        now = now.plus(Time::hours(8));
        sends(&app, Carrier::Fcm, &mut circuit, now).await;
    }
    let tries = push.messages().iter().filter(|one| one.phone() == "hong").count();
    assert_eq!(tries, usize::try_from(MOST_TRIES).unwrap());
    let given_up = dead().await;
    assert_eq!(given_up.len(), 2, "{given_up:?}");
    let of_first = given_up.iter().find(|letter| letter["problem"] == "Firebase answered 500 INTERNAL").unwrap();
    assert_eq!(of_first["tries"], MOST_TRIES);
    assert!(!json!(given_up).to_string().contains("hong"), "a phone's token is nobody else's to see");
    // Mended: it goes out as it would have, once.
    let path = |letter: &serde_json::Value| format!("admin/dead-letters/{}/retry", letter["id"].as_str().unwrap());
    push.answers(Answer::new(200, json!({})));
    admin.post(&path(&given_up[0]), &json!({})).await.expect(204);
    admin.post(&path(&given_up[0]), &json!({})).await.problem(404, "not_found");
    admin.post("admin/dead-letters/x/retry", &json!({})).await.problem(404, "not_found");
    officer.get("admin/dead-letters").await.problem(403, "forbidden");
    assert_eq!(dead().await.len(), 1);
}

async fn a_carrier_that_hangs_holds_up_nobody(app: TestApp) {
    let server = tests::smtp::SmtpServer::start().await;
    let (app, push) = with_push(app.engine, |messages| {
        messages.smtp_url = Some(secrecy::SecretString::from(format!("smtp://{}", server.address)));
        messages.smtp_from = Some("pakn@bacninh.example".to_owned());
        messages.push.message_lease_seconds = 2;
    })
    .await;
    let officer = app.officer("ubnd-256").await;
    let body = json!({"email": "ha@example.vn", "password": crate::sign_in::PASSWORD, "full_name": "Hà"});
    app.stranger().post("auth/register", &body).await.expect(201);
    super::all_verified(&app).await;
    let pair = crate::sign_in::signs_in(&app, "ha@example.vn", crate::sign_in::PASSWORD).await.expect(200);
    let citizen = crate::sign_in::holder(&app, &pair);
    for number in 0..6 {
        phone(&citizen, "fcm", &format!("may-{number}")).await;
    }
    push.hangs(true);
    told(&app, &officer, &citizen, 1).await;
    let began = std::time::Instant::now();
    let mut fcm = Circuit::default();
    let hanging = sends(&app, Carrier::Fcm, &mut fcm, noon());
    let mut email = Circuit::default();
    let mailing = async {
        assert_eq!(sends(&app, Carrier::Email, &mut email, noon()).await, 1);
        assert!(server.mail(0).await.text.contains("đã được tiếp nhận"));
        began.elapsed()
    };
    let (tried, mailed) = tokio::join!(hanging, mailing);
    assert!(
        tried == 6 && mailed < Duration::from_millis(1_900) && began.elapsed() >= Duration::from_secs(2),
        "{mailed:?}"
    );
    // Now it is left alone, and probed with one; when it takes that, all go out.
    assert_eq!(sends(&app, Carrier::Fcm, &mut fcm, noon().plus(Time::seconds(1))).await, 0);
    push.hangs(false);
    let before = push.messages().len();
    assert_eq!(app.app.send_due(Carrier::Fcm, &mut fcm, noon().plus(Time::minutes(5))).await.unwrap(), 1);
    assert_eq!(sends(&app, Carrier::Fcm, &mut fcm, noon().plus(Time::minutes(5))).await, 5);
    assert_eq!(push.messages().len(), before + 6);
    assert_eq!(counted(&app, "SELECT COUNT(*) AS n FROM delivery WHERE state <> 'sent'").await, 0);
}

async fn each_message_is_one_servers(app: TestApp) {
    const MESSAGES: usize = 60;
    let (app, push) = with_push(app.engine, |_| {}).await;
    let mut messages = api::settings::MessageSettings::default();
    push.settle(&mut messages);
    let another = app.another_server_with(api::settings::ServeSettings { messages, ..tests::app::settings() }).await;
    let (officer, citizen) = (app.officer("ubnd-256").await, app.citizen().await);
    for number in 0..20 {
        phone(&citizen, "fcm", &format!("may-{number}")).await;
    }
    for number in 1..=MESSAGES / 20 {
        told(&app, &officer, &citizen, number).await;
    }
    let send = async |app: std::sync::Arc<api::app::App>| {
        let mut circuit = Circuit::default();
        while app.send_due(Carrier::Fcm, &mut circuit, noon()).await.unwrap() > 0 {}
    };
    tokio::join!(send(app.app.clone()), send(another.app.clone()), send(app.app.clone()));
    let sent: BTreeSet<(String, String)> = push.messages().iter().map(|one| (one.phone(), one.key())).collect();
    assert_eq!((push.messages().len(), sent.len()), (MESSAGES, MESSAGES));
}

async fn a_phone_is_whose_it_was_last(app: TestApp) {
    let (app, push) = with_push(app.engine, |_| {}).await;
    let officer = app.officer("ubnd-256").await;
    let (before, after) = (app.citizen().await, app.citizen().await);
    let first = phone(&before, "fcm", "may").await;
    // The app says so at each start.
    assert_eq!(phone(&before, "fcm", "may").await["id"], first["id"]);
    told(&app, &officer, &before, 1).await;
    let second = phone(&after, "fcm", "may").await;
    assert_ne!(second["id"], first["id"]);
    // What waited for who had it is not shown to who has it.
    sends(&app, Carrier::Fcm, &mut Circuit::default(), noon()).await;
    assert_eq!(push.messages().len(), 0);
    assert_eq!(before.get("me/push-tokens").await.expect(200)["items"], json!([]));
    told(&app, &officer, &after, 1).await;
    sends(&app, Carrier::Fcm, &mut Circuit::default(), noon()).await;
    assert_eq!(push.messages().len(), 1);
    let delete = async |person: &Person<'_>| {
        let path = format!("me/push-tokens/{}", second["id"].as_str().unwrap());
        person.request(reqwest::Method::DELETE, &path).send().await.unwrap().status().as_u16()
    };
    assert_eq!((delete(&before).await, delete(&after).await, delete(&after).await), (404, 204, 404));
    for (platform, token, pointer) in [
        ("fcm", "có dấu cách", "/token"),
        ("apns", "abc", "/token"),
        ("email", "a@b.vn", "/platform"),
        ("fcm", "", "/token"),
    ] {
        let wrong = after.post("me/push-tokens", &json!({"platform": platform, "token": token})).await;
        assert_eq!(wrong.problem(422, "invalid_input")["errors"][0]["pointer"], pointer, "{platform} {token}");
    }
}
