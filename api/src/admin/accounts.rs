//! `POST /api/v1/admin/accounts`.

use actix_web::{HttpResponse, post, web::Data};
use domain::{
    account::{Actor, Login, Role},
    change::{Change, ChangeKind},
    code::AgencyCode,
    id::AccountId,
    text::FullName,
};
use persistence::Account;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::{
    answers::Guarded,
    app::App,
    auth::{AccountView, Admins, Allowed, Caller, Passwords, password_fault},
    body::Body,
    clock,
    field::{Faults, Field},
    problem::{FaultCode, Problem, ProblemDetails},
};

/// A member of staff.
#[derive(Debug, Deserialize, ToSchema)]
pub struct StaffBody {
    /// A login name (3 to 64 of `a-z 0-9 . - _`, beginning with a letter), a phone number or an e-mail address.
    #[serde(default)]
    #[schema(value_type = String, example = "canbo.256")]
    login: Field<String>,
    /// The person's name.
    #[serde(default)]
    #[schema(value_type = String, max_length = 200)]
    full_name: Field<String>,
    /// `officer`, `leader`, `coordinator`, `steering` or `admin`.
    #[serde(default)]
    #[schema(value_type = String, example = "officer")]
    role: Field<String>,
    /// The agency of an officer or leader.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "ubnd-256")]
    agency: Field<String>,
    /// At least 8 characters; one is made unless given, and must be changed at the first sign-in.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 8, max_length = 256)]
    password: Field<String>,
}

/// An account that was made.
#[derive(Debug, Serialize, ToSchema)]
pub struct StaffCreated {
    account: AccountView,
    /// The password that was made, shown this once; `null` where the request gave one.
    password: Option<String>,
}

/// A member of staff, checked.
pub(crate) struct NewStaff {
    pub(crate) login: Login,
    pub(crate) full_name: FullName,
    pub(crate) role: Role,
    pub(crate) agency: Option<AgencyCode>,
    pub(crate) password: Option<String>,
}

fn parse(body: StaffBody, app: &App) -> Result<NewStaff, Problem> {
    let StaffBody { login, full_name, role, agency, password } = body;
    let catalogue = app.catalogue();
    let directory = &catalogue.catalogue.directory;
    let mut faults = Faults::default();
    let login = faults.login(login);
    let full_name = faults.required_text("/full_name", full_name, FullName::parse);
    // Citizens register themselves.
    let staff = [Role::Officer, Role::Leader, Role::Coordinator, Role::Steering, Role::Admin];
    let known = |raw: &str| Role::parse(raw).filter(|role| staff.contains(role));
    let role = faults.required("/role", role).and_then(|raw| faults.word("/role", &raw, known, &staff, Role::as_str));
    // A wrong one is an agency all the same: it is not missing as well.
    let has_agency = agency != Field::Absent;
    let agency = faults.optional("/agency", agency).and_then(|raw| {
        let code = AgencyCode::parse(&raw).ok();
        let code =
            code.filter(|code| directory.agency(code).is_some_and(|agency| agency.validity.covers(directory.day())));
        if code.is_none() {
            faults.add("/agency", FaultCode::UnknownAgency);
        }
        code
    });
    let own_desk = agency == Some(AgencyCode::coordinator());
    let fits = |role: Role| match role {
        Role::Coordinator => !has_agency || own_desk,
        Role::Citizen | Role::Officer | Role::Leader | Role::Steering | Role::Admin => {
            role.needs_agency() == has_agency && !own_desk
        }
    };
    if role.is_some_and(|role| !fits(role)) {
        faults.add("/agency", FaultCode::AgencyMismatch);
    }
    let password = faults.optional("/password", password);
    if let Some(password) = &password {
        password_fault(&mut faults, "/password", password, login.as_ref());
    }
    let values = login.zip(full_name).zip(role);
    faults.finish(values.map(|((login, full_name), role)| NewStaff { login, full_name, role, agency, password }))
}

/// Makes an account for a member of staff.
#[utoipa::path(
    operation_id = "create_account", tag = "admin", security(("bearer" = [])), request_body = StaffBody,
    extensions(("x-roles" = json!(["admin"]))),
    responses(
        (status = 201, body = StaffCreated),
        (status = 409, body = ProblemDetails, content_type = "application/problem+json", description = "`login_taken`"),
        Guarded,
    )
)]
#[post("/admin/accounts")]
pub async fn create_account(
    app: Data<App>,
    allowed: Allowed<Admins>,
    body: Body<StaffBody>,
) -> Result<HttpResponse, Problem> {
    let new = parse(body.value, &app)?;
    create_staff(&app, &allowed.caller, new).await
}

/// Makes the account for somebody who may, and answers with it.
pub(crate) async fn create_staff(app: &App, by: &Caller, new: NewStaff) -> Result<HttpResponse, Problem> {
    let (account, password) = add_staff(&app.store, &app.passwords, Some(by), new).await?;
    tracing::info!(target: "audit", { account.id = %account.id, role = %account.role, by = %by.account }, "account created");
    // A first officer opens a desk: petitions sent from now on may go there.
    if let Err(error) = app.refresh_catalogue().await {
        // The account exists, and its password is told this once; the catalogue is read again in a moment anyway.
        tracing::warn!(%error, "the catalogue could not be read again");
    }
    Ok(HttpResponse::Created().json(StaffCreated { account: AccountView::from(&account), password }))
}

/// A change of an account, about to be noted.
pub(crate) fn account_change(account: &Account, by: Option<AccountId>) -> Change {
    Change::new(clock::now(), &clock::id_randomness(), by, ChangeKind::Account, account.id)
}

/// What the list of changes says of an account: no name and no login, since the list is for good and a person may go.
pub(crate) fn may(account: &Account) -> Value {
    json!({ "role": account.role, "agency": account.actor.agency(), "active": account.is_active })
}

/// Makes the account; gives the password if the system made it. Who makes it is `None` on a command line.
pub(crate) async fn add_staff(
    store: &persistence::Store,
    passwords: &Passwords,
    by: Option<&Caller>,
    new: NewStaff,
) -> Result<(Account, Option<String>), Problem> {
    let NewStaff { login, full_name, role, agency, password } = new;
    let (password, made) = match password {
        Some(password) => (password, None),
        None => {
            let made = clock::password();
            (made.clone(), Some(made))
        }
    };
    let password_hash = passwords.hash(password).await?;
    let now = clock::now();
    let id = AccountId::new(now, &clock::id_randomness());
    let account = Account {
        id,
        login,
        password_hash,
        full_name: full_name.into_string(),
        actor: Actor::new(id, role, agency).map_err(Problem::internal)?,
        role,
        must_change_password: made.is_some(),
        is_active: true,
        created_at: now,
        verified_at: None,
        has_second_factor: false,
    };
    let mut unit = store.begin().await?;
    unit.add_accounts(std::slice::from_ref(&account)).await?;
    unit.note_change(&account_change(&account, by.map(|by| by.account)).between(None, Some(may(&account)))).await?;
    unit.commit().await?;
    Ok((account, made))
}
