//! One-time codes: made, kept as keyed digests, sent beside the request that asks for them, and tried.

use std::{sync::Arc, time::Duration};

use actix_web::web::Data;
use domain::{
    account::Login,
    chain::Digest,
    id::AccountId,
    one_time::{CODE_LIFE_SECS, Purpose, TypedCode},
};
use persistence::UnitOfWork;
use tokio::sync::Semaphore;

use super::{
    lockout::Attempt,
    vault::{Sealed, Vault},
};
use crate::{
    app::App,
    clock,
    message::Message,
    ops::{Fullness, Tally},
    problem::Problem,
};

/// How many messages are on their way at once; gateways are slow, and what waits here is lost when the server stops.
const ON_THEIR_WAY: usize = 256;

/// What a code is kept under.
fn key(vault: &Vault, purpose: Purpose, login: &Login) -> Digest {
    vault.digest(Sealed::CodeKey, &[purpose.as_str().as_bytes(), login.as_str().as_bytes()])
}

/// What is kept of a code. It is bound to what it was sent for.
fn digest(vault: &Vault, key: &Digest, code: &str) -> Digest {
    vault.digest(Sealed::Code, &[key.as_bytes(), code.as_bytes()])
}

/// Turns for messages on their way.
#[derive(Debug, Clone)]
pub struct OnTheirWay(Arc<Semaphore>, Tally);

impl Default for OnTheirWay {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(ON_THEIR_WAY)), Tally::default())
    }
}

impl OnTheirWay {
    /// How many there are.
    pub fn fullness(&self) -> Fullness {
        Fullness::of("codes", ON_THEIR_WAY, &self.0, &self.1)
    }
}

/// Has a code sent to whoever signs in with that. All of it happens beside the request: whether there is such an account shows neither in
/// the answer nor in its time.
///
/// # Errors
/// [`Code::TooManyTries`] with how long to wait for the next one; [`Code::Busy`].
pub(super) async fn send(app: &Data<App>, purpose: Purpose, login: Login) -> Result<(), Problem> {
    let turn = Arc::clone(&app.on_their_way.0).try_acquire_owned().map_err(|_| app.on_their_way.1.refuse())?;
    Attempt::at_code(&app.vault, login.as_str()).count(app).await?;
    let app = app.clone();
    tokio::spawn(async move {
        let _turn = turn;
        if let Err(problem) = deliver(&app, purpose, &login).await {
            tracing::warn!(%problem, purpose = purpose.as_str(), "a code could not be sent");
        }
    });
    Ok(())
}

async fn deliver(app: &App, purpose: Purpose, login: &Login) -> Result<(), Problem> {
    let account = app.store.account_by_login(login).await?.filter(|account| account.is_active);
    let (key, code) = (key(&app.vault, purpose, login), clock::code());
    let expires_at = clock::now().plus(chrono::Duration::seconds(i64::from(CODE_LIFE_SECS)));
    let mut unit = app.store.begin().await?;
    let owner = account.as_ref().map(|account| account.id);
    unit.keep_code(&key, owner, &digest(&app.vault, &key, &code), expires_at).await?;
    unit.commit().await?;
    if account.is_none() {
        return Ok(());
    }
    let life = Duration::from_secs(u64::from(CODE_LIFE_SECS));
    let message = Message::code(&app.catalogue().wordings, purpose, &code, life);
    app.gateways.send(login, &message).await.map_err(Problem::internal)
}

/// Tries a code within a unit of work, which must be committed whatever comes of it: a try that is taken back was none.
pub(super) async fn try_code(
    app: &App,
    unit: &mut UnitOfWork,
    purpose: Purpose,
    login: &Login,
    code: &TypedCode,
) -> Result<Option<AccountId>, Problem> {
    let key = key(&app.vault, purpose, login);
    Ok(unit.try_code(&key, &digest(&app.vault, &key, code.as_str()), clock::now()).await?)
}
