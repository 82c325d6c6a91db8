//! Files that belong to petitions and answers: whose they may be, and who sees them.

use persistence::Upload;
use serde_json::{Value, json};
use tests::{Draft, TestApp, both_engines, files::jpeg};

use super::fetched;

both_engines!(
    files_come_with_a_petition_a_supplement_a_draft_and_an_answer,
    only_own_and_unattached_files_are_attached,
    a_request_that_comes_twice_attaches_once,
    of_two_petitions_that_name_one_file_one_is_refused,
    the_public_sees_what_was_published_in_the_senders_words,
    a_check_finds_a_file_that_was_exchanged,
);

fn ids(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

async fn files_come_with_a_petition_a_supplement_a_draft_and_an_answer(app: TestApp) {
    let (citizen, officer, leader) = (app.citizen().await, app.officer("ubnd-256").await, app.leader("ubnd-256").await);
    let mut own = Vec::new();
    for _ in 0..3 {
        own.push(citizen.uploads(&jpeg()).await);
    }
    let (first, second) = (officer.uploads(&jpeg()).await, leader.uploads(&jpeg()).await);
    // In another order than they came.
    let code = citizen.submits(&Draft::street_lamp().with("attachments", json!([own[1], own[0]]))).await;
    officer.receives(&code).await;
    officer.does(&code, "request-information", &json!({"message": "Xin gửi ảnh."})).await;
    citizen.does(&code, "supplement", &json!({"content": "Đây ạ.", "attachments": [own[2]]})).await;
    let draft = json!({"content": "Dự thảo.", "attachments": [first]});
    let drafted = officer.does(&code, "draft-answer", &draft).await;
    assert_eq!(ids(&drafted["draft"]["attachments"]), [first.clone()]);
    assert_eq!(citizen.reads(&code).await["draft"], Value::Null);
    leader.does(&code, "approve-answer", &json!({})).await;
    let petition = citizen.reads(&code).await;
    assert_eq!(ids(&petition["attachments"]), [own[1].clone(), own[0].clone(), own[2].clone()]);
    assert_eq!(ids(&petition["answer"]["attachments"]), [first]);
    citizen.does(&code, "reopen", &json!({"reason": "Chưa xong."})).await;
    assert_eq!(citizen.reads(&code).await["answer"], Value::Null);
    leader.does(&code, "answer", &json!({"content": "Đã xong.", "attachments": [second]})).await;
    let petition = citizen.reads(&code).await;
    assert_eq!(ids(&petition["answer"]["attachments"]), [second], "the answer that stands, with its own");

    let logged = app.app.store.petition(&domain::petition::PetitionCode::parse(&code).unwrap()).await.unwrap().unwrap();
    let uploads: Vec<Upload> = app.app.store.attachments(&[logged.petition.id]).await.unwrap();
    let history = app.app.store.history(logged.petition.id).await.unwrap();
    let named: Vec<_> = history.iter().flat_map(|logged| logged.event.data.attachments().1.to_vec()).collect();
    assert_eq!(named.len(), 5);
    for upload in &uploads {
        assert!(named.contains(&upload.as_attachment()));
        let text = serde_json::to_string(&named).unwrap();
        assert!(!text.contains(&upload.kept.sha256.to_string()) && !text.contains(&upload.sent.sha256.to_string()));
    }
    let verified = app.app.store.snapshot().await.unwrap().verify().await.unwrap();
    assert_eq!((verified.files, verified.erased_files, verified.damages), (5, 0, Vec::new()));
}

async fn only_own_and_unattached_files_are_attached(app: TestApp) {
    let (citizen, other, officer) = (app.citizen().await, app.citizen().await, app.officer("ubnd-256").await);
    let (own, foreign) = (citizen.uploads(&jpeg()).await, other.uploads(&jpeg()).await);
    let send = |ids: Value| {
        let citizen = citizen.clone();
        async move { citizen.sends(&Draft::street_lamp().with("attachments", ids)).await }
    };
    let nothing = "00000000-0000-7000-8000-000000000000";
    let strange = send(json!([foreign])).await;
    strange.faults(&[("/attachments/0", "unknown_upload")]);
    let missing = send(json!([nothing])).await;
    let without_id = |reply: &tests::Reply| {
        let mut body = reply.json();
        body.as_object_mut().unwrap().remove("instance");
        body
    };
    assert_eq!(without_id(&strange), without_id(&missing), "a file of somebody else is one that does not exist");
    send(json!([own, foreign, own, "ảnh.jpg", nothing])).await.faults(&[
        ("/attachments/1", "unknown_upload"),
        ("/attachments/2", "repeated"),
        ("/attachments/3", "unknown_upload"),
        ("/attachments/4", "unknown_upload"),
    ]);
    other.get(&format!("uploads/{own}")).await.problem(404, "not_found");
    let code = send(json!([own])).await.expect(201)["code"].as_str().unwrap().to_owned();
    send(json!([own])).await.faults(&[("/attachments/0", "unknown_upload")]);
    officer.receives(&code).await;
    let answer = |ids: Value| json!({"content": "Đã sửa.", "attachments": ids});
    for foreign in [&own, &foreign] {
        officer
            .commands(&code, "answer", &answer(json!([foreign])))
            .await
            .faults(&[("/attachments/0", "unknown_upload")]);
    }
    // What was refused is not attached to anything.
    other.submits(&Draft::street_lamp().with("attachments", json!([foreign]))).await;
}

async fn a_request_that_comes_twice_attaches_once(app: TestApp) {
    let (citizen, officer) = (app.citizen().await, app.officer("ubnd-256").await);
    let upload = citizen.uploads(&jpeg()).await;
    let draft = Draft::street_lamp().with("attachments", json!([upload])).0;
    let key = ("idempotency-key", "hai-lan");
    let (first, again) =
        tokio::join!(citizen.post_with("petitions", key, &draft), citizen.post_with("petitions", key, &draft));
    let (first, again) = (first.expect(201), again.expect(201));
    assert_eq!(first["id"], again["id"]);
    let later = citizen.post_with("petitions", key, &draft).await.expect(201);
    assert_eq!(ids(&later["attachments"]), [upload]);
    let code = first["code"].as_str().unwrap();
    officer.receives(code).await;
    let upload = officer.uploads(&jpeg()).await;
    let answer = json!({"content": "Đã sửa.", "attachments": [upload]});
    let path = format!("petitions/{code}/answer");
    let (first, again) = tokio::join!(officer.post_with(&path, key, &answer), officer.post_with(&path, key, &answer));
    assert_eq!(first.expect(200)["version"], again.expect(200)["version"]);
    let later = officer.post_with(&path, key, &answer).await.expect(200);
    assert_eq!((&later["version"], ids(&later["answer"]["attachments"])), (&json!(3), vec![upload]));
}

async fn of_two_petitions_that_name_one_file_one_is_refused(app: TestApp) {
    let citizen = app.citizen().await;
    for _ in 0..5 {
        let upload = citizen.uploads(&jpeg()).await;
        let draft = Draft::street_lamp().with("attachments", json!([upload]));
        let replies = tokio::join!(citizen.sends(&draft), citizen.sends(&draft), citizen.sends(&draft));
        let mut statuses = [replies.0.status, replies.1.status, replies.2.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 422, 422]);
    }
    let verified = app.app.store.snapshot().await.unwrap().verify().await.unwrap();
    assert_eq!((verified.files, verified.petitions, verified.damages), (5, 5, Vec::new()));
}

async fn the_public_sees_what_was_published_in_the_senders_words(app: TestApp) {
    let (citizen, officer, coordinator) = (app.citizen().await, app.officer("ubnd-256").await, app.coordinator().await);
    let stranger = app.stranger();
    let (sent, added, answered) =
        (citizen.uploads(&jpeg()).await, citizen.uploads(&jpeg()).await, officer.uploads(&jpeg()).await);
    let code = citizen.submits(&Draft::street_lamp().with("attachments", json!([sent]))).await;
    officer.receives(&code).await;
    officer.does(&code, "request-information", &json!({"message": "Hỏi riêng."})).await;
    citizen.does(&code, "supplement", &json!({"content": "Ảnh riêng.", "attachments": [added]})).await;
    officer.does(&code, "answer", &json!({"content": "Đã sửa.", "attachments": [answered]})).await;
    stranger.get(&format!("petitions/{code}")).await.problem(404, "not_found");

    coordinator.does(&code, "publish", &json!({})).await;
    let public = stranger.reads(&code).await;
    assert_eq!(ids(&public["attachments"]), [sent], "what was added is between sender and agency");
    assert_eq!(ids(&public["answer"]["attachments"]), [answered.clone()]);
    let (reply, _) = fetched(&stranger, public["attachments"][0]["thumbnails"]["small"].as_str().unwrap()).await;
    assert_eq!(reply.status, 200);
    let feed = stranger.get("public/petitions").await.expect(200);
    assert_eq!(ids(&feed["items"][0]["attachments"]), ids(&public["attachments"]));

    // What the coordinator left out of the wording may be in the files.
    coordinator.does(&code, "publish", &json!({"content": "Đèn hỏng."})).await;
    let public = stranger.reads(&code).await;
    assert_eq!(public["attachments"], json!([]));
    assert_eq!(ids(&public["answer"]["attachments"]), [answered]);
}

async fn a_check_finds_a_file_that_was_exchanged(app: TestApp) {
    use sea_orm::{ConnectionTrait, Database};
    let citizen = app.citizen().await;
    let uploads = [citizen.uploads(&jpeg()).await, citizen.uploads(&jpeg()).await];
    let code = citizen.submits(&Draft::street_lamp().with("attachments", json!(uploads))).await;
    let database = Database::connect(&app.database_url).await.unwrap();
    let damages = async || app.app.store.snapshot().await.unwrap().verify().await.unwrap().damages;
    assert!(damages().await.is_empty());
    database.execute_unprepared("UPDATE upload SET sha256 = sent_sha256 WHERE place = 1").await.unwrap();
    let found = damages().await;
    assert!(found.len() == 1 && found[0].petition == code && found[0].problem.contains("not the one"), "{found:?}");
    database.execute_unprepared("UPDATE upload SET seq = 2 WHERE place = 1").await.unwrap();
    assert!(damages().await[0].problem.contains("is not where"), "{:?}", damages().await);
    database.execute_unprepared("DELETE FROM upload WHERE place = 1").await.unwrap();
    let verified = app.app.store.snapshot().await.unwrap().verify().await.unwrap();
    assert_eq!((verified.files, verified.erased_files, verified.damages), (1, 1, Vec::new()), "erased is no damage");
}
