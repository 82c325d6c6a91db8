//! How messages leave: by a real SMTP server and a real HTTP gateway, with what they may answer.

use api::settings::{MessageSettings, ServeSettings};
use secrecy::SecretString;
use serde_json::json;
use tests::{
    TestApp,
    app::settings,
    both_engines,
    gateway::SmsGateway,
    smtp::{SmtpServer, decoded},
};

use super::{asks_for_reset, registered};
use crate::changes::puts;
use crate::sign_in::{PASSWORD, signs_in};

both_engines!(an_e_mail_goes_through_an_smtp_server, a_gateway_is_sent_what_its_template_says);

async fn an_e_mail_goes_through_an_smtp_server(app: TestApp) {
    let server = SmtpServer::start().await;
    let url = format!("smtp://pakn:m%E1%BA%ADt@{}", server.address);
    let messages = MessageSettings {
        smtp_url: Some(SecretString::from(url)),
        smtp_from: Some("Phản ánh Bắc Ninh <pakn@bacninh.example>".to_owned()),
        ..MessageSettings::default()
    };
    let app = TestApp::start_with(app.engine, ServeSettings { messages, ..settings() }).await;
    let body = json!({"email": "ha@example.vn", "password": PASSWORD, "full_name": "Hà"});
    app.stranger().post("auth/register", &body).await.expect(201);
    // A server that is full for a moment is asked again.
    server.refuses("451 try again");
    asks_for_reset(&app, "HA@example.vn").await.expect(202);
    let mail = server.mail(0).await;
    assert_eq!((mail.from.as_str(), mail.to), ("pakn@bacninh.example", vec!["ha@example.vn".to_owned()]));
    assert_eq!(decoded(&mail.auth.unwrap()), "\0pakn\0mật".as_bytes());
    assert!(mail.head.contains("Subject: ") && mail.head.contains("text/plain; charset=utf-8"), "{}", mail.head);
    assert!(mail.text.contains("Mã để đặt lại mật khẩu") && mail.text.contains("10 phút"), "{}", mail.text);
    let codes: Vec<&str> = mail.text.split(|c: char| !c.is_ascii_digit()).filter(|digits| digits.len() == 6).collect();
    assert_eq!(codes.len(), 2, "in Vietnamese and in English: {}", mail.text);
    let reset = json!({"login": "ha@example.vn", "code": codes[0], "new_password": "một mật khẩu khác"});
    assert_eq!(app.stranger().post("auth/password/reset", &reset).await.status, 204);
    signs_in(&app, "ha@example.vn", "một mật khẩu khác").await.expect(200);
    assert_eq!(server.count(), 1);
}

async fn a_gateway_is_sent_what_its_template_says(app: TestApp) {
    let gateway = SmsGateway::start();
    let messages = MessageSettings {
        sms_url: Some(SecretString::from(format!("http://{}/v1?to={{phone}}", gateway.address))),
        sms_method: "put".to_owned(),
        sms_headers: Some(SecretString::from(
            "Authorization: Bearer khoa\nContent-Type: application/x-www-form-urlencoded".to_owned(),
        )),
        sms_body: "so={national}&noi_dung={text}&ma={code}".to_owned(),
        sms_expect: Some("\"CodeResult\":\"100\"".to_owned()),
        sms_text: "Ma: {code} & {minutes} phut".to_owned(),
        ..MessageSettings::default()
    };
    let app = TestApp::start_with(app.engine, ServeSettings { messages, ..settings() }).await;
    registered(&app, "0912345678").await;
    // Once it is down, then it takes the message.
    gateway.answers(502, "");
    gateway.answers(200, "{\"CodeResult\":\"100\"}");
    asks_for_reset(&app, "0912345678").await.expect(202);
    let (first, second) = (gateway.sent(0).await, gateway.sent(1).await);
    assert_eq!(first.body, second.body);
    assert_eq!((second.method.as_str(), second.address.as_str()), ("PUT", "/v1?to=%2B84912345678"));
    assert_eq!(second.authorization, "Bearer khoa");
    let code = second.code();
    assert_eq!(second.body, format!("so=0912345678&noi_dung=Ma%3A+{code}+%26+10+phut&ma={code}"));
    // What it refuses for good is not sent again and again.
    gateway.answers(200, "{\"CodeResult\":\"99\"}");
    registered(&app, "0987654321").await;
    asks_for_reset(&app, "0987654321").await.expect(202);
    gateway.sent(2).await;
    tokio::time::sleep(std::time::Duration::from_secs(4)).await;
    assert_eq!(gateway.count(), 3);
    // The operator's own text goes before the setting's.
    let text = json!({"vietnamese": "Ma cua ban {code}"});
    puts(&app.admin().await, "admin/wordings/message.sms", Some("\"0\""), &text).await.expect(200);
    gateway.answers(200, "{\"CodeResult\":\"100\"}");
    registered(&app, "0977777777").await;
    asks_for_reset(&app, "0977777777").await.expect(202);
    let last = gateway.sent(3).await;
    assert_eq!(last.body, format!("so=0977777777&noi_dung=Ma+cua+ban+{0}&ma={0}", last.code()));
}
