//! `GET /api/v1/admin/accounts`, `POST /api/v1/admin/accounts/{id}/deactivate` and the like.

use actix_web::{HttpResponse, get, post, web::Data, web::Path};
use domain::account::Role;
use persistence::StaffFilter;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    answers::Guarded,
    app::App,
    auth::{Admins, Allowed},
    field::Faults,
    listed::Listed,
    problem::{Problem, ProblemDetails},
    query::Query,
    staff::{self, PasswordMade, StaffPage, StaffPath, StaffView},
};

/// Which members of staff.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AccountsQuery {
    /// `officer`, `leader`, `coordinator`, `steering`, `admin`; comma-separated.
    role: Option<String>,
    /// Of these agencies; comma-separated.
    agency: Option<String>,
    /// Only those that may sign in (`true`), or may not (`false`).
    #[param(value_type = Option<bool>)]
    active: Option<String>,
    /// How many, 1 to 100; 20 unless given.
    #[param(value_type = Option<u32>)]
    limit: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// The accounts of staff, the newest first. Citizens' are not listed.
#[utoipa::path(
    operation_id = "list_accounts", tag = "admin", security(("bearer" = [])), params(AccountsQuery),
    extensions(("x-roles" = json!(["admin"]))),
    responses((status = 200, body = Listed<StaffView>), Guarded)
)]
#[get("/admin/accounts")]
pub async fn list_accounts(
    app: Data<App>,
    _: Allowed<Admins>,
    Query(query): Query<AccountsQuery>,
) -> Result<HttpResponse, Problem> {
    let AccountsQuery { role, agency, active, limit, cursor } = query;
    let mut faults = Faults::default();
    let staff = [Role::Officer, Role::Leader, Role::Coordinator, Role::Steering, Role::Admin];
    let known = |raw: &str| Role::parse(raw).filter(|role| staff.contains(role));
    let roles = faults.words("/role", role.as_deref(), known, &staff, Role::as_str);
    let agencies = faults.agencies(agency.as_deref(), &app.catalogue());
    let filter = StaffFilter { roles, agencies, active: None };
    staff::list(&app, Some(filter), StaffPage { active, limit, cursor }, faults).await
}

/// Keeps an account from signing in: its sessions end, and its access tokens, here at once and on other servers within seconds.
#[utoipa::path(
    operation_id = "deactivate_account", tag = "admin", security(("bearer" = [])), params(StaffPath),
    extensions(("x-roles" = json!(["admin"]))),
    responses(
        (status = 200, body = StaffView),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json",
            description = "`own_account`; `last_administrator`"),
        Guarded,
    )
)]
#[post("/admin/accounts/{id}/deactivate")]
pub async fn deactivate_account(
    app: Data<App>,
    allowed: Allowed<Admins>,
    path: Path<StaffPath>,
) -> Result<HttpResponse, Problem> {
    staff::set_active(&app, &allowed.caller, &path, false).await
}

/// Lets an account sign in again.
#[utoipa::path(
    operation_id = "activate_account", tag = "admin", security(("bearer" = [])), params(StaffPath),
    extensions(("x-roles" = json!(["admin"]))),
    responses(
        (status = 200, body = StaffView),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json", description = "`own_account`"),
        Guarded,
    )
)]
#[post("/admin/accounts/{id}/activate")]
pub async fn activate_account(
    app: Data<App>,
    allowed: Allowed<Admins>,
    path: Path<StaffPath>,
) -> Result<HttpResponse, Problem> {
    staff::set_active(&app, &allowed.caller, &path, true).await
}

/// Makes another password for a member of staff, shown this once, to be changed at the next sign-in. All of their sessions end.
#[utoipa::path(
    operation_id = "reset_account_password", tag = "admin", security(("bearer" = [])), params(StaffPath),
    extensions(("x-roles" = json!(["admin"]))),
    responses(
        (status = 200, body = PasswordMade),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json", description = "`own_account`"),
        Guarded,
    )
)]
#[post("/admin/accounts/{id}/reset-password")]
pub async fn reset_account_password(
    app: Data<App>,
    allowed: Allowed<Admins>,
    path: Path<StaffPath>,
) -> Result<HttpResponse, Problem> {
    staff::make_password(&app, &allowed.caller, &path).await
}

/// Takes the second factor of somebody away who has lost their authenticator. All of their sessions end.
#[utoipa::path(
    operation_id = "reset_account_second_factor", tag = "admin", security(("bearer" = [])), params(StaffPath),
    extensions(("x-roles" = json!(["admin"]))),
    responses(
        (status = 200, body = StaffView),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json",
            description = "`own_account`; `no_second_factor`"),
        Guarded,
    )
)]
#[post("/admin/accounts/{id}/reset-second-factor")]
pub async fn reset_account_second_factor(
    app: Data<App>,
    allowed: Allowed<Admins>,
    path: Path<StaffPath>,
) -> Result<HttpResponse, Problem> {
    staff::forget_factor(&app, &allowed.caller, &path).await
}
