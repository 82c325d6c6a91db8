//! Lists of petitions: an agency's queue and a citizen's own, by keyset.

use domain::{
    code::{AgencyCode, CategoryCode},
    id::{AccountId, PetitionId},
    petition::Status,
    text::fold,
    time::Instant,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, Order, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{Expr, LikeExpr, Query},
};

use crate::{
    entity::{petition, petition_search},
    error::StoreError,
    petition::StoredPetition,
    store::Store,
};

/// What a queue shows.
#[derive(Debug, Clone)]
pub struct QueueFilter {
    /// Whose queue.
    pub holder: AgencyCode,
    /// In these statuses; empty: all that are open.
    pub statuses: Vec<Status>,
    /// Of these fields; empty: all.
    pub categories: Vec<CategoryCode>,
    /// Only those overdue (or not) at that instant.
    pub overdue: Option<(bool, Instant)>,
    /// Whose code, title, content or address has each of these words, marks or none.
    pub text: Option<String>,
}

/// Where a page begins and how long it is.
#[derive(Debug, Clone, Copy)]
pub struct Page<K> {
    /// The key of the last item of the page before.
    pub after: Option<K>,
    /// How many items.
    pub limit: u64,
}

impl Store {
    /// An agency's queue, soonest deadline first; the key is the deadline (the greatest integer for none) and the id.
    ///
    /// # Errors
    /// As the database says.
    pub async fn queue(
        &self,
        filter: &QueueFilter,
        page: Page<(i64, PetitionId)>,
    ) -> Result<Vec<StoredPetition>, StoreError> {
        let open = |status: &Status| status.is_open();
        let mut query = petition::Entity::find().filter(petition::Column::Holder.eq(filter.holder.as_str()));
        // The index begins with holder and openness: closed petitions, the most by far, are never read for an open queue.
        if filter.statuses.iter().all(open) {
            query = query.filter(petition::Column::IsOpen.eq(true));
        } else if !filter.statuses.iter().any(open) {
            query = query.filter(petition::Column::IsOpen.eq(false));
        }
        if !filter.statuses.is_empty() {
            query = query.filter(petition::Column::Status.is_in(filter.statuses.iter().map(|status| status.as_str())));
        }
        if !filter.categories.is_empty() {
            query = query.filter(petition::Column::Category.is_in(filter.categories.iter().map(CategoryCode::as_str)));
        }
        if let Some((overdue, instant)) = filter.overdue {
            let late = petition::Column::IsOpen.eq(true).and(petition::Column::DueOrder.lt(instant.micros()));
            query = query.filter(if overdue { late } else { late.not() });
        }
        if let Some(text) = &filter.text {
            query = with_words(query, text);
        }
        if let Some((due, id)) = page.after {
            let key = Expr::tuple([Expr::col(petition::Column::DueOrder), Expr::col(petition::Column::Id)]);
            query = query.filter(key.gt(Expr::tuple([Expr::value(due), Expr::value(id.0)])));
        }
        let query = query.order_by(petition::Column::DueOrder, Order::Asc).order_by(petition::Column::Id, Order::Asc);
        read(self, query.limit(page.limit)).await
    }

    /// A citizen's own petitions, newest first; the key is the id.
    ///
    /// # Errors
    /// As the database says.
    pub async fn petitions_of(
        &self,
        submitter: AccountId,
        page: Page<PetitionId>,
    ) -> Result<Vec<StoredPetition>, StoreError> {
        let mut query = petition::Entity::find().filter(petition::Column::Submitter.eq(submitter.0));
        if let Some(id) = page.after {
            query = query.filter(petition::Column::Id.lt(id.0));
        }
        read(self, query.order_by(petition::Column::Id, Order::Desc).limit(page.limit)).await
    }
}

/// Every word must be there. For each petition of the queue its text is looked up, in the queue's order, until the page is full.
fn with_words(query: Select<petition::Entity>, text: &str) -> Select<petition::Entity> {
    let mut all = Condition::all();
    for word in fold(text).split(' ').filter(|word| !word.is_empty()) {
        let pattern = word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        all = all.add(petition_search::Column::Text.like(LikeExpr::new(format!("%{pattern}%")).escape('\\')));
    }
    let own = Expr::col((petition_search::Entity, petition_search::Column::PetitionId))
        .equals((petition::Entity, petition::Column::Id));
    let found =
        Query::select().expr(Expr::value(1)).from(petition_search::Entity).and_where(own).cond_where(all).to_owned();
    query.filter(Expr::exists(found))
}

async fn read(store: &Store, query: Select<petition::Entity>) -> Result<Vec<StoredPetition>, StoreError> {
    query.all(store.reader()).await?.into_iter().map(StoredPetition::try_from).collect()
}
