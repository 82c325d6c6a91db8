//! What anybody reads.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Draft, Reply, TestApp, both_engines};

use super::{DISTRICT, Of, ids, key, publishes, reads, refused, submits};
use crate::log::connected;

both_engines!(
    the_discovery_and_the_services_are_those_of_the_catalogue,
    only_what_is_published_is_there_and_in_its_published_words,
    every_filter_filters,
    pages_give_everything_once,
    a_page_asks_no_more_often_for_more_requests,
    heads_options_and_unknown_forms_make_sense,
);

async fn the_discovery_and_the_services_are_those_of_the_catalogue(app: TestApp) {
    let stranger = app.stranger();
    let discovery = reads(&stranger, "discovery", "", Of::Discovery).await;
    assert_eq!(discovery["endpoints"][0]["url"], app.url("/open311/v2"));
    let services = reads(&stranger, "services", "jurisdiction_id=bacninh.gov.vn", Of::Services).await;
    let fields = stranger.get("categories").await.expect(200);
    let codes = |list: &Value, name: &str| -> Vec<Value> {
        list.as_array().unwrap().iter().map(|item| item[name].clone()).collect()
    };
    assert_eq!(codes(&services, "service_code"), codes(&fields["items"], "code"));
    let lamps = services.as_array().unwrap().iter().find(|service| service["service_code"] == "chieu_sang").unwrap();
    assert_eq!((&lamps["service_name"], &lamps["metadata"]), (&json!("Chiếu sáng công cộng"), &json!(false)));
    let in_english = stranger.request(Method::GET, "/open311/v2/services.json").header("accept-language", "en");
    let in_english = Reply::read(in_english.send().await.unwrap()).await.json();
    assert_ne!(in_english[0]["service_name"], services[0]["service_name"]);

    // A question of every kind.
    let choices = json!([{"code": "tat", "label": "Tắt", "label_en": "Off"}, {"code": "nhap_nhay", "label": "Nhấp nháy", "label_en": "Flickers"}]);
    let question = |code: &str, kind: &str, required: bool, choices: &Value| json!({"code": code, "label": format!("{code}?"), "label_en": code, "type": kind, "required": required, "choices": choices});
    let none = json!([]);
    asks_besides(
        &app,
        json!([
            question("tinh_trang", "single_choice", true, &choices),
            question("khi", "multiple_choice", false, &choices),
            question("so_cot", "text", false, &none),
            question("so_den", "number", false, &none),
            question("tu_ngay", "date", false, &none),
            question("nguy_hiem", "boolean", false, &none),
        ]),
    )
    .await;
    let services = reads(&stranger, "services", "", Of::Services).await;
    let lamps = services.as_array().unwrap().iter().find(|service| service["service_code"] == "chieu_sang").unwrap();
    assert_eq!(lamps["metadata"], true);
    let definition = reads(&stranger, "services/chieu_sang", "", Of::ServiceDefinition).await;
    let datatypes = codes(&definition["attributes"], "datatype");
    assert_eq!(datatypes, ["singlevaluelist", "multivaluelist", "string", "number", "datetime", "singlevaluelist"]);
    assert_eq!(codes(&definition["attributes"], "order"), [1, 2, 3, 4, 5, 6]);
    assert_eq!(definition["attributes"][0]["values"][1], json!({"key": "nhap_nhay", "name": "Nhấp nháy"}));
    assert_eq!(definition["attributes"][0]["required"], true);
    assert_eq!(codes(&definition["attributes"][5]["values"], "key"), ["true", "false"]);
    let plain = reads(&stranger, "services/moi_truong", "", Of::ServiceDefinition).await;
    assert_eq!(plain["attributes"], none);
    for path in ["services/khong_co", "services/CHIEU SANG"] {
        assert!(refused(&stranger, path, "", 404).await[0].contains("service_code"));
    }
}

/// Lets the field of street lamps ask something.
pub(super) async fn asks_besides(app: &TestApp, questions: Value) {
    let of = |receive: &str, answer: &str| json!({"receive": receive, "answer": answer});
    let field = json!({
        "name": "Chiếu sáng công cộng", "name_en": "Street lighting", "group": "infrastructure", "competence": "district",
        "allowances": {"urgent": of("4h", "1d"), "normal": of("8h", "7d"), "complex": of("8h", "20d")},
        "reason": "Hỏi thêm tình trạng đèn.", "questions": questions,
    });
    let (admin, path) = (app.admin().await, "admin/categories/chieu_sang");
    let tag = admin.get(path).await.header("etag").to_owned();
    let request = admin.request(Method::PUT, path).header("if-match", tag).json(&field);
    Reply::read(request.send().await.unwrap()).await.expect(200);
    app.app.refresh_catalogue().await.unwrap();
}

async fn only_what_is_published_is_there_and_in_its_published_words(app: TestApp) {
    let (officer, coordinator, citizen) = (app.officer(DISTRICT).await, app.coordinator().await, app.citizen().await);
    let stranger = app.stranger();
    let photo = citizen.uploads(&tests::files::jpeg()).await;
    let draft = Draft::street_lamp().with("attachments", json!([photo]));
    let (code, hidden) = (citizen.submits(&draft).await, citizen.submits(&Draft::street_lamp()).await);
    let worded = citizen
        .submits(&draft.clone().with("attachments", json!([citizen.uploads(&tests::files::jpeg()).await])))
        .await;
    let one = format!("requests/{code}");
    for person in [&stranger, &citizen, &officer, &coordinator, &app.admin().await] {
        assert_eq!(refused(person, &one, "extensions=true", 404).await.len(), 1);
    }
    assert_eq!(reads(&stranger, "requests", "", Of::Requests).await, json!([]));
    publishes(&coordinator, &code).await;
    let wording = json!({"title": "Đèn <hỏng> & tối", "content": "Đèn hỏng ở \"ngõ\" 5 <b>."});
    coordinator.does(&worded, "publish", &wording).await;
    officer.receives(&code).await;

    let shown = reads(&stranger, &one, "", Of::Requests).await[0].clone();
    assert_eq!((&shown["status"], &shown["status_notes"]), (&json!("open"), &json!("Đã tiếp nhận")));
    assert_eq!(shown["description"], draft.0["content"]);
    assert_eq!((&shown["lat"], &shown["long"]), (&json!(21.1875), &json!(106.0838)));
    assert_eq!((&shown["address"], &shown["address_id"]), (&json!("Phường Vũ Ninh"), &json!("09163")), "no street");
    assert_eq!(shown["service_name"], "Chiếu sáng công cộng");
    assert_eq!(shown["agency_responsible"], "UBND thành phố Bắc Ninh");
    let own = citizen.reads(&code).await;
    for (name, as_own) in
        [("requested_datetime", "submitted_at"), ("updated_datetime", "updated_at"), ("expected_datetime", "due_at")]
    {
        assert_eq!(shown[name], own[as_own], "{name}");
    }
    let media = shown["media_url"].as_str().unwrap();
    assert!(media.starts_with(&app.url("/api/v1/files/")), "{media}");
    let picture = app.client.get(media).send().await.unwrap();
    assert_eq!((picture.status().as_u16(), &picture.headers()["content-type"]), (200, &"image/jpeg".parse().unwrap()));
    let shown = reads(&stranger, &format!("requests/{worded}"), "extensions=true", Of::Requests).await[0].clone();
    assert_eq!(shown["description"], wording["content"]);
    assert_eq!(shown["extended_attributes"]["title"], wording["title"]);
    assert_eq!(shown["media_url"], Value::Null, "what was left out of the wording may be in the picture");

    officer.starts(&code).await;
    officer.answers(&code, "Đã thay bóng đèn.").await;
    let listed = reads(&stranger, "requests", "extensions=true", Of::Requests).await;
    assert_eq!(ids(&listed), [worded.as_str(), code.as_str()], "and not {hidden}");
    assert_eq!(
        (&listed[1]["status"], &listed[1]["status_notes"]),
        (&json!("closed"), &json!("Đã trả lời: Đã thay bóng đèn."))
    );
    assert_eq!(listed[1]["extended_attributes"]["answer"]["content"], "Đã thay bóng đèn.");
    coordinator.does(&code, "unpublish", &json!({"reason": "Có tên người."})).await;
    assert_eq!(refused(&stranger, &one, "", 404).await.len(), 1);
    // Whose words are no number of a petition is not told what is.
    for path in ["requests/1", "requests/PAKN.20220101.000001", "requests/'--", "tokens/1"] {
        assert_eq!(refused(&stranger, path, "", 404).await.len(), 1, "{path}");
    }
}

async fn every_filter_filters(app: TestApp) {
    let (officer, coordinator, citizen) = (app.officer(DISTRICT).await, app.coordinator().await, app.citizen().await);
    let stranger = app.stranger();
    let mut codes = Vec::new();
    for draft in [
        Draft::street_lamp(),
        Draft::rubbish(),
        Draft::street_lamp().with("location", json!({"lat": 21.12, "lon": 105.96})),
    ] {
        let code = citizen.submits(&draft).await;
        publishes(&coordinator, &code).await;
        codes.push(code);
    }
    let [lamp, rubbish, far] = [&codes[0], &codes[1], &codes[2]].map(String::as_str);
    officer.receives(lamp).await;
    officer.starts(lamp).await;
    officer.answers(lamp, "Đã thay.").await;
    set_sent(&app, lamp, "2026-01-01T00:00:00Z").await;
    set_sent(&app, rubbish, "2026-02-01T00:00:00+07:00").await;
    set_sent(&app, far, "2026-03-31T00:00:00Z").await;
    let window = "start_date=2026-01-01T00:00:00Z";
    for (query, expected) in [
        (window.to_owned(), vec![far, rubbish, lamp]),
        // Both ends belong to it, however their offset is written.
        ("start_date=2026-01-01T00:00:00Z&end_date=2026-01-31T17:00:00%2B00:00".to_owned(), vec![rubbish, lamp]),
        ("start_date=2026-01-31T17:00:00+00:00&end_date=2026-01-31T17:00:00+00:00".to_owned(), vec![rubbish]),
        ("start_date=2026-01-31T17:00:01Z&end_date=2026-03-01".to_owned(), vec![]),
        ("end_date=2026-02-02".to_owned(), vec![rubbish, lamp]),
        (format!("{window}&status=open"), vec![far, rubbish]),
        (format!("{window}&status=closed"), vec![lamp]),
        (format!("{window}&status=open%2Cclosed"), vec![far, rubbish, lamp]),
        (format!("{window}&status=open,closed&status_x=1&locale=vi&extensions=false"), vec![far, rubbish, lamp]),
        (format!("{window}&service_code=chieu_sang"), vec![far, lamp]),
        (format!("{window}&service_code=chieu_sang,moi_truong&status=open"), vec![far, rubbish]),
        (format!("{window}&bbox=106.0,21.15,106.2,21.25"), vec![rubbish, lamp]),
        (format!("{window}&page=2&page_size=1"), vec![rubbish]),
        (format!("{window}&page=4&page_size=1"), vec![]),
        (format!("{window}&page=&page_size=&status=&service_code=&start_date_x="), vec![far, rubbish, lamp]),
        ("start_date=2020-01-01&end_date=2020-03-01".to_owned(), vec![]),
        // Numbers override all else, and what is not published or no number is none of them.
        (
            format!(
                "service_request_id={lamp}%2C{far},PAKN.20220101.000001,x&status=open&start_date=2020-01-01&page_size=0"
            ),
            vec![far, lamp],
        ),
        // Whenever they were sent: by their last change, and lamp's answer is the last.
        ("updated_after=2026-01-01T00:00:00Z".to_owned(), vec![lamp, far, rubbish]),
        ("updated_before=2026-01-01T00:00:00Z".to_owned(), vec![]),
        (format!("{window}&updated_after=2026-01-01T00:00:00Z&updated_before=2099-01-01"), vec![far, rubbish, lamp]),
    ] {
        assert_eq!(ids(&reads(&stranger, "requests", &query, Of::Requests).await), expected, "{query}");
    }
    let (of_lamp, of_far) = (citizen.reads(lamp).await, citizen.reads(far).await);
    let changed = |petition: &Value| petition["updated_at"].as_str().unwrap().replace('+', "%2B");
    let between = format!("updated_after={}&updated_before={}", changed(&of_far), changed(&of_far));
    assert_eq!(ids(&reads(&stranger, "requests", &between, Of::Requests).await), [far]);
    let since = format!("updated_after={}", changed(&of_lamp));
    assert_eq!(ids(&reads(&stranger, "requests", &since, Of::Requests).await), [lamp]);
}

/// Lets a petition have been sent at another time, in the row alone: what lists read.
async fn set_sent(app: &TestApp, code: &str, at: &str) {
    use sea_orm::ConnectionTrait;
    let micros = domain::time::Instant::parse(at).unwrap().micros();
    let sql = format!("UPDATE petition SET submitted_at = {micros} WHERE code = '{code}'");
    connected(app).await.execute_unprepared(&sql).await.unwrap();
}

async fn pages_give_everything_once(app: TestApp) {
    let (coordinator, citizen, stranger) = (app.coordinator().await, app.citizen().await, app.stranger());
    let mut sent = Vec::new();
    for _ in 0..7 {
        let code = citizen.submits(&Draft::street_lamp()).await;
        publishes(&coordinator, &code).await;
        sent.push(code);
    }
    sent.reverse();
    // At the same instant, so that the order needs more than it.
    for code in &sent[..4] {
        set_sent(&app, code, "2026-11-20T00:00:00Z").await;
    }
    for window in ["start_date=2026-11-01", "updated_after=2026-11-01"] {
        let whole = stranger.get(&format!("/open311/v2/requests.json?{window}")).await.json();
        let whole: Vec<String> = ids(&whole).into_iter().map(str::to_owned).collect();
        assert_eq!(whole.len(), 7);
        let mut paged = Vec::new();
        for page in 1.. {
            let query = format!("{window}&page={page}&page_size=3");
            let shown = reads(&stranger, "requests", &query, Of::Requests).await;
            paged.extend(ids(&shown).into_iter().map(str::to_owned));
            if ids(&shown).len() < 3 {
                break;
            }
        }
        assert_eq!(paged, whole, "{window}");
    }
}

async fn a_page_asks_no_more_often_for_more_requests(app: TestApp) {
    use std::sync::atomic::Ordering;
    let (coordinator, stranger) = (app.coordinator().await, app.stranger());
    let key = key(&app, "ban").await;
    let mut asked = Vec::new();
    for expected in [1, 5] {
        while ids(&stranger.get("/open311/v2/requests.json").await.json()).len() < expected {
            let code = submits(&app, &key, &super::HERE).await;
            publishes(&coordinator, &code).await;
        }
        // The fewest of some tries: the server also asks by itself now and then.
        let mut fewest = u64::MAX;
        for _ in 0..5 {
            let before = app.statements.load(Ordering::Relaxed);
            stranger.get("/open311/v2/requests.xml").await;
            fewest = fewest.min(app.statements.load(Ordering::Relaxed) - before);
        }
        asked.push(fewest);
    }
    assert_eq!(asked[0], asked[1]);
    assert!(asked[0] <= 6, "{asked:?}");
}

async fn heads_options_and_unknown_forms_make_sense(app: TestApp) {
    let stranger = app.stranger();
    let of = async |method: Method, path: &str| Reply::read(stranger.request(method, path).send().await.unwrap()).await;
    let head = of(Method::HEAD, "/open311/v2/services.xml").await;
    assert_eq!((head.status, head.header("content-type"), head.text.as_str()), (200, "text/xml; charset=utf-8", ""));
    for path in ["requests.yaml", "services.html", "discovery.JSON", "nothing.json", "requests", "", "requests/1"] {
        let reply = of(Method::GET, &format!("/open311/v2/{path}")).await;
        super::of_json(&reply, 404, Of::Errors);
    }
    let reply = of(Method::GET, "/open311/v2/nothing.xml").await;
    assert_eq!((reply.status, reply.header("content-type")), (404, "text/xml; charset=utf-8"));
    for method in [Method::OPTIONS, Method::PUT, Method::DELETE] {
        let reply = of(method.clone(), "/open311/v2/services.json").await;
        assert!([404, 405].contains(&reply.status), "{method}: {}", reply.status);
        super::follows_its_schema(Of::Errors, &reply.json());
    }
    for path in
        ["discovery", "services", "services/chieu_sang", "requests", "requests/PAKN.20220831.000042", "tokens/x"]
    {
        assert!(refused(&stranger, path, "jurisdiction_id=hanoi.gov.vn", 404).await[0].contains("jurisdiction_id"));
    }
}
