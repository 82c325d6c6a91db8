//! Which operation a request is for, found once and by one table: actix looks through all of them, by a regular expression each.

use std::sync::Arc;

use actix_web::{HttpMessage, HttpRequest, http::Method, web::Data};
use utoipa::openapi::OpenApi;

/// The paths of the contract, with the methods that each takes.
pub(crate) struct Routes(matchit::Router<Path>);

struct Path {
    pattern: Arc<str>,
    methods: Vec<Method>,
}

impl Routes {
    /// Those of the contract.
    pub(crate) fn of(document: &OpenApi) -> Self {
        let mut routes = matchit::Router::new();
        for (path, item) in &document.paths.paths {
            let methods = [
                (Method::GET, item.get.is_some()),
                // What is read has a head: `server/head.rs`.
                (Method::HEAD, item.get.is_some()),
                (Method::POST, item.post.is_some()),
                (Method::PUT, item.put.is_some()),
                (Method::PATCH, item.patch.is_some()),
                (Method::DELETE, item.delete.is_some()),
                (Method::OPTIONS, item.options.is_some()),
            ];
            let taken = methods.into_iter().filter(|(_, is_taken)| *is_taken).map(|(method, _)| method);
            let inserted = routes.insert(path, Path { pattern: Arc::from(path.as_str()), methods: taken.collect() });
            if let Err(error) = inserted {
                // It is found nevertheless, as what is not in the contract.
                tracing::error!(%error, path, "a path of the contract is in the way of another");
            }
        }
        Self(routes)
    }

    /// The methods of a path; none where there is no such path.
    pub(crate) fn methods(&self, path: &str) -> &[Method] {
        self.0.at(path).map_or(&[], |found| &found.value.methods)
    }
}

/// What was found.
struct Route(Option<Arc<str>>);

/// The pattern of the route that a request is for, as the contract has it: there are as many as operations, whatever is asked for. `None` where
/// there is no such route.
pub(crate) fn route_of(request: &HttpRequest) -> Option<Arc<str>> {
    if let Some(Route(found)) = request.extensions().get() {
        return found.clone();
    }
    let routes = request.app_data::<Data<Routes>>();
    let found = match routes.and_then(|routes| routes.0.at(request.path()).ok()) {
        Some(found) => Some(Arc::clone(&found.value.pattern)),
        // What is not in the contract: pages, and what they load.
        None => request.match_pattern().map(Arc::from),
    };
    request.extensions_mut().insert(Route(found.clone()));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::contract;

    #[test]
    fn each_path_of_the_contract_is_found() {
        let routes = Routes::of(contract());
        for path in contract().paths.paths.keys() {
            let asked: Vec<&str> =
                path.split('/').map(|part| if part.starts_with('{') { "PAKN.20220831.000042" } else { part }).collect();
            let asked = asked.join("/");
            let found = routes.0.at(&asked).unwrap();
            assert_eq!(*found.value.pattern, **path);
            assert!(!found.value.methods.is_empty());
        }
        assert!(routes.methods("/api/v1/nowhere").is_empty());
    }
}
