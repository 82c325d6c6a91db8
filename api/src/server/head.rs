//! `HEAD`: what `GET` would answer, without its body. Load balancers and link checkers ask so, and no operation needs to know of it.

use actix_web::{
    Error,
    body::{BodySize, BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::Method,
    middleware::Next,
};

/// Answers `HEAD` as `GET`.
pub(super) async fn head(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let is_head = request.method() == Method::HEAD;
    if is_head {
        request.head_mut().method = Method::GET;
    }
    let response = next.call(request).await?.map_into_boxed_body();
    // The connection knows what was asked and sends no body, but the length of it. A stream has none, and nobody to read it.
    let is_endless = is_head && response.response().body().size() == BodySize::Stream;
    Ok(if is_endless { response.map_body(|_, _| BoxBody::new(())) } else { response })
}
