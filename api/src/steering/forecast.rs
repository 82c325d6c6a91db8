//! `GET /api/v1/targets/{code}/forecast`.

use actix_web::{
    HttpResponse, get,
    web::{Data, Path},
};
use chrono::Days;
use domain::{
    catalogue::AgencyLevel,
    rate::{CONFIDENCE, Estimate, Forecast, Interval, NoForecast, Pace, Target},
    time::Instant,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    progress::{ProgressQuery, READY, readings},
    targets::TargetView,
};
use crate::{
    answers::Guarded,
    app::App,
    auth::{Allowed, RateReaders},
    field::Faults,
    language::Language,
    problem::{FaultCode, Problem, ProblemDetails},
    query::Query,
};

/// The most days ahead that may be asked for.
const MOST_DAYS: usize = 400;
/// How many days ahead are told of where no milestone is.
const DEFAULT_DAYS: u64 = 30;

const METHOD_VI: &str = "Nhịp độ của tối đa 12 tuần trọn gần nhất được kéo dài: số trả lời theo giờ làm việc, số phản ánh gửi \
    đến theo ngày. Khoảng tin cậy tính từ độ dao động giữa các tuần, sai số của nhịp trung bình và khả năng nhịp thay đổi.";
const METHOD_EN: &str = "The pace of up to 12 last whole weeks goes on: answers by office hours, arrivals by days. The interval \
    comes from the scatter between weeks, the error of their mean, and a pace that wanders.";

/// What a forecast is made of.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaceView {
    /// Where the window begins.
    from: String,
    /// Where it ends.
    until: String,
    /// How many weeks it has.
    weeks: u32,
    /// How many working days.
    working_days: u32,
    /// By how much what the answered are divided by grew a day, days off included.
    arrivals_per_day: f64,
    /// By how much the answered grew a working day.
    answers_per_working_day: f64,
    /// The standard deviation, over the weeks, of answers less the rate's share of arrivals: in petitions a week.
    spread_per_week: f64,
}

impl From<&Pace> for PaceView {
    fn from(pace: &Pace) -> Self {
        let Pace { from, until, weeks, working_days, arrivals_per_day, answers_per_working_day, spread_per_week } =
            *pace;
        Self {
            from: from.to_local_rfc3339(),
            until: until.to_local_rfc3339(),
            weeks,
            working_days,
            arrivals_per_day,
            answers_per_working_day,
            spread_per_week,
        }
    }
}

/// The rate that is expected at an instant.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExpectedView {
    at: String,
    /// The point.
    rate: f64,
    /// The lower end of the interval.
    low: f64,
    /// Its upper end.
    high: f64,
}

/// Where a target's rate leads.
#[derive(Debug, Serialize, ToSchema)]
pub struct TargetForecastView {
    target: TargetView,
    /// The instant it is made at, exclusive.
    as_of: String,
    /// The level it is of; `null`: all levels of the target together.
    #[schema(value_type = Option<String>)]
    level: Option<AgencyLevel>,
    /// `ready`: the path leads to `until`. Otherwise why it ends before, or there is none: `too_few_days`, `too_few_petitions`,
    /// `no_calendar`, `too_far`.
    #[schema(example = "ready")]
    status: &'static str,
    /// How it is made, in the language of the answer.
    method: &'static str,
    /// How often what comes is meant to be within the interval.
    #[schema(example = 0.8)]
    confidence: f64,
    /// What it is made of; `null` where there is too little.
    pace: Option<PaceView>,
    /// From `as_of`, at the start of each local day, to `until` or as far as something can be said.
    path: Vec<ExpectedView>,
}

/// How far, and of whom.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ForecastQuery {
    /// To this instant, at most 400 days after `as_of`; the last milestone ahead unless given, or 30 days where there is none.
    #[param(example = "2022-09-01")]
    until: Option<String>,
    /// One of the target's levels; all of them together unless given.
    level: Option<String>,
}

impl ForecastQuery {
    fn level(&self, target: &Target, faults: &mut Faults) -> Option<AgencyLevel> {
        let known = |raw: &str| AgencyLevel::parse(raw).filter(|level| target.levels.contains(level));
        faults.word("/level", self.level.as_deref()?, known, &target.levels, AgencyLevel::as_str)
    }

    /// The start of each local day to the end of the path.
    fn instants(&self, target: &Target, as_of: Instant, faults: &mut Faults) -> Option<Vec<Instant>> {
        let until = match self.until.as_deref() {
            Some(raw) => faults.instant("/until", Some(raw))?,
            None => {
                let last = target.milestones.iter().map(|milestone| milestone.before).max();
                let days = as_of.local_date().checked_add_days(Days::new(DEFAULT_DAYS)).map(Instant::start_of_day);
                // A milestone in many years is nothing to ask for without saying so.
                let most = as_of.plus(chrono::TimeDelta::days(i64::try_from(MOST_DAYS).unwrap_or(0) - 1));
                last.filter(|last| *last > as_of).map(|last| last.min(most)).or(days)?
            }
        };
        if until <= as_of {
            faults.add("/until", FaultCode::EmptyPeriod);
            return None;
        }
        let instants = Interval::Day.instants(as_of, until, MOST_DAYS);
        if instants.is_none() {
            faults.add_with("/until", FaultCode::TooManyPoints, format!("≤ {MOST_DAYS}"));
        }
        instants
    }
}

/// Where a target's rate leads, day by day, with an interval and with what it is made of.
#[utoipa::path(
    operation_id = "target_forecast", tag = "steering", security(("bearer" = [])),
    extensions(("x-roles" = json!(["steering", "officer", "leader", "coordinator", "admin"]))),
    params(("code" = String, Path, description = "The target.", example = "cds-2022"), ProgressQuery, ForecastQuery),
    responses(
        (status = 200, body = TargetForecastView),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json"),
        Guarded,
    )
)]
#[get("/targets/{code}/forecast")]
pub async fn target_forecast(
    app: Data<App>,
    _: Allowed<RateReaders>,
    language: Language,
    code: Path<String>,
    Query(query): Query<ProgressQuery>,
    Query(ahead): Query<ForecastQuery>,
) -> Result<HttpResponse, Problem> {
    let catalogue = app.catalogue();
    let mut faults = Faults::default();
    let (as_of, version) = query.read(&catalogue, &code, &mut faults)?;
    let target = &version.target;
    let level = ahead.level(target, &mut faults);
    let instants = ahead.instants(target, as_of, &mut faults);
    let instants = faults.finish(instants)?;
    let readings = readings(&app, &catalogue, target, Forecast::instants(as_of)).await?;
    let forecast = Forecast::new(target, level, as_of, &catalogue.catalogue.calendar, &readings);
    let (path, missing) = match &forecast {
        Ok(forecast) => forecast.path(&instants),
        Err(why) => (Vec::new(), Some(*why)),
    };
    let expected = |(at, Estimate { rate, low, high }): (Instant, Estimate)| ExpectedView {
        at: at.to_local_rfc3339(),
        rate,
        low,
        high,
    };
    Ok(HttpResponse::Ok().json(TargetForecastView {
        target: TargetView::new(version, language),
        as_of: as_of.to_local_rfc3339(),
        level,
        status: missing.map_or(READY, NoForecast::as_str),
        method: language.choose(METHOD_VI, METHOD_EN),
        confidence: CONFIDENCE,
        pace: forecast.as_ref().ok().map(|forecast| PaceView::from(forecast.pace())),
        path: path.into_iter().map(expected).collect(),
    }))
}
