//! The log of a server at its most talkative, through a story in which everything goes wrong that can: it says which request and which
//! petition, and nothing of anybody.

use std::{collections::BTreeSet, fs, process::Stdio, time::Duration};

use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    Draft, TestApp, Visitor, both_engines,
    files::{form, form_type, jpeg},
    gateway::SmsGateway,
    logged, program,
    smtp::SmtpServer,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::block_in_place,
};

use crate::accounts::executes;

both_engines!(the_log_names_requests_and_petitions_and_nobody, the_log_of_all_tests_is_looked_through);

const NAME: &str = "Ngô Xuân Bách Điệp";
const OTHER_NAME: &str = "Doãn Thị Kỳ Duyên";
const PHONE: &str = "0987612345";
const MAIL: &str = "ky.duyen.rieng@thu-rieng.example";
const PASSWORD: &str = "mat-khau-rieng-cua-bach-diep";
const WRONG: &str = "mat-khau-sai-cua-bach-diep";
const NOBODY: &str = "khong.co.ai.nhu.vay@thu-rieng.example";
const TITLE: &str = "Chuyện riêng nhà bà Tám Kỳ Lân";
const CONTENT: &str = "Con trai tôi bệnh nặng, xin gọi 0987699887 sau giờ làm.";
const ADDRESS: &str = "77 ngách 12 Hẻm Vắng Vẻ";
const ANSWER: &str = "Thưa bà Tám, chúng tôi đã đến tận nhà.";
const SEARCHED: &str = "hang xom cua toi ten Luong";
const FILE_NAME: &str = "anh-chup-ba-tam.jpg";
const DEVICE: &str = "May-cua-Bach-Diep/7";
const KEY: &str = "khoa-lap-lai-cua-bach-diep";
const METRICS: &str = "ma-rieng-cua-prometheus-trong-thu-nghiem";

/// What must not stand anywhere in the log; a sentence is searched for by its most telling parts.
const PERSONAL: &[&str] = &[
    NAME,
    "Bách Điệp",
    "Bach Diep",
    "bach diep",
    OTHER_NAME,
    "Kỳ Duyên",
    "0987612345",
    "987612345",
    MAIL,
    "ky.duyen",
    PASSWORD,
    WRONG,
    NOBODY,
    "khong.co.ai",
    TITLE,
    "Kỳ Lân",
    "bệnh nặng",
    "0987699887",
    "987699887",
    ADDRESS,
    "Vắng Vẻ",
    "tận nhà",
    SEARCHED,
    "Luong",
    "Luong%20",
    FILE_NAME,
    "ba-tam",
    DEVICE,
    KEY,
    METRICS,
    "106.083877",
    "21.187599",
    "eyJ",
];

/// A path with a query.
fn asking(path: &str, parameters: &[(&str, &str)]) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    format!("{path}?{query}")
}

async fn raw(address: std::net::SocketAddr, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    let _read = tokio::time::timeout(Duration::from_secs(3), stream.read_to_end(&mut answer)).await;
    String::from_utf8_lossy(&answer).into_owned()
}

async fn the_log_names_requests_and_petitions_and_nobody(app: TestApp) {
    let officer = app.officer("ubnd-256").await;
    let (mail, sms) = (SmtpServer::start().await, SmsGateway::start());
    for _ in 0..8 {
        mail.refuses(&format!("550 5.1.1 <{MAIL}> of {OTHER_NAME} is not known here"));
        sms.answers(500, &format!("cannot reach {PHONE} of {NAME}"));
    }
    let log = app.folder.path().join("log");
    let mut command = program::command(app.folder.path(), Some(&app.database_url), &["serve"]);
    command
        .envs([
            ("PAKN_LOG", "trace"),
            ("RUST_LOG", "trace"),
            ("PAKN_LOG_FORMAT", "json"),
            ("PAKN_METRICS_TOKEN", METRICS),
        ])
        .env("PAKN_SMTP_URL", format!("smtp://{}", mail.address))
        .env("PAKN_SMTP_FROM", "PAKN <pakn@example.vn>")
        .env("PAKN_SMS_URL", format!("http://{}/send?to={{phone}}&text={{text}}&code={{code}}", sms.address))
        .env("PAKN_PASSWORD_MEMORY", "64")
        .stderr(Stdio::from(fs::File::create(&log).unwrap()));
    let serving = block_in_place(|| program::started(command));
    let stranger = Visitor::at(serving.address);
    let mut secrets: BTreeSet<String> = PERSONAL.iter().map(|secret| (*secret).to_owned()).collect();

    // Accounts, rightly and wrongly.
    let registration = json!({"phone": PHONE, "password": PASSWORD, "full_name": NAME});
    stranger.post("auth/register", &registration).await.expect(201);
    stranger.post("auth/register", &registration).await.problem(409, "login_taken");
    let other = json!({"email": MAIL, "password": PASSWORD, "full_name": OTHER_NAME});
    stranger.post("auth/register", &other).await.expect(201);
    stranger.post("auth/login", &json!({"login": PHONE, "password": WRONG})).await.problem(401, "bad_credentials");
    stranger.post("auth/login", &json!({"login": NOBODY, "password": WRONG})).await.problem(401, "bad_credentials");
    let pair = stranger.post("auth/login", &json!({"login": PHONE, "password": PASSWORD})).await.expect(200);
    for token in ["access_token", "refresh_token"] {
        secrets.insert(pair[token].as_str().unwrap().to_owned());
    }
    let citizen = Visitor::holding(serving.address, pair["access_token"].as_str().unwrap());
    for login in [PHONE, MAIL, NOBODY] {
        stranger.post("auth/password/code", &json!({"login": login})).await;
    }

    // A petition, and words where none belong.
    let location = json!({"lat": 21.187_599, "lon": 106.083_877, "address": ADDRESS});
    let draft =
        Draft::street_lamp().with("title", json!(TITLE)).with("content", json!(CONTENT)).with("location", location);
    let code = citizen.tries(KEY, &draft).await.unwrap().expect(201)["code"].as_str().unwrap().to_owned();
    citizen
        .tries(KEY, &draft.clone().with("title", json!(format!("{TITLE}!"))))
        .await
        .unwrap()
        .problem(422, "idempotency_key_reused");
    citizen.post("petitions", &draft.clone().with("category", json!(NAME)).0).await.problem(422, "invalid_input");
    citizen
        .post("petitions", &draft.clone().with("title", json!({NAME: CONTENT})).0)
        .await
        .problem(422, "invalid_input");
    let send =
        |body: String| citizen.request(Method::POST, "petitions").header("content-type", "application/json").body(body);
    for body in
        [format!("{{\"title\": \"{TITLE}\", {CONTENT}"), format!("\"{CONTENT}\""), format!("{{\"{NAME}\": 1e999}}")]
    {
        let status = send(body).send().await.unwrap().status().as_u16();
        assert!((400..500).contains(&status), "{status}");
    }
    let desk = Visitor::holding(serving.address, officer.token.as_deref().unwrap());
    secrets.insert(desk.token().to_owned());
    desk.post(&format!("petitions/{code}/receive"), &json!({})).await.expect(200);
    desk.post(&format!("petitions/{code}/answer"), &json!({"content": ANSWER})).await.expect(200);
    desk.post(&format!("petitions/{code}/answer"), &json!({"content": ANSWER}))
        .await
        .problem(409, "command_not_allowed");
    desk.get(&asking("agency/petitions", &[("q", SEARCHED), ("status", NAME)])).await.problem(422, "invalid_input");
    desk.get(&asking("agency/petitions", &[("q", SEARCHED)])).await.expect(200);
    let preview = [("category", "chieu_sang"), ("lat", "21.187599"), ("lon", "106.083877")];
    stranger.get(&asking("routing/preview", &preview)).await.expect(200);
    stranger.get(&format!("petitions/{PHONE}")).await.problem(404, "not_found");
    stranger.get(&format!("/{PHONE}/{FILE_NAME}?ten=Luong")).await.problem(404, "not_found");

    // Files, headers, and what is no HTTP at all.
    for bytes in [jpeg(), CONTENT.as_bytes().to_vec()] {
        let upload = citizen.request(Method::POST, "uploads").header("content-type", form_type());
        upload.header("user-agent", DEVICE).body(form(&[("file", FILE_NAME, &bytes)])).send().await.unwrap();
    }
    citizen
        .request(Method::GET, "me")
        .header("x-forwarded-for", PHONE)
        .header("if-none-match", MAIL)
        .send()
        .await
        .unwrap();
    stranger.request(Method::GET, "me").bearer_auth("eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.").send().await.unwrap();
    stranger.request(Method::GET, "/metrics").bearer_auth(&METRICS[1..]).send().await.unwrap();
    for request in [
        format!("GET /{PHONE} SAI/1.1\r\nHost: x\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: x\r\nTên {NAME}: {PHONE}\r\n\r\n"),
        format!("POST /api/v1/petitions HTTP/1.1\r\nHost: x\r\nContent-Length: {PHONE}{PHONE}{PHONE}\r\n\r\n{CONTENT}"),
        format!("POST /api/v1/petitions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{NAME}\r\n{CONTENT}"),
        format!("{CONTENT}\r\n\r\n"),
    ] {
        raw(serving.address, request.as_bytes()).await;
    }

    // A database that cannot do what it is asked to.
    executes(&app, "ALTER TABLE words RENAME TO words_away").await;
    citizen.tries("khoa-hai", &draft).await.unwrap().problem(500, "internal");
    citizen.get(&format!("petitions/{code}")).await.problem(500, "internal");
    executes(&app, "ALTER TABLE words_away RENAME TO words").await;
    // Messages have been tried.
    let until = std::time::Instant::now() + Duration::from_secs(30);
    while sms.count() == 0 || !fs::read_to_string(&log).unwrap().contains("a message was not taken") {
        assert!(std::time::Instant::now() < until, "no message was refused: {} sent", sms.count());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    secrets.insert(sms.sent(0).await.code());
    block_in_place(|| {
        serving.terminate();
        let (status, printed) = serving.ends();
        assert!(status.success(), "{printed:?}");
    });

    let text = fs::read_to_string(&log).unwrap();
    let lines: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"))).collect();
    for secret in &secrets {
        let found: Vec<&str> = text.lines().filter(|line| line.contains(secret.as_str())).collect();
        assert!(found.is_empty(), "{secret} stands in the log: {found:#?}");
    }
    // That the log is one: of every kind of thing that went wrong there is a line, with its request and its petition.
    let told = |message: &str| lines.iter().filter(|line| line["message"] == message).collect::<Vec<_>>();
    let requests = told("request");
    assert!(requests.len() >= 25, "{}", requests.len());
    let mut ids = BTreeSet::new();
    for line in &requests {
        let span = &line["spans"][0];
        assert!(span["http.route"].is_string() && span["http.method"].is_string(), "{line}");
        assert!(ids.insert(span["request.id"].as_str().unwrap().to_owned()), "{line}");
    }
    let on = |route: &str, status: u16| {
        let is_it = |line: &&&Value| line["spans"][0]["http.route"] == route && line["http.status"] == status;
        requests.iter().find(is_it).unwrap_or_else(|| panic!("no {status} of {route}"))["spans"][0]["petition.code"]
            .clone()
    };
    assert_eq!(on("/api/v1/petitions", 201), code.as_str());
    assert_eq!(on("/api/v1/petitions/{code}/answer", 200), code.as_str());
    assert_eq!(on("/api/v1/petitions/{code}", 404), Value::Null, "what is no code is not logged");
    let failed = told("request failed");
    assert!(failed.iter().any(|line| line["spans"][0]["petition.code"] == code.as_str()), "{failed:?}");
    assert!(failed.iter().all(|line| line["level"] == "ERROR" && line["cause"].is_string()), "{failed:?}");
    assert!(lines.iter().any(|line| line["level"] == "DEBUG"), "the log was not at its most talkative");
}

/// What finds something there ends the whole run: `tests/src/logged.rs`.
async fn the_log_of_all_tests_is_looked_through(app: TestApp) {
    let before = logged::lines();
    app.stranger().get("categories").await.expect(200);
    assert!(logged::lines() > before);
    for personal in ["a=\"Hà\"", "{\"to\":\"0912345678\"}", "+84912345678 called", "mail=ha.nguyen@thu.example,"] {
        assert!(logged::personal(personal).is_some(), "{personal}");
    }
    let nobodys = "{\"request.id\":\"01a2194a-c0cc-7b05-b768-90735196fbde\",\"took\":1764183650,\"code\":\"PAKN.20220831.000042\"} – well…";
    assert_eq!(logged::personal(nobodys), None);
}
