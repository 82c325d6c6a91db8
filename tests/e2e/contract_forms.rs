//! What the contract says a request must have is what the server asks for, and the other way round: operation by operation.

use std::collections::BTreeSet;

use domain::account::Role;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Draft, Reply, TestApp, both_engines};

both_engines!(what_is_required_is_asked_for);

const DESK: &str = "ubnd-256";

/// What must be there unless something else is, which the contract says in words.
const UNLESS: [(&str, &str); 6] = [
    ("apply_reform", "code"),
    ("change_category", "reason"),
    ("enter_erasure", "login"),
    ("replay_rule", "rule"),
    ("rule_preview", "rule"),
    ("suggest_category", "text"),
];

/// What must be there and is asked for once the rest is there.
const LATER: [(&str, &str); 1] = [("link_identity", "state")];

fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap(),
        None => schema,
    }
}

/// The members that a schema says must be there.
fn required(document: &Value, schema: &Value) -> BTreeSet<String> {
    let schema = resolved(document, schema);
    let own = schema["required"].as_array().into_iter().flatten().map(|name| name.as_str().unwrap().to_owned());
    let parts = schema["allOf"].as_array().into_iter().flatten();
    own.chain(parts.flat_map(|part| required(document, part))).collect()
}

async fn what_is_required_is_asked_for(app: TestApp) {
    let document = app.stranger().get("/openapi.json").await.expect(200);
    let citizen = app.citizen().await;
    let petition = citizen.submits(&Draft::street_lamp()).await;
    let (mut compared, mut strange) = (0, Vec::new());
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            if schema.is_null() {
                continue;
            }
            let role = operation["x-roles"].as_array().and_then(|roles| Role::parse(roles[0].as_str()?));
            let person = match role {
                // The sender's own petition.
                Some(Role::Citizen) => citizen.clone(),
                Some(role) => app.of_role(role, DESK).await,
                None => app.citizen().await,
            };
            let code = if path.starts_with("/api/v1/petitions/") { petition.as_str() } else { "chieu_sang" };
            let filled = path.replace("{code}", code).replace("{year}", "2027").replace("{id}", "1");
            let request = person.request(Method::from_bytes(method.to_uppercase().as_bytes()).unwrap(), &filled);
            let reply = Reply::read(request.header("if-match", "*").json(&json!({})).send().await.unwrap()).await;
            if reply.status != 422 || reply.json()["code"] != "invalid_input" {
                // Nothing must be there, or something else was looked at first.
                let must = required(&document, schema);
                let other = [400, 401, 403, 404, 409].contains(&reply.status);
                if !must.is_empty() && !other {
                    strange.push(format!("{method} {path}: {} for {must:?}: {}", reply.status, reply.text));
                }
                continue;
            }
            let answer = reply.json();
            let faults = answer["errors"].as_array().unwrap().iter();
            let mut asked: BTreeSet<String> = faults
                .filter(|fault| fault["code"] == "required")
                .map(|fault| fault["pointer"].as_str().unwrap().trim_start_matches('/').to_owned())
                .collect();
            for (id, member) in UNLESS {
                if operation["operationId"] == id {
                    assert!(asked.remove(member), "{id} does not ask for {member}");
                }
            }
            let mut must = required(&document, schema);
            for (id, member) in LATER {
                if operation["operationId"] == id {
                    assert!(must.remove(member), "{id} does not say {member}");
                }
            }
            if asked != must {
                strange.push(format!("{method} {path}: asks for {asked:?}, says {must:?}"));
            }
            compared += 1;
        }
    }
    assert!(strange.is_empty(), "{}", strange.join("\n"));
    assert!(compared >= 30, "only {compared} operations were compared");
}
