//! Commands given wrongly, too late, twice, or by two people at once; questions about rates that make no sense. Nothing of it
//! changes a petition or a figure.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Draft, Person, Reply, TestApp, both_engines};

use crate::{bad_input::petitions, retries::at_once};

both_engines!(
    a_command_without_what_it_needs_is_told_so,
    a_command_that_the_status_forbids_is_told_which_are_allowed,
    a_command_for_a_version_that_is_gone_is_stopped,
    a_second_answer_is_refused,
    of_two_officers_who_answer_at_once_one_does,
    all_that_is_wrong_with_a_question_is_named,
    questions_about_any_time_have_an_answer,
    nonsense_in_a_query_is_no_fault_of_the_server,
);

async fn a_command_without_what_it_needs_is_told_so(app: TestApp) {
    let (officer, coordinator, citizen) = (app.officer("ubnd-256").await, app.coordinator().await, app.citizen().await);
    let code = citizen.submits(&Draft::street_lamp()).await;
    officer.receives(&code).await;
    let before = coordinator.reads(&code).await;
    let long = "x".repeat(10_001);
    type Case<'a> = (&'a Person<'a>, &'a str, Value, &'a [(&'a str, &'a str)]);
    let cases: &[Case<'_>] = &[
        (&officer, "answer", json!({}), &[("/content", "required")]),
        (&officer, "answer", json!({"content": ["Đã sửa."]}), &[("/content", "wrong_type")]),
        (&officer, "answer", json!({"content": " \n "}), &[("/content", "blank")]),
        (&officer, "answer", json!({"content": long}), &[("/content", "too_long")]),
        (&officer, "answer", json!({"content": "x\u{0}"}), &[("/content", "control_character")]),
        (
            &officer,
            "answer",
            json!({"content": null, "attachments": ["ảnh", "ảnh"]}),
            &[("/content", "required"), ("/attachments/0", "unknown_upload"), ("/attachments/1", "unknown_upload")],
        ),
        (&officer, "return", json!({}), &[("/reason", "required")]),
        (&officer, "return", json!({"reason": ""}), &[("/reason", "blank")]),
        (&officer, "transfer", json!({}), &[("/agency", "required"), ("/reason", "required")]),
        (
            &officer,
            "transfer",
            json!({"agency": 5, "reason": {}}),
            &[("/agency", "wrong_type"), ("/reason", "wrong_type")],
        ),
        (&officer, "transfer", json!({"agency": "UBND Vũ Ninh", "reason": "x"}), &[("/agency", "unknown_agency")]),
        (&officer, "transfer", json!({"agency": "so-moi", "reason": "x"}), &[("/agency", "unknown_agency")]),
        (&officer, "transfer", json!({"agency": "ubnd-256", "reason": "x"}), &[("/agency", "same_agency")]),
        (&officer, "transfer", json!({"agency": "ubnd-09163", "reason": "x"}), &[("/agency", "agency_without_staff")]),
        (&coordinator, "reject", json!({}), &[("/reason_code", "required"), ("/message", "required")]),
        (&coordinator, "reject", json!({"reason_code": "unclear", "message": "  "}), &[("/message", "blank")]),
        (
            &coordinator,
            "reject",
            json!({"reason_code": "Unclear", "message": "x"}),
            &[("/reason_code", "unknown_value")],
        ),
        (
            &coordinator,
            "reject",
            json!({"reason_code": 1, "message": 2}),
            &[("/reason_code", "wrong_type"), ("/message", "wrong_type")],
        ),
        (&citizen, "withdraw", json!({"reason": 5}), &[("/reason", "wrong_type")]),
        (&citizen, "withdraw", json!({"reason": "\u{202E}"}), &[("/reason", "control_character")]),
    ];
    for (person, command, body, faults) in cases {
        person.commands(&code, command, body).await.faults(faults);
    }
    let told = coordinator.commands(&code, "reject", &json!({"reason_code": "other", "message": "x"})).await.json();
    let words = told["errors"][0]["detail"].as_str().unwrap();
    for known in ["complaint", "denunciation", "outside_province", "unclear", "spam", "emergency"] {
        assert!(words.contains(known), "{words}");
    }
    officer.commands(&code, "start", &json!([])).await.faults(&[("", "wrong_type")]);
    officer.commands(&code, "explode", &json!({})).await.problem(404, "not_found");
    assert_eq!(coordinator.reads(&code).await, before, "nothing of it changed anything");
    assert_eq!(petitions(&app).await, 1);
}

async fn a_command_that_the_status_forbids_is_told_which_are_allowed(app: TestApp) {
    let (officer, leader) = (app.officer("ubnd-256").await, app.leader("ubnd-256").await);
    let (coordinator, citizen) = (app.coordinator().await, app.citizen().await);
    let content = json!({"content": "Đã sửa."});
    let refusal = json!({"reason_code": "unclear", "message": "x"});
    let reason = json!({"reason": "x"});
    let forbids = async |person: &Person<'_>, code: &str, command: &str, body: &Value, allowed: &[&str]| {
        let told = person.commands(code, command, body).await.problem(409, "command_not_allowed");
        assert_eq!(told["allowed"], json!(allowed), "{command}");
    };

    let code = citizen.submits(&Draft::street_lamp()).await;
    let at_first = ["receive", "assign", "transfer", "return", "note", "recategorise"];
    for desk in [&officer, &leader] {
        forbids(desk, &code, "start", &json!({}), &at_first).await;
        forbids(desk, &code, "answer", &content, &at_first).await;
    }
    officer.receives(&code).await;
    let mut at_work = vec![
        "assign",
        "start",
        "request-information",
        "progress",
        "draft-answer",
        "transfer",
        "return",
        "answer",
        "note",
        "recategorise",
    ];
    forbids(&officer, &code, "receive", &json!({}), &at_work).await;
    leader.starts(&code).await;
    at_work.remove(1);
    forbids(&officer, &code, "start", &json!({}), &at_work).await;
    officer.answers(&code, "Đã sửa.").await;
    for (command, body) in [("receive", &json!({})), ("start", &json!({})), ("answer", &content), ("return", &reason)] {
        forbids(&officer, &code, command, body, &["note"]).await;
    }
    forbids(&coordinator, &code, "reject", &refusal, &["note", "publish", "unpublish"]).await;
    forbids(&citizen, &code, "withdraw", &json!({}), &["reopen", "rating", "close"]).await;
    // Who may never give the command hears that, whatever the status.
    coordinator.commands(&code, "answer", &content).await.problem(403, "forbidden");
    citizen.commands(&code, "answer", &content).await.problem(403, "forbidden");

    let elsewhere = citizen.submits(&Draft::street_lamp().without("location")).await;
    forbids(
        &coordinator,
        &elsewhere,
        "answer",
        &content,
        &["receive", "assign", "transfer", "reject", "merge", "note", "recategorise", "publish", "unpublish"],
    )
    .await;
    coordinator.rejects(&elsewhere, "unclear", "Không rõ nơi nào.").await;
    forbids(&coordinator, &elsewhere, "receive", &json!({}), &["note"]).await;
    assert_eq!(petitions(&app).await, 2);
}

async fn a_command_for_a_version_that_is_gone_is_stopped(app: TestApp) {
    let (officer, citizen, coordinator) = (app.officer("ubnd-256").await, app.citizen().await, app.coordinator().await);
    let sent = citizen.sends(&Draft::street_lamp()).await;
    let (tag, code) = (sent.header("etag").to_owned(), sent.json()["code"].as_str().unwrap().to_owned());
    let path = |command: &str| format!("petitions/{code}/{command}");
    let gives = async |command: &str, tag: &str| officer.post_with(&path(command), ("if-match", tag), &json!({})).await;

    for malformed in ["3", "", "\"1", "1\"", "\"1\" \"2\"x", "*, \"1\"", "\"1\",", "\u{1EC7}"] {
        let told = gives("receive", malformed).await.problem(400, "malformed_header");
        assert_eq!(told["detail"], "If-Match", "{malformed}");
    }
    for stale in ["\"2\"", "\"0\"", "\"-1\"", "\"4294967297\"", "\"abc\"", "\"\"", "\"7\", \"8\""] {
        gives("receive", stale).await.problem(412, "stale_version");
    }
    let received = gives("receive", &tag).await;
    assert_eq!(received.expect(200)["version"], 2);
    assert_eq!(received.header("etag"), "\"2\"");
    gives("start", &tag).await.problem(412, "stale_version");
    gives("receive", &tag).await.problem(412, "stale_version");
    assert_eq!(gives("start", "\"1\", \"2\"").await.expect(200)["version"], 3);
    // The body is looked at first, the petition after it.
    gives("answer", &tag).await.faults(&[("/content", "required")]);
    let content = json!({"content": "Đã sửa."});
    officer.post_with(&path("answer"), ("if-match", &tag), &content).await.problem(412, "stale_version");
    citizen.post_with(&path("withdraw"), ("if-match", &tag), &json!({})).await.problem(412, "stale_version");
    // For whom the petition is not, it has no version.
    let stranger = app.citizen().await;
    stranger.post_with(&path("withdraw"), ("if-match", &tag), &json!({})).await.problem(404, "not_found");
    coordinator.post_with(&path("answer"), ("if-match", &tag), &content).await.problem(403, "forbidden");
    assert_eq!(officer.post_with(&path("answer"), ("if-match", "*"), &content).await.expect(200)["version"], 4);
    let read = officer.get(&format!("petitions/{code}")).await;
    let tag = read.header("etag");
    assert!(tag.starts_with("\"4."), "{tag}");
    let note = json!({"content": "Đã đọc."});
    let noted = officer.post_with(&path("note"), ("if-match", tag), &note).await;
    assert_eq!(noted.expect(200)["version"], 5, "reading gives the tag that the next command wants");
    officer.post_with(&path("note"), ("if-match", tag), &note).await.problem(412, "stale_version");
    assert_eq!(petitions(&app).await, 1);
}

async fn a_second_answer_is_refused(app: TestApp) {
    let (officer, leader, citizen) = (app.officer("ubnd-256").await, app.leader("ubnd-256").await, app.citizen().await);
    let code = citizen.submits(&Draft::street_lamp()).await;
    officer.receives(&code).await;
    let answered = officer.answers(&code, "Đã sửa.").await;
    for person in [&officer, &leader] {
        person.commands(&code, "answer", &json!({"content": "Chưa sửa."})).await.problem(409, "command_not_allowed");
    }
    assert_eq!(officer.reads(&code).await, answered, "the first answer stands");
}

fn answers(person: &Person<'_>, code: &str, content: &str, tag: Option<&str>) -> reqwest::RequestBuilder {
    let path = format!("petitions/{code}/answer");
    let request = person.request(Method::POST, &path).json(&json!({"content": content}));
    tag.into_iter().fold(request, |request, tag| request.header("if-match", tag))
}

async fn of_two_officers_who_answer_at_once_one_does(app: TestApp) {
    let (one, other) = (app.officer("ubnd-256").await, app.officer("ubnd-256").await);
    let (citizen, steering) = (app.citizen().await, app.steering().await);
    let rounds = 10;
    for round in 0..rounds {
        let code = citizen.submits(&Draft::street_lamp()).await;
        one.receives(&code).await;
        // Every other round both say which version they have read.
        let (tag, refusal) = if round % 2 == 0 { (None, 409) } else { (Some("\"2\""), 412) };
        let replies = at_once([answers(&one, &code, "Một.", tag), answers(&other, &code, "Hai.", tag)]).await;
        let mut statuses = [replies[0].status, replies[1].status];
        let given = if statuses[0] == 200 { "Một." } else { "Hai." };
        statuses.sort_unstable();
        assert_eq!(statuses, [200, refusal], "{} {}", replies[0].text, replies[1].text);
        let read = citizen.reads(&code).await;
        assert_eq!((&read["answer"]["content"], &read["version"]), (&json!(given), &json!(3)));
        let history = citizen.get(&format!("petitions/{code}/history")).await.expect(200);
        let told: Vec<&Value> = history["items"].as_array().unwrap().iter().map(|entry| &entry["type"]).collect();
        assert_eq!(told, ["submitted", "received", "answered"]);
    }
    assert_eq!(steering.get("rates").await.expect(200)["total"]["counts"]["answered"], rounds);
    assert_eq!(petitions(&app).await, rounds);
}

async fn all_that_is_wrong_with_a_question_is_named(app: TestApp) {
    let steering = app.steering().await;
    let all = "rates?from=hôm qua&to=2022-13-01&as_of=2999-01-01&level=commune,xã&agency=so-moi,ubnd-256,UBND&category=den\
               &channel=fax&definition=best&group_by=month,year,agency";
    let reply = steering.get(all).await;
    reply.faults(&[
        ("/from", "invalid_instant"),
        ("/to", "invalid_instant"),
        ("/as_of", "in_future"),
        ("/level", "unknown_value"),
        ("/agency", "unknown_agency"),
        ("/agency", "unknown_agency"),
        ("/category", "unknown_category"),
        ("/channel", "unknown_value"),
        ("/definition", "unknown_value"),
        ("/group_by", "unknown_value"),
    ]);
    let told = reply.json()["errors"].to_string();
    for word in ["eligible, all, actionable", "level, agency, unit, category, channel, month", "so-moi"] {
        assert!(told.contains(word), "{word}: {told}");
    }
    for (query, fault) in [
        ("from=2022-09-01&to=2022-09-01", ("/to", "empty_period")),
        ("from=2022-09-02&to=2022-09-01", ("/to", "empty_period")),
        // The same instant in two zones.
        ("from=2022-09-01T00:00:00%2B07:00&to=2022-08-31T17:00:00Z", ("/to", "empty_period")),
        ("from=9999-12-31&to=0001-01-01", ("/to", "empty_period")),
        ("as_of=9999-12-31", ("/as_of", "in_future")),
        ("as_of=2022-09-01T00:00:00", ("/as_of", "invalid_instant")),
        // A plus that was not encoded is a space.
        ("as_of=2022-09-01T00:00:00+07:00", ("/as_of", "invalid_instant")),
        ("as_of=", ("/as_of", "invalid_instant")),
        ("as_of=1661965200", ("/as_of", "invalid_instant")),
        ("from=2022-02-30", ("/from", "invalid_instant")),
        ("from=10000-01-01", ("/from", "invalid_instant")),
        ("from=-0001-01-01", ("/from", "invalid_instant")),
        ("from=2022-01-01T25:00:00Z", ("/from", "invalid_instant")),
        ("definition=", ("/definition", "unknown_value")),
    ] {
        steering.get(&format!("rates?{query}")).await.faults(&[fault]);
    }
    steering.get("targets/cds-2022/progress?as_of=2999-01-01").await.faults(&[("/as_of", "in_future")]);
    steering.get("targets/cds-1999/progress").await.problem(404, "not_found");
}

async fn questions_about_any_time_have_an_answer(app: TestApp) {
    let (steering, citizen) = (app.steering().await, app.citizen().await);
    citizen.submits(&Draft::street_lamp()).await;
    for (query, count) in [
        ("from=0001-01-01&to=9999-12-31", 1),
        ("from=0001-01-01T00:00:00%2B23:59&to=9999-12-31T23:59:59-23:59", 1),
        ("to=0001-01-01", 0),
        ("from=9999-12-31", 0),
        ("as_of=0001-01-01", 0),
        ("as_of=2022-09-01", 0),
        ("from=2022-01-01&to=2023-01-01", 0),
        ("level=&agency=,,&group_by=", 1),
        ("unknown=parameter", 1),
        ("", 1),
    ] {
        let told = steering.get(&format!("rates?{query}")).await.expect(200);
        assert_eq!(told["total"]["counts"]["submitted"], count, "{query}");
        assert_eq!(told["total"]["rate"], if count == 0 { Value::Null } else { json!(0.0) }, "{query}");
    }
    steering.get("targets/cds-2022/progress?as_of=0001-01-01").await.expect(200);
    steering.get("targets/cds-2022/progress?as_of=2022-09-01").await.expect(200);
}

async fn nonsense_in_a_query_is_no_fault_of_the_server(app: TestApp) {
    let (steering, officer, citizen) = (app.steering().await, app.officer("ubnd-256").await, app.citizen().await);
    let code = citizen.submits(&Draft::street_lamp()).await;
    for twice in ["rates?from=2022-01-01&from=2022-02-01", "rates?level=commune&level=district"] {
        steering.get(twice).await.problem(400, "malformed_request");
    }
    officer.get("agency/petitions?limit=1&limit=2").await.problem(400, "malformed_request");
    for (query, fault) in [
        ("as_of=%zz", ("/as_of", "invalid_instant")),
        ("as_of=%", ("/as_of", "invalid_instant")),
        ("from=%00", ("/from", "invalid_instant")),
        ("level=%FF%FE", ("/level", "unknown_value")),
        ("agency=%00", ("/agency", "unknown_agency")),
        ("agency=ubnd-256%27%20OR%201=1", ("/agency", "unknown_agency")),
        ("category=%C3%28", ("/category", "unknown_category")),
    ] {
        steering.get(&format!("rates?{query}")).await.faults(&[fault]);
    }
    for text in ["%00", "a%00b", "%E2%80%AE"] {
        officer.get(&format!("agency/petitions?q={text}")).await.faults(&[("/q", "control_character")]);
    }
    for text in ["%FF", "%ED%A0%80", "%F0%9F%92%A1", "%25", "%5C"] {
        assert!(officer.queue(&format!("q={text}")).await.is_empty(), "{text}");
    }
    for blank in ["", "%20%09%0A", "%E2%80%8B", "%CC%83"] {
        assert_eq!(officer.queue(&format!("q={blank}")).await, [code.as_str()], "blank is no search: {blank}");
    }
    for (query, fault) in [
        ("limit=-1", ("/limit", "out_of_range")),
        ("limit=101", ("/limit", "out_of_range")),
        ("limit=99999999999999999999", ("/limit", "out_of_range")),
        ("cursor=%00", ("/cursor", "invalid_cursor")),
        ("cursor=7fffffffffffffff", ("/cursor", "invalid_cursor")),
        ("status=answered,%00", ("/status", "unknown_value")),
        ("agency=%00", ("/agency", "unknown_agency")),
    ] {
        officer.get(&format!("agency/petitions?{query}")).await.faults(&[fault]);
    }
    let edge = format!("cursor=7fffffffffffffff{}", "f".repeat(32));
    assert!(officer.queue(&edge).await.is_empty(), "after the end there is nothing");
    let edge = format!("cursor=8000000000000000{}", "0".repeat(32));
    assert_eq!(officer.queue(&edge).await, [code], "after the beginning there is all");
    let stranger = app.stranger();
    for (query, fault) in [
        ("lat=NaN&lon=106", ("/lat", "out_of_range")),
        ("lat=21.1&lon=inf", ("/lon", "out_of_range")),
        ("lat=21,1875&lon=106.0838", ("/lat", "out_of_range")),
        ("lat=21.1", ("/lon", "required")),
        ("lat=21.1&lon=106.1&accuracy_m=-1", ("/accuracy_m", "out_of_range")),
        ("lat=21.1&lon=106.1&unit=256", ("/unit", "two_places")),
        ("unit=%00", ("/unit", "unknown_unit")),
    ] {
        stranger.get(&format!("routing/preview?category=chieu_sang&{query}")).await.faults(&[fault]);
    }
    let long = format!("rates?agency={}", "x".repeat(20_000));
    let reply: Reply = steering.get(&long).await;
    reply.faults(&[("/agency", "unknown_agency")]);
    assert!(reply.text.len() < 1_000, "what is sent back is short: {}", reply.text.len());
    assert_eq!(petitions(&app).await, 1);
}
