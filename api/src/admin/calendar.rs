//! `GET` and `PUT /api/v1/admin/calendar/{year}`, and `POST …/{year}/confirm`: a year comes and changes whole.

use actix_web::{
    HttpResponse, get, post, put,
    web::{Data, Path},
};
use chrono::NaiveDate;
use domain::{
    calendar::{DayKind, YearStatus},
    change::ChangeKind,
    holidays::{YearFault, year_faults},
    text::{Content, Title},
};
use persistence::{CalendarYear, HolidayRow, Versioned};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    calendar_body::{CalendarBody, CalendarDayBody, GivenYear},
    changes::{change_by, told},
    keeping::{settle, tagged},
};
use crate::{
    answers::Guarded,
    app::App,
    auth::{Admins, Allowed},
    field::{Faults, Field, Object},
    petition::{self, IfMatch},
    problem::{Code, FaultCode, Problem, ProblemDetails},
};

/// How many days of a year may be otherwise than their weekday says.
const MOST_DAYS: usize = 150;

/// A year of the working calendar.
#[derive(Debug, Serialize, ToSchema)]
pub struct CalendarYearView {
    year: i32,
    /// `confirmed`, or `projected`: no deadline rests on it.
    #[schema(value_type = String, example = "projected")]
    status: YearStatus,
    /// The days that are not what their weekday says.
    days: Vec<CalendarDayView>,
}

/// A day that is not what its weekday says.
#[derive(Debug, Serialize, ToSchema)]
pub struct CalendarDayView {
    #[schema(value_type = String, format = Date)]
    date: NaiveDate,
    name: String,
    /// `holiday`, `compensation`, `swap_off` or `makeup_workday`.
    #[schema(value_type = String, example = "holiday")]
    kind: DayKind,
    /// How well it is known: `observed`, `secondary_source`, `projected`.
    status: String,
    /// Where that is written.
    source: String,
}

/// A year that was set.
#[derive(Debug, Serialize, ToSchema)]
pub struct CalendarYearSet {
    #[serde(flatten)]
    year: CalendarYearView,
    /// How many petitions got another deadline, or the one they lacked.
    deadlines_set: usize,
}

/// A year that was confirmed.
#[derive(Debug, Serialize, ToSchema)]
pub struct Confirmation {
    year: i32,
    #[schema(value_type = String, example = "confirmed")]
    status: YearStatus,
    /// How many petitions got another deadline, or the one they lacked.
    deadlines_set: usize,
}

impl From<&CalendarYear> for CalendarYearView {
    fn from(year: &CalendarYear) -> Self {
        let days = year.days.iter().cloned().map(|HolidayRow { date, name, kind, status, source }| CalendarDayView {
            date,
            name,
            kind,
            status,
            source,
        });
        Self { year: year.year, status: year.status, days: days.collect() }
    }
}

fn year(path: &str) -> Result<i32, Problem> {
    path.parse().ok().filter(|year| (1900..=9999).contains(year)).ok_or_else(|| Problem::new(Code::NotFound))
}

/// A year of the working calendar.
#[utoipa::path(
    operation_id = "calendar_year", tag = "admin", security(("bearer" = [])), extensions(("x-roles" = json!(["admin"]))),
    params(("year" = i32, Path, example = 2027)),
    responses(
        (status = 200, body = CalendarYearView, headers(("ETag" = String, description = "Its version."))),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json", description = "The year is not loaded."),
        Guarded,
    )
)]
#[get("/admin/calendar/{year}")]
pub async fn show_calendar_year(
    app: Data<App>,
    _: Allowed<Admins>,
    path: Path<String>,
) -> Result<HttpResponse, Problem> {
    let year = year(&path)?;
    let kept = app.store.calendar_year(year).await?.ok_or_else(|| Problem::new(Code::NotFound))?;
    Ok(tagged(HttpResponse::Ok(), &kept, &CalendarYearView::from(&kept.value)))
}

/// The days that are otherwise, each with its place in the body.
fn parse_days(list: Vec<Field<Object<CalendarDayBody>>>, faults: &mut Faults) -> Vec<(usize, HolidayRow)> {
    let mut days = Vec::new();
    for (index, day) in list.into_iter().enumerate() {
        let at = format!("/days/{index}");
        let Some(Object(CalendarDayBody { date, name, kind, source, status })) = faults.required(&at, day) else {
            continue;
        };
        let pointer = format!("{at}/date");
        if date == Field::Absent {
            faults.add(&pointer, FaultCode::Required);
        }
        let date = faults.day(&pointer, date);
        let name = faults.required_text(&format!("{at}/name"), name, Title::parse).map(Title::into_string);
        let pointer = format!("{at}/kind");
        let kind = faults.required(&pointer, kind);
        let kind = kind.and_then(|raw| faults.word(&pointer, &raw, DayKind::parse, DayKind::ALL, DayKind::as_str));
        let source = faults.required_text(&format!("{at}/source"), source, Content::parse).map(Content::into_string);
        let known = ["observed", "secondary_source", "projected"];
        let pointer = format!("{at}/status");
        let status = match faults.optional(&pointer, status) {
            None => Some("observed"),
            Some(raw) => {
                let find = |raw: &str| known.into_iter().find(|word| *word == raw);
                faults.word(&pointer, &raw, find, &known, |word| word)
            }
        };
        if let (((Some(date), Some(name)), (Some(kind), Some(source))), Some(status)) =
            (((date, name), (kind, source)), status)
        {
            days.push((index, HolidayRow { date, name, kind, status: status.to_owned(), source }));
        }
    }
    days
}

fn note(fault: &YearFault, faults: &mut Faults) {
    let day = |index: &usize| format!("/days/{index}/date");
    let range = |days: &std::ops::RangeInclusive<NaiveDate>| match days.start() == days.end() {
        true => days.start().to_string(),
        false => format!("{}–{}", days.start(), days.end()),
    };
    match fault {
        YearFault::OtherYear(index) => faults.add(day(index), FaultCode::OutOfRange),
        YearFault::Twice(index) => faults.add(day(index), FaultCode::Repeated),
        YearFault::NoChange(index) => faults.add(day(index), FaultCode::WrongWeekday),
        YearFault::Missing { days, needed, found } => {
            faults.add_with("/days", FaultCode::CalendarGap, format!("{}: {found}/{needed}", range(days)));
        }
        YearFault::NotCompensated(holiday) => {
            faults.add_with("/days", FaultCode::NotCompensated, holiday.to_string());
        }
        YearFault::Unknown(days) => faults.add_with("/year", FaultCode::CalendarGap, range(days)),
    }
}

/// What a body says of a year, and why.
fn parse(year: i32, body: CalendarBody, loaded: &[i32]) -> Result<(CalendarYear, Option<String>), Problem> {
    let CalendarBody { status, days, reason } = body;
    let mut faults = Faults::default();
    let status = faults.required("/status", status);
    let status =
        status.and_then(|raw| faults.word("/status", &raw, YearStatus::parse, YearStatus::ALL, YearStatus::as_str));
    let list = faults.required("/days", days).filter(|list| {
        if list.len() > MOST_DAYS {
            faults.add_with("/days", FaultCode::TooManyItems, format!("max {MOST_DAYS}"));
        }
        list.len() <= MOST_DAYS
    });
    let reason = faults.reason(reason);
    let days = list.map(|list| {
        let count = list.len();
        let days = parse_days(list, &mut faults);
        // What is missing in a list with a wrong day cannot be said.
        if days.len() == count {
            let kinds: Vec<_> = days.iter().map(|(index, day)| (*index, day.date, day.kind)).collect();
            year_faults(year, &kinds, loaded).iter().for_each(|fault| note(fault, &mut faults));
        }
        let mut days: Vec<HolidayRow> = days.into_iter().map(|(_, day)| day).collect();
        days.sort_by_key(|day| day.date);
        days
    });
    let (status, days) = faults.finish(status.zip(days))?;
    Ok((CalendarYear { year, status, days }, reason))
}

/// Sets a year of the calendar, whole: as JSON, or as CSV with the columns `date,name,kind,source[,status]` and status and reason of the
/// year in the query. A year without one of the public holidays or the days off in their stead is refused with the days. Deadlines of open petitions are
/// counted anew, as an event of each that changes: so a holiday that is announced late moves them.
#[utoipa::path(
    operation_id = "set_calendar_year", tag = "admin", security(("bearer" = [])), extensions(("x-roles" = json!(["admin"]))),
    request_body(content((CalendarBody = "application/json"), (String = "text/csv"))),
    params(
        ("year" = i32, Path, example = 2028),
        ("status" = Option<String>, Query, description = "Of a CSV: `confirmed` or `projected`."),
        ("reason" = Option<String>, Query, description = "Of a CSV: why."),
        ("If-Match" = Option<String>, Header, description = "The version that is to be changed; of a year that is not loaded none."),
    ),
    responses(
        (status = 200, body = CalendarYearSet, headers(("ETag" = String, description = "Its version."))),
        (status = 201, body = CalendarYearSet, headers(("ETag" = String, description = "Its version."))),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json", description = "No such year can be."),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json", description = "`no_effect`"),
        (status = 412, body = ProblemDetails, content_type = "application/problem+json", description = "`stale_version`: `If-Match` names another version"),
        (status = 415, body = ProblemDetails, content_type = "application/problem+json", description = "`unsupported_media_type`"),
        (status = 428, body = ProblemDetails, content_type = "application/problem+json", description = "`precondition_required`: without `If-Match`"),
        Guarded,
    )
)]
#[put("/admin/calendar/{year}")]
pub async fn set_calendar_year(
    app: Data<App>,
    allowed: Allowed<Admins>,
    path: Path<String>,
    if_match: IfMatch,
    body: GivenYear,
) -> Result<HttpResponse, Problem> {
    let number = year(&path)?;
    let mut unit = app.store.begin().await?;
    let (before, loaded) = unit.calendar_year_to_change(number).await?;
    if let Some(before) = &before {
        if_match.required()?.check(before.version)?;
    }
    let loaded: Vec<i32> = loaded.into_iter().map(|(year, _)| year).collect();
    let (year, reason) = parse(number, body.0, &loaded)?;
    if before.as_ref().is_some_and(|kept| kept.value == year) {
        return Err(Problem::new(Code::NoEffect));
    }
    let (kept, response) = match &before {
        Some(before) => (before.next(year), HttpResponse::Ok()),
        None => (Versioned::first(year), HttpResponse::Created()),
    };
    unit.set_calendar_year(&kept).await?;
    let change = change_by(&allowed.caller, ChangeKind::Calendar, number);
    let told_before = before.map(|kept| told(&CalendarYearView::from(&kept.value))).transpose()?.flatten();
    let change = change.between(told_before, told(&CalendarYearView::from(&kept.value))?).because(reason);
    settle(&app, unit, &change).await?;
    let deadlines_set = petition::recount_deadlines(&app).await?;
    let view = CalendarYearSet { year: CalendarYearView::from(&kept.value), deadlines_set };
    Ok(tagged(response, &kept, &view))
}

/// Confirms a year that was only projected: deadlines may rest on it from now on, and open petitions are
/// counted anew, as an event of each that changes. May be repeated.
#[utoipa::path(
    operation_id = "confirm_calendar_year", tag = "admin", security(("bearer" = [])), extensions(("x-roles" = json!(["admin"]))),
    params(("year" = i32, Path, example = 2027)),
    responses(
        (status = 200, body = Confirmation),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json", description = "The year is not loaded."),
        Guarded,
    )
)]
#[post("/admin/calendar/{year}/confirm")]
pub async fn confirm_calendar_year(
    app: Data<App>,
    allowed: Allowed<Admins>,
    path: Path<String>,
) -> Result<HttpResponse, Problem> {
    let number = year(&path)?;
    let mut unit = app.store.begin().await?;
    let (before, _) = unit.calendar_year_to_change(number).await?;
    let before = before.ok_or_else(|| Problem::new(Code::NotFound))?;
    if before.value.status != YearStatus::Confirmed {
        let after = before.next(CalendarYear { status: YearStatus::Confirmed, ..before.value.clone() });
        unit.set_calendar_year(&after).await?;
        let change = change_by(&allowed.caller, ChangeKind::Calendar, number);
        let (old, new) = (CalendarYearView::from(&before.value), CalendarYearView::from(&after.value));
        settle(&app, unit, &change.between(told(&old)?, told(&new)?)).await?;
    } else {
        // What is counted anew is written by units of work of its own, and on SQLite there is room for one.
        drop(unit);
    }
    let deadlines_set = petition::recount_deadlines(&app).await?;
    Ok(HttpResponse::Ok().json(Confirmation { year: number, status: YearStatus::Confirmed, deadlines_set }))
}
