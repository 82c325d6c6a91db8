//! The Apple Push Notification service, with a token of one's own:
//! <https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns>.

use domain::time::Instant;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::Client;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::Mutex;

use super::{
    GatewayError, SendError,
    push::{self, KEPT_FOR, Push, TITLE},
    settings::PushSettings,
};
use crate::clock;

const SETTING: &str = "PAKN_APNS_KEY";
/// How old a token may become, in minutes: Apple takes none that is older than an hour, and no other within twenty minutes.
const TOKEN_LIFE: i64 = 40;

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    iat: i64,
}

#[derive(Default, Deserialize)]
struct Refusal {
    #[serde(default)]
    reason: String,
    /// Since when Apple knows that a phone is there no more, milliseconds since 1970.
    timestamp: Option<i64>,
}

/// Apple's service, and the key that opens it.
pub(super) struct Apns {
    client: Client,
    url: String,
    key: EncodingKey,
    key_id: String,
    team: String,
    topic: String,
    /// The token that is good, and until when it is used.
    token: Mutex<Option<(SecretString, Instant)>>,
}

impl std::fmt::Debug for Apns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Apns").field("url", &self.url).field("topic", &self.topic).finish_non_exhaustive()
    }
}

impl Apns {
    /// As the settings say; `None` where they name no key.
    pub(super) fn new(settings: &PushSettings) -> Result<Option<Self>, GatewayError> {
        let path = settings.apns_key.as_ref().filter(|path| !path.as_os_str().is_empty());
        let Some(path) = path else { return Ok(None) };
        let needed = |setting: &'static str, value: &Option<String>| {
            let value = value.clone().filter(|value| !value.is_empty());
            value.ok_or_else(|| GatewayError { setting, problem: format!("must be set where {SETTING} is") })
        };
        let key = EncodingKey::from_ec_pem(&push::read(SETTING, path)?)
            .map_err(|error| GatewayError { setting: SETTING, problem: format!("{}: {error}", path.display()) })?;
        let url = settings.apns_url.trim_end_matches('/').to_owned();
        Ok(Some(Self {
            client: push::client("PAKN_APNS_URL", &url)?,
            url,
            key,
            key_id: needed("PAKN_APNS_KEY_ID", &settings.apns_key_id)?,
            team: needed("PAKN_APNS_TEAM_ID", &settings.apns_team_id)?,
            topic: needed("PAKN_APNS_TOPIC", &settings.apns_topic)?,
            token: Mutex::default(),
        }))
    }

    async fn token(&self) -> Result<SecretString, SendError> {
        let mut held = self.token.lock().await;
        let now = clock::now();
        if let Some((token, until)) = held.as_ref()
            && now < *until
        {
            return Ok(token.clone());
        }
        let header = Header { kid: Some(self.key_id.clone()), ..Header::new(Algorithm::ES256) };
        let claims = Claims { iss: &self.team, iat: now.micros() / 1_000_000 };
        let token = jsonwebtoken::encode(&header, &claims, &self.key)
            .map_err(|error| SendError::Temporary(format!("the key for Apple does not sign: {error}")))?;
        let token = SecretString::from(token);
        *held = Some((token.clone(), now.plus(chrono::Duration::minutes(TOKEN_LIFE))));
        Ok(token)
    }

    pub(super) async fn send(&self, phone: &str, message: &Push<'_>) -> Result<(), SendError> {
        let token = self.token().await?;
        let now = clock::now();
        let key = message.notice.to_string();
        let body = json!({
            "aps": {"alert": {"title": TITLE, "body": message.text}, "sound": "default"},
            "key": key, "kind": message.kind, "code": message.code,
        });
        let request = self
            .client
            .post(format!("{}/3/device/{phone}", self.url))
            .bearer_auth(token.expose_secret())
            .header("apns-topic", &self.topic)
            .header("apns-push-type", "alert")
            .header("apns-priority", "10")
            .header("apns-expiration", (now.micros() / 1_000_000 + KEPT_FOR).to_string())
            .header("apns-id", message.key.to_string())
            // Of two messages with one the phone shows the later in the place of the earlier.
            .header("apns-collapse-id", key)
            .json(&body);
        let response = request.send().await.map_err(push::unreachable)?;
        let status = response.status().as_u16();
        if status == 200 {
            return Ok(());
        }
        let wait = push::asked_to_wait(&response, now);
        let Refusal { reason, timestamp } = push::answer(response).await;
        let problem = format!("Apple answered {status} {}", reason.chars().take(64).collect::<String>());
        match (status, reason.as_str()) {
            (410, _) => {
                let since = timestamp.and_then(|millis| Instant::from_micros(millis.saturating_mul(1000)));
                Err(SendError::Unregistered(since))
            }
            (400, "BadDeviceToken") => Err(SendError::Unregistered(None)),
            (403, _) => {
                // The token is too old by Apple's clock, or the key is none of ours: a new one is tried, and no message is lost by it.
                if reason == "ExpiredProviderToken" {
                    *self.token.lock().await = None;
                }
                Err(SendError::Temporary(problem))
            }
            // Too many to this phone.
            (429, "TooManyRequests") => Err(SendError::PutOff { problem, wait, all: false }),
            (429, _) => Err(SendError::PutOff { problem, wait, all: true }),
            (503, _) if wait.is_some() => Err(SendError::PutOff { problem, wait, all: true }),
            (500..=599, _) => Err(SendError::Temporary(problem)),
            _ => Err(SendError::Permanent(problem)),
        }
    }
}
