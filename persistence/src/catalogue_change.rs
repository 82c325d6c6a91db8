//! The list of changes: noted in the transaction of the change itself, so that neither is there without the other.

use domain::{
    change::{Change, ChangeKind},
    id::{AccountId, ChangeId},
    time::Instant,
};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};
use serde_json::Value;

use crate::{
    entity::catalogue_change::{Column, Entity, Model},
    error::StoreError,
    store::Store,
    unit_of_work::UnitOfWork,
};

const TABLE: &str = "catalogue_change";

/// Which changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChangeFilter {
    /// Of these kinds; empty: of any.
    pub kinds: Vec<ChangeKind>,
    /// Of the thing with this key.
    pub key: Option<String>,
}

impl UnitOfWork {
    /// Notes a change, to be committed with it.
    ///
    /// # Errors
    /// As the database says.
    pub async fn note_change(&mut self, change: &Change) -> Result<(), StoreError> {
        let json = |value: &Option<Value>| value.as_ref().map(Value::to_string);
        let row = Model {
            id: change.id.0,
            at: change.at.micros(),
            author: change.author.map(|author| author.0),
            kind: change.kind.to_string(),
            item_key: change.key.clone(),
            before_json: json(&change.before),
            after_json: json(&change.after),
            reason: change.reason.clone(),
        };
        Entity::insert(row.into_active_model()).exec_without_returning(self.transaction()).await?;
        Ok(())
    }
}

impl Store {
    /// A page of the changes, the newest first.
    ///
    /// # Errors
    /// As the database says.
    pub async fn catalogue_changes(
        &self,
        filter: &ChangeFilter,
        before: Option<ChangeId>,
        limit: u64,
    ) -> Result<Vec<Change>, StoreError> {
        let mut found = Entity::find();
        if !filter.kinds.is_empty() {
            found = found.filter(Column::Kind.is_in(filter.kinds.iter().map(|kind| kind.as_str())));
        }
        if let Some(key) = &filter.key {
            found = found.filter(Column::ItemKey.eq(key));
        }
        if let Some(before) = before {
            found = found.filter(Column::Id.lt(before.0));
        }
        // Ids are in the order of time.
        let rows = found.order_by_desc(Column::Id).limit(limit).all(self.reader()).await?;
        rows.into_iter().map(Change::try_from).collect()
    }
}

impl TryFrom<Model> for Change {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        let wrong = |column, problem: &dyn std::fmt::Display| StoreError::inconsistent(TABLE, column, row.id, problem);
        let json = |column, text: &Option<String>| {
            text.as_deref().map(serde_json::from_str::<Value>).transpose().map_err(|error| wrong(column, &error))
        };
        Ok(Self {
            at: Instant::from_micros(row.at).ok_or_else(|| wrong("at", &"not an instant"))?,
            kind: ChangeKind::parse(&row.kind).ok_or_else(|| wrong("kind", &"unknown word"))?,
            before: json("before_json", &row.before_json)?,
            after: json("after_json", &row.after_json)?,
            id: ChangeId(row.id),
            author: row.author.map(AccountId),
            key: row.item_key,
            reason: row.reason,
        })
    }
}
