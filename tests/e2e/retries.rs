//! A phone on a bad network sends again, and again at the same time: what it sends is done once, and every answer is the first.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tests::{Draft, Person, Reply, TestApp, both_engines};

use crate::bad_input::petitions;

both_engines!(
    the_same_request_twice_is_one_petition_and_one_answer,
    the_same_request_many_times_at_once_is_one_petition,
    the_same_request_at_two_servers_at_once_is_one_petition,
    the_first_answer_stays_the_answer,
    another_request_under_the_same_key_is_refused,
    a_key_is_its_citizens_own,
    a_refused_request_leaves_its_key_free,
    a_key_that_is_none_is_told_so,
    a_petition_is_taken_back_once,
    without_a_key_twice_is_twice,
);

/// Sends requests at the same time, each on a connection of its own.
pub(crate) async fn at_once(requests: impl IntoIterator<Item = RequestBuilder>) -> Vec<Reply> {
    let send = |request: RequestBuilder| tokio::spawn(async { Reply::read(request.send().await.unwrap()).await });
    let sent: Vec<_> = requests.into_iter().map(send).collect();
    let mut replies = Vec::new();
    for reply in sent {
        replies.push(reply.await.unwrap());
    }
    replies
}

/// The request of a phone that may send it again.
fn submits(citizen: &Person<'_>, key: &str, draft: &Draft) -> RequestBuilder {
    citizen.request(Method::POST, "petitions").header("idempotency-key", key).json(&draft.0)
}

async fn sends(citizen: &Person<'_>, key: &str, draft: &Draft) -> Reply {
    Reply::read(submits(citizen, key, draft).send().await.unwrap()).await
}

async fn the_same_request_twice_is_one_petition_and_one_answer(app: TestApp) {
    app.officer("ubnd-256").await;
    let citizen = app.citizen().await;
    let first = sends(&citizen, "0193-abc", &Draft::street_lamp()).await;
    let answer = first.expect(201);
    // The same, as another writer of JSON would put it: other order, other spaces, escapes, zeros.
    let rewritten =
        "\n{ \"location\":{\"address\":\"5 Nguy\\u1ec5n Hu\\u1ec7, Vũ Ninh\" ,\"lon\":106.08380,\"lat\": 2.11875e1},
        \"content\": \"Đèn trước số 5 đường Nguyễn Huệ không sáng đã ba hôm nay.\",\t\"title\":\"Đèn đường hỏng\",
        \"category\" : \"chieu_sang\"}";
    let rewritten = citizen
        .request(Method::POST, "petitions")
        .header("content-type", "application/json; charset=utf-8")
        .header("idempotency-key", "0193-abc")
        .body(rewritten);
    let again = [
        sends(&citizen, "0193-abc", &Draft::street_lamp()).await,
        Reply::read(rewritten.send().await.unwrap()).await,
        sends(&citizen, "0193-abc", &Draft::street_lamp()).await,
    ];
    for reply in again {
        assert_eq!(reply.expect(201), answer);
        assert_eq!(reply.header("location"), first.header("location"));
        assert_eq!(reply.header("etag"), "\"1\"");
        assert_ne!(reply.header("x-request-id"), first.header("x-request-id"), "it is another request all the same");
    }
    let listed = citizen.get("me/petitions").await.expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    assert_eq!(petitions(&app).await, 1);
}

async fn the_same_request_many_times_at_once_is_one_petition(app: TestApp) {
    app.officer("ubnd-256").await;
    let citizen = app.citizen().await;
    let rounds = 5;
    for round in 0..rounds {
        let key = format!("vòng {round}").replace("vòng", "round");
        let replies = at_once((0..8).map(|_| submits(&citizen, &key, &Draft::street_lamp()))).await;
        let answer = replies[0].expect(201);
        for reply in &replies {
            assert_eq!(reply.expect(201), answer);
        }
        assert_eq!(sends(&citizen, &key, &Draft::street_lamp()).await.expect(201), answer);
    }
    assert_eq!(petitions(&app).await, rounds);
}

async fn the_same_request_at_two_servers_at_once_is_one_petition(app: TestApp) {
    app.officer("ubnd-256").await;
    let (citizen, other) = (app.citizen().await, app.another_server().await);
    let there = |key: &str| {
        let request = app.client.post(format!("http://{}/api/v1/petitions", other.address));
        let request = request.bearer_auth(citizen.token.as_ref().unwrap()).header("idempotency-key", key);
        request.json(&Draft::street_lamp().0)
    };
    let rounds = 5;
    for round in 0..rounds {
        let key = format!("round {round}");
        let requests =
            (0..8).map(|n| if n % 2 == 0 { submits(&citizen, &key, &Draft::street_lamp()) } else { there(&key) });
        let replies = at_once(requests).await;
        let answer = replies[0].expect(201);
        for reply in &replies {
            assert_eq!(reply.expect(201), answer);
        }
    }
    assert_eq!(petitions(&app).await, rounds);
}

async fn the_first_answer_stays_the_answer(app: TestApp) {
    let (officer, citizen) = (app.officer("ubnd-256").await, app.citizen().await);
    let first = sends(&citizen, "key", &Draft::street_lamp()).await.expect(201);
    let code = first["code"].as_str().unwrap();
    officer.receives(code).await;
    officer.starts(code).await;
    officer.answers(code, "Đã sửa.").await;
    let again = sends(&citizen, "key", &Draft::street_lamp()).await;
    assert_eq!(again.expect(201), first);
    assert_eq!((&first["version"], &first["status"], &first["answer"]), (&json!(1), &json!("submitted"), &Value::Null));
    assert_eq!(again.header("etag"), "\"1\"");
    assert_eq!(citizen.reads(code).await["status"], "answered", "reading tells how it stands");
    // Also after it went to another desk.
    let returned = sends(&citizen, "other", &Draft::street_lamp()).await.expect(201);
    officer.returns(returned["code"].as_str().unwrap(), "Không phải.").await;
    assert_eq!(sends(&citizen, "other", &Draft::street_lamp()).await.expect(201), returned);
}

async fn another_request_under_the_same_key_is_refused(app: TestApp) {
    app.officer("ubnd-256").await;
    let citizen = app.citizen().await;
    let first = sends(&citizen, "key", &Draft::street_lamp()).await.expect(201);
    let lamp = Draft::street_lamp;
    for other in [
        Draft::rubbish(),
        lamp().with("title", json!("Đèn đường hỏng!")),
        lamp().with("hide_identity", json!(true)),
        lamp().with("app_version", json!("9.1")),
        lamp().without("location"),
        // Wrong as well: the key is looked at first, since only the first request was ever meant.
        lamp().with("title", json!(5)),
    ] {
        sends(&citizen, "key", &other).await.problem(422, "idempotency_key_reused");
    }
    let code = first["code"].as_str().unwrap();
    let withdraw = format!("petitions/{code}/withdraw");
    let reused = citizen.post_with(&withdraw, ("idempotency-key", "key"), &json!({})).await;
    reused.problem(422, "idempotency_key_reused");
    // Two requests under one key at the same time: one is done, the other is told.
    for round in 0..5 {
        let key = format!("round {round}");
        let drafts = [lamp(), lamp().with("title", json!("Khác")), lamp(), lamp().with("title", json!("Khác"))];
        let replies = at_once(drafts.iter().map(|draft| submits(&citizen, &key, draft))).await;
        let taken: Vec<bool> = replies.iter().map(|reply| reply.status == 201).collect();
        assert!(taken == [true, false, true, false] || taken == [false, true, false, true], "{taken:?}");
        for reply in replies.iter().filter(|reply| reply.status != 201) {
            reply.problem(422, "idempotency_key_reused");
        }
    }
    assert_eq!(sends(&citizen, "key", &lamp()).await.expect(201), first);
    assert_eq!(petitions(&app).await, 6);
}

async fn a_key_is_its_citizens_own(app: TestApp) {
    let (one, other) = (app.citizen().await, app.citizen().await);
    let first = sends(&one, "1", &Draft::street_lamp()).await.expect(201);
    let second = sends(&other, "1", &Draft::street_lamp()).await.expect(201);
    assert_ne!(first["code"], second["code"]);
    sends(&other, "1", &Draft::rubbish()).await.problem(422, "idempotency_key_reused");
    assert_eq!(sends(&one, "1", &Draft::street_lamp()).await.expect(201), first);
    // Keys differ in every character, capitals included.
    for key in ["a", "A", "a ", "a'--", "*"] {
        sends(&one, &format!("[{key}]"), &Draft::street_lamp()).await.expect(201);
    }
    assert_eq!(petitions(&app).await, 7);
}

async fn a_refused_request_leaves_its_key_free(app: TestApp) {
    let citizen = app.citizen().await;
    let wrong = Draft::street_lamp().with("title", json!(" "));
    for _ in 0..2 {
        sends(&citizen, "key", &wrong).await.faults(&[("/title", "blank")]);
    }
    citizen.post_with("petitions", ("idempotency-key", "key"), &json!([])).await.problem(422, "invalid_input");
    let stranger = app.stranger().post_with("petitions", ("idempotency-key", "key"), &Draft::street_lamp().0).await;
    stranger.problem(401, "unauthenticated");
    let sent = sends(&citizen, "key", &Draft::street_lamp()).await.expect(201);
    sends(&citizen, "key", &wrong).await.problem(422, "idempotency_key_reused");
    // Nor does a command that was not allowed use its key up.
    let code = sent["code"].as_str().unwrap();
    let withdraw = format!("petitions/{code}/withdraw");
    citizen.post_with(&withdraw, ("idempotency-key", "w"), &json!({"reason": 5})).await.problem(422, "invalid_input");
    citizen.post_with(&withdraw, ("idempotency-key", "w"), &json!({})).await.expect(200);
    assert_eq!(citizen.get("me/petitions").await.expect(200)["items"].as_array().unwrap().len(), 1);
}

async fn a_key_that_is_none_is_told_so(app: TestApp) {
    let citizen = app.citizen().await;
    for key in ["", &"k".repeat(201), "khóa"] {
        let told = sends(&citizen, key, &Draft::street_lamp()).await.problem(400, "malformed_header");
        assert_eq!(told["detail"], "Idempotency-Key", "{key}");
    }
    assert_eq!(petitions(&app).await, 0);
    let longest = "k".repeat(200);
    let sent = sends(&citizen, &longest, &Draft::street_lamp()).await.expect(201);
    assert_eq!(sends(&citizen, &longest, &Draft::street_lamp()).await.expect(201), sent);
    // One byte more or less is another key.
    assert_ne!(sends(&citizen, &longest[1..], &Draft::street_lamp()).await.expect(201), sent);
}

async fn a_petition_is_taken_back_once(app: TestApp) {
    let (officer, citizen) = (app.officer("ubnd-256").await, app.citizen().await);
    let withdraws = |code: &str, key: &str, tag: &str| {
        let request = citizen.request(Method::POST, &format!("petitions/{code}/withdraw"));
        let request = request.header("idempotency-key", key).header("if-match", tag);
        request.json(&json!({"reason": "Đèn đã sáng lại."}))
    };
    let code = citizen.submits(&Draft::street_lamp()).await;
    officer.receives(&code).await;
    let first = Reply::read(withdraws(&code, "w", "\"2\"").send().await.unwrap()).await.expect(200);
    assert_eq!(first["status"], "withdrawn");
    let again = Reply::read(withdraws(&code, "w", "\"2\"").send().await.unwrap()).await;
    assert_eq!(again.expect(200), first, "though neither status nor version would allow it now");
    assert_eq!(again.header("etag"), "\"3\"");
    let other = Reply::read(withdraws(&code, "other", "*").send().await.unwrap()).await;
    other.problem(409, "command_not_allowed");

    for round in 0..5 {
        let (code, key) = (citizen.submits(&Draft::street_lamp()).await, format!("round {round}"));
        let tag = if round % 2 == 0 { "*" } else { "\"1\"" };
        let replies = at_once((0..8).map(|_| withdraws(&code, &key, tag))).await;
        let answer = replies[0].expect(200);
        for reply in &replies {
            assert_eq!(reply.expect(200), answer);
        }
        let history = citizen.get(&format!("petitions/{code}/history")).await.expect(200);
        assert_eq!(history["items"].as_array().unwrap().len(), 2, "{history}");
    }
    let verification = app.app.store.snapshot().await.unwrap().verify().await.unwrap();
    assert_eq!((verification.petitions, verification.damages), (6, Vec::new()));
}

async fn without_a_key_twice_is_twice(app: TestApp) {
    let citizen = app.citizen().await;
    let request = || citizen.request(Method::POST, "petitions").json(&Draft::street_lamp().0);
    let replies = at_once((0..8).map(|_| request())).await;
    let mut codes: Vec<String> =
        replies.iter().map(|reply| reply.expect(201)["code"].as_str().unwrap().to_owned()).collect();
    codes.sort();
    codes.dedup();
    assert_eq!(codes.len(), 8, "each has a code of its own");
    assert_eq!(petitions(&app).await, 8);
}
