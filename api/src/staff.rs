//! Keeping the accounts of staff: what administrators do for all of them, and leaders for the officers of their agency.
//!
//! Whom somebody keeps is the domain's to say ([`keeps`]); nobody else's account exists for them.

use actix_web::HttpResponse;
use domain::{
    account::{Role, keeps},
    id::AccountId,
    time::Instant,
};
use persistence::{Account, StaffFilter};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    admin::{account_change, may},
    app::App,
    auth::{AccountView, Caller},
    clock,
    field::Faults,
    listed::Listed,
    problem::{Code, Problem},
};

/// The account of a member of staff, as those see it who keep it.
#[derive(Debug, Serialize, ToSchema)]
pub struct StaffView {
    #[serde(flatten)]
    account: AccountView,
    /// Whether it may sign in.
    active: bool,
    /// When it was made.
    created_at: String,
}

impl From<&Account> for StaffView {
    fn from(account: &Account) -> Self {
        Self {
            account: AccountView::from(account),
            active: account.is_active,
            created_at: account.created_at.to_local_rfc3339(),
        }
    }
}

/// A password that was made for somebody, shown this once; it must be changed at the next sign-in.
#[derive(Debug, Serialize, ToSchema)]
pub struct PasswordMade {
    /// The account.
    account: StaffView,
    /// The password.
    password: String,
}

/// Which account.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct StaffPath {
    /// Its id.
    #[param(value_type = Uuid)]
    id: String,
}

/// Which page.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StaffPage {
    /// Only those that may sign in (`true`), or may not (`false`).
    #[param(value_type = Option<bool>)]
    pub(crate) active: Option<String>,
    /// How many, 1 to 100; 20 unless given.
    #[param(value_type = Option<u32>)]
    pub(crate) limit: Option<String>,
    /// `next_cursor` of the page before.
    pub(crate) cursor: Option<String>,
}

/// A page of the accounts of a filter, the newest first.
pub(crate) async fn list(
    app: &App,
    filter: Option<StaffFilter>,
    page: StaffPage,
    mut faults: Faults,
) -> Result<HttpResponse, Problem> {
    let limit = faults.limit(page.limit.as_deref());
    let before = faults.id_cursor(page.cursor.as_deref()).map(AccountId);
    let active = faults.flag("/active", page.active.as_deref());
    let filter = StaffFilter { active, ..faults.finish(filter)? };
    let found = app.store.staff(&filter, before, limit + 1).await?;
    let page = Listed::of(found, limit, |account| account.id.0.to_string());
    Ok(HttpResponse::Ok().json(page.map(|account| StaffView::from(&account))))
}

/// An account that the caller keeps, and that is not their own.
async fn kept(app: &App, caller: &Caller, path: &StaffPath) -> Result<Account, Problem> {
    let not_found = || Problem::new(Code::NotFound);
    let id = path.id.parse::<Uuid>().map(AccountId).map_err(|_| not_found())?;
    let account = app.store.account(id).await?.ok_or_else(not_found)?;
    let agency = account.role.needs_agency().then(|| account.actor.agency()).flatten();
    if !keeps(&caller.actor, account.role, agency.as_ref()) {
        return Err(not_found());
    }
    if account.id == caller.account {
        return Err(Problem::new(Code::OwnAccount));
    }
    Ok(account)
}

/// After a change of who may sign in: here at once, on other servers within seconds.
async fn told(app: &App) {
    app.refresh_revoked().await;
    // A desk may have opened or closed with it.
    if let Err(error) = app.refresh_catalogue().await {
        tracing::warn!(%error, "the catalogue could not be read again; tried again soon");
    }
}

/// Lets an account sign in, or no more: then its sessions and access tokens end.
pub(crate) async fn set_active(
    app: &App,
    caller: &Caller,
    path: &StaffPath,
    active: bool,
) -> Result<HttpResponse, Problem> {
    let mut account = kept(app, caller, path).await?;
    let now = clock::now();
    let mut unit = app.store.begin().await?;
    let changed = unit.set_active(&account, active, now).await?;
    if changed {
        let before = may(&account);
        account.is_active = active;
        let change = account_change(&account, Some(caller.account)).between(Some(before), Some(may(&account)));
        unit.note_change(&change).await?;
    }
    if account.role == Role::Admin && !unit.has_active(Role::Admin).await? {
        return Err(Problem::new(Code::LastAdministrator));
    }
    unit.commit().await?;
    if changed {
        tracing::info!(target: "audit", { account.id = %account.id, active, by = %caller.account }, "account changed");
        told(app).await;
    }
    account.is_active = active;
    Ok(HttpResponse::Ok().json(StaffView::from(&account)))
}

/// Makes another password for somebody who has lost theirs. All of their sessions end.
pub(crate) async fn make_password(app: &App, caller: &Caller, path: &StaffPath) -> Result<HttpResponse, Problem> {
    let mut account = kept(app, caller, path).await?;
    let password = clock::password();
    let hash = app.passwords.hash(password.clone()).await?;
    change(app, &account, caller, "password made", async |unit, now| {
        unit.set_password(account.id, &hash, true).await?;
        Ok(unit.end_sessions_of(account.id, now).await?)
    })
    .await?;
    account.must_change_password = true;
    Ok(HttpResponse::Ok().json(PasswordMade { account: StaffView::from(&account), password }))
}

/// Takes the second factor away from somebody who has lost the authenticator. All of their sessions end.
pub(crate) async fn forget_factor(app: &App, caller: &Caller, path: &StaffPath) -> Result<HttpResponse, Problem> {
    let mut account = kept(app, caller, path).await?;
    change(app, &account, caller, "second factor taken away", async |unit, now| {
        if !unit.forget_second_factor(account.id).await? {
            return Err(Problem::new(Code::NoSecondFactor));
        }
        Ok(unit.end_sessions_of(account.id, now).await?)
    })
    .await?;
    account.has_second_factor = false;
    Ok(HttpResponse::Ok().json(StaffView::from(&account)))
}

async fn change(
    app: &App,
    account: &Account,
    caller: &Caller,
    what: &'static str,
    work: impl AsyncFnOnce(&mut persistence::UnitOfWork, Instant) -> Result<(), Problem>,
) -> Result<(), Problem> {
    let mut unit = app.store.begin().await?;
    work(&mut unit, clock::now()).await?;
    unit.commit().await?;
    tracing::info!(target: "audit", { account.id = %account.id, by = %caller.account }, "{what}");
    app.refresh_revoked().await;
    Ok(())
}
