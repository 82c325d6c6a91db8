//! Examples for the contract, taken from what the tests say and hear: `RECORD=1 cargo test -p tests --test e2e`.
//!
//! Every test then talks to its server through a proxy that listens. Of each operation the answer that shows the most within a page is kept, in
//! `openapi/recorded.json`; what is there already stays until there is a better one. Some tests measure the connection itself and fail beside
//! a proxy; that is nothing.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{LazyLock, Mutex, mpsc},
    thread,
};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    http::StatusCode,
    web::{Bytes, Data, PayloadConfig, to},
};
use api::contract::Recorded;
use reqwest::{Client, redirect};
use serde_json::{Value, json};

use crate::contract;

/// How many characters of JSON an example has at the most.
const A_PAGE: usize = 4_000;
/// How many items of a list are enough.
const ITEMS: usize = 2;

/// What opens something, and what is not shown of it.
const SECRETS: &[&str] =
    &["access_token", "refresh_token", "secret", "otpauth_uri", "password", "new_password", "current_password"];

static KEPT: LazyLock<Mutex<BTreeMap<String, Recorded>>> = LazyLock::new(|| {
    let mut kept = Recorded::all();
    kept.retain(|id, example| contract::operation(id).is_some_and(|operation| faults(operation, example).is_empty()));
    Mutex::new(kept)
});

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi/recorded.json")
}

/// Puts the listener before a server, where examples are wanted: its address.
pub fn before(server: SocketAddr) -> SocketAddr {
    if std::env::var_os("RECORD").is_none() {
        return server;
    }
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let client = Client::builder().redirect(redirect::Policy::none()).build().unwrap();
            let client = Data::new((client, server));
            let app = move || {
                App::new().app_data(client.clone()).app_data(PayloadConfig::new(64 << 20)).default_service(to(pass_on))
            };
            let proxy = HttpServer::new(app).workers(1).disable_signals().bind(("127.0.0.1", 0)).unwrap();
            sender.send(proxy.addrs()[0]).unwrap();
            proxy.run().await.unwrap();
        });
    });
    receiver.recv().unwrap()
}

async fn pass_on(request: HttpRequest, body: Bytes, behind: Data<(Client, SocketAddr)>) -> HttpResponse {
    let (client, server) = behind.get_ref();
    let method = reqwest::Method::from_bytes(request.method().as_str().as_bytes()).unwrap();
    let mut sent = client.request(method, format!("http://{server}{}", request.uri()));
    for (name, value) in request.headers() {
        sent = sent.header(name.as_str(), value.as_bytes());
    }
    let sent = if body.is_empty() { sent } else { sent.body(body.to_vec()) };
    let Ok(answer) = sent.send().await else { return HttpResponse::BadGateway().finish() };
    let mut passed = HttpResponse::build(StatusCode::from_u16(answer.status().as_u16()).unwrap());
    for (name, value) in answer.headers() {
        if name != "transfer-encoding" && name != "content-length" {
            passed.append_header((name.as_str(), value.as_bytes()));
        }
    }
    let media_type =
        answer.headers().get("content-type").map_or(String::new(), |kind| kind.to_str().unwrap().to_owned());
    if media_type.starts_with("text/event-stream") {
        let pieces = futures_util::stream::unfold(answer, |mut answer| async move {
            let piece = answer.chunk().await.transpose()?.map_err(actix_web::error::ErrorBadGateway);
            Some((piece, answer))
        });
        return passed.streaming(pieces);
    }
    let status = answer.status().as_u16();
    let Ok(told) = answer.bytes().await else { return HttpResponse::BadGateway().finish() };
    if (200..300).contains(&status) {
        listen(request.method().as_str(), request.path(), status, &body, &told);
    }
    passed.body(told)
}

/// Keeps an exchange, if it shows more than what is kept.
fn listen(method: &str, path: &str, status: u16, sent: &[u8], told: &[u8]) {
    let Some(operation) = contract::operation_on(method, path) else { return };
    let takes = operation["requestBody"]["content"].get("application/json").is_some();
    let mut example = Recorded { request: read(sent).filter(|_| takes), status, response: read(told) };
    if example.request.is_none() && example.response.is_none() || !faults(operation, &example).is_empty() {
        return;
    }
    [&mut example.request, &mut example.response].into_iter().flatten().for_each(shorten);
    let id = operation["operationId"].as_str().unwrap();
    let mut kept = KEPT.lock().unwrap();
    if faults(operation, &example).is_empty() && kept.get(id).is_none_or(|kept| worth(kept) < worth(&example)) {
        kept.insert(id.to_owned(), example);
        std::fs::write(file(), format!("{}\n", serde_json::to_string_pretty(&*kept).unwrap())).unwrap();
    }
}

fn read(bytes: &[u8]) -> Option<Value> {
    let value: Option<Value> = serde_json::from_slice(bytes).ok();
    value.filter(|value| value.is_object() || value.is_array())
}

/// What is wrong with an example by the contract.
pub fn faults(operation: &Value, example: &Recorded) -> Vec<String> {
    let mut faults = Vec::new();
    if let Some(request) = &example.request {
        match operation["requestBody"]["content"].get("application/json") {
            Some(content) => faults.extend(contract::faults(&content["schema"], request)),
            None => faults.push("it takes no JSON".to_owned()),
        }
    }
    match (&example.response, operation["responses"].get(example.status.to_string())) {
        (_, None) => faults.push(format!("it never answers {}", example.status)),
        (None, Some(_)) => {}
        (Some(response), Some(declared)) => match declared["content"].get("application/json") {
            Some(content) => faults.extend(contract::faults(&content["schema"], response)),
            None => faults.push(format!("its {} is no JSON", example.status)),
        },
    }
    faults
}

/// Cuts lists, and takes out what opens something.
fn shorten(value: &mut Value) {
    match value {
        Value::Array(items) => {
            items.truncate(ITEMS);
            items.iter_mut().for_each(shorten);
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                match SECRETS.contains(&name.as_str()) && field.is_string() {
                    true => *field = json!("bí mật của ví dụ này"),
                    false => shorten(field),
                }
            }
        }
        _ => {}
    }
}

/// How much an example shows: the values in it, as far as a page holds them.
fn worth(example: &Recorded) -> (bool, usize) {
    fn values(value: &Value) -> usize {
        match value {
            Value::Null => 0,
            Value::Array(items) => items.iter().map(values).sum(),
            Value::Object(fields) => fields.values().map(values).sum(),
            Value::Bool(_) | Value::Number(_) | Value::String(_) => 1,
        }
    }
    let both = [&example.request, &example.response];
    let length: usize = both.iter().map(|value| value.as_ref().map_or(0, |value| value.to_string().len())).sum();
    let values = both.iter().map(|value| value.as_ref().map_or(0, values)).sum();
    (length <= A_PAGE, if length <= A_PAGE { values } else { usize::MAX - length })
}
