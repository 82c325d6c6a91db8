//! E-mail over TLS, to a mail server of other people (aiosmtpd, from PyPI), by the program itself: after STARTTLS, and from the first byte.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    time::Duration,
};

use serde_json::{Value, json};
use tests::{Engine, Visitor, database::Database, program, python};
use tokio::task::block_in_place;

use crate::sign_in::PASSWORD;

/// The mail server.
struct MailServer {
    ports: Value,
    mails: Receiver<Value>,
    child: Child,
}

impl MailServer {
    fn start(mut command: Command, folder: &Path) -> Self {
        let mut child =
            command.arg(folder).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the mail server");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let ports = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
        let (sender, mails) = channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                drop(sender.send(serde_json::from_str(&line).unwrap()));
            }
        });
        Self { ports, mails, child }
    }

    fn mail(&self) -> Value {
        self.mails.recv_timeout(Duration::from_secs(30)).expect("a mail")
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ended = self.child.kill().and_then(|()| self.child.wait()).is_ok();
    }
}

fn code(mail: &Value) -> String {
    let text = mail["text"].as_str().unwrap();
    let mut words = text.split(|c: char| !c.is_ascii_digit());
    words.find(|word| word.len() == 6).unwrap_or_else(|| panic!("no code in {text}")).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn e_mail_goes_over_tls_alone() {
    let Some(command) = block_in_place(|| python::script("smtp_server.py")) else { return };
    let folder = tempfile::tempdir().unwrap();
    let server = block_in_place(|| MailServer::start(command, folder.path()));
    let database = block_in_place(|| Database::empty(Engine::Sqlite, folder.path()));
    let serve = |url: String, trusts: bool| {
        let mut command = program::command(folder.path(), Some(&database.url), &["serve"]);
        command.env("PAKN_SMTP_URL", url).env("PAKN_SMTP_FROM", "PAKN Bắc Ninh <pakn@bacninh.example>");
        // What the system trusts, for this program alone.
        let authority = if trusts { folder.path().join("ca.pem") } else { folder.path().join("other.pem") };
        command.env("SSL_CERT_FILE", authority).env_remove("SSL_CERT_DIR");
        block_in_place(|| program::started(command))
    };
    let credentials = "pakn:m%E1%BA%ADt%20kh%E1%BA%A9u";
    let (starttls, smtps) = (&server.ports["starttls"], &server.ports["smtps"]);
    let ways = [
        ("starttls", format!("smtp://{credentials}@localhost:{starttls}?tls=required"), "ha@example.vn"),
        ("smtps", format!("smtps://{credentials}@localhost:{smtps}"), "mai@example.vn"),
    ];
    for (way, url, address) in ways {
        let serving = serve(url, true);
        let person = Visitor::at(serving.address);
        let body = json!({"email": address, "password": PASSWORD, "full_name": "Nguyễn Thị Hà"});
        person.post("auth/register", &body).await.expect(201);
        let person = person.signed_in(address, PASSWORD).await;
        person.post("me/verification", &json!({})).await.expect(202);
        let mail = block_in_place(|| server.mail());
        assert_eq!((&mail["way"], &mail["tls"], &mail["authenticated"]), (&json!(way), &json!(true), &json!(true)));
        assert_eq!((&mail["from"], &mail["to"]), (&json!("pakn@bacninh.example"), &json!([address])));
        person.post("me/verification/confirm", &json!({"code": code(&mail)})).await.expect(200);
        // A notice goes the same way, by the server's own tasks.
        let body = json!({"login": address, "password": PASSWORD});
        let request = Visitor::at(serving.address).request(reqwest::Method::POST, "auth/login").json(&body);
        assert_eq!(request.header("user-agent", "la").send().await.unwrap().status().as_u16(), 200);
        let mail = block_in_place(|| server.mail());
        assert!(mail["text"].as_str().unwrap().contains("thiết bị mới"), "{mail}");
        let told = person.get("me/inbox").await.expect(200);
        assert_eq!(told["items"][0]["text"], mail["subject"]);
        assert!(mail["message_id"].as_str().unwrap().ends_with("@bacninh.example>"), "{mail}");
        block_in_place(|| serving.kill());
    }
    // To whom the system does not trust nothing is sent, nor without TLS.
    let url = format!("smtps://{credentials}@localhost:{smtps}");
    let unencrypted = format!("smtp://{credentials}@localhost:{starttls}");
    for (url, trusts, address) in [(url, false, "lan@example.vn"), (unencrypted, true, "minh@example.vn")] {
        let serving = serve(url, trusts);
        let person = Visitor::at(serving.address);
        let body = json!({"email": address, "password": PASSWORD, "full_name": "Nguyễn Thị Lan"});
        person.post("auth/register", &body).await.expect(201);
        person.signed_in(address, PASSWORD).await.post("me/verification", &json!({})).await.expect(202);
        assert!(block_in_place(|| server.mails.recv_timeout(Duration::from_secs(4))).is_err());
        block_in_place(|| serving.kill());
    }
}
