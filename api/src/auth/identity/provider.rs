//! A provider, as it describes itself: its endpoints and its keys, read when they are needed and kept for a while.

use std::{sync::Arc, time::Duration};

use domain::time::Instant;
use jsonwebtoken::jwk::{Jwk, JwkSet};
use reqwest::{Client, Response};
use secrecy::SecretString;
use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeOwned},
};
use tokio::sync::Mutex;
use url::Url;

use super::settings::{ProviderSettings, SecretMethod, is_private};
use crate::{
    clock,
    outgoing::bounded,
    problem::{Code, Problem},
};

/// For how long what a provider says of itself is taken for true, in seconds.
const FRESH: i64 = 3600;
/// How long it is gone on with where the provider cannot be asked again.
const STALE: i64 = 24 * 3600;
/// How long its keys are not read once more after they were, for a token that none of them signed; in seconds.
const KEYS_AGAIN: i64 = 30;
/// The most bytes of an answer.
const ANSWER_MAX: usize = 256 * 1024;

fn url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Url, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
}

fn optional_url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Url>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| text.parse()).transpose().map_err(de::Error::custom)
}

/// What a provider says of itself (OpenID Connect Discovery 1.0, section 3), as far as it is used.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Metadata {
    issuer: String,
    #[serde(deserialize_with = "url")]
    pub(super) authorization_endpoint: Url,
    #[serde(deserialize_with = "url")]
    pub(super) token_endpoint: Url,
    #[serde(default, deserialize_with = "optional_url")]
    pub(super) userinfo_endpoint: Option<Url>,
    #[serde(deserialize_with = "url")]
    jwks_uri: Url,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    /// RFC 9207.
    #[serde(default)]
    pub(super) authorization_response_iss_parameter_supported: bool,
}

impl Metadata {
    /// How the client's secret is shown, where the operator does not say.
    pub(super) fn secret_method(&self) -> SecretMethod {
        let methods = self.token_endpoint_auth_methods_supported.as_deref();
        // What says nothing means the header.
        let takes_header = methods.is_none_or(|methods| methods.iter().any(|method| method == "client_secret_basic"));
        if takes_header { SecretMethod::Basic } else { SecretMethod::Post }
    }
}

#[derive(Debug, Clone)]
struct Known {
    metadata: Arc<Metadata>,
    keys: Arc<JwkSet>,
    at: Instant,
    /// Before that, its keys are not read again.
    keys_again_at: Instant,
}

/// A provider.
#[derive(Debug)]
pub struct Provider {
    pub(super) settings: ProviderSettings,
    client: Client,
    known: Mutex<Option<Known>>,
}

/// The provider cannot be asked now.
fn unavailable(cause: impl std::fmt::Display) -> Problem {
    Problem::new(Code::IdentityProviderUnavailable).caused_by(cause)
}

/// Reads an answer that must be JSON.
pub(super) async fn json<T: DeserializeOwned>(response: Response) -> Result<T, Problem> {
    let body = bounded(response, ANSWER_MAX).await.map_err(unavailable)?;
    serde_json::from_slice(&body).map_err(|error| unavailable(format!("an identity provider's answer: {error}")))
}

impl Provider {
    pub(super) fn new(settings: ProviderSettings, client: Client) -> Self {
        Self { settings, client, known: Mutex::new(None) }
    }

    /// The client's secret.
    pub(super) fn secret(&self) -> Option<&SecretString> {
        self.settings.client_secret.as_ref()
    }

    /// The one that requests to it go through.
    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    async fn fetch<T: DeserializeOwned>(&self, url: Url) -> Result<T, Problem> {
        let response = self.client.get(url).header("accept", "application/json").send().await.map_err(unavailable)?;
        if !response.status().is_success() {
            return Err(unavailable(format!("an identity provider answered {}", response.status())));
        }
        json(response).await
    }

    async fn read(&self) -> Result<Known, Problem> {
        let issuer = self.settings.issuer.trim_end_matches('/');
        let url = Url::parse(&format!("{issuer}/.well-known/openid-configuration")).map_err(unavailable)?;
        let metadata: Metadata = self.fetch(url).await?;
        // Else one provider could speak for another (Discovery 1.0, section 4.3).
        if metadata.issuer != self.settings.issuer {
            return Err(unavailable(format!("an identity provider says that it is {}", metadata.issuer)));
        }
        let endpoints = [&metadata.authorization_endpoint, &metadata.token_endpoint, &metadata.jwks_uri];
        if let Some(open) = endpoints.into_iter().chain(&metadata.userinfo_endpoint).find(|url| !is_private(url)) {
            return Err(unavailable(format!("an identity provider names an endpoint without https: {open}")));
        }
        let keys = self.keys_at(&metadata).await?;
        let now = clock::steady();
        let keys_again_at = now;
        Ok(Known { metadata: Arc::new(metadata), keys: Arc::new(keys), at: now, keys_again_at })
    }

    /// Its keys; those of a kind that is not known are left out.
    async fn keys_at(&self, metadata: &Metadata) -> Result<JwkSet, Problem> {
        #[derive(Deserialize)]
        struct Set {
            keys: Vec<serde_json::Value>,
        }
        let Set { keys } = self.fetch(metadata.jwks_uri.clone()).await?;
        Ok(JwkSet { keys: keys.into_iter().filter_map(|key| serde_json::from_value::<Jwk>(key).ok()).collect() })
    }

    /// What the provider says of itself.
    ///
    /// # Errors
    /// [`Code::IdentityProviderUnavailable`].
    pub(super) async fn metadata(&self) -> Result<Arc<Metadata>, Problem> {
        self.known().await.map(|known| known.metadata)
    }

    async fn known(&self) -> Result<Known, Problem> {
        // Held while it is read: of many that come at once, one asks.
        let mut held = self.known.lock().await;
        let now = clock::steady();
        let age = held.as_ref().map(|known| now.since(known.at).num_seconds());
        if let Some(known) = held.as_ref().filter(|_| age.is_some_and(|age| age < FRESH)) {
            return Ok(known.clone());
        }
        match (self.read().await, held.as_ref()) {
            (Ok(known), _) => {
                *held = Some(known.clone());
                Ok(known)
            }
            (Err(problem), Some(known)) if age.is_some_and(|age| age < STALE) => {
                tracing::warn!(%problem, provider = self.settings.code, "an identity provider could not be asked again");
                Ok(known.clone())
            }
            (Err(problem), _) => Err(problem),
        }
    }

    /// The keys that a token may be signed with: that of its id, or without one all of them. Keys change; one that is not known is looked for
    /// once more.
    ///
    /// # Errors
    /// [`Code::IdentityProviderUnavailable`].
    pub(super) async fn keys(&self, id: Option<&str>) -> Result<Vec<Jwk>, Problem> {
        let known = self.known().await?;
        let fitting = |keys: &JwkSet| -> Vec<Jwk> {
            let fits = |key: &&Jwk| id.is_none() || key.common.key_id.as_deref() == id;
            keys.keys.iter().filter(fits).cloned().collect()
        };
        let found = fitting(&known.keys);
        let now = clock::steady();
        if !found.is_empty() || now < known.keys_again_at {
            return Ok(found);
        }
        let mut held = self.known.lock().await;
        let keys = Arc::new(self.keys_at(&known.metadata).await?);
        if let Some(known) = held.as_mut() {
            known.keys = Arc::clone(&keys);
            known.keys_again_at = now.plus(chrono::Duration::seconds(KEYS_AGAIN));
        }
        Ok(fitting(&keys))
    }
}

/// How requests to providers are made: none is redirected, which would take a code or a secret somewhere else.
pub(super) fn client() -> Result<Client, reqwest::Error> {
    Client::builder().timeout(Duration::from_secs(10)).redirect(reqwest::redirect::Policy::none()).build()
}
