//! `GET /api/v1/me/petitions`: a citizen's own.

use actix_web::{HttpResponse, get, web::Data};
use domain::petition::Petition;
use persistence::Page;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    answers::Guarded,
    app::App,
    auth::{Allowed, Caller, Citizens},
    field::Faults,
    language::Language,
    petition::{PetitionView, shown_all},
    problem::Problem,
    query::{Query, cursor},
};

/// A page of petitions.
#[derive(Debug, Serialize, ToSchema)]
pub struct PetitionPage {
    /// The petitions.
    pub items: Vec<PetitionView>,
    /// For the next page; `null` on the last.
    pub next_cursor: Option<String>,
}

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// How many, 1 to 100; 20 unless given.
    #[param(value_type = Option<u32>)]
    limit: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// The caller's own petitions, newest first.
#[utoipa::path(
    operation_id = "my_petitions", tag = "citizen", security(("bearer" = [])), params(PageQuery),
    extensions(("x-roles" = json!(["citizen"]))),
    responses(
        (status = 200, body = PetitionPage),
        Guarded,
    )
)]
#[get("/me/petitions")]
pub async fn my_petitions(
    app: Data<App>,
    allowed: Allowed<Citizens>,
    language: Language,
    Query(query): Query<PageQuery>,
) -> Result<HttpResponse, Problem> {
    let mut faults = Faults::default();
    let limit = faults.limit(query.limit.as_deref());
    let after = faults.cursor(query.cursor.as_deref()).map(|(_, id)| id);
    faults.finish(Some(()))?;
    let page = Page { after, limit: limit + 1 };
    let stored = app.store.petitions_of(allowed.caller.account, page).await?;
    let found = stored.into_iter().map(|stored| ((), stored.petition)).collect();
    page_of(&app, &allowed.caller, language, found, limit, |(), petition| cursor(0, petition.id)).await
}

/// A page from one item more than it holds; what the next one begins after follows from the last item.
pub(crate) async fn page_of<K>(
    app: &App,
    caller: &Caller,
    language: Language,
    mut found: Vec<(K, Petition)>,
    limit: u64,
    next: impl Fn(&K, &Petition) -> String,
) -> Result<HttpResponse, Problem> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = found.len() > limit;
    found.truncate(limit);
    let next_cursor = found.last().filter(|_| more).map(|(key, petition)| next(key, petition));
    let petitions: Vec<Petition> = found.into_iter().map(|(_, petition)| petition).collect();
    let items = shown_all(app, caller, language, &petitions).await?;
    Ok(HttpResponse::Ok().json(PetitionPage { items, next_cursor }))
}
