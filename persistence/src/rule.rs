//! Routing rules. One that has decided is named in the log, so none is ever taken away.

use domain::routing::Rule;
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{NotSet, Set},
    ConnectionTrait, EntityTrait, IntoActiveModel, QueryOrder,
};

use crate::{
    agency::version,
    catalogue::{TryFromRow, agency_code, category_code, code, validity},
    entity::routing_rule::{ActiveModel, Column, Entity, Model},
    error::StoreError,
    row::stored_int,
    store::Store,
    unit_of_work::UnitOfWork,
    versioned::Versioned,
};

impl Store {
    /// All rules, by number, also those that have ended.
    ///
    /// # Errors
    /// As the database says.
    pub async fn rules(&self) -> Result<Vec<Versioned<Rule>>, StoreError> {
        rules(self.reader()).await
    }
}

impl UnitOfWork {
    /// All rules, which nobody else changes until this unit of work ends; every server will read them anew after it.
    ///
    /// # Errors
    /// As the database says.
    pub async fn rules_to_change(&mut self) -> Result<Vec<Versioned<Rule>>, StoreError> {
        // All changes of the catalogue wait for each other at this one row.
        self.bump_catalogue().await?;
        rules(self.transaction()).await
    }

    /// Adds a rule, whatever its number; it gets one of its own.
    ///
    /// # Errors
    /// As the database says.
    pub async fn add_rule(&mut self, rule: Rule) -> Result<Versioned<Rule>, StoreError> {
        let new = ActiveModel { id: NotSet, ..row(&Versioned::first(rule))?.into_active_model().reset_all() };
        let added = new.insert(self.transaction()).await?;
        Ok(Versioned::first(Rule::try_from_row(added)?))
    }

    /// Puts a rule in the place of the one with its number.
    ///
    /// # Errors
    /// As the database says.
    pub async fn set_rule(&mut self, rule: &Versioned<Rule>) -> Result<(), StoreError> {
        let changed = ActiveModel { id: Set(rule.value.id), ..row(rule)?.into_active_model().reset_all() };
        changed.update(self.transaction()).await?;
        Ok(())
    }
}

async fn rules(connection: &impl ConnectionTrait) -> Result<Vec<Versioned<Rule>>, StoreError> {
    let rows = Entity::find().order_by_asc(Column::Id).all(connection).await?;
    let rule = |row: Model| {
        let version = version("routing_rule", row.id, row.version)?;
        Ok(Versioned { value: Rule::try_from_row(row)?, version })
    };
    rows.into_iter().map(rule).collect()
}

fn row(rule: &Versioned<Rule>) -> Result<Model, StoreError> {
    let Rule { id, category, area, agency, validity, priority } = &rule.value;
    Ok(Model {
        id: *id,
        category: category.as_ref().map(ToString::to_string),
        area: area.as_ref().map(ToString::to_string),
        agency: agency.to_string(),
        priority: *priority,
        valid_from: validity.from.to_string(),
        valid_to: validity.to.map(|to| to.to_string()),
        version: stored_int(rule.version)?,
    })
}

impl TryFromRow<Model> for Rule {
    fn try_from_row(row: Model) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id,
            category: row.category.as_deref().map(category_code).transpose()?,
            area: row.area.as_deref().map(code).transpose()?,
            agency: agency_code(&row.agency)?,
            validity: validity("routing_rule", &row.valid_from, row.valid_to.as_deref())?,
            priority: row.priority,
        })
    }
}
