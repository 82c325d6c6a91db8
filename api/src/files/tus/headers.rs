//! The headers of the protocol, read and written.

use std::time::{Duration, UNIX_EPOCH};

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::{HeaderMap, HttpDate},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::time::Instant;

use super::VERSION;
use crate::problem::{Code, Problem};

/// A request that speaks our version.
pub struct Tus;

impl FromRequest for Tus {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let spoken = request.headers().get("tus-resumable").is_some_and(|version| version == VERSION);
        std::future::ready(if spoken { Ok(Self) } else { Err(Problem::with(Code::UnsupportedTus, VERSION)) })
    }
}

/// The most bytes of `Upload-Metadata`.
const MOST_METADATA: usize = 4 * 1024;

fn malformed(name: &str) -> Problem {
    Problem::with(Code::MalformedHeader, name)
}

/// A header that is a whole number.
///
/// # Errors
/// [`Code::MalformedHeader`] also where it is missing.
pub fn number(headers: &HeaderMap, name: &str) -> Result<u64, Problem> {
    let text = headers.get(name).and_then(|value| value.to_str().ok()).ok_or_else(|| malformed(name))?;
    // `parse` would take a plus.
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(malformed(name));
    }
    text.parse().map_err(|_| malformed(name))
}

/// `Upload-Metadata`: keys with values in base64. It is given back as it came and nothing follows from it: what a file is, its content says.
///
/// # Errors
/// [`Code::MalformedHeader`].
pub fn metadata(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    const NAME: &str = "Upload-Metadata";
    let Some(value) = headers.get("upload-metadata") else { return Ok(None) };
    let text = value.to_str().map_err(|_| malformed(NAME))?;
    let sound = |pair: &str| {
        let (key, value) = pair.trim().split_once(' ').unwrap_or((pair.trim(), ""));
        !key.is_empty() && STANDARD.decode(value).is_ok()
    };
    if text.len() > MOST_METADATA || !(text.is_empty() || text.split(',').all(sound)) {
        return Err(malformed(NAME));
    }
    Ok(Some(text.to_owned()).filter(|text| !text.is_empty()))
}

/// An instant as headers write it.
pub fn date(at: Instant) -> HttpDate {
    HttpDate::from(UNIX_EPOCH + Duration::from_micros(u64::try_from(at.micros()).unwrap_or_default()))
}
