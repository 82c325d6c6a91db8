//! What a desk is told at a glance: how many petitions stand how, and how many each of its people has.

use std::collections::HashMap;

use domain::{account::Role, code::AgencyCode, id::AccountId, petition::Status, time::Instant};
use sea_orm::{
    ColumnTrait, EntityTrait, ExprTrait, FromQueryResult, QueryFilter, QuerySelect,
    sea_query::{Expr, SimpleExpr},
};
use uuid::Uuid;

use crate::{
    account::{Account, NOT_CITIZENS},
    entity::{
        account,
        petition::{Column, Entity},
    },
    error::StoreError,
    queue::{QueueFilter, late},
    search::Part,
    store::Store,
};

/// How many petitions of one status there are, and how many of these ask for something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusCount {
    /// The status.
    pub status: Status,
    /// All.
    pub petitions: u64,
    /// Overdue.
    pub overdue: u64,
    /// Flagged.
    pub flagged: u64,
    /// In nobody's hands.
    pub unassigned: u64,
    /// With an answer that waits for the leader.
    pub drafted: u64,
}

#[derive(FromQueryResult)]
struct StatusRow {
    status: String,
    petitions: i64,
    overdue: i64,
    flagged: i64,
    unassigned: i64,
    drafted: i64,
}

#[derive(FromQueryResult)]
struct HandsRow {
    assignee: Uuid,
    petitions: i64,
}

fn counted(condition: SimpleExpr) -> SimpleExpr {
    // COUNT leaves out NULL, which a CASE without ELSE gives.
    Expr::expr(Expr::case(condition, 1)).count()
}

fn natural(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

impl Store {
    /// How many petitions a filter lets through, by status, in one statement.
    ///
    /// # Errors
    /// As the database says.
    pub async fn counts(&self, filter: &QueueFilter, now: Instant) -> Result<Vec<StatusCount>, StoreError> {
        let query = self
            .narrowed(filter, Part::Whole)
            .select_only()
            .column(Column::Status)
            .column_as(Column::Id.count(), "petitions")
            .column_as(counted(late(now)), "overdue")
            .column_as(counted(Column::Flagged.eq(true)), "flagged")
            .column_as(counted(Column::Assignee.is_null()), "unassigned")
            .column_as(counted(Column::DraftSeq.is_not_null()), "drafted")
            .group_by(Column::Status);
        let rows = query.into_model::<StatusRow>().all(self.reader()).await?;
        let count = |row: StatusRow| {
            let status = Status::parse(&row.status)
                .ok_or_else(|| StoreError::inconsistent("petition", "status", &row.status, "unknown word"))?;
            Ok(StatusCount {
                status,
                petitions: natural(row.petitions),
                overdue: natural(row.overdue),
                flagged: natural(row.flagged),
                unassigned: natural(row.unassigned),
                drafted: natural(row.drafted),
            })
        };
        rows.into_iter().map(count).collect()
    }

    /// The people who work at an agency, by name, each with the number of open petitions in their hands: two statements.
    ///
    /// # Errors
    /// As the database says.
    pub async fn colleagues(&self, agency: &AgencyCode) -> Result<Vec<(Account, u64)>, StoreError> {
        let mut people = account::Entity::find().filter(account::Column::IsActive.eq(true));
        // The coordinator's desk follows from the role.
        people = if *agency == AgencyCode::coordinator() {
            people.filter(Expr::cust(NOT_CITIZENS)).filter(account::Column::Role.eq(Role::Coordinator.as_str()))
        } else {
            people.filter(account::Column::Agency.eq(agency.as_str()))
        };
        let mut people: Vec<Account> =
            people.all(self.reader()).await?.into_iter().map(Account::try_from).collect::<Result<_, _>>()?;
        // Not by the database: engines and their locales order names differently.
        people.sort_by(|one, other| (&one.full_name, one.id.0).cmp(&(&other.full_name, other.id.0)));
        let hands = Entity::find()
            .select_only()
            .column(Column::Assignee)
            .column_as(Column::Id.count(), "petitions")
            .filter(Column::Holder.eq(agency.as_str()))
            .filter(Column::IsOpen.eq(true))
            .filter(Column::Assignee.is_not_null())
            .group_by(Column::Assignee);
        let hands = hands.into_model::<HandsRow>().all(self.reader()).await?;
        let hands: HashMap<AccountId, u64> =
            hands.into_iter().map(|row| (AccountId(row.assignee), natural(row.petitions))).collect();
        let with_hands = |person: Account| {
            let held = hands.get(&person.id).copied().unwrap_or(0);
            (person, held)
        };
        Ok(people.into_iter().map(with_hands).collect())
    }
}
