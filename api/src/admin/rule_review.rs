//! `GET /api/v1/admin/routing/review`: what an editor of the rules must see.

use actix_web::{HttpResponse, get, web::Data};
use chrono::NaiveDate;
use domain::{
    catalogue::Category,
    code::{AgencyCode, CategoryCode, UnitCode},
    routing::{Basis, Hole, Idle, IdleRule, Review, review},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    answers::Guarded,
    app::App,
    auth::{Admins, Allowed},
    catalogue::on,
    field::Faults,
    problem::Problem,
    query::Query,
};

/// What is to be said of the rules of a day.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReviewView {
    #[schema(value_type = String, format = Date)]
    on: NaiveDate,
    /// Rules that are equal and name different agencies, now or later: where both fit, neither decides.
    contradictions: Vec<ContradictionView>,
    /// Rules in force that decide nothing on that day.
    idle: Vec<IdleView>,
    /// Rules that outlive their agency, or begin before it: what they decide on goes to the coordinator then.
    without_agency: Vec<i64>,
    /// Fields and communes whose petitions end at the coordinator, with the reason.
    holes: Vec<HoleView>,
}

/// Two rules.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContradictionView {
    rules: [i64; 2],
}

/// A rule that decides nothing.
#[derive(Debug, Serialize, ToSchema)]
pub struct IdleView {
    rule: i64,
    /// `overruled`: wherever it fits others go before it; `unknown_category`, `unknown_area`: of that day.
    #[schema(value_type = String, example = "overruled")]
    why: Idle,
    /// The rules that go before it.
    by: Vec<i64>,
}

/// Communes where petitions of a field end at the coordinator, for one reason.
#[derive(Debug, Serialize, ToSchema)]
pub struct HoleView {
    #[schema(value_type = String, example = "chieu_sang")]
    category: CategoryCode,
    /// As `routing.rule` of a petition says it.
    #[schema(value_type = String, example = "no_staff")]
    reason: Basis,
    /// The agency that would have them.
    #[schema(value_type = Option<String>, example = "ubnd-256")]
    intended: Option<AgencyCode>,
    /// The rule that decides.
    rule: Option<i64>,
    /// The communes.
    #[schema(value_type = Vec<String>, example = json!(["09163"]))]
    communes: Vec<UnitCode>,
}

impl ReviewView {
    fn new(day: NaiveDate, review: Review) -> Self {
        let Review { contradictions, idle, without_agency, holes } = review;
        let idle = idle.into_iter().map(|IdleRule { rule, why, by }| IdleView { rule, why, by });
        let holes = holes.into_iter().map(|Hole { category, basis, intended, rule, communes }| HoleView {
            category,
            reason: basis,
            intended,
            rule,
            communes,
        });
        Self {
            on: day,
            contradictions: contradictions
                .into_iter()
                .map(|(one, other)| ContradictionView { rules: [one, other] })
                .collect(),
            idle: idle.collect(),
            without_agency,
            holes: holes.collect(),
        }
    }
}

/// Which day.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ReviewQuery {
    /// The day, ISO 8601; today unless given.
    on: Option<String>,
}

/// What is wrong with the rules of a day: contradictions, rules that decide nothing, rules without an agency, and holes. Every field is asked for
/// every unit, so what is told is exact.
#[utoipa::path(
    operation_id = "review_rules", tag = "admin", security(("bearer" = [])), params(ReviewQuery),
    extensions(("x-roles" = json!(["admin"]))),
    responses((status = 200, body = ReviewView), Guarded)
)]
#[get("/admin/routing/review")]
pub async fn review_rules(
    app: Data<App>,
    _: Allowed<Admins>,
    Query(query): Query<ReviewQuery>,
) -> Result<HttpResponse, Problem> {
    let mut faults = Faults::default();
    let day = on(&mut faults, query.on.as_deref(), app.catalogue().catalogue.directory.day());
    faults.finish(Some(()))?;
    let catalogue = app.catalogue_on(day).await?;
    // A few million comparisons where there are many rules: not on a thread that serves others.
    let review = tokio::task::spawn_blocking(move || {
        let fields: Vec<&Category> = catalogue.catalogue.categories.values().collect();
        let directory = &catalogue.catalogue.directory;
        review(&fields, directory, directory.rules(), day)
    });
    let review = review.await.map_err(Problem::internal)?;
    Ok(HttpResponse::Ok().json(ReviewView::new(day, review)))
}
