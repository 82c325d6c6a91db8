//! The report of a period as the contract shows it.

use domain::{
    code::CategoryCode,
    rate::{Line, Report, Reporting},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::files::{Names, level_name};

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
