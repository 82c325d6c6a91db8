//! `ETag`, `If-None-Match` and `Cache-Control` of what is read again and again, in one place: a handler knows nothing of it.
//!
//! The tag is a digest of the answer, a weak one, since what stands outside of this compresses. It is honest whatever an answer
//! depends on: the clock (`overdue`), names in the catalogue, who asks. The answer is made all the same; what is saved is the way to
//! the phone.
//!
//! A petition's own tag begins with its version, which is all that `If-Match` looks at, and goes on with the same digest: a petition
//! becomes overdue, or gets the answer of the one it was put to, without an event of its own. What a command answers is tagged with
//! the version alone.

use actix_web::{
    Error, HttpResponse,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{Method, StatusCode, header},
    middleware::Next,
};
use domain::chain::Digest;

use crate::route::route_of;

/// What may be kept, by whom, and for how long before it is asked for again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keeping {
    /// By the phone alone, which asks each time.
    Own,
    /// By anybody, for so many seconds; what is taken off the public's feed is gone for everybody after that, and after the lag of a replica.
    Everybody(u32),
}

impl Keeping {
    /// How the answers of a route are kept; `None`: not at all.
    fn of(route: &str) -> Option<Self> {
        match route.strip_prefix("/api/v1")? {
            "/me/petitions"
            | "/me/petitions/changes"
            | "/me/followed"
            | "/petitions/{code}"
            | "/petitions/{code}/history"
            | "/petitions/{code}/proof" => Some(Self::Own),
            "/public/petitions" | "/public/clusters" | "/seals" => Some(Self::Everybody(30)),
            // It never changes.
            "/seals/{number}" => Some(Self::Everybody(86_400)),
            "/categories" | "/units" | "/agencies" => Some(Self::Everybody(300)),
            _ => None,
        }
    }

    fn cache_control(self) -> String {
        match self {
            Self::Own => "private, no-cache".to_owned(),
            Self::Everybody(seconds) => format!("public, max-age={seconds}"),
        }
    }

    /// What an answer depends on beside its address.
    fn vary(self) -> &'static str {
        match self {
            Self::Own => "Authorization, Accept-Language",
            Self::Everybody(_) => "Accept, Accept-Language",
        }
    }
}

/// Whether a route answers `304` to who has its answer already.
pub(crate) fn answers_not_modified(route: &str) -> bool {
    Keeping::of(route).is_some()
}

/// Tags the answer, or says that the client has it already.
pub(super) async fn conditional(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let known = request.headers().get_all(header::IF_NONE_MATCH).filter_map(|value| value.to_str().ok());
    let known = known.collect::<Vec<_>>().join(",");
    let response = next.call(request).await?.map_into_boxed_body();
    let is_read = response.request().method() == Method::GET && response.status() == StatusCode::OK;
    let route = if is_read { route_of(response.request()) } else { None };
    let Some(keeping) = route.and_then(|route| Keeping::of(&route)) else { return Ok(response) };
    let (request, response) = response.into_parts();
    let (mut response, body) = response.into_parts();
    // What is not in memory is streamed, and has no digest before its end.
    let bytes = match body.try_into_bytes() {
        Ok(bytes) => bytes,
        Err(body) => return Ok(ServiceResponse::new(request, response.set_body(body))),
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, value(&keeping.cache_control())?);
    headers.insert(header::VARY, header::HeaderValue::from_static(keeping.vary()));
    let tag = match headers.get(header::ETAG).and_then(|version| version.to_str().ok()) {
        Some(version) => format!("\"{}.{}\"", version.trim_matches('"'), digest(&bytes)),
        None => format!("W/\"{}\"", digest(&bytes)),
    };
    headers.insert(header::ETAG, value(&tag)?);
    if !names(&known, &tag) {
        return Ok(ServiceResponse::new(request, response.set_body(BoxBody::new(bytes))));
    }
    let mut unchanged = HttpResponse::NotModified();
    for name in [header::ETAG, header::CACHE_CONTROL, header::VARY] {
        if let Some(value) = response.headers().get(&name) {
            unchanged.insert_header((name, value.clone()));
        }
    }
    Ok(ServiceResponse::new(request, unchanged.finish()))
}

fn value(text: &str) -> Result<header::HeaderValue, Error> {
    header::HeaderValue::from_str(text).map_err(|error| crate::problem::Problem::internal(error).into())
}

/// Sixteen bytes are enough to tell one client's answers apart.
fn digest(body: &[u8]) -> String {
    let digest = Digest::of(&[body]);
    let (short, _) = digest.as_bytes().split_at(16);
    hex::encode(short)
}

/// Whether an `If-None-Match` names that tag, compared weakly as RFC 9110 asks.
fn names(known: &str, tag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    known.split(',').any(|other| other.trim() == "*" || opaque(other) == opaque(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_compared_weakly() {
        let tag = format!("W/\"{}\"", digest(b"{}"));
        let strong = tag.trim_start_matches("W/").to_owned();
        for known in [tag.clone(), strong, format!("\"x\", {tag}"), "*".to_owned()] {
            assert!(names(&known, &tag), "{known}");
        }
        for known in ["", "\"x\"", "W/\"\"", "W/"] {
            assert!(!names(known, &tag), "{known}");
        }
    }

    #[test]
    fn nothing_else_is_kept() {
        for route in
            ["/api/v1/me", "/api/v1/agency/petitions", "/api/v1/rates", "/openapi.json", "/api/v1/me/petitions/"]
        {
            assert_eq!(Keeping::of(route), None, "{route}");
        }
    }
}
