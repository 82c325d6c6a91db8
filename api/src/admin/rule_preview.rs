//! `POST /api/v1/admin/routing/preview`: where a petition goes, and where it would go by a rule that is not saved yet.

use actix_web::{HttpResponse, post, web::Data};
use domain::routing::{Request, route, route_by};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::trial::TrialBody;
use crate::{
    answers::Guarded,
    app::App,
    auth::{Admins, Allowed},
    body::Body,
    catalogue::{AskedPlace, Preview, asked_category},
    field::{Faults, Field},
    language::Language,
    problem::Problem,
};

/// What would be sent, and by which rules.
#[derive(Debug, Deserialize, ToSchema)]
pub struct RulePreviewBody {
    /// The code of a field.
    #[serde(default)]
    #[schema(value_type = String, example = "chieu_sang")]
    category: Field<String>,
    /// Degrees, WGS 84.
    #[serde(default)]
    #[schema(value_type = Option<f64>, example = 21.1875)]
    lat: Field<f64>,
    /// Degrees, WGS 84.
    #[serde(default)]
    #[schema(value_type = Option<f64>, example = 106.0838)]
    lon: Field<f64>,
    /// How far off the point may be, metres.
    #[serde(default)]
    #[schema(value_type = Option<f64>)]
    accuracy_m: Field<f64>,
    /// The code of a commune or district instead of a point.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "09163")]
    unit: Field<String>,
    /// The day it would be sent on; today unless given.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    on: Field<String>,
    #[serde(flatten)]
    trial: TrialBody,
}

/// Where a petition goes, and where it would go.
#[derive(Debug, Serialize, ToSchema)]
pub struct RulePreview {
    /// By the rules that are in force on that day.
    now: Preview,
    /// With the rule.
    then: Preview,
    /// Whether that is another agency.
    moves: bool,
}

/// Where a petition of that field and place goes on a day, and where it would go by a rule that is not saved. Nothing is stored.
#[utoipa::path(
    operation_id = "rule_preview", tag = "admin", security(("bearer" = [])), request_body = RulePreviewBody,
    extensions(("x-roles" = json!(["admin"]))),
    responses((status = 200, body = RulePreview), Guarded)
)]
#[post("/admin/routing/preview")]
pub async fn preview_rule(
    app: Data<App>,
    _: Allowed<Admins>,
    language: Language,
    body: Body<RulePreviewBody>,
) -> Result<HttpResponse, Problem> {
    let RulePreviewBody { category, lat, lon, accuracy_m, unit, on, trial } = body.value;
    let mut faults = Faults::default();
    let day = faults.day("/on", on).unwrap_or(app.catalogue().catalogue.directory.day());
    let catalogue = app.catalogue_on(day).await?;
    let directory = &catalogue.catalogue.directory;
    let category = faults.required("/category", category);
    let category = category.and_then(|raw| asked_category(Some(&raw), &catalogue, day, &mut faults));
    let (lat, lon) = (faults.optional("/lat", lat), faults.optional("/lon", lon));
    let (accuracy_m, unit) = (faults.optional("/accuracy_m", accuracy_m), faults.optional("/unit", unit));
    let place = AskedPlace::parse((lat, lon, accuracy_m, unit.as_deref()), directory, &mut faults);
    let rules = trial.parse(&app.catalogue(), &mut faults);
    let (category, rules) = faults.finish(category.zip(rules))?;
    let request = Request { category, place: place.place(), day };
    let (now, then) = (route(&request, directory), route_by(&request, directory, &rules));
    let show = |routing| Preview::of(routing, category, &catalogue, day, language);
    Ok(HttpResponse::Ok().json(RulePreview { now: show(&now), then: show(&then), moves: now.agency != then.agency }))
}
