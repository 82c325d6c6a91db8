//! The catalogue as the domain needs it, loaded whole, and what an operator changes in it.

use std::collections::BTreeSet;

use chrono::{NaiveDate, NaiveTime};
use domain::{
    account::Role,
    calendar::{DayKind, OfficeHours, WorkingCalendar, YearStatus},
    catalogue::{Agency, Catalogue, Category, CategoryGroup, Policy, Unit, UnitLevel, Validity},
    code::{AgencyCode, CategoryCode, UnitCode},
    place::{Gazetteer, Point, TOLERANCE_M},
    rate::TargetHistory,
    routing::{Directory, Rule},
    wording::Wordings,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr,
};

use crate::{
    entity::{account, agency, calendar_day, calendar_year, catalogue_revision, office_hours, routing_rule, unit},
    error::StoreError,
    store::{Snapshot, Store},
    unit_of_work::UnitOfWork,
};

/// The whole catalogue as of a day, with the revision it was read at.
#[derive(Debug)]
pub struct CatalogueDay {
    /// The revision.
    pub revision: i64,
    /// What decisions look up.
    pub catalogue: Catalogue,
    /// The fields in the order of lists.
    pub category_order: Vec<CategoryCode>,
    /// The groups of fields in the order of lists.
    pub groups: Vec<CategoryGroup>,
    /// The operator's texts.
    pub wordings: Wordings,
    /// Every unit there is or was.
    pub units: Vec<Unit>,
    /// The days on which units or their boundaries become others.
    turns: BTreeSet<NaiveDate>,
    /// The targets with all their versions, by code.
    pub targets: Vec<TargetHistory>,
}

impl CatalogueDay {
    /// Since when the places of a day are what they are on it: all days from there until the next turn have one directory.
    pub fn places_since(&self, day: NaiveDate) -> NaiveDate {
        self.turns.range(..=day).next_back().copied().unwrap_or(NaiveDate::MIN)
    }
}

impl Store {
    /// The number that grows with every change of the catalogue.
    ///
    /// # Errors
    /// As the database says.
    pub async fn catalogue_revision(&self) -> Result<i64, StoreError> {
        revision(self.reader()).await
    }
}

impl Snapshot {
    /// The catalogue as of a day.
    ///
    /// # Errors
    /// [`StoreError::Inconsistent`], naming the row, for one that no version of this program wrote.
    pub async fn catalogue(&self, day: NaiveDate) -> Result<CatalogueDay, StoreError> {
        let units = self.units().await?;
        let valid: Vec<Unit> = units.iter().filter(|unit| unit.validity.covers(day)).cloned().collect();
        let boundaries = self.boundaries_on(day, &valid).await?;
        let turns = units.iter().flat_map(|unit| std::iter::once(unit.validity.from).chain(unit.validity.to));
        let turns: BTreeSet<NaiveDate> = turns.chain(boundaries.known_from).collect();
        let gazetteer = Gazetteer::new(valid, boundaries.holding, TOLERANCE_M);
        let directory = Directory::new(
            day,
            gazetteer,
            all::<agency::Entity, Agency>(self).await?,
            all::<routing_rule::Entity, Rule>(self).await?,
            self.staffed_agencies().await?,
        )
        .with_succession(self.succession().await?);
        let categories: Vec<Category> = self.categories().await?.into_iter().map(|kept| kept.value).collect();
        let groups = self.category_groups().await?.into_iter().map(|kept| kept.value).collect();
        Ok(CatalogueDay {
            revision: revision(&self.0).await?,
            category_order: categories.iter().map(|category| category.code.clone()).collect(),
            catalogue: Catalogue {
                categories: categories.into_iter().map(|category| (category.code.clone(), category)).collect(),
                directory,
                calendar: self.calendar().await?,
                policy: Policy::default(),
            },
            groups,
            wordings: self.wordings().await?,
            units,
            turns,
            targets: self.targets().await?,
        })
    }

    /// Every unit there is, was or is to be.
    ///
    /// # Errors
    /// As the database says.
    pub async fn units(&self) -> Result<Vec<Unit>, StoreError> {
        all::<unit::Entity, Unit>(self).await
    }

    async fn staffed_agencies(&self) -> Result<Vec<AgencyCode>, StoreError> {
        let codes: Vec<String> = account::Entity::find()
            .select_only()
            .column(account::Column::Agency)
            .distinct()
            .filter(account::Column::Role.is_in([Role::Officer.as_str(), Role::Leader.as_str()]))
            .filter(account::Column::IsActive.eq(true))
            .filter(account::Column::Agency.is_not_null())
            .into_tuple()
            .all(&self.0)
            .await?;
        codes.iter().map(|text| agency_code(text)).collect()
    }

    async fn calendar(&self) -> Result<WorkingCalendar, StoreError> {
        let days = calendar_day::Entity::find().all(&self.0).await?;
        let days = days
            .iter()
            .map(|row| Ok((date("calendar_day", &row.date)?, word("calendar_day", "kind", &row.kind, DayKind::parse)?)))
            .collect::<Result<Vec<_>, StoreError>>()?;
        let years = calendar_year::Entity::find().all(&self.0).await?;
        let years = years
            .iter()
            .map(|row| Ok((row.year, word("calendar_year", "status", &row.status, YearStatus::parse)?)))
            .collect::<Result<Vec<_>, StoreError>>()?;
        let spans = office_hours::Entity::find().order_by_asc(office_hours::Column::Opens).all(&self.0).await?;
        let spans = spans
            .iter()
            .map(|row| Ok((time(&row.opens)?, time(&row.closes)?)))
            .collect::<Result<Vec<_>, StoreError>>()?;
        let hours =
            OfficeHours::new(spans).map_err(|error| StoreError::inconsistent("office_hours", "opens", "all", error))?;
        Ok(WorkingCalendar::new(days, years, hours))
    }
}

impl UnitOfWork {
    /// Says to every server that the catalogue has changed.
    pub(crate) async fn bump_catalogue(&self) -> Result<(), StoreError> {
        catalogue_revision::Entity::update_many()
            .col_expr(catalogue_revision::Column::Revision, Expr::col(catalogue_revision::Column::Revision).add(1))
            .filter(catalogue_revision::Column::Id.eq(1))
            .exec(self.transaction())
            .await?;
        Ok(())
    }
}

pub(crate) async fn revision(connection: &impl ConnectionTrait) -> Result<i64, StoreError> {
    let row = catalogue_revision::Entity::find_by_id(1).one(connection).await?;
    row.map(|row| row.revision)
        .ok_or_else(|| StoreError::inconsistent("catalogue_revision", "id", 1, "the row is missing"))
}

/// A row that becomes a type of the domain.
pub(crate) trait TryFromRow<R>: Sized {
    fn try_from_row(row: R) -> Result<Self, StoreError>;
}

async fn all<E, T>(snapshot: &Snapshot) -> Result<Vec<T>, StoreError>
where
    E: EntityTrait,
    T: TryFromRow<E::Model>,
{
    E::find().all(&snapshot.0).await?.into_iter().map(T::try_from_row).collect()
}

pub(crate) fn date(table: &'static str, text: &str) -> Result<NaiveDate, StoreError> {
    text.parse().map_err(|error| StoreError::inconsistent(table, "date", text, error))
}

fn time(text: &str) -> Result<NaiveTime, StoreError> {
    NaiveTime::parse_from_str(text, "%H:%M")
        .map_err(|error| StoreError::inconsistent("office_hours", "opens", text, error))
}

pub(crate) fn validity(table: &'static str, from: &str, to: Option<&str>) -> Result<Validity, StoreError> {
    Ok(Validity { from: date(table, from)?, to: to.map(|to| date(table, to)).transpose()? })
}

pub(crate) fn word<T>(
    table: &'static str,
    column: &'static str,
    text: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<T, StoreError> {
    parse(text).ok_or_else(|| StoreError::inconsistent(table, column, text, "unknown word"))
}

pub(crate) fn words<T>(
    table: &'static str,
    column: &'static str,
    text: &str,
    parse: impl Fn(&str) -> Option<T> + Copy,
) -> Result<Vec<T>, StoreError> {
    text.split_whitespace().map(|text| word(table, column, text, parse)).collect()
}

pub(crate) fn code(text: &str) -> Result<UnitCode, StoreError> {
    UnitCode::parse(text).map_err(|error| StoreError::inconsistent("unit", "code", text, error))
}

pub(crate) fn agency_code(text: &str) -> Result<AgencyCode, StoreError> {
    AgencyCode::parse(text).map_err(|error| StoreError::inconsistent("agency", "code", text, error))
}

pub(crate) fn category_code(text: &str) -> Result<CategoryCode, StoreError> {
    CategoryCode::parse(text).map_err(|error| StoreError::inconsistent("category", "code", text, error))
}

impl TryFromRow<unit::Model> for Unit {
    fn try_from_row(row: unit::Model) -> Result<Self, StoreError> {
        let centre = row.centre_lat_e7.zip(row.centre_lon_e7).map(|(lat, lon)| Point::from_e7(lat, lon)).transpose();
        Ok(Self {
            centre: centre.map_err(|error| StoreError::inconsistent("unit", "centre", &row.code, error))?,
            validity: validity("unit", &row.valid_from, row.valid_to.as_deref())?,
            level: word("unit", "level", &row.level, UnitLevel::parse)?,
            parent: row.parent.as_deref().map(code).transpose()?,
            code: code(&row.code)?,
            name: row.name,
        })
    }
}
