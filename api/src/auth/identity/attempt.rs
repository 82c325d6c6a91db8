//! A sign-in with an identity, or a link to one, from its beginning to its end.
//!
//! Whoever begins one gets a secret, and only with it can it be ended: a code that was made somebody else's way, or for somebody else's app, opens
//! nothing. What has been agreed with the provider (state, nonce, PKCE) lies in the database meanwhile, encrypted, so that any server can end it.

use domain::{chain::Digest, id::AccountId, identity::ATTEMPT_LIFE_SECS};
use persistence::IdentityAttempt;
use serde::{Deserialize, Serialize};

use super::{exchange, id_token::Description, provider::Provider};
use crate::{
    app::App,
    auth::{
        sign_in::digest,
        vault::{Sealed, Vault},
    },
    clock,
    field::{Faults, Field},
    problem::{Code, Problem},
};

/// What has been agreed with a provider.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Begun {
    pub(super) provider: String,
    pub(super) redirect_uri: String,
    pub(super) state: String,
    pub(super) nonce: String,
    pub(super) verifier: String,
}

/// Somebody whom a provider has vouched for.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Vouched {
    pub(super) provider: String,
    digest: String,
    pub(super) described: Description,
}

impl Vouched {
    /// What their identity is kept as.
    pub(super) fn digest(&self) -> Result<Digest, Problem> {
        hex::decode(&self.digest)
            .ok()
            .and_then(|bytes| Digest::from_bytes(&bytes))
            .ok_or_else(|| Problem::internal("an attempt without a digest"))
    }
}

/// How far it has come.
#[derive(Clone, Serialize, Deserialize)]
enum Stage {
    /// The person is with the provider.
    Begun(Begun),
    /// The provider has vouched for them; something else is missing.
    Vouched(Vouched),
}

/// An attempt that is under way, and taken by nobody yet.
pub(super) struct Attempt {
    key: Digest,
    row: IdentityAttempt,
    stage: Stage,
}

/// What a person comes back with from the provider.
struct Returned {
    state: String,
    code: Option<String>,
    /// RFC 9207.
    issuer: Option<String>,
    /// Why there is no code.
    error: Option<String>,
}

/// One attempt's row opens for it alone.
fn owner(key: &Digest) -> Vec<u8> {
    [b"identity attempt\0".as_slice(), key.as_bytes()].concat()
}

fn sealed(vault: &Vault, key: &Digest, stage: &Stage) -> Result<Vec<u8>, Problem> {
    vault.seal(&owner(key), &serde_json::to_vec(stage).map_err(Problem::internal)?)
}

/// Begins one: its secret, and where the person must go.
pub(super) async fn begin(
    app: &App,
    provider: &Provider,
    redirect_uri: String,
    account: Option<AccountId>,
) -> Result<(String, url::Url), Problem> {
    let begun = Begun {
        provider: provider.settings.code.clone(),
        redirect_uri,
        state: clock::secret(),
        nonce: clock::secret(),
        verifier: clock::secret(),
    };
    let url = exchange::authorization_url(provider, &begun).await?;
    let secret = clock::secret();
    let key = digest(&secret);
    let life = chrono::Duration::seconds(i64::from(ATTEMPT_LIFE_SECS));
    let sealed = sealed(&app.vault, &key, &Stage::Begun(begun))?;
    let row = IdentityAttempt { account, sealed, expires_at: clock::now().plus(life) };
    let mut unit = app.store.begin().await?;
    unit.keep_attempt(&key, &row).await?;
    unit.commit().await?;
    Ok((secret, url))
}

/// What a request brings that ends an attempt.
pub(super) struct Ending {
    pub(super) attempt: Field<String>,
    pub(super) state: Field<String>,
    pub(super) code: Field<String>,
    pub(super) iss: Field<String>,
    pub(super) error: Field<String>,
}

/// Whom the provider vouches for, of an attempt that is the account's or nobody's; `faults` may know more that is wrong with the request.
///
/// # Errors
/// [`Problem`] with what is wrong with the request; as [`Attempt::of`] and [`Attempt::vouch`].
pub(super) async fn vouched(
    app: &App,
    account: Option<AccountId>,
    mut faults: Faults,
    ending: Ending,
) -> Result<(Attempt, Vouched), Problem> {
    let Ending { attempt, state, code, iss, error } = ending;
    let secret = faults.required("/attempt", attempt);
    let secret = faults.finish(secret)?;
    let attempt = Attempt::of(app, &secret, account).await?;
    let mut faults = Faults::default();
    // Nothing more is needed where the provider has vouched before.
    let returned = if attempt.is_vouched() {
        Some(None)
    } else {
        let state = faults.required("/state", state);
        let (issuer, error) = (faults.optional("/iss", iss), faults.optional("/error", error));
        let code = if error.is_some() { faults.optional("/code", code) } else { faults.required("/code", code) };
        state.map(|state| Some(Returned { state, code, issuer, error }))
    };
    let returned = faults.finish(returned)?;
    let _turn = app.identities.turn()?;
    attempt.vouch(app, returned).await
}

impl Attempt {
    /// The attempt of that secret, where it is the same account's or is nobody's sign-in.
    ///
    /// # Errors
    /// [`Code::IdentityAttemptOver`].
    async fn of(app: &App, secret: &str, account: Option<AccountId>) -> Result<Self, Problem> {
        let key = digest(secret);
        let row = app.store.identity_attempt(&key, clock::now()).await?.filter(|row| row.account == account);
        let row = row.ok_or_else(|| Problem::new(Code::IdentityAttemptOver))?;
        let stage = app.vault.open_sealed(&owner(&key), &row.sealed)?;
        let stage = serde_json::from_slice(&stage).map_err(Problem::internal)?;
        Ok(Self { key, row, stage })
    }

    /// Whether the provider has vouched already.
    fn is_vouched(&self) -> bool {
        match &self.stage {
            Stage::Begun(_) => false,
            Stage::Vouched(_) => true,
        }
    }

    /// Whom the provider vouches for. What the person came back with is good for one try, whatever comes of it.
    ///
    /// # Errors
    /// [`Code::IdentityAttemptOver`] when somebody else was faster; [`Code::IdentityRefused`], [`Code::IdentityProviderUnavailable`].
    async fn vouch(self, app: &App, returned: Option<Returned>) -> Result<(Self, Vouched), Problem> {
        let begun = match &self.stage {
            Stage::Vouched(vouched) => {
                let vouched = vouched.clone();
                return Ok((self, vouched));
            }
            Stage::Begun(begun) => begun.clone(),
        };
        let Some(returned) = returned else { return Err(Problem::new(Code::IdentityRefused)) };
        self.take(app).await?;
        let provider = app.identities.provider(&begun.provider)?;
        let metadata = provider.metadata().await?;
        // As digests: how long comparing takes tells nothing of the state.
        if digest(&returned.state) != digest(&begun.state) {
            return Err(exchange::refused("a sign-in came back with another's state"));
        }
        match &returned.issuer {
            Some(issuer) if *issuer != provider.settings.issuer => {
                return Err(exchange::refused("a sign-in came back from another issuer"));
            }
            None if metadata.authorization_response_iss_parameter_supported => {
                return Err(exchange::refused("a sign-in came back without the issuer that its provider says"));
            }
            Some(_) | None => {}
        }
        let code = returned.code.ok_or_else(|| {
            exchange::refused(format!("an identity provider refused: {:?}", returned.error.unwrap_or_default()))
        })?;
        let (claims, described) = exchange::person(provider, &begun, &code, clock::now()).await?;
        let issuer = provider.settings.issuer.as_bytes();
        let digest = app.vault.digest(Sealed::Identity, &[issuer, claims.sub.as_bytes()]);
        let vouched = Vouched { provider: begun.provider, digest: digest.to_string(), described };
        let stage = Stage::Vouched(vouched.clone());
        let row = IdentityAttempt { sealed: sealed(&app.vault, &self.key, &stage)?, ..self.row };
        let mut unit = app.store.begin().await?;
        unit.keep_attempt(&self.key, &row).await?;
        unit.commit().await?;
        Ok((Self { key: self.key, row, stage }, vouched))
    }

    /// Takes it: nobody else can from now on.
    async fn take(&self, app: &App) -> Result<(), Problem> {
        let mut unit = app.store.begin().await?;
        self.end(&mut unit).await?;
        Ok(unit.commit().await?)
    }

    /// Ends it, with what comes of it.
    ///
    /// # Errors
    /// [`Code::IdentityAttemptOver`] when somebody else was faster.
    pub(super) async fn end(&self, unit: &mut persistence::UnitOfWork) -> Result<(), Problem> {
        if unit.take_attempt(&self.key, &self.row).await? {
            Ok(())
        } else {
            Err(Problem::new(Code::IdentityAttemptOver))
        }
    }
}
