//! Which petitions are counted, and under which headings.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    figures::Counts,
    standing::{Heading, Standing, spans},
};
use crate::{
    catalogue::{AgencyLevel, Channel},
    code::{AgencyCode, CategoryCode, UnitCode},
    petition::{Event, Unfit},
    routing::Directory,
    time::Instant,
    vocabulary::vocabulary,
};

vocabulary! {
    /// What figures may be grouped by.
    Dimension {
        /// The level of the agency that has the petition.
        Level = "level",
        /// The agency that has it.
        Agency = "agency",
        /// The commune, or failing that the district, it is about.
        Unit = "unit",
        /// Its field.
        Category = "category",
        /// How it came.
        Channel = "channel",
        /// The local month it was sent in.
        Month = "month",
    }
}

vocabulary! {
    /// Under which agencies and units petitions are counted.
    SeenAs {
        /// Those of the time.
        AsWas = "as_was",
        /// Those that stand in their place today.
        Successors = "successors",
    }
}

/// Which petitions to count; an empty list means all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of agencies of these levels.
    pub levels: Vec<AgencyLevel>,
    /// Of these agencies.
    pub agencies: Vec<AgencyCode>,
    /// Of these fields.
    pub categories: Vec<CategoryCode>,
    /// That came these ways.
    pub channels: Vec<Channel>,
    /// About these units; `None`: without a place.
    pub units: Vec<Option<UnitCode>>,
    /// Agencies and units that have ended are counted as those that stand in their place on the directory's day ([`Heading::today`]),
    /// before anything else is asked of them. Otherwise they are counted as they were.
    pub through_heirs: bool,
}

fn chosen<T: PartialEq>(list: &[T], value: &T) -> bool {
    list.is_empty() || list.contains(value)
}

/// What is asked: petitions submitted in `[from, to)`, filtered, grouped, as each stood at `as_of`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Submitted at or after; `None`: from the beginning.
    pub from: Option<Instant>,
    /// Submitted before; `None`: without end.
    pub to: Option<Instant>,
    /// Which of them.
    pub filter: Filter,
    /// Under which headings.
    pub group_by: Vec<Dimension>,
}

impl Question {
    /// Whether a petition submitted then belongs to the period.
    pub fn covers(&self, submitted_at: Instant) -> bool {
        self.from.is_none_or(|from| from <= submitted_at) && self.to.is_none_or(|to| submitted_at < to)
    }

    /// The key that petitions of that heading come under in the answer; `None` where the filter leaves them out.
    pub fn key(&self, heading: &Heading, directory: &Directory) -> Option<Key> {
        let heading = if self.filter.through_heirs { &heading.today(directory) } else { heading };
        // An agency is never deleted, so a holder that the directory does not know is damage; it must still be counted.
        let level = directory.agency(&heading.agency).map_or(AgencyLevel::Coordinator, |agency| agency.level);
        let filter = &self.filter;
        let asked_for = chosen(&filter.levels, &level)
            && chosen(&filter.agencies, &heading.agency)
            && (filter.categories.is_empty()
                || heading.category.as_ref().is_some_and(|category| filter.categories.contains(category)))
            && chosen(&filter.channels, &heading.channel)
            && chosen(&filter.units, &heading.unit);
        if !asked_for {
            return None;
        }
        let mut key = Key::default();
        for dimension in &self.group_by {
            match dimension {
                Dimension::Level => key.level = Some(level),
                Dimension::Agency => key.agency = Some(heading.agency.clone()),
                Dimension::Unit => key.unit = Some(heading.unit.clone()),
                Dimension::Category => key.category = heading.category.clone(),
                Dimension::Channel => key.channel = Some(heading.channel),
                Dimension::Month => key.month = Some(heading.month.to_string()),
            }
        }
        Some(key)
    }
}

/// A heading: what was not grouped by is absent, what a petition has no value for is `null`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Key {
    /// See [`Dimension::Level`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<AgencyLevel>,
    /// See [`Dimension::Agency`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agency: Option<AgencyCode>,
    /// See [`Dimension::Unit`]; the inner `None` is a petition without a place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<Option<UnitCode>>,
    /// See [`Dimension::Category`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<CategoryCode>,
    /// See [`Dimension::Channel`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// See [`Dimension::Month`]: `2022-08`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub month: Option<String>,
}

/// The counts of an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Over all petitions asked for.
    pub total: Counts,
    /// By heading, in its order.
    pub groups: BTreeMap<Key, Counts>,
}

impl Tally {
    /// Counts that many petitions that stand so under one heading.
    pub fn take(&mut self, key: Key, standing: Standing, petitions: u64) {
        self.total.take(standing, petitions);
        if key != Key::default() {
            self.groups.entry(key).or_default().take(standing, petitions);
        }
    }

    /// Adds counts of petitions under one heading.
    pub fn add(&mut self, key: Key, counts: &Counts) {
        self.total.add(counts);
        if key != Key::default() {
            self.groups.entry(key).or_default().add(counts);
        }
    }
}

/// The answers to one question, grouped by level, at some instants.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Readings(BTreeMap<Instant, Tally>);

impl Readings {
    /// From the instants and the answer at each, in the same order.
    pub fn new(instants: impl IntoIterator<Item = Instant>, tallies: impl IntoIterator<Item = Tally>) -> Self {
        Self(instants.into_iter().zip(tallies).collect())
    }

    /// The counts at an instant, over the agencies of a level or over all; none where it was not read.
    pub fn counts(&self, at: Instant, level: Option<AgencyLevel>) -> Counts {
        let tally = self.0.get(&at);
        let counts = match level {
            None => tally.map(|tally| tally.total),
            Some(_) => tally.and_then(|tally| tally.groups.get(&Key { level, ..Key::default() }).copied()),
        };
        counts.unwrap_or_default()
    }
}

/// The answers to a question at each of the instants, straight from histories: what the figures are by definition. A store that
/// keeps sums must come to the same.
///
/// # Errors
/// [`Unfit`] when events are no history.
pub fn tallies<'a>(
    histories: impl IntoIterator<Item = &'a [Event]>,
    question: &Question,
    instants: &[Instant],
    directory: &Directory,
) -> Result<Vec<Tally>, Unfit> {
    let mut tallies = vec![Tally::default(); instants.len()];
    for history in histories {
        if !history.first().is_some_and(|first| question.covers(first.at)) {
            continue;
        }
        for span in spans(history)? {
            let (Some(standing), Some(key)) = (span.standing, question.key(&span.heading, directory)) else { continue };
            let reached = instants.iter().zip(&mut tallies).filter(|(instant, _)| span.covers(**instant));
            reached.for_each(|(_, tally)| tally.take(key.clone(), standing, 1));
        }
    }
    Ok(tallies)
}
