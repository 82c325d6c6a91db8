//! `GET /api/v1/admin/calendar/{year}` and `POST …/{year}/confirm`.

use actix_web::{
    HttpResponse, get, post,
    web::{Data, Path},
};
use chrono::NaiveDate;
use domain::{
    calendar::{DayKind, YearStatus},
    change::ChangeKind,
};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::changes::change_by;
use crate::{
    answers::Guarded,
    app::App,
    auth::{Admins, Allowed},
    petition,
    problem::{Code, Problem, ProblemDetails},
};

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

/// A year that was confirmed.
#[derive(Debug, Serialize, ToSchema)]
pub struct Confirmation {
    year: i32,
    #[schema(value_type = String, example = "confirmed")]
    status: YearStatus,
    /// How many petitions got another deadline, or the one they lacked.
    deadlines_set: usize,
}

fn year(path: &str) -> Result<i32, Problem> {
    path.parse().ok().filter(|year| (1900..=9999).contains(year)).ok_or_else(|| Problem::new(Code::NotFound))
}

/// A year of the working calendar.
#[utoipa::path(
    operation_id = "calendar_year", tag = "admin", security(("bearer" = [])), extensions(("x-roles" = json!(["admin"]))),
    params(("year" = i32, Path, example = 2027)),
    responses(
        (status = 200, body = CalendarYearView),
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
    let (status, days) = app.store.calendar_year(year).await?.ok_or_else(|| Problem::new(Code::NotFound))?;
    let days = days.into_iter().map(|day| CalendarDayView {
        date: day.date,
        name: day.name,
        kind: day.kind,
        status: day.status,
        source: day.source,
    });
    Ok(HttpResponse::Ok().json(CalendarYearView { year, status, days: days.collect() }))
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
    let year = year(&path)?;
    let mut unit = app.store.begin().await?;
    let before = unit.confirm_calendar_year(year).await?.ok_or_else(|| Problem::new(Code::NotFound))?;
    if before != YearStatus::Confirmed {
        let status = |status: YearStatus| Some(json!({ "status": status }));
        let change = change_by(&allowed.caller, ChangeKind::Calendar, year);
        unit.note_change(&change.between(status(before), status(YearStatus::Confirmed))).await?;
    }
    unit.commit().await?;
    tracing::info!(target: "audit", { year, by = %allowed.caller.account }, "calendar year confirmed");
    app.refresh_catalogue().await?;
    let deadlines_set = petition::recount_deadlines(&app).await?;
    Ok(HttpResponse::Ok().json(Confirmation { year, status: YearStatus::Confirmed, deadlines_set }))
}
