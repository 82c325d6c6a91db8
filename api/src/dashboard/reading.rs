//! The figures of a page, from the same functions as `GET /api/v1/rates` and `…/progress`, in one snapshot, by a fixed number of
//! queries however many petitions and agencies there are.

use std::collections::BTreeMap;

use chrono::Days;
use domain::{
    calendar::WorkingCalendar,
    catalogue::AgencyLevel,
    code::{AgencyCode, CategoryCode, UnitCode},
    petition::PetitionCode,
    rate::{
        self, Bucket, Counts, Definition, Dimension, Estimate, Figures, Forecast, Interval, NoForecast, Progress,
        Readings, Tally, Target,
    },
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
    /// What is expected from the instant of the page on, itself the first; empty where nothing is ahead or nothing is known of it.
    pub forecast: Vec<(Instant, Estimate)>,
    /// Why the forecast does not reach the end of the target.
    pub silence: Option<NoForecast>,
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

        let weeks = Interval::Week.instants(target.from, as_of.min(target.to), MOST_POINTS).unwrap_or_default();
        let mut instants = target.instants(as_of);
        instants.extend(&weeks);
        instants.sort_unstable();
        instants.dedup();
        let tallies = snapshot.tallies(&target.question(), &instants, directory).await?;
        let readings = Readings::new(instants, tallies);
        let figures = |at, level| Figures::new(readings.counts(at, level), definition);
        let of_levels = |at| target.levels.iter().map(move |level| (*level, figures(at, Some(*level))));
        let history = weeks.iter().map(|at| Moment {
            at: *at,
            total: figures(*at, None),
            levels: of_levels(*at).map(|(_, figures)| figures).collect(),
        });
        let (forecast, silence) = ahead(target, as_of, calendar, &readings);

        let trend = trend_instants(as_of);
        let tallies = snapshot.tallies(&chosen.question(&[Dimension::Agency]), &trend, directory).await?;
        let agencies = agencies(&tallies, definition, directory);
        let known = directory
            .agencies()
            .filter(|agency| target.levels.contains(&agency.level) && agency.validity.covers(as_of.local_date()));
        let idle_agencies = known.filter(|agency| !agencies.iter().any(|other| other.code == agency.code)).count();

        let months = groups(&snapshot, chosen, Dimension::Month, directory).await?.into_iter();
        let months: Vec<_> = months.filter_map(|(key, counts)| Some((key.month?, counts))).collect();
        let overdue = months.iter().map(|(_, counts)| counts.pending_overdue).sum();

        Ok(Self {
            progress: rate::progress(target, as_of, calendar, &readings),
            levels: of_levels(as_of).collect(),
            history: history.collect(),
            forecast,
            silence,
            idle_agencies,
            agencies,
            units: (groups(&snapshot, chosen, Dimension::Unit, directory).await?.into_iter())
                .map(|(key, counts)| (key.unit.flatten(), Figures::new(counts, definition)))
                .collect(),
            fields: (groups(&snapshot, chosen, Dimension::Category, directory).await?.into_iter())
                .filter_map(|(key, counts)| Some((key.category?, Figures::new(counts, definition))))
                .collect(),
            oldest: oldest(&snapshot, chosen, overdue, directory).await?,
            months,
        })
    }
}

/// The begin of the day of `as_of` by the week back, ascending, and `as_of`. Where a day begins the sums answer alone.
fn trend_instants(as_of: Instant) -> Vec<Instant> {
    let today = as_of.local_date();
    let back = (1..=TREND_WEEKS).rev().filter_map(|weeks| today.checked_sub_days(Days::new(7 * weeks)));
    back.map(Instant::start_of_day).chain([as_of]).collect()
}

/// What is expected of the time of the target that is still ahead, by the week and at its steps; and why no more is.
fn ahead(
    target: &Target,
    as_of: Instant,
    calendar: &WorkingCalendar,
    readings: &Readings,
) -> (Vec<(Instant, Estimate)>, Option<NoForecast>) {
    if as_of >= target.to {
        return (Vec::new(), None);
    }
    let forecast = match Forecast::new(target, None, as_of, calendar, readings) {
        Ok(forecast) => forecast,
        Err(why) => return (Vec::new(), Some(why)),
    };
    let end = forecast.reaches().min(target.to);
    let mut instants = Interval::Week.instants(as_of, end, MOST_POINTS).unwrap_or_default();
    instants.extend(target.milestones.iter().map(|step| step.before).filter(|before| (as_of..end).contains(before)));
    instants.sort_unstable();
    instants.dedup();
    let (path, silence) = forecast.path(&instants);
    // That it ends where the target does is no silence.
    (path, silence.or((end < target.to).then_some(NoForecast::TooFar)))
}

/// The agencies that have petitions at the last of the instants, with their rates at all of them.
fn agencies(trend: &[Tally], definition: Definition, directory: &Directory) -> Vec<AgencyFigures> {
    let Some(now) = trend.last() else { return Vec::new() };
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

/// The overdue petitions that were sent first. Of fewer than enough no more are looked for than there are: the store would go
/// through all that were sent, for one that does not exist.
async fn oldest(
    snapshot: &Snapshot,
    chosen: &Chosen,
    overdue: u64,
    directory: &Directory,
) -> Result<Vec<Overdue>, Problem> {
    let question = chosen.question(&[]);
    let behind = Behind { question: &question, as_of: chosen.as_of, bucket: Bucket::PendingOverdue };
    let page = Page { after: None, limit: overdue.min(OLDEST) };
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
