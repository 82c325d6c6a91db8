//! SMS, through a gateway that takes HTTP requests: what it wants to be sent is the operator's to say.

use std::time::Duration;

use reqwest::{
    Client, Method,
    header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
    redirect,
};

use super::{
    GatewayError, Message, SendError, given,
    push::asked_to_wait,
    template::{Template, Writing},
};
use crate::{clock, settings::MessageSettings};

/// How long the gateway may take.
const PATIENCE: Duration = Duration::from_secs(15);
/// How much of its answer is looked at, in bytes.
const ANSWER_MAX: usize = 64 * 1024;

/// What a request to the gateway may name: the number in E.164 and as the country writes it, the text, the code; what the message is known by at each try.
const PLACES: &[&str] = &["phone", "national", "text", "code", "key"];
/// What the text of a code may name.
const TEXT_PLACES: &[&str] = &["code", "minutes"];

/// A gateway.
pub(super) struct HttpSms {
    client: Client,
    method: Method,
    url: Template,
    headers: HeaderMap,
    body: Option<Template>,
    text: Template,
    expected: Option<String>,
}

// URL and headers have the gateway's key in them.
impl std::fmt::Debug for HttpSms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpSms").field("method", &self.method).finish_non_exhaustive()
    }
}

fn wrong(setting: &'static str, problem: impl Into<String>) -> GatewayError {
    GatewayError { setting, problem: problem.into() }
}

impl HttpSms {
    /// As the settings say; `None` where they name no gateway.
    pub(super) fn new(settings: &MessageSettings) -> Result<Option<Self>, GatewayError> {
        let Some(url) = given(&settings.sms_url) else { return Ok(None) };
        let url = Template::new(url, Writing::Url, PLACES).map_err(|error| wrong("PAKN_SMS_URL", error))?;
        let tried = url.fill(&[
            ("phone", "+84912345678"),
            ("national", "0912345678"),
            ("text", "x"),
            ("code", "0"),
            ("key", "0"),
        ]);
        let is_web = url::Url::parse(&tried).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        if !is_web {
            return Err(wrong("PAKN_SMS_URL", "must be an address of http or https"));
        }
        let method = settings.sms_method.to_uppercase();
        let method =
            Method::from_bytes(method.as_bytes()).map_err(|_| wrong("PAKN_SMS_METHOD", "is no method of HTTP"))?;
        let mut headers = HeaderMap::new();
        for line in given(&settings.sms_headers).iter().flat_map(|lines| lines.lines()) {
            let bad = || wrong("PAKN_SMS_HEADERS", "each line is NAME: VALUE");
            let (name, value) = line.split_once(':').ok_or_else(bad)?;
            let name = HeaderName::from_bytes(name.trim().as_bytes()).map_err(|_| bad())?;
            let mut value = HeaderValue::from_str(value.trim()).map_err(|_| bad())?;
            value.set_sensitive(true);
            headers.append(name, value);
        }
        let has_body = !settings.sms_body.is_empty() && method != Method::GET;
        let form = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        let writing = if form.contains("x-www-form-urlencoded") {
            Writing::Url
        } else if form.is_empty() || form.contains("json") {
            Writing::Json
        } else {
            Writing::Plain
        };
        if has_body && form.is_empty() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        let body = has_body.then(|| Template::new(&settings.sms_body, writing, PLACES)).transpose();
        let body = body.map_err(|error| wrong("PAKN_SMS_BODY", error))?;
        let says = |place| url.names(place) || body.as_ref().is_some_and(|body| body.names(place));
        if !(says("phone") || says("national")) || !(says("text") || says("code")) {
            return Err(wrong(
                "PAKN_SMS_BODY",
                "neither it nor PAKN_SMS_URL names {phone} or {national}, and {text} or {code}",
            ));
        }
        let text = Template::new(&settings.sms_text, Writing::Plain, TEXT_PLACES);
        let text = text.map_err(|error| wrong("PAKN_SMS_TEXT", error))?;
        if !text.names("code") {
            return Err(wrong("PAKN_SMS_TEXT", "does not name {code}"));
        }
        // A redirect would take the number and the code somewhere else.
        let client = Client::builder().timeout(PATIENCE).redirect(redirect::Policy::none()).build();
        let client = client.map_err(|error| wrong("PAKN_SMS_URL", error.to_string()))?;
        Ok(Some(Self { client, method, url, headers, body, text, expected: settings.sms_expect.clone() }))
    }

    /// Whether it is sent texts, and not codes alone.
    pub(super) fn takes_text(&self) -> bool {
        self.url.names("text") || self.body.as_ref().is_some_and(|body| body.names("text"))
    }

    pub(super) async fn send(&self, to: &str, message: &Message) -> Result<(), SendError> {
        let by_setting = || self.text.fill(&[("code", &message.code), ("minutes", &message.minutes.to_string())]);
        let text = message.sms.clone().unwrap_or_else(by_setting);
        let national = to.strip_prefix("+84").map_or_else(|| to.to_owned(), |rest| format!("0{rest}"));
        let values = [
            ("phone", to),
            ("national", &national),
            ("text", &text),
            ("code", &message.code),
            ("key", message.key.as_str()),
        ];
        let mut request =
            self.client.request(self.method.clone(), self.url.fill(&values)).headers(self.headers.clone());
        if let Some(body) = &self.body {
            request = request.body(body.fill(&values));
        }
        // Its errors say the URL, which may have the number and a key in it.
        let failed = |error: reqwest::Error| SendError::Temporary(error.without_url().to_string());
        let mut response = request.send().await.map_err(failed)?;
        let status = response.status();
        let problem = format!("the SMS gateway answered {status}");
        if status.as_u16() == 429 {
            return Err(SendError::PutOff { problem, wait: asked_to_wait(&response, clock::now()), all: true });
        }
        // That pakn may not use it is no fault of the message.
        if status.is_server_error() || [401, 403, 407].contains(&status.as_u16()) {
            return Err(SendError::Temporary(problem));
        }
        if !status.is_success() {
            return Err(SendError::Permanent(problem));
        }
        let Some(expected) = &self.expected else { return Ok(()) };
        let mut answer = Vec::new();
        while answer.len() < ANSWER_MAX
            && let Some(chunk) = response.chunk().await.map_err(failed)?
        {
            answer.extend_from_slice(&chunk);
        }
        // Many gateways answer 200 whatever comes of it.
        if String::from_utf8_lossy(&answer).contains(expected) {
            Ok(())
        } else {
            Err(SendError::Permanent("the SMS gateway's answer is not what PAKN_SMS_EXPECT says".to_owned()))
        }
    }
}
