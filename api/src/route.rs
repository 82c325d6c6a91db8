//! Which operation a request is for, found once and by one table: actix looks through all of them, by a regular expression each.

use std::sync::Arc;

use actix_web::{HttpMessage, HttpRequest, dev::ResourceDef, http::Method, web::Data};
use utoipa::openapi::OpenApi;

/// The paths of the contract, with the methods that each takes.
pub(crate) struct Routes {
    table: matchit::Router<Path>,
    /// Those with two values between two slashes, which the table does not take.
    others: Vec<(ResourceDef, Path)>,
}

struct Path {
    pattern: Arc<str>,
    methods: Vec<Method>,
}

impl Routes {
    /// Those of the contract.
    pub(crate) fn of(document: &OpenApi) -> Self {
        let mut routes = Self { table: matchit::Router::new(), others: Vec::new() };
        for (pattern, item) in &document.paths.paths {
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
            let methods: Vec<Method> = taken.collect();
            let path = || Path { pattern: Arc::from(pattern.as_str()), methods: methods.clone() };
            if routes.table.insert(pattern, path()).is_err() {
                routes.others.push((ResourceDef::new(pattern.as_str()), path()));
            }
        }
        routes
    }

    fn find(&self, path: &str) -> Option<&Path> {
        let in_table = self.table.at(path).ok().map(|found| found.value);
        in_table.or_else(|| self.others.iter().find(|(pattern, _)| pattern.is_match(path)).map(|(_, path)| path))
    }

    /// The methods of a path; none where there is no such path.
    pub(crate) fn methods(&self, path: &str) -> &[Method] {
        self.find(path).map_or(&[], |found| &found.methods)
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
    let found = match routes.and_then(|routes| routes.find(request.path())) {
        Some(found) => Some(Arc::clone(&found.pattern)),
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
        let contract = contract();
        let routes = Routes::of(&contract);
        for path in contract.paths.paths.keys() {
            let asked = path.replace("{format}", "json").replace(['{', '}'], "");
            let found = routes.find(&asked).unwrap();
            assert_eq!((&*found.pattern, found.methods.is_empty()), (path.as_str(), false));
        }
        assert!(routes.methods("/api/v1/nowhere").is_empty());
    }
}
