//! What is asked of the figures, in a query string.

use domain::{
    catalogue::{AgencyLevel, Channel},
    rate::{Definition, Dimension, Filter, Question, SeenAs},
    time::Instant,
};
use persistence::CatalogueDay;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{clock, field::Faults, problem::FaultCode};

/// What is asked.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RatesQuery {
    /// Submitted at or after this instant (RFC 3339, or a date: the start of that local day).
    #[param(example = "2022-01-01")]
    from: Option<String>,
    /// Submitted before this instant.
    #[param(example = "2023-01-01")]
    to: Option<String>,
    /// As they stood just before this instant; now unless given.
    #[param(example = "2022-09-01")]
    as_of: Option<String>,
    /// Levels of the agencies that have them, comma-separated: `commune`, `district`, `provincial`, `coordinator`.
    level: Option<String>,
    /// Agencies that have them, comma-separated.
    agency: Option<String>,
    /// Units they are about, comma-separated; `none`: without a place.
    unit: Option<String>,
    /// Fields, comma-separated.
    category: Option<String>,
    /// Channels, comma-separated: `mobile`, `web`, `phone`, `paper`, `email`, `portal`.
    channel: Option<String>,
    /// `eligible` (unless given), `all` or `actionable`.
    definition: Option<String>,
    /// `as_was` (unless given): agencies and units of the time; `successors`: those that stand in their place today.
    #[param(example = "successors")]
    agencies: Option<String>,
    /// Headings, comma-separated: any of `level`, `agency`, `unit`, `category`, `channel`, `month`.
    group_by: Option<String>,
}

/// A question, the instant it is asked about, and how a rate is taken.
pub struct Asked {
    pub question: Question,
    pub as_of: Instant,
    pub definition: Definition,
}

/// What a petition without a place is asked for by.
const NO_UNIT: &str = "none";

/// Reads what is asked; what is wrong with it is added to the faults.
pub fn read_asked(query: &RatesQuery, catalogue: &CatalogueDay, faults: &mut Faults) -> Option<Asked> {
    let from = faults.instant("/from", query.from.as_deref());
    let to = faults.instant("/to", query.to.as_deref());
    if from.zip(to).is_some_and(|(from, to)| from >= to) {
        faults.add("/to", FaultCode::EmptyPeriod);
    }
    let as_of = faults.as_of(query.as_of.as_deref(), clock::now());
    let levels =
        faults.words("/level", query.level.as_deref(), AgencyLevel::parse, AgencyLevel::ALL, AgencyLevel::as_str);
    let agencies = faults.agencies(query.agency.as_deref(), catalogue);
    let units = faults.units(query.unit.as_deref(), Some(NO_UNIT), catalogue);
    let categories = faults.categories(query.category.as_deref(), catalogue);
    let channels = faults.words("/channel", query.channel.as_deref(), Channel::parse, Channel::ALL, Channel::as_str);
    let definition = match query.definition.as_deref() {
        None => Some(Definition::Eligible),
        Some(raw) => faults.word("/definition", raw, Definition::parse, Definition::ALL, Definition::as_str),
    };
    let group_by =
        faults.words("/group_by", query.group_by.as_deref(), Dimension::parse, Dimension::ALL, Dimension::as_str);
    let seen_as = match query.agencies.as_deref() {
        None => Some(SeenAs::AsWas),
        Some(raw) => faults.word("/agencies", raw, SeenAs::parse, SeenAs::ALL, SeenAs::as_str),
    };
    let through_heirs = seen_as == Some(SeenAs::Successors);
    let filter = Filter { levels, agencies, categories, channels, units, through_heirs };
    Some(Asked { question: Question { from, to, filter, group_by }, as_of, definition: definition? })
}

/// A period of submission.
#[derive(Debug, Serialize, ToSchema)]
pub struct PeriodView {
    /// At or after; `null`: from the beginning.
    from: Option<String>,
    /// Before; `null`: without end.
    to: Option<String>,
}

impl From<&Question> for PeriodView {
    fn from(question: &Question) -> Self {
        Self { from: question.from.map(Instant::to_local_rfc3339), to: question.to.map(Instant::to_local_rfc3339) }
    }
}
