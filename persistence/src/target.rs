//! Targets and their versions.

use domain::{
    catalogue::{AgencyLevel, Channel},
    code::TargetCode,
    id::AccountId,
    rate::{Definition, Milestone, Target, TargetHistory, TargetVersion},
    time::Instant,
};
use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryOrder};
use serde::{Deserialize, Serialize};

use crate::{
    catalogue::{word, words},
    entity::target_version::{Column, Entity, Model},
    error::StoreError,
    store::Snapshot,
    unit_of_work::UnitOfWork,
};

const TABLE: &str = "target_version";

/// A step as the column has it.
#[derive(Serialize, Deserialize)]
struct Step {
    before_at: i64,
    required_basis_points: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    level: Option<AgencyLevel>,
}

impl Snapshot {
    /// The targets with all their versions, by code.
    pub(crate) async fn targets(&self) -> Result<Vec<TargetHistory>, StoreError> {
        histories(&self.0).await
    }
}

impl UnitOfWork {
    /// The targets, which nobody else changes until this unit of work ends; every server will read them anew after it.
    ///
    /// # Errors
    /// As the database says.
    pub async fn targets_to_change(&mut self) -> Result<Vec<TargetHistory>, StoreError> {
        // All changes of the catalogue wait for each other at this one row.
        self.bump_catalogue().await?;
        histories(self.transaction()).await
    }

    /// Adds a version of a target: the first of a new one, or the one after the newest of [`Self::targets_to_change`].
    ///
    /// # Errors
    /// As the database says.
    pub async fn add_target_version(&mut self, version: &TargetVersion) -> Result<(), StoreError> {
        Model::try_from(version)?.into_active_model().insert(self.transaction()).await?;
        Ok(())
    }
}

/// The targets with all their versions, by code.
pub(crate) async fn histories(connection: &impl ConnectionTrait) -> Result<Vec<TargetHistory>, StoreError> {
    let rows = Entity::find().order_by_asc(Column::Target).order_by_asc(Column::Version).all(connection).await?;
    let mut histories: Vec<TargetHistory> = Vec::new();
    for row in rows {
        let version = TargetVersion::try_from(row)?;
        match histories.last_mut() {
            Some(last) if last.newest().target.code == version.target.code => last.push(version),
            Some(_) | None => histories.push(TargetHistory::begin(version)),
        }
    }
    Ok(histories)
}

impl TryFrom<Model> for TargetVersion {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        let key = format!("{} {}", row.target, row.version);
        let wrong = |column, problem: &dyn std::fmt::Display| StoreError::inconsistent(TABLE, column, &key, problem);
        let instant = |column, at| Instant::from_micros(at).ok_or_else(|| wrong(column, &"not an instant"));
        let steps: Vec<Step> = serde_json::from_str(&row.milestones).map_err(|error| wrong("milestones", &error))?;
        let milestones = steps.into_iter().map(|Step { before_at, required_basis_points, level }| {
            Ok(Milestone { before: instant("milestones", before_at)?, required_basis_points, level })
        });
        Ok(Self {
            number: u32::try_from(row.version).map_err(|error| wrong("version", &error))?,
            recorded_at: instant("recorded_at", row.recorded_at)?,
            author: row.author.map(AccountId),
            reason: row.reason,
            target: Target {
                code: TargetCode::parse(&row.target).map_err(|error| wrong("target", &error))?,
                channels: words(TABLE, "channels", &row.channels, Channel::parse)?,
                levels: words(TABLE, "levels", &row.levels, AgencyLevel::parse)?,
                definition: word(TABLE, "definition", &row.definition, Definition::parse)?,
                from: instant("from_at", row.from_at)?,
                to: instant("to_at", row.to_at)?,
                milestones: milestones.collect::<Result<_, StoreError>>()?,
                name: row.name,
                name_en: row.name_en,
            },
        })
    }
}

impl TryFrom<&TargetVersion> for Model {
    type Error = StoreError;

    fn try_from(version: &TargetVersion) -> Result<Self, StoreError> {
        let TargetVersion { number, recorded_at, author, reason, target } = version;
        let wrong = |column, problem: &dyn std::fmt::Display| {
            StoreError::inconsistent(TABLE, column, format!("{} {number}", target.code), problem)
        };
        let joined = |words: &mut dyn Iterator<Item = &'static str>| words.collect::<Vec<_>>().join(" ");
        let steps = target.milestones.iter().map(|Milestone { before, required_basis_points, level }| Step {
            before_at: before.micros(),
            required_basis_points: *required_basis_points,
            level: *level,
        });
        let steps = serde_json::to_string(&steps.collect::<Vec<_>>()).map_err(|error| wrong("milestones", &error))?;
        Ok(Self {
            target: target.code.to_string(),
            version: i32::try_from(*number).map_err(|error| wrong("version", &error))?,
            recorded_at: recorded_at.micros(),
            author: author.map(|author| author.0),
            reason: reason.clone(),
            name: target.name.clone(),
            name_en: target.name_en.clone(),
            channels: joined(&mut target.channels.iter().map(|channel| channel.as_str())),
            levels: joined(&mut target.levels.iter().map(|level| level.as_str())),
            definition: target.definition.to_string(),
            from_at: target.from.micros(),
            to_at: target.to.micros(),
            milestones: steps,
        })
    }
}
