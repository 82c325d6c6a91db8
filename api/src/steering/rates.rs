//! `GET /api/v1/rates` and `GET /api/v1/rates/series`.

use actix_web::{HttpResponse, get, web::Data};
use domain::{
    rate::{Definition, Figures, Interval, Key, Tally},
    time::Instant,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    asked::{Asked, PeriodView, RatesQuery, read_asked},
    figures::FiguresView,
    files::{GENERATOR, RatesFile, Shape, file, named},
};
use crate::{
    answers::Guarded,
    app::App,
    auth::{Allowed, RateReaders},
    field::Faults,
    language::Language,
    problem::{FaultCode, Problem},
    query::Query,
};

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

fn views(tally: Tally, definition: Definition) -> (FiguresView, Vec<GroupView>) {
    let view = |counts| Figures::new(counts, definition).into();
    let groups = tally.groups.into_iter().map(|(key, counts)| GroupView { key, figures: view(counts) });
    (view(tally.total), groups.collect())
}

/// The figures of petitions submitted in a period, each as it stood at an instant, for the agency that had it then. The same
/// question about a past instant always gets the same answer. `Accept: text/csv` or that of XLSX gives a file.
#[utoipa::path(
    operation_id = "rates", tag = "steering", security(("bearer" = [])), params(RatesQuery),
    extensions(("x-roles" = json!(["steering", "officer", "leader", "coordinator", "admin"]))),
    responses(
        (status = 200, content((RatesView = "application/json"), (String = "text/csv"),
            (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
        Guarded,
    )
)]
#[get("/rates")]
pub async fn read_rates(
    app: Data<App>,
    _: Allowed<RateReaders>,
    language: Language,
    shape: Shape,
    Query(query): Query<RatesQuery>,
) -> Result<HttpResponse, Problem> {
    let catalogue = app.catalogue();
    let mut faults = Faults::default();
    let asked = read_asked(&query, &catalogue, &mut faults);
    rates_answer(&app, language, shape, faults.finish(asked)?).await
}

/// The answer to a question, in the form that is wanted.
pub(crate) async fn rates_answer(
    app: &App,
    language: Language,
    shape: Shape,
    asked: Asked,
) -> Result<HttpResponse, Problem> {
    let Asked { question, as_of, definition } = asked;
    let (catalogue, snapshot) = (app.catalogue(), app.store.snapshot().await?);
    let tally = snapshot.tallies(&question, &[as_of], &catalogue.catalogue.directory).await?.pop().unwrap_or_default();
    if shape != Shape::Json {
        let book = named(&catalogue, language, |names| {
            let rates =
                RatesFile { question: &question, as_of, definition, tally: &tally, generated_by: GENERATOR, names };
            if shape == Shape::Csv { rates.flat() } else { rates.book() }
        });
        return file(book, shape, as_of, "pakn-rates", app).await;
    }
    let (total, groups) = views(tally, definition);
    let period = PeriodView::from(&question);
    Ok(HttpResponse::Ok().json(RatesView { as_of: as_of.to_local_rfc3339(), period, definition, total, groups }))
}

/// The most points of a series: a year of days, and what an answer may weigh.
const MOST_POINTS: usize = 400;

/// How far apart.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SeriesQuery {
    /// `day` (unless given), `week` (Mondays) or `month`.
    #[param(example = "week")]
    interval: Option<String>,
}

/// The figures of one instant of a series.
#[derive(Debug, Serialize, ToSchema)]
pub struct PointView {
    /// The instant, exclusive.
    as_of: String,
    total: FiguresView,
    /// In the order of their headings; empty unless `group_by` is given.
    groups: Vec<GroupView>,
}

/// Figures over time.
#[derive(Debug, Serialize, ToSchema)]
pub struct SeriesView {
    /// How far apart the points are.
    #[schema(value_type = String, example = "week")]
    interval: Interval,
    period: PeriodView,
    /// How `rate` is taken.
    #[schema(value_type = String, example = "eligible")]
    definition: Definition,
    /// Where the intervals begin after `from`, and last `as_of` itself.
    points: Vec<PointView>,
}

/// The figures over time: what `GET /api/v1/rates` says at the start of each interval after `from`, and at `as_of`. At most 400
/// points. `Accept: text/csv` or that of XLSX gives a file.
#[utoipa::path(
    operation_id = "rates_series", tag = "steering", security(("bearer" = [])), params(RatesQuery, SeriesQuery),
    extensions(("x-roles" = json!(["steering", "officer", "leader", "coordinator", "admin"]))),
    responses(
        (status = 200, content((SeriesView = "application/json"), (String = "text/csv"),
            (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
        Guarded,
    )
)]
#[get("/rates/series")]
pub async fn read_series(
    app: Data<App>,
    _: Allowed<RateReaders>,
    language: Language,
    shape: Shape,
    Query(query): Query<RatesQuery>,
    Query(series): Query<SeriesQuery>,
) -> Result<HttpResponse, Problem> {
    let catalogue = app.catalogue();
    let mut faults = Faults::default();
    let asked = read_asked(&query, &catalogue, &mut faults);
    let interval = match series.interval.as_deref() {
        None => Some(Interval::Day),
        Some(raw) => faults.word("/interval", raw, Interval::parse, Interval::ALL, Interval::as_str),
    };
    let points = asked.as_ref().zip(interval).and_then(|(Asked { question, as_of, .. }, interval)| {
        let Some(from) = question.from else {
            faults.add("/from", FaultCode::Required);
            return None;
        };
        let instants = interval.instants(from, *as_of, MOST_POINTS);
        if instants.is_none() {
            faults.add_with("/interval", FaultCode::TooManyPoints, format!("≤ {MOST_POINTS}"));
        }
        Some((instants?, interval))
    });
    let (Asked { question, as_of, definition }, (instants, interval)) = faults.finish(asked.zip(points))?;
    let snapshot = app.store.snapshot().await?;
    let tallies = snapshot.tallies(&question, &instants, &catalogue.catalogue.directory).await?;
    let points: Vec<(Instant, Tally)> = instants.into_iter().zip(tallies).collect();
    if shape != Shape::Json {
        let none = Tally::default();
        let book = named(&catalogue, language, |names| {
            let rates =
                RatesFile { question: &question, as_of, definition, tally: &none, generated_by: GENERATOR, names };
            rates.series(&points)
        });
        return file(book, shape, as_of, "pakn-rates-series", &app).await;
    }
    let points = points.into_iter().map(|(as_of, tally)| {
        let (total, groups) = views(tally, definition);
        PointView { as_of: as_of.to_local_rfc3339(), total, groups }
    });
    let period = PeriodView::from(&question);
    Ok(HttpResponse::Ok().json(SeriesView { interval, period, definition, points: points.collect() }))
}
