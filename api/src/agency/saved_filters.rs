//! `/api/v1/agency/filters`: links to a filter of the queue, kept under a name.

use actix_web::{
    HttpResponse, delete, get, post,
    web::{self, Data, Path},
};
use domain::{id::FilterId, text::Title};
use persistence::SavedFilter;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::filter::{QueueQuery, read_filter};
use crate::{
    answers::Guarded,
    app::App,
    auth::{Allowed, Staff},
    body::Body,
    catalogue::Whole,
    clock,
    field::{Faults, Field},
    problem::{Code, Fault, FaultCode, Problem, ProblemDetails},
};

/// How many filters one account may keep.
const MOST: usize = 50;
/// The longest query string, in bytes.
const LONGEST: usize = 2_000;

/// A filter to keep.
#[derive(Debug, Deserialize, ToSchema)]
pub struct FilterBody {
    /// Its name, one line, unique for the account.
    #[serde(default)]
    #[schema(value_type = String, max_length = 200, example = "Quá hạn của tôi")]
    name: Field<String>,
    /// The query string of `GET /api/v1/agency/petitions`, without limit and cursor.
    #[serde(default)]
    #[schema(value_type = String, min_length = 0, example = "overdue=true&assignee=me")]
    query: Field<String>,
}

/// A filter that is kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct FilterView {
    id: Uuid,
    name: String,
    /// The query string.
    query: String,
    /// The link: the queue with that query.
    #[schema(example = "/api/v1/agency/petitions?overdue=true&assignee=me")]
    url: String,
}

impl From<SavedFilter> for FilterView {
    fn from(filter: SavedFilter) -> Self {
        let SavedFilter { id, name, query } = filter;
        Self { id: id.0, name, url: format!("/api/v1/agency/petitions?{query}"), query }
    }
}

/// The caller's own filters, by name.
#[utoipa::path(
    operation_id = "saved_filters", tag = "agency", security(("bearer" = [])),
    extensions(("x-roles" = json!(["officer", "leader", "coordinator"]))),
    responses((status = 200, body = Whole<FilterView>), Guarded)
)]
#[get("/agency/filters")]
pub async fn list_filters(app: Data<App>, allowed: Allowed<Staff>) -> Result<HttpResponse, Problem> {
    let filters = app.store.saved_filters(allowed.caller.account).await?;
    Ok(HttpResponse::Ok().json(Whole::new(filters.into_iter().map(FilterView::from).collect())))
}

/// Keeps a filter under a name. It must be one that the queue takes.
#[utoipa::path(
    operation_id = "save_filter", tag = "agency", security(("bearer" = [])), request_body = FilterBody,
    extensions(("x-roles" = json!(["officer", "leader", "coordinator"]))),
    responses(
        (status = 201, body = FilterView),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json", description = "`name_taken`, `too_many`"),
        Guarded,
    )
)]
#[post("/agency/filters")]
pub async fn save_filter(
    app: Data<App>,
    allowed: Allowed<Staff>,
    body: Body<FilterBody>,
) -> Result<HttpResponse, Problem> {
    let account = allowed.caller.account;
    let mut faults = Faults::default();
    let name = faults.required_text("/name", body.value.name, Title::parse);
    let query = faults.required("/query", body.value.query);
    if query.as_ref().is_some_and(|query| query.len() > LONGEST) {
        faults.add_with("/query", FaultCode::TooLong, format!("max {LONGEST}"));
    }
    let (name, query) = faults.finish(name.zip(query))?;
    let (query, parsed) = understood(&query)?;
    let mut within = Faults::default();
    let filter = read_filter(&app, &allowed.caller, &parsed, &mut within).await?;
    within.finish(filter).map_err(|mut problem| {
        for fault in &mut problem.faults {
            fault.pointer = format!("/query{}", fault.pointer);
        }
        problem
    })?;
    if app.store.saved_filters(account).await?.len() >= MOST {
        return Err(Problem::with(Code::TooMany, format!("max {MOST}")));
    }
    let now = clock::now();
    let id = FilterId::new(now, &clock::id_randomness());
    let filter = SavedFilter { id, name: name.into_string(), query };
    let mut unit = app.store.begin().await?;
    unit.save_filter(account, &filter, now).await?;
    unit.commit().await?;
    Ok(HttpResponse::Created().json(FilterView::from(filter)))
}

/// The query as a link may have it, and what it says. A name that the queue does not know is a slip, not something to keep.
fn understood(query: &str) -> Result<(String, QueueQuery), Problem> {
    let wrong = |code: FaultCode, detail: String| {
        Problem::invalid(vec![Fault { pointer: "/query".to_owned(), code, detail: Some(detail) }])
    };
    let pairs: Vec<(String, String)> =
        serde_urlencoded::from_str(query).map_err(|error| wrong(FaultCode::WrongType, error.to_string()))?;
    if let Some((unknown, _)) = pairs.iter().find(|(name, _)| !QueueQuery::NAMES.contains(&name.as_str())) {
        return Err(wrong(FaultCode::UnknownWord, unknown.chars().take(80).collect()));
    }
    let query = serde_urlencoded::to_string(&pairs).map_err(Problem::internal)?;
    let parsed = web::Query::<QueueQuery>::from_query(&query);
    let parsed = parsed.map_err(|error| wrong(FaultCode::WrongType, error.to_string()))?;
    Ok((query, parsed.into_inner()))
}

/// Forgets a filter of the caller's.
#[utoipa::path(
    operation_id = "forget_filter", tag = "agency", security(("bearer" = [])),
    extensions(("x-roles" = json!(["officer", "leader", "coordinator"]))),
    params(("id" = Uuid, Path)),
    responses(
        (status = 204),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json"),
        Guarded,
    )
)]
#[delete("/agency/filters/{id}")]
pub async fn forget_filter(app: Data<App>, allowed: Allowed<Staff>, id: Path<String>) -> Result<HttpResponse, Problem> {
    let id = id.parse::<Uuid>().map(FilterId).map_err(|_| Problem::new(Code::NotFound))?;
    let mut unit = app.store.begin().await?;
    if !unit.forget_filter(allowed.caller.account, id).await? {
        return Err(Problem::new(Code::NotFound));
    }
    unit.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}
