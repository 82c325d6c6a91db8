//! ID tokens: whose signature they have, and what they say.

use domain::{
    identity::{Described, Expected, Presented, check},
    time::Instant,
};
use jsonwebtoken::{
    Algorithm, DecodingKey, Validation, decode, decode_header,
    jwk::{Jwk, KeyAlgorithm, PublicKeyUse},
};
use serde::{Deserialize, Deserializer, Serialize};

use super::{exchange::refused, provider::Provider};
use crate::problem::Problem;

/// The algorithms that are taken: with a key pair, so that whoever can check a token cannot make one.
const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// One client, or several.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// Some providers write what is true as a text.
fn truth<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(value == true || value == "true")
}

/// What a provider says of a person (Core 1.0, section 5.1), as far as it is used.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Description {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    phone_number: Option<String>,
    #[serde(default, deserialize_with = "truth")]
    phone_number_verified: bool,
    #[serde(default)]
    email: Option<String>,
    #[serde(default, deserialize_with = "truth")]
    email_verified: bool,
}

// Names and numbers stay out of logs.
impl std::fmt::Debug for Description {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Description").finish_non_exhaustive()
    }
}

impl Description {
    /// Whether nothing is said.
    pub(super) fn is_missing(&self) -> bool {
        self.name.is_none() && self.phone_number.is_none() && self.email.is_none()
    }

    /// As the domain reads it.
    pub(super) fn as_described(&self) -> Described<'_> {
        Described {
            name: self.name.as_deref(),
            phone: self.phone_number.as_deref(),
            phone_verified: self.phone_number_verified,
            email: self.email.as_deref(),
            email_verified: self.email_verified,
        }
    }
}

/// What an ID token says.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Claims {
    iss: String,
    pub(super) sub: String,
    aud: Audience,
    exp: i64,
    iat: i64,
    #[serde(default)]
    nbf: Option<i64>,
    #[serde(default)]
    nonce: Option<String>,
    #[serde(default)]
    azp: Option<String>,
    #[serde(flatten)]
    pub(super) described: Description,
}

/// Whether a key is for checking signatures of that algorithm.
fn signs(key: &Jwk, algorithm: Algorithm) -> bool {
    let for_signing = matches!(key.common.public_key_use, None | Some(PublicKeyUse::Signature));
    for_signing && key.common.key_algorithm.is_none_or(|named| named == KeyAlgorithm::from(algorithm))
}

/// Checks an ID token.
///
/// # Errors
/// [`crate::problem::Code::IdentityRefused`]: a signature that is not the provider's, or what [`check`] says;
/// [`crate::problem::Code::IdentityProviderUnavailable`] when its keys cannot be read.
pub(super) async fn verify(
    provider: &Provider,
    token: &str,
    expected: &Expected<'_>,
    now: Instant,
) -> Result<Claims, Problem> {
    let header = decode_header(token).map_err(refused)?;
    if !ALGORITHMS.contains(&header.alg) {
        return Err(refused(format!("an ID token signed by {:?}", header.alg)));
    }
    let mut validation = Validation::new(header.alg);
    // What it says is checked below; here it is about the signature.
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    let keys = provider.keys(header.kid.as_deref()).await?;
    let decoded = keys.iter().filter(|key| signs(key, header.alg)).find_map(|key| {
        let key = DecodingKey::from_jwk(key).ok()?;
        decode::<Claims>(token, &key, &validation).ok()
    });
    let claims =
        decoded.ok_or_else(|| refused("an ID token that no key of its issuer signed, or that says too little"))?.claims;
    let audience = match &claims.aud {
        Audience::One(client) => vec![client.clone()],
        Audience::Several(clients) => clients.clone(),
    };
    let instant = |seconds: i64| {
        seconds
            .checked_mul(1_000_000)
            .and_then(Instant::from_micros)
            .ok_or_else(|| refused("an ID token with an instant that is none"))
    };
    let presented = Presented {
        issuer: &claims.iss,
        subject: &claims.sub,
        audience: &audience,
        authorized_party: claims.azp.as_deref(),
        nonce: claims.nonce.as_deref(),
        issued_at: instant(claims.iat)?,
        not_before: claims.nbf.map(instant).transpose()?,
        expires_at: instant(claims.exp)?,
    };
    check(&presented, expected, now).map_err(refused)?;
    Ok(claims)
}
