//! What is wrong, and what is said of it: all of it at once, in the form of the specification, and nothing is stored.

use api::settings::{LimitSettings, ServeSettings};
use persistence::Engine;
use reqwest::Method;
use serde_json::Value;
use tests::{Reply, TestApp, app::settings, both_engines, files::jpeg, postgres};

use super::{
    HERE, Of, descriptions, form, key, of_json, parameters, posting, reads, refused,
    sending::{parts, sends_parts},
    sends,
};

both_engines!(
    what_is_wrong_with_a_question_is_named,
    what_is_wrong_with_a_request_is_named,
    what_is_no_form_or_no_picture_is_said_to_be_none,
);

async fn what_is_wrong_with_a_question_is_named(app: TestApp) {
    let stranger = app.stranger();
    for (query, named) in [
        ("page_size=0", vec!["page_size"]),
        ("page_size=1001", vec!["page_size"]),
        ("page_size=-1&page=0", vec!["page", "page_size"]),
        ("page=x&page_size=9999999999999999999999", vec!["page", "page_size"]),
        ("page=18446744073709551615&page_size=1000", vec!["page"]),
        ("page=102&page_size=1000", vec!["page"]),
        ("status=open,done", vec!["status"]),
        ("service_code=chieu_sang,khong_co,x", vec!["service_code", "service_code"]),
        ("start_date=hom-qua&end_date=2026-01-01T00:00:00", vec!["end_date", "start_date"]),
        ("start_date=2026-02-01&end_date=2026-01-01", vec!["end_date"]),
        ("start_date=2026-01-01&end_date=2026-12-31", vec!["end_date"]),
        ("updated_after=x&updated_before=y", vec!["updated_after", "updated_before"]),
        ("bbox=1,2,3", vec!["bbox"]),
        ("bbox=106,22,107,21&status=x", vec!["bbox", "status"]),
        ("status=%3Cb%3E%20%26", vec!["status"]),
    ] {
        assert_eq!(parameters(&refused(&stranger, "requests", query, 400).await), named, "{query}");
    }
    let many = vec!["PAKN.20220101.000001"; 1_001].join(",");
    let told = refused(&stranger, "requests", &format!("service_request_id={many}"), 400).await;
    assert_eq!(parameters(&told), ["service_request_id"]);
    // As many as may be asked for, and as far as one may go.
    let most = vec!["PAKN.20220101.000001"; 1_000].join(",");
    assert_eq!(
        reads(&stranger, "requests", &format!("service_request_id={most}"), Of::Requests).await,
        Value::Array(vec![])
    );
    reads(&stranger, "requests", "page=101&page_size=1000", Of::Requests).await;
    let twice = refused(&stranger, "requests", "status=open&status=closed", 400).await;
    assert_eq!(twice.len(), 1);
    let english =
        stranger.request(Method::GET, "/open311/v2/requests.json?page_size=0").header("accept-language", "en");
    let told = of_json(&Reply::read(english.send().await.unwrap()).await, 400, Of::Errors);
    assert_eq!(told[0]["description"], "page_size: Out of range: 1–1000");
}

async fn what_is_wrong_with_a_request_is_named(app: TestApp) {
    let (coordinator, key) = (app.coordinator().await, key(&app, "ban").await);
    let told = async |given: &[(&str, &str)], status: u16| {
        let reply = sends(&app, "json", &[&[("api_key", key.as_str())], given].concat()).await;
        let told = descriptions(&of_json(&reply, status, Of::Errors), status);
        let in_xml = sends(&app, "xml", &[&[("api_key", key.as_str())], given].concat()).await;
        assert_eq!(in_xml.status, status);
        super::xml::says_the_same(&in_xml.text, "errors", &reply.json());
        told
    };
    let long = "x".repeat(5_000);
    for (given, named) in [
        (vec![], vec!["lat", "service_code"]),
        (vec![("service_code", "khong_co"), ("lat", "21.1875"), ("long", "106.0838")], vec!["service_code"]),
        (vec![("service_code", "chieu_sang"), ("lat", "21.1875")], vec!["long"]),
        (vec![("service_code", "chieu_sang"), ("lat", "hai"), ("long", "200")], vec!["lat", "long"]),
        (vec![("service_code", "chieu_sang"), ("lat", "NaN"), ("long", "inf")], vec!["lat", "long"]),
        ([HERE.as_slice(), &[("address_id", "09163")]].concat(), vec!["address_id"]),
        (vec![("service_code", "chieu_sang"), ("address_id", "99999")], vec!["address_id"]),
        ([HERE.as_slice(), &[("description", &long)]].concat(), vec!["description"]),
        ([HERE.as_slice(), &[("description", "a\u{1}b")]].concat(), vec!["description"]),
        ([HERE.as_slice(), &[("attribute[khong_hoi]", "x")]].concat(), vec!["attribute[khong_hoi]"]),
        ([HERE.as_slice(), &[("media_url", "http://127.0.0.1/anh.jpg")]].concat(), vec!["media_url"]),
        (
            [
                [("service_code", "x"), ("lat", "91"), ("long", "106")].as_slice(),
                &[("email", "không"), ("phone", "555-5555"), ("description", &long), ("first_name", &long)],
                &[("address_string", &long), ("attribute[", "x"), ("media_url", "x")],
            ]
            .concat(),
            vec![
                "address_string",
                "attribute[",
                "description",
                "email",
                "first_name",
                "lat",
                "media_url",
                "phone",
                "service_code",
            ],
        ),
    ] {
        assert_eq!(parameters(&told(&given, 400).await), named, "{given:?}");
    }
    let elsewhere = [HERE.as_slice(), &[("jurisdiction_id", "hanoi.gov.vn")]].concat();
    assert!(told(&elsewhere, 404).await[0].contains("jurisdiction_id"));
    assert_eq!(coordinator.queue("").await, Vec::<String>::new(), "nothing was stored");
    // Both a point and its address are no contradiction: it is how clients say where it is.
    let both =
        [&[("api_key", key.as_str()), ("address_string", "Ngõ 5"), ("jurisdiction_id", "")], HERE.as_slice()].concat();
    of_json(&sends(&app, "json", &both).await, 201, Of::Taken);
}

async fn what_is_no_form_or_no_picture_is_said_to_be_none(app: TestApp) {
    let (coordinator, key) = (app.coordinator().await, key(&app, "ban").await);
    let with = |more: &[(&str, Option<&str>, &[u8])]| {
        let mut fields: Vec<(&str, Option<&str>, &[u8])> = vec![("api_key", None, key.as_bytes())];
        fields.extend(HERE.iter().map(|(name, value)| (*name, None, value.as_bytes())));
        fields.extend(more);
        parts(&fields)
    };
    let whole = jpeg();
    let damaged = &whole[..whole.len() / 2];
    let many: Vec<(&str, Option<&str>, &[u8])> = (0..11).map(|_| ("media", Some("a.jpg"), whole.as_slice())).collect();
    for (body, status, said) in [
        (with(&[("media", Some("anh.jpg"), b"MZ no picture at all")]), 400, "JPEG"),
        (with(&[("media", Some("anh.jpg"), damaged)]), 400, ""),
        (with(&[("media", Some("a.jpg"), &whole), ("media", Some("b.jpg"), damaged)]), 400, ""),
        (with(&[("photo", Some("anh.jpg"), &whole)]), 400, "photo"),
        (with(&many), 400, "media"),
        (with(&[("description", None, b"\xff\xfe")]), 400, "UTF-8"),
        (with(&[("media", Some("a.jpg"), &whole)])[..400].to_vec(), 400, ""),
        (b"no form".to_vec(), 400, ""),
        (Vec::new(), 400, ""),
    ] {
        let told = descriptions(&of_json(&sends_parts(&app, body).await, status, Of::Errors), status);
        assert!(told[0].contains(said), "{told:?}");
    }
    let sent = async |kind: &str, body: Vec<u8>| {
        let request = posting(&app, "json").bearer_auth(&key).header("content-type", kind).body(body);
        Reply::read(request.send().await.unwrap()).await
    };
    let urlencoded = "application/x-www-form-urlencoded";
    of_json(&sent("application/json", b"{}".to_vec()).await, 400, Of::Errors);
    of_json(&sent("multipart/form-data", b"{}".to_vec()).await, 400, Of::Errors);
    of_json(&sent(urlencoded, [form(&HERE).as_bytes(), b"&description=%ff"].concat()).await, 400, Of::Errors);
    of_json(&sent(urlencoded, vec![b'x'; 3 * 1024 * 1024]).await, 413, Of::Errors);
    of_json(&sent(urlencoded, "a=1&".repeat(400).into_bytes()).await, 400, Of::Errors);
    assert_eq!(coordinator.queue("").await, Vec::<String>::new(), "nothing was stored");
    // Also not the good file that came before a damaged one.
    api::files::sweep(&app.app).await.unwrap();
    assert_eq!(app.app.files.store.count().await.unwrap().0, 0);
}

/// A key has its own quota, over whatever addresses it comes from; who only reads has that of the public feed.
async fn a_key_has_its_own_limit(engine: Engine) {
    let limit = ["open311-key=2/3600", "public-address=3/3600"].iter().map(|limit| limit.parse().unwrap()).collect();
    let limits = LimitSettings { limit, ..LimitSettings::default() };
    let app = TestApp::start_with(engine, ServeSettings { trusted_hops: 1, limits, ..settings() }).await;
    let (one, other) = (key(&app, "ban").await, key(&app, "khac").await);
    let send = async |key: &str, from: &str| {
        let request = posting(&app, "json").header("content-type", "application/x-www-form-urlencoded");
        let parameters = [&[("api_key", key)], HERE.as_slice()].concat();
        Reply::read(request.header("x-forwarded-for", from).body(form(&parameters)).send().await.unwrap()).await
    };
    let first = send(&one, "203.0.113.7").await;
    assert_eq!(first.header("ratelimit-policy"), "\"open311-key\";q=2;w=3600");
    of_json(&first, 201, Of::Taken);
    of_json(&send(&one, "203.0.113.8").await, 201, Of::Taken);
    let over = send(&one, "203.0.113.9").await;
    of_json(&over, 429, Of::Errors);
    assert!(over.header("retry-after").parse::<u64>().unwrap() > 0);
    of_json(&send(&other, "203.0.113.9").await, 201, Of::Taken);
    let read = async || {
        let request = app.stranger().request(Method::GET, "/open311/v2/requests.xml");
        Reply::read(request.header("x-forwarded-for", "203.0.113.7").send().await.unwrap()).await
    };
    for _ in 0..3 {
        assert_eq!(read().await.status, 200);
    }
    let over = read().await;
    assert_eq!((over.status, over.header("content-type")), (429, "text/xml; charset=utf-8"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_has_its_own_limit_on_sqlite() {
    a_key_has_its_own_limit(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_has_its_own_limit_on_postgres() {
    if postgres::server().is_some() {
        a_key_has_its_own_limit(Engine::Postgres).await;
    }
}
