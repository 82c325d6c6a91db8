//! Accounts as those see them who keep them: lists, and whether one may sign in.

use domain::{account::Role, code::AgencyCode, id::AccountId, time::Instant};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};

use crate::{
    account::{Account, NOT_CITIZENS},
    entity::account::{Column, Entity},
    error::StoreError,
    store::{Engine, Store},
    unit_of_work::UnitOfWork,
};

/// Which members of staff.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StaffFilter {
    /// Of these roles; empty: all but citizens.
    pub roles: Vec<Role>,
    /// Of these agencies; empty: of any and of none.
    pub agencies: Vec<AgencyCode>,
    /// Only those that may sign in (or may not).
    pub active: Option<bool>,
}

impl Store {
    /// Members of staff, the newest first, a page of them.
    ///
    /// # Errors
    /// As the database says.
    pub async fn staff(
        &self,
        filter: &StaffFilter,
        before: Option<AccountId>,
        limit: u64,
    ) -> Result<Vec<Account>, StoreError> {
        let asked = |role: &&Role| filter.roles.is_empty() || filter.roles.contains(role);
        let roles = Role::ALL.iter().filter(|role| **role != Role::Citizen).filter(asked).map(|role| role.as_str());
        // In both words: the index leaves citizens out, and would not be used to look for whoever is none of them.
        let mut found = Entity::find().filter(Expr::cust(NOT_CITIZENS)).filter(Column::Role.is_in(roles));
        if !filter.agencies.is_empty() {
            found = found.filter(Column::Agency.is_in(filter.agencies.iter().map(AgencyCode::as_str)));
        }
        if let Some(active) = filter.active {
            found = found.filter(Column::IsActive.eq(active));
        }
        if let Some(before) = before {
            found = found.filter(Column::Id.lt(before.0));
        }
        // Ids are in the order of time.
        let rows = found.order_by_desc(Column::Id).limit(limit).all(self.reader()).await?;
        rows.into_iter().map(Account::try_from).collect()
    }

    /// The accounts that were deactivated after that and still are.
    ///
    /// # Errors
    /// As the database says.
    pub async fn deactivated_since(&self, since: Instant) -> Result<Vec<AccountId>, StoreError> {
        let ids: Vec<uuid::Uuid> = Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(Column::DeactivatedAt.gt(since.micros()))
            .into_tuple()
            .all(self.reader())
            .await?;
        Ok(ids.into_iter().map(AccountId).collect())
    }
}

impl UnitOfWork {
    /// Says whether an account may sign in; whether that was otherwise before. All of its sessions end with it. With staff among them the
    /// catalogue changes: an agency without staff gets no petitions.
    ///
    /// # Errors
    /// As the database says.
    pub async fn set_active(&mut self, account: &Account, active: bool, now: Instant) -> Result<bool, StoreError> {
        let deactivated_at = (!active).then(|| now.micros());
        let changed = Entity::update_many()
            .col_expr(Column::IsActive, Expr::value(active))
            .col_expr(Column::DeactivatedAt, Expr::value(deactivated_at))
            .filter(Column::Id.eq(account.id.0))
            .filter(Column::IsActive.eq(!active))
            .exec(self.transaction())
            .await?;
        if changed.rows_affected == 0 {
            return Ok(false);
        }
        if !active {
            self.end_sessions_of(account.id, now).await?;
        }
        if account.role.needs_agency() {
            self.bump_catalogue().await?;
        }
        Ok(true)
    }

    /// Whether anybody of a role may still sign in, as this unit of work leaves it. Of two that each take one of the last two away, one
    /// waits for the other, or fails.
    ///
    /// # Errors
    /// As the database says.
    pub async fn has_active(&mut self, role: Role) -> Result<bool, StoreError> {
        let active = Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(Column::Role.eq(role.as_str()))
            .filter(Expr::cust(NOT_CITIZENS))
            .filter(Column::IsActive.eq(true));
        let active = match self.engine() {
            Engine::Sqlite => active,
            Engine::Postgres => active.lock_exclusive(),
        };
        let ids: Vec<uuid::Uuid> = active.into_tuple().all(self.transaction()).await?;
        Ok(!ids.is_empty())
    }
}
