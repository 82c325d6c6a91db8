//! The example of an agency's own system (`openapi/examples/agency`): it is told by webhooks, acknowledges and answers by its API key, once each,
//! whatever it missed and however often it is told.

use std::{
    io::{BufRead, BufReader},
    net::{SocketAddr, TcpListener},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    time::Duration,
};

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::{Draft, Person, TestApp, both_engines, python};

use crate::{
    clients::{python_client, runs},
    webhooks::{Telling, open_settings},
};

both_engines!(with open_settings(); an_agency_answers_by_its_own_system);

const DESK: &str = "ubnd-256";

/// The agency's system.
struct System<'a> {
    client: &'a Path,
    folder: tempfile::TempDir,
    server: String,
    key: String,
    secret: String,
    address: SocketAddr,
}

/// It, while it serves.
struct Serving {
    program: Child,
    /// What it says more: with nobody to listen it would end.
    _says: BufReader<ChildStdout>,
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ended = self.program.kill().and_then(|()| self.program.wait());
    }
}

impl System<'_> {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = python::program("python").unwrap();
        let program = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi/examples/agency/agency.py"));
        command
            .arg(program)
            .args(arguments)
            .env("PYTHONPATH", self.client)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PAKN_URL", &self.server)
            .env("PAKN_KEY", &self.key)
            .env("PAKN_WEBHOOK_SECRET", &self.secret)
            .env("AGENCY_DB", self.folder.path().join("agency.db"));
        command
    }

    fn serves(&self) -> Serving {
        let listen = self.address.to_string();
        let mut program = self.command(&["serve", "--listen", &listen]).stdout(Stdio::piped()).spawn().unwrap();
        let (mut said, mut says) = (String::new(), BufReader::new(program.stdout.take().unwrap()));
        says.read_line(&mut said).unwrap();
        assert_eq!(said.trim(), format!("listens on {listen}"));
        Serving { program, _says: says }
    }
}

/// Somebody who does not have the secret tells the system something, in the form that pakn does.
async fn lies(app: &TestApp, address: SocketAddr, code: &str) -> StatusCode {
    let at = chrono::Utc::now();
    let body =
        json!({"type": "petition.submitted", "timestamp": at.to_rfc3339(), "data": {"code": code, "version": 1}})
            .to_string();
    let signed = hmac::sign(
        &hmac::Key::new(hmac::HMAC_SHA256, b"another secret"),
        format!("msg_1.{}.{body}", at.timestamp()).as_bytes(),
    );
    let request = app.client.post(format!("http://{address}/")).header("content-type", "application/json");
    let request = request.header("webhook-id", "msg_1").header("webhook-timestamp", at.timestamp().to_string());
    let request = request.header("webhook-signature", format!("v1,{}", STANDARD.encode(signed)));
    request.body(body).send().await.unwrap().status()
}

/// Waits until so many of the webhook's deliveries were taken.
async fn delivered(leader: &Person<'_>, webhook: &str, count: usize) {
    for _ in 0..300 {
        let page = leader.get(&format!("webhooks/{webhook}/deliveries?state=delivered&limit=100")).await.expect(200);
        if page["items"].as_array().unwrap().len() >= count {
            return;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("not {count} delivered: {}", leader.get(&format!("webhooks/{webhook}/deliveries")).await.text);
}

/// The petition, once it has that status.
async fn becomes(person: &Person<'_>, code: &str, status: &str) -> Value {
    for _ in 0..300 {
        let petition = person.reads(code).await;
        if petition["status"] == status {
            return petition;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("it is not {status}: {}", person.reads(code).await);
}

async fn an_agency_answers_by_its_own_system(app: TestApp) {
    let Some(client) = tokio::task::block_in_place(python_client) else { return };
    let _telling = Telling::by(&app.app);
    let leader = app.leader(DESK).await;
    let citizen = app.citizen().await;
    let began = chrono::Utc::now();
    let asked = json!({"name": "Phần mềm điều hành", "scopes": ["read", "handle", "answer"]});
    let key = leader.post("api-keys", &asked).await.expect(201)["secret"].as_str().unwrap().to_owned();

    // What came while it was not told anything, it finds by itself.
    let missed = citizen.submits(&Draft::street_lamp()).await;
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let webhook = leader.post("webhooks", &json!({"url": format!("http://{address}/")})).await.expect(201);
    let text = |field: &str| webhook[field].as_str().unwrap().to_owned();
    let (webhook, secret) = (text("id"), text("secret"));
    let server = app.url("/").trim_end_matches('/').to_owned();
    let system = System { client, folder: tempfile::tempdir().unwrap(), server, key, secret, address };
    let serving = tokio::task::block_in_place(|| system.serves());
    becomes(&citizen, &missed, "received").await;

    // What it is told counts once, and only from who has the secret.
    let code = citizen.submits(&Draft::street_lamp().with("title", json!("Đèn ngõ hỏng"))).await;
    becomes(&citizen, &code, "received").await;
    assert_eq!(lies(&app, address, &code).await, 401);
    leader.post(&format!("webhooks/{webhook}/test"), &json!({})).await.expect(202);
    // It hears its own deeds too: one received before, two of the other, the test.
    delivered(&leader, &webhook, 4).await;
    let range = json!({"from": began.to_rfc3339(), "to": chrono::Utc::now().to_rfc3339()});
    leader.post(&format!("webhooks/{webhook}/redeliver"), &range).await.expect(202);
    delivered(&leader, &webhook, 4).await;

    // It is killed; the work is done meanwhile, and it answers when it is there again.
    drop(serving);
    let done = system.command(&["done", &code, "Đã thay bóng đèn."]);
    tokio::task::block_in_place(|| runs(done));
    // Somebody at the desk was quicker with the other: nothing is said twice.
    leader.answers(&missed, "Đã sửa.").await;
    let serving = tokio::task::block_in_place(|| system.serves());
    let answered = becomes(&citizen, &code, "answered").await;
    assert_eq!((&answered["answer"]["content"], &answered["version"]), (&"Đã thay bóng đèn.".into(), &3.into()));
    let orders = || tokio::task::block_in_place(|| runs(system.command(&["orders"])));
    for _ in 0..300 {
        if orders().matches("  answered  ").count() == 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(orders().matches("  answered  ").count(), 2, "{}", orders());
    assert_eq!(citizen.reads(&code).await["version"], 3);
    assert_eq!(citizen.reads(&missed).await["version"], 3);
    drop(serving);
}
