//! Where a webhook leads, and how a request gets there and nowhere else.
//!
//! A name is looked at when it has been resolved, by the resolver of the client that connects: the address that was looked at is the one
//! that is connected to, whatever the name means a moment later. An address that stands in the URL itself goes past any resolver and is
//! looked at beforehand. Redirections are not followed and no proxy is used, so that there is no other way to an address.

use std::{
    error::Error,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use chrono::DateTime;
use domain::{
    time::Instant,
    webhook::{AllowedNetworks, Outcome, URL_MAX},
};
use reqwest::{
    Client, Response,
    dns::{Addrs, Name, Resolve, Resolving},
    header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER},
    redirect,
};
use url::{Host, Url};

use super::settings::WebhookSettings;
use crate::{clock, outgoing::bounded, problem::FaultCode};

/// How long it may take to be connected, with the name's resolution and TLS.
const CONNECT: Duration = Duration::from_secs(5);

/// How much of an answer is read, so that its connection can be used again. Of a longer one nothing is.
const ANSWER_MAX: usize = 4 * 1024;

/// How requests get to targets.
#[derive(Debug)]
pub(super) struct Targets {
    allowed: AllowedNetworks,
    /// To public addresses and those that the operator allows.
    encrypted: Client,
    /// To those that the operator allows, and no other.
    clear: Client,
    timeout: Duration,
}

/// What is asked of a target.
#[derive(Debug)]
pub(super) struct Told<'a> {
    pub(super) url: &'a str,
    pub(super) message: &'a str,
    pub(super) timestamp: i64,
    pub(super) signature: String,
    pub(super) body: &'a str,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) outcome: Outcome,
    pub(super) status: Option<u16>,
    pub(super) retry_after: Option<chrono::Duration>,
}

impl From<Outcome> for Answer {
    fn from(outcome: Outcome) -> Self {
        Self { outcome, status: None, retry_after: None }
    }
}

/// Why a name leads nowhere.
#[derive(Debug, thiserror::Error)]
enum Unresolved {
    #[error("the name has no address")]
    Unknown,
    #[error("none of the name's addresses may be connected to")]
    Forbidden,
}

/// Resolves names to the addresses that may be connected to.
#[derive(Debug, Clone)]
struct Permitted {
    allowed: Arc<AllowedNetworks>,
    is_encrypted: bool,
}

impl Resolve for Permitted {
    fn resolve(&self, name: Name) -> Resolving {
        let Self { allowed, is_encrypted } = self.clone();
        Box::pin(async move {
            // The port is the URL's, whatever is said here.
            let found = tokio::net::lookup_host((name.as_str(), 0)).await.map_err(|_| Unresolved::Unknown)?;
            let found: Vec<SocketAddr> = found.collect();
            let (permitted, refused): (Vec<_>, Vec<_>) =
                found.into_iter().partition(|address| allowed.permit(address.ip(), is_encrypted));
            if permitted.is_empty() {
                return Err(if refused.is_empty() { Unresolved::Unknown } else { Unresolved::Forbidden }.into());
            }
            let permitted: Addrs = Box::new(permitted.into_iter());
            Ok(permitted)
        })
    }
}

/// The address that a URL names without a name.
fn literal(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        Host::Domain(_) => None,
        Host::Ipv4(address) => Some(address.into()),
        Host::Ipv6(address) => Some(address.into()),
    }
}

fn is_encrypted(url: &Url) -> bool {
    url.scheme() == "https"
}

/// Ports below 1024 belong to other protocols, but for those of the web.
fn is_sensible(url: &Url) -> bool {
    let usual = if is_encrypted(url) { 443 } else { 80 };
    url.port_or_known_default().is_some_and(|port| port == usual || port >= 1024)
}

impl Targets {
    /// As the settings say.
    ///
    /// # Errors
    /// When there is no TLS.
    pub(super) fn new(settings: &WebhookSettings) -> Result<Self, reqwest::Error> {
        let allowed = Arc::new(settings.allow_private.clone());
        let timeout = Duration::from_secs(settings.timeout.into());
        let client = |is_encrypted| {
            Client::builder()
                .user_agent(concat!("pakn/", env!("CARGO_PKG_VERSION")))
                .dns_resolver(Permitted { allowed: Arc::clone(&allowed), is_encrypted })
                .redirect(redirect::Policy::none())
                .no_proxy()
                // What is left unread of an answer ends with its connection.
                .http1_only()
                .referer(false)
                .connect_timeout(CONNECT.min(timeout))
                .timeout(timeout)
                .pool_max_idle_per_host(2)
                .build()
        };
        Ok(Self { allowed: settings.allow_private.clone(), encrypted: client(true)?, clear: client(false)?, timeout })
    }

    /// How long a request takes at the most.
    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// The address of a target, as it is kept. What its name means is not asked before something is sent.
    ///
    /// # Errors
    /// What is wrong with it, with more to say.
    pub(super) fn parse(&self, raw: &str) -> Result<String, (FaultCode, &'static str)> {
        let invalid = |detail| Err((FaultCode::InvalidUrl, detail));
        if raw.len() > URL_MAX {
            return Err((FaultCode::TooLong, "max 2000"));
        }
        let Ok(url) = Url::parse(raw) else { return invalid("https://…") };
        let may_be_clear = url.scheme() == "http" && !self.allowed.is_empty();
        if !is_encrypted(&url) && !may_be_clear {
            return invalid("https://…");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return invalid("user:password@");
        }
        if url.fragment().is_some() {
            return invalid("#…");
        }
        if url.host().is_none() || !is_sensible(&url) {
            return invalid(":80 (http), :443 (https), :1024–:65535");
        }
        match literal(&url) {
            Some(address) if !self.allowed.permit(address, is_encrypted(&url)) => {
                Err((FaultCode::ForbiddenTarget, "PAKN_WEBHOOK_ALLOW_PRIVATE"))
            }
            Some(_) | None => Ok(url.into()),
        }
    }

    /// Sends it. A target is judged by the status alone: what else it answers is neither kept nor shown.
    pub(super) async fn send(&self, told: Told<'_>) -> Answer {
        // What was allowed when it was kept may not be any more.
        let Ok(url) = self.parse(told.url).and_then(|url| Url::parse(&url).map_err(|_| (FaultCode::InvalidUrl, "")))
        else {
            return Outcome::ForbiddenAddress.into();
        };
        let client = if is_encrypted(&url) { &self.encrypted } else { &self.clear };
        let request = client
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", told.message)
            .header("webhook-timestamp", told.timestamp)
            .header("webhook-signature", told.signature)
            .body(told.body.to_owned());
        match request.send().await {
            Ok(response) => judged(response).await,
            Err(error) => failed(&error).into(),
        }
    }
}

async fn judged(response: Response) -> Answer {
    let status = response.status().as_u16();
    let retry_after = asked_to_wait(response.headers(), clock::now());
    if response.content_length().is_some_and(|length| usize::try_from(length).is_ok_and(|length| length <= ANSWER_MAX))
    {
        // Whether it comes to its end is of no matter.
        drop(bounded(response, ANSWER_MAX).await);
    }
    Answer { outcome: Outcome::of_status(status), status: Some(status), retry_after }
}

fn failed(error: &reqwest::Error) -> Outcome {
    let mut cause: Option<&(dyn Error + 'static)> = error.source();
    while let Some(error) = cause {
        match error.downcast_ref::<Unresolved>() {
            Some(Unresolved::Unknown) => return Outcome::UnknownName,
            Some(Unresolved::Forbidden) => return Outcome::ForbiddenAddress,
            None => cause = error.source(),
        }
    }
    if error.is_timeout() { Outcome::TimedOut } else { Outcome::ConnectionFailed }
}

/// `Retry-After` (RFC 9110, section 10.2.3): seconds, or a date.
fn asked_to_wait(headers: &HeaderMap, now: Instant) -> Option<chrono::Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(chrono::Duration::seconds(seconds.into()));
    }
    let at = DateTime::parse_from_rfc2822(text).ok()?;
    Some(Instant::new(at.to_utc()).since(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn targets(allowed: &str) -> Targets {
        let allow_private = AllowedNetworks::parse(allowed).unwrap();
        Targets::new(&WebhookSettings { allow_private, timeout: 2, ..WebhookSettings::default() }).unwrap()
    }

    #[test]
    fn an_address_that_leads_inside_is_refused_however_it_is_written() {
        for url in [
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0177.0.0.1/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:7f00:1]/",
            "https://[64:ff9b::a9fe:a9fe]/",
            "https://10.0.0.8:8443/",
            "https://192.168.1.1/",
            "https://172.16.3.4/",
            "https://100.64.0.9/",
            "https://169.254.169.254/latest/meta-data/",
            "https://[fd00:ec2::254]/",
            "https://[fe80::1]/",
            "https://0.0.0.0/",
            "https://255.255.255.255/",
            "https://１２７.０.０.１/",
        ] {
            assert_eq!(targets("false").parse(url).unwrap_err().0, FaultCode::ForbiddenTarget, "{url}");
        }
        assert_eq!(targets("true").parse("http://169.254.169.254/").unwrap_err().0, FaultCode::ForbiddenTarget);
        assert_eq!(targets("true").parse("http://1.1.1.1/").unwrap_err().0, FaultCode::ForbiddenTarget, "in clear");
        assert!(targets("10.0.0.0/8").parse("http://10.0.0.8:8080/x").is_ok());
        assert!(targets("10.0.0.0/8").parse("https://192.168.1.1/").is_err());
    }

    #[test]
    fn an_address_that_is_none_of_the_web_is_refused() {
        for url in [
            "",
            "x",
            "/x",
            "example.vn/x",
            "ftp://example.vn/",
            "file:///etc/passwd",
            "gopher://example.vn/",
            "http://example.vn/",
            "https://",
            "https://user@example.vn/",
            "https://user:pass@example.vn/",
            "https://example.vn/#x",
            "https://example.vn:22/",
            "https://example.vn:25/",
            "https://example.vn:80/",
            "https://example.vn:0/",
            "https://example.vn:99999/",
        ] {
            assert_eq!(targets("false").parse(url).unwrap_err().0, FaultCode::InvalidUrl, "{url}");
        }
        assert_eq!(
            targets("false").parse(&format!("https://a.vn/{}", "x".repeat(2_000))).unwrap_err().0,
            FaultCode::TooLong
        );
        for url in
            ["https://example.vn/pakn?x=1", "https://example.vn:8443/", "https://1.1.1.1/", "https://đ.example.vn/"]
        {
            assert!(targets("false").parse(url).is_ok(), "{url}");
        }
    }

    fn told(url: &str) -> Told<'_> {
        Told { url, message: "msg_1", timestamp: 1, signature: "v1,x".to_owned(), body: "{}" }
    }

    #[tokio::test]
    async fn a_name_is_judged_by_the_address_that_it_has() {
        // A name for this machine that everybody has; nothing listens, and nothing is asked.
        let answer = targets("false").send(told("https://localhost:9999/")).await;
        assert_eq!(answer.outcome, Outcome::ForbiddenAddress);
        let answer = targets("10.0.0.0/8").send(told("http://localhost:9999/")).await;
        assert_eq!(answer.outcome, Outcome::ForbiddenAddress);
        let answer = targets("false").send(told("https://no-such-host.invalid/")).await;
        assert_eq!(answer.outcome, Outcome::UnknownName);
        // Allowed, it is connected to.
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let answer = targets("true").send(told(&format!("http://localhost:{}/", address.port()))).await;
        assert_eq!(answer.outcome, Outcome::ConnectionFailed);
        // Kept while it was allowed.
        let answer = targets("false").send(told("http://127.0.0.1:8080/")).await;
        assert_eq!(answer.outcome, Outcome::ForbiddenAddress);
    }

    #[test]
    fn a_target_may_ask_to_wait_in_either_way() {
        let now = Instant::parse("2022-09-01T00:00:00Z").unwrap();
        let asked = |text: &str| {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]);
            asked_to_wait(&headers, now).map(|wait| wait.num_seconds())
        };
        assert_eq!(asked("120"), Some(120));
        assert_eq!(asked("Thu, 01 Sep 2022 00:10:00 GMT"), Some(600));
        assert_eq!((asked("soon"), asked("-1"), asked("")), (None, None, None));
        assert_eq!(asked_to_wait(&HeaderMap::new(), now), None);
    }
}
