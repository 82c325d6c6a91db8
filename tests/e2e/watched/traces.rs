//! Traces, as a collector receives them.

use std::{
    fs,
    process::Stdio,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use actix_web::{HttpRequest, HttpResponse, web};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::any_value::Value as AnyValue,
    trace::v1::{Span, span::SpanKind},
};
use prost::Message;
use reqwest::Method;
use serde_json::json;
use tests::{Draft, Reply, TestApp, Visitor, both_engines, neighbour::Neighbour, program};
use tokio::task::block_in_place;

both_engines!(
    the_collector_hears_of_requests_and_what_they_wrote_and_of_nobody,
    a_collector_that_takes_nothing_slows_no_request,
);

/// A collector that keeps what it is sent.
struct Collector {
    address: std::net::SocketAddr,
    kept: Arc<Mutex<Vec<Vec<u8>>>>,
    _server: Neighbour,
}

impl Collector {
    fn start() -> Self {
        let kept: Arc<Mutex<Vec<Vec<u8>>>> = Arc::default();
        let data = web::Data::from(Arc::clone(&kept));
        let server = Neighbour::answering(move |config| {
            config.app_data(data.clone()).default_service(web::to(take));
        });
        Self { address: server.address, kept, _server: server }
    }

    fn bodies(&self) -> Vec<Vec<u8>> {
        self.kept.lock().unwrap().clone()
    }

    fn spans(&self) -> Vec<Span> {
        let requests =
            self.bodies().into_iter().map(|body| ExportTraceServiceRequest::decode(body.as_slice()).unwrap());
        requests
            .flat_map(|request| request.resource_spans)
            .flat_map(|of| of.scope_spans)
            .flat_map(|of| of.spans)
            .collect()
    }
}

async fn take(kept: web::Data<Mutex<Vec<Vec<u8>>>>, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    assert_eq!(request.path(), "/v1/traces");
    assert_eq!(request.headers().get("content-type").unwrap(), "application/x-protobuf");
    kept.lock().unwrap().push(body.to_vec());
    HttpResponse::Ok().finish()
}

fn attribute(span: &Span, key: &str) -> Option<String> {
    let value = span.attributes.iter().find(|attribute| attribute.key == key)?.value.clone()?.value?;
    Some(match value {
        AnyValue::StringValue(text) => text,
        AnyValue::IntValue(number) => number.to_string(),
        other => format!("{other:?}"),
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

const TITLE: &str = "Chuyện riêng nhà ông Sáu Hạc";
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "b7ad6b7169203331";
const STATE: &str = "nha-cung-cap=ong-sau-hac";

fn serve(app: &TestApp, endpoint: &str) -> program::Serving {
    let mut command = program::command(app.folder.path(), Some(&app.database_url), &["serve"]);
    // Traces do not depend on what is logged.
    command.env("PAKN_OTLP_ENDPOINT", endpoint).env("PAKN_LOG", "error").env("OTEL_BSP_SCHEDULE_DELAY", "200");
    command.stderr(Stdio::from(fs::File::create(app.folder.path().join("log")).unwrap()));
    block_in_place(|| program::started(command))
}

async fn the_collector_hears_of_requests_and_what_they_wrote_and_of_nobody(app: TestApp) {
    let collector = Collector::start();
    let sender = app.citizen().await;
    let serving = serve(&app, &format!("http://{}/", collector.address));
    let citizen = Visitor::holding(serving.address, sender.token.as_deref().unwrap());
    let draft = Draft::street_lamp().with("title", json!(TITLE));
    let request = citizen.request(Method::POST, "petitions").header("idempotency-key", "khoa-ong-sau-hac");
    let request = request.header("traceparent", format!("00-{TRACE}-{PARENT}-01")).header("tracestate", STATE);
    let sent = Reply::read(request.json(&draft.0).send().await.unwrap()).await;
    let code = sent.expect(201)["code"].as_str().unwrap().to_owned();
    let id = sent.header("x-request-id").to_owned();
    citizen.get("petitions/0912345678").await.problem(404, "not_found");
    // What is left is sent when it ends.
    block_in_place(|| {
        serving.terminate();
        assert!(serving.ends().0.success());
    });
    let spans = collector.spans();
    let named =
        |name: &str| spans.iter().find(|span| span.name == name).unwrap_or_else(|| panic!("no {name}: {spans:#?}"));
    let submit = named("POST /api/v1/petitions");
    assert_eq!((hex(&submit.trace_id), hex(&submit.parent_span_id)), (TRACE.to_owned(), PARENT.to_owned()));
    assert_eq!(submit.kind, SpanKind::Server as i32);
    assert!(submit.end_time_unix_nano > submit.start_time_unix_nano);
    for (key, value) in [("http.response.status_code", "201"), ("request.id", &id), ("petition.code", &code)] {
        assert_eq!(attribute(submit, key).as_deref(), Some(value), "{key} of {submit:#?}");
    }
    assert_eq!(named("arrival").parent_span_id, submit.span_id, "what the request wrote is a part of it: {spans:#?}");
    named("unit of work");
    let missing = named("GET /api/v1/petitions/{code}");
    assert_eq!(attribute(missing, "http.response.status_code").as_deref(), Some("404"));
    assert_ne!(hex(&missing.trace_id), TRACE);
    let told: Vec<u8> = collector.bodies().concat();
    let told = String::from_utf8_lossy(&told);
    for secret in [TITLE, "Hạc", "sau-hac", "0912345678", "Nguyễn", "eyJ", sender.token.as_deref().unwrap()] {
        assert!(!told.contains(secret), "{secret} was sent to the collector");
    }
}

async fn a_collector_that_takes_nothing_slows_no_request(app: TestApp) {
    // It takes connections and never answers.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let serving = serve(&app, &format!("http://{}", silent.local_addr().unwrap()));
    let visitor = Visitor::at(serving.address);
    let began = Instant::now();
    // More than its queue holds.
    for _ in 0..50 {
        let asked = (0..50).map(|_| visitor.get("/health/live"));
        for reply in futures_util::future::join_all(asked).await {
            reply.expect(200);
        }
    }
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    let ending = Instant::now();
    block_in_place(|| {
        serving.terminate();
        assert!(serving.ends().0.success());
    });
    assert!(ending.elapsed() < Duration::from_secs(10), "it waits for the collector: {:?}", ending.elapsed());
}
