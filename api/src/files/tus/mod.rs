//! Files that come piece by piece: the tus protocol, version 1.0.0, with creation, termination, checksum and expiration
//! (<https://tus.io/protocols/resumable-upload>).
//!
//! The id in the address of an upload is the one that it is attached by once it is whole. Which server a piece comes to does not matter:
//! pieces lie in the object store, and how far a file has come is in the database.

mod calls;
mod checksum;
mod finish;
mod headers;
mod writer;

use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{Method, header},
    middleware::Next,
};

pub use calls::{begin_upload, end_upload, send_part, upload_options, upload_state};

/// The version of the protocol.
pub const VERSION: &str = "1.0.0";

/// Whether a path is of the protocol: all answers there say so, also those that are problems.
pub fn is_tus(path: &str) -> bool {
    path.strip_prefix("/api/v1/uploads/tus").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// `X-HTTP-Method-Override`, for clients and proxies that know no `PATCH`; nowhere else.
///
/// # Errors
/// As the request.
pub async fn tus_method(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if is_tus(request.path()) && request.method() == Method::POST {
        let named = request.headers().get(header::HeaderName::from_static("x-http-method-override"));
        let meant =
            named.and_then(|name| [Method::PATCH, Method::DELETE].into_iter().find(|method| method.as_str() == name));
        if let Some(method) = meant {
            request.head_mut().method = method;
        }
    }
    next.call(request).await
}
