//! Which operation a request is for, found once: looking for it goes through all of them.

use std::rc::Rc;

use actix_web::{HttpMessage, HttpRequest};

/// What was found.
struct Route(Option<Rc<str>>);

/// The pattern of the route that a request is for, as the contract has it: there are as many as operations, whatever is asked for. `None` where
/// there is no such route.
pub(crate) fn route_of(request: &HttpRequest) -> Option<Rc<str>> {
    if let Some(Route(found)) = request.extensions().get() {
        return found.clone();
    }
    let found: Option<Rc<str>> = request.match_pattern().map(Rc::from);
    request.extensions_mut().insert(Route(found.clone()));
    found
}
