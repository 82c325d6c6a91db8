//! Who follows a petition that is not their own, and who supports it: has the same concern.
//!
//! No event of the petition: it changes nothing of it, and says something about a person.

use domain::{
    id::{AccountId, PetitionId},
    petition::Petition,
    time::Instant,
};
use std::collections::HashMap;

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, FromQueryResult, JoinType, Order, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, OnConflict},
};
use uuid::Uuid;

use crate::{
    entity::{
        petition,
        petition_follower::{ActiveModel, Column, Entity},
    },
    error::StoreError,
    petition::StoredPetition,
    queue::Page,
    store::Store,
    unit_of_work::UnitOfWork,
};

/// What somebody is to a petition that is not their own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Following {
    /// Whether they are told of it.
    pub follows: bool,
    /// Whether they have the same concern; who does is told of it too.
    pub supports: bool,
}

/// Who supports it does not cease to by following it as well.
const EITHER: &str = "petition_follower.supports OR excluded.supports";

fn row(petition: PetitionId, account: AccountId, supports: bool, now: Instant) -> ActiveModel {
    ActiveModel {
        petition_id: Set(petition.0),
        account_id: Set(account.0),
        supports: Set(supports),
        since: Set(now.micros()),
    }
}

fn key() -> OnConflict {
    OnConflict::columns([Column::PetitionId, Column::AccountId])
}

#[derive(FromQueryResult)]
struct Supporters {
    petition_id: Uuid,
    supporters: i64,
}

impl Store {
    /// How many support each of those petitions, in one query; none where it is missing.
    ///
    /// # Errors
    /// As the database says.
    pub async fn supporters(&self, petitions: &[PetitionId]) -> Result<HashMap<PetitionId, u64>, StoreError> {
        if petitions.is_empty() {
            return Ok(HashMap::new());
        }
        let rows = Entity::find()
            .select_only()
            .column(Column::PetitionId)
            .column_as(Expr::cust("COUNT(*)"), "supporters")
            .filter(Column::PetitionId.is_in(petitions.iter().map(|id| id.0)))
            .filter(Column::Supports.eq(true))
            .group_by(Column::PetitionId)
            .into_model::<Supporters>()
            .all(self.reader())
            .await?;
        let counted = |Supporters { petition_id, supporters }| {
            (PetitionId(petition_id), u64::try_from(supporters).unwrap_or_default())
        };
        Ok(rows.into_iter().map(counted).collect())
    }

    /// What that person is to that petition.
    ///
    /// # Errors
    /// As the database says.
    pub async fn following(&self, petition: PetitionId, account: AccountId) -> Result<Following, StoreError> {
        let row = Entity::find_by_id((petition.0, account.0)).one(self.reader()).await?;
        Ok(row.map(|row| Following { follows: true, supports: row.supports }).unwrap_or_default())
    }

    /// The published petitions that somebody follows, the newest first, and whether they support each; the key is the id.
    ///
    /// # Errors
    /// As the database says.
    pub async fn followed_by(
        &self,
        account: AccountId,
        page: Page<PetitionId>,
    ) -> Result<Vec<(bool, StoredPetition)>, StoreError> {
        let followed = Entity::belongs_to(petition::Entity).from(Column::PetitionId).to(petition::Column::Id).into();
        let mut query = Entity::find()
            .select_also(petition::Entity)
            .join(JoinType::InnerJoin, followed)
            .filter(Column::AccountId.eq(account.0))
            .filter(petition::Column::PublishedAt.is_not_null());
        if let Some(id) = page.after {
            query = query.filter(Column::PetitionId.lt(id.0));
        }
        let rows = query.order_by(Column::PetitionId, Order::Desc).limit(page.limit).all(self.reader()).await?;
        let rows = rows.into_iter().filter_map(|(follower, petition)| Some((follower.supports, petition?)));
        rows.map(|(supports, petition)| Ok((supports, StoredPetition::try_from(petition)?))).collect()
    }
}

impl UnitOfWork {
    /// Lets somebody follow a petition, and support it or not; who supports it does so until they cease to follow it.
    ///
    /// # Errors
    /// As the database says.
    pub async fn follow(
        &self,
        petition: PetitionId,
        account: AccountId,
        supports: bool,
        now: Instant,
    ) -> Result<(), StoreError> {
        Entity::insert(row(petition, account, supports, now))
            .on_conflict(key().value(Column::Supports, Expr::cust(EITHER)).to_owned())
            .exec_without_returning(self.transaction())
            .await?;
        Ok(())
    }

    /// Lets somebody follow a petition no longer, nor support it.
    ///
    /// # Errors
    /// As the database says.
    pub async fn unfollow(&self, petition: PetitionId, account: AccountId) -> Result<(), StoreError> {
        Entity::delete_by_id((petition.0, account.0)).exec(self.transaction()).await?;
        Ok(())
    }

    /// Lets the followers of a merged petition, and its sender, follow the one that it was put to.
    pub(crate) async fn pass_followers(
        &self,
        from: &Petition,
        into: &Petition,
        now: Instant,
    ) -> Result<(), StoreError> {
        let followers = Entity::find().filter(Column::PetitionId.eq(from.id.0)).all(self.transaction()).await?;
        let rows = followers.into_iter().map(|row| (AccountId(row.account_id), row.supports));
        // Who sent the same is one more who has that concern.
        let rows = rows.chain([(from.submitter, true)]).filter(|(account, _)| *account != into.submitter);
        let rows: Vec<_> = rows.map(|(account, supports)| row(into.id, account, supports, now)).collect();
        if rows.is_empty() {
            return Ok(());
        }
        Entity::insert_many(rows)
            .on_conflict(key().value(Column::Supports, Expr::cust(EITHER)).to_owned())
            .exec_without_returning(self.transaction())
            .await?;
        Ok(())
    }
}
