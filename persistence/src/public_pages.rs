//! Published petitions by when they were sent or last changed, page by numbered page: what Open311 asks for, whose pages have no cursor.

use std::collections::HashMap;

use domain::{id::PetitionId, petition::PetitionCode, time::Instant};
use sea_orm::{ColumnTrait, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect, Select};
use uuid::Uuid;

use crate::{
    entity::petition::{Column, Entity},
    error::StoreError,
    petition::StoredPetition,
    public::{PublicFilter, narrowed},
    search::Part,
    store::Store,
};

/// A span of time, both ends included; `None`: without that end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Span {
    /// From when.
    pub from: Option<Instant>,
    /// To when.
    pub to: Option<Instant>,
}

impl Span {
    /// Whether it has an end at all.
    pub fn is_bounded(self) -> bool {
        self.from.is_some() || self.to.is_some()
    }

    fn of(self, mut query: Select<Entity>, column: Column) -> Select<Entity> {
        if let Some(from) = self.from {
            query = query.filter(column.gte(from.micros()));
        }
        if let Some(to) = self.to {
            query = query.filter(column.lte(to.micros()));
        }
        query
    }
}

/// Which published petitions, by time.
#[derive(Debug, Clone, Default)]
pub struct PublicPages {
    /// By their field, status and place.
    pub filter: PublicFilter,
    /// When they were sent.
    pub sent: Span,
    /// When their last event happened.
    pub changed: Span,
}

impl Store {
    /// A page of published petitions, the last that were sent first; where `sent` has no end, the last that changed first, so that
    /// one index gives the order in either case. What is skipped is counted off in that index.
    ///
    /// # Errors
    /// As the database says.
    pub async fn published_page(
        &self,
        pages: &PublicPages,
        skip: u64,
        limit: u64,
    ) -> Result<Vec<StoredPetition>, StoreError> {
        let order = if pages.sent.is_bounded() || !pages.changed.is_bounded() {
            Column::SubmittedAt
        } else {
            Column::UpdatedAt
        };
        let query = narrowed(self.engine(), &pages.filter, Part::Whole);
        let query = pages.changed.of(pages.sent.of(query, Column::SubmittedAt), Column::UpdatedAt);
        let ids: Vec<Uuid> = query
            .select_only()
            .column(Column::Id)
            .order_by(order, Order::Desc)
            .order_by(Column::Id, Order::Desc)
            .offset(skip)
            .limit(limit)
            .into_tuple()
            .all(self.reader())
            .await?;
        let ids: Vec<PetitionId> = ids.into_iter().map(PetitionId).collect();
        let found = self.petitions(&ids).await?.into_iter().map(|stored| (stored.petition.id, stored));
        let mut found: HashMap<PetitionId, StoredPetition> = found.collect();
        // Whatever was withdrawn from the public between the two queries is left out.
        let still = |stored: &StoredPetition| stored.petition.published.is_some();
        Ok(ids.iter().filter_map(|id| found.remove(id)).filter(still).collect())
    }

    /// The published petitions among those codes, the last that were sent first.
    ///
    /// # Errors
    /// As the database says.
    pub async fn published_of(&self, codes: &[PetitionCode]) -> Result<Vec<StoredPetition>, StoreError> {
        if codes.is_empty() {
            return Ok(Vec::new());
        }
        let rows = Entity::find()
            .filter(Column::Code.is_in(codes.iter().map(PetitionCode::as_str)))
            .filter(Column::PublishedAt.is_not_null())
            .order_by(Column::SubmittedAt, Order::Desc)
            .order_by(Column::Id, Order::Desc)
            .all(self.reader())
            .await?;
        rows.into_iter().map(StoredPetition::try_from).collect()
    }
}
