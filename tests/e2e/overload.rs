//! More comes than can be served: who is told to come again is told at once, and petitions and answers are served for longest.

use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use api::settings::ServeSettings;
use serde_json::json;
use tests::{Draft, Engine, Reply, TestApp, app::settings, both_engines};
use tokio::task::block_in_place;

use crate::crash::begun;

both_engines!(with ServeSettings { max_requests: 4, ..settings() }; what_can_wait_is_told_to_come_again_first);

#[track_caller]
fn is_told_to_come_again(reply: &Reply, began: Instant) {
    reply.problem(503, "busy");
    assert!(reply.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds > 0), "{:?}", reply.headers);
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
}

async fn what_can_wait_is_told_to_come_again_first(app: TestApp) {
    let (citizen, officer) = (app.citizen().await, app.officer("ubnd-256").await);
    let code = citizen.submits(&Draft::street_lamp()).await;
    let token = citizen.token.clone().unwrap();
    // Somebody whose petition comes slowly holds a place while it does.
    let begin = || begun(app.address, &token);
    let mut slow = vec![begin(), begin()];
    let until = Instant::now() + Duration::from_secs(10);
    loop {
        let began = Instant::now();
        let feed = app.stranger().get("public/petitions").await;
        if feed.status == 503 {
            is_told_to_come_again(&feed, began);
            break;
        }
        assert!(Instant::now() < until, "nobody is turned away");
    }
    officer.get("agency/petitions").await.expect(200);
    officer.receives(&code).await;
    let until = Instant::now() + Duration::from_secs(20);
    loop {
        // One that comes while a probe is under way may itself be turned away.
        slow.push(begin());
        tokio::time::sleep(Duration::from_millis(200)).await;
        let began = Instant::now();
        let sent = citizen.sends(&Draft::street_lamp()).await;
        if sent.status == 503 {
            is_told_to_come_again(&sent, began);
            break;
        }
        assert!(Instant::now() < until, "nobody is turned away");
    }
    let began = Instant::now();
    is_told_to_come_again(&officer.get("agency/petitions").await, began);
    app.stranger().get("/health/ready").await.expect(200);
    // What was let in is served, and then everybody is again.
    let replies = block_in_place(|| {
        slow.into_iter()
            .map(|(mut stream, rest)| {
                let mut reply = String::new();
                // Whoever was turned away may have been cut off.
                let read = stream.write_all(rest.as_bytes()).and_then(|()| stream.read_to_string(&mut reply));
                read.map(|_| reply).unwrap_or_default()
            })
            .collect::<Vec<String>>()
    });
    let served = replies.iter().filter(|reply| reply.starts_with("HTTP/1.1 201 Created\r\n")).count();
    assert_eq!(served, 4, "{replies:?}");
    app.stranger().get("public/petitions").await.expect(200);
    officer.does(&code, "start", &json!({})).await;
}

/// No engine has to do with it.
#[tokio::test(flavor = "multi_thread")]
async fn heads_that_never_end_hold_up_nobody_and_are_cut_off() {
    let app = TestApp::start(Engine::Sqlite).await;
    let mut slow: Vec<TcpStream> = (0..200).map(|_| TcpStream::connect(app.address).unwrap()).collect();
    for stream in &mut slow {
        stream.write_all(b"GET /api/v1/categories HTTP/1.1\r\nHost: pakn\r\nX-Slow: ").unwrap();
    }
    for _ in 0..10 {
        let began = Instant::now();
        app.stranger().get("categories").await.expect(200);
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    }
    block_in_place(|| {
        for mut stream in slow {
            stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
            let mut reply = Vec::new();
            // Told so, or just cut off.
            let read = stream.read_to_end(&mut reply);
            assert!(read.is_ok() || read.is_err_and(|error| error.kind() == ErrorKind::ConnectionReset));
        }
    });
}
