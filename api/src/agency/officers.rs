//! `/api/v1/agency/officers`: a leader keeps the accounts of the agency's officers.

use actix_web::{HttpResponse, get, post, web::Data, web::Path};
use domain::{account::Role, text::FullName};
use persistence::StaffFilter;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    admin::{NewStaff, StaffCreated, create_staff},
    answers::Guarded,
    app::App,
    auth::{Allowed, Leaders, password_fault},
    body::Body,
    field::{Faults, Field},
    listed::Listed,
    problem::{Problem, ProblemDetails},
    query::Query,
    staff::{self, PasswordMade, StaffPage, StaffPath, StaffView},
};

/// An officer to be.
#[derive(Debug, Deserialize, ToSchema)]
pub struct OfficerBody {
    /// A login name (3 to 64 of `a-z 0-9 . - _`, beginning with a letter), a phone number or an e-mail address.
    #[serde(default)]
    #[schema(value_type = String, example = "canbo.256")]
    login: Field<String>,
    /// The person's name.
    #[serde(default)]
    #[schema(value_type = String, max_length = 200)]
    full_name: Field<String>,
    /// At least 8 characters; one is made unless given, and must be changed at the first sign-in.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 8, max_length = 256)]
    password: Field<String>,
}

/// Makes an account for an officer of the caller's agency.
#[utoipa::path(
    operation_id = "create_officer", tag = "agency", security(("bearer" = [])), request_body = OfficerBody,
    extensions(("x-roles" = json!(["leader"]))),
    responses(
        (status = 201, body = StaffCreated),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json", description = "`login_taken`"),
        Guarded,
    )
)]
#[post("/agency/officers")]
pub async fn create_officer(
    app: Data<App>,
    allowed: Allowed<Leaders>,
    body: Body<OfficerBody>,
) -> Result<HttpResponse, Problem> {
    let OfficerBody { login, full_name, password } = body.value;
    let mut faults = Faults::default();
    let login = faults.login(login);
    let full_name = faults.required_text("/full_name", full_name, FullName::parse);
    let password = faults.optional("/password", password);
    if let Some(password) = &password {
        password_fault(&mut faults, "/password", password, login.as_ref());
    }
    let (login, full_name) = faults.finish(login.zip(full_name))?;
    let agency = allowed.caller.actor.agency();
    create_staff(&app, &allowed.caller, NewStaff { login, full_name, role: Role::Officer, agency, password }).await
}

/// The officers of the caller's agency, also those who may not sign in, the newest first.
#[utoipa::path(
    operation_id = "list_officers", tag = "agency", security(("bearer" = [])), params(StaffPage),
    extensions(("x-roles" = json!(["leader"]))),
    responses((status = 200, body = Listed<StaffView>), Guarded)
)]
#[get("/agency/officers")]
pub async fn list_officers(
    app: Data<App>,
    allowed: Allowed<Leaders>,
    Query(page): Query<StaffPage>,
) -> Result<HttpResponse, Problem> {
    let agency = allowed.caller.actor.agency();
    let agency = agency.ok_or_else(|| Problem::internal("a leader without an agency"))?;
    let filter = StaffFilter { roles: vec![Role::Officer], agencies: vec![agency], active: None };
    staff::list(&app, Some(filter), page, Faults::default()).await
}

/// Keeps an officer of the caller's agency from signing in: their sessions end, and their access tokens, here at once and on other servers within seconds.
#[utoipa::path(
    operation_id = "deactivate_officer", tag = "agency", security(("bearer" = [])), params(StaffPath),
    extensions(("x-roles" = json!(["leader"]))),
    responses(
        (status = 200, body = StaffView),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json",
            description = "`own_account`"),
        Guarded,
    )
)]
#[post("/agency/officers/{id}/deactivate")]
pub async fn deactivate_officer(
    app: Data<App>,
    allowed: Allowed<Leaders>,
    path: Path<StaffPath>,
) -> Result<HttpResponse, Problem> {
    staff::set_active(&app, &allowed.caller, &path, false).await
}

/// Lets an officer of the caller's agency sign in again.
#[utoipa::path(
    operation_id = "activate_officer", tag = "agency", security(("bearer" = [])), params(StaffPath),
    extensions(("x-roles" = json!(["leader"]))),
    responses(
        (status = 200, body = StaffView),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json", description = "`own_account`"),
        Guarded,
    )
)]
#[post("/agency/officers/{id}/activate")]
pub async fn activate_officer(
    app: Data<App>,
    allowed: Allowed<Leaders>,
    path: Path<StaffPath>,
) -> Result<HttpResponse, Problem> {
    staff::set_active(&app, &allowed.caller, &path, true).await
}

/// Makes another password for an officer of the caller's agency, shown this once, to be changed at the next sign-in. All of their sessions end.
#[utoipa::path(
    operation_id = "reset_officer_password", tag = "agency", security(("bearer" = [])), params(StaffPath),
    extensions(("x-roles" = json!(["leader"]))),
    responses(
        (status = 200, body = PasswordMade),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json", description = "`own_account`"),
        Guarded,
    )
)]
#[post("/agency/officers/{id}/reset-password")]
pub async fn reset_officer_password(
    app: Data<App>,
    allowed: Allowed<Leaders>,
    path: Path<StaffPath>,
) -> Result<HttpResponse, Problem> {
    staff::make_password(&app, &allowed.caller, &path).await
}

/// Takes the second factor of an officer of the caller's agency away, who has lost the authenticator. All of their sessions end.
#[utoipa::path(
    operation_id = "reset_officer_second_factor", tag = "agency", security(("bearer" = [])), params(StaffPath),
    extensions(("x-roles" = json!(["leader"]))),
    responses(
        (status = 200, body = StaffView),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json",
            description = "`own_account`; `no_second_factor`"),
        Guarded,
    )
)]
#[post("/agency/officers/{id}/reset-second-factor")]
pub async fn reset_officer_second_factor(
    app: Data<App>,
    allowed: Allowed<Leaders>,
    path: Path<StaffPath>,
) -> Result<HttpResponse, Problem> {
    staff::forget_factor(&app, &allowed.caller, &path).await
}
