//! Firebase Cloud Messaging, HTTP v1: <https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages/send>.
//!
//! A message has no `collapse_key`: Firebase keeps four of those for a phone that is switched off and throws the others away, and each notice would
//! have one of its own. What lets a phone show a notice once is `android.notification.tag`, of which the newer message takes the
//! older one's place, and `data.key` for the app.

use domain::time::Instant;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::{Client, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, json};
use tokio::sync::Mutex;

use super::{
    GatewayError, SendError,
    push::{self, KEPT_FOR, Push, TITLE},
    settings::PushSettings,
};
use crate::clock;

const SETTING: &str = "PAKN_FCM_SERVICE_ACCOUNT";
const SCOPE: &str = "https://www.googleapis.com/auth/firebase.messaging";
/// How long what we sign is good for, in seconds; Google takes an hour at the most.
const SIGNED_FOR: i64 = 3600;
/// How long before its end an access token is renewed, in seconds.
const RENEWED_BEFORE: i64 = 300;

/// What the file says.
#[derive(Deserialize)]
struct ServiceAccount {
    project_id: String,
    private_key_id: String,
    private_key: String,
    client_email: String,
    token_uri: String,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    scope: &'static str,
    aud: &'a str,
    iat: i64,
    exp: i64,
}

#[derive(Default, Deserialize)]
struct Granted {
    access_token: String,
    expires_in: i64,
}

/// <https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode>, in a `google.rpc.Status`.
#[derive(Default, Deserialize)]
struct Refusal {
    #[serde(default)]
    error: Status,
}

#[derive(Default, Deserialize)]
struct Status {
    #[serde(default)]
    status: String,
    #[serde(default)]
    details: Vec<Detail>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    #[serde(default)]
    error_code: String,
    #[serde(default)]
    field_violations: Vec<Violation>,
}

#[derive(Deserialize)]
struct Violation {
    #[serde(default)]
    field: String,
}

impl Status {
    fn says(&self, code: &str) -> bool {
        self.details.iter().any(|detail| detail.error_code == code)
    }

    /// Whether it is the token that is wrong, and not the message.
    fn is_about_token(&self) -> bool {
        self.details
            .iter()
            .flat_map(|detail| &detail.field_violations)
            .any(|violation| violation.field == "message.token")
    }

    /// Its own words for what is wrong, which name nobody.
    fn name(&self) -> &str {
        self.details
            .iter()
            .map(|detail| detail.error_code.as_str())
            .find(|code| !code.is_empty())
            .unwrap_or(&self.status)
    }
}

/// Firebase, and the service account that may use it.
pub(super) struct Fcm {
    client: Client,
    url: String,
    account: ServiceAccount,
    key: EncodingKey,
    /// The access token that is good, and until when.
    granted: Mutex<Option<(SecretString, Instant)>>,
}

impl std::fmt::Debug for Fcm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fcm").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Fcm {
    /// As the settings say; `None` where they name no service account.
    pub(super) fn new(settings: &PushSettings) -> Result<Option<Self>, GatewayError> {
        let path = settings.fcm_service_account.as_ref().filter(|path| !path.as_os_str().is_empty());
        let Some(path) = path else { return Ok(None) };
        let wrong = |problem: String| GatewayError { setting: SETTING, problem };
        let mut account: ServiceAccount = serde_json::from_slice(&push::read(SETTING, path)?)
            .map_err(|error| wrong(format!("{}: {error}", path.display())))?;
        let key = EncodingKey::from_rsa_pem(std::mem::take(&mut account.private_key).as_bytes())
            .map_err(|error| wrong(format!("private_key: {error}")))?;
        push::client(SETTING, &account.token_uri)?;
        let url = settings.fcm_url.trim_end_matches('/');
        let url = format!("{url}/v1/projects/{}/messages:send", account.project_id);
        Ok(Some(Self { client: push::client("PAKN_FCM_URL", &url)?, url, account, key, granted: Mutex::default() }))
    }

    /// An access token: the one that there is, or another. Held while it is asked for, so that many ask once.
    async fn token(&self) -> Result<SecretString, SendError> {
        let mut granted = self.granted.lock().await;
        let now = clock::now();
        if let Some((token, until)) = granted.as_ref()
            && now < *until
        {
            return Ok(token.clone());
        }
        let iat = now.micros() / 1_000_000;
        let claims = Claims {
            iss: &self.account.client_email,
            scope: SCOPE,
            aud: &self.account.token_uri,
            iat,
            exp: iat + SIGNED_FOR,
        };
        let header = Header { kid: Some(self.account.private_key_id.clone()), ..Header::new(Algorithm::RS256) };
        let assertion = jsonwebtoken::encode(&header, &claims, &self.key)
            .map_err(|error| SendError::Temporary(format!("the service account's key does not sign: {error}")))?;
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer")
            .append_pair("assertion", &assertion)
            .finish();
        let request = self.client.post(&self.account.token_uri);
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(form);
        let response = request.send().await.map_err(push::unreachable)?;
        let status = response.status();
        if status != StatusCode::OK {
            return Err(SendError::Temporary(format!("Google's token endpoint answered {status}")));
        }
        let Granted { access_token, expires_in } = push::answer(response).await;
        if access_token.is_empty() {
            return Err(SendError::Temporary("Google's token endpoint gave no token".to_owned()));
        }
        let token = SecretString::from(access_token);
        let until = now.plus(chrono::Duration::seconds(expires_in.saturating_sub(RENEWED_BEFORE).clamp(0, SIGNED_FOR)));
        *granted = Some((token.clone(), until));
        Ok(token)
    }

    pub(super) async fn send(&self, token: &str, message: &Push<'_>) -> Result<(), SendError> {
        let access = self.token().await?;
        let key = message.notice.to_string();
        let mut data = Map::from_iter([("key".to_owned(), json!(key)), ("kind".to_owned(), json!(message.kind))]);
        data.extend(message.code.map(|code| ("code".to_owned(), json!(code))));
        let body = json!({"message": {
            "token": token,
            "notification": {"title": TITLE, "body": message.text},
            "data": data,
            "android": {"priority": "HIGH", "ttl": format!("{KEPT_FOR}s"), "notification": {"tag": key}},
        }});
        let request = self.client.post(&self.url).bearer_auth(access.expose_secret()).json(&body);
        let response = request.send().await.map_err(push::unreachable)?;
        let status = response.status();
        if status == StatusCode::OK {
            return Ok(());
        }
        let wait = push::asked_to_wait(&response, clock::now());
        let refusal = push::answer::<Refusal>(response).await.error;
        let problem = format!("Firebase answered {} {}", status.as_u16(), refusal.name());
        match status.as_u16() {
            404 if refusal.says("UNREGISTERED") => Err(SendError::Unregistered(None)),
            400 if refusal.is_about_token() => Err(SendError::Unregistered(None)),
            // Of the whole project, or of this phone: without a time of its own, a minute is what Firebase asks for.
            429 => {
                let wait = wait.or(Some(chrono::Duration::seconds(60)));
                Err(SendError::PutOff { problem, wait, all: !refusal.says("DEVICE_MESSAGE_RATE_EXCEEDED") })
            }
            503 if wait.is_some() => Err(SendError::PutOff { problem, wait, all: true }),
            401 => {
                *self.granted.lock().await = None;
                Err(SendError::Temporary(problem))
            }
            // Of the project or the account, not of this message: somebody mends it, and then all go out. The phones of another project
            // are said so in words, though.
            403 if refusal.says("SENDER_ID_MISMATCH") => Err(SendError::Permanent(problem)),
            403 | 404 | 500..=599 => Err(SendError::Temporary(problem)),
            _ => Err(SendError::Permanent(problem)),
        }
    }
}
