//! The authorization code flow with PKCE (OpenID Connect Core 1.0, section 3.1; RFC 7636): the address a person is sent to, and what the
//! provider gives for the code that they come back with.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{identity::Expected, time::Instant};
use reqwest::StatusCode;
use secrecy::ExposeSecret;
use serde::Deserialize;
use url::{Url, form_urlencoded};

use super::{
    attempt::Begun,
    id_token::{self, Claims, Description},
    provider::{Provider, json},
    settings::SecretMethod,
};
use crate::problem::{Code, Problem};

/// Where a person is sent to, to show the provider who they are.
pub(super) async fn authorization_url(provider: &Provider, begun: &Begun) -> Result<Url, Problem> {
    let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, begun.verifier.as_bytes()));
    let mut url = provider.metadata().await?.authorization_endpoint.clone();
    url.query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", &provider.settings.client_id)
        .append_pair("redirect_uri", &begun.redirect_uri)
        .append_pair("scope", &provider.settings.scopes.join(" "))
        .append_pair("state", &begun.state)
        .append_pair("nonce", &begun.nonce)
        .append_pair("code_challenge", &challenge)
        .append_pair("code_challenge_method", "S256");
    Ok(url)
}

/// The provider said no, or what it said proves nothing.
pub(super) fn refused(cause: impl std::fmt::Display) -> Problem {
    Problem::new(Code::IdentityRefused).caused_by(cause)
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
    access_token: String,
}

#[derive(Deserialize)]
struct Refusal {
    error: String,
}

/// What a code is exchanged for.
async fn tokens(provider: &Provider, begun: &Begun, code: &str) -> Result<Tokens, Problem> {
    let metadata = provider.metadata().await?;
    let client_id = provider.settings.client_id.as_str();
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("grant_type", "authorization_code")
        .append_pair("code", code)
        .append_pair("redirect_uri", &begun.redirect_uri)
        .append_pair("code_verifier", &begun.verifier);
    let mut request = provider.client().post(metadata.token_endpoint.clone());
    let method = provider.settings.token_endpoint_auth_method.unwrap_or_else(|| metadata.secret_method());
    match (provider.secret(), method) {
        (Some(secret), SecretMethod::Basic) => {
            // Encoded before they are put together (RFC 6749, 2.3.1).
            let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            request = request.basic_auth(encoded(client_id), Some(encoded(secret.expose_secret())));
        }
        (Some(secret), SecretMethod::Post) => {
            form.append_pair("client_id", client_id).append_pair("client_secret", secret.expose_secret());
        }
        (None, SecretMethod::Basic | SecretMethod::Post) => {
            form.append_pair("client_id", client_id);
        }
    }
    let request = request
        .header("content-type", "application/x-www-form-urlencoded")
        .header("accept", "application/json")
        .body(form.finish());
    let response = request
        .send()
        .await
        .map_err(|error| Problem::new(Code::IdentityProviderUnavailable).caused_by(error.without_url()))?;
    match response.status() {
        StatusCode::OK => json(response).await,
        status if status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS => {
            let error = json::<Refusal>(response).await.map_or_else(|_| status.to_string(), |refusal| refusal.error);
            Err(refused(format!("an identity provider did not take the code: {error:?}")))
        }
        status => Err(Problem::new(Code::IdentityProviderUnavailable)
            .caused_by(format!("an identity provider answered {status}"))),
    }
}

/// Who came back with that code: the claims of the ID token, and what is said of them there or at the endpoint for it.
///
/// # Errors
/// [`Code::IdentityRefused`] whatever is wrong with it, since only the log needs to know; [`Code::IdentityProviderUnavailable`].
pub(super) async fn person(
    provider: &Provider,
    begun: &Begun,
    code: &str,
    now: Instant,
) -> Result<(Claims, Description), Problem> {
    let tokens = tokens(provider, begun, code).await?;
    let expected =
        Expected { issuer: &provider.settings.issuer, client: &provider.settings.client_id, nonce: &begun.nonce };
    let claims = id_token::verify(provider, &tokens.id_token, &expected, now).await?;
    let described = match &provider.metadata().await?.userinfo_endpoint {
        Some(endpoint) if claims.described.is_missing() => {
            described(provider, endpoint, &tokens.access_token, &claims.sub).await
        }
        Some(_) | None => None,
    };
    let described = described.unwrap_or_else(|| claims.described.clone());
    Ok((claims, described))
}

/// What the provider says of a person beside the token (Core 1.0, section 5.3). It is not needed to know who they are: without it they
/// say it themselves.
async fn described(provider: &Provider, endpoint: &Url, access_token: &str, subject: &str) -> Option<Description> {
    #[derive(Deserialize)]
    struct UserInfo {
        sub: String,
        #[serde(flatten)]
        described: Description,
    }
    let asked = provider.client().get(endpoint.clone()).bearer_auth(access_token).header("accept", "application/json");
    let read = async {
        let response = asked.send().await.map_err(|error| error.without_url().to_string())?;
        if !response.status().is_success() {
            return Err(format!("it answered {}", response.status()));
        }
        let info: UserInfo = json(response).await.map_err(|problem| problem.to_string())?;
        // Core 1.0, section 5.3.2: another's must not be used.
        if info.sub == subject { Ok(info.described) } else { Err("it speaks of somebody else".to_owned()) }
    };
    match read.await {
        Ok(described) => Some(described),
        Err(problem) => {
            tracing::warn!(
                problem,
                provider = provider.settings.code,
                "an identity provider does not say who somebody is"
            );
            None
        }
    }
}
