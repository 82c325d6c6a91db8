//! Filters of the queue that somebody keeps under a name.

use domain::{
    id::{AccountId, FilterId},
    time::Instant,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use crate::{
    entity::saved_filter::{ActiveModel, Column, Entity},
    error::StoreError,
    store::Store,
    unit_of_work::UnitOfWork,
};

/// A filter under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedFilter {
    /// Its id.
    pub id: FilterId,
    /// Its name, unique for the account.
    pub name: String,
    /// The query string of the queue.
    pub query: String,
}

impl Store {
    /// The filters of an account, by name.
    ///
    /// # Errors
    /// As the database says.
    pub async fn saved_filters(&self, account: AccountId) -> Result<Vec<SavedFilter>, StoreError> {
        let mut rows = Entity::find().filter(Column::AccountId.eq(account.0)).all(self.reader()).await?;
        // Not by the database: engines and their locales order names differently.
        rows.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(rows.into_iter().map(|row| SavedFilter { id: FilterId(row.id), name: row.name, query: row.query }).collect())
    }
}

impl UnitOfWork {
    /// Keeps a filter.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] on [`crate::Constraint::SavedFilterName`] when the account has one of that name.
    pub async fn save_filter(
        &mut self,
        account: AccountId,
        filter: &SavedFilter,
        now: Instant,
    ) -> Result<(), StoreError> {
        let row = ActiveModel {
            id: Set(filter.id.0),
            account_id: Set(account.0),
            name: Set(filter.name.clone()),
            query: Set(filter.query.clone()),
            created_at: Set(now.micros()),
        };
        Entity::insert(row).exec_without_returning(self.transaction()).await?;
        Ok(())
    }

    /// Forgets a filter of an account; whether there was one.
    ///
    /// # Errors
    /// As the database says.
    pub async fn forget_filter(&mut self, account: AccountId, id: FilterId) -> Result<bool, StoreError> {
        let own = Entity::delete_many().filter(Column::Id.eq(id.0)).filter(Column::AccountId.eq(account.0));
        Ok(own.exec(self.transaction()).await?.rows_affected == 1)
    }
}
