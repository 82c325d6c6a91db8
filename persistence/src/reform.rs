//! Reforms: what changes of units and agencies on a day is stored as one; staff and petitions follow it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use domain::{
    account::Role,
    code::{AgencyCode, UnitCode},
    id::{AccountId, PetitionId},
    place::Point,
    succession::{
        Succession, UnitEnd,
        reform::{NewRule, Plan},
    },
    time::Instant,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Expr,
};

use crate::{
    account::Account,
    agency::{agency_ends, row as agency_row},
    catalogue::{code, date, revision},
    entity::{account, agency, agency_successor, petition, reform, routing_rule, unit, unit_successor},
    error::StoreError,
    petition::StoredPetition,
    queue::read,
    store::{Snapshot, Store},
    unit_of_work::UnitOfWork,
    versioned::Versioned,
};

/// A reform that was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliedReform {
    /// What it is called.
    pub code: String,
    /// The first day of what began.
    pub on: NaiveDate,
    /// When it was applied.
    pub applied_at: Instant,
    /// Who applied it; `None`: the program's own command.
    pub author: Option<AccountId>,
}

impl TryFrom<reform::Model> for AppliedReform {
    type Error = StoreError;

    fn try_from(row: reform::Model) -> Result<Self, StoreError> {
        let applied_at = Instant::from_micros(row.applied_at);
        Ok(Self {
            on: date("reform", &row.on_day)?,
            applied_at: applied_at
                .ok_or_else(|| StoreError::inconsistent("reform", "applied_at", &row.code, "no instant"))?,
            author: row.author.map(AccountId),
            code: row.code,
        })
    }
}

impl Store {
    /// The reforms that were applied, in the order of their days.
    ///
    /// # Errors
    /// As the database says.
    pub async fn reforms(&self) -> Result<Vec<AppliedReform>, StoreError> {
        let rows = reform::Entity::find().order_by_asc(reform::Column::OnDay).order_by_asc(reform::Column::Code);
        rows.all(self.reader()).await?.into_iter().map(AppliedReform::try_from).collect()
    }

    /// The officers and leaders of those agencies, in the order of their logins.
    ///
    /// # Errors
    /// As the database says.
    pub async fn staff_of(&self, agencies: &[AgencyCode]) -> Result<Vec<Account>, StoreError> {
        let rows = account::Entity::find()
            .filter(account::Column::Role.is_in([Role::Officer.as_str(), Role::Leader.as_str()]))
            .filter(account::Column::Agency.is_in(agencies.iter().map(AgencyCode::as_str)))
            .order_by_asc(account::Column::Login);
        rows.all(self.reader()).await?.into_iter().map(Account::try_from).collect()
    }

    /// The petitions that those agencies owe an answer, in the order of their ids, a page of them.
    ///
    /// # Errors
    /// As the database says.
    pub async fn owed_by(
        &self,
        agencies: &[AgencyCode],
        after: Option<PetitionId>,
        limit: u64,
    ) -> Result<Vec<StoredPetition>, StoreError> {
        let mut owed = petition::Entity::find()
            .filter(petition::Column::Holder.is_in(agencies.iter().map(AgencyCode::as_str)))
            .filter(petition::Column::IsOpen.eq(true));
        if let Some(after) = after {
            owed = owed.filter(petition::Column::Id.gt(after.0));
        }
        read(self, owed.order_by_asc(petition::Column::Id).limit(limit)).await
    }
}

impl Snapshot {
    /// Who came, or comes, after whom.
    pub(crate) async fn succession(&self) -> Result<Succession, StoreError> {
        let mut units: BTreeMap<(String, String), (NaiveDate, BTreeSet<UnitCode>)> = BTreeMap::new();
        for row in unit_successor::Entity::find().all(&self.0).await? {
            let on = date("unit_successor", &row.ended_on)?;
            let (_, heirs) = units.entry((row.unit, row.valid_from)).or_insert((on, BTreeSet::new()));
            heirs.insert(code(&row.successor)?);
        }
        let units = units.into_iter().map(|((unit, from), (on, heirs))| {
            Ok(UnitEnd { unit: code(&unit)?, from: date("unit_successor", &from)?, on, heirs })
        });
        let units = units.collect::<Result<Vec<_>, StoreError>>()?;
        Ok(Succession::new(units, agency_ends(&self.0).await?))
    }
}

impl UnitOfWork {
    /// Stores a reform that was planned on the catalogue of a revision, whole.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when the catalogue has changed since: then it must be planned anew.
    pub async fn apply_reform(
        &mut self,
        plan: &Plan,
        planned_on: i64,
        author: Option<AccountId>,
        now: Instant,
    ) -> Result<(), StoreError> {
        // First of all: of two that come at once the second waits here, and finds another revision than it was planned on.
        self.bump_catalogue().await?;
        if revision(self.transaction()).await? != planned_on + 1 {
            return Err(StoreError::Stale);
        }
        let applied = reform::Model {
            code: plan.code.clone(),
            on_day: plan.on.to_string(),
            applied_at: now.micros(),
            author: author.map(|author| author.0),
        };
        reform::Entity::insert(applied.into_active_model()).exec_without_returning(self.transaction()).await?;
        self.end_units(plan).await?;
        self.end_agencies(plan).await?;
        for (rule, to) in &plan.rule_ends {
            routing_rule::Entity::update_many()
                .col_expr(routing_rule::Column::ValidTo, Expr::value(to.to_string()))
                .col_expr(routing_rule::Column::Version, Expr::col(routing_rule::Column::Version).add(1))
                .filter(routing_rule::Column::Id.eq(*rule))
                .exec(self.transaction())
                .await?;
        }
        let rules: Vec<_> = plan.rules.iter().map(rule_row).collect();
        if !rules.is_empty() {
            routing_rule::Entity::insert_many(rules).exec_without_returning(self.transaction()).await?;
        }
        Ok(())
    }

    async fn end_units(&self, plan: &Plan) -> Result<(), StoreError> {
        let begun = plan.units.iter().map(|unit| unit::Model {
            code: unit.code.to_string(),
            valid_from: unit.validity.from.to_string(),
            valid_to: None,
            name: unit.name.clone(),
            level: unit.level.as_str().to_owned(),
            parent: unit.parent.as_ref().map(ToString::to_string),
            centre_lat_e7: unit.centre.map(Point::lat_e7),
            centre_lon_e7: unit.centre.map(Point::lon_e7),
        });
        let begun: Vec<_> = begun.map(IntoActiveModel::into_active_model).collect();
        if !begun.is_empty() {
            unit::Entity::insert_many(begun).exec_without_returning(self.transaction()).await?;
        }
        let mut heirs = Vec::new();
        for end in &plan.unit_ends {
            unit::Entity::update_many()
                .col_expr(unit::Column::ValidTo, Expr::value(end.on.to_string()))
                .filter(unit::Column::Code.eq(end.unit.as_str()))
                .filter(unit::Column::ValidFrom.eq(end.from.to_string()))
                .exec(self.transaction())
                .await?;
            heirs.extend(end.heirs.iter().map(|heir| {
                unit_successor::Model {
                    unit: end.unit.to_string(),
                    valid_from: end.from.to_string(),
                    ended_on: end.on.to_string(),
                    successor: heir.to_string(),
                }
                .into_active_model()
            }));
        }
        if !heirs.is_empty() {
            unit_successor::Entity::insert_many(heirs).exec_without_returning(self.transaction()).await?;
        }
        Ok(())
    }

    async fn end_agencies(&self, plan: &Plan) -> Result<(), StoreError> {
        let begun: Vec<_> = plan
            .agencies
            .iter()
            .map(|agency| Ok(agency_row(&Versioned::first(agency.clone()))?.into_active_model()))
            .collect::<Result<_, StoreError>>()?;
        if !begun.is_empty() {
            agency::Entity::insert_many(begun).exec_without_returning(self.transaction()).await?;
        }
        let mut heirs = Vec::new();
        for end in &plan.agency_ends {
            agency::Entity::update_many()
                .col_expr(agency::Column::ValidTo, Expr::value(end.on.to_string()))
                .col_expr(agency::Column::Version, Expr::col(agency::Column::Version).add(1))
                .filter(agency::Column::Code.eq(end.agency.as_str()))
                .exec(self.transaction())
                .await?;
            heirs.extend(end.heirs.iter().map(|heir| {
                agency_successor::Model {
                    agency: end.agency.to_string(),
                    ended_on: end.on.to_string(),
                    successor: heir.to_string(),
                }
                .into_active_model()
            }));
        }
        if !heirs.is_empty() {
            agency_successor::Entity::insert_many(heirs).exec_without_returning(self.transaction()).await?;
        }
        Ok(())
    }

    /// Lets the officers and leaders of an agency be those of another; how many. The catalogue changes with them: an agency without staff
    /// gets no petitions.
    ///
    /// # Errors
    /// As the database says.
    pub async fn move_staff(&mut self, from: &AgencyCode, to: &AgencyCode) -> Result<u64, StoreError> {
        let moved = account::Entity::update_many()
            .col_expr(account::Column::Agency, Expr::value(to.as_str()))
            .filter(account::Column::Agency.eq(from.as_str()))
            .exec(self.transaction())
            .await?;
        if moved.rows_affected > 0 {
            self.bump_catalogue().await?;
        }
        Ok(moved.rows_affected)
    }
}

fn rule_row(rule: &NewRule) -> routing_rule::ActiveModel {
    routing_rule::ActiveModel {
        id: NotSet,
        category: Set(rule.category.as_ref().map(ToString::to_string)),
        area: Set(rule.area.as_ref().map(ToString::to_string)),
        agency: Set(rule.agency.to_string()),
        priority: Set(rule.priority),
        valid_from: Set(rule.validity.from.to_string()),
        valid_to: Set(rule.validity.to.map(|to| to.to_string())),
        version: Set(1),
    }
}
