//! An extractor for what everybody may read, and some more of.

use std::future::Ready;

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header};

use super::caller::{Caller, SignedIn, app_of};
use crate::problem::Problem;

/// Somebody who is signed in, whose password is their own, or nobody in particular. Who shows a token that is none is told so: they
/// would take the public's answer for their own.
#[derive(Debug, Clone)]
pub struct Anyone(pub Option<Caller>);

impl FromRequest for Anyone {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        if !request.headers().contains_key(header::AUTHORIZATION) {
            return std::future::ready(Ok(Self(None)));
        }
        let caller = SignedIn::from_request(request, payload).into_inner();
        std::future::ready(caller.and_then(|SignedIn(caller)| {
            caller.is_free(app_of(request)?)?;
            Ok(Self(Some(caller)))
        }))
    }
}
