//! `POST /api/v1/admin/agencies/{code}/approval`.

use actix_web::{
    HttpResponse, post,
    web::{Data, Path},
};
use domain::code::AgencyCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    answers::Guarded,
    app::App,
    auth::{Admins, Allowed},
    body::Body,
    field::{Faults, Field},
    problem::{Code, Problem, ProblemDetails},
};

/// Who answers for an agency.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ApprovalBody {
    /// `true`: an officer drafts, and a leader approves.
    #[serde(default)]
    #[schema(value_type = bool)]
    needs_approval: Field<bool>,
}

/// Who answers for an agency from now on.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApprovalView {
    #[schema(value_type = String, example = "ubnd-256")]
    agency: AgencyCode,
    needs_approval: bool,
}

/// Says whether an officer's answer needs a leader's approval before the citizen gets it.
#[utoipa::path(
    operation_id = "set_approval", tag = "admin", security(("bearer" = [])), request_body = ApprovalBody,
    extensions(("x-roles" = json!(["admin"]))),
    params(("code" = String, Path, description = "The code of the agency.", example = "ubnd-256")),
    responses(
        (status = 200, body = ApprovalView),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json", description = "There is no such agency."),
        Guarded,
    )
)]
#[post("/admin/agencies/{code}/approval")]
pub async fn set_approval(
    app: Data<App>,
    allowed: Allowed<Admins>,
    code: Path<String>,
    body: Body<ApprovalBody>,
) -> Result<HttpResponse, Problem> {
    let agency = AgencyCode::parse(&code).map_err(|_| Problem::new(Code::NotFound))?;
    let mut faults = Faults::default();
    let needs_approval = faults.required("/needs_approval", body.value.needs_approval);
    let needs_approval = faults.finish(needs_approval)?;
    let mut unit = app.store.begin().await?;
    if !unit.set_approval(&agency, needs_approval).await? {
        return Err(Problem::new(Code::NotFound));
    }
    unit.commit().await?;
    tracing::info!(target: "audit", { %agency, needs_approval, by = %allowed.caller.account }, "approval of answers set");
    app.refresh_catalogue().await?;
    Ok(HttpResponse::Ok().json(ApprovalView { agency, needs_approval }))
}
