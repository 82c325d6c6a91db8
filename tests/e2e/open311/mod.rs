//! Open311 GeoReport v2: read and written in JSON and XML, by our own hand and by other people's clients.
//!
//! Every JSON answer is held against its schema in `openapi/open311/`, every XML answer against the JSON one.

mod bad;
mod clients;
mod keys;
mod reading;
mod sending;
mod xml;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tests::{Person, Reply, TestApp};
use url::form_urlencoded;

/// The agency of the street lamps of Vũ Ninh.
const DISTRICT: &str = "ubnd-256";

const HERE: [(&str, &str); 3] = [("service_code", "chieu_sang"), ("lat", "21.1875"), ("long", "106.0838")];

/// What an answer is of, and so its schema and the root of its XML.
#[derive(Debug, Clone, Copy)]
enum Of {
    Discovery,
    Services,
    ServiceDefinition,
    Requests,
    Taken,
    Tokens,
    Errors,
}

impl Of {
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Discovery => ("discovery", "discovery"),
            Self::Services => ("services", "services"),
            Self::ServiceDefinition => ("service_definition", "service_definition"),
            Self::Requests => ("requests", "service_requests"),
            Self::Taken => ("taken", "service_requests"),
            Self::Tokens => ("tokens", "service_requests"),
            Self::Errors => ("errors", "errors"),
        }
    }
}

#[track_caller]
fn follows_its_schema(of: Of, value: &Value) {
    let path = format!("{}/../openapi/open311/{}.json", env!("CARGO_MANIFEST_DIR"), of.names().0);
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let wrong: Vec<String> =
        validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(wrong.is_empty(), "{of:?}: {wrong:?}\n{value:#}");
}

/// The JSON of an answer, which must have that status and follow its schema.
#[track_caller]
fn of_json(reply: &Reply, status: u16, of: Of) -> Value {
    assert_eq!(reply.status, status, "{}", reply.text);
    assert_eq!(reply.header("content-type"), "application/json");
    let value = reply.json();
    follows_its_schema(of, &value);
    value
}

/// An answer in JSON, and the same in XML.
async fn reads(person: &Person<'_>, path: &str, query: &str, of: Of) -> Value {
    asks(person, path, query, 200, of).await
}

async fn asks(person: &Person<'_>, path: &str, query: &str, status: u16, of: Of) -> Value {
    let value = of_json(&person.get(&format!("/open311/v2/{path}.json?{query}")).await, status, of);
    let reply = person.get(&format!("/open311/v2/{path}.xml?{query}")).await;
    assert_eq!(reply.status, status, "{}", reply.text);
    assert_eq!(reply.header("content-type"), "text/xml; charset=utf-8");
    xml::says_the_same(&reply.text, of.names().1, &value);
    value
}

/// What is wrong, as JSON and as XML say it; each description begins with the parameter.
async fn refused(person: &Person<'_>, path: &str, query: &str, status: u16) -> Vec<String> {
    descriptions(&asks(person, path, query, status, Of::Errors).await, status)
}

#[track_caller]
fn descriptions(errors: &Value, status: u16) -> Vec<String> {
    let errors = errors.as_array().unwrap().iter();
    errors
        .map(|error| {
            assert_eq!(error["code"], status);
            error["description"].as_str().unwrap().to_owned()
        })
        .collect()
}

/// The parameters that errors begin with, sorted.
fn parameters(descriptions: &[String]) -> Vec<&str> {
    let mut named: Vec<&str> = descriptions.iter().map(|text| text.split(':').next().unwrap()).collect();
    named.sort_unstable();
    named
}

fn ids(requests: &Value) -> Vec<&str> {
    requests.as_array().unwrap().iter().map(|request| request["service_request_id"].as_str().unwrap()).collect()
}

/// A key for a program, made by an administrator.
async fn key(app: &TestApp, program: &str) -> String {
    let body = json!({"name": "Ứng dụng của tỉnh bạn", "scopes": ["open311"], "source": program});
    app.admin().await.post("api-keys", &body).await.expect(201)["secret"].as_str().unwrap().to_owned()
}

fn form(parameters: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish()
}

fn posting(app: &TestApp, format: &str) -> RequestBuilder {
    app.stranger().request(Method::POST, &format!("/open311/v2/requests.{format}"))
}

/// Sends a form, whatever comes of it.
async fn sends(app: &TestApp, format: &str, parameters: &[(&str, &str)]) -> Reply {
    let request = posting(app, format).header("content-type", "application/x-www-form-urlencoded");
    Reply::read(request.body(form(parameters)).send().await.unwrap()).await
}

/// Sends a form that must be taken; the petition's code.
async fn submits(app: &TestApp, key: &str, parameters: &[(&str, &str)]) -> String {
    let parameters = [&[("api_key", key)], parameters].concat();
    let taken = of_json(&sends(app, "json", &parameters).await, 201, Of::Taken);
    taken[0]["service_request_id"].as_str().unwrap().to_owned()
}

/// Publishes a petition in the words it was sent in.
async fn publishes(coordinator: &Person<'_>, code: &str) {
    coordinator.does(code, "publish", &json!({})).await;
}
