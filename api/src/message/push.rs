//! What the carriers of push messages have in common.

use std::{path::Path, time::Duration};

use domain::{
    id::{DeliveryId, NoticeId},
    notice::NoticeKind,
    petition::PetitionCode,
    time::Instant,
};
use reqwest::{Client, Response, header::RETRY_AFTER, redirect};
use serde::Deserialize;

use super::{GatewayError, SendError};
use crate::outgoing::bounded;

/// How long a carrier may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(15);
/// How much of its answer is read, in bytes.
const ANSWER_MAX: usize = 64 * 1024;
/// How long a carrier keeps a message for a phone that is switched off, in seconds.
pub(super) const KEPT_FOR: i64 = 3 * 24 * 3600;
/// What stands over a message on the screen.
pub(super) const TITLE: &str = "Phản ánh, kiến nghị Bắc Ninh";

/// What a phone shows.
#[derive(Debug, Clone, Copy)]
pub struct Push<'a> {
    /// The key of the message: the same at each try.
    pub key: DeliveryId,
    /// The notice that it tells of: a phone shows one message of it, whatever comes twice.
    pub notice: NoticeId,
    /// What it is about.
    pub kind: NoticeKind,
    /// The petition.
    pub code: Option<&'a PetitionCode>,
    /// What it says.
    pub text: &'a str,
}

/// A client for carriers. A redirect would take the message, and what lets it through, somewhere else.
pub(super) fn client(setting: &'static str, url: &str) -> Result<Client, GatewayError> {
    let wrong = |problem: String| GatewayError { setting, problem };
    let parsed = url::Url::parse(url).map_err(|error| wrong(error.to_string()))?;
    let client = Client::builder().timeout(PATIENCE).redirect(redirect::Policy::none());
    let client = match parsed.scheme() {
        "https" => client,
        // Nothing agrees on HTTP/2 without TLS: it is spoken at once. For a test, or a proxy beside the server.
        "http" => client.http2_prior_knowledge(),
        _ => return Err(wrong("must be an address of https".to_owned())),
    };
    client.build().map_err(|error| wrong(error.to_string()))
}

/// Reads a file that a setting names.
pub(super) fn read(setting: &'static str, path: &Path) -> Result<Vec<u8>, GatewayError> {
    std::fs::read(path).map_err(|error| GatewayError { setting, problem: format!("{}: {error}", path.display()) })
}

/// How long a carrier asks to be left alone: seconds, or an instant (RFC 9110, 10.2.3).
pub(super) fn asked_to_wait(response: &Response, now: Instant) -> Option<chrono::Duration> {
    let value = response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim();
    let seconds = match value.parse::<u32>() {
        Ok(seconds) => i64::from(seconds),
        Err(_) => {
            let at = chrono::DateTime::parse_from_rfc2822(value).ok()?;
            Instant::new(at.to_utc()).since(now).num_seconds().max(0)
        }
    };
    chrono::Duration::try_seconds(seconds)
}

/// The JSON of an answer; what is none is empty.
pub(super) async fn answer<T: for<'de> Deserialize<'de> + Default>(response: Response) -> T {
    let body = bounded(response, ANSWER_MAX).await.unwrap_or_default();
    serde_json::from_slice(&body).unwrap_or_default()
}

/// A request that did not come through. Its errors say the URL, which may have a phone's token in it.
pub(super) fn unreachable(error: reqwest::Error) -> SendError {
    SendError::Temporary(error.without_url().to_string())
}
