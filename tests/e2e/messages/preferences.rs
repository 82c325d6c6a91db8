//! What people choose, and what is held on them.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Draft, TestApp, both_engines};

use super::{counted, inbox_of, noon, phone, sends, with_push};
use crate::changes::puts;

both_engines!(
    what_somebody_chooses_holds,
    what_an_agency_chooses_holds_for_its_people_who_chose_nothing,
    all_that_is_wrong_with_a_choice_is_named,
    it_is_exported_and_erased_with_the_person
);

fn choice() -> Value {
    json!({
        "language": "en",
        "ways": {"push": {"on": true, "kinds": ["answered"]}, "email": {"on": true}, "sms": {"on": false}},
        "quiet_hours": {"from": "21:30", "to": "07:15"},
        "digest": "daily",
    })
}

async fn what_somebody_chooses_holds(app: TestApp) {
    let (app, push) = with_push(app.engine, |_| {}).await;
    let (officer, citizen) = (app.officer("ubnd-256").await, app.citizen().await);
    let usual = citizen.get("me/notifications").await.expect(200);
    assert_eq!((&usual["language"], &usual["digest"]), (&json!("vi"), &json!("off")));
    assert_eq!(usual["quiet_hours"], json!({"from": "22:00", "to": "06:00"}));
    assert_eq!(officer.get("me/notifications").await.expect(200)["digest"], "daily");
    let chosen = puts(&citizen, "me/notifications", None, &choice()).await.expect(200);
    assert_eq!(chosen["ways"]["push"], json!({"on": true, "kinds": ["answered"]}));
    assert_eq!(chosen["ways"]["email"], json!({"on": true, "kinds": null}));
    assert_eq!(citizen.get("me/notifications").await.expect(200), chosen);
    phone(&citizen, "fcm", "may").await;
    let code = citizen.submits(&Draft::street_lamp()).await;
    officer.receives(&code).await;
    officer.starts(&code).await;
    officer.answers(&code, "Đã sửa.").await;
    // The inbox has everything; the phone shows what was asked for, in the language that was.
    inbox_of(&app, &citizen, 3).await;
    sends(&app, domain::notice::Carrier::Fcm, &mut domain::notice::Circuit::default(), noon()).await;
    let messages = push.messages();
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0].body["message"]["notification"]["body"], format!("Petition {code} has been answered."));
    let none = json!({"language": "vi", "digest": "off", "ways": {"push": {"on": false}, "email": {"on": false}, "sms": {"on": false}}});
    let none = puts(&citizen, "me/notifications", None, &none).await.expect(200);
    assert!(none["quiet_hours"].is_null());
}

async fn what_an_agency_chooses_holds_for_its_people_who_chose_nothing(app: TestApp) {
    let (app, push) = with_push(app.engine, |_| {}).await;
    let (leader, officer, other) =
        (app.leader("ubnd-256").await, app.officer("ubnd-256").await, app.officer("ubnd-262").await);
    let citizen = app.citizen().await;
    for person in [&leader, &officer] {
        phone(person, "fcm", person.account.as_ref().unwrap().login.as_str()).await;
    }
    let usual = leader.get("agency/notifications").await.expect(200);
    assert_eq!((&usual["chosen_by"], &usual["digest"]), (&json!("nobody"), &json!("daily")));
    puts(&officer, "agency/notifications", None, &choice()).await.problem(403, "forbidden");
    citizen.get("agency/notifications").await.problem(403, "forbidden");
    let only_emergencies = json!({
        "language": "en", "digest": "daily",
        "ways": {"push": {"on": true, "kinds": ["emergency"]}, "email": {"on": true}, "sms": {"on": false}},
    });
    let chosen = puts(&leader, "agency/notifications", None, &only_emergencies).await.expect(200);
    assert_eq!((&chosen["chosen_by"], &chosen["language"]), (&json!("agency"), &json!("en")));
    assert_eq!(officer.get("me/notifications").await.expect(200), chosen);
    assert_eq!(officer.get("agency/notifications").await.expect(200), chosen);
    assert_eq!(other.get("me/notifications").await.expect(200)["chosen_by"], "nobody");
    // The officer wants to hear of everything; the leader has what the agency chose.
    let all = json!({"language": "vi", "digest": "off", "ways": {"push": {"on": true}, "email": {"on": false}, "sms": {"on": false}}});
    assert_eq!(puts(&officer, "me/notifications", None, &all).await.expect(200)["chosen_by"], "person");
    let code = citizen.submits(&Draft::street_lamp()).await;
    inbox_of(&app, &leader, 1).await;
    inbox_of(&app, &officer, 1).await;
    sends(&app, domain::notice::Carrier::Fcm, &mut domain::notice::Circuit::default(), noon()).await;
    let told: Vec<String> =
        push.messages().iter().map(|told| told.body["message"]["token"].as_str().unwrap().to_owned()).collect();
    assert_eq!(told, [officer.account.as_ref().unwrap().login.as_str()], "{code}");
    // What was chosen may be taken back, by either.
    officer.request(Method::DELETE, "me/notifications").send().await.unwrap();
    assert_eq!(officer.get("me/notifications").await.expect(200), chosen);
    leader.request(Method::DELETE, "agency/notifications").send().await.unwrap();
    assert_eq!(officer.get("me/notifications").await.expect(200)["chosen_by"], "nobody");
    // An agency that is the coordinator's has its own.
    let coordinator = app.coordinator().await;
    puts(&coordinator, "agency/notifications", None, &choice()).await.expect(200);
    assert_eq!(coordinator.get("me/notifications").await.expect(200)["chosen_by"], "agency");
    assert_eq!(leader.get("me/notifications").await.expect(200)["chosen_by"], "nobody");
}

async fn all_that_is_wrong_with_a_choice_is_named(app: TestApp) {
    let citizen = app.citizen().await;
    let wrong = json!({
        "language": "fr",
        "ways": {"push": {"on": "ja", "kinds": ["answered", "answered", "x"]}, "email": [], "sms": {}},
        "quiet_hours": {"from": "22:00", "to": "22:00"},
        "digest": 1,
    });
    let problem = puts(&citizen, "me/notifications", None, &wrong).await.problem(422, "invalid_input");
    let mut pointers: Vec<&str> =
        problem["errors"].as_array().unwrap().iter().map(|fault| fault["pointer"].as_str().unwrap()).collect();
    pointers.sort_unstable();
    let all = [
        "/digest",
        "/language",
        "/quiet_hours",
        "/ways/email",
        "/ways/push/kinds/1",
        "/ways/push/kinds/2",
        "/ways/push/on",
        "/ways/sms/on",
    ];
    assert_eq!(pointers, all);
    puts(&citizen, "me/notifications", None, &json!({})).await.problem(422, "invalid_input");
    assert_eq!(counted(&app, "SELECT COUNT(*) AS n FROM notice_preference").await, 0);
}

async fn it_is_exported_and_erased_with_the_person(app: TestApp) {
    let (app, _push) = with_push(app.engine, |_| {}).await;
    let (officer, citizen) = (app.officer("ubnd-256").await, app.citizen().await);
    puts(&citizen, "me/notifications", None, &choice()).await.expect(200);
    phone(&citizen, "fcm", "may").await;
    let code = citizen.submits(&Draft::street_lamp()).await;
    officer.receives(&code).await;
    officer.starts(&code).await;
    officer.answers(&code, "Đã sửa.").await;
    citizen.does(&code, "close", &json!({})).await;
    inbox_of(&app, &citizen, 3).await;
    let export = citizen.get("me/export").await.expect(200);
    assert_eq!(export["notifications"]["language"], "en");
    assert_eq!(
        (&export["push_tokens"][0]["platform"], &export["inbox"][0]["kind"]),
        (&json!("fcm"), &json!("answered"))
    );
    let message = &export["messages"][0];
    assert_eq!((&message["carrier"], &message["state"]), (&json!("fcm"), &json!("waiting")));
    assert_eq!(message["notice"], export["inbox"][0]["id"]);
    citizen.request(Method::DELETE, "me").send().await.unwrap();
    app.app.keep_erasures_moving().await.unwrap();
    let id = citizen.account.as_ref().unwrap().id;
    let id = match app.engine {
        tests::Engine::Sqlite => format!("x'{}'", id.0.simple()),
        tests::Engine::Postgres => format!("'{id}'"),
    };
    for table in ["notice", "delivery", "push_token", "notice_preference"] {
        let sql = format!("SELECT COUNT(*) AS n FROM {table} WHERE account_id = {id}");
        assert_eq!(counted(&app, &sql).await, 0, "{table}");
    }
    // Whoever is gone is told nothing more: what happened to their petition meanwhile makes no notice.
    super::super::accounts::executes(&app, "UPDATE notice_checkpoint SET transaction_id = 0, position = 0").await;
    inbox_of(&app, &officer, 1).await;
    assert_eq!(counted(&app, "SELECT COUNT(*) AS n FROM notice").await, 1);
}
