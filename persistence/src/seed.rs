//! The catalogue a new installation starts with: the tables of `persistence/catalogue/`, compiled in.
//!
//! Only what is missing is added: what an operator has changed since stays.

use domain::{
    catalogue::{AgencyLevel, Channel},
    change::ChangeKind,
    code::TargetCode,
    place::Point,
    rate::{Definition, Milestone, Target, TargetVersion},
    time::Instant,
};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, TryInsertResult};
use serde::{Deserialize, de::DeserializeOwned};

use crate::{
    catalogue::{word, words},
    entity::{agency, calendar_day, calendar_year, catalogue_change, category, category_group, office_hours, unit},
    error::StoreError,
    target::histories,
    unit_of_work::UnitOfWork,
};

/// How many rows of each kind were added.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SeedReport {
    /// Administrative units.
    pub units: u64,
    /// Agencies.
    pub agencies: u64,
    /// Fields.
    pub categories: u64,
    /// Days of the calendar that are not what their weekday says.
    pub calendar_days: u64,
    /// Targets.
    pub targets: u64,
}

impl SeedReport {
    /// Whether nothing was missing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

#[derive(Deserialize)]
struct UnitRow {
    code: String,
    name: String,
    level: String,
    parent_code: Option<String>,
    valid_from: String,
    centre_lat: Option<f64>,
    centre_lon: Option<f64>,
}

#[derive(Deserialize)]
struct AgencyRow {
    code: String,
    name: String,
    level: String,
    unit_code: Option<String>,
    valid_from: String,
}

#[derive(Deserialize)]
struct GroupRow {
    code: String,
    name: String,
    name_en: String,
}

#[derive(Deserialize)]
struct CategoryRow {
    code: String,
    name: String,
    name_en: String,
    group: String,
    competence: String,
    urgent_receive: String,
    urgent_answer: String,
    normal_receive: String,
    normal_answer: String,
    complex_receive: String,
    complex_answer: String,
    valid_from: String,
}

#[derive(Deserialize)]
struct DayRow {
    date: String,
    name: String,
    kind: String,
    status: String,
    source: String,
}

#[derive(Deserialize)]
struct YearRow {
    year: i32,
    status: String,
}

#[derive(Deserialize)]
struct HoursRow {
    opens: String,
    closes: String,
}

#[derive(Deserialize)]
struct TargetRow {
    code: String,
    name: String,
    name_en: String,
    channel: String,
    levels: String,
    definition: String,
    from: String,
    to: String,
}

#[derive(Deserialize)]
struct MilestoneRow {
    target: String,
    before: String,
    rate_percent: u32,
}

macro_rules! table {
    ($name:literal, $row:ty) => {
        read::<$row>($name, include_str!(concat!("../catalogue/", $name, ".csv")))
    };
}

pub(crate) fn read<T: DeserializeOwned>(table: &'static str, text: &str) -> Result<Vec<T>, StoreError> {
    let rows = csv::Reader::from_reader(text.as_bytes()).into_deserialize().collect::<Result<_, _>>();
    rows.map_err(|error| StoreError::inconsistent(table, "csv", "catalogue", error))
}

fn instant(table: &'static str, text: &str) -> Result<Instant, StoreError> {
    Instant::parse(text).map_err(|error| StoreError::inconsistent(table, "instant", text, error))
}

impl UnitOfWork {
    /// Adds what is missing of the starting catalogue.
    ///
    /// # Errors
    /// As the database says.
    pub async fn seed(&mut self, now: Instant) -> Result<SeedReport, StoreError> {
        self.seed_consent_wordings(include_str!("../catalogue/consent_wordings.csv")).await?;
        let mut units: Vec<unit::ActiveModel> = Vec::new();
        for row in table!("units", UnitRow)? {
            let centre = row.centre_lat.zip(row.centre_lon).map(|(lat, lon)| Point::from_degrees(lat, lon));
            let centre =
                centre.transpose().map_err(|error| StoreError::inconsistent("unit", "centre", &row.code, error))?;
            let model = unit::Model {
                code: row.code,
                valid_from: row.valid_from,
                valid_to: None,
                name: row.name,
                level: row.level,
                parent: row.parent_code,
                centre_lat_e7: centre.map(Point::lat_e7),
                centre_lon_e7: centre.map(Point::lon_e7),
            };
            units.push(model.into_active_model());
        }
        let agencies = table!("agencies", AgencyRow)?.into_iter().map(|row| agency::Model {
            code: row.code,
            name: row.name,
            level: row.level,
            unit: row.unit_code,
            valid_from: row.valid_from,
            valid_to: None,
            needs_approval: false,
            version: 1,
            hotline: None,
            office_hours: None,
        });
        let groups = table!("category_groups", GroupRow)?.into_iter().zip(1..).map(|(row, rank)| {
            category_group::Model { code: row.code, rank, name: row.name, name_en: row.name_en, version: 1 }
        });
        // What an operator took away does not come back with the next start.
        let removed = self.removed(ChangeKind::Category).await?;
        let categories = table!("categories", CategoryRow)?.into_iter().zip(1..);
        let categories =
            categories.filter(|(row, _)| !removed.contains(&row.code)).map(|(row, rank)| category::Model {
                code: row.code,
                rank,
                name: row.name,
                name_en: row.name_en,
                group_code: row.group,
                competence: row.competence,
                urgent_receive: row.urgent_receive,
                urgent_answer: row.urgent_answer,
                normal_receive: row.normal_receive,
                normal_answer: row.normal_answer,
                complex_receive: row.complex_receive,
                complex_answer: row.complex_answer,
                valid_from: row.valid_from,
                valid_to: None,
                version: 1,
                questions: "[]".to_owned(),
            });
        let days = table!("calendar", DayRow)?.into_iter().map(|row| calendar_day::Model {
            date: row.date,
            name: row.name,
            kind: row.kind,
            status: row.status,
            source: row.source,
        });
        // A year comes whole or not at all: a day that an operator has taken out of it stays out.
        let loaded = calendar_year::Entity::find().all(self.transaction()).await?;
        let mut years = table!("calendar_years", YearRow)?;
        years.retain(|row| loaded.iter().all(|known| known.year != row.year));
        let days = days.filter(|day| years.iter().any(|row| day.date.starts_with(&format!("{:04}-", row.year))));
        let days: Vec<_> = days.map(calendar_day::Model::into_active_model).collect();
        let years = years
            .into_iter()
            .map(|YearRow { year, status }| calendar_year::Model { year, status, version: 1 }.into_active_model());
        let hours = table!("office_hours", HoursRow)?
            .into_iter()
            .map(|HoursRow { opens, closes }| office_hours::Model { opens, closes }.into_active_model());
        // Office hours are one set: an operator's own are not mixed with these.
        if office_hours::Entity::find().one(self.transaction()).await?.is_none() {
            self.add_missing::<office_hours::Entity>(hours.collect()).await?;
        }
        self.add_missing::<calendar_year::Entity>(years.collect()).await?;
        let groups = groups.map(category_group::Model::into_active_model).collect();
        let groups = self.add_missing::<category_group::Entity>(groups).await?;
        let report = SeedReport {
            units: self.add_missing::<unit::Entity>(units).await?,
            agencies: self
                .add_missing::<agency::Entity>(agencies.map(agency::Model::into_active_model).collect())
                .await?,
            categories: self
                .add_missing::<category::Entity>(categories.map(category::Model::into_active_model).collect())
                .await?,
            calendar_days: self.add_missing::<calendar_day::Entity>(days).await?,
            targets: self.seed_targets(now).await?,
        };
        if !report.is_empty() || groups > 0 {
            self.bump_catalogue().await?;
        }
        Ok(report)
    }

    /// The first version of each target that there is none of.
    async fn seed_targets(&mut self, now: Instant) -> Result<u64, StoreError> {
        let known = histories(self.transaction()).await?;
        let steps = table!("milestones", MilestoneRow)?;
        let mut added = 0;
        for row in table!("targets", TargetRow)? {
            let code = TargetCode::parse(&row.code)
                .map_err(|error| StoreError::inconsistent("targets", "code", &row.code, error))?;
            if known.iter().any(|history| history.newest().target.code == code) {
                continue;
            }
            let of_target = steps.iter().filter(|step| step.target == row.code);
            let milestones = of_target.map(|step| {
                let before = instant("milestones", &step.before)?;
                Ok(Milestone { before, required_basis_points: step.rate_percent * 100, level: None })
            });
            let target = Target {
                code,
                channels: words("targets", "channel", &row.channel, Channel::parse)?,
                levels: words("targets", "levels", &row.levels, AgencyLevel::parse)?,
                definition: word("targets", "definition", &row.definition, Definition::parse)?,
                from: instant("targets", &row.from)?,
                to: instant("targets", &row.to)?,
                milestones: milestones.collect::<Result<_, StoreError>>()?,
                name: row.name,
                name_en: row.name_en,
            };
            let version = TargetVersion { number: 1, recorded_at: now, author: None, reason: None, target };
            self.add_target_version(&version).await?;
            added += 1;
        }
        Ok(added)
    }

    /// The keys of what an operator took away.
    async fn removed(&self, kind: ChangeKind) -> Result<Vec<String>, StoreError> {
        let gone = catalogue_change::Entity::find()
            .select_only()
            .column(catalogue_change::Column::ItemKey)
            .filter(catalogue_change::Column::Kind.eq(kind.as_str()))
            .filter(catalogue_change::Column::AfterJson.is_null());
        Ok(gone.into_tuple().all(self.transaction()).await?)
    }

    async fn add_missing<E: EntityTrait>(&self, rows: Vec<E::ActiveModel>) -> Result<u64, StoreError>
    where
        E::ActiveModel: Send,
    {
        match E::insert_many(rows).on_conflict_do_nothing().exec_without_returning(self.transaction()).await? {
            TryInsertResult::Inserted(count) => Ok(count),
            TryInsertResult::Empty | TryInsertResult::Conflicted => Ok(0),
        }
    }
}
