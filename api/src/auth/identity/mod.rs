//! Signing in with an identity that a provider vouches for (VNeID, the national portal): OpenID Connect 1.0, authorization code with PKCE.
//!
//! The provider sends the person back to the app, by a link that the app has claimed, and the app hands on here what came with it.

mod attempt;
mod exchange;
mod id_token;
mod link_calls;
mod provider;
mod settings;
mod sign_in_calls;

use std::{path::Path, sync::Arc};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

pub(crate) use link_calls::IdentityView;
pub use link_calls::{begin_identity_link, link_identity, my_identities, unlink_identity};
pub use provider::Provider;
pub use settings::ProvidersError;
pub use sign_in_calls::{begin_identity_sign_in, end_identity_sign_in, list_identity_providers};

use crate::{
    ops::{Fullness, Tally},
    problem::{Code, Problem},
};

/// How many requests may wait for providers at once: each may be slow.
const ASKING: usize = 64;

/// The providers there are.
#[derive(Debug)]
pub struct Identities {
    providers: Vec<Provider>,
    turns: Arc<Semaphore>,
    tally: Tally,
}

impl Identities {
    /// As the file says; none without one.
    ///
    /// # Errors
    /// [`ProvidersError`].
    pub fn open(file: Option<&Path>) -> Result<Self, ProvidersError> {
        let mut providers = Vec::new();
        if let Some(file) = file {
            let client = provider::client().map_err(|error| settings::unusable(file, error))?;
            providers = settings::read(file)?.into_iter().map(|read| Provider::new(read, client.clone())).collect();
        }
        Ok(Self { providers, turns: Arc::new(Semaphore::new(ASKING)), tally: Tally::default() })
    }

    /// The provider of that code.
    fn provider(&self, code: &str) -> Result<&Provider, Problem> {
        let found = self.providers.iter().find(|provider| provider.settings.code == code);
        found.ok_or_else(|| Problem::new(Code::NotFound))
    }

    /// How many providers are being asked.
    pub fn fullness(&self) -> Fullness {
        Fullness::of("identity_providers", ASKING, &self.turns, &self.tally)
    }

    /// A turn to ask a provider.
    fn turn(&self) -> Result<OwnedSemaphorePermit, Problem> {
        Arc::clone(&self.turns).try_acquire_owned().map_err(|_| self.tally.refuse())
    }
}
