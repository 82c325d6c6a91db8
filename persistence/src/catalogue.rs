//! The catalogue as the domain needs it, loaded whole, and what an operator changes in it.

use std::collections::BTreeSet;

use chrono::{NaiveDate, NaiveTime};
use domain::{
    account::Role,
    calendar::{DayKind, OfficeHours, WorkingCalendar, YearStatus},
    catalogue::{Agency, AgencyLevel, Catalogue, Category, Competence, Policy, Unit, UnitLevel, Validity},
    code::{AgencyCode, CategoryCode, UnitCode},
    deadline::{Allowance, Allowances, WorkingTime},
    place::{Gazetteer, Point, TOLERANCE_M},
    rate::TargetHistory,
    routing::{Directory, Rule},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr,
};

use crate::{
    entity::{
        account, agency, calendar_day, calendar_year, catalogue_revision, category, office_hours, routing_rule, unit,
    },
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

/// A day of the calendar that is not what its weekday says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HolidayRow {
    /// The day.
    pub date: NaiveDate,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: DayKind,
    /// How well it is known: `observed`, `secondary_source`, `projected`.
    pub status: String,
    /// Where that is written.
    pub source: String,
}

impl Store {
    /// The number that grows with every change of the catalogue.
    ///
    /// # Errors
    /// As the database says.
    pub async fn catalogue_revision(&self) -> Result<i64, StoreError> {
        revision(self.reader()).await
    }

    /// The days of a year that are not what their weekday says; `None` when the year is not loaded.
    ///
    /// # Errors
    /// As the database says.
    pub async fn calendar_year(&self, year: i32) -> Result<Option<(YearStatus, Vec<HolidayRow>)>, StoreError> {
        let Some(row) = calendar_year::Entity::find_by_id(year).one(self.reader()).await? else { return Ok(None) };
        let status = word("calendar_year", "status", &row.status, YearStatus::parse)?;
        let rows = calendar_day::Entity::find()
            .filter(calendar_day::Column::Date.starts_with(format!("{year:04}-")))
            .order_by_asc(calendar_day::Column::Date)
            .all(self.reader())
            .await?;
        let days = rows.into_iter().map(|row| {
            Ok(HolidayRow {
                date: date("calendar_day", &row.date)?,
                kind: word("calendar_day", "kind", &row.kind, DayKind::parse)?,
                name: row.name,
                status: row.status,
                source: row.source,
            })
        });
        Ok(Some((status, days.collect::<Result<_, StoreError>>()?)))
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
        let rows = category::Entity::find().order_by_asc(category::Column::Rank).all(&self.0).await?;
        let categories: Vec<Category> = rows.into_iter().map(Category::try_from_row).collect::<Result<_, _>>()?;
        Ok(CatalogueDay {
            revision: revision(&self.0).await?,
            category_order: categories.iter().map(|category| category.code.clone()).collect(),
            catalogue: Catalogue {
                categories: categories.into_iter().map(|category| (category.code.clone(), category)).collect(),
                directory,
                calendar: self.calendar().await?,
                policy: Policy::default(),
            },
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

    /// Lets deadlines rest on a year that was only projected; what its status was before, `None` when the year is not loaded.
    ///
    /// # Errors
    /// As the database says.
    pub async fn confirm_calendar_year(&mut self, year: i32) -> Result<Option<YearStatus>, StoreError> {
        self.bump_catalogue().await?;
        let row = calendar_year::Entity::find_by_id(year).one(self.transaction()).await?;
        let Some(row) = row else { return Ok(None) };
        calendar_year::Entity::update_many()
            .col_expr(calendar_year::Column::Status, Expr::value(YearStatus::Confirmed.as_str()))
            .filter(calendar_year::Column::Year.eq(year))
            .exec(self.transaction())
            .await?;
        word("calendar_year", "status", &row.status, YearStatus::parse).map(Some)
    }

    /// Says whether a leader approves the answers of an agency; `false` when there is no such agency.
    ///
    /// # Errors
    /// As the database says.
    pub async fn set_approval(&mut self, code: &AgencyCode, needs_approval: bool) -> Result<bool, StoreError> {
        let updated = agency::Entity::update_many()
            .col_expr(agency::Column::NeedsApproval, Expr::value(needs_approval))
            .filter(agency::Column::Code.eq(code.as_str()))
            .exec(self.transaction())
            .await?;
        self.bump_catalogue().await?;
        Ok(updated.rows_affected == 1)
    }
}

pub(crate) async fn revision(connection: &impl ConnectionTrait) -> Result<i64, StoreError> {
    let row = catalogue_revision::Entity::find_by_id(1).one(connection).await?;
    row.map(|row| row.revision)
        .ok_or_else(|| StoreError::inconsistent("catalogue_revision", "id", 1, "the row is missing"))
}

/// A row that becomes a type of the domain.
trait TryFromRow<R>: Sized {
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

fn validity(table: &'static str, from: &str, to: Option<&str>) -> Result<Validity, StoreError> {
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

fn category_code(text: &str) -> Result<CategoryCode, StoreError> {
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

impl TryFromRow<agency::Model> for Agency {
    fn try_from_row(row: agency::Model) -> Result<Self, StoreError> {
        Ok(Self {
            validity: validity("agency", &row.valid_from, row.valid_to.as_deref())?,
            level: word("agency", "level", &row.level, AgencyLevel::parse)?,
            unit: row.unit.as_deref().map(code).transpose()?,
            code: agency_code(&row.code)?,
            name: row.name,
            needs_approval: row.needs_approval,
        })
    }
}

impl TryFromRow<routing_rule::Model> for Rule {
    fn try_from_row(row: routing_rule::Model) -> Result<Self, StoreError> {
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

impl TryFromRow<category::Model> for Category {
    fn try_from_row(row: category::Model) -> Result<Self, StoreError> {
        let allowance = |receive: &str, answer: &str| {
            let time = |text: &str| {
                WorkingTime::parse(text)
                    .map_err(|error| StoreError::inconsistent("category", "allowance", &row.code, error))
            };
            Ok::<_, StoreError>(Allowance { receive: time(receive)?, answer: time(answer)? })
        };
        Ok(Self {
            allowances: Allowances {
                urgent: allowance(&row.urgent_receive, &row.urgent_answer)?,
                normal: allowance(&row.normal_receive, &row.normal_answer)?,
                complex: allowance(&row.complex_receive, &row.complex_answer)?,
            },
            competence: match row.competence.as_str() {
                "commune" => Competence::Commune,
                "district" => Competence::District,
                "coordinator" => Competence::Coordinator,
                agency => Competence::Agency(agency_code(agency)?),
            },
            validity: validity("category", &row.valid_from, row.valid_to.as_deref())?,
            code: category_code(&row.code)?,
            name: row.name,
            name_en: row.name_en,
            group: row.group_code,
        })
    }
}
