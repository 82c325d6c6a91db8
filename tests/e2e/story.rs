//! The main job: a petition is sent, routed, answered, and counted against the target.

use serde_json::{Value, json};
use tests::{Draft, TestApp, both_engines};

both_engines!(
    a_petition_is_sent_routed_answered_and_counted,
    a_wrong_desk_gives_it_back_and_the_coordinator_passes_it_on,
    a_petition_that_travels_goes_to_the_coordinator,
    a_citizen_takes_a_petition_back,
    the_coordinator_rejects_and_the_agency_cannot,
    nobody_else_sees_a_petition,
    a_hidden_sender_is_hidden_from_the_agency_alone,
    an_agency_without_staff_is_not_left_alone_with_a_petition,
    the_queue_shows_the_soonest_deadline_first_and_is_read_page_by_page,
    a_citizen_reads_their_own_petitions_page_by_page,
    words_are_found_with_marks_and_without,
);

async fn a_petition_is_sent_routed_answered_and_counted(app: TestApp) {
    let (officer, steering) = (app.officer("ubnd-256").await, app.steering().await);
    let citizen = app.citizen().await;

    let reply = citizen.sends(&Draft::street_lamp()).await;
    let sent = reply.expect(201);
    let code = sent["code"].as_str().unwrap();
    assert_eq!(reply.header("location"), format!("/api/v1/petitions/{code}"));
    assert_eq!(reply.header("etag"), "\"1\"");
    assert_eq!(sent["status"], "submitted");
    assert_eq!(sent["agency"], json!({"code": "ubnd-256", "name": "UBND thành phố Bắc Ninh", "level": "district"}));
    assert_eq!(sent["unit"]["code"], "09163");
    assert_eq!(sent["routing"]["rule"], "competence");
    assert!(sent["routing"]["explanation"].as_str().unwrap().contains("cấp huyện: UBND thành phố Bắc Ninh"), "{sent}");
    assert!(sent["due_at"].is_string() || sent["deadline_note"].is_string(), "{sent}");
    assert_eq!(sent["location"]["address"], "5 Nguyễn Huệ, Vũ Ninh");
    assert_eq!(sent["submitter"]["full_name"], "Nguyễn Thị Thử");

    assert_eq!(officer.queue("").await, [code]);
    assert_eq!(officer.receives(code).await["status"], "received");
    assert_eq!(officer.starts(code).await["status"], "in_progress");
    let answered = officer.answers(code, "Đã thay bóng đèn, xin cảm ơn.").await;
    assert_eq!(answered["status"], "answered");
    assert_eq!(answered["version"], 4);
    assert!(officer.queue("").await.is_empty());
    assert_eq!(officer.queue("status=answered").await, [code]);

    let read = citizen.reads(code).await;
    assert_eq!(read["answer"]["content"], "Đã thay bóng đèn, xin cảm ơn.");
    assert_eq!(read["answered_at"], read["answer"]["answered_at"]);
    let history = citizen.get(&format!("petitions/{code}/history")).await.expect(200);
    let told: Vec<&Value> = history["items"].as_array().unwrap().iter().map(|entry| &entry["type"]).collect();
    assert_eq!(told, ["submitted", "received", "started", "answered"]);
    assert_eq!(history["items"][3]["text"], "Đã thay bóng đèn, xin cảm ơn.");

    let rates = steering.get("rates?group_by=agency,category").await.expect(200);
    assert_eq!(rates["total"]["rate"], 1.0);
    assert_eq!(rates["groups"][0]["key"], json!({"agency": "ubnd-256", "category": "chieu_sang"}));
    assert_eq!(rates["groups"][0]["counts"]["answered"], 1);
    let progress = steering.get("targets/cds-2022/progress").await.expect(200);
    assert_eq!(progress["milestones"][0]["status"], "missed", "nothing was sent in 2022");
    assert_eq!(progress["current"]["rate"], Value::Null);
}

async fn a_wrong_desk_gives_it_back_and_the_coordinator_passes_it_on(app: TestApp) {
    let (wrong, right) = (app.officer("ubnd-256").await, app.officer("ubnd-09163").await);
    let (coordinator, citizen) = (app.coordinator().await, app.citizen().await);
    let code = citizen.submits(&Draft::street_lamp()).await;

    let returned = wrong.returns(&code, "Đèn do phường quản lý.").await;
    assert_eq!((&returned["status"], &returned["agency"]["code"]), (&json!("submitted"), &json!("dieu-phoi")));
    wrong.get(&format!("petitions/{code}")).await.problem(404, "not_found");
    assert_eq!(coordinator.queue("").await, [code.clone()]);

    let passed = coordinator.transfers(&code, "ubnd-09163", "Thuộc phường Vũ Ninh.").await;
    assert_eq!(passed["agency"]["code"], "ubnd-09163");
    assert_eq!(passed["due_at"], returned["due_at"], "the promise to the citizen stays");
    right.receives(&code).await;
    right.answers(&code, "Đã sửa.").await;
    let history = citizen.get(&format!("petitions/{code}/history")).await.expect(200);
    assert_eq!(history["items"][1]["label"], "Trả lại cơ quan điều phối");
    assert_eq!(history["items"][2]["text"], "Thuộc phường Vũ Ninh.");
    let english =
        citizen.request(reqwest::Method::GET, &format!("petitions/{code}/history")).header("accept-language", "en");
    let english = tests::Reply::read(english.send().await.unwrap()).await.expect(200);
    assert_eq!(english["items"][1]["label"], "Given back to the coordinator");
}

async fn a_petition_that_travels_goes_to_the_coordinator(app: TestApp) {
    let desks = ["ubnd-256", "ubnd-09163", "so-xd", "so-gtvt"];
    let mut officers = Vec::new();
    for desk in desks {
        officers.push(app.officer(desk).await);
    }
    let (coordinator, citizen) = (app.coordinator().await, app.citizen().await);

    let code = citizen.submits(&Draft::street_lamp()).await;
    officers[0].transfers(&code, "ubnd-09163", "Không thuộc thẩm quyền.").await;
    let back = officers[1].transfers(&code, "ubnd-256", "Cũng không.").await;
    assert_eq!(
        (&back["agency"]["code"], &back["travels"]),
        (&json!("dieu-phoi"), &json!(true)),
        "back to who sent it away"
    );
    let settled = coordinator.transfers(&code, "ubnd-256", "Thành phố xử lý.").await;
    assert_eq!(settled["agency"]["code"], "ubnd-256", "the coordinator decides");

    let code = citizen.submits(&Draft::street_lamp()).await;
    officers[0].transfers(&code, "ubnd-09163", "Một.").await;
    officers[1].transfers(&code, "so-xd", "Hai.").await;
    let third = officers[2].transfers(&code, "so-gtvt", "Ba.").await;
    assert_eq!((&third["agency"]["code"], &third["travels"]), (&json!("dieu-phoi"), &json!(true)));

    coordinator
        .commands(&code, "transfer", &json!({"agency": "dieu-phoi", "reason": "x"}))
        .await
        .faults(&[("/agency", "same_agency")]);
    coordinator
        .commands(&code, "transfer", &json!({"agency": "so-moi", "reason": "x"}))
        .await
        .faults(&[("/agency", "unknown_agency")]);
    let empty_desk = json!({"agency": "ubnd-09166", "reason": "x"});
    coordinator.commands(&code, "transfer", &empty_desk).await.faults(&[("/agency", "agency_without_staff")]);
}

async fn a_citizen_takes_a_petition_back(app: TestApp) {
    let (officer, citizen, steering) = (app.officer("ubnd-256").await, app.citizen().await, app.steering().await);
    let code = citizen.submits(&Draft::street_lamp()).await;
    officer.receives(&code).await;
    let gone = citizen.does(&code, "withdraw", &json!({"reason": "Đèn đã sáng lại."})).await;
    assert_eq!(gone["status"], "withdrawn");
    let problem =
        officer.commands(&code, "answer", &json!({"content": "Đã sửa."})).await.problem(409, "command_not_allowed");
    assert_eq!(problem["allowed"], json!(["note"]));
    citizen.commands(&code, "withdraw", &json!({})).await.problem(409, "command_not_allowed");
    assert_eq!(steering.get("rates").await.expect(200)["total"]["counts"]["submitted"], 0);
}

async fn the_coordinator_rejects_and_the_agency_cannot(app: TestApp) {
    let (officer, coordinator) = (app.officer("ubnd-256").await, app.coordinator().await);
    let (citizen, steering) = (app.citizen().await, app.steering().await);
    let code = citizen.submits(&Draft::street_lamp()).await;
    let refusal = json!({"reason_code": "complaint", "message": "Đây là khiếu nại, xin gửi theo Luật Khiếu nại."});
    officer.commands(&code, "reject", &refusal).await.problem(403, "forbidden");
    let rejected = coordinator.does(&code, "reject", &refusal).await;
    assert_eq!(rejected["status"], "rejected");
    assert_eq!(rejected["rejection"]["reason_code"], "complaint");
    let total = &steering.get("rates").await.expect(200)["total"];
    assert_eq!(
        (&total["counts"]["rejected"], &total["rate"]),
        (&json!(1), &Value::Null),
        "over nothing there is no rate"
    );
    assert_eq!(steering.get("rates?definition=all").await.expect(200)["total"]["rate"], 0.0);
}

async fn nobody_else_sees_a_petition(app: TestApp) {
    let (officer, citizen) = (app.officer("ubnd-256").await, app.citizen().await);
    let code = citizen.submits(&Draft::street_lamp()).await;
    let path = format!("petitions/{code}");
    app.citizen().await.get(&path).await.problem(404, "not_found");
    app.officer("ubnd-09163").await.get(&path).await.problem(404, "not_found");
    app.officer("ubnd-09163").await.commands(&code, "receive", &json!({})).await.problem(404, "not_found");
    app.citizen().await.commands(&code, "withdraw", &json!({})).await.problem(404, "not_found");
    for person in [app.steering().await, app.admin().await, app.stranger()] {
        person.get(&path).await.problem(404, "not_found");
    }
    assert_eq!(app.coordinator().await.reads(&code).await["code"], code);
    assert_eq!(officer.reads(&code.to_lowercase()).await["code"], code, "codes are typed by people");
    for nonsense in ["PAKN.20220101.000001", "x", "PAKN.20221399.000001", "%00"] {
        citizen.get(&format!("petitions/{nonsense}")).await.problem(404, "not_found");
    }
}

async fn a_hidden_sender_is_hidden_from_the_agency_alone(app: TestApp) {
    let (officer, coordinator, citizen) = (app.officer("ubnd-256").await, app.coordinator().await, app.citizen().await);
    let code = citizen.submits(&Draft::street_lamp().with("hide_identity", json!(true))).await;
    assert_eq!(officer.reads(&code).await["submitter"], Value::Null);
    assert_eq!(officer.get("agency/petitions").await.expect(200)["items"][0]["submitter"], Value::Null);
    assert_eq!(coordinator.reads(&code).await["submitter"]["full_name"], "Nguyễn Thị Thử");
    assert_eq!(citizen.reads(&code).await["submitter"]["full_name"], "Nguyễn Thị Thử");
    let open = citizen.submits(&Draft::street_lamp()).await;
    assert!(officer.reads(&open).await["submitter"]["phone"].as_str().unwrap().starts_with("+849"));
}

async fn an_agency_without_staff_is_not_left_alone_with_a_petition(app: TestApp) {
    let citizen = app.citizen().await;
    let sent = citizen.sends(&Draft::street_lamp()).await.expect(201);
    assert_eq!(sent["agency"]["code"], "dieu-phoi");
    assert_eq!(sent["routing"]["rule"], "no_staff");
    assert!(sent["routing"]["explanation"].as_str().unwrap().contains("UBND thành phố Bắc Ninh"), "{sent}");
    let preview = "routing/preview?category=chieu_sang&lat=21.1875&lon=106.0838";
    assert_eq!(app.stranger().get(preview).await.expect(200)["rule"], "no_staff");
    app.officer("ubnd-256").await;
    assert_eq!(app.stranger().get(preview).await.expect(200)["agency"]["code"], "ubnd-256");
    assert_eq!(citizen.sends(&Draft::street_lamp()).await.expect(201)["agency"]["code"], "ubnd-256");
}

async fn the_queue_shows_the_soonest_deadline_first_and_is_read_page_by_page(app: TestApp) {
    let (officer, citizen) = (app.officer("ubnd-256").await, app.citizen().await);
    let mut sent = Vec::new();
    for category in ["giao_thong", "chieu_sang", "thoat_nuoc", "giao_duc", "chieu_sang"] {
        sent.push(citizen.sends(&Draft::street_lamp().with("category", json!(category))).await.expect(201));
    }
    let mut expected: Vec<(String, String)> = sent
        .iter()
        .map(|petition| {
            let due = petition["due_at"].as_str().unwrap_or("9999").to_owned();
            (due, petition["id"].as_str().unwrap().to_owned())
        })
        .collect();
    expected.sort();
    let mut read = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = officer.get(&format!("agency/petitions?limit=2{cursor}")).await.expect(200);
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 2);
        read.extend(items.iter().map(|item| item["id"].as_str().unwrap().to_owned()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(read, expected.into_iter().map(|(_, id)| id).collect::<Vec<_>>());
    assert_eq!(officer.queue("category=chieu_sang,giao_duc").await.len(), 3);
    assert_eq!(officer.queue("overdue=true").await.len(), 0);
    assert_eq!(officer.queue("overdue=false").await.len(), 5);
    assert_eq!(officer.queue("status=received").await.len(), 0);
    officer.get("agency/petitions?limit=0&status=open&overdue=maybe&cursor=x&category=y").await.faults(&[
        ("/limit", "out_of_range"),
        ("/status", "unknown_value"),
        ("/overdue", "unknown_value"),
        ("/cursor", "invalid_cursor"),
        ("/category", "unknown_category"),
    ]);
    officer.get("agency/petitions?agency=ubnd-09163").await.problem(403, "forbidden");
    assert_eq!(app.coordinator().await.queue("agency=ubnd-256").await.len(), 5);
}

async fn a_citizen_reads_their_own_petitions_page_by_page(app: TestApp) {
    let (citizen, other) = (app.citizen().await, app.citizen().await);
    let mut sent = Vec::new();
    for _ in 0..3 {
        sent.push(citizen.submits(&Draft::street_lamp()).await);
        other.submits(&Draft::rubbish()).await;
    }
    sent.reverse();
    let first = citizen.get("me/petitions?limit=2").await.expect(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = citizen.get(&format!("me/petitions?limit=2&cursor={cursor}")).await.expect(200);
    let read: Vec<&str> = [&first, &second]
        .iter()
        .flat_map(|page| page["items"].as_array().unwrap())
        .map(|item| item["code"].as_str().unwrap())
        .collect();
    assert_eq!(read, sent);
    assert_eq!(second["next_cursor"], Value::Null);
    app.officer("ubnd-256").await.get("me/petitions").await.problem(403, "forbidden");
}

async fn words_are_found_with_marks_and_without(app: TestApp) {
    let (officer, citizen) = (app.officer("ubnd-256").await, app.citizen().await);
    // Decomposed, as some phones type it.
    let decomposed = "Đường Nguyê\u{303}n Huê\u{323} ngập 100% nước_đen";
    let code = citizen
        .submits(&Draft::street_lamp().with("title", json!(decomposed)).with("content", json!("Ổ gà to.")))
        .await;
    citizen
        .submits(&Draft::street_lamp().with("title", json!("Việc khác")).with("content", json!("Chuyện khác.")))
        .await;
    assert_eq!(officer.reads(&code).await["title"], "Đường Nguyễn Huệ ngập 100% nước_đen");
    for query in ["duong nguyen hue", "ĐƯỜNG Huệ", "o ga", "100%25", "nuoc_den", "ngap  nguyen"] {
        assert_eq!(officer.queue(&format!("q={query}")).await, [code.clone()], "{query}");
    }
    assert_eq!(officer.queue(&format!("q={}", code.to_lowercase())).await, [code.clone()]);
    for query in ["nguyen trai", "100%25x", "%5C", "'';--"] {
        assert!(officer.queue(&format!("q={query}")).await.is_empty(), "{query}");
    }
    officer.get(&format!("agency/petitions?q={}", "x".repeat(201))).await.faults(&[("/q", "too_long")]);
}
