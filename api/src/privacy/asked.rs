//! `DELETE /api/v1/me`, `GET /api/v1/me/erasure`.

use actix_web::{HttpResponse, delete, get, web::Data};
use domain::{
    account::Role,
    erasure::{ErasureOrigin, ErasureRequest, ErasureState},
    id::{AccountId, ErasureId},
    time::Instant,
};
use persistence::{Constraint, StoreError};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::erasing::carry_out;
use crate::{
    answers::Guarded,
    app::App,
    auth::SignedIn,
    clock,
    field::Faults,
    problem::{Code, Problem, ProblemDetails},
    query::Query,
};

/// A request that a person's data be erased.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErasureView {
    /// Its id.
    pub(super) id: Uuid,
    /// `waiting`, `underway`, `erased` or `refused`.
    #[schema(value_type = String, example = "erased")]
    pub(super) state: ErasureState,
    /// `person` or `paper`.
    #[schema(value_type = String, example = "person")]
    pub(super) origin: ErasureOrigin,
    /// When it came.
    pub(super) requested_at: String,
    /// Until when it must be answered; `null` where the working calendar does not reach.
    pub(super) answer_due_at: Option<String>,
    /// When the person was answered.
    pub(super) answered_at: Option<String>,
    /// Until when it must be done; then the system does it.
    pub(super) complete_due_at: String,
    /// Until when it was put off.
    pub(super) extended_to: Option<String>,
    /// Why it was put off, or refused.
    pub(super) reason: Option<String>,
    /// When it was done or refused.
    pub(super) ended_at: Option<String>,
}

impl From<&ErasureRequest> for ErasureView {
    fn from(request: &ErasureRequest) -> Self {
        Self {
            id: request.id.0,
            state: request.state,
            origin: request.origin,
            requested_at: request.requested_at.to_local_rfc3339(),
            answer_due_at: request.answer_due_at.map(Instant::to_local_rfc3339),
            answered_at: request.answered_at.map(Instant::to_local_rfc3339),
            complete_due_at: request.complete_due_at.to_local_rfc3339(),
            extended_to: request.extended_to.map(Instant::to_local_rfc3339),
            reason: request.reason.clone(),
            ended_at: request.ended_at.map(Instant::to_local_rfc3339),
        }
    }
}

/// What becomes of petitions that no agency has answered yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OpenPetitions {
    /// They stay open without their words.
    Erase,
    /// They are settled first.
    Finish,
}

/// How.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EraseQuery {
    /// What becomes of petitions that are not answered yet: `erase` (unless given) erases at once, and they stay open without their
    /// words; `finish` waits until they are settled, at most until `complete_due_at`.
    #[param(example = "erase")]
    open_petitions: Option<String>,
}

impl OpenPetitions {
    fn parse(query: &EraseQuery) -> Result<Self, Problem> {
        let mut faults = Faults::default();
        let name = |word: Self| match word {
            Self::Erase => "erase",
            Self::Finish => "finish",
        };
        let all = [Self::Erase, Self::Finish];
        let parse = |raw: &str| all.into_iter().find(|word| name(*word) == raw);
        let word = match query.open_petitions.as_deref() {
            None => Some(Self::Erase),
            Some(raw) => faults.word("/open_petitions", raw, parse, &all, name),
        };
        faults.finish(word)
    }
}

/// Erases the caller, and nobody else: name, login, password and sessions; the words of the petitions they sent, also those that
/// agencies wrote about them; what they followed, their keys, their place in the search. What is left are petitions without
/// words, which the figures still count. There is no way back.
///
/// Staff are not erased by themselves: the account is the agency's, and the request goes to an administrator.
#[utoipa::path(
    operation_id = "erase_me", tag = "auth", security(("bearer" = [])), params(EraseQuery),
    responses(
        (status = 200, body = ErasureView, description = "It is done."),
        (status = 202, body = ErasureView, description = "It is noted, and done by `complete_due_at`."),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json", description = "`contended`: try again"),
        Guarded,
    )
)]
#[delete("/me")]
pub async fn erase_me(
    app: Data<App>,
    SignedIn(caller): SignedIn,
    Query(query): Query<EraseQuery>,
) -> Result<HttpResponse, Problem> {
    let open_petitions = OpenPetitions::parse(&query)?;
    let waits = match caller.role {
        Role::Citizen => match open_petitions {
            OpenPetitions::Erase => false,
            OpenPetitions::Finish => has_open_petitions(&app, caller.account).await?,
        },
        Role::Officer | Role::Leader | Role::Coordinator | Role::Steering | Role::Admin => true,
    };
    let request = request_of(&app, caller.account).await?;
    if waits {
        return Ok(HttpResponse::Accepted().json(ErasureView::from(&request)));
    }
    let request = carry_out(&app, request, &caller.actor).await?;
    Ok(HttpResponse::Ok().json(ErasureView::from(&request)))
}

/// Whether somebody still owes the person an answer.
pub(super) async fn has_open_petitions(app: &App, account: AccountId) -> Result<bool, Problem> {
    Ok(app.store.open_petitions_of(&[account]).await?.contains_key(&account))
}

/// The person's own request: the one that is not over, or a new one.
pub(super) async fn request_of(app: &App, person: AccountId) -> Result<ErasureRequest, Problem> {
    if let Some(open) = open_request(app, person).await? {
        return Ok(open);
    }
    let account = app.store.account(person).await?;
    if account.is_none_or(|account| account.is_erased()) {
        return Err(Problem::new(Code::InvalidToken));
    }
    let now = clock::now();
    let id = ErasureId::new(now, &clock::id_randomness());
    let calendar = &app.catalogue().catalogue.calendar;
    let terms = app.privacy.settings.erasure_terms();
    let request = ErasureRequest::new(id, person, person, None, now, terms, calendar);
    let mut unit = app.store.begin().await?;
    match unit.add_erasure(&request).await {
        Ok(()) => unit.commit().await?,
        // Asked for twice at once.
        Err(StoreError::Conflict(Constraint::OpenErasure, _)) => {
            drop(unit);
            return open_request(app, person).await?.ok_or_else(|| Problem::new(Code::Contended));
        }
        Err(error) => return Err(error.into()),
    }
    tracing::info!(target: "audit", { account.id = %person, erasure.id = %request.id }, "erasure requested");
    Ok(request)
}

async fn open_request(app: &App, account: AccountId) -> Result<Option<ErasureRequest>, Problem> {
    let newest = app.store.erasure_of(account).await?;
    Ok(newest.filter(|request| match request.state {
        ErasureState::Waiting | ErasureState::Underway => true,
        ErasureState::Erased | ErasureState::Refused => false,
    }))
}

/// The caller's newest request to be erased.
#[utoipa::path(
    operation_id = "my_erasure", tag = "auth", security(("bearer" = [])),
    responses(
        (status = 200, body = ErasureView),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json", description = "There is none."),
        Guarded,
    )
)]
#[get("/me/erasure")]
pub async fn my_erasure(app: Data<App>, SignedIn(caller): SignedIn) -> Result<HttpResponse, Problem> {
    let request = app.store.erasure_of(caller.account).await?.ok_or_else(|| Problem::new(Code::NotFound))?;
    Ok(HttpResponse::Ok().json(ErasureView::from(&request)))
}
