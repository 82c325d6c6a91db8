//! The operator's texts.

use domain::wording::{Worded, Wording, Wordings};
use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, IntoActiveModel};

use crate::{
    agency::version,
    catalogue::word,
    entity::wording::{Entity, Model},
    error::StoreError,
    row::stored_int,
    store::{Snapshot, Store},
    unit_of_work::UnitOfWork,
    versioned::Versioned,
};

/// A text of the operator's.
pub type SetWording = (Wording, Worded);

impl Snapshot {
    /// The operator's texts.
    pub(crate) async fn wordings(&self) -> Result<Wordings, StoreError> {
        Ok(Wordings::new(all(&self.0).await?.into_iter().map(|kept| kept.value)))
    }
}

impl Store {
    /// The operator's texts, by name.
    ///
    /// # Errors
    /// As the database says.
    pub async fn wordings(&self) -> Result<Vec<Versioned<SetWording>>, StoreError> {
        all(self.reader()).await
    }
}

impl UnitOfWork {
    /// The operator's texts, which nobody else changes until this unit of work ends; every server will read them anew after it.
    ///
    /// # Errors
    /// As the database says.
    pub async fn wordings_to_change(&mut self) -> Result<Vec<Versioned<SetWording>>, StoreError> {
        // All changes of the catalogue wait for each other at this one row.
        self.bump_catalogue().await?;
        all(self.transaction()).await
    }

    /// Sets a text: for the first time, or in the place of the one there was.
    ///
    /// # Errors
    /// As the database says.
    pub async fn set_wording(&mut self, wording: &Versioned<SetWording>) -> Result<(), StoreError> {
        let (name, Worded { vietnamese, english }) = &wording.value;
        let row = Model {
            name: name.to_string(),
            vietnamese: vietnamese.clone(),
            english: english.clone(),
            version: stored_int(wording.version)?,
        };
        if wording.version == 1 {
            row.into_active_model().insert(self.transaction()).await?;
        } else {
            row.into_active_model().reset_all().update(self.transaction()).await?;
        }
        Ok(())
    }
}

async fn all(connection: &impl ConnectionTrait) -> Result<Vec<Versioned<SetWording>>, StoreError> {
    let rows = Entity::find().all(connection).await?;
    rows.into_iter()
        .map(|row| {
            let name = word("wording", "name", &row.name, Wording::parse)?;
            let version = version("wording", &row.name, row.version)?;
            Ok(Versioned { value: (name, Worded { vietnamese: row.vietnamese, english: row.english }), version })
        })
        .collect()
}
