//! Requests that are broken as such: no JSON, too much of it, half of it. And how every refusal is told.

use std::io::{Read, Write};

use reqwest::Method;
use serde_json::json;
use tests::{Person, Reply, TestApp, both_engines};

use crate::bad_input::{lamp, petitions};

both_engines!(
    what_is_no_json_object_is_told_so,
    a_body_too_large_is_told_so,
    a_request_cut_off_stores_nothing,
    every_refusal_is_told_the_same_way,
);

/// Sends bytes as they are.
pub(crate) async fn sends_bytes(citizen: &Person<'_>, content_type: Option<&str>, bytes: &[u8]) -> Reply {
    let request = citizen.request(Method::POST, "petitions").body(bytes.to_vec());
    let request = content_type.into_iter().fold(request, |request, value| request.header("content-type", value));
    Reply::read(request.send().await.unwrap()).await
}

async fn what_is_no_json_object_is_told_so(app: TestApp) {
    let citizen = app.citizen().await;
    let whole = lamp().0.to_string();
    let half = &whole.as_bytes()[..whole.len() / 2];
    let deep = |depth: usize| format!("{{\"title\": {}1{}}}", "[".repeat(depth), "]".repeat(depth));
    let json = Some("application/json");
    let (deeper, deepest) = ("{\"a\":".repeat(200_000), "[".repeat(1_000_000));
    let malformed: &[&[u8]] = &[
        half,
        b" ",
        b"{",
        b"nul",
        b"{\"title\": \"\xFF\xFE\"}",
        b"{\"title\": \"\\ud83d\"}",
        b"{\"title\": NaN}",
        b"{\"location\": {\"lat\": 1e400}}",
        b"{'title': 'x'}",
        b"{\"title\": \"a\0b\"}",
        b"\xEF\xBB\xBF{}",
        b"{} {}",
        // Deep enough to run any stack out.
        deeper.as_bytes(),
        deepest.as_bytes(),
    ];
    for body in malformed {
        sends_bytes(&citizen, json, body).await.problem(400, "malformed_json");
    }
    sends_bytes(&citizen, json, deep(200).as_bytes()).await.problem(400, "malformed_json");
    for body in ["[]", "null", "5", "\"phản ánh\"", &format!("[{whole}]")] {
        sends_bytes(&citizen, json, body.as_bytes()).await.faults(&[("", "wrong_type")]);
    }
    let nothing = [("/category", "required"), ("/title", "required"), ("/content", "required")];
    sends_bytes(&citizen, json, b"").await.faults(&nothing);
    sends_bytes(&citizen, None, b"").await.faults(&nothing);
    let nested = [("/category", "required"), ("/title", "wrong_type"), ("/content", "required")];
    sends_bytes(&citizen, json, deep(100).as_bytes()).await.faults(&nested);
    for other in [
        None,
        Some(""),
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some("multipart/form-data; boundary=x"),
        Some("application/xml"),
        Some("application/jsonx"),
    ] {
        sends_bytes(&citizen, other, whole.as_bytes()).await.problem(415, "unsupported_media_type");
    }
    assert_eq!(petitions(&app).await, 0);
    for known in ["application/json; charset=utf-8", "Application/JSON", "application/vnd.bacninh+json"] {
        sends_bytes(&citizen, Some(known), whole.as_bytes()).await.expect(201);
    }
    assert_eq!(petitions(&app).await, 3);
}

async fn a_body_too_large_is_told_so(app: TestApp) {
    let citizen = app.citizen().await;
    let mib = 1024 * 1024;
    let long = lamp().with("content", json!("x".repeat(mib)));
    citizen.sends(&long).await.faults(&[("/content", "too_long")]);
    for size in [2 * mib, 3 * mib, 16 * mib] {
        let reply = citizen.sends(&lamp().with("content", json!("x".repeat(size)))).await;
        reply.problem(413, "body_too_large");
    }
    assert_eq!(petitions(&app).await, 0);
}

/// The phone loses the network in the middle of sending.
async fn a_request_cut_off_stores_nothing(app: TestApp) {
    let citizen = app.citizen().await;
    let body = lamp().0.to_string();
    let head = format!(
        "POST /api/v1/petitions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        citizen.token.as_ref().unwrap(),
        body.len()
    );
    for cut in [0, body.len() / 2, body.len() - 1] {
        let answer = tokio::task::block_in_place(|| {
            let mut socket = std::net::TcpStream::connect(app.address).unwrap();
            socket.write_all(head.as_bytes()).unwrap();
            socket.write_all(&body.as_bytes()[..cut]).unwrap();
            socket.shutdown(std::net::Shutdown::Write).unwrap();
            let mut answer = String::new();
            // A reset is as good an end as a refusal.
            let _read = socket.read_to_string(&mut answer).is_ok();
            answer
        });
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "cut at {cut}: {answer}");
    }
    assert_eq!(petitions(&app).await, 0);
    citizen.submits(&lamp()).await;
}

async fn every_refusal_is_told_the_same_way(app: TestApp) {
    let (citizen, officer, stranger) = (app.citizen().await, app.officer("ubnd-256").await, app.stranger());
    let code = citizen.submits(&lamp()).await;
    let receive = format!("petitions/{code}/receive");
    let of = |person: &Person<'_>, method: Method, path: &str| person.request(method, path).json(&json!({}));
    let cases = [
        (citizen.request(Method::POST, "petitions").header("content-type", "application/json").body("{"), 400),
        (of(&officer, Method::POST, &receive).header("if-match", "3"), 400),
        (of(&citizen, Method::GET, "rates?from=1&from=2"), 403),
        (of(&officer, Method::GET, "rates?from=1&from=2"), 400),
        (of(&stranger, Method::POST, "petitions"), 401),
        (of(&stranger, Method::POST, "auth/login").json(&json!({"login": "x", "password": "y"})), 401),
        (of(&citizen, Method::POST, &receive), 403),
        (of(&officer, Method::GET, "petitions/PAKN.20220101.000001"), 404),
        (of(&officer, Method::GET, "petitions/%FF%00"), 404),
        (of(&stranger, Method::GET, "/"), 404),
        (of(&stranger, Method::GET, "/api/v1/nothing/../here"), 404),
        (of(&officer, Method::POST, &format!("petitions/{code}/answer")).json(&json!({"content": "x"})), 409),
        (of(&officer, Method::POST, &receive).header("if-match", "\"7\""), 412),
        (
            citizen
                .request(Method::POST, "petitions")
                .body("x".repeat(3_000_000))
                .header("content-type", "application/json"),
            413,
        ),
        (citizen.request(Method::POST, "petitions").body("x=1"), 415),
        (of(&citizen, Method::POST, "petitions"), 422),
    ];
    for (request, status) in cases {
        let vietnamese = Reply::read(request.try_clone().unwrap().send().await.unwrap()).await;
        let english = request.header("accept-language", "en-GB, en;q=0.9, vi;q=0.5");
        let english = Reply::read(english.send().await.unwrap()).await;
        let mut titles = Vec::new();
        for (reply, language) in [(&vietnamese, "vi"), (&english, "en")] {
            let told = reply.problem(status, reply.json()["code"].as_str().unwrap());
            assert_eq!(reply.header("content-language"), language, "{told}");
            assert_eq!(reply.header("cache-control"), "no-store", "{told}");
            let id = reply.header("x-request-id");
            assert_eq!(id.len(), 36, "{told}");
            assert_eq!(told["instance"], format!("urn:uuid:{id}"));
            assert_eq!(reply.header("www-authenticate").is_empty(), status != 401, "{told}");
            for error in told["errors"].as_array().into_iter().flatten() {
                assert!(!error["detail"].as_str().unwrap().is_empty(), "{told}");
            }
            titles.push(told["title"].as_str().unwrap().to_owned());
        }
        assert_ne!(titles[0], titles[1], "a title in each language");
        assert_ne!(vietnamese.header("x-request-id"), english.header("x-request-id"));
    }
    assert_eq!(petitions(&app).await, 1);
}
