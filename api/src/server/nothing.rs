//! What is no operation: 404 where there is no such path, 405 with `Allow` where it takes other methods (RFC 9110, 15.5.6).

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse,
    dev::ServiceResponse,
    http::{
        Method,
        header::{ALLOW, HeaderValue},
    },
    web::Data,
};

use crate::{
    problem::{Code, Problem},
    route::Routes,
};

/// The methods that the path of a request takes.
struct Allowed(String);

/// Answers what no operation takes.
pub(super) async fn nothing(request: HttpRequest, routes: Data<Routes>) -> Result<HttpResponse, Problem> {
    let methods: Vec<&str> = routes.methods(request.path()).iter().map(Method::as_str).collect();
    if methods.is_empty() {
        return Err(Problem::new(Code::NotFound));
    }
    let allowed = methods.join(", ");
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
