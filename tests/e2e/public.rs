//! What everybody may read, and what a citizen does with what others sent.

use serde_json::{Value, json};
use tests::{Draft, Person, Reply, TestApp, both_engines};

both_engines!(
    the_public_reads_the_published_wording_and_nothing_else,
    the_feed_is_read_page_by_page_and_by_place,
    the_map_is_written_by_the_database,
    what_has_not_changed_is_not_sent_again,
    a_phone_that_was_offline_catches_up,
    what_was_put_to_another_changes_with_it,
    a_desk_sees_near_by_what_it_has_and_what_is_published,
    a_citizen_supports_and_follows_and_a_merge_takes_them_along,
    likely_duplicates_are_named,
);

async fn codes(person: &Person<'_>, path: &str) -> Vec<String> {
    let page = person.get(path).await.expect(200);
    page["items"].as_array().unwrap().iter().map(|item| item["code"].as_str().unwrap().to_owned()).collect()
}

fn at(lat: f64, lon: f64) -> Draft {
    Draft::street_lamp().with("location", json!({"lat": lat, "lon": lon}))
}

async fn the_public_reads_the_published_wording_and_nothing_else(app: TestApp) {
    let (officer, coordinator, citizen) = (app.officer("ubnd-256").await, app.coordinator().await, app.citizen().await);
    let (stranger, other) = (app.stranger(), app.citizen().await);
    let draft = Draft::street_lamp().with("title", json!("Ông Bí Mật để xe chắn đèn"));
    let code = citizen.submits(&draft).await;
    let path = format!("petitions/{code}");
    for person in [&stranger, &other] {
        person.get(&path).await.problem(404, "not_found");
        person.get(&format!("{path}/history")).await.problem(404, "not_found");
    }
    assert!(codes(&stranger, "public/petitions").await.is_empty());
    officer.receives(&code).await;
    officer.does(&code, "note", &json!({"content": "Ghi chú kín"})).await;
    officer.does(&code, "request-information", &json!({"message": "Hỏi riêng"})).await;
    citizen.does(&code, "supplement", &json!({"content": "Trả lời riêng"})).await;
    let wording = json!({"title": "Xe chắn đèn đường", "content": "Đèn không sáng đã ba hôm."});
    assert_eq!(coordinator.does(&code, "publish", &wording).await["published"], true);
    officer.answers(&code, "Đã xử lý xong.").await;

    let own = citizen.reads(&code).await.as_object().unwrap().clone();
    let not_for_the_public = [
        "absorbed",
        "address",
        "assignee",
        "attributes",
        "clock",
        "commands",
        "deadline_note",
        "draft",
        "emergency",
        "escalated",
        "flagged",
        "hide_identity",
        "intake",
        "merged_into",
        "publication",
        "rejection",
        "reopenings",
        "travels",
    ];
    for person in [&stranger, &other, &app.officer("ubnd-09163").await] {
        let shown = person.get(&path).await;
        let body = shown.expect(200);
        assert_eq!((&body["title"], &body["content"]), (&wording["title"], &wording["content"]));
        assert_eq!(body["answer"]["content"], "Đã xử lý xong.");
        let mut fields: Vec<&String> = own.keys().filter(|field| body.get(field.as_str()).is_none()).collect();
        fields.sort_unstable();
        assert_eq!(fields, not_for_the_public, "the fields of the contract are there for everybody");
        assert_eq!((&body["submitter"], &body["location"]["address"]), (&Value::Null, &Value::Null));
        let history = person.get(&format!("{path}/history")).await;
        let feed = person.get("public/petitions").await;
        let map = Reply::read(
            person
                .request(reqwest::Method::GET, "public/petitions")
                .header("accept", "application/geo+json")
                .send()
                .await
                .unwrap(),
        )
        .await;
        for text in [&shown.text, &history.text, &feed.text, &map.text] {
            for private in
                ["Bí Mật", "Nguyễn Huệ", "Ghi chú kín", "Hỏi riêng", "Trả lời riêng", "+84", "full_name", "noted"]
            {
                assert!(!text.contains(private), "{private} is public: {text}");
            }
        }
        assert!(history.text.contains("supplemented") && history.text.contains("Đã xử lý xong."), "{}", history.text);
    }
    // Nor can it be guessed by searching for it.
    for (query, found) in
        [("xe chan", 1), ("XE CHẮN", 1), (code.as_str(), 1), ("bi mat", 0), ("nguyen hue", 0), ("💡", 0), ("%25", 0)]
    {
        assert_eq!(codes(&stranger, &format!("public/petitions?q={query}")).await.len(), found, "{query}");
    }
    coordinator.does(&code, "unpublish", &json!({"reason": "Theo đề nghị."})).await;
    stranger.get(&path).await.problem(404, "not_found");
    assert!(codes(&stranger, "public/petitions?q=xe").await.is_empty());
    assert_eq!(citizen.reads(&code).await["title"], "Ông Bí Mật để xe chắn đèn");
}

async fn the_feed_is_read_page_by_page_and_by_place(app: TestApp) {
    let (coordinator, citizen, stranger) = (app.coordinator().await, app.citizen().await, app.stranger());
    let mut sent = Vec::new();
    for number in 0..25 {
        let code = citizen.submits(&at(21.18 + f64::from(number) * 0.001, 106.06)).await;
        coordinator.does(&code, "publish", &json!({})).await;
        sent.insert(0, code);
    }
    let (mut read, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = stranger.get(&format!("public/petitions?limit=7{cursor}")).await.expect(200);
        read.extend(page["items"].as_array().unwrap().iter().map(|item| item["code"].as_str().unwrap().to_owned()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(read, sent, "newest first, none missed, none twice");
    let within = async |bbox: &str| codes(&stranger, &format!("public/petitions?limit=100&bbox={bbox}")).await.len();
    assert_eq!(within("106.05,21.1795,106.07,21.1845").await, 5);
    assert_eq!(within("-180,-90,180,90").await, 25);
    assert_eq!(within("170,21,106.07,22").await, 25, "over the 180th meridian, and round");
    assert_eq!(within("170,21,-170,22").await, 0);
    for (bbox, fault) in [
        ("106,22,107,21", "inside_out"),
        ("106,21,107", "invalid_bbox"),
        ("106,21,107,91", "out_of_range"),
        ("a,b,c,d", "invalid_bbox"),
    ] {
        let told = stranger.get(&format!("public/petitions?bbox={bbox}")).await.problem(422, "invalid_input");
        assert_eq!(
            (&told["errors"][0]["pointer"], told["errors"].as_array().unwrap().len()),
            (&json!("/bbox"), 1),
            "{fault}: {told}"
        );
    }
    assert_eq!(codes(&stranger, "public/petitions?category=moi_truong").await.len(), 0);
    assert_eq!(codes(&stranger, "public/petitions?status=submitted&limit=100").await.len(), 25);
    stranger.get("public/petitions?category=x&status=y&cursor=z&limit=0").await.problem(422, "invalid_input");
}

async fn the_map_is_written_by_the_database(app: TestApp) {
    let (coordinator, citizen, stranger) = (app.coordinator().await, app.citizen().await, app.stranger());
    for number in 0..12 {
        let code = citizen.submits(&at(21.18, 106.06 + f64::from(number % 3) * 0.02)).await;
        coordinator.does(&code, "publish", &json!({"title": "Đèn \"hỏng\" \\ đường"})).await;
    }
    let nowhere = citizen.submits(&Draft::street_lamp().without("location")).await;
    coordinator.does(&nowhere, "publish", &json!({})).await;
    let features = async |query: &str| {
        let request = stranger.request(reqwest::Method::GET, &format!("public/petitions{query}"));
        let reply = Reply::read(request.header("accept", "application/geo+json").send().await.unwrap()).await;
        assert_eq!(reply.header("content-type"), "application/geo+json");
        reply.expect(200)
    };
    let whole = features("").await;
    assert_eq!((&whole["type"], whole["features"].as_array().unwrap().len()), (&json!("FeatureCollection"), 12));
    let first = &whole["features"][0];
    assert_eq!(
        (&first["geometry"]["type"], &first["properties"]["title"]),
        (&json!("Point"), &json!("Đèn \"hỏng\" \\ đường"))
    );
    assert_eq!(first["geometry"]["coordinates"], json!([106.1, 21.18]));
    assert!(first["properties"]["published_at"].as_str().unwrap().ends_with("+07:00"), "{first}");
    let page = features("?limit=5").await;
    let next = page["next_cursor"].as_str().unwrap();
    assert_eq!(page["features"].as_array().unwrap()[..], whole["features"].as_array().unwrap()[..5]);
    let second = features(&format!("?limit=100&cursor={next}")).await;
    assert_eq!(second["features"].as_array().unwrap()[..], whole["features"].as_array().unwrap()[5..]);
    assert_eq!(second["next_cursor"], Value::Null);

    let near = stranger.get("public/clusters?bbox=106,21,106.2,21.3&zoom=15").await.expect(200);
    let counts: Vec<&Value> = near["items"].as_array().unwrap().iter().map(|cluster| &cluster["count"]).collect();
    assert_eq!(counts, [4, 4, 4]);
    let far = stranger.get("public/clusters?bbox=-180,-90,180,90&zoom=0").await.expect(200);
    assert_eq!((far["items"].as_array().unwrap().len(), &far["items"][0]["count"]), (1, &json!(12)));
    stranger.get("public/clusters?zoom=23").await.problem(422, "invalid_input");
}

async fn what_has_not_changed_is_not_sent_again(app: TestApp) {
    let (coordinator, citizen, stranger) = (app.coordinator().await, app.citizen().await, app.stranger());
    let code = citizen.submits(&Draft::street_lamp()).await;
    coordinator.does(&code, "publish", &json!({})).await;
    let (public, history) = (format!("petitions/{code}"), format!("petitions/{code}/history"));
    for (person, path) in [
        (&citizen, "me/petitions"),
        (&citizen, "me/petitions/changes"),
        (&stranger, "public/petitions"),
        (&stranger, "public/clusters?bbox=106,21,106.2,21.3"),
        (&stranger, "categories"),
        (&stranger, "units"),
        (&stranger, "agencies"),
        (&stranger, public.as_str()),
        (&citizen, public.as_str()),
        (&citizen, history.as_str()),
    ] {
        let first = person.get(path).await;
        let tag = first.header("etag").to_owned();
        assert!(!tag.is_empty() && first.header("cache-control") != "no-store", "{path}: {:?}", first.headers);
        let request = person.request(reqwest::Method::GET, path).header("if-none-match", &tag);
        let again = Reply::read(request.send().await.unwrap()).await;
        // The cursor of changes holds the time of the call.
        if path != "me/petitions/changes" {
            assert_eq!((again.status, again.text.len()), (304, 0), "{path}");
        }
        let request = person.request(reqwest::Method::GET, path).header("if-none-match", "\"other\"");
        assert_eq!(Reply::read(request.send().await.unwrap()).await.status, 200);
    }
    // A petition that was put to another is another once that is answered, though nothing happened to it.
    let other = app.citizen().await;
    let merged = other.submits(&Draft::street_lamp()).await;
    coordinator.does(&merged, "merge", &json!({"into": code})).await;
    let path = format!("petitions/{merged}");
    let before = other.get(&path).await.header("etag").to_owned();
    coordinator.receives(&code).await;
    coordinator.answers(&code, "Đã sửa.").await;
    let request = other.request(reqwest::Method::GET, &path).header("if-none-match", &before);
    let after = Reply::read(request.send().await.unwrap()).await;
    assert_eq!(after.expect(200)["answer"]["content"], "Đã sửa.");
    assert!(
        before.starts_with("\"2.") && after.header("etag").starts_with("\"2."),
        "the version for If-Match: {before}"
    );
}

async fn a_phone_that_was_offline_catches_up(app: TestApp) {
    let (officer, citizen) = (app.officer("ubnd-256").await, app.citizen().await);
    app.citizen().await.submits(&Draft::street_lamp()).await;
    let mut sent = Vec::new();
    for _ in 0..5 {
        sent.push(citizen.submits(&Draft::street_lamp()).await);
    }
    let changes = async |since: &str| citizen.get(&format!("me/petitions/changes{since}")).await.expect(200);
    let of = |answer: &Value| -> Vec<String> {
        answer["items"].as_array().unwrap().iter().map(|item| item["code"].as_str().unwrap().to_owned()).collect()
    };
    let first = changes("").await;
    assert_eq!(of(&first), sent);
    let since = format!("?since={}", first["next_since"].as_str().unwrap());
    let nothing = citizen.get(&format!("me/petitions/changes{since}")).await;
    assert!(of(&nothing.json()).is_empty() && nothing.text.len() < 1_000, "{}", nothing.text);
    officer.receives(&sent[3]).await;
    officer.receives(&sent[1]).await;
    let second = changes(&since).await;
    assert_eq!(of(&second), [sent[3].clone(), sent[1].clone()]);
    // Asked again with the old cursor it is the same; with the new one nothing.
    assert_eq!(of(&changes(&since).await), of(&second));
    let later = format!("?since={}", second["next_since"].as_str().unwrap());
    assert!(of(&changes(&later).await).is_empty());
    officer.starts(&sent[3]).await;
    assert_eq!(of(&changes(&later).await), [sent[3].clone()], "the same petition, changed again");
    // In small pages none is missed.
    let (mut read, mut since) = (Vec::new(), "?limit=2".to_owned());
    loop {
        let page = changes(&since).await;
        read.extend(of(&page));
        since = format!("?limit=2&since={}", page["next_since"].as_str().unwrap());
        if page["has_more"] == false {
            break;
        }
    }
    read.sort_unstable();
    read.dedup();
    assert_eq!(read, sent);
    citizen.get("me/petitions/changes?since=zz").await.problem(422, "invalid_input");
}

async fn what_was_put_to_another_changes_with_it(app: TestApp) {
    let (officer, coordinator) = (app.officer("ubnd-256").await, app.coordinator().await);
    let (citizen, other) = (app.citizen().await, app.citizen().await);
    let (mine, own) = (citizen.submits(&Draft::street_lamp()).await, citizen.submits(&Draft::street_lamp()).await);
    let (second, third) = (other.submits(&Draft::street_lamp()).await, other.submits(&Draft::street_lamp()).await);
    let mut since = String::new();
    let mut news = async || {
        let answer = citizen.get(&format!("me/petitions/changes?limit=100{since}")).await.expect(200);
        since = format!("&since={}", answer["next_since"].as_str().unwrap());
        answer["items"].as_array().unwrap().clone()
    };
    assert_eq!(news().await.len(), 2);
    coordinator.does(&mine, "merge", &json!({"into": second})).await;
    assert_eq!(news().await.len(), 1);
    coordinator.does(&second, "merge", &json!({"into": third})).await;
    officer.receives(&own).await;
    assert_eq!(news().await.len(), 2, "what it was put to was put on in turn");
    assert!(news().await.is_empty());
    officer.receives(&third).await;
    officer.answers(&third, "Đã thay bóng.").await;
    let told = news().await;
    assert_eq!((told.len(), &told[0]["code"]), (1, &json!(mine)));
    assert_eq!(told[0]["answer"]["content"], "Đã thay bóng.");
    assert!(news().await.is_empty());
    // From the beginning in the smallest pages: each once, and in the order of what happened.
    let (mut read, mut since) = (Vec::new(), String::new());
    loop {
        let page = citizen.get(&format!("me/petitions/changes?limit=1{since}")).await.expect(200);
        read.extend(page["items"].as_array().unwrap().iter().map(|item| item["code"].clone()));
        since = format!("&since={}", page["next_since"].as_str().unwrap());
        if page["has_more"] == false {
            break;
        }
    }
    assert_eq!(read, [json!(own), json!(mine)]);
    let history = async |person: &Person<'_>| person.get(&format!("petitions/{third}/history")).await.text;
    assert!(history(&officer).await.contains(&second) && !history(&other).await.contains(&second), "for staff alone");
}

async fn a_desk_sees_near_by_what_it_has_and_what_is_published(app: TestApp) {
    let (officer, elsewhere) = (app.officer("ubnd-256").await, app.officer("ubnd-09163").await);
    let (coordinator, citizen) = (app.coordinator().await, app.citizen().await);
    let mut sent = Vec::new();
    for title in ["Đèn một", "Đèn hai", "Đèn ba"] {
        sent.push(citizen.submits(&Draft::street_lamp().with("title", json!(title))).await);
    }
    let path = format!("petitions/{}/nearby", sent[0]);
    let near = async |person: &Person<'_>| {
        let answer = person.get(&path).await.expect(200);
        let mut titles: Vec<String> =
            answer["items"].as_array().unwrap().iter().map(|item| item["title"].as_str().unwrap().to_owned()).collect();
        titles.sort_unstable();
        titles
    };
    assert_eq!(near(&officer).await, ["Đèn ba", "Đèn hai"]);
    coordinator.transfers(&sent[2], "ubnd-09163", "Của phường.").await;
    officer.get(&format!("petitions/{}", sent[2])).await.problem(404, "not_found");
    assert_eq!(near(&officer).await, ["Đèn hai"], "what another desk has is not for this one to read");
    assert_eq!(near(&coordinator).await, ["Đèn ba", "Đèn hai"]);
    coordinator.does(&sent[2], "publish", &json!({"title": "Đèn của mọi người"})).await;
    assert_eq!(near(&officer).await, ["Đèn của mọi người", "Đèn hai"]);
    coordinator.transfers(&sent[0], "ubnd-09163", "Của phường.").await;
    assert_eq!(near(&elsewhere).await, ["Đèn ba"], "its own in the sender's words");
}

async fn a_citizen_supports_and_follows_and_a_merge_takes_them_along(app: TestApp) {
    let (officer, coordinator) = (app.officer("ubnd-256").await, app.coordinator().await);
    let (one, two, fan) = (app.citizen().await, app.citizen().await, app.citizen().await);
    let (first, second) = (one.submits(&Draft::street_lamp()).await, two.submits(&Draft::street_lamp()).await);
    fan.commands(&second, "support", &json!({})).await.problem(404, "not_found");
    coordinator.does(&first, "publish", &json!({})).await;
    coordinator.does(&second, "publish", &json!({})).await;
    for _ in 0..2 {
        assert_eq!(fan.does(&second, "support", &json!({})).await["supporters"], 1, "once is enough");
    }
    assert_eq!(codes(&fan, "me/followed").await, [second.clone()]);
    assert_eq!(codes(&app.stranger(), "public/petitions").await.len(), 2);

    coordinator.does(&second, "merge", &json!({"into": first})).await;
    coordinator.commands(&first, "merge", &json!({"into": second})).await.faults(&[("/into", "not_mergeable")]);
    coordinator.commands(&first, "merge", &json!({"into": first})).await.faults(&[("/into", "not_mergeable")]);
    coordinator
        .commands(&first, "merge", &json!({"into": "PAKN.20220101.999999"}))
        .await
        .faults(&[("/into", "unknown_petition")]);
    one.commands(&first, "withdraw", &json!({})).await.problem(409, "others_wait");
    officer.receives(&first).await;
    officer.answers(&first, "Đã thay bóng.").await;
    let merged = two.reads(&second).await;
    assert_eq!((&merged["status"], &merged["merged_into"]), (&json!("merged"), &json!(first)));
    assert_eq!(merged["answer"]["content"], "Đã thay bóng.");
    for person in [&fan, &two] {
        assert_eq!(codes(person, "me/followed").await, [first.clone()], "they follow the one that stays");
    }
    let shown = app.stranger().reads(&first).await;
    assert_eq!(shown["supporters"], 2, "the fan, and who sent the same");
    fan.does(&first, "unfollow", &json!({})).await;
    assert!(codes(&fan, "me/followed").await.is_empty());
}

async fn likely_duplicates_are_named(app: TestApp) {
    let (officer, coordinator) = (app.officer("ubnd-256").await, app.coordinator().await);
    let (one, two) = (app.citizen().await, app.citizen().await);
    let lamp = |content: &str, lat: f64| {
        Draft::street_lamp()
            .with("title", json!("Đèn đường hỏng"))
            .with("content", json!(content))
            .with("location", json!({"lat": lat, "lon": 106.0838}))
    };
    let hidden = one.submits(&lamp("Đèn trước số 5 Nguyễn Huệ không sáng", 21.1875)).await;
    let sent = two.sends(&lamp("den duong truoc so 5 nguyen hue khong sang", 21.1876)).await.expect(201);
    assert_eq!(sent["likely_duplicates"], json!([]), "what is not published is nobody's to know");
    coordinator.does(&hidden, "publish", &json!({})).await;
    let sent = two.sends(&lamp("Bóng đèn đường số 5 Nguyễn Huệ cháy, tối om", 21.1876)).await.expect(201);
    let named: Vec<&str> =
        sent["likely_duplicates"].as_array().unwrap().iter().map(|near| near["code"].as_str().unwrap()).collect();
    assert!(named.contains(&hidden.as_str()), "{}", sent["likely_duplicates"]);
    assert!(sent["likely_duplicates"][0]["distance_m"].as_f64().unwrap() < 50.0);
    let far = two.sends(&lamp("Đèn trước số 5 Nguyễn Huệ không sáng", 21.2)).await.expect(201);
    assert_eq!(far["likely_duplicates"], json!([]));
    let rubbish = Draft::rubbish().with("location", json!({"lat": 21.1875, "lon": 106.0838}));
    assert_eq!(two.sends(&rubbish).await.expect(201)["likely_duplicates"], json!([]), "another group of fields");

    let near = officer.get(&format!("petitions/{hidden}/nearby")).await.expect(200);
    assert_eq!(near["items"].as_array().unwrap().len(), 2, "{near}");
    one.get(&format!("petitions/{hidden}/nearby")).await.problem(403, "forbidden");
    app.officer("ubnd-09166").await.get(&format!("petitions/{hidden}/nearby")).await.problem(404, "not_found");
}
