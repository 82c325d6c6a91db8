//! The working calendar as it is kept: a year comes and changes whole.

use chrono::NaiveDate;
use domain::calendar::{DayKind, YearStatus};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};

use crate::{
    agency::version,
    catalogue::{date, word},
    entity::{calendar_day, calendar_year},
    error::StoreError,
    row::stored_int,
    store::Store,
    unit_of_work::UnitOfWork,
    versioned::Versioned,
};

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

/// A year of the calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarYear {
    /// The year.
    pub year: i32,
    /// How far its days can be relied on.
    pub status: YearStatus,
    /// The days that are not what their weekday says.
    pub days: Vec<HolidayRow>,
}

/// The years that are loaded, in order.
pub type LoadedYears = Vec<(i32, YearStatus)>;

impl Store {
    /// A year of the calendar; `None` when it is not loaded.
    ///
    /// # Errors
    /// As the database says.
    pub async fn calendar_year(&self, year: i32) -> Result<Option<Versioned<CalendarYear>>, StoreError> {
        read(self.reader(), year).await
    }

    /// The years that are loaded, in order.
    ///
    /// # Errors
    /// As the database says.
    pub async fn calendar_years(&self) -> Result<LoadedYears, StoreError> {
        years(self.reader()).await
    }
}

impl UnitOfWork {
    /// A year of the calendar, which nobody else changes until this unit of work ends, and the years that are loaded; every server will
    /// read them anew after it.
    ///
    /// # Errors
    /// As the database says.
    pub async fn calendar_year_to_change(
        &mut self,
        year: i32,
    ) -> Result<(Option<Versioned<CalendarYear>>, LoadedYears), StoreError> {
        // All changes of the catalogue wait for each other at this one row.
        self.bump_catalogue().await?;
        Ok((read(self.transaction(), year).await?, years(self.transaction()).await?))
    }

    /// Puts a year in the place of the one there was, if there was one.
    ///
    /// # Errors
    /// As the database says.
    pub async fn set_calendar_year(&mut self, year: &Versioned<CalendarYear>) -> Result<(), StoreError> {
        let CalendarYear { year: number, status, days } = &year.value;
        let row =
            calendar_year::Model { year: *number, status: status.to_string(), version: stored_int(year.version)? };
        if year.version == 1 {
            row.into_active_model().insert(self.transaction()).await?;
        } else {
            row.into_active_model().reset_all().update(self.transaction()).await?;
        }
        let of_year = calendar_day::Column::Date.starts_with(format!("{number:04}-"));
        calendar_day::Entity::delete_many().filter(of_year).exec(self.transaction()).await?;
        let rows: Vec<_> = days
            .iter()
            .map(|day| calendar_day::Model {
                date: day.date.to_string(),
                name: day.name.clone(),
                kind: day.kind.to_string(),
                status: day.status.clone(),
                source: day.source.clone(),
            })
            .map(calendar_day::Model::into_active_model)
            .collect();
        if !rows.is_empty() {
            calendar_day::Entity::insert_many(rows).exec_without_returning(self.transaction()).await?;
        }
        Ok(())
    }
}

async fn years(connection: &impl ConnectionTrait) -> Result<LoadedYears, StoreError> {
    let rows = calendar_year::Entity::find().order_by_asc(calendar_year::Column::Year).all(connection).await?;
    rows.into_iter()
        .map(|row| Ok((row.year, word("calendar_year", "status", &row.status, YearStatus::parse)?)))
        .collect()
}

async fn read(connection: &impl ConnectionTrait, year: i32) -> Result<Option<Versioned<CalendarYear>>, StoreError> {
    let Some(row) = calendar_year::Entity::find_by_id(year).one(connection).await? else { return Ok(None) };
    let status = word("calendar_year", "status", &row.status, YearStatus::parse)?;
    let rows = calendar_day::Entity::find()
        .filter(calendar_day::Column::Date.starts_with(format!("{year:04}-")))
        .order_by_asc(calendar_day::Column::Date)
        .all(connection)
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
    let value = CalendarYear { year, status, days: days.collect::<Result<_, StoreError>>()? };
    Ok(Some(Versioned { value, version: version("calendar_year", year, row.version)? }))
}
