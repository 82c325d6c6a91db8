//! `/api/v1/admin/erasures`: the administrator's queue of requests to be erased. A person who asks signed in is served at once; here are
//! those who asked on paper, staff, and those who wanted their petitions settled first.

use std::collections::HashMap;

use actix_web::{
    HttpResponse, get, post,
    web::{Data, Path},
};
use chrono::NaiveDate;
use domain::{
    erasure::{ErasureRequest, ErasureState},
    id::{AccountId, ErasureId},
    petition::PetitionCode,
    text::{Content, Title},
    time::Instant,
};
use persistence::{Account, Page};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{asked::ErasureView, erasing::carry_out};
use crate::{
    answers::Guarded,
    app::App,
    auth::{Admins, Allowed, Caller},
    body::{Body, Empty},
    clock,
    field::{Faults, Field},
    listed::Listed,
    problem::{Code, FaultCode, Problem, ProblemDetails},
    query::Query,
};

/// A request as an administrator sees it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErasureCase {
    #[serde(flatten)]
    request: ErasureView,
    /// Whose data; the account stays when the person is gone.
    account: Uuid,
    /// What the person signs in with; `null` once they are erased.
    login: Option<String>,
    /// Their name; `null` once they are erased.
    full_name: Option<String>,
    /// What the paper is filed under.
    reference: Option<String>,
    /// How many of their petitions are still owed an answer.
    open_petitions: u64,
    /// Whether the day of the answer, or the last day, has passed.
    overdue: bool,
}

/// Which requests.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ErasureQuery {
    /// `waiting`, `underway`, `erased`, `refused`; several by commas. `waiting,underway` unless given.
    state: Option<String>,
    /// How many, 1 to 100; 20 unless given.
    #[param(value_type = Option<u32>)]
    limit: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A request that came on paper.
#[derive(Debug, Deserialize, ToSchema)]
pub struct PaperRequest {
    /// The phone number or e-mail address of the person.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "0912 345 678")]
    login: Field<String>,
    /// A petition of theirs instead, where it was entered for them and they have no account.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "PAKN.20220831.000042")]
    petition: Field<String>,
    /// What the paper is filed under.
    #[serde(default)]
    #[schema(value_type = String, max_length = 200, example = "Công văn đến số 123/2026")]
    reference: Field<String>,
    /// The day it came; today unless given.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    received_on: Field<String>,
}

/// Why.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ErasureReasonBody {
    /// What the person is told.
    #[serde(default)]
    #[schema(value_type = String)]
    reason: Field<String>,
}

async fn cases(app: &App, caller: &Caller, requests: Vec<ErasureRequest>) -> Result<Vec<ErasureCase>, Problem> {
    let mut people: Vec<AccountId> = requests.iter().map(|request| request.account).collect();
    people.sort_unstable();
    people.dedup();
    let open = app.store.open_petitions_of(&people).await?;
    let accounts = app.store.accounts(&people).await?.into_iter().filter(|account| !account.is_erased());
    let accounts: HashMap<AccountId, Account> = accounts.map(|account| (account.id, account)).collect();
    let now = clock::now();
    for person in accounts.keys() {
        app.privacy.looks.note_person(caller, *person, now);
    }
    let late = |request: &ErasureRequest| match request.state {
        ErasureState::Waiting | ErasureState::Underway => {
            let unanswered = request.answered_at.is_none() && request.answer_due_at.is_some_and(|due| due < now);
            unanswered || request.due_at() < now
        }
        ErasureState::Erased | ErasureState::Refused => false,
    };
    let case = |request: ErasureRequest| {
        let account = accounts.get(&request.account);
        ErasureCase {
            request: ErasureView::from(&request),
            account: request.account.0,
            login: account.map(|account| account.login.as_str().to_owned()),
            full_name: account.map(|account| account.full_name.clone()),
            open_petitions: open.get(&request.account).copied().unwrap_or_default(),
            overdue: late(&request),
            reference: request.reference,
        }
    };
    Ok(requests.into_iter().map(case).collect())
}

async fn told(
    app: &App,
    caller: &Caller,
    request: ErasureRequest,
    mut response: actix_web::HttpResponseBuilder,
) -> Result<HttpResponse, Problem> {
    let case = cases(app, caller, vec![request]).await?.pop();
    Ok(response.json(case.ok_or_else(|| Problem::internal("no view of a request"))?))
}

/// Requests to be erased, the oldest first.
#[utoipa::path(
    operation_id = "erasures", tag = "admin", security(("bearer" = [])), params(ErasureQuery),
    extensions(("x-roles" = json!(["admin"]))),
    responses((status = 200, body = Listed<ErasureCase>), Guarded)
)]
#[get("/admin/erasures")]
pub async fn list_erasures(
    app: Data<App>,
    allowed: Allowed<Admins>,
    Query(query): Query<ErasureQuery>,
) -> Result<HttpResponse, Problem> {
    let mut faults = Faults::default();
    let asked = query.state.as_deref();
    let mut states = faults.words("/state", asked, ErasureState::parse, ErasureState::ALL, ErasureState::as_str);
    if states.is_empty() {
        states = vec![ErasureState::Waiting, ErasureState::Underway];
    }
    let limit = faults.limit(query.limit.as_deref());
    let after = faults.id_cursor(query.cursor.as_deref()).map(ErasureId);
    faults.finish(Some(()))?;
    let found = app.store.erasures(&states, Page { after, limit: limit + 1 }).await?;
    let page = Listed::of(found, limit, |request| request.id.0.to_string());
    Ok(HttpResponse::Ok().json(page.show(async |requests| cases(&app, &allowed.caller, requests).await).await?))
}

/// Whose data a request on paper is about: the owner of an account, or whoever sent a petition that was entered for them. Other petitions
/// name nobody here: their senders have a login.
async fn person(
    app: &App,
    faults: &mut Faults,
    login: Field<String>,
    petition: Field<String>,
) -> Result<Option<Account>, Problem> {
    let account = if petition == Field::Absent {
        let Some(login) = faults.login(login) else { return Ok(None) };
        let account = app.store.account_by_login(&login).await?;
        account.filter(|account| !account.is_erased()).ok_or(("/login", FaultCode::UnknownAccount))
    } else {
        if login != Field::Absent {
            faults.add("/petition", FaultCode::TwoPeople);
        }
        let Some(raw) = faults.optional("/petition", petition) else { return Ok(None) };
        let unknown = ("/petition", FaultCode::UnknownPetition);
        let found = match PetitionCode::parse(&raw) {
            Ok(code) => app.store.petition(&code).await?,
            Err(_) => None,
        };
        let sender = found.and_then(|stored| stored.petition.intake).map(|intake| intake.sender);
        let account = match sender {
            Some(sender) => app.store.account(sender).await?,
            None => None,
        };
        account.filter(|account| !account.is_erased()).ok_or(unknown)
    };
    Ok(account.inspect_err(|(pointer, code)| faults.add(*pointer, *code)).ok())
}

/// Enters a request that came on paper. The person is identified before: what it leads to cannot be taken back.
#[utoipa::path(
    operation_id = "enter_erasure", tag = "admin", security(("bearer" = [])), request_body = PaperRequest,
    extensions(("x-roles" = json!(["admin"]))),
    responses(
        (status = 201, body = ErasureCase),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json", description = "`erasure_pending`"),
        Guarded,
    )
)]
#[post("/admin/erasures")]
pub async fn enter_erasure(
    app: Data<App>,
    allowed: Allowed<Admins>,
    body: Body<PaperRequest>,
) -> Result<HttpResponse, Problem> {
    let PaperRequest { login, petition, reference, received_on } = body.value;
    let now = clock::now();
    let mut faults = Faults::default();
    let account = person(&app, &mut faults, login, petition).await?;
    let reference = faults.required_text("/reference", reference, Title::parse);
    let received = faults.optional("/received_on", received_on).map(|raw| raw.parse::<NaiveDate>());
    let requested_at = match received {
        None => Some(now),
        Some(Ok(day)) if day == now.local_date() => Some(now),
        Some(Ok(day)) if day < now.local_date() => Some(Instant::start_of_day(day)),
        Some(Ok(_)) => {
            faults.add("/received_on", FaultCode::InFuture);
            None
        }
        Some(Err(_)) => {
            faults.add("/received_on", FaultCode::InvalidInstant);
            None
        }
    };
    // For oneself one asks signed in.
    if account.as_ref().is_some_and(|account| account.id == allowed.caller.account) {
        return Err(Problem::new(Code::Forbidden));
    }
    let ((account, reference), requested_at) = faults.finish(account.zip(reference).zip(requested_at))?;
    let request = ErasureRequest::new(
        ErasureId::new(now, &clock::id_randomness()),
        account.id,
        allowed.caller.account,
        Some(reference.into_string()),
        requested_at,
        app.privacy.settings.erasure_terms(),
        &app.catalogue().catalogue.calendar,
    );
    let mut unit = app.store.begin().await?;
    unit.add_erasure(&request).await?;
    unit.commit().await?;
    tracing::info!(target: "audit", { account.id = %account.id, erasure.id = %request.id, by = %allowed.caller.account }, "erasure entered from paper");
    told(&app, &allowed.caller, request, HttpResponse::Created()).await
}

async fn found(app: &App, id: &str) -> Result<ErasureRequest, Problem> {
    let id = id.parse::<Uuid>().map(ErasureId).map_err(|_| Problem::new(Code::NotFound))?;
    app.store.erasure(id).await?.ok_or_else(|| Problem::new(Code::NotFound))
}

/// Keeps a step that was taken; somebody else may have been faster.
async fn keep(
    app: &App,
    caller: &Caller,
    request: ErasureRequest,
    was: ErasureState,
    step: &'static str,
) -> Result<HttpResponse, Problem> {
    let mut unit = app.store.begin().await?;
    unit.set_erasure(&request, was).await?;
    unit.commit().await?;
    tracing::info!(target: "audit", { erasure.id = %request.id, step, by = %caller.account }, "a request to be erased was seen to");
    told(app, caller, request, HttpResponse::Ok()).await
}

fn reason(body: ErasureReasonBody) -> Result<Content, Problem> {
    let mut faults = Faults::default();
    let reason = faults.required_text("/reason", body.reason, Content::parse);
    faults.finish(reason)
}

/// Notes that the person was answered: they were told what happens and by when.
#[utoipa::path(
    operation_id = "answer_erasure", tag = "admin", security(("bearer" = [])), request_body = Empty,
    extensions(("x-roles" = json!(["admin"]))), params(("id" = Uuid, Path)),
    responses(
        (status = 200, body = ErasureCase),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json", description = "`erasure_over`, `contended`"),
        Guarded,
    )
)]
#[post("/admin/erasures/{id}/answer")]
pub async fn answer_erasure(
    app: Data<App>,
    allowed: Allowed<Admins>,
    id: Path<String>,
    _body: Body<Empty>,
) -> Result<HttpResponse, Problem> {
    let mut request = found(&app, &id).await?;
    let was = request.state;
    request.answer(clock::now())?;
    keep(&app, &allowed.caller, request, was, "answered").await
}

/// Puts a request off, once, and tells the person why.
#[utoipa::path(
    operation_id = "extend_erasure", tag = "admin", security(("bearer" = [])), request_body = ErasureReasonBody,
    extensions(("x-roles" = json!(["admin"]))), params(("id" = Uuid, Path)),
    responses(
        (status = 200, body = ErasureCase),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json", description = "`erasure_over`, `contended`"),
        Guarded,
    )
)]
#[post("/admin/erasures/{id}/extend")]
pub async fn extend_erasure(
    app: Data<App>,
    allowed: Allowed<Admins>,
    id: Path<String>,
    body: Body<ErasureReasonBody>,
) -> Result<HttpResponse, Problem> {
    let reason = reason(body.value)?;
    let mut request = found(&app, &id).await?;
    let was = request.state;
    request.extend(&reason, app.privacy.settings.erasure_terms(), clock::now())?;
    keep(&app, &allowed.caller, request, was, "put off").await
}

/// Refuses a request, and tells the person why.
#[utoipa::path(
    operation_id = "refuse_erasure", tag = "admin", security(("bearer" = [])), request_body = ErasureReasonBody,
    extensions(("x-roles" = json!(["admin"]))), params(("id" = Uuid, Path)),
    responses(
        (status = 200, body = ErasureCase),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json", description = "`erasure_over`, `contended`"),
        Guarded,
    )
)]
#[post("/admin/erasures/{id}/refuse")]
pub async fn refuse_erasure(
    app: Data<App>,
    allowed: Allowed<Admins>,
    id: Path<String>,
    body: Body<ErasureReasonBody>,
) -> Result<HttpResponse, Problem> {
    let reason = reason(body.value)?;
    let mut request = found(&app, &id).await?;
    let was = request.state;
    request.refuse(&reason, clock::now())?;
    keep(&app, &allowed.caller, request, was, "refused").await
}

/// Does what a request asks for, now. There is no way back.
#[utoipa::path(
    operation_id = "complete_erasure", tag = "admin", security(("bearer" = [])), request_body = Empty,
    extensions(("x-roles" = json!(["admin"]))), params(("id" = Uuid, Path)),
    responses(
        (status = 200, body = ErasureCase),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json", description = "`erasure_over`, `contended`"),
        Guarded,
    )
)]
#[post("/admin/erasures/{id}/complete")]
pub async fn complete_erasure(
    app: Data<App>,
    allowed: Allowed<Admins>,
    id: Path<String>,
    _body: Body<Empty>,
) -> Result<HttpResponse, Problem> {
    let mut request = found(&app, &id).await?;
    // Says no where it is over; what it changes is done below.
    request.clone().begin(clock::now())?;
    request = carry_out(&app, request, &allowed.caller.actor).await?;
    told(&app, &allowed.caller, request, HttpResponse::Ok()).await
}
