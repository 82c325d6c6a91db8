//! The contract: that it is published, complete and true. Every operation there is takes part, also those yet to come.

use std::{collections::BTreeSet, io::Read, path::Path};

use domain::account::Role;
use flate2::read::GzDecoder;
use reqwest::{Method, header::HeaderValue};
use serde_json::{Value, json};
use tests::{Draft, Person, Reply, TestApp, both_engines, contract};

both_engines!(
    the_document_is_the_code_and_the_file_checked_in,
    every_operation_decides_who_may,
    every_operation_lets_in_whom_it_says,
    for_others_a_petition_does_not_exist,
    a_key_opens_what_its_scope_says_and_nothing_else,
    what_is_no_operation_is_a_problem,
    the_documentation_needs_no_network,
);

/// The agency of the petition that operations are tried on, and another one.
const DESK: &str = "ubnd-256";
const OTHER_DESK: &str = "ubnd-09163";

/// Who may call an operation.
#[derive(Debug, PartialEq)]
enum Audience {
    Everybody,
    /// Everybody; who signs in may see more.
    Anyone,
    SignedIn,
    Roles(Vec<Role>),
    /// A portal that signs its requests.
    Partner,
    /// A program that sends petitions with a key of its own.
    Sender,
    /// Whoever shows the token of those who watch the server.
    Scraper,
}

#[derive(Debug)]
struct Operation {
    path: String,
    method: Method,
    audience: Audience,
    /// The scope that a key of an agency's system needs for it; `None`: no key opens it.
    scope: Option<String>,
    document: Value,
}

const NO_ID: &str = "00000000-0000-0000-0000-000000000000";

impl Operation {
    fn new(path: &str, method: &str, document: &Value) -> Self {
        let roles = document.get("x-roles").map(|roles| {
            let roles = roles.as_array().unwrap_or_else(|| panic!("{method} {path}: x-roles is no list"));
            assert!(!roles.is_empty(), "{method} {path}: nobody may");
            let role = |word: &Value| word.as_str().and_then(Role::parse);
            let known: Option<Vec<Role>> = roles.iter().map(role).collect();
            known.unwrap_or_else(|| panic!("{method} {path}: x-roles are {roles:?}"))
        });
        // A key opens what a person may do, or nothing: it is never the only way in.
        let (keys, people): (Vec<Value>, Vec<Value>) = document["security"]
            .as_array()
            .unwrap_or_else(|| panic!("{method} {path} does not say who may"))
            .iter()
            .cloned()
            .partition(|requirement| requirement.get("api_key").is_some());
        let scope = keys.first().map(|key| {
            let scopes = key["api_key"].as_array().unwrap();
            assert!(keys.len() == 1 && scopes.len() == 1, "{method} {path}: {keys:?}");
            scopes[0].as_str().unwrap().to_owned()
        });
        let audience = match (&json!(people), roles) {
            (security, None) if *security == json!([]) => Audience::Everybody,
            (security, None) if *security == json!([{}, {"bearer": []}]) => Audience::Anyone,
            (security, None) if *security == json!([{"bearer": []}]) => Audience::SignedIn,
            (security, None) if *security == json!([{"partner_signature": []}]) => Audience::Partner,
            (security, None) if *security == json!([{"open311_key": []}]) => Audience::Sender,
            (security, None) if *security == json!([{"metrics_token": []}]) => Audience::Scraper,
            (security, Some(roles)) if *security == json!([{"bearer": []}]) => Audience::Roles(roles),
            (security, roles) => panic!("{method} {path} does not say who may: security {security}, x-roles {roles:?}"),
        };
        let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
        Self { path: path.to_owned(), method, audience, scope, document: document.clone() }
    }

    /// All of them.
    async fn all(app: &TestApp) -> Vec<Self> {
        let document = document(app).await;
        let mut operations = Vec::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                if !["parameters", "summary", "description", "servers"].contains(&method.as_str()) {
                    operations.push(Self::new(path, method, operation));
                }
            }
        }
        assert!(operations.len() >= 30, "{}", operations.len());
        operations
    }

    /// Whether its errors are those of another specification than ours.
    fn is_open311(&self) -> bool {
        self.path.starts_with("/open311/")
    }

    fn is_on_a_petition(&self) -> bool {
        self.path.starts_with("/api/v1/petitions/{code}")
    }

    /// The path with its parameters filled in; an agency has no such code as the target, nor anybody a filter of that id.
    fn filled(&self, petition: &str) -> String {
        let code = if self.is_on_a_petition() { petition } else { "cds-2022" };
        let path = self
            .path
            .replace("{code}", code)
            .replace("{year}", "2027")
            .replace("{id}", NO_ID)
            .replace("{number}", "1")
            .replace("{variant}", "full")
            .replace("{format}", "json")
            .replace("{service_code}", "chieu_sang")
            .replace("{service_request_id}", petition)
            .replace("{token}", NO_ID);
        assert!(!path.contains('{'), "say here what to fill {path} in with");
        path
    }

    async fn call(&self, person: &Person<'_>, petition: &str, body: &Value) -> Reply {
        let request = person.request(self.method.clone(), &self.filled(petition));
        let request = if self.method == Method::GET { request } else { request.json(body) };
        let reply = Reply::read(request.send().await.unwrap()).await;
        let declared = self.document["responses"].get(reply.status.to_string()).is_some();
        assert!(declared, "{self} may answer {} and does not say so: {}", reply.status, reply.text);
        reply
    }
}

impl std::fmt::Display for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

async fn document(app: &TestApp) -> Value {
    let reply = app.stranger().get("/openapi.json").await;
    assert_eq!(reply.header("content-type"), "application/json");
    reply.expect(200)
}

async fn the_document_is_the_code_and_the_file_checked_in(app: TestApp) {
    let published = document(&app).await;
    assert_eq!(published, serde_json::to_value(api::server::contract()).unwrap());
    assert!(published["openapi"].as_str().unwrap().starts_with("3.1."), "{}", published["openapi"]);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi/openapi.json");
    if let Ok(text) = std::fs::read_to_string(&file) {
        assert!(
            text == format!("{}\n", api::server::contract().to_pretty_json().unwrap()),
            "the code has another contract than the file; read the diff as a client would, after: \
             cargo run -p api --bin pakn -- openapi > openapi/openapi.json"
        );
    }
}

async fn every_operation_decides_who_may(app: TestApp) {
    let document = document(&app).await;
    let tags: BTreeSet<&str> =
        document["tags"].as_array().unwrap().iter().map(|tag| tag["name"].as_str().unwrap()).collect();
    let mut ids = BTreeSet::new();
    // Making them already checks security and roles.
    for operation in Operation::all(&app).await {
        let id = operation.document["operationId"].as_str().unwrap_or_else(|| panic!("{operation} has no id"));
        assert!(ids.insert(id.to_owned()), "{operation}: another one is called {id} too");
        let own = operation.document["tags"].as_array().unwrap_or_else(|| panic!("{operation} has no tag"));
        assert!(own.len() == 1 && tags.contains(own[0].as_str().unwrap()), "{operation}: {own:?}");
        assert!(!operation.document["summary"].as_str().unwrap_or_default().is_empty(), "{operation} has no summary");
        let responses = operation.document["responses"].as_object().unwrap();
        for (status, response) in responses {
            let response = contract::response(&document, response);
            assert!(!response["description"].as_str().unwrap_or_default().is_empty(), "{operation} {status}");
            if status.starts_with('4') || status.starts_with('5') {
                let content = response["content"].as_object().unwrap_or_else(|| panic!("{operation} {status}"));
                let forms: &[&str] = if operation.is_open311() {
                    &["application/json", "text/xml"]
                } else {
                    &["application/problem+json"]
                };
                assert!(content.keys().eq(forms), "{operation} {status}: {content:?}");
                if operation.is_open311() {
                    continue;
                }
                // Of every code an example, as it is told; and none that comes with another status.
                let codes = response["x-codes"].as_array().unwrap_or_else(|| panic!("{operation} {status}"));
                assert!(!codes.is_empty(), "{operation} {status} names no code");
                let examples = &content["application/problem+json"]["examples"];
                for code in codes.iter().map(|code| code.as_str().unwrap()) {
                    let example = &examples[code]["value"];
                    assert_eq!(
                        (&example["code"], &example["status"].to_string()),
                        (&json!(code), status),
                        "{operation}"
                    );
                }
            }
        }
        let expected: &[&str] = match operation.audience {
            Audience::Everybody => &[],
            // Its specification knows no 401.
            Audience::Sender => &["403"],
            Audience::Anyone | Audience::SignedIn | Audience::Partner | Audience::Scraper => &["401"],
            Audience::Roles(_) => &["401", "403"],
        };
        assert!(expected.iter().all(|status| responses.contains_key(*status)), "{operation} may answer {expected:?}");
    }
}

async fn every_operation_lets_in_whom_it_says(app: TestApp) {
    let (sender, stranger) = (app.citizen().await, app.stranger());
    let desk = app.officer(DESK).await;
    let code = sender.submits(&Draft::street_lamp()).await;
    assert_eq!(desk.queue("").await, [code.clone()]);
    let garbage = stranger.with_token("eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.");
    // Of what needs a body none is complete: little happens.
    let nothing = json!({});
    for operation in Operation::all(&app).await {
        let roles: &[Role] = match &operation.audience {
            Audience::Everybody => {
                for person in [&stranger, &garbage] {
                    let reply = operation.call(person, &code, &nothing).await;
                    assert!(![401, 403].contains(&reply.status), "{operation} is public: {}", reply.text);
                }
                continue;
            }
            Audience::Anyone => {
                let reply = operation.call(&stranger, &code, &nothing).await;
                assert!(![401, 403].contains(&reply.status), "{operation} is public: {}", reply.text);
                operation.call(&garbage, &code, &nothing).await.problem(401, "invalid_token");
                continue;
            }
            Audience::Partner => {
                for person in [&stranger, &garbage, &sender, &desk, &app.admin().await] {
                    operation.call(person, &code, &nothing).await.problem(401, "unsigned");
                }
                continue;
            }
            Audience::Scraper => {
                operation.call(&stranger, &code, &nothing).await.problem(401, "unauthenticated");
                for person in [&garbage, &sender, &desk, &app.admin().await] {
                    operation.call(person, &code, &nothing).await.problem(401, "invalid_token");
                }
                continue;
            }
            Audience::Sender => {
                for person in [&stranger, &garbage, &sender, &desk, &app.admin().await] {
                    assert_eq!(operation.call(person, &code, &nothing).await.expect(403)[0]["code"], 403);
                }
                continue;
            }
            Audience::SignedIn => Role::ALL,
            Audience::Roles(roles) => roles,
        };
        let reply = operation.call(&stranger, &code, &nothing).await;
        assert_eq!(reply.header("www-authenticate"), "Bearer", "{operation}");
        reply.problem(401, "unauthenticated");
        operation.call(&garbage, &code, &nothing).await.problem(401, "invalid_token");
        for role in Role::ALL {
            let person = app.of_role(*role, DESK).await;
            let reply = operation.call(&person, &code, &nothing).await;
            if !roles.contains(role) {
                reply.problem(403, "forbidden");
            } else if !operation.is_on_a_petition() {
                assert!(![401, 403].contains(&reply.status), "{operation} for {role}: {}", reply.text);
            }
        }
    }
}

async fn for_others_a_petition_does_not_exist(app: TestApp) {
    let desk = app.officer(DESK).await;
    let code = app.citizen().await.submits(&Draft::street_lamp()).await;
    assert_eq!(desk.queue("").await, [code.clone()]);
    let others = [app.citizen().await, app.officer(OTHER_DESK).await, app.leader(OTHER_DESK).await];
    // Every field of every body: what is wrong with a body is told before whether there is a petition.
    let body = json!({
        "agency": OTHER_DESK, "reason": "Lý do.", "content": "Nội dung.", "message": "Lời nhắn.", "reason_code": "unclear",
        "due_at": "2099-01-01", "into": "PAKN.20220101.000001", "level": "satisfied", "category": "chieu_sang",
    });
    let mut tried = 0;
    for operation in Operation::all(&app).await.iter().filter(|operation| operation.is_on_a_petition()) {
        let roles: &[Role] = match &operation.audience {
            Audience::Anyone => {
                // Unpublished, it exists for nobody else either.
                operation.call(&app.stranger(), &code, &body).await.problem(404, "not_found");
                Role::ALL
            }
            Audience::Roles(roles) => roles,
            Audience::Everybody | Audience::SignedIn | Audience::Partner | Audience::Sender | Audience::Scraper => {
                panic!("{operation} is for everybody")
            }
        };
        for other in &others {
            let role = other.account.as_ref().unwrap().role;
            if roles.contains(&role) {
                operation.call(other, &code, &body).await.problem(404, "not_found");
                operation.call(other, "PAKN.20220101.999999", &body).await.problem(404, "not_found");
                tried += 1;
            }
        }
    }
    assert!(tried >= 15, "{tried}");
    assert_eq!(desk.reads(&code).await["version"], 1);
}

/// Of every scope there is a key: what the document opens to it lets it in, everything else does not, and nothing at all is wider
/// than what an officer of the agency may do.
async fn a_key_opens_what_its_scope_says_and_nothing_else(app: TestApp) {
    let (admin, officer) = (app.admin().await, app.officer(DESK).await);
    let code = app.citizen().await.submits(&Draft::street_lamp()).await;
    let elsewhere = app.citizen().await.submits(&Draft::rubbish()).await;
    let mut keys = Vec::new();
    for scope in ["read", "handle", "answer"] {
        let body = json!({"name": "Phần mềm", "scopes": [scope], "agency": DESK});
        let secret = admin.post("api-keys", &body).await.expect(201)["secret"].as_str().unwrap().to_owned();
        keys.push((scope, app.stranger().with_token(&secret)));
    }
    let body = json!({"name": "Ứng dụng", "scopes": ["open311"], "source": "ung-dung"});
    let secret = admin.post("api-keys", &body).await.expect(201)["secret"].as_str().unwrap().to_owned();
    keys.push(("open311", app.stranger().with_token(&secret)));
    let nothing = json!({});
    let mut opened = BTreeSet::new();
    for operation in Operation::all(&app).await {
        for (scope, key) in &keys {
            match (&operation.audience, operation.scope.as_deref()) {
                (Audience::Everybody, None) => {
                    let reply = operation.call(key, &code, &nothing).await;
                    assert!(![401, 403].contains(&reply.status), "{operation} is public: {}", reply.text);
                }
                (Audience::Partner, _) => {
                    operation.call(key, &code, &nothing).await.problem(401, "unsigned");
                }
                (Audience::Scraper, _) => {
                    operation.call(key, &code, &nothing).await.problem(401, "invalid_token");
                }
                (Audience::Everybody, Some(_)) => panic!("{operation} is public and needs no key"),
                (Audience::Sender, needed) => {
                    let reply = operation.call(key, &code, &nothing).await;
                    let expected = if needed == Some(*scope) { 400 } else { 403 };
                    assert_eq!(reply.expect(expected)[0]["code"], expected, "{operation} for {scope}");
                }
                (audience, Some(needed)) => {
                    if let Audience::Roles(roles) = audience {
                        assert!(roles.contains(&Role::Officer), "{operation} is wider than an officer");
                    }
                    if needed != *scope {
                        operation.call(key, &code, &nothing).await.problem(403, "forbidden");
                        continue;
                    }
                    opened.insert(operation.to_string());
                    if operation.is_on_a_petition() {
                        let foreign = operation.call(key, &elsewhere, &nothing).await;
                        assert!([404, 422].contains(&foreign.status), "{operation}: {}", foreign.text);
                    }
                    let reply = operation.call(key, &code, &nothing).await;
                    assert!(![401, 403].contains(&reply.status), "{operation} for {scope}: {}", reply.text);
                }
                (Audience::Anyone | Audience::SignedIn | Audience::Roles(_), None) => {
                    operation.call(key, &code, &nothing).await.problem(403, "forbidden");
                }
            }
        }
    }
    assert_eq!(opened.len(), 20, "{opened:?}");
    officer.reads(&code).await;
}

async fn what_is_no_operation_is_a_problem(app: TestApp) {
    let citizen = app.citizen().await;
    for path in ["/", "/api", "/api/v1", "/api/v1/", "/api/v2/me", "/api/v1/nothing", "/favicon.ico", "/openapi.yaml"] {
        for person in [&citizen, &app.stranger()] {
            person.get(path).await.problem(404, "not_found");
            person.post(path, &json!({})).await.problem(404, "not_found");
        }
    }
    let operations = Operation::all(&app).await;
    let mut paths: Vec<String> = operations.iter().map(|operation| operation.filled("PAKN.20220101.000001")).collect();
    paths.extend(["/openapi.json".to_owned(), "/docs/".to_owned(), "/nothing".to_owned()]);
    let served = |method: &Method, path: &str| {
        let filled = |operation: &&Operation| operation.filled("PAKN.20220101.000001") == path;
        operations.iter().filter(filled).any(|operation| operation.method == *method)
    };
    for path in &paths {
        for method in [Method::PUT, Method::PATCH, Method::TRACE, Method::from_bytes(b"PROPFIND").unwrap()] {
            if served(&method, path) {
                continue;
            }
            let reply = Reply::read(citizen.request(method.clone(), path).send().await.unwrap()).await;
            if path.starts_with("/open311/") {
                assert!([404, 405].contains(&reply.status) && reply.json()[0]["code"] == reply.status, "{path}");
                continue;
            }
            if operations.iter().any(|operation| operation.filled("PAKN.20220101.000001") == *path) {
                assert!(!reply.header("allow").is_empty(), "{method} {path} does not say what is allowed");
                reply.problem(405, "method_not_allowed");
            } else {
                reply.problem(404, "not_found");
            }
        }
        for method in [Method::HEAD, Method::OPTIONS] {
            let reply = Reply::read(citizen.request(method.clone(), path).send().await.unwrap()).await;
            assert!(reply.status < 500, "{method} {path}: {}", reply.status);
        }
    }
    app.stranger().get("/health/live").await.expect(200);
}

/// A file of the documentation, which lies packed in the program: its kind and what it is.
async fn of_documentation(reader: &Person<'_>, path: &str) -> (HeaderValue, Vec<u8>) {
    let response = reader.request(Method::GET, path).send().await.unwrap();
    assert_eq!((response.status().as_u16(), &response.headers()["content-encoding"]), (200, &"gzip".parse().unwrap()));
    let kind = response.headers()["content-type"].clone();
    let mut content = Vec::new();
    GzDecoder::new(&*response.bytes().await.unwrap()).read_to_end(&mut content).unwrap();
    (kind, content)
}

async fn the_documentation_needs_no_network(app: TestApp) {
    let stranger = app.stranger();
    let (kind, page) = of_documentation(&stranger, "/docs").await;
    assert_eq!(kind, "text/html", "/docs leads to the page");
    assert_eq!(of_documentation(&stranger, "/docs/").await.1, page);
    let page = String::from_utf8(page).unwrap();
    let mut links = 0;
    for attribute in ["src=\"", "href=\""] {
        for link in page.split(attribute).skip(1).map(|rest| rest.split('"').next().unwrap()) {
            assert!(!link.contains("//") && !link.starts_with("data:"), "{link} is elsewhere");
            let path = format!("/docs/{}", link.trim_start_matches("./"));
            // Which the program writes into.
            if link.ends_with("swagger-initializer.js") {
                let file = stranger.get(&path).await;
                assert!(file.status == 200 && !file.text.is_empty(), "{link}");
            } else {
                assert!(!of_documentation(&stranger, &path).await.1.is_empty(), "{link}");
            }
            links += 1;
        }
    }
    assert!(links >= 5, "{page}");
    // Unless told not to, the page shows a badge that a server of swagger.io makes from the address of the document.
    let settings = stranger.get("/docs/swagger-initializer.js").await.text;
    assert!(
        settings.contains("\"url\": \"/openapi.json\"") && settings.contains("\"validatorUrl\": \"none\""),
        "{settings}"
    );
    assert!(!settings.contains("http"), "{settings}");
}
