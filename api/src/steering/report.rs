//! `GET /api/v1/rates/report`: the report of a period, in the columns of the national forms.

use actix_web::{HttpResponse, get, web::Data};
use domain::{
    code::CategoryCode,
    rate::{Line, Report, Reporting},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    asked::{Asked, RatesQuery, read_asked},
    files::{GENERATOR, Names, ReportFile, Shape, file, level_name, named},
};
use crate::{
    answers::Guarded,
    app::App,
    auth::{Allowed, RateReaders},
    clock,
    field::Faults,
    language::Language,
    problem::{FaultCode, Problem},
    query::Query,
};

/// A line of the report: `carried_over + received = answered_in_time + answered_late + rejected + other + pending_in_time +
/// pending_overdue`.
#[derive(Debug, Serialize, ToSchema)]
pub struct LineView {
    /// Pending at the start of the period.
    carried_over: u64,
    /// Submitted within the period; those withdrawn or merged before its end left out.
    received: u64,
    /// How many more stand answered by their deadline at the end than at the start; negative where more was reopened or moved.
    answered_in_time: i64,
    /// The same, answered after their deadline.
    answered_late: i64,
    /// How many more stand rejected.
    rejected: i64,
    /// Withdrawn, merged or moved to another level or field, less what moved in; negative where more moved in.
    other: i64,
    /// Open at the end, the deadline not passed (or none set).
    pending_in_time: u64,
    /// Open at the end, the deadline passed.
    pending_overdue: u64,
}

impl From<Line> for LineView {
    fn from(line: Line) -> Self {
        let Line {
            carried_over,
            received,
            answered_in_time,
            answered_late,
            rejected,
            other,
            pending_in_time,
            pending_overdue,
        } = line;
        Self {
            carried_over,
            received,
            answered_in_time,
            answered_late,
            rejected,
            other,
            pending_in_time,
            pending_overdue,
        }
    }
}

/// A line with its code and name.
#[derive(Debug, Serialize, ToSchema)]
pub struct NamedLineView {
    /// The level or the field.
    #[schema(example = "chieu_sang")]
    code: String,
    /// Its name in the language of the answer.
    name: String,
    #[serde(flatten)]
    line: LineView,
}

/// The lines of a level.
#[derive(Debug, Serialize, ToSchema)]
pub struct LevelReportView {
    /// The level, and the sum of its fields.
    #[serde(flatten)]
    sum: NamedLineView,
    /// Its fields that had any petition.
    categories: Vec<NamedLineView>,
}

/// The report of a period, by level and field.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportView {
    /// Where the period begins.
    #[schema(example = "2022-08-01T00:00:00+07:00")]
    from: String,
    /// Before where it ends.
    #[schema(example = "2022-09-01T00:00:00+07:00")]
    to: String,
    total: LineView,
    /// The levels that had any petition.
    levels: Vec<LevelReportView>,
    /// The fields over all levels.
    categories: Vec<NamedLineView>,
}

impl ReportView {
    /// The report, named in the language of `names`.
    pub fn new(reporting: &Reporting, report: &Report, names: &Names<'_>) -> Self {
        let field = |code: &CategoryCode, line: Line| NamedLineView {
            name: names.category_name(code),
            code: code.as_str().to_owned(),
            line: line.into(),
        };
        let levels = report.by_level().into_iter().map(|(level, sum)| LevelReportView {
            sum: NamedLineView {
                code: level.as_str().to_owned(),
                name: level_name(level, names.language).to_owned(),
                line: sum.into(),
            },
            categories: (report.lines.iter().filter(|((of, _), _)| *of == level))
                .map(|((_, code), line)| field(code, *line))
                .collect(),
        });
        Self {
            from: reporting.from.to_local_rfc3339(),
            to: reporting.to.to_local_rfc3339(),
            total: report.total.into(),
            levels: levels.collect(),
            categories: report.by_category().iter().map(|(code, line)| field(code, *line)).collect(),
        }
    }
}

/// What was carried into a period `[from, to)`, what came in it, and what had become of it by its end, by level and field.
/// `as_of`, `definition` and `group_by` have no meaning here. `Accept: text/csv` or that of XLSX gives a file.
#[utoipa::path(
    operation_id = "rates_report", tag = "steering", security(("bearer" = [])), params(RatesQuery),
    extensions(("x-roles" = json!(["steering", "officer", "leader", "coordinator", "admin"]))),
    responses(
        (status = 200, content((ReportView = "application/json"), (String = "text/csv"),
            (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
        Guarded,
    )
)]
#[get("/rates/report")]
pub async fn read_report(
    app: Data<App>,
    _: Allowed<RateReaders>,
    language: Language,
    shape: Shape,
    Query(query): Query<RatesQuery>,
) -> Result<HttpResponse, Problem> {
    let catalogue = app.catalogue();
    let mut faults = Faults::default();
    let asked = read_asked(&query, &catalogue, &mut faults);
    let reporting = asked.and_then(|Asked { question, .. }| {
        if question.from.is_none() {
            faults.add("/from", FaultCode::Required);
        }
        if question.to.is_none() {
            faults.add("/to", FaultCode::Required);
        }
        let (from, to) = question.from.zip(question.to)?;
        if to > clock::now() {
            faults.add("/to", FaultCode::InFuture);
        }
        Some(Reporting { from, to, filter: question.filter })
    });
    let reporting = faults.finish(reporting)?;
    let (snapshot, directory) = (app.store.snapshot().await?, &catalogue.catalogue.directory);
    let mut standing =
        snapshot.tallies(&reporting.standing(), &[reporting.from, reporting.to], directory).await?.into_iter();
    let (opening, closing) = (standing.next().unwrap_or_default(), standing.next().unwrap_or_default());
    let arrivals = snapshot.tallies(&reporting.arrivals(), &[reporting.to], directory).await?.pop().unwrap_or_default();
    let report = Report::new(&opening, &closing, &arrivals);
    if shape == Shape::Json {
        let view = named(&catalogue, language, |names| ReportView::new(&reporting, &report, &names));
        return Ok(HttpResponse::Ok().json(view));
    }
    let book = named(&catalogue, language, |names| {
        let written = ReportFile { reporting: &reporting, report: &report, generated_by: GENERATOR, names };
        if shape == Shape::Csv { written.flat() } else { written.book() }
    });
    file(book, shape, reporting.to, "pakn-report", &app).await
}
