//! `POST /api/v1/admin/catalogue/reforms` and `GET` of the same.

use actix_web::{HttpResponse, get, post, web::Data};
use domain::id::AccountId;
use persistence::AppliedReform;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    apply::{NotApplied, apply, rehearse},
    asked::{ReformBody, problem_of},
    report::ReformReport,
};
use crate::{
    answers::Guarded,
    app::App,
    auth::{Admins, Allowed},
    body::Body,
    catalogue::Whole,
    field::Faults,
    problem::{Code, Problem, ProblemDetails},
};

/// A reform that was applied.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReformView {
    /// What it is called.
    #[schema(example = "2025")]
    code: String,
    /// The first day of what began.
    #[schema(format = Date)]
    on: String,
    /// When it was applied.
    applied_at: String,
    /// Who applied it; `null`: the program's own command.
    #[schema(value_type = Option<String>, format = Uuid)]
    author: Option<AccountId>,
}

impl From<AppliedReform> for ReformView {
    fn from(applied: AppliedReform) -> Self {
        Self {
            on: applied.on.to_string(),
            applied_at: applied.applied_at.to_local_rfc3339(),
            author: applied.author,
            code: applied.code,
        }
    }
}

impl From<NotApplied> for Problem {
    fn from(not: NotApplied) -> Self {
        match not {
            NotApplied::Before(applied) => {
                Self::with(Code::ReformApplied, format!("{}: {}", applied.on, applied.applied_at.to_local_rfc3339()))
            }
            NotApplied::Faults(faults) => problem_of(faults),
            NotApplied::Store(error) => error.into(),
        }
    }
}

/// Changes units and agencies on a day: mergers, splits, other names, dissolutions. The change is made whole or not at all. From its day on
/// officers, leaders and routing rules are with the heirs, and petitions that are owed an answer are carried over by an event of each,
/// within seconds; what no program can decide is in the answer. Figures of the time before stay as they were.
#[utoipa::path(
    operation_id = "apply_reform", tag = "admin", security(("bearer" = [])), request_body = ReformBody,
    extensions(("x-roles" = json!(["admin"]))),
    responses(
        (status = 200, body = ReformReport, description = "It was rehearsed; nothing was written."),
        (status = 201, body = ReformReport),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json",
            description = "`reform_applied`: it was before, and nothing changes; `contended`"),
        Guarded,
    )
)]
#[post("/admin/catalogue/reforms")]
pub async fn apply_reform(
    app: Data<App>,
    allowed: Allowed<Admins>,
    body: Body<ReformBody>,
) -> Result<HttpResponse, Problem> {
    let mut faults = Faults::default();
    let parsed = body.value.parse(&mut faults)?;
    let (reform, dry_run) = faults.finish(parsed)?;
    if dry_run {
        return Ok(HttpResponse::Ok().json(rehearse(&app.store, &reform).await?));
    }
    let report = apply(&app.store, &reform, Some(allowed.caller.account)).await?;
    let (code, on) = (&reform.code, reform.on);
    tracing::info!(target: "audit", { reform = %code, %on, by = %allowed.caller.account }, "reform applied");
    if let Err(error) = app.refresh_catalogue().await {
        // It is applied, and whoever sent it must not think otherwise; the catalogue is read again in a moment anyway.
        tracing::warn!(%error, "the catalogue could not be read again");
    }
    app.moves.notify_one();
    Ok(HttpResponse::Created().json(report))
}

/// The reforms that were applied, in the order of their days.
#[utoipa::path(
    operation_id = "list_reforms", tag = "admin", security(("bearer" = [])),
    extensions(("x-roles" = json!(["admin"]))),
    responses((status = 200, body = Whole<ReformView>), Guarded)
)]
#[get("/admin/catalogue/reforms")]
pub async fn list_reforms(app: Data<App>, _: Allowed<Admins>) -> Result<HttpResponse, Problem> {
    let items = app.store.reforms().await?.into_iter().map(ReformView::from).collect();
    Ok(HttpResponse::Ok().json(Whole::new(items)))
}
