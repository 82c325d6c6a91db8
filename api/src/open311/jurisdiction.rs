//! What every request says: the form it is to be answered in, and whose authority it speaks to.

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use serde::Deserialize;
use utoipa::IntoParams;

use super::format::Format;
use crate::{
    app::App,
    auth::app_of,
    language::Language,
    problem::{Code, Problem},
    query::Query,
};

/// Whose authority.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct JurisdictionQuery {
    /// The authority that the client speaks to; it need not be named.
    #[param(example = "bacninh.gov.vn")]
    jurisdiction_id: Option<String>,
}

/// The form and the language of the answer to a request that speaks to us.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// JSON or XML.
    pub(super) format: Format,
    /// Of what people read: Vietnamese, or English on `Accept-Language: en`.
    pub(super) language: Language,
}

/// Whether the authority that a client names is ours, or none was named.
///
/// # Errors
/// [`Code::WrongJurisdiction`].
pub(super) fn is_ours(app: &App, named: Option<&str>) -> Result<(), Problem> {
    let named = named.map(str::trim).filter(|named| !named.is_empty());
    if named.is_none_or(|named| named.eq_ignore_ascii_case(app.open311.jurisdiction())) {
        return Ok(());
    }
    Err(Problem::new(Code::WrongJurisdiction))
}

impl FromRequest for Asked {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let mut asked = || {
            let ending = request.match_info().get("format").and_then(Format::parse);
            let format = ending.ok_or_else(|| Problem::with(Code::NotFound, ".json, .xml"))?;
            let Query(query) = Query::<JurisdictionQuery>::from_request(request, payload).into_inner()?;
            is_ours(app_of(request)?, query.jurisdiction_id.as_deref())?;
            Ok(Self { format, language: Language::of(request) })
        };
        std::future::ready(asked())
    }
}
