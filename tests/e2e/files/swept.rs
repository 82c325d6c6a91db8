//! What nobody waits for goes, and nothing else.

use std::sync::Arc;

use api::{
    app::App,
    settings::{PrivacySettings, ServeSettings},
};
use chrono::Duration;
use domain::id::UploadId;
use sea_orm::{ConnectionTrait, Database};
use serde_json::json;
use tests::{
    Draft, TestApp,
    app::settings,
    both_engines,
    files::{encoded, jpeg, picture},
};

both_engines!(
    what_was_never_attached_goes_after_a_day,
    a_sweep_never_takes_what_is_attached,
    what_a_crash_left_half_kept_goes,
    what_is_erased_is_gone_from_both_stores,
);

/// Makes all files so many hours older.
async fn hours_pass(app: &TestApp, hours: i64) {
    let database = Database::connect(&app.database_url).await.unwrap();
    let micros = Duration::hours(hours).num_microseconds().unwrap();
    let sql = format!("UPDATE upload SET created_at = created_at - {micros}");
    database.execute_unprepared(&sql).await.unwrap();
}

async fn objects(app: &TestApp) -> u64 {
    app.app.files.store.count().await.unwrap().0
}

async fn what_was_never_attached_goes_after_a_day(app: TestApp) {
    let citizen = app.citizen().await;
    let (kept, lost) = (citizen.uploads(&jpeg()).await, citizen.uploads(&jpeg()).await);
    // A petition that named it and never came.
    citizen
        .sends(&Draft::street_lamp().with("title", json!("")).with("attachments", json!([lost])))
        .await
        .problem(422, "invalid_input");
    let code = citizen.submits(&Draft::street_lamp().with("attachments", json!([kept]))).await;
    hours_pass(&app, 23).await;
    assert_eq!(api::files::sweep(&app.app).await.unwrap(), 0);
    citizen.get(&format!("uploads/{lost}")).await.expect(200);
    hours_pass(&app, 2).await;
    assert_eq!(api::files::sweep(&app.app).await.unwrap(), 1);
    citizen.get(&format!("uploads/{lost}")).await.problem(404, "not_found");
    citizen
        .sends(&Draft::street_lamp().with("attachments", json!([lost])))
        .await
        .faults(&[("/attachments/0", "unknown_upload")]);
    assert_eq!(objects(&app).await, 3);
    assert_eq!(citizen.reads(&code).await["attachments"][0]["id"], kept);
    assert_eq!(api::files::sweep(&app.app).await.unwrap(), 0);
}

async fn a_sweep_never_takes_what_is_attached(app: TestApp) {
    const ROUNDS: usize = 40;
    const AT_ONCE: usize = 6;
    let citizen = app.citizen().await;
    let other = app.another_server().await;
    let photo = encoded(&picture(8, 8), image::ImageFormat::Jpeg);
    let (mut attached, mut refused) = (Vec::new(), 0);
    // When the sweeps begin after the petitions: later where they were first, earlier where they were not, so that they meet.
    let mut delay = std::time::Duration::from_millis(4);
    for _ in 0..ROUNDS {
        let mut uploads = Vec::new();
        for _ in 0..AT_ONCE {
            uploads.push(citizen.uploads(&photo).await);
        }
        hours_pass(&app, 25).await;
        let drafts: Vec<Draft> =
            uploads.iter().map(|upload| Draft::rubbish().with("attachments", json!([upload]))).collect();
        let sweeps = [&app.app, &other.app, &app.app].map(|app| {
            let app = Arc::clone(app);
            tokio::spawn(async move {
                tokio::time::sleep(delay).await;
                api::files::sweep(&app).await.unwrap();
            })
        });
        let replies = futures_util::future::join_all(drafts.iter().map(|draft| citizen.sends(draft))).await;
        let before = refused;
        for (upload, reply) in uploads.iter().zip(replies) {
            match reply.status {
                201 => attached.push((upload.clone(), reply.json()["code"].as_str().unwrap().to_owned())),
                _ => {
                    // Either it was gone when it was looked for, or it went in between.
                    let problem = reply.problem(422, "invalid_input");
                    assert_eq!(problem["errors"][0]["code"], "unknown_upload", "{problem}");
                    refused += 1;
                }
            }
        }
        for sweep in sweeps {
            sweep.await.unwrap();
        }
        delay = match refused - before {
            0 => delay / 2,
            AT_ONCE => delay * 2,
            _ => delay,
        };
    }
    api::files::sweep(&app.app).await.unwrap();
    assert!(!attached.is_empty() && refused > 0, "they never met: {} attached, {refused} refused", attached.len());
    for (upload, code) in &attached {
        let petition = citizen.reads(code).await;
        assert_eq!(petition["attachments"][0]["id"], **upload);
        let link = petition["attachments"][0]["url"].as_str().unwrap();
        assert_eq!(citizen.get(link).await.status, 200, "{upload}");
    }
    assert_eq!(objects(&app).await, 3 * attached.len() as u64, "and nothing of the others is left");
    let verified = app.app.store.snapshot().await.unwrap().verify().await.unwrap();
    assert_eq!((verified.files, verified.erased_files, verified.damages), (attached.len() as u64, 0, Vec::new()));
}

async fn what_a_crash_left_half_kept_goes(app: TestApp) {
    let citizen = app.citizen().await;
    let upload = citizen.uploads(&jpeg()).await;
    let database = Database::connect(&app.database_url).await.unwrap();
    // As if the server had stopped before it noted that all objects are there.
    database.execute_unprepared("UPDATE upload SET state = 'storing'").await.unwrap();
    citizen
        .sends(&Draft::street_lamp().with("attachments", json!([upload])))
        .await
        .faults(&[("/attachments/0", "unknown_upload")]);
    assert_eq!(api::files::sweep(&app.app).await.unwrap(), 0, "it may still be in the middle of it");
    hours_pass(&app, 25).await;
    assert_eq!((api::files::sweep(&app.app).await.unwrap(), objects(&app).await), (1, 0));
}

async fn what_is_erased_is_gone_from_both_stores(app: TestApp) {
    let (citizen, officer) = (app.citizen().await, app.officer("ubnd-256").await);
    let account = citizen.account.as_ref().unwrap().id;
    let (sent, waiting) = (citizen.uploads(&jpeg()).await, citizen.uploads(&jpeg()).await);
    let code = citizen.submits(&Draft::street_lamp().with("attachments", json!([sent]))).await;
    officer.receives(&code).await;
    let answered = officer.uploads(&jpeg()).await;
    let answer = json!({"content": "Đã sửa.", "attachments": [answered]});
    let link = officer.does(&code, "answer", &answer).await["attachments"][0]["url"].as_str().unwrap().to_owned();
    assert_eq!(app.app.store.uploads_of_account(account).await.unwrap().len(), 2, "what an export holds");

    let mut unit = app.app.store.begin().await.unwrap();
    assert_eq!(unit.doom_uploads_of(account).await.unwrap(), 2);
    unit.commit().await.unwrap();
    // From here on nobody gets it any more, also by a link that was good.
    citizen.get(&link).await.problem(404, "not_found");
    assert_eq!(api::files::remove_doomed(&app.app).await.unwrap(), 2);
    assert_eq!(objects(&app).await, 3, "the agency's own stays");
    let petition = officer.reads(&code).await;
    assert_eq!((&petition["attachments"], &petition["answer"]["attachments"][0]["id"]), (&json!([]), &json!(answered)));
    citizen.get(&format!("uploads/{waiting}")).await.problem(404, "not_found");
    assert!(app.app.store.upload(UploadId(sent.parse().unwrap())).await.unwrap().is_none());

    // And when the time is over for which a settled petition is kept, so does what is left.
    let privacy = PrivacySettings { keep_words_days: Some(0), ..PrivacySettings::default() };
    let forgetful = ServeSettings { privacy, ..settings() };
    let forgetful = App::open(app.app.store.clone(), app.folder.path(), &forgetful).await.unwrap();
    forgetful.clear_kept().await.unwrap();
    assert_eq!(officer.reads(&code).await["answer"]["attachments"], json!([]));
    assert_eq!(objects(&app).await, 0);
    let verified = app.app.store.snapshot().await.unwrap().verify().await.unwrap();
    assert_eq!((verified.files, verified.erased_files, verified.damages), (0, 2, Vec::new()), "the chains hold");
}
