//! `GET /api/v1/rates`.

use actix_web::{HttpResponse, get, web::Data};
use domain::{
    catalogue::{AgencyLevel, Channel},
    code::{AgencyCode, CategoryCode},
    rate::{Definition, Dimension, Figures, Filter, Key, Question},
    time::Instant,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::figures::FiguresView;
use crate::{
    answers::Guarded,
    app::App,
    auth::{Allowed, RateReaders},
    clock,
    field::Faults,
    problem::{FaultCode, Problem},
    query::Query,
};

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
    /// Fields, comma-separated.
    category: Option<String>,
    /// Channels, comma-separated: `mobile`, `web`, `phone`, `paper`.
    channel: Option<String>,
    /// `eligible` (unless given), `all` or `actionable`.
    definition: Option<String>,
    /// Headings, comma-separated: any of `level`, `agency`, `unit`, `category`, `channel`, `month`.
    group_by: Option<String>,
}

/// A period of submission.
#[derive(Debug, Serialize, ToSchema)]
pub struct PeriodView {
    /// At or after; `null`: from the beginning.
    from: Option<String>,
    /// Before; `null`: without end.
    to: Option<String>,
}

/// The figures under one heading.
#[derive(Debug, Serialize, ToSchema)]
pub struct GroupView {
    /// The heading: one member for each of `group_by`; `unit` is `null` for petitions without a place.
    #[schema(value_type = serde_json::Value)]
    key: Key,
    #[serde(flatten)]
    figures: FiguresView,
}

/// Figures of an instant.
#[derive(Debug, Serialize, ToSchema)]
pub struct RatesView {
    /// The instant, exclusive.
    as_of: String,
    period: PeriodView,
    /// How `rate` is taken.
    #[schema(value_type = String, example = "eligible")]
    definition: Definition,
    total: FiguresView,
    /// In the order of their headings; empty unless `group_by` is given.
    groups: Vec<GroupView>,
}

/// The figures of petitions submitted in a period, each as it stood at an instant, for the agency that had it then. The same
/// question about a past instant always gets the same answer.
#[utoipa::path(
    operation_id = "rates", tag = "steering", security(("bearer" = [])), params(RatesQuery),
    extensions(("x-roles" = json!(["steering", "officer", "leader", "coordinator", "admin"]))),
    responses(
        (status = 200, body = RatesView),
        Guarded,
    )
)]
#[get("/rates")]
pub async fn read_rates(
    app: Data<App>,
    _: Allowed<RateReaders>,
    Query(query): Query<RatesQuery>,
) -> Result<HttpResponse, Problem> {
    let catalogue = app.catalogue();
    let directory = &catalogue.catalogue.directory;
    let mut faults = Faults::default();
    let from = faults.instant("/from", query.from.as_deref());
    let to = faults.instant("/to", query.to.as_deref());
    if from.zip(to).is_some_and(|(from, to)| from >= to) {
        faults.add("/to", FaultCode::EmptyPeriod);
    }
    let as_of = faults.as_of(query.as_of.as_deref(), clock::now());
    let levels =
        faults.words("/level", query.level.as_deref(), AgencyLevel::parse, AgencyLevel::ALL, AgencyLevel::as_str);
    let agencies = faults.codes("/agency", query.agency.as_deref(), FaultCode::UnknownAgency, |raw| {
        AgencyCode::parse(raw).ok().filter(|code| directory.agency(code).is_some())
    });
    let categories = faults.codes("/category", query.category.as_deref(), FaultCode::UnknownCategory, |raw| {
        CategoryCode::parse(raw).ok().filter(|code| catalogue.catalogue.category(code).is_some())
    });
    let channels = faults.words("/channel", query.channel.as_deref(), Channel::parse, Channel::ALL, Channel::as_str);
    let definition = match query.definition.as_deref() {
        None => Some(Definition::Eligible),
        Some(raw) => faults.word("/definition", raw, Definition::parse, Definition::ALL, Definition::as_str),
    };
    let group_by =
        faults.words("/group_by", query.group_by.as_deref(), Dimension::parse, Dimension::ALL, Dimension::as_str);
    let definition = faults.finish(definition)?;
    let question = Question { from, to, filter: Filter { levels, agencies, categories, channels }, group_by };
    let snapshot = app.store.snapshot().await?;
    let tally = snapshot.tallies(&question, &[as_of], directory).await?.pop().unwrap_or_default();
    let groups = tally.groups.into_iter();
    let groups = groups.map(|(key, counts)| GroupView { key, figures: Figures::new(counts, definition).into() });
    Ok(HttpResponse::Ok().json(RatesView {
        as_of: as_of.to_local_rfc3339(),
        period: PeriodView { from: from.map(Instant::to_local_rfc3339), to: to.map(Instant::to_local_rfc3339) },
        definition,
        total: Figures::new(tally.total, definition).into(),
        groups: groups.collect(),
    }))
}
