//! An answer of the server, and what a test may say about it.

use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::contract;

/// An answer.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as text.
    pub text: String,
}

impl Reply {
    /// Reads the answer whole; of a stream, which has no end, only its head. What the contract does not say of it fails the test.
    pub async fn read(response: reqwest::Response) -> Self {
        let path = response.url().path().to_owned();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        if headers.get("content-type").is_some_and(|kind| kind == "text/event-stream") {
            return Self { status, headers, text: String::new() };
        }
        let text = response.text().await.unwrap();
        contract::check(&path, status, &headers, &text);
        Self { status, headers, text }
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// A header, empty where it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// It must have that status; its JSON.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        if self.text.is_empty() { Value::Null } else { self.json() }
    }

    /// It must be that problem, told as RFC 9457 asks; its JSON.
    #[track_caller]
    pub fn problem(&self, status: u16, code: &str) -> Value {
        let body = self.expect(status);
        assert_eq!(body["code"], code, "{body}");
        assert_eq!(body["status"], status);
        assert_eq!(body["type"], format!("urn:pakn:problem:{code}"));
        assert!(body["title"].is_string() && body["detail"].is_string());
        assert_eq!(self.header("content-type"), "application/problem+json");
        body
    }

    /// It must be invalid input with exactly these faults, in any order: pointer and code.
    #[track_caller]
    pub fn faults(&self, expected: &[(&str, &str)]) {
        let body = self.problem(422, "invalid_input");
        let mut found: Vec<(String, String)> = body["errors"]
            .as_array()
            .unwrap_or_else(|| panic!("no errors: {body}"))
            .iter()
            .map(|error| (error["pointer"].as_str().unwrap().to_owned(), error["code"].as_str().unwrap().to_owned()))
            .collect();
        let mut expected: Vec<(String, String)> =
            expected.iter().map(|(pointer, code)| ((*pointer).into(), (*code).into())).collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{body}");
    }
}
