//! What is no operation: 404 where there is no such path, 405 with `Allow` where it takes other methods (RFC 9110, 15.5.6).

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse,
    dev::{ResourceDef, ServiceResponse},
    http::{
        Method,
        header::{ALLOW, HeaderValue},
    },
    web::Data,
};
use utoipa::openapi::OpenApi;

use crate::problem::{Code, Problem};

/// The paths there are, with the methods that each takes.
#[derive(Clone)]
pub(super) struct Paths(Vec<(ResourceDef, Vec<Method>)>);

/// The methods that the path of a request takes.
struct Allowed(String);

impl Paths {
    /// Those of the contract.
    pub(super) fn of(document: &OpenApi) -> Self {
        let paths = document.paths.paths.iter().map(|(path, item)| {
            let methods = [
                (Method::GET, item.get.is_some()),
                // What is read has a head: `head.rs`.
                (Method::HEAD, item.get.is_some()),
                (Method::POST, item.post.is_some()),
                (Method::PUT, item.put.is_some()),
                (Method::PATCH, item.patch.is_some()),
                (Method::DELETE, item.delete.is_some()),
                (Method::OPTIONS, item.options.is_some()),
            ];
            let taken = methods.into_iter().filter(|(_, is_taken)| *is_taken).map(|(method, _)| method);
            (ResourceDef::new(path.as_str()), taken.collect())
        });
        Self(paths.collect())
    }

    /// `Allow` of a path; `None` where there is no such path.
    fn allowed(&self, path: &str) -> Option<String> {
        // `start` is no id where there is an operation of that name.
        let is_itself = self.0.iter().any(|(pattern, _)| pattern.pattern() == Some(path));
        let matching = self
            .0
            .iter()
            .filter(|(pattern, _)| if is_itself { pattern.pattern() == Some(path) } else { pattern.is_match(path) });
        let methods: Vec<&str> = matching.flat_map(|(_, methods)| methods).map(Method::as_str).collect();
        (!methods.is_empty()).then(|| methods.join(", "))
    }
}

/// Answers what no operation takes.
pub(super) async fn nothing(request: HttpRequest, paths: Data<Paths>) -> Result<HttpResponse, Problem> {
    let Some(allowed) = paths.allowed(request.path()) else { return Err(Problem::new(Code::NotFound)) };
    let problem = Problem::with(Code::MethodNotAllowed, allowed.clone());
    request.extensions_mut().insert(Allowed(allowed));
    Err(problem)
}

/// Says in the header of a refusal what would be taken.
pub(super) fn tell_allowed<B>(response: &mut ServiceResponse<B>) {
    let allowed =
        response.request().extensions().get::<Allowed>().and_then(|allowed| HeaderValue::from_str(&allowed.0).ok());
    if let Some(allowed) = allowed {
        response.headers_mut().insert(ALLOW, allowed);
    }
}
