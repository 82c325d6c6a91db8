//! What every request shares: the store, the catalogue in memory, keys and passwords.

use std::{path::Path, sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use chrono::NaiveDate;
use domain::{
    catalogue::Unit,
    code::{AgencyCode, UnitCode},
};
use persistence::{CatalogueDay, Store, StoreError};

use crate::{
    auth::{Keys, KeysError, Passwords},
    clock,
};

/// How often a server looks whether another one changed the catalogue.
const CATALOGUE_POLL: Duration = Duration::from_secs(2);

/// The running application.
pub struct App {
    /// Where everything is kept.
    pub store: Store,
    /// The keys of access tokens.
    pub keys: Keys,
    /// The password hasher.
    pub passwords: Passwords,
    catalogue: ArcSwap<CatalogueDay>,
}

/// Why the application cannot start.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no key to sign with.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// argon2 failed.
    #[error("argon2: {0}")]
    Passwords(argon2::password_hash::Error),
}

impl App {
    /// Reads keys and catalogue.
    ///
    /// # Errors
    /// [`AppError`].
    pub async fn open(store: Store, data_dir: &Path) -> Result<Self, AppError> {
        let catalogue = load(&store, clock::now().local_date()).await?;
        Ok(Self {
            keys: Keys::open(data_dir)?,
            passwords: Passwords::new().map_err(AppError::Passwords)?,
            catalogue: ArcSwap::from_pointee(catalogue),
            store,
        })
    }

    /// The catalogue as it is now; it stays the same for whoever holds it.
    pub fn catalogue(&self) -> Arc<CatalogueDay> {
        self.catalogue.load_full()
    }

    /// Reads the catalogue again if it changed, or if a new day began in Việt Nam.
    ///
    /// # Errors
    /// As the store says; the catalogue in memory then stays.
    pub async fn refresh_catalogue(&self) -> Result<(), StoreError> {
        let (held, day) = (self.catalogue(), clock::now().local_date());
        if held.catalogue.directory.day() == day && self.store.catalogue_revision().await? == held.revision {
            return Ok(());
        }
        let loaded = load(&self.store, day).await?;
        tracing::info!(catalogue.revision = loaded.revision, %day, "catalogue loaded");
        self.catalogue.store(Arc::new(loaded));
        Ok(())
    }

    /// Keeps the catalogue fresh until the task is ended.
    pub async fn keep_catalogue_fresh(self: Arc<Self>) {
        loop {
            tokio::time::sleep(CATALOGUE_POLL).await;
            if let Err(error) = self.refresh_catalogue().await {
                tracing::warn!(%error, "the catalogue could not be read again; the one in memory stays");
            }
        }
    }
}

async fn load(store: &Store, day: NaiveDate) -> Result<CatalogueDay, StoreError> {
    store.snapshot().await?.catalogue(day).await
}

/// The unit of that code on that day: codes were re-used with other meanings.
pub fn unit_on<'a>(catalogue: &'a CatalogueDay, code: &UnitCode, day: NaiveDate) -> Option<&'a Unit> {
    let units = catalogue.units.iter().filter(|unit| unit.code == *code);
    units.min_by_key(|unit| !unit.validity.covers(day))
}

/// The name of an agency; its code where the catalogue does not know it.
pub fn agency_name(catalogue: &CatalogueDay, code: &AgencyCode) -> String {
    let agency = catalogue.catalogue.directory.agency(code);
    agency.map_or_else(|| code.to_string(), |agency| agency.name.clone())
}
