//! The portals that there is an exchange with: their keys, and who signs a request.

use std::{fmt, str::FromStr};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use domain::{
    account::{Actor, Login, Role},
    code::SourceCode,
    id::{AccountId, SessionId},
};
use futures_util::future::LocalBoxFuture;
use persistence::Account;
use uuid::Uuid;

use super::signature::Claimed;
use crate::{
    app::App,
    auth::{Caller, app_of},
    body::RawBody,
    clock,
    problem::{Code, Problem},
};

/// The fewest bytes of a key: as many as the digest has (RFC 2104).
const KEY_BYTES: usize = 32;

/// What the login of the account begins with that a partner's message ids are kept under. Nobody signs in to it.
const LOGIN: &str = "partner";

/// A key that a partner signs with. A partner may have two for a while, so that one takes the place of the other.
#[derive(Clone)]
pub struct PartnerKey {
    partner: SourceCode,
    key: hmac::Key,
}

// No key reaches a log.
impl fmt::Debug for PartnerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PartnerKey({})", self.partner)
    }
}

impl FromStr for PartnerKey {
    type Err = String;

    /// `NAME=BASE64`. What is said of a wrong one has nothing of it.
    fn from_str(text: &str) -> Result<Self, String> {
        let (name, key) = text.split_once('=').ok_or("must be NAME=KEY")?;
        let partner = SourceCode::parse(name.trim()).map_err(|_| "a name has 1–64 of a–z, 0–9 and -")?;
        Login::name(&format!("{LOGIN}.{partner}")).map_err(|_| "the name is too long")?;
        let key = STANDARD.decode(key.trim()).map_err(|_| "the key is no base64")?;
        if key.len() < KEY_BYTES {
            return Err(format!("the key has fewer than {KEY_BYTES} bytes"));
        }
        Ok(Self { partner, key: hmac::Key::new(hmac::HMAC_SHA256, &key) })
    }
}

/// All partners.
#[derive(Debug, Default)]
pub struct Partners(Vec<PartnerKey>);

impl Partners {
    /// As the settings say.
    pub fn new(keys: &[PartnerKey]) -> Self {
        Self(keys.to_vec())
    }

    /// Whose key that is, and their keys; `None` where nobody's.
    fn of(&self, key_id: &str) -> Option<(SourceCode, Vec<&hmac::Key>)> {
        let keys: Vec<&PartnerKey> = self.0.iter().filter(|key| key.partner.as_str() == key_id).collect();
        let partner = keys.first()?.partner.clone();
        Some((partner, keys.into_iter().map(|key| &key.key).collect()))
    }
}

/// A request that a partner signed, read whole.
#[derive(Debug)]
pub struct Signed {
    /// Who.
    pub(super) partner: SourceCode,
    /// The body.
    pub(super) body: Bytes,
}

impl FromRequest for Signed {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, body) = (request.clone(), RawBody::from_request(request, payload));
        Box::pin(async move {
            let RawBody { bytes: body, .. } = body.await?;
            let claimed = Claimed::read(&request, &body)?;
            let known = app_of(&request)?.partners.of(&claimed.key_id);
            let (partner, keys) = known.ok_or_else(|| Problem::new(Code::InvalidSignature))?;
            claimed.check(&keys, clock::now())?;
            Ok(Self { partner, body })
        })
    }
}

impl Signed {
    /// The partner as it acts for one of its citizens: what they did there, it hands over as theirs. What was done by which message is kept
    /// under an account of the partner's own.
    ///
    /// # Errors
    /// As the store says.
    pub(super) async fn acting_for(&self, app: &App, sender: AccountId) -> Result<Caller, Problem> {
        Ok(Caller {
            actor: Actor::Citizen(sender),
            account: self.account(app).await?,
            role: Role::Citizen,
            session: SessionId(Uuid::nil()),
            must_change_password: false,
            has_second_factor: true,
            expires_at: std::time::Duration::ZERO,
        })
    }

    /// The account that the partner's message ids are kept under; made when it is first needed.
    ///
    /// # Errors
    /// As the store says.
    pub(super) async fn account(&self, app: &App) -> Result<AccountId, Problem> {
        let login = Login::name(&format!("{LOGIN}.{}", self.partner)).map_err(Problem::internal)?;
        if let Some(account) = app.store.account_by_login(&login).await? {
            return Ok(account.id);
        }
        let now = clock::now();
        let id = AccountId::new(now, &clock::id_randomness());
        let account = Account::citizen(id, login.clone(), String::new(), self.partner.to_string(), now);
        let account = Account { is_active: false, ..account };
        let mut unit = app.store.begin().await?;
        match unit.add_accounts(std::slice::from_ref(&account)).await {
            Ok(()) => {
                unit.commit().await?;
                Ok(id)
            }
            // Another message of the same partner was faster.
            Err(error) => {
                drop(unit);
                let account = app.store.account_by_login(&login).await?;
                account.map(|account| account.id).ok_or_else(|| error.into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partner_has_a_name_and_a_long_key() {
        let key = STANDARD.encode([7_u8; 32]);
        let keys: Vec<PartnerKey> = [format!("dvcqg={key}"), format!("dvcqg={key}"), format!("khac={key}")]
            .iter()
            .map(|text| text.parse().unwrap())
            .collect();
        let partners = Partners::new(&keys);
        let of = |name: &str| partners.of(name).map(|(partner, keys)| (partner.to_string(), keys.len()));
        assert_eq!(of("dvcqg"), Some(("dvcqg".to_owned(), 2)));
        assert_eq!((of("khac"), of("")), (Some(("khac".to_owned(), 1)), None));
        assert!(!format!("{partners:?}").contains(&key));
        let short = format!("dvcqg={}", STANDARD.encode([7_u8; 31]));
        for wrong in ["", "dvcqg", "dvcqg=", "dvcqg=%%%", "DVCQG=AAAA", short.as_str()] {
            let said = wrong.parse::<PartnerKey>().unwrap_err();
            assert!(!said.contains("AAAA"), "{said}");
        }
    }
}
