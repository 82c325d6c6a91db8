//! `GET /api/v1/admin/changes`: who changed what of the catalogue, when, why, from what to what.

use actix_web::{HttpResponse, get, web::Data};
use domain::{
    change::{Change, ChangeKind},
    id::ChangeId,
};
use persistence::ChangeFilter;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    answers::Guarded,
    app::App,
    auth::{Admins, Allowed, Caller},
    clock,
    field::Faults,
    listed::Listed,
    problem::Problem,
    query::Query,
};

/// A change about to be noted, by the caller, now.
pub(crate) fn change_by(caller: &Caller, kind: ChangeKind, key: impl ToString) -> Change {
    Change::new(clock::now(), &clock::id_randomness(), Some(caller.account), kind, key)
}

/// What something was or is, for the list.
///
/// # Errors
/// [`Problem`] of the program: it has no JSON form.
pub(crate) fn told<T: Serialize>(value: &T) -> Result<Option<Value>, Problem> {
    serde_json::to_value(value).map(Some).map_err(Problem::internal)
}

/// A change of the catalogue.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangeView {
    id: Uuid,
    at: String,
    /// The account of who did it; `null`: a command line.
    author: Option<Uuid>,
    /// `agency`, `category`, `category_group`, `rule`, `calendar`, `target`, `account`, `wording`, `unit`, `boundary` or `reform`.
    #[schema(value_type = String, example = "agency")]
    kind: ChangeKind,
    /// Which one: a code, a number, a year, an id.
    #[schema(example = "ubnd-256")]
    key: String,
    /// What it was; `null`: it was not there.
    #[schema(value_type = Option<std::collections::HashMap<String, Value>>)]
    before: Option<Value>,
    /// What it became; `null`: it is gone.
    #[schema(value_type = Option<std::collections::HashMap<String, Value>>)]
    after: Option<Value>,
    /// Why, as its author says.
    reason: Option<String>,
}

impl From<Change> for ChangeView {
    fn from(change: Change) -> Self {
        let Change { id, at, author, kind, key, before, after, reason } = change;
        let author = author.map(|author| author.0);
        Self { id: id.0, at: at.to_local_rfc3339(), author, kind, key, before, after, reason }
    }
}

/// Which changes.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ChangesQuery {
    /// Of these kinds; comma-separated.
    #[param(example = "agency,rule")]
    kind: Option<String>,
    /// Of the thing with this key.
    #[param(example = "ubnd-256")]
    key: Option<String>,
    /// How many, 1 to 100; 20 unless given.
    #[param(value_type = Option<u32>)]
    limit: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// What was changed of the catalogue, the newest first.
#[utoipa::path(
    operation_id = "catalogue_changes", tag = "admin", security(("bearer" = [])), params(ChangesQuery),
    extensions(("x-roles" = json!(["admin"]))),
    responses((status = 200, body = Listed<ChangeView>), Guarded)
)]
#[get("/admin/changes")]
pub async fn list_changes(
    app: Data<App>,
    _: Allowed<Admins>,
    Query(query): Query<ChangesQuery>,
) -> Result<HttpResponse, Problem> {
    let ChangesQuery { kind, key, limit, cursor } = query;
    let mut faults = Faults::default();
    let kinds = faults.words("/kind", kind.as_deref(), ChangeKind::parse, ChangeKind::ALL, ChangeKind::as_str);
    let limit = faults.limit(limit.as_deref());
    let before = faults.id_cursor(cursor.as_deref()).map(ChangeId);
    faults.finish(Some(()))?;
    let found = app.store.catalogue_changes(&ChangeFilter { kinds, key }, before, limit + 1).await?;
    let page = Listed::of(found, limit, |change| change.id.to_string());
    Ok(HttpResponse::Ok().json(page.map(ChangeView::from)))
}
