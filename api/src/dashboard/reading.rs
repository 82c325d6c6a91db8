//! The figures of a page, from the same functions as `GET /api/v1/rates` and `…/progress`, in one snapshot, by a fixed number of
//! queries however many petitions and agencies there are.

use std::collections::BTreeMap;

use chrono::Days;
use domain::{
    catalogue::AgencyLevel,
    code::{AgencyCode, CategoryCode, UnitCode},
    petition::PetitionCode,
    rate::{self, Bucket, Counts, Definition, Dimension, Figures, Interval, Progress, Tally},
    routing::Directory,
    time::Instant,
};
use persistence::{Behind, CatalogueDay, Page, Snapshot};

use super::chosen::Chosen;
use crate::{app::App, problem::Problem};

/// How many weeks back the trend of an agency is shown.
const TREND_WEEKS: u64 = 12;
/// Over how many weeks its change is taken.
pub const CHANGE_WEEKS: usize = 4;
/// The most points of the curve: a target of ten years, by the week.
const MOST_POINTS: usize = 530;
/// How many of the oldest overdue petitions are named.
const OLDEST: u64 = 5;

/// The figures of one instant.
#[derive(Debug, Clone)]
pub struct Moment {
    /// The instant.
    pub at: Instant,
    /// Over all levels.
    pub total: Figures,
    /// By level, in the order of the target.
    pub levels: Vec<Figures>,
}

/// An agency and its figures.
#[derive(Debug, Clone)]
pub struct AgencyFigures {
    /// Which.
    pub code: AgencyCode,
    /// Its level.
    pub level: AgencyLevel,
    /// At the instant of the page.
    pub figures: Figures,
    /// Its rate by the week up to the instant of the page, itself the last.
    pub trend: Vec<Option<f64>>,
}

impl AgencyFigures {
    /// By how much its rate rose within [`CHANGE_WEEKS`].
    pub fn change(&self) -> Option<f64> {
        let before = self.trend.iter().rev().nth(CHANGE_WEEKS).copied().flatten();
        self.figures.rate.zip(before).map(|(now, before)| now - before)
    }
}

/// A petition that waits beyond its deadline.
#[derive(Debug, Clone)]
pub struct Overdue {
    /// Its public code.
    pub code: PetitionCode,
    /// When it was sent.
    pub submitted_at: Instant,
    /// Who has it.
    pub agency: AgencyCode,
    /// What it is about.
    pub category: Option<CategoryCode>,
}

/// All figures of a page.
#[derive(Debug)]
pub struct Reading {
    /// How the target stands.
    pub progress: Progress,
    /// Each level that was chosen, in the order of the target.
    pub levels: Vec<(AgencyLevel, Figures)>,
    /// The rate since the target began.
    pub history: Vec<Moment>,
    /// Every agency that has any of the petitions.
    pub agencies: Vec<AgencyFigures>,
    /// How many agencies of these levels have none.
    pub idle_agencies: usize,
    /// By the unit that petitions are about; `None`: without a place.
    pub units: BTreeMap<Option<UnitCode>, Figures>,
    /// By field.
    pub fields: Vec<(CategoryCode, Figures)>,
    /// By the month they were sent in: `2022-08`.
    pub months: Vec<(String, Counts)>,
    /// The overdue ones that were sent first.
    pub oldest: Vec<Overdue>,
}

impl Reading {
    /// Reads them.
    ///
    /// # Errors
    /// As the store says.
    pub async fn of(app: &App, catalogue: &CatalogueDay, chosen: &Chosen) -> Result<Self, Problem> {
        let (directory, calendar) = (&catalogue.catalogue.directory, &catalogue.catalogue.calendar);
        let (target, as_of) = (&chosen.target, chosen.as_of);
        let definition = target.definition;
        let snapshot = app.store.snapshot().await?;

        let history = Interval::Week.instants(target.from, as_of.min(target.to), MOST_POINTS).unwrap_or_default();
        let trend = trend_instants(as_of);
        let mut instants = target.instants(as_of, calendar);
        instants.extend(history.iter().chain(&trend));
        instants.sort_unstable();
        instants.dedup();
        let question = chosen.question(&[Dimension::Agency]);
        let tallies = snapshot.tallies(&question, &instants, directory).await?;
        let by_instant: BTreeMap<Instant, &Tally> = instants.iter().copied().zip(&tallies).collect();
        let tally_at = |at: &Instant| by_instant.get(at).copied();
        let counts_at = |at: Instant| tally_at(&at).map(|tally| tally.total).unwrap_or_default();

        let now = tally_at(&as_of).cloned().unwrap_or_default();
        let levels = by_level(&now, &target.levels, directory);
        let levels = target.levels.iter().copied().zip(levels.iter().map(|counts| Figures::new(*counts, definition)));
        let history = history.iter().filter_map(|at| {
            let tally = tally_at(at)?;
            let levels = by_level(tally, &target.levels, directory).into_iter();
            Some(Moment {
                at: *at,
                total: Figures::new(tally.total, definition),
                levels: levels.map(|counts| Figures::new(counts, definition)).collect(),
            })
        });
        let agencies = agencies(&now, &trend.iter().filter_map(tally_at).collect::<Vec<_>>(), definition, directory);
        let known = directory
            .agencies()
            .filter(|agency| target.levels.contains(&agency.level) && agency.validity.covers(as_of.local_date()));
        let idle_agencies = known.filter(|agency| !agencies.iter().any(|other| other.code == agency.code)).count();

        Ok(Self {
            progress: rate::progress(target, as_of, calendar, counts_at),
            levels: levels.collect(),
            history: history.collect(),
            idle_agencies,
            agencies,
            units: (groups(&snapshot, chosen, Dimension::Unit, directory).await?.into_iter())
                .map(|(key, counts)| (key.unit.flatten(), Figures::new(counts, definition)))
                .collect(),
            fields: (groups(&snapshot, chosen, Dimension::Category, directory).await?.into_iter())
                .filter_map(|(key, counts)| Some((key.category?, Figures::new(counts, definition))))
                .collect(),
            months: (groups(&snapshot, chosen, Dimension::Month, directory).await?.into_iter())
                .filter_map(|(key, counts)| Some((key.month?, counts)))
                .collect(),
            oldest: oldest(&snapshot, chosen, directory).await?,
        })
    }
}

/// The begin of the day of `as_of` by the week back, ascending, and `as_of`. Where a day begins the sums answer alone.
fn trend_instants(as_of: Instant) -> Vec<Instant> {
    let today = as_of.local_date();
    let back = (1..=TREND_WEEKS).rev().filter_map(|weeks| today.checked_sub_days(Days::new(7 * weeks)));
    back.map(Instant::start_of_day).chain([as_of]).collect()
}

/// The counts of the agencies of each level.
fn by_level(tally: &Tally, levels: &[AgencyLevel], directory: &Directory) -> Vec<Counts> {
    let of_level = |level: &AgencyLevel| {
        let mut sum = Counts::default();
        for (key, counts) in &tally.groups {
            let agency = key.agency.as_ref().and_then(|code| directory.agency(code));
            if agency.is_some_and(|agency| agency.level == *level) {
                sum.add(counts);
            }
        }
        sum
    };
    levels.iter().map(of_level).collect()
}

fn agencies(now: &Tally, trend: &[&Tally], definition: Definition, directory: &Directory) -> Vec<AgencyFigures> {
    let agencies = now.groups.iter().filter_map(|(key, counts)| {
        let code = key.agency.clone()?;
        let trend = trend.iter().map(|tally| Figures::new(*tally.groups.get(key)?, definition).rate);
        Some(AgencyFigures {
            level: directory.agency(&code)?.level,
            trend: trend.collect(),
            figures: Figures::new(*counts, definition),
            code,
        })
    });
    agencies.collect()
}

async fn groups(
    snapshot: &Snapshot,
    chosen: &Chosen,
    dimension: Dimension,
    directory: &Directory,
) -> Result<BTreeMap<rate::Key, Counts>, Problem> {
    let tally = snapshot.tallies(&chosen.question(&[dimension]), &[chosen.as_of], directory).await?.pop();
    Ok(tally.unwrap_or_default().groups)
}

async fn oldest(snapshot: &Snapshot, chosen: &Chosen, directory: &Directory) -> Result<Vec<Overdue>, Problem> {
    let question = chosen.question(&[]);
    let behind = Behind { question: &question, as_of: chosen.as_of, bucket: Bucket::PendingOverdue };
    let page = Page { after: None, limit: OLDEST };
    let counted = snapshot.petitions_behind(behind, directory, page).await?.into_iter();
    Ok(counted
        .map(|counted| Overdue {
            code: counted.code,
            submitted_at: counted.submitted_at,
            agency: counted.heading.agency,
            category: counted.heading.category,
        })
        .collect())
}
