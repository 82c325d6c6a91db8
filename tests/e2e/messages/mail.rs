//! E-mail and SMS: in which words, at which times, and under which key.

use chrono::Duration as Time;
use domain::{
    notice::{Carrier, Circuit},
    time::Instant,
};
use secrecy::SecretString;
use serde_json::json;
use tests::{Draft, Engine, Person, TestApp, both_engines, gateway::SmsGateway, smtp::SmtpServer};

use super::{all_verified, counted, inbox_of, kinds, noon, sends, with_push};
use crate::{
    accounts::executes,
    changes::puts,
    sign_in::{PASSWORD, holder, signs_in},
};

both_engines!(
    an_e_mail_has_the_same_key_at_each_try,
    a_day_is_one_e_mail,
    what_can_wait_waits_for_the_end_of_quiet_hours,
    an_sms_says_little_and_costs_one,
    an_address_that_nobody_has_proved_is_written_to_by_nobody,
    what_was_told_long_ago_is_taken_away,
);

async fn with_mail(engine: Engine) -> (TestApp, SmtpServer) {
    let server = SmtpServer::start().await;
    let (app, _push) = with_push(engine, |messages| {
        messages.smtp_url = Some(SecretString::from(format!("smtp://{}", server.address)));
        messages.smtp_from = Some("PAKN Bắc Ninh <pakn@bacninh.example>".to_owned());
    })
    .await;
    (app, server)
}

/// Somebody who signs in by that address.
async fn correspondent<'a>(app: &'a TestApp, field: &str, login: &str) -> Person<'a> {
    let body = json!({field: login, "password": PASSWORD, "full_name": "Nguyễn Thị Hà"});
    app.stranger().post("auth/register", &body).await.expect(201);
    holder(app, &signs_in(app, login, PASSWORD).await.expect(200))
}

/// Has a petition of theirs received and begun: they are told twice.
async fn received_and_begun(app: &TestApp, citizen: &Person<'_>) -> String {
    let officer = app.officer("ubnd-256").await;
    let code = citizen.submits(&Draft::street_lamp()).await;
    officer.receives(&code).await;
    officer.starts(&code).await;
    code
}

fn message_id(head: &str) -> &str {
    head.lines().find_map(|line| line.strip_prefix("Message-ID: ")).unwrap_or_else(|| panic!("no Message-ID: {head}"))
}

/// Something that holds for a person chooses otherwise.
async fn chooses(person: &Person<'_>, field: &str, value: serde_json::Value) {
    let mut chosen = person.get("me/notifications").await.expect(200);
    chosen[field] = value;
    puts(person, "me/notifications", None, &chosen).await.expect(200);
}

async fn an_e_mail_has_the_same_key_at_each_try(app: TestApp) {
    let (app, server) = with_mail(app.engine).await;
    let citizen = correspondent(&app, "email", "ha@example.vn").await;
    all_verified(&app).await;
    let code = received_and_begun(&app, &citizen).await;
    inbox_of(&app, &citizen, 2).await;
    // Taken, and the answer lost: as far as the server can know.
    server.refuses("451 4.3.0 try again");
    let mut circuit = Circuit::default();
    assert_eq!(sends(&app, Carrier::Email, &mut circuit, noon()).await, 2);
    assert_eq!(server.count(), 1);
    assert_eq!(sends(&app, Carrier::Email, &mut circuit, noon().plus(Time::minutes(1))).await, 1);
    let (first, second) = (server.mail(0).await, server.mail(1).await);
    let ids = [message_id(&first.head).to_owned(), message_id(&second.head).to_owned()];
    assert!(ids[0] != ids[1] && ids.iter().all(|id| id.ends_with("@bacninh.example>")), "{ids:?}");
    let texts = first.text.clone() + &second.text;
    assert!(
        texts.contains(&format!("Phản ánh {code} đã được tiếp nhận.")) && texts.contains("đang được xử lý"),
        "{texts}"
    );
    assert_eq!(first.to, ["ha@example.vn"]);
    // The same delivery again, as after a server that was killed: the same key.
    executes(&app, "UPDATE delivery SET state = 'waiting', due_at = 0").await;
    sends(&app, Carrier::Email, &mut circuit, noon()).await;
    let again = [server.mail(2).await, server.mail(3).await].map(|mail| message_id(&mail.head).to_owned());
    assert!(again.iter().all(|id| ids.contains(id)), "{again:?} {ids:?}");
    // A mailbox that there is not.
    server.refuses("550 5.1.1 no such user");
    executes(&app, "UPDATE delivery SET state = 'waiting', due_at = 0").await;
    sends(&app, Carrier::Email, &mut circuit, noon()).await;
    assert_eq!(counted(&app, "SELECT COUNT(*) AS n FROM delivery WHERE state = 'dead'").await, 1);
    let problem = app.admin().await.get("admin/dead-letters").await.expect(200)["items"][0]["problem"].clone();
    assert_eq!(problem, "the SMTP server refused it: Some(550)");
}

async fn a_day_is_one_e_mail(app: TestApp) {
    let (app, server) = with_mail(app.engine).await;
    let citizen = correspondent(&app, "email", "ha@example.vn").await;
    all_verified(&app).await;
    chooses(&citizen, "digest", json!("daily")).await;
    chooses(&citizen, "language", json!("en")).await;
    let first = received_and_begun(&app, &citizen).await;
    let second = received_and_begun(&app, &citizen).await;
    let told = inbox_of(&app, &citizen, 4).await;
    let seven = noon().plus(Time::hours(19));
    let mut circuit = Circuit::default();
    assert_eq!(sends(&app, Carrier::Email, &mut circuit, seven.plus(-Time::seconds(1))).await, 0);
    // What was read by then is not told again.
    let read = told.iter().find(|notice| notice["code"] == second && notice["kind"] == "received").unwrap();
    citizen.post(&format!("me/inbox/{}/read", read["id"].as_str().unwrap()), &json!({})).await.expect(204);
    assert_eq!(sends(&app, Carrier::Email, &mut circuit, seven).await, 1);
    let mail = server.mail(0).await;
    assert_eq!(mail.text.matches("- ").count(), 3, "{}", mail.text);
    assert!(mail.text.contains(&format!("Petition {first} has been received.")), "{}", mail.text);
    assert!(!mail.text.contains(&format!("Petition {second} has been received.")), "{}", mail.text);
    assert_eq!((server.count(), sends(&app, Carrier::Email, &mut circuit, seven.plus(Time::hours(1))).await), (1, 0));
    // What comes after it is the next day's. A day of which everything was read has none.
    received_and_begun(&app, &citizen).await;
    let told = inbox_of(&app, &citizen, 6).await;
    citizen.post("me/inbox/read-all", &json!({"upto": told[0]["id"]})).await.expect(204);
    sends(&app, Carrier::Email, &mut circuit, seven.plus(Time::hours(24))).await;
    assert_eq!(server.count(), 1);
}

async fn what_can_wait_waits_for_the_end_of_quiet_hours(app: TestApp) {
    let (app, server) = with_mail(app.engine).await;
    let citizen = correspondent(&app, "email", "ha@example.vn").await;
    all_verified(&app).await;
    chooses(&citizen, "quiet_hours", json!({"from": "11:00", "to": "13:30"})).await;
    received_and_begun(&app, &citizen).await;
    inbox_of(&app, &citizen, 2).await;
    let mut circuit = Circuit::default();
    let half_past_one = noon().plus(Time::minutes(90));
    assert_eq!(sends(&app, Carrier::Email, &mut circuit, half_past_one.plus(-Time::seconds(1))).await, 0);
    assert_eq!(sends(&app, Carrier::Email, &mut circuit, half_past_one).await, 2);
    // That somebody else may be in the account waits for nothing, whatever the time is.
    let now = api::clock::now();
    let all_day = |now: Instant| {
        let at = |minutes| now.plus(Time::minutes(minutes)).local_time().format("%H:%M").to_string();
        json!({"from": at(-60), "to": at(60)})
    };
    chooses(&citizen, "quiet_hours", all_day(now)).await;
    let request = app.stranger().request(reqwest::Method::POST, "auth/login");
    let request = request.json(&json!({"login": "ha@example.vn", "password": PASSWORD})).header("user-agent", "la");
    assert_eq!(request.send().await.unwrap().status().as_u16(), 200);
    assert_eq!(kinds(&inbox_of(&app, &citizen, 3).await)[2], "new_device");
    assert_eq!(sends(&app, Carrier::Email, &mut circuit, api::clock::now()).await, 1);
    assert!(server.mail(2).await.text.contains("thiết bị mới"));
}

async fn an_sms_says_little_and_costs_one(app: TestApp) {
    let gateway = SmsGateway::start();
    let (app, _push) = with_push(app.engine, |messages| {
        messages.sms_url = Some(SecretString::from(format!("http://{}/send", gateway.address)));
        messages.sms_body = r#"{"to":"{phone}","text":"{text}","id":"{key}"}"#.to_owned();
    })
    .await;
    let citizen = correspondent(&app, "phone", "0912345678").await;
    all_verified(&app).await;
    let code = received_and_begun(&app, &citizen).await;
    let officer = app.officer("ubnd-256").await;
    officer.answers(&code, "Đã sửa.").await;
    inbox_of(&app, &citizen, 3).await;
    let mut circuit = Circuit::default();
    gateway.answers(503, "");
    assert_eq!(sends(&app, Carrier::Sms, &mut circuit, noon()).await, 1);
    assert_eq!(sends(&app, Carrier::Sms, &mut circuit, noon().plus(Time::minutes(1))).await, 1);
    let (first, second) = (gateway.sent(0).await, gateway.sent(1).await);
    assert_eq!(first.body, second.body, "the same key at each try");
    let sms: serde_json::Value = serde_json::from_str(&first.body).unwrap();
    assert_eq!(
        (&sms["to"], &sms["text"]),
        (&json!("+84912345678"), &json!(format!("Phan anh {code} da duoc tra loi.")))
    );
    uuid::Uuid::parse_str(sms["id"].as_str().unwrap()).unwrap();
}

async fn an_address_that_nobody_has_proved_is_written_to_by_nobody(app: TestApp) {
    let (app, server) = with_mail(app.engine).await;
    let citizen = correspondent(&app, "email", "nguoi.khac@example.vn").await;
    received_and_begun(&app, &citizen).await;
    inbox_of(&app, &citizen, 2).await;
    assert_eq!(sends(&app, Carrier::Email, &mut Circuit::default(), noon().plus(Time::days(2))).await, 0);
    assert_eq!((server.count(), counted(&app, "SELECT COUNT(*) AS n FROM delivery").await), (0, 0));
}

async fn what_was_told_long_ago_is_taken_away(app: TestApp) {
    let (app, _server) = with_mail(app.engine).await;
    let citizen = correspondent(&app, "email", "ha@example.vn").await;
    all_verified(&app).await;
    received_and_begun(&app, &citizen).await;
    inbox_of(&app, &citizen, 2).await;
    app.app.clear_kept().await.unwrap();
    inbox_of(&app, &citizen, 2).await;
    let mut unit = app.app.store.begin().await.unwrap();
    let soon = api::clock::now().plus(Time::seconds(1));
    assert!(!unit.clear(persistence::Kept::Notices, soon).await.unwrap());
    unit.commit().await.unwrap();
    for table in ["notice", "delivery"] {
        assert_eq!(counted(&app, &format!("SELECT COUNT(*) AS n FROM {table}")).await, 0, "{table}");
    }
    inbox_of(&app, &citizen, 0).await;
}
