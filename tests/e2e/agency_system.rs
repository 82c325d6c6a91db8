//! The example of an agency's own system (`openapi/examples/agency`): it is told by webhooks, acknowledges and answers by its API key, once each,
//! whatever it missed and however often it is told.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::{Draft, Person, TestApp, both_engines, python};

use crate::clients::{python_client, runs};

both_engines!(an_agency_answers_by_its_own_system);

const DESK: &str = "ubnd-256";
const SECRET: [u8; 24] = *b"a secret of 24 bytes, so";

/// The agency's system.
struct System<'a> {
    client: &'a Path,
    folder: tempfile::TempDir,
    server: String,
    key: String,
}

/// It, while it serves.
struct Serving {
    address: String,
    program: Child,
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
            .env("PAKN_WEBHOOK_SECRET", format!("whsec_{}", STANDARD.encode(SECRET)))
            .env("AGENCY_DB", self.folder.path().join("agency.db"));
        command
    }

    fn serves(&self) -> Serving {
        let mut program = self.command(&["serve", "--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut said = String::new();
        BufReader::new(program.stdout.take().unwrap()).read_line(&mut said).unwrap();
        let address = said.trim().strip_prefix("listens on ").unwrap_or_else(|| panic!("it said {said:?}")).to_owned();
        Serving { address, program }
    }
}

/// Tells the system something as pakn does (Standard Webhooks), signed with that secret.
async fn tells(app: &TestApp, serving: &Serving, id: &str, message: &Value, secret: &[u8]) -> StatusCode {
    let (body, at) = (message.to_string(), chrono::Utc::now().timestamp());
    let signed = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), format!("{id}.{at}.{body}").as_bytes());
    let request = app.client.post(format!("http://{}/", serving.address)).header("content-type", "application/json");
    let request = request.header("webhook-id", id).header("webhook-timestamp", at.to_string());
    let request = request.header("webhook-signature", format!("v1,{}", STANDARD.encode(signed)));
    request.body(body).send().await.unwrap().status()
}

fn message(code: &str, kind: &str) -> Value {
    json!({"type": format!("petition.{kind}"), "timestamp": chrono::Utc::now().to_rfc3339(), "data": {"code": code, "version": 1}})
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
    let leader = app.leader(DESK).await;
    let citizen = app.citizen().await;
    let asked = json!({"name": "Phần mềm điều hành", "scopes": ["read", "handle", "answer"]});
    let key = leader.post("api-keys", &asked).await.expect(201)["secret"].as_str().unwrap().to_owned();
    let server = app.url("/").trim_end_matches('/').to_owned();
    let system = System { client, folder: tempfile::tempdir().unwrap(), server, key };

    // What came while it was not there, it finds by itself.
    let missed = citizen.submits(&Draft::street_lamp()).await;
    let serving = tokio::task::block_in_place(|| system.serves());
    becomes(&citizen, &missed, "received").await;

    // What it is told counts once, and only from who has the secret.
    let code = citizen.submits(&Draft::street_lamp().with("title", json!("Đèn ngõ hỏng"))).await;
    let told = message(&code, "submitted");
    assert_eq!(tells(&app, &serving, "msg_1", &told, b"another secret").await, 401);
    for _ in 0..3 {
        assert_eq!(tells(&app, &serving, "msg_1", &told, &SECRET).await, 204);
    }
    let test = json!({"type": "webhook.test", "timestamp": chrono::Utc::now().to_rfc3339(), "data": {}});
    assert_eq!(tells(&app, &serving, "msg_2", &test, &SECRET).await, 204);
    becomes(&citizen, &code, "received").await;

    // It is killed; the work is done meanwhile, and it answers when it is there again.
    drop(serving);
    let done = system.command(&["done", &code, "Đã thay bóng đèn."]);
    tokio::task::block_in_place(|| runs(done));
    let serving = tokio::task::block_in_place(|| system.serves());
    let answered = becomes(&citizen, &code, "answered").await;
    assert_eq!((&answered["answer"]["content"], &answered["version"]), (&"Đã thay bóng đèn.".into(), &3.into()));
    for id in ["msg_3", "msg_4"] {
        assert_eq!(tells(&app, &serving, id, &message(&code, "answered"), &SECRET).await, 204);
    }
    // Somebody at the desk was quicker: nothing is said twice.
    leader.answers(&missed, "Đã sửa.").await;
    assert_eq!(tells(&app, &serving, "msg_5", &message(&missed, "answered"), &SECRET).await, 204);
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
}
