//! Who is told of what, and that nobody is told twice.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Draft, Reply, TestApp, both_engines, in_twenty_days};

use super::{counted, inbox_of, kinds, noon};
use crate::{accounts::executes, sign_in::holder};

both_engines!(
    each_is_told_what_concerns_them,
    a_desk_is_told_what_comes_to_it_and_its_leader_what_waits,
    followers_and_senders_of_merged_petitions_are_told,
    what_is_told_is_read,
    nobody_is_told_twice,
    what_is_overdue_rises_to_those_who_can_see_to_it,
    a_new_device_and_another_password_are_told_of,
);

async fn each_is_told_what_concerns_them(app: TestApp) {
    let (officer, other) = (app.officer("ubnd-256").await, app.officer("ubnd-258").await);
    let (coordinator, citizen) = (app.coordinator().await, app.citizen().await);
    let leader = app.leader("ubnd-256").await;
    let code = citizen.submits(&Draft::street_lamp()).await;
    let arrived = inbox_of(&app, &officer, 1).await;
    assert_eq!(kinds(&arrived), ["arrived"]);
    assert_eq!(arrived[0]["code"], code);
    assert_eq!(arrived[0]["text"], format!("Phản ánh {code} vừa được chuyển đến cơ quan của bạn."));
    officer.receives(&code).await;
    officer.starts(&code).await;
    officer.does(&code, "note", &json!({"content": "Gọi điện lực"})).await;
    officer.does(&code, "progress", &json!({"message": "Đã đặt bóng mới"})).await;
    leader.does(&code, "extend", &json!({"due_at": in_twenty_days(), "reason": "Chờ bóng"})).await;
    officer.does(&code, "request-information", &json!({"message": "Cột số mấy?"})).await;
    let told = inbox_of(&app, &citizen, 5).await;
    assert_eq!(kinds(&told), ["received", "started", "progressed", "extended", "information_requested"]);
    assert!(told.iter().all(|notice| notice["code"] == code && notice["unread"] == true));
    // Neither what was written nor who wrote it.
    let text = json!(told).to_string();
    assert!(!text.contains("bóng") && !text.contains("Đèn đường") && !text.contains("Nguyễn Thị"), "{text}");
    citizen.does(&code, "supplement", &json!({"content": "Cột số 7"})).await;
    assert_eq!(kinds(&inbox_of(&app, &officer, 2).await), ["arrived", "supplemented"]);
    officer.answers(&code, "Đã thay bóng.").await;
    coordinator.does(&code, "publish", &json!({})).await;
    assert_eq!(kinds(&inbox_of(&app, &citizen, 7).await)[5..], ["answered", "published"]);
    citizen.does(&code, "reopen", &json!({"reason": "Lại tắt"})).await;
    let told = inbox_of(&app, &officer, 3).await;
    assert_eq!(kinds(&told), ["arrived", "supplemented", "reopened"]);
    // Nobody of what they did, nor anybody else.
    inbox_of(&app, &citizen, 7).await;
    inbox_of(&app, &other, 0).await;
    inbox_of(&app, &coordinator, 0).await;
    let english = citizen.request(Method::GET, "me/inbox?limit=2").header("accept-language", "en");
    let page = Reply::read(english.send().await.unwrap()).await.expect(200);
    assert_eq!(page["items"][1]["text"], format!("Petition {code} has been answered."));
}

async fn a_desk_is_told_what_comes_to_it_and_its_leader_what_waits(app: TestApp) {
    let (officer, leader) = (app.officer("ubnd-256").await, app.leader("ubnd-256").await);
    let (colleague, coordinator) = (app.officer("ubnd-258").await, app.coordinator().await);
    let citizen = app.citizen().await;
    let code = citizen.submits(&Draft::street_lamp()).await;
    officer.receives(&code).await;
    officer.starts(&code).await;
    officer.does(&code, "draft-answer", &json!({"content": "Đã sửa."})).await;
    assert_eq!(kinds(&inbox_of(&app, &leader, 2).await), ["arrived", "answer_drafted"]);
    leader.does(&code, "return-answer", &json!({"reason": "Ngắn quá"})).await;
    officer.does(&code, "draft-answer", &json!({"content": "Đã sửa xong hôm nay."})).await;
    leader.does(&code, "approve-answer", &json!({})).await;
    assert_eq!(kinds(&inbox_of(&app, &officer, 3).await), ["arrived", "answer_returned", "answer_approved"]);
    // The sender is told of the answer, and of nothing that went before it within the agency.
    assert_eq!(kinds(&inbox_of(&app, &citizen, 3).await), ["received", "started", "answered"]);

    // From desk to desk, and what speaks of an emergency.
    let second = citizen.submits(&Draft::street_lamp().with("content", json!("Cột điện đang cháy, gọi cứu hỏa"))).await;
    assert_eq!(kinds(&inbox_of(&app, &leader, 4).await)[3], "emergency");
    officer.transfers(&second, "ubnd-258", "Của huyện bên").await;
    assert_eq!(kinds(&inbox_of(&app, &colleague, 1).await), ["arrived"]);
    colleague.returns(&second, "Không phải của chúng tôi").await;
    assert_eq!(kinds(&inbox_of(&app, &coordinator, 1).await), ["arrived"]);
    assert_eq!(kinds(&inbox_of(&app, &citizen, 5).await)[3..], ["transferred", "transferred"]);
}

async fn followers_and_senders_of_merged_petitions_are_told(app: TestApp) {
    let (officer, coordinator) = (app.officer("ubnd-256").await, app.coordinator().await);
    let (sender, twin, follower) = (app.citizen().await, app.citizen().await, app.citizen().await);
    let code = sender.submits(&Draft::street_lamp()).await;
    let other = twin.submits(&Draft::street_lamp()).await;
    coordinator.does(&code, "publish", &json!({})).await;
    follower.post(&format!("petitions/{code}/follow"), &json!({})).await.expect(200);
    coordinator.does(&other, "merge", &json!({"into": code})).await;
    officer.receives(&code).await;
    officer.starts(&code).await;
    officer.answers(&code, "Đã sửa.").await;
    let told = inbox_of(&app, &twin, 2).await;
    assert_eq!(kinds(&told), ["merged", "answered"]);
    assert!(told.iter().all(|notice| notice["code"] == other), "of their own petition: {told:?}");
    let told = inbox_of(&app, &follower, 1).await;
    assert_eq!((kinds(&told), &told[0]["code"]), (vec!["answered"], &json!(code)));
    // What nobody may read any more nobody is told of.
    coordinator.does(&code, "unpublish", &json!({"reason": "Có tên người"})).await;
    sender.does(&code, "reopen", &json!({"reason": "Chưa xong"})).await;
    officer.starts(&code).await;
    officer.answers(&code, "Xong hẳn.").await;
    let last = inbox_of(&app, &sender, 7).await;
    assert_eq!(kinds(&last), ["published", "received", "started", "answered", "unpublished", "started", "answered"]);
    inbox_of(&app, &follower, 1).await;
    assert_eq!(kinds(&inbox_of(&app, &twin, 3).await)[2], "answered");
}

async fn what_is_told_is_read(app: TestApp) {
    let (officer, citizen, other) = (app.officer("ubnd-256").await, app.citizen().await, app.citizen().await);
    let code = citizen.submits(&Draft::street_lamp()).await;
    officer.receives(&code).await;
    officer.starts(&code).await;
    officer.does(&code, "progress", &json!({"message": "Sắp xong"})).await;
    let told = inbox_of(&app, &citizen, 3).await;
    let id = |notice: &Value| notice["id"].as_str().unwrap().to_owned();
    let unread = async || citizen.get("me/inbox/count").await.expect(200)["unread"].clone();
    assert_eq!(unread().await, 3);
    // Page by page.
    let first = citizen.get("me/inbox?limit=2").await.expect(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = citizen.get(&format!("me/inbox?limit=2&cursor={cursor}")).await.expect(200);
    let both = [first["items"].as_array().unwrap().clone(), second["items"].as_array().unwrap().clone()].concat();
    assert_eq!((both, &second["next_cursor"]), (told.clone(), &Value::Null));
    let read = |id: String| format!("me/inbox/{id}/read");
    other.post(&read(id(&told[0])), &json!({})).await.problem(404, "not_found");
    citizen.post(&read("x".to_owned()), &json!({})).await.problem(404, "not_found");
    for _ in 0..2 {
        citizen.post(&read(id(&told[0])), &json!({})).await.expect(204);
    }
    assert_eq!(unread().await, 2);
    let left = citizen.get("me/inbox?unread=true").await.expect(200);
    assert_eq!(left["items"].as_array().unwrap().len(), 2);
    citizen.post("me/inbox/read-all", &json!({})).await.problem(422, "invalid_input");
    citizen.post("me/inbox/read-all", &json!({"upto": "nein"})).await.problem(422, "invalid_input");
    other.post("me/inbox/read-all", &json!({"upto": id(&told[0])})).await.expect(204);
    citizen.post("me/inbox/read-all", &json!({"upto": id(&told[2])})).await.expect(204);
    assert_eq!(unread().await, 1);
    citizen.post("me/inbox/read-all", &json!({"upto": id(&told[0])})).await.expect(204);
    assert_eq!(unread().await, 0);
    citizen.get("me/inbox?unread=vielleicht").await.problem(422, "invalid_input");
    citizen.get("me/inbox?cursor=1").await.problem(422, "invalid_input");
}

async fn nobody_is_told_twice(app: TestApp) {
    let officer = app.officer("ubnd-256").await;
    let citizens = [app.citizen().await, app.citizen().await, app.citizen().await];
    for citizen in &citizens {
        for _ in 0..5 {
            let code = citizen.submits(&Draft::street_lamp()).await;
            officer.receives(&code).await;
        }
    }
    // Two servers at once, over and over.
    let another = app.another_server().await;
    let telling = |app: std::sync::Arc<api::app::App>| async move {
        for _ in 0..20 {
            while app.tell_news(noon()).await.unwrap() {}
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    tokio::join!(telling(app.app.clone()), telling(another.app.clone()), telling(app.app.clone()));
    for citizen in &citizens {
        inbox_of(&app, citizen, 5).await;
    }
    inbox_of(&app, &officer, 15).await;
    let all = "SELECT COUNT(*) AS n FROM notice";
    assert_eq!(counted(&app, all).await, 30);
    // A server that was cut off does it again from the beginning.
    executes(&app, "UPDATE notice_checkpoint SET transaction_id = 0, position = 0").await;
    tokio::join!(telling(app.app.clone()), telling(another.app.clone()));
    assert_eq!(counted(&app, all).await, 30);
}

async fn what_is_overdue_rises_to_those_who_can_see_to_it(app: TestApp) {
    let (officer, leader, coordinator) =
        (app.officer("ubnd-256").await, app.leader("ubnd-256").await, app.coordinator().await);
    let citizen = app.citizen().await;
    let catalogue = app.app.catalogue();
    let past = tests::past::Past::begins(&catalogue, &citizen, 1, tests::past::at("2026-09-01T09:00:00+07:00"));
    tests::past::store(&app, &[past.played()]).await;
    while api::petition::escalate_overdue(&app.app).await.unwrap() > 0 {}
    // What happened so long ago is history: nobody is told that it arrived. That it is overdue is news.
    assert_eq!(kinds(&inbox_of(&app, &leader, 2).await), ["escalated", "escalated"]);
    assert_eq!(kinds(&inbox_of(&app, &coordinator, 1).await), ["escalated"]);
    inbox_of(&app, &officer, 0).await;
    inbox_of(&app, &citizen, 0).await;
}

async fn a_new_device_and_another_password_are_told_of(app: TestApp) {
    let body = json!({"phone": "0912345678", "password": crate::sign_in::PASSWORD, "full_name": "Nguyễn Thị Hà"});
    app.stranger().post("auth/register", &body).await.expect(201);
    let signs_in = async |device: &str| {
        let body = json!({"login": "0912345678", "password": crate::sign_in::PASSWORD});
        let request = app.stranger().request(Method::POST, "auth/login").json(&body).header("user-agent", device);
        Reply::read(request.send().await.unwrap()).await.expect(200)
    };
    // The first is nothing new, nor is the same one again.
    signs_in("PAKN/1 (Android 15)").await;
    let pair = signs_in("PAKN/1 (Android 15)").await;
    let person = holder(&app, &pair);
    inbox_of(&app, &person, 0).await;
    signs_in("curl/8").await;
    let told = inbox_of(&app, &person, 1).await;
    assert_eq!(kinds(&told), ["new_device"]);
    assert!(told[0]["text"].as_str().unwrap().contains("thiết bị mới") && told[0]["code"].is_null(), "{told:?}");
    let change = json!({"current_password": crate::sign_in::PASSWORD, "new_password": "một mật khẩu khác"});
    let pair = person.post("me/password", &change).await.expect(200);
    let told = inbox_of(&app, &holder(&app, &pair), 2).await;
    assert_eq!(kinds(&told), ["new_device", "password_changed"]);
}
