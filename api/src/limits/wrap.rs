//! What wraps every request: a request that has a limit takes a token of it, and its answer says how many there are left.

use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header,
    middleware::Next,
};

use super::{Fields, Limit, Standing, limit::Action};
use crate::{
    app::App,
    auth::{app_of, caller},
    route::route_of,
    visit::Visit,
};

/// Takes the tokens of a request, of all of its limits or up to the first that has none.
async fn take(app: &App, request: &ServiceRequest) -> Result<Vec<Standing>, crate::problem::Problem> {
    let Some(route) = route_of(request.request()) else { return Ok(Vec::new()) };
    let searches = || {
        let parameters = request.query_string().split('&');
        parameters.filter_map(|pair| pair.strip_prefix("q=")).any(|words| !words.is_empty())
    };
    let Some(action) = Action::of(request.method(), &route, searches()) else { return Ok(Vec::new()) };
    let visit = Visit::of(request.request(), app.trusted_hops);
    // A token that is none is told so by the operation, if it asks for one.
    let signed_in = request.headers().contains_key(header::AUTHORIZATION);
    let caller = if signed_in { caller(request.request()).ok() } else { None };
    let mut standings = Vec::new();
    if let Some((caller, limit)) = caller.as_ref().zip(action.by_account()) {
        standings.extend(app.limits.take(app, limit, caller.account.0.as_bytes()).await?);
    }
    let by_address = action.by_address(caller.is_some());
    if by_address.is_some() && visit.through_unknown_proxy {
        app.limits.note_unknown_proxy();
    }
    if let Some(limit) = by_address.filter(|_| visit.address.is_clients) {
        standings.extend(app.limits.take(app, limit, &visit.address.bytes()).await?);
    }
    Ok(standings)
}

/// Holds a request against its limits.
pub(crate) async fn limit(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let app = app_of(request.request())?.clone();
    let standings = take(&app, &request).await?;
    let mut response = next.call(request).await?;
    // An operation that counts somebody by itself says so, and that is nearer to them.
    if !standings.is_empty() && !Fields::are_in(response.headers()) {
        Fields::of(&standings).add_to(response.headers_mut());
    }
    Ok(response)
}

impl super::Limits {
    /// Takes a token for a sign-in with that login, whether there is such an account or not.
    ///
    /// # Errors
    /// [`crate::problem::Code::TooManyRequests`] with how long to wait.
    pub(crate) async fn sign_in_of(&self, app: &App, login: &str) -> Result<(), crate::problem::Problem> {
        self.take(app, Limit::SignInLogin, login.as_bytes()).await.map(|_| ())
    }
}
