//! Agencies, and what would be left behind by one that ceases to exist.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use domain::{
    calendar::OfficeHours,
    catalogue::{Agency, AgencyLevel},
    code::AgencyCode,
    succession::{AgencyEnd, Succession},
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QueryOrder,
};

use crate::{
    catalogue::{TryFromRow, agency_code, code, date, validity, word},
    entity::{
        account,
        agency::{Column, Entity, Model},
        agency_successor, petition, rate_name,
    },
    error::StoreError,
    row::stored_int,
    store::Store,
    unit_of_work::UnitOfWork,
    versioned::Versioned,
};

/// What depends on an agency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AgencyWork {
    /// Petitions that it owes an answer.
    pub open_petitions: u64,
    /// Accounts of its staff that may sign in.
    pub staff: u64,
}

impl Store {
    /// Who has the petitions of agencies that have ended or will.
    ///
    /// # Errors
    /// As the database says.
    pub async fn successors(&self) -> Result<Succession, StoreError> {
        Ok(Succession::new([], agency_ends(self.reader()).await?))
    }

    /// All agencies, by code, also those that have ceased to exist.
    ///
    /// # Errors
    /// As the database says.
    pub async fn agencies(&self) -> Result<Vec<Versioned<Agency>>, StoreError> {
        agencies(self.reader()).await
    }
}

impl UnitOfWork {
    /// All agencies, by code, which nobody else changes until this unit of work ends; every server will read them anew after it.
    ///
    /// # Errors
    /// As the database says.
    pub async fn agencies_to_change(&mut self) -> Result<Vec<Versioned<Agency>>, StoreError> {
        // All changes of the catalogue wait for each other at this one row.
        self.bump_catalogue().await?;
        agencies(self.transaction()).await
    }

    /// Adds an agency that is none of [`Self::agencies_to_change`].
    ///
    /// # Errors
    /// As the database says.
    pub async fn add_agency(&mut self, agency: &Versioned<Agency>) -> Result<(), StoreError> {
        row(agency)?.into_active_model().insert(self.transaction()).await?;
        Ok(())
    }

    /// Puts an agency in the place of the one with its code.
    ///
    /// # Errors
    /// As the database says.
    pub async fn set_agency(&mut self, agency: &Versioned<Agency>) -> Result<(), StoreError> {
        row(agency)?.into_active_model().reset_all().update(self.transaction()).await?;
        Ok(())
    }

    /// Ends an agency on the last day of its validity, for these successors and no others.
    ///
    /// # Errors
    /// As the database says.
    pub async fn end_agency(
        &mut self,
        agency: &Versioned<Agency>,
        successors: &BTreeSet<AgencyCode>,
    ) -> Result<(), StoreError> {
        self.set_agency(agency).await?;
        let own = agency_successor::Column::Agency.eq(agency.value.code.as_str());
        agency_successor::Entity::delete_many().filter(own).exec(self.transaction()).await?;
        let Some(ended_on) = agency.value.validity.to else { return Ok(()) };
        for successor in successors {
            let row = agency_successor::Model {
                agency: agency.value.code.to_string(),
                ended_on: ended_on.to_string(),
                successor: successor.to_string(),
            };
            row.into_active_model().insert(self.transaction()).await?;
        }
        Ok(())
    }

    /// Who has the petitions of agencies that have ended or will.
    ///
    /// # Errors
    /// As the database says.
    pub async fn successors(&mut self) -> Result<Succession, StoreError> {
        Ok(Succession::new([], agency_ends(self.transaction()).await?))
    }

    /// What depends on an agency now.
    ///
    /// # Errors
    /// As the database says.
    pub async fn work_of(&mut self, code: &AgencyCode) -> Result<AgencyWork, StoreError> {
        let open_petitions = petition::Entity::find()
            .filter(petition::Column::Holder.eq(code.as_str()))
            .filter(petition::Column::IsOpen.eq(true))
            .count(self.transaction())
            .await?;
        let staff = account::Entity::find()
            .filter(account::Column::Agency.eq(code.as_str()))
            .filter(account::Column::IsActive.eq(true))
            .count(self.transaction())
            .await?;
        Ok(AgencyWork { open_petitions, staff })
    }

    /// Whether a petition has ever been at an agency, so that figures rest on what it is.
    ///
    /// # Errors
    /// As the database says.
    pub async fn has_had_petitions(&mut self, code: &AgencyCode) -> Result<bool, StoreError> {
        let now = petition::Entity::find().filter(petition::Column::Holder.eq(code.as_str()));
        if now.one(self.transaction()).await?.is_some() {
            return Ok(true);
        }
        // Every name that ever occurred in a figure.
        let ever = rate_name::Entity::find().filter(rate_name::Column::Name.eq(code.as_str()));
        Ok(ever.one(self.transaction()).await?.is_some())
    }
}

/// The ends of agencies, with their heirs.
pub(crate) async fn agency_ends(connection: &impl ConnectionTrait) -> Result<Vec<AgencyEnd>, StoreError> {
    let mut ends: BTreeMap<String, (NaiveDate, BTreeSet<AgencyCode>)> = BTreeMap::new();
    for row in agency_successor::Entity::find().all(connection).await? {
        let on = date("agency_successor", &row.ended_on)?;
        let (_, heirs) = ends.entry(row.agency).or_insert((on, BTreeSet::new()));
        heirs.insert(agency_code(&row.successor)?);
    }
    ends.into_iter().map(|(agency, (on, heirs))| Ok(AgencyEnd { agency: agency_code(&agency)?, on, heirs })).collect()
}

async fn agencies(connection: &impl ConnectionTrait) -> Result<Vec<Versioned<Agency>>, StoreError> {
    let rows = Entity::find().order_by_asc(Column::Code).all(connection).await?;
    let mut agencies = rows
        .into_iter()
        .map(|row| {
            let version = version("agency", &row.code, row.version)?;
            Ok(Versioned { value: Agency::try_from_row(row)?, version })
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
    // Engines and their locales order text differently.
    agencies.sort_by(|one, other| one.value.code.cmp(&other.value.code));
    Ok(agencies)
}

pub(crate) fn version(table: &'static str, key: impl std::fmt::Display, stored: i32) -> Result<u32, StoreError> {
    u32::try_from(stored).map_err(|error| StoreError::inconsistent(table, "version", key, error))
}

/// An agency as it is stored.
pub(crate) fn row(agency: &Versioned<Agency>) -> Result<Model, StoreError> {
    let Agency { code, name, level, unit, needs_approval, validity, hotline, office_hours } = &agency.value;
    Ok(Model {
        code: code.to_string(),
        name: name.clone(),
        level: level.to_string(),
        unit: unit.as_ref().map(ToString::to_string),
        valid_from: validity.from.to_string(),
        valid_to: validity.to.map(|to| to.to_string()),
        needs_approval: *needs_approval,
        hotline: hotline.clone(),
        office_hours: office_hours.as_ref().map(ToString::to_string),
        version: stored_int(agency.version)?,
    })
}

impl TryFromRow<Model> for Agency {
    fn try_from_row(row: Model) -> Result<Self, StoreError> {
        let hours = row.office_hours.as_deref().map(OfficeHours::parse).transpose();
        Ok(Self {
            validity: validity("agency", &row.valid_from, row.valid_to.as_deref())?,
            level: word("agency", "level", &row.level, AgencyLevel::parse)?,
            unit: row.unit.as_deref().map(code).transpose()?,
            office_hours: hours
                .map_err(|error| StoreError::inconsistent("agency", "office_hours", &row.code, error))?,
            code: agency_code(&row.code)?,
            name: row.name,
            needs_approval: row.needs_approval,
            hotline: row.hotline,
        })
    }
}
