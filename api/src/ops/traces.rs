//! Traces to an OpenTelemetry collector (OTLP over HTTP, protobuf), where an operator has one.
//!
//! What is sent are the spans of requests and of units of work, with what the log has of them too: nothing personal. Spans are handed to a
//! thread of its own through a bounded queue; a collector that is slow or gone costs spans and no request.

use std::{
    fmt,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use actix_web::http::header::{HeaderMap, HeaderValue};
use clap::Args;
use opentelemetry::{
    propagation::{Extractor, TextMapPropagator},
    trace::TracerProvider,
};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{Resource, propagation::TraceContextPropagator, trace::SdkTracerProvider};
use tokio::runtime::Handle;
use tracing::{Metadata, Span, Subscriber, field};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::{Layer, filter::filter_fn, registry::LookupSpan};

/// How long the collector has for a batch.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long the last batch has when the program ends.
const LAST: Duration = Duration::from_secs(2);

/// Whether there are traces.
static ON: AtomicBool = AtomicBool::new(false);
/// Whether the collector took nothing the last time.
static FAILING: AtomicBool = AtomicBool::new(false);

/// Where traces go.
#[derive(Debug, Clone, Default, Args)]
pub struct TraceSettings {
    /// An OpenTelemetry collector that takes traces (OTLP over HTTP, protobuf): `http://collector:4318`; none are made unless given. The
    /// `OTEL_…` variables for headers, sampling and resource are honoured.
    #[arg(long, env = "PAKN_OTLP_ENDPOINT", global = true)]
    pub otlp_endpoint: Option<String>,
}

/// Sends what is left when it is dropped.
#[derive(Debug)]
pub(crate) struct Traces(SdkTracerProvider);

impl Drop for Traces {
    fn drop(&mut self) {
        if let Err(error) = self.0.shutdown_with_timeout(LAST) {
            tracing::warn!(%error, "the last traces were not sent");
        }
    }
}

/// The client of the exporter's thread, which has no runtime: requests run on the program's.
struct Collector {
    client: reqwest::Client,
    runtime: Handle,
}

impl fmt::Debug for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Collector")
    }
}

#[async_trait::async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (client, request) = (self.client.clone(), reqwest::Request::try_from(request)?);
        // All of it there: a request sets its timer when it is made.
        let answered = self.runtime.spawn(async move {
            let answer = client.execute(request).await?.error_for_status()?;
            let status = answer.status();
            Ok::<_, reqwest::Error>((status, answer.bytes().await?))
        });
        let answered = answered.await?;
        match (&answered, FAILING.swap(answered.is_err(), Ordering::Relaxed)) {
            (Err(error), false) => {
                let status = error.status().map(|status| status.as_u16());
                tracing::warn!(status, "the collector takes no traces; they are lost until it does");
            }
            (Ok(_), true) => tracing::info!("the collector takes traces again"),
            (Ok(_), false) | (Err(_), true) => {}
        }
        let (status, body) = answered.map_err(reqwest::Error::without_url)?;
        Ok(Response::builder().status(status).body(body)?)
    }
}

/// The spans that are sent: requests and units of work.
fn is_sent(metadata: &Metadata<'_>) -> bool {
    metadata.is_span() && ["api::server", "persistence"].iter().any(|of| metadata.target().starts_with(of))
}

/// Starts to make traces, where the settings say where they go.
///
/// # Errors
/// An address that is none.
pub(super) fn start<S>(settings: &TraceSettings) -> anyhow::Result<(Option<Traces>, Option<impl Layer<S> + use<S>>)>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let endpoint = settings.otlp_endpoint.as_deref().map(str::trim).filter(|endpoint| !endpoint.is_empty());
    let Some(endpoint) = endpoint else { return Ok((None, None)) };
    let parsed = url::Url::parse(endpoint).ok().filter(|url| ["http", "https"].contains(&url.scheme()));
    anyhow::ensure!(parsed.is_some(), "PAKN_OTLP_ENDPOINT is no address: http://HOST:4318");
    // No proxy and no redirect: what is asked for is what is spoken to.
    let client = reqwest::Client::builder().timeout(PATIENCE).redirect(reqwest::redirect::Policy::none()).build()?;
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(Collector { client, runtime: Handle::current() })
        .with_protocol(Protocol::HttpBinary)
        .with_timeout(PATIENCE)
        .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
        .build()?;
    let resource = Resource::builder()
        .with_service_name("pakn")
        .with_attribute(opentelemetry::KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .build();
    let provider = SdkTracerProvider::builder().with_resource(resource).with_batch_exporter(exporter).build();
    let layer = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("pakn"))
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_filter(filter_fn(is_sent));
    ON.store(true, Ordering::Relaxed);
    Ok((Some(Traces(provider)), Some(layer)))
}

/// What a request says of the trace that it belongs to. Not `tracestate`, in which anybody may write anything.
struct Traceparent<'a>(&'a HeaderMap);

impl Extractor for Traceparent<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        let value = (key == "traceparent").then(|| self.0.get(key)).flatten();
        value.map(HeaderValue::to_str).and_then(Result::ok)
    }

    fn keys(&self) -> Vec<&str> {
        vec!["traceparent"]
    }
}

/// Names the span of a request as traces want it, and puts it into the trace that the request belongs to.
pub(crate) fn begin(span: &Span, headers: &HeaderMap, method: &str, route: &str) {
    if !ON.load(Ordering::Relaxed) {
        return;
    }
    span.record("otel.name", field::display(format_args!("{method} {route}")));
    span.record("otel.kind", "server");
    if headers.contains_key("traceparent") {
        // Where the layer is not there is no trace either.
        let _belongs = span.set_parent(TraceContextPropagator::new().extract(&Traceparent(headers))).is_ok();
    }
}

/// Notes how a request ended.
pub(crate) fn end(span: &Span, status: u16) {
    if !ON.load(Ordering::Relaxed) {
        return;
    }
    span.set_attribute("http.response.status_code", i64::from(status));
    if status >= 500 {
        span.record("otel.status_code", "ERROR");
    }
}
