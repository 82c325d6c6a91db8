//! Examples of requests and answers, recorded from a real server: `openapi/recorded.json`.
//!
//! `tests/e2e/recorded.rs` plays the story that made them, and fails where an answer no longer has that form.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::openapi::{OpenApi, RefOr};

use super::each_operation;

const JSON: &str = "application/json";

/// What was sent and answered, by `operationId`.
static RECORDED: &str = include_str!("../../../openapi/recorded.json");

/// One request and its answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recorded {
    /// The JSON body, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Value>,
    /// The status of the answer.
    pub status: u16,
    /// The JSON of the answer, where it had some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<Value>,
}

impl Recorded {
    /// All of them, by `operationId`.
    pub fn all() -> BTreeMap<String, Self> {
        serde_json::from_str(RECORDED).unwrap_or_default()
    }
}

/// Puts them into the document.
pub(super) fn add(document: &mut OpenApi) {
    let recorded = Recorded::all();
    each_operation(document, |_, _, operation| {
        let Some(recorded) = operation.operation_id.as_ref().and_then(|id| recorded.get(id)) else { return };
        if let Some(RefOr::T(body)) = &mut operation.request_body
            && let Some(RefOr::T(content)) = body.content.get_mut(JSON)
        {
            content.example.clone_from(&recorded.request);
        }
        if let Some(RefOr::T(response)) = operation.responses.responses.get_mut(&recorded.status.to_string())
            && let Some(RefOr::T(content)) = response.content.get_mut(JSON)
        {
            content.example.clone_from(&recorded.response);
        }
    });
}
