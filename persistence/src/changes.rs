//! What changed among a citizen's own petitions.
//!
//! A petition that was put to another shows that one's answer: what happens to the other is a change of it too, though no event of its
//! own.

use std::collections::HashMap;

use domain::{
    id::{AccountId, PetitionId},
    petition::Petition,
    time::Instant,
};
use sea_orm::{
    ColumnTrait, EntityTrait, ExprTrait, FromQueryResult, Order, QueryFilter, QueryOrder, QuerySelect, Statement,
    Value, sea_query::Expr,
};
use uuid::Uuid;

use crate::{
    entity::petition::{Column, Entity},
    error::StoreError,
    queue::{Page, read},
    store::Store,
};

/// A petition, and the last change of what its sender is shown of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Changed {
    /// When that was.
    pub at: Instant,
    /// How many events there have been, its own and those of the petitions whose answer it shares.
    pub version: u32,
    /// The petition.
    pub petition: Petition,
}

/// A petition that was put to another, and the last change of either.
#[derive(FromQueryResult)]
struct Shared {
    id: Uuid,
    at: i64,
    version: i32,
}

/// What of it is `$1`'s and was put to others, along the whole way: a petition may be put to one that is put to a third.
const SHARED: &str = "WITH RECURSIVE shared (id, at, version, next) AS (
        SELECT id, updated_at, version, merged_into FROM petition WHERE submitter = $1 AND merged_into IS NOT NULL
        UNION ALL
        SELECT s.id, CASE WHEN p.updated_at > s.at THEN p.updated_at ELSE s.at END, s.version + p.version, p.merged_into
        FROM shared s JOIN petition p ON p.id = s.next
    )
    SELECT id, at, version FROM shared WHERE next IS NULL";

impl Store {
    /// A citizen's own petitions by when they changed last, earliest first, after that instant and id: two queries, and one more
    /// where some were put to others.
    ///
    /// What is committed late stands among what was read before: to come back for it is the caller's.
    ///
    /// # Errors
    /// As the database says.
    pub async fn changes_of(
        &self,
        submitter: AccountId,
        page: Page<(Instant, PetitionId)>,
    ) -> Result<Vec<Changed>, StoreError> {
        let mut query = Entity::find().filter(Column::Submitter.eq(submitter.0)).filter(Column::MergedInto.is_null());
        if let Some((at, id)) = page.after {
            let key = Expr::tuple([Expr::col(Column::UpdatedAt), Expr::col(Column::Id)]);
            query = query.filter(key.gt(Expr::tuple([Expr::value(at.micros()), Expr::value(id.0)])));
        }
        let query = query.order_by(Column::UpdatedAt, Order::Asc).order_by(Column::Id, Order::Asc);
        let own = read(self, query.limit(page.limit)).await?.into_iter().map(|stored| Changed {
            at: stored.petition.updated_at,
            version: stored.petition.version,
            petition: stored.petition,
        });
        let mut changes: Vec<Changed> = own.chain(self.shared_changes_of(submitter, page).await?).collect();
        changes.sort_by_key(|changed| (changed.at, changed.petition.id.0));
        changes.truncate(usize::try_from(page.limit).unwrap_or(usize::MAX));
        Ok(changes)
    }

    /// The same of those that were put to others, in no order.
    async fn shared_changes_of(
        &self,
        submitter: AccountId,
        Page { after, limit }: Page<(Instant, PetitionId)>,
    ) -> Result<Vec<Changed>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut values = vec![Value::from(submitter.0), Value::from(limit)];
        let later = after.map_or("", |(at, id)| {
            values.extend([Value::from(at.micros()), Value::from(id.0)]);
            "AND (at, id) > ($3, $4)"
        });
        let sql = format!("{SHARED} {later} ORDER BY at, id LIMIT $2");
        let statement = Statement::from_sql_and_values(self.reader().get_database_backend(), sql, values);
        let shared = Shared::find_by_statement(statement).all(self.reader()).await?;
        let ids: Vec<PetitionId> = shared.iter().map(|row| PetitionId(row.id)).collect();
        let petitions = self.petitions(&ids).await?.into_iter().map(|stored| (stored.petition.id, stored.petition));
        let mut petitions: HashMap<PetitionId, Petition> = petitions.collect();
        let changed = |row: Shared| {
            let wrong = |column| StoreError::inconsistent("petition", column, row.id, "not what was stored");
            let Some(petition) = petitions.remove(&PetitionId(row.id)) else { return Ok(None) };
            let at = Instant::from_micros(row.at).ok_or_else(|| wrong("updated_at"))?;
            let version = u32::try_from(row.version).map_err(|_| wrong("version"))?;
            Ok(Some(Changed { at, version, petition }))
        };
        shared.into_iter().map(changed).filter_map(Result::transpose).collect()
    }
}
