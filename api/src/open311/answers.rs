//! What operations may answer with, for the contract: the errors, and that each answer comes as XML as well.

use utoipa::{
    IntoResponses,
    openapi::{
        Content, ObjectBuilder, OpenApi, RefOr,
        schema::{SchemaType, Type},
    },
};

use super::errors::Open311Errors;

/// What every operation for reading may answer.
#[derive(IntoResponses)]
pub enum Reading {
    /// A parameter is wrong: each is named
    #[response(status = 400, content_type = "application/json")]
    Wrong(Open311Errors),
    /// The `jurisdiction_id` is another authority's, there is no such thing, or not in such a form
    #[response(status = 404, content_type = "application/json")]
    NotFound(Open311Errors),
    /// Too many requests; with `Retry-After`
    #[response(status = 429, content_type = "application/json")]
    TooMany(Open311Errors),
    /// The database cannot be reached, or is busy; with `Retry-After`
    #[response(status = 503, content_type = "application/json")]
    Unavailable(Open311Errors),
}

/// Says of every answer of Open311 that there is one in XML too.
pub fn also_in_xml(document: &mut OpenApi) {
    let under = document.paths.paths.iter_mut().filter(|(path, _)| path.starts_with("/open311/"));
    for (_, item) in under {
        for operation in [&mut item.get, &mut item.post].into_iter().flatten() {
            for response in operation.responses.responses.values_mut() {
                let RefOr::T(response) = response else { continue };
                let text = ObjectBuilder::new().schema_type(SchemaType::new(Type::String)).build();
                response.content.insert("text/xml".to_owned(), RefOr::T(Content::new(Some(text))));
            }
        }
    }
}
