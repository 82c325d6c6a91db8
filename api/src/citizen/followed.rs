//! Petitions of others: supporting one (having the same concern), following it, and reading those that one follows.
//!
//! Each may be sent again and does nothing then, so that no `Idempotency-Key` is needed.

use actix_web::{
    HttpResponse, get, post,
    web::{Data, Path},
};
use domain::petition::{Petition, PetitionCode};
use persistence::{Following, Page};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    answers::Guarded,
    app::App,
    auth::{Allowed, Caller, Citizens},
    body::{Body, Empty},
    clock,
    field::Faults,
    language::Language,
    petition::PetitionPath,
    problem::{Code, Problem, ProblemDetails},
    public::{PublicPetitionView, PublicPetitions},
    query::{Query, cursor},
};

/// What the caller is to a petition.
#[derive(Debug, Serialize, ToSchema)]
pub struct FollowingView {
    /// How many others than its sender have that concern.
    supporters: u64,
    /// Whether the caller is told of it.
    following: bool,
    /// Whether the caller is one of the supporters.
    supporting: bool,
}

/// A petition that the caller follows.
#[derive(Debug, Serialize, ToSchema)]
pub struct FollowedPetition {
    #[serde(flatten)]
    petition: PublicPetitionView,
    /// Whether the caller has the same concern.
    supporting: bool,
}

/// A page of petitions that the caller follows.
#[derive(Debug, Serialize, ToSchema)]
pub struct FollowedPage {
    /// The petitions.
    items: Vec<FollowedPetition>,
    /// For the next page; `null` on the last.
    next_cursor: Option<String>,
}

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FollowedQuery {
    /// How many, 1 to 100; 20 unless given.
    #[param(value_type = Option<u32>)]
    limit: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Says that the caller has the same concern as a published petition; they follow it too.
#[utoipa::path(
    operation_id = "support", tag = "citizen", security(("bearer" = [])), request_body = Empty, params(PetitionPath),
    extensions(("x-roles" = json!(["citizen"]))),
    responses(
        (status = 200, body = FollowingView),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json", description = "`not_found`: or it is not published"),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json", description = "`own_petition`"),
        Guarded,
    )
)]
#[post("/petitions/{code}/support")]
pub async fn support_petition(
    app: Data<App>,
    allowed: Allowed<Citizens>,
    code: Path<String>,
    _body: Body<Empty>,
) -> Result<HttpResponse, Problem> {
    let petition = another(&app, &allowed.caller, &code, false).await?;
    follow(&app, &allowed.caller, &petition, true).await
}

/// Follows a published petition: the caller is told of it.
#[utoipa::path(
    operation_id = "follow", tag = "citizen", security(("bearer" = [])), request_body = Empty, params(PetitionPath),
    extensions(("x-roles" = json!(["citizen"]))),
    responses(
        (status = 200, body = FollowingView),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json", description = "`not_found`: or it is not published"),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json", description = "`own_petition`"),
        Guarded,
    )
)]
#[post("/petitions/{code}/follow")]
pub async fn follow_petition(
    app: Data<App>,
    allowed: Allowed<Citizens>,
    code: Path<String>,
    _body: Body<Empty>,
) -> Result<HttpResponse, Problem> {
    let petition = another(&app, &allowed.caller, &code, false).await?;
    follow(&app, &allowed.caller, &petition, false).await
}

/// Follows a petition no longer, nor supports it.
#[utoipa::path(
    operation_id = "unfollow", tag = "citizen", security(("bearer" = [])), request_body = Empty, params(PetitionPath),
    extensions(("x-roles" = json!(["citizen"]))),
    responses(
        (status = 200, body = FollowingView),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json", description = "`not_found`: or it is not published"),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json", description = "`own_petition`"),
        Guarded,
    )
)]
#[post("/petitions/{code}/unfollow")]
pub async fn unfollow_petition(
    app: Data<App>,
    allowed: Allowed<Citizens>,
    code: Path<String>,
    _body: Body<Empty>,
) -> Result<HttpResponse, Problem> {
    let petition = another(&app, &allowed.caller, &code, true).await?;
    let unit = app.store.begin().await?;
    unit.unfollow(petition.id, allowed.caller.account).await?;
    unit.commit().await?;
    told(&app, &allowed.caller, &petition).await
}

/// The published petitions that the caller follows, the newest first. Who followed one that was put to another follows the other.
#[utoipa::path(
    operation_id = "followed_petitions", tag = "citizen", security(("bearer" = [])), params(FollowedQuery),
    extensions(("x-roles" = json!(["citizen"]))),
    responses((status = 200, body = FollowedPage), Guarded)
)]
#[get("/me/followed")]
pub async fn followed_petitions(
    app: Data<App>,
    allowed: Allowed<Citizens>,
    language: Language,
    Query(query): Query<FollowedQuery>,
) -> Result<HttpResponse, Problem> {
    let mut faults = Faults::default();
    let limit = faults.limit(query.limit.as_deref());
    let after = faults.cursor(query.cursor.as_deref()).map(|(_, id)| id);
    faults.finish(Some(()))?;
    let mut found = app.store.followed_by(allowed.caller.account, Page { after, limit: limit + 1 }).await?;
    let length = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = found.len() > length;
    found.truncate(length);
    let next_cursor = found.last().filter(|_| more).map(|(_, stored)| cursor(0, stored.petition.id));
    let (supports, petitions): (Vec<bool>, Vec<Petition>) =
        found.into_iter().map(|(supports, stored)| (supports, stored.petition)).unzip();
    let views = PublicPetitions::of(&app.store, petitions).await?.views(&app, language);
    let items = views.into_iter().zip(supports);
    let items = items.map(|((_, petition), supporting)| FollowedPetition { petition, supporting }).collect();
    Ok(HttpResponse::Ok().json(FollowedPage { items, next_cursor }))
}

/// The petition of that code, where it is another's and published; or, where that is enough, still followed by the caller.
async fn another(app: &App, caller: &Caller, code: &str, or_followed: bool) -> Result<Petition, Problem> {
    let not_found = || Problem::new(Code::NotFound);
    let code = PetitionCode::parse(code).map_err(|_| not_found())?;
    let petition = app.store.petition(&code).await?.ok_or_else(not_found)?.petition;
    if petition.submitter == caller.account {
        return Err(Problem::new(Code::OwnPetition));
    }
    if petition.published.is_some() || or_followed && app.store.following(petition.id, caller.account).await?.follows {
        return Ok(petition);
    }
    Err(not_found())
}

async fn follow(app: &App, caller: &Caller, petition: &Petition, supports: bool) -> Result<HttpResponse, Problem> {
    let unit = app.store.begin().await?;
    unit.follow(petition.id, caller.account, supports, clock::now()).await?;
    unit.commit().await?;
    told(app, caller, petition).await
}

async fn told(app: &App, caller: &Caller, petition: &Petition) -> Result<HttpResponse, Problem> {
    let supporters = app.store.supporters(&[petition.id]).await?;
    let Following { follows, supports } = app.store.following(petition.id, caller.account).await?;
    Ok(HttpResponse::Ok().json(FollowingView {
        supporters: supporters.get(&petition.id).copied().unwrap_or_default(),
        following: follows,
        supporting: supports,
    }))
}
