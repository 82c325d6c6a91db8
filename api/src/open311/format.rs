//! The two forms of an answer: JSON, and XML with the names of the specification.

use actix_web::{HttpResponse, http::StatusCode};
use serde::Serialize;
use utoipa::ToSchema;

use super::xml;
use crate::problem::Problem;

/// The form of an answer, as the address of the request ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum Format {
    /// `application/json`.
    Json,
    /// `text/xml`.
    Xml,
}

/// What an answer is of: the name of its root element; of a list, [`xml::singular`] has that of its items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Root {
    Discovery,
    Services,
    ServiceDefinition,
    ServiceRequests,
    Errors,
}

impl Root {
    fn as_str(self) -> &'static str {
        match self {
            Self::Discovery => "discovery",
            Self::Services => "services",
            Self::ServiceDefinition => "service_definition",
            Self::ServiceRequests => "service_requests",
            Self::Errors => "errors",
        }
    }
}

impl Format {
    /// The form that an address ends with.
    pub(super) fn parse(ending: &str) -> Option<Self> {
        match ending {
            "json" => Some(Self::Json),
            "xml" => Some(Self::Xml),
            _ => None,
        }
    }

    /// How an address ends that asks for it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Xml => "xml",
        }
    }

    /// An answer in this form.
    ///
    /// # Errors
    /// [`Problem`] of the program: the value has no JSON form.
    pub(super) fn answer(
        self,
        status: StatusCode,
        root: Root,
        value: &impl Serialize,
    ) -> Result<HttpResponse, Problem> {
        let mut response = HttpResponse::build(status);
        match self {
            Self::Json => Ok(response.json(value)),
            Self::Xml => {
                let value = serde_json::to_value(value).map_err(Problem::internal)?;
                let text = xml::document(root.as_str(), &value).map_err(Problem::internal)?;
                Ok(response.content_type("text/xml; charset=utf-8").body(text))
            }
        }
    }
}
