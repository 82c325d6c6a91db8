//! Extractors that let a caller in. A handler without one of them is public; its operation must say so in the contract.

use std::{future::Ready, marker::PhantomData};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, http::header, web::Data};
use domain::{
    account::{Actor, Role},
    id::{AccountId, SessionId},
};

use super::api_keys;
use crate::{
    app::App,
    problem::{Code, Problem},
    route::route_of,
};

/// Who is calling.
#[derive(Debug, Clone)]
pub struct Caller {
    /// As the domain knows them.
    pub actor: Actor,
    /// The account.
    pub account: AccountId,
    /// The role.
    pub role: Role,
    /// The session.
    pub session: SessionId,
    /// Whether they may do nothing but change the password.
    pub must_change_password: bool,
    /// Whether their account has a second factor.
    pub has_second_factor: bool,
    /// When their access token ends, since 1970.
    pub expires_at: std::time::Duration,
}

/// A set of roles.
pub trait Audience {
    /// The roles.
    const ROLES: &'static [Role];
}

macro_rules! audience {
    ($($(#[$doc:meta])* $name:ident = $($role:ident)|+;)+) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy)]
            pub struct $name;
            impl Audience for $name {
                const ROLES: &'static [Role] = &[$(Role::$role),+];
            }
        )+
    };
}

audience! {
    /// Those who send petitions.
    Citizens = Citizen;
    /// Those who sit at a desk.
    Staff = Officer | Leader | Coordinator;
    /// Those who sit at an agency's desk.
    Desks = Officer | Leader;
    /// Those who keep their agency's officers.
    Leaders = Leader;
    /// Those who approve answers and promise them for later.
    Approvers = Leader | Coordinator;
    /// Those who may read rates.
    RateReaders = Steering | Officer | Leader | Coordinator | Admin;
    /// Those who keep accounts and catalogue.
    Admins = Admin;
    /// Those for whom there are petitions at all.
    PetitionReaders = Citizen | Officer | Leader | Coordinator;
    /// Those who route and reject.
    Coordinators = Coordinator;
    /// Those who make keys for agencies' own systems.
    KeyKeepers = Leader | Admin;
}

/// A caller of one of the audience's roles, whose password is their own.
#[derive(Debug, Clone)]
pub struct Allowed<A> {
    /// Who.
    pub caller: Caller,
    audience: PhantomData<A>,
}

/// A caller of any role, even one whose password must be changed first.
#[derive(Debug, Clone)]
pub struct SignedIn(pub Caller);

impl Caller {
    /// Whether they may do more than what lifts this: change the password, set up a second factor.
    ///
    /// # Errors
    /// [`Code::PasswordChangeRequired`], [`Code::SecondFactorSetupRequired`].
    pub(super) fn is_free(&self, app: &App) -> Result<(), Problem> {
        if self.must_change_password {
            return Err(Problem::new(Code::PasswordChangeRequired));
        }
        if app.lacks_second_factor(self.role, self.has_second_factor) {
            return Err(Problem::new(Code::SecondFactorSetupRequired));
        }
        Ok(())
    }
}

/// The application that a request came to.
pub(crate) fn app_of(request: &HttpRequest) -> Result<&Data<App>, Problem> {
    request.app_data::<Data<App>>().ok_or_else(|| Problem::internal("the application is not attached"))
}

/// Who is calling. A token is checked once in a request, however many ask.
pub(crate) fn caller(request: &HttpRequest) -> Result<Caller, Problem> {
    if let Some(caller) = request.extensions().get::<Caller>() {
        return Ok(caller.clone());
    }
    let header = request.headers().get(header::AUTHORIZATION).ok_or_else(|| Problem::new(Code::Unauthenticated))?;
    let text = header.to_str().map_err(|_| Problem::new(Code::InvalidToken))?;
    let (scheme, token) = text.split_once(' ').ok_or_else(|| Problem::new(Code::InvalidToken))?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Problem::new(Code::InvalidToken));
    }
    let (app, token) = (app_of(request)?, token.trim());
    let caller = if token.starts_with(api_keys::PREFIX) {
        app.api_keys.caller(token, request.method(), route_of(request).as_deref())?
    } else {
        app.keys.verify(token)?
    };
    if app.revoked.has(caller.session, caller.account) {
        return Err(Problem::new(Code::InvalidToken));
    }
    request.extensions_mut().insert(caller.account);
    request.extensions_mut().insert(caller.clone());
    Ok(caller)
}

impl FromRequest for SignedIn {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(caller(request).map(Self))
    }
}

impl<A: Audience> FromRequest for Allowed<A> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(caller(request).and_then(|caller| {
            caller.is_free(app_of(request)?)?;
            if !A::ROLES.contains(&caller.role) {
                return Err(Problem::new(Code::Forbidden));
            }
            Ok(Self { caller, audience: PhantomData })
        }))
    }
}
