//! `GET /api/v1/me/inbox`, `…/count`, `POST …/{id}/read`, `…/read-all`: what the caller was told.

use actix_web::{
    HttpResponse, get, post,
    web::{Data, Path},
};
use domain::{
    id::NoticeId,
    notice::{NoticeKind, told},
    petition::PetitionCode,
    time::Instant,
};
use persistence::{Notice, Page};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    answers::Guarded,
    app::App,
    auth::SignedIn,
    body::{Body, Empty},
    clock,
    field::{Faults, Field},
    language::Language,
    listed::Listed,
    problem::{Code, FaultCode, Problem, ProblemDetails},
    query::Query,
};

/// Something that the caller was told.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoticeView {
    /// Its id: also the key that its messages have on a phone (`data.key`), so that it is shown once.
    id: Uuid,
    /// What it is about; where one event of a petition made it, that event's name.
    #[schema(value_type = String, example = "answered")]
    kind: NoticeKind,
    /// The petition.
    #[schema(value_type = Option<String>, example = "PAKN.20220831.000042")]
    code: Option<PetitionCode>,
    /// What it says, in the language of the answer.
    #[schema(example = "Phản ánh PAKN.20220831.000042 đã được trả lời.")]
    text: String,
    /// When that happened.
    at: String,
    /// Whether the caller has not read it.
    unread: bool,
    /// When it was read.
    read_at: Option<String>,
}

impl NoticeView {
    pub(crate) fn of(notice: Notice, language: Language) -> Self {
        let text = told(notice.kind, notice.code.as_ref(), notice.about.as_deref());
        Self {
            id: notice.id.0,
            kind: notice.kind,
            text: language.choose(&text.vietnamese, &text.english).to_owned(),
            code: notice.code,
            at: notice.at.to_local_rfc3339(),
            unread: notice.read_at.is_none(),
            read_at: notice.read_at.map(Instant::to_local_rfc3339),
        }
    }
}

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct InboxQuery {
    /// Only what is not read (`true`).
    #[param(value_type = Option<bool>)]
    unread: Option<String>,
    /// How many, 1 to 100; 20 unless given.
    #[param(value_type = Option<u32>)]
    limit: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// How much of an inbox is not read.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnreadCount {
    /// How many notices.
    unread: u64,
}

/// Up to where everything is read.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ReadAllBody {
    /// The id of the newest notice that was seen: what came after it stays unread.
    #[serde(default)]
    #[schema(value_type = Uuid)]
    upto: Field<String>,
}

/// What the caller was told, the newest first.
#[utoipa::path(
    operation_id = "my_inbox", tag = "notifications", security(("bearer" = [])), params(InboxQuery),
    responses((status = 200, body = Listed<NoticeView>), Guarded)
)]
#[get("/me/inbox")]
pub async fn my_inbox(
    app: Data<App>,
    SignedIn(caller): SignedIn,
    language: Language,
    Query(query): Query<InboxQuery>,
) -> Result<HttpResponse, Problem> {
    let mut faults = Faults::default();
    let limit = faults.limit(query.limit.as_deref());
    let unread = faults.flag("/unread", query.unread.as_deref()).unwrap_or(false);
    let after = faults.id_cursor(query.cursor.as_deref()).map(NoticeId);
    faults.finish(Some(()))?;
    let found = app.store.inbox(caller.account, unread, Page { after, limit: limit + 1 }).await?;
    let page = Listed::of(found, limit, |notice| notice.id.to_string());
    Ok(HttpResponse::Ok().json(page.map(|notice| NoticeView::of(notice, language))))
}

/// How many notices the caller has not read.
#[utoipa::path(
    operation_id = "my_unread_count", tag = "notifications", security(("bearer" = [])),
    responses((status = 200, body = UnreadCount), Guarded)
)]
#[get("/me/inbox/count")]
pub async fn my_unread_count(app: Data<App>, SignedIn(caller): SignedIn) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().json(UnreadCount { unread: app.store.unread(caller.account).await? }))
}

/// Notes that the caller has read a notice. Again, it does nothing.
#[utoipa::path(
    operation_id = "read_notice", tag = "notifications", security(("bearer" = [])), request_body = Empty,
    params(("id" = Uuid, Path)),
    responses(
        (status = 204),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json", description = "`not_found`"),
        Guarded,
    )
)]
#[post("/me/inbox/{id}/read")]
pub async fn read_notice(
    app: Data<App>,
    SignedIn(caller): SignedIn,
    id: Path<String>,
    _body: Body<Empty>,
) -> Result<HttpResponse, Problem> {
    let id = id.parse::<Uuid>().map(NoticeId).map_err(|_| Problem::new(Code::NotFound))?;
    let mut unit = app.store.begin().await?;
    if !unit.read_notice(caller.account, id, clock::now()).await? {
        return Err(Problem::new(Code::NotFound));
    }
    unit.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Notes that the caller has read everything up to a notice.
#[utoipa::path(
    operation_id = "read_all_notices", tag = "notifications", security(("bearer" = [])), request_body = ReadAllBody,
    responses(
        (status = 204),
        Guarded,
    )
)]
#[post("/me/inbox/read-all")]
pub async fn read_all_notices(
    app: Data<App>,
    SignedIn(caller): SignedIn,
    body: Body<ReadAllBody>,
) -> Result<HttpResponse, Problem> {
    let mut faults = Faults::default();
    let upto = faults.required("/upto", body.value.upto).and_then(|raw| {
        let id = raw.parse::<Uuid>().map(NoticeId);
        id.inspect_err(|_| faults.add("/upto", FaultCode::WrongType)).ok()
    });
    let upto = faults.finish(upto)?;
    let mut unit = app.store.begin().await?;
    unit.read_notices(caller.account, upto, clock::now()).await?;
    unit.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}
