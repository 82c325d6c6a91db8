//! Bodies. JSON: read whole within a limit, parsed once, with a fingerprint for `Idempotency-Key`.

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header,
    web::{Bytes, BytesMut},
};
use domain::chain::{Digest, canonical};
use futures_util::{StreamExt, future::LocalBoxFuture};
use serde::{Deserialize, de::DeserializeOwned};
use utoipa::ToSchema;

use crate::problem::{Code, FaultCode, Problem};

/// The most bytes of a JSON body: room for a content that is far too long to be told so, not for more.
pub const MAX_BODY_BYTES: usize = 2 * 1024 * 1024;

/// A body without fields.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Empty {}

/// A JSON object; an empty body is the empty object.
#[derive(Debug)]
pub struct Body<T> {
    /// What it says.
    pub value: T,
    /// SHA-256 over method, path and the canonical form of the body: the same however it was written.
    pub fingerprint: Digest,
}

impl<T: DeserializeOwned + 'static> FromRequest for Body<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let bytes = read(payload).await?;
            let value = parse(&request, &bytes)?;
            let text = canonical(&value).map_err(Problem::internal)?;
            let pieces =
                [request.method().as_str().as_bytes(), b"\n", request.path().as_bytes(), b"\n", text.as_bytes()];
            let fingerprint = Digest::of(&pieces);
            let value = T::deserialize(value).map_err(|error| Problem::with(Code::MalformedJson, error.to_string()))?;
            Ok(Self { value, fingerprint })
        })
    }
}

/// A body that is no JSON, read whole.
#[derive(Debug)]
pub struct RawBody {
    /// What was sent.
    pub bytes: Bytes,
    /// Its media type without parameters, in lower case.
    pub essence: String,
}

impl FromRequest for RawBody {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (essence, payload) = (essence(request), payload.take());
        Box::pin(async move { Ok(Self { bytes: read(payload).await?, essence }) })
    }
}

/// All bytes of a body.
///
/// # Errors
/// `body_too_large`, and `malformed_request` where it ends too soon.
async fn read(mut payload: Payload) -> Result<Bytes, Problem> {
    let mut bytes = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| Problem::with(Code::MalformedRequest, error.to_string()))?;
        if bytes.len() + chunk.len() > MAX_BODY_BYTES {
            return Err(Problem::with(Code::BodyTooLarge, format!("max {MAX_BODY_BYTES} bytes")));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}

/// The media type of a body without parameters, in lower case; empty where none is said.
pub(crate) fn essence(request: &HttpRequest) -> String {
    let content_type =
        request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn parse(request: &HttpRequest, bytes: &[u8]) -> Result<serde_json::Value, Problem> {
    if bytes.is_empty() {
        return Ok(serde_json::Value::Object(serde_json::Map::new()));
    }
    let essence = essence(request);
    if essence != "application/json" && !essence.ends_with("+json") {
        return Err(Problem::new(Code::UnsupportedMediaType));
    }
    let value: serde_json::Value =
        serde_json::from_slice(bytes).map_err(|error| Problem::with(Code::MalformedJson, error.to_string()))?;
    if value.is_object() { Ok(value) } else { Err(Problem::fault("", FaultCode::WrongType)) }
}
