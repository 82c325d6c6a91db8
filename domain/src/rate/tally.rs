//! Which petitions are counted, and under which headings.

use std::collections::BTreeMap;

use serde::Serialize;

use super::figures::Counts;
use crate::{
    catalogue::{AgencyLevel, Channel},
    code::{AgencyCode, CategoryCode, UnitCode},
    petition::{Event, Petition, Unfit},
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
}

/// A heading: what was not grouped by is absent, what a petition has no value for is `null`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
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
    /// Counts a petition as it stood at `as_of`, if it is asked for. The period is the caller's to see to.
    pub fn take(&mut self, petition: &Petition, as_of: Instant, question: &Question, directory: &Directory) {
        // An agency is never deleted, so a holder that the directory does not know is damage; it must still be counted.
        let level = directory.agency(&petition.holder).map_or(AgencyLevel::Coordinator, |agency| agency.level);
        let filter = &question.filter;
        let asked_for = chosen(&filter.levels, &level)
            && chosen(&filter.agencies, &petition.holder)
            && chosen(&filter.categories, &petition.category)
            && chosen(&filter.channels, &petition.channel);
        if !asked_for {
            return;
        }
        let mut counts = Counts::default();
        counts.count(petition, as_of);
        if counts == Counts::default() {
            return;
        }
        self.total.add(&counts);
        if !question.group_by.is_empty() {
            let key = key(petition, level, &question.group_by);
            self.groups.entry(key).or_default().add(&counts);
        }
    }
}

fn key(petition: &Petition, level: AgencyLevel, group_by: &[Dimension]) -> Key {
    let mut key = Key::default();
    for dimension in group_by {
        match dimension {
            Dimension::Level => key.level = Some(level),
            Dimension::Agency => key.agency = Some(petition.holder.clone()),
            Dimension::Unit => key.unit = Some(petition.routing.unit.clone()),
            Dimension::Category => key.category = Some(petition.category.clone()),
            Dimension::Channel => key.channel = Some(petition.channel),
            Dimension::Month => key.month = Some(petition.submitted_at.local_date().format("%Y-%m").to_string()),
        }
    }
    key
}

/// Shows a petition as it stood at each of the instants, which ascend: its events before the instant applied, no later one.
/// Instants at which it did not exist yet are passed over.
///
/// # Errors
/// [`Unfit`] when the events are no history.
pub fn at_each(
    events: &[Event],
    instants: &[Instant],
    mut visit: impl FnMut(usize, Instant, &Petition),
) -> Result<(), Unfit> {
    let mut rest = events;
    let mut petition: Option<Petition> = None;
    for (index, instant) in instants.iter().enumerate() {
        while let Some((event, later)) = rest.split_first().filter(|(event, _)| event.at < *instant) {
            match &mut petition {
                None => petition = Some(Petition::begin(event)?),
                Some(petition) => petition.apply(event)?,
            }
            rest = later;
        }
        if let Some(petition) = &petition {
            visit(index, *instant, petition);
        }
    }
    Ok(())
}
