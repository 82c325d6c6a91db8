//! An object store that is slow, refuses everything, or says nothing: petitions go on, files are refused or wait, and are taken again by themselves.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use actix_web::{HttpRequest, HttpResponse, http::Method, web};
use tests::{Engine, Visitor, database::Database, files::jpeg, neighbour::Neighbour};
use tokio::{task::block_in_place, time::timeout};

use super::{disk::uploads, load::Load, places, serve_with, times, verifies};

/// How the store is.
#[derive(Debug, Clone, Copy)]
enum Mood {
    Well,
    /// Answers, after a second.
    Slow,
    /// Answers 503 to everything, as S3 does when it is asked too much.
    Refuses,
    /// Takes a request and never answers.
    Silent,
}

/// As much of S3 as it takes to write a file. What it takes it forgets.
async fn answers(request: HttpRequest, _body: web::Bytes, mood: web::Data<Mutex<Mood>>) -> HttpResponse {
    let mood = *mood.lock().unwrap();
    match mood {
        Mood::Well => {}
        Mood::Slow => tokio::time::sleep(Duration::from_secs(1)).await,
        Mood::Refuses => return HttpResponse::ServiceUnavailable().body("<Error><Code>SlowDown</Code></Error>"),
        Mood::Silent => std::future::pending().await,
    }
    let xml = |body: &'static str| HttpResponse::Ok().content_type("application/xml").body(body);
    match *request.method() {
        Method::PUT => HttpResponse::Ok().insert_header(("etag", "\"file\"")).finish(),
        Method::POST if request.query_string().starts_with("uploads") => {
            xml("<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>")
        }
        Method::POST => xml("<CompleteMultipartUploadResult><ETag>\"file\"</ETag></CompleteMultipartUploadResult>"),
        _ => HttpResponse::NoContent().finish(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_object_store_fails() {
    let mood = Arc::new(Mutex::new(Mood::Well));
    let data = web::Data::from(Arc::clone(&mood));
    let store = Neighbour::answering(move |config| {
        config.app_data(web::PayloadConfig::new(64 << 20)).app_data(data.clone()).default_service(web::to(answers));
    });
    let is = |now: Mood| *mood.lock().unwrap() = now;
    let folder = tempfile::tempdir().unwrap();
    let database = block_in_place(|| Database::new(Engine::Sqlite, folder.path()));
    let serving = serve_with(folder.path(), &database.url, |command| {
        command
            .env("PAKN_OBJECT_STORE", "s3://petitions/files")
            .env("AWS_ENDPOINT_URL", format!("http://{}", store.address))
            .envs([("AWS_ALLOW_HTTP", "true"), ("AWS_REGION", "somewhere")])
            .envs([("AWS_ACCESS_KEY_ID", "key"), ("AWS_SECRET_ACCESS_KEY", "secret")])
    });
    let places = places(&[&serving]);
    let (citizen, photo) = (Visitor::citizen(serving.address, 100).await, jpeg());
    let load = Load::begin(&places).await;
    let times = times(1, 10);
    for _ in 0..times {
        uploads(&citizen, &photo).await.expect(201);
        is(Mood::Slow);
        uploads(&citizen, &photo).await.expect(201);
        is(Mood::Refuses);
        uploads(&citizen, &photo).await.problem(503, "unavailable");
        load.goes_on(8).await;
        is(Mood::Silent);
        let mut waits = Box::pin(uploads(&citizen, &photo));
        assert!(timeout(Duration::from_secs(1), &mut waits).await.is_err(), "a file was kept nowhere");
        load.goes_on(8).await;
        is(Mood::Well);
    }
    let felt = load.ends(Engine::Sqlite, "the object store is slow, refuses, says nothing", times).await;
    assert_eq!(felt, 0, "petitions without files do not need it");
    verifies(folder.path(), &database.url);
}
