//! Access tokens: EdDSA, 15 minutes.

use std::time::Duration;

use domain::{
    account::{Actor, Role},
    chain::Digest,
    code::AgencyCode,
    id::{AccountId, SessionId},
    time::Instant,
};
use jsonwebtoken::{Algorithm, Header, Validation, decode, decode_header, encode};
use persistence::Account;
use serde::{Deserialize, Serialize};

use super::{Caller, Keys, known::KnownToken};
use crate::{
    clock,
    problem::{Code, Problem},
};

/// How long an access token is good for.
pub const ACCESS_TOKEN_LIFE: Duration = Duration::from_secs(15 * 60);
const ISSUER: &str = "pakn";
const AUDIENCE: &str = "pakn-api";
/// How far the clocks of two servers may be apart, in seconds.
pub(super) const LEEWAY: u64 = 5;

/// What an access token says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AccessClaims {
    iss: String,
    aud: String,
    /// The account.
    pub sub: AccountId,
    /// The session.
    pub sid: SessionId,
    /// The role.
    pub role: Role,
    /// The agency of an officer or leader.
    pub agency: Option<AgencyCode>,
    /// Whether the password must be changed before anything else.
    pub must_change_password: bool,
    /// Whether the account has a second factor.
    #[serde(default)]
    pub second_factor: bool,
    iat: u64,
    exp: u64,
}

impl Keys {
    /// A token for an account that has signed in.
    ///
    /// # Errors
    /// When signing fails.
    pub fn sign(&self, account: &Account, session: SessionId, now: Instant) -> Result<String, Problem> {
        let iat = now.unix_millis() / 1000;
        let claims = AccessClaims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: account.id,
            sid: session,
            role: account.role,
            agency: account.role.needs_agency().then(|| account.actor.agency()).flatten(),
            must_change_password: account.must_change_password,
            second_factor: account.has_second_factor,
            iat,
            exp: iat + ACCESS_TOKEN_LIFE.as_secs(),
        };
        let (kid, key) = self.signing_at(now).ok_or_else(|| Problem::internal("no key signs"))?;
        let header = Header { kid: Some(kid), ..Header::new(Algorithm::EdDSA) };
        encode(&header, &claims, &key).map_err(Problem::internal)
    }

    /// Who a token speaks for.
    ///
    /// # Errors
    /// [`Code::InvalidToken`] when it is expired, forged, of another algorithm or issuer, or not for us.
    pub fn verify(&self, token: &str) -> Result<Caller, Problem> {
        let digest = Digest::of(&[token.as_bytes()]);
        if let Some(known) = self.known.get(&digest)
            && !known.has_ended(clock::now())
            && self.decoding(&known.kid).is_some()
        {
            return Ok(known.caller.clone());
        }
        let checked = self.check(token)?;
        let caller = checked.caller.clone();
        self.known.keep(digest, checked);
        Ok(caller)
    }

    fn check(&self, token: &str) -> Result<KnownToken, Problem> {
        let invalid = || Problem::new(Code::InvalidToken);
        let header = decode_header(token).map_err(|_| invalid())?;
        let kid = header.kid.ok_or_else(invalid)?;
        let key = self.decoding(&kid).ok_or_else(invalid)?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.leeway = LEEWAY;
        let claims = decode::<AccessClaims>(token, &key, &validation).map_err(|_| invalid())?.claims;
        let caller = Caller {
            actor: Actor::new(claims.sub, claims.role, claims.agency).map_err(|_| invalid())?,
            account: claims.sub,
            role: claims.role,
            session: claims.sid,
            must_change_password: claims.must_change_password,
            has_second_factor: claims.second_factor,
            expires_at: Duration::from_secs(claims.exp),
        };
        Ok(KnownToken { caller, kid })
    }
}
