//! Petitions that came another way: entered by the coordinator, one by one and from tables.

use chrono::{Duration, SecondsFormat, Utc};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Draft, Person, Reply, TestApp, both_engines};

use crate::{
    erasure::traces_of,
    log::verified,
    sign_in::{PASSWORD, signs_in},
};

both_engines!(
    a_call_is_entered_and_lives_on_like_any_other,
    an_item_of_a_source_is_entered_once,
    everything_wrong_is_named_and_nothing_is_entered,
    nobody_but_the_coordinator_enters,
    a_table_is_entered_line_by_line,
    a_table_sent_twice_gives_the_same,
    a_table_that_cannot_be_read_enters_nothing,
    a_sender_without_an_account_is_erased_like_any_other,
    the_words_of_a_contact_that_were_kept_for_long_enough_take_the_contact_along,
);

const DISTRICT: &str = "ubnd-256";

fn ago(days: i64) -> String {
    (Utc::now() - Duration::days(days)).to_rfc3339_opts(SecondsFormat::Micros, true)
}

fn call(reference: &str) -> Draft {
    Draft::street_lamp()
        .with("channel", json!("phone"))
        .with("received_at", json!(ago(3)))
        .with("source", json!("hotline-1022"))
        .with("reference", json!(reference))
        .with("sender", json!({"full_name": "Trần Văn Gọi", "phone": "0912 000 111"}))
}

async fn enters(coordinator: &Person<'_>, draft: &Draft) -> Reply {
    coordinator.post("intake/petitions", &draft.0).await
}

async fn a_call_is_entered_and_lives_on_like_any_other(app: TestApp) {
    let (coordinator, officer, steering) = (app.coordinator().await, app.officer(DISTRICT).await, app.steering().await);
    let came = ago(3);
    let own = app.citizen().await.submits(&Draft::street_lamp()).await;
    let reply = enters(&coordinator, &call("1022-1").with("received_at", json!(came))).await;
    let entered = reply.expect(201);
    let code = entered["code"].as_str().unwrap().to_owned();
    assert_eq!(reply.header("location"), format!("/api/v1/petitions/{code}"));
    assert_eq!(entered["channel"], "phone");
    assert_eq!(entered["agency"]["code"], DISTRICT);
    assert_eq!(entered["submitter"], json!({"full_name": "Trần Văn Gọi", "phone": "+84912000111"}));
    assert_eq!(entered["intake"]["source"], "hotline-1022");
    assert_eq!(entered["intake"]["reference"], "1022-1");
    let instant = |value: &Value| chrono::DateTime::parse_from_rfc3339(value.as_str().unwrap()).unwrap();
    assert_eq!(instant(&entered["intake"]["received_at"]), chrono::DateTime::parse_from_rfc3339(&came).unwrap());
    assert!(entered["received_at"].is_null(), "no agency has acknowledged it");
    // Due earlier than one that was sent today, and to be acknowledged as late.
    let sent = coordinator.reads(&own).await;
    assert!(instant(&entered["due_at"]) < instant(&sent["due_at"]), "{} {}", entered["due_at"], sent["due_at"]);
    assert!(instant(&entered["receive_due_at"]) >= instant(&sent["receive_due_at"]));
    // The desk has it, finds it by the reference, and is told how it came.
    assert_eq!(officer.queue("q=1022-1").await, [code.clone()]);
    officer.receives(&code).await;
    officer.answers(&code, "Đã thay bóng đèn.").await;
    let history = officer.get(&format!("petitions/{code}/history")).await.expect(200);
    assert!(history["items"][0]["label"].as_str().unwrap().starts_with("Tiếp nhận qua kênh khác lúc"), "{history}");
    assert_eq!(history["items"][0]["role"], "coordinator");
    // It counts under its channel, and never for a target of the phone.
    let rates = steering.get("rates?group_by=channel").await.expect(200);
    let groups: Vec<(&str, i64)> = rates["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| (group["key"]["channel"].as_str().unwrap(), group["counts"]["submitted"].as_i64().unwrap()))
        .collect();
    assert_eq!(groups, [("mobile", 1), ("phone", 1)]);
    let past = steering.get(&format!("rates?as_of={}", ago(1).replace('+', "%2B"))).await.expect(200);
    assert_eq!(past["total"]["counts"]["submitted"], 0, "of yesterday nothing new is told");
    app.folds().await;
    let verification = verified(&app).await;
    assert!(verification.damages.is_empty(), "{verification:?}");
    // Public and strangers see neither source nor sender.
    coordinator.does(&code, "publish", &json!({})).await;
    let public = app.stranger().get(&format!("petitions/{code}")).await.expect(200);
    assert!(public.get("intake").is_none_or(Value::is_null) && !public.to_string().contains("1022-1"), "{public}");
}

async fn an_item_of_a_source_is_entered_once(app: TestApp) {
    let coordinator = app.coordinator().await;
    let first = enters(&coordinator, &call("1022-7")).await.expect(201);
    // Typed again by somebody else, with other words: it is the same item.
    let other = app.coordinator().await;
    let again = enters(&other, &call("1022-7").with("title", json!("Đèn tắt"))).await.expect(200);
    assert_eq!((&again["code"], &again["title"]), (&first["code"], &first["title"]));
    let elsewhere = enters(&coordinator, &call("1022-7").with("source", json!("van-thu"))).await.expect(201);
    assert_ne!(elsewhere["code"], first["code"]);
    // Ten at once are one.
    let draft = call("1022-8");
    let all = futures_util::future::join_all((0..10).map(|_| enters(&coordinator, &draft))).await;
    let codes: std::collections::BTreeSet<String> =
        all.iter().map(|reply| reply.json()["code"].as_str().unwrap().to_owned()).collect();
    assert_eq!(codes.len(), 1, "{codes:?}");
    assert_eq!(all.iter().filter(|reply| reply.status == 201).count(), 1);
    // Without a reference there is the key of the request.
    let bare = call("").without("reference").without("sender");
    let key = ("idempotency-key", "goi-1");
    let first = coordinator.post_with("intake/petitions", key, &bare.0).await.expect(201);
    let again = coordinator.post_with("intake/petitions", key, &bare.0).await.expect(200);
    assert_eq!(first["code"], again["code"]);
    assert_eq!(first["submitter"]["full_name"], "Không nêu tên");
    coordinator.post_with("intake/petitions", key, &call("1022-9").0).await.problem(422, "idempotency_key_reused");
}

async fn everything_wrong_is_named_and_nothing_is_entered(app: TestApp) {
    let coordinator = app.coordinator().await;
    let wrong = json!({
        "category": "khong_co", "title": " ", "channel": "mobile", "received_at": "hôm qua", "source": "Đường dây nóng",
        "reference": "x".repeat(201), "sender": {"full_name": 5, "phone": "1022"}, "unit": "99999",
    });
    coordinator.post("intake/petitions", &wrong).await.faults(&[
        ("/category", "unknown_category"),
        ("/title", "blank"),
        ("/content", "required"),
        ("/channel", "unknown_value"),
        ("/received_at", "invalid_instant"),
        ("/source", "invalid_code"),
        ("/reference", "too_long"),
        ("/sender/full_name", "wrong_type"),
        ("/sender/phone", "invalid_phone"),
        ("/unit", "unknown_unit"),
    ]);
    let later = (Utc::now() + Duration::hours(1)).to_rfc3339_opts(SecondsFormat::Secs, true);
    for (came, code) in [(later, "in_future"), (ago(367), "out_of_range")] {
        enters(&coordinator, &call("1").with("received_at", json!(came))).await.faults(&[("/received_at", code)]);
    }
    enters(&coordinator, &call("1").without("channel").without("received_at"))
        .await
        .faults(&[("/channel", "required"), ("/received_at", "required")]);
    enters(&coordinator, &call("1").with("sender", json!([]))).await.faults(&[("/sender", "wrong_type")]);
    assert!(coordinator.queue("").await.is_empty());
}

async fn nobody_but_the_coordinator_enters(app: TestApp) {
    for person in [app.citizen().await, app.officer(DISTRICT).await, app.leader(DISTRICT).await, app.admin().await] {
        enters(&person, &call("1")).await.problem(403, "forbidden");
        imports(&person, "category\n").await.problem(403, "forbidden");
    }
    // Nor does a phone choose how it counts.
    let citizen = app.citizen().await;
    for channel in ["phone", "paper", "email", "portal"] {
        let sent = citizen.sends(&Draft::street_lamp().with("channel", json!(channel))).await;
        sent.faults(&[("/channel", "unknown_value")]);
    }
    // And nobody signs in to what stands for a sender.
    enters(&app.coordinator().await, &call("1")).await.expect(201);
    signs_in(&app, "0912 000 111", PASSWORD).await.problem(401, "bad_credentials");
    // The number is its owner's to register.
    let body = json!({"phone": "0912 000 111", "password": PASSWORD, "full_name": "Ai Đó", "consent": "2022-01"});
    app.stranger().post("auth/register", &body).await.expect(201);
    let owner = crate::sign_in::holder(&app, &signs_in(&app, "0912 000 111", PASSWORD).await.expect(200));
    assert_eq!(owner.get("me/petitions").await.expect(200)["items"], json!([]), "and nothing else's");
}

async fn imports(person: &Person<'_>, table: &str) -> Reply {
    let request = person.request(Method::POST, "intake/petitions/import").header("content-type", "text/csv");
    Reply::read(request.body(table.to_owned()).send().await.unwrap()).await
}

const HEAD: &str = "category,title,content,channel,received_at,source,reference,unit,lat,lon,address,sender_name,sender_phone,hide_identity";

fn table() -> String {
    let day = &ago(2)[..10];
    format!(
        "\u{FEFF}{HEAD}\r\n\
         chieu_sang,Đèn hỏng,\"Đèn hỏng, tối om\",paper,{day},van-thu,CV-1,09163,,,,Lê Văn Giấy,0912 000 222,\r\n\
         chieu_sang,Thiếu cột,paper,{day},van-thu,CV-2\r\n\
         chieu_sang,\"=HYPERLINK(\"\"http://x\"\";\"\"y\"\")\",+84 gọi mãi không được,email,{day} 09:30,van-thu,CV-3,,\"21,1875\",106.0838,5 Nguyễn Huệ,,,true\r\n\
         khong_co,,Nội dung,fax,2099-01-01,Văn thư,,,999,106.0838,,,12,có\r\n\
         moi_truong,Rác,Rác ở ngõ 12,phone,{day},van-thu,CV-5,09163,,,,,,\r\n"
    )
}

async fn a_table_is_entered_line_by_line(app: TestApp) {
    let coordinator = app.coordinator().await;
    let told = imports(&coordinator, &table()).await.expect(200);
    assert_eq!((&told["created"], &told["existing"], &told["refused"]), (&json!(3), &json!(0), &json!(2)), "{told}");
    let lines = told["lines"].as_array().unwrap();
    let results: Vec<(i64, &str)> =
        lines.iter().map(|line| (line["line"].as_i64().unwrap(), line["result"].as_str().unwrap())).collect();
    assert_eq!(results, [(2, "created"), (3, "refused"), (4, "created"), (5, "refused"), (6, "created")]);
    assert_eq!(lines[1]["errors"][0]["code"], "wrong_field_count");
    let faults: Vec<(&str, &str)> = lines[3]["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| (fault["pointer"].as_str().unwrap(), fault["code"].as_str().unwrap()))
        .collect();
    for expected in [
        ("/category", "unknown_category"),
        ("/title", "required"),
        ("/channel", "unknown_value"),
        ("/received_at", "in_future"),
        ("/source", "invalid_code"),
        ("/reference", "required"),
        ("/location/lat", "out_of_range"),
        ("/sender/phone", "invalid_phone"),
        ("/hide_identity", "wrong_type"),
    ] {
        assert!(faults.contains(&expected), "{expected:?} in {faults:?}");
    }
    assert_eq!(faults.len(), 9, "{faults:?}");
    // What looks like a formula is a text like any other, and the file that it goes out in says so.
    let code = lines[2]["code"].as_str().unwrap();
    let read = coordinator.reads(code).await;
    assert_eq!(read["title"], "=HYPERLINK(\"http://x\";\"y\")");
    assert_eq!(read["content"], "+84 gọi mãi không được");
    assert_eq!((&read["location"]["lat"], &read["hide_identity"]), (&json!(21.1875), &json!(true)));
    assert!(read["intake"]["received_at"].as_str().unwrap().contains("T09:30:00"), "{}", read["intake"]);
    assert_eq!(coordinator.reads(lines[0]["code"].as_str().unwrap()).await["submitter"]["full_name"], "Lê Văn Giấy");
    assert!(verified(&app).await.damages.is_empty());
}

async fn a_table_sent_twice_gives_the_same(app: TestApp) {
    let coordinator = app.coordinator().await;
    let codes = |told: &Value| {
        let lines = told["lines"].as_array().unwrap().iter();
        lines.map(|line| line["code"].clone()).collect::<Vec<_>>()
    };
    let first = imports(&coordinator, &table()).await.expect(200);
    let again = imports(&app.coordinator().await, &table()).await.expect(200);
    assert_eq!((&again["created"], &again["existing"], &again["refused"]), (&json!(0), &json!(3), &json!(2)));
    assert_eq!(codes(&first), codes(&again));
    // As a Vietnamese Excel writes it: semicolons, no byte order mark; and two columns in another order.
    let day = &ago(2)[..10];
    let semicolons = format!(
        "title;category;content;channel;received_at;source;reference;unit\nRác, bụi;moi_truong;Rác;phone;{day};van-thu;CV-5;09163\n\
         Rác;moi_truong;Rác;phone;{day};van-thu;CV-6;09163\n"
    );
    let told = imports(&coordinator, &semicolons).await.expect(200);
    assert_eq!((&told["created"], &told["existing"]), (&json!(1), &json!(1)), "{told}");
    assert_eq!(told["lines"][0]["code"], first["lines"][4]["code"]);
}

async fn a_table_that_cannot_be_read_enters_nothing(app: TestApp) {
    let coordinator = app.coordinator().await;
    imports(&coordinator, "category,title,Category,gì đó\n").await.faults(&[
        ("/category", "repeated"),
        ("/gì đó", "unknown_field"),
        ("/content", "required"),
        ("/channel", "required"),
        ("/received_at", "required"),
        ("/source", "required"),
        ("/reference", "required"),
    ]);
    let line = format!("chieu_sang,Đèn,Đèn,paper,{},van-thu,CV,09163,,,,,,\n", &ago(2)[..10]);
    let long = format!("{HEAD}\n{}", line.repeat(1_001));
    imports(&coordinator, &long).await.faults(&[("", "too_many_items")]);
    imports(&coordinator, &"x".repeat(3 * 1024 * 1024)).await.problem(413, "body_too_large");
    let json = coordinator.post("intake/petitions/import", &json!({})).await;
    json.problem(415, "unsupported_media_type");
    assert!(coordinator.queue("").await.is_empty());
    // A line that is no UTF-8 stops no other.
    let mut bytes = format!("{HEAD}\n{line}").into_bytes();
    bytes.extend(b"chieu_sang,\xC4\x90\xC8n,x,paper,2022-01-01,van-thu,CV-9,,,,,,,\n");
    let request = coordinator.request(Method::POST, "intake/petitions/import").header("content-type", "text/csv");
    let told = Reply::read(request.body(bytes).send().await.unwrap()).await.expect(200);
    assert_eq!((&told["created"], &told["lines"][1]["errors"][0]["code"]), (&json!(1), &json!("not_utf8")), "{told}");
    // An empty table is one.
    assert_eq!(imports(&coordinator, HEAD).await.expect(200)["lines"], json!([]));
}

const TRACES: [&str; 6] = ["Zuỳnh", "zuynh", "912000333", "xqzđ", "xqzd", "REF-XQZ-7"];

fn marked(reference: &str) -> Draft {
    call(reference)
        .with("content", json!("Nội dung xqzđ của Quách Zuỳnh"))
        .with("sender", json!({"full_name": "Quách Zuỳnh", "phone": "0912 000 333"}))
}

async fn a_sender_without_an_account_is_erased_like_any_other(app: TestApp) {
    let (coordinator, admin) = (app.coordinator().await, app.admin().await);
    let first = enters(&coordinator, &marked("REF-XQZ-7")).await.expect(201)["code"].as_str().unwrap().to_owned();
    let second = enters(&coordinator, &marked("REF-8")).await.expect(201)["code"].as_str().unwrap().to_owned();
    let other = app.citizen().await.submits(&Draft::street_lamp()).await;
    assert_eq!(traces_of(&app, &TRACES).len(), TRACES.len());
    let asks = async |body: Value| admin.post("admin/erasures", &body).await;
    let paper = |petition: &str| json!({"petition": petition, "reference": "Công văn 1"});
    asks(paper("PAKN.20220101.999999")).await.faults(&[("/petition", "unknown_petition")]);
    asks(paper(&other)).await.faults(&[("/petition", "unknown_petition")]);
    asks(json!({"petition": first, "login": "0912000333", "reference": "x"}))
        .await
        .faults(&[("/petition", "login_or_petition")]);
    asks(json!({"reference": "x"})).await.faults(&[("/login", "required")]);
    let id = asks(paper(&first)).await.expect(201)["id"].as_str().unwrap().to_owned();
    admin.post(&format!("admin/erasures/{id}/complete"), &json!({})).await.expect(200);
    while !app.app.store.scrub().await.unwrap() {}
    // Both petitions are of the same name and number, so of the same person.
    assert_eq!(traces_of(&app, &TRACES).len(), 0, "{:?}", traces_of(&app, &TRACES));
    for code in [&first, &second] {
        let read = coordinator.reads(code).await;
        assert_eq!((&read["content"], &read["submitter"]), (&Value::Null, &Value::Null), "{read}");
        assert_eq!(read["intake"]["reference"], Value::Null);
    }
    assert!(verified(&app).await.damages.is_empty());
    // The same item that comes again brings nobody back.
    let again = enters(&coordinator, &marked("REF-XQZ-7")).await.expect(200);
    assert_eq!((&again["code"], &again["content"]), (&json!(first), &Value::Null));
    assert_eq!(traces_of(&app, &TRACES).len(), 0);
}

async fn the_words_of_a_contact_that_were_kept_for_long_enough_take_the_contact_along(app: TestApp) {
    let coordinator = app.coordinator().await;
    let code = enters(&coordinator, &marked("REF-XQZ-7")).await.expect(201)["code"].as_str().unwrap().to_owned();
    assert!(app.app.store.contacts_without_words(10).await.unwrap().is_empty());
    coordinator.rejects(&code, "unclear", "Không rõ.").await;
    let settings = api::settings::PrivacySettings { keep_words_days: Some(0), ..Default::default() };
    let settings = api::settings::ServeSettings { privacy: settings, ..tests::app::settings() };
    let strict = app.another_server_with(settings).await;
    strict.app.clear_kept().await.unwrap();
    while !app.app.store.scrub().await.unwrap() {}
    assert_eq!(traces_of(&app, &TRACES).len(), 0, "{:?}", traces_of(&app, &TRACES));
    assert!(verified(&app).await.damages.is_empty());
}
