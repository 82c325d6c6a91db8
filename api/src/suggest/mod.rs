//! The suggestion of a field: asked for by whoever writes a petition, learned from what staff decide.

mod call;
mod learn;

use std::sync::Arc;

use arc_swap::ArcSwap;
use domain::suggest::{Learned, Model, WordKey};
use persistence::{CatalogueDay, Consumer, Store, StoreError};

use crate::auth::{Sealed, Vault};

pub use call::suggest_category;

/// The model in memory, swapped whole when there is another.
#[derive(Debug)]
pub struct Suggester(ArcSwap<Held>);

/// A model, and what it was made of.
#[derive(Debug)]
struct Held {
    model: Model,
    learned: Arc<Learned>,
    /// The revision of the catalogue, and of what was learned.
    made_of: (i64, i64),
}

impl Held {
    fn new(catalogue: &CatalogueDay, learned: Arc<Learned>, lesson: i64, vault: &Vault) -> Self {
        let fields = catalogue.catalogue.categories.values().map(|category| (&category.code, category.name.as_str()));
        let model = Model::new(fields, &learned, |form| word_key(vault, form));
        Self { model, learned, made_of: (catalogue.revision, lesson) }
    }
}

impl Suggester {
    /// With what was learned until now.
    ///
    /// # Errors
    /// As the store says.
    pub async fn open(store: &Store, catalogue: &CatalogueDay, vault: &Vault) -> Result<Self, StoreError> {
        let lesson = store.turn(Consumer::Suggestion).await?.revision;
        let learned = Arc::new(store.learned().await?);
        Ok(Self(ArcSwap::from_pointee(Held::new(catalogue, learned, lesson, vault))))
    }
}

/// What a form of a word is counted under: a fingerprint by the server's secret, so that the counts tell nobody what was written.
fn word_key(vault: &Vault, form: &str) -> WordKey {
    let digest = vault.digest(Sealed::Word, &[form.as_bytes()]);
    let bytes = digest.as_bytes().iter().take(8);
    WordKey(bytes.fold(0, |key, byte| (key << 8) | i64::from(*byte)))
}
