//! Numbers that stand for codes.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, EntityTrait, Set};

use crate::{
    entity::rate_name::{ActiveModel, Entity, Model},
    error::StoreError,
};

/// The codes of agencies, units and fields, and the numbers that stand for them; zero stands for none.
#[derive(Debug, Default)]
pub(super) struct Names {
    numbers: HashMap<String, u32>,
    names: Vec<String>,
}

impl Names {
    pub(super) async fn read(connection: &impl ConnectionTrait) -> Result<Self, StoreError> {
        let mut names = Self::default();
        for Model { id, name } in Entity::find().all(connection).await? {
            let number = u32::try_from(id).map_err(|error| StoreError::inconsistent("rate_name", "id", id, error))?;
            let place =
                usize::try_from(number).map_err(|error| StoreError::inconsistent("rate_name", "id", id, error))?;
            if names.names.len() <= place {
                names.names.resize(place + 1, String::new());
            }
            if let Some(held) = names.names.get_mut(place) {
                held.clone_from(&name);
            }
            names.numbers.insert(name, number);
        }
        Ok(names)
    }

    /// Gives a number to those that have none. To be called by one at a time.
    pub(super) async fn add<'a>(
        &mut self,
        connection: &impl ConnectionTrait,
        names: impl Iterator<Item = &'a str>,
    ) -> Result<(), StoreError> {
        let mut new = Vec::new();
        let mut next = u32::try_from(self.names.len().max(1)).unwrap_or(u32::MAX);
        for name in names {
            if !self.numbers.contains_key(name) {
                self.numbers.insert(name.to_owned(), next);
                new.push((next, name.to_owned()));
                next += 1;
            }
        }
        if new.is_empty() {
            return Ok(());
        }
        if self.names.is_empty() {
            self.names.push(String::new());
        }
        let mut rows = Vec::with_capacity(new.len());
        for (number, name) in new {
            let id = stored(number)?;
            rows.push(ActiveModel { id: Set(id), name: Set(name.clone()) });
            self.names.push(name);
        }
        Entity::insert_many(rows).exec_without_returning(connection).await?;
        Ok(())
    }

    /// The number that stands for a code.
    pub(super) fn number(&self, name: &str) -> Result<u32, StoreError> {
        let number = self.numbers.get(name).copied();
        number.ok_or_else(|| StoreError::inconsistent("rate_name", "name", name, "it has no number"))
    }

    /// The code that a number stands for.
    pub(super) fn name(&self, number: u32) -> Result<&str, StoreError> {
        let name = usize::try_from(number).ok().and_then(|place| self.names.get(place)).filter(|name| !name.is_empty());
        let name = name.map(String::as_str);
        name.ok_or_else(|| StoreError::inconsistent("rate_name", "id", number, "it stands for nothing"))
    }
}

/// A number as the database keeps it.
pub(super) fn stored(number: u32) -> Result<i32, StoreError> {
    i32::try_from(number).map_err(|error| StoreError::inconsistent("rate_name", "id", number, error))
}
