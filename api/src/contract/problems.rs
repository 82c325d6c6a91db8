//! What an operation may answer that is no success: each problem with its codes, and an example of each code as it is really told.
//!
//! The codes stand in the descriptions of the operations' responses, in backticks. They are read from there, so that what a person reads and
//! what a program reads (`x-codes`) is the same. Responses that say the same are written once, under `components`.

use std::collections::BTreeMap;

use actix_web::http::{Method, StatusCode};
use domain::petition::CommandKind;
use utoipa::openapi::{
    Components, Content, OpenApi, Ref, RefOr, Response,
    example::ExampleBuilder,
    extensions::ExtensionsBuilder,
    path::{Operation, ParameterIn},
};

use super::each_operation;
use crate::{
    language::Language,
    problem::{Code, FaultCode, Problem},
    server,
};

const PROBLEM: &str = "application/problem+json";

/// Says of every operation what it may answer because of how every request is served, and which codes a problem may have.
pub(super) fn complete(document: &mut OpenApi) {
    let components = document.components.get_or_insert_default();
    components.schemas.entry("ProblemDetails".to_owned()).or_insert_with(|| {
        use utoipa::PartialSchema;
        crate::problem::ProblemDetails::schema()
    });
    let mut uses: BTreeMap<(String, String), usize> = BTreeMap::new();
    each_operation(document, |method, path, operation| {
        // Other cities' programs are told errors in the form of their specification.
        if path.starts_with("/open311/") {
            return;
        }
        add_common(method, path, operation);
        for (status, response) in &mut operation.responses.responses {
            if let RefOr::T(response) = response
                && response.content.contains_key(PROBLEM)
            {
                tell_codes(status, response);
                *uses.entry((status.clone(), response.description.clone())).or_default() += 1;
            }
        }
    });
    let mut shared: BTreeMap<String, Response> = BTreeMap::new();
    each_operation(document, |_, _, operation| {
        for (status, response) in &mut operation.responses.responses {
            let RefOr::T(own) = response else { continue };
            if uses.get(&(status.clone(), own.description.clone())).is_none_or(|uses| *uses < 2) {
                continue;
            }
            let name = name(&codes(&own.description));
            // Two that have the same codes and say more about them differently: the first is shared.
            if *shared.entry(name.clone()).or_insert_with(|| own.clone()) == *own {
                *response = RefOr::Ref(Ref::from_response_name(name));
            }
        }
    });
    let components: &mut Components = document.components.get_or_insert_default();
    components.responses.extend(shared.into_iter().map(|(name, response)| (name, RefOr::T(response))));
}

/// What any operation may answer that has such a body, such a header, such a route.
fn add_common(method: &Method, path: &str, operation: &mut Operation) {
    let mut add = |code: Code, more: &str| {
        let (status, code) = (code.status().as_str().to_owned(), code.as_str());
        let response = operation.responses.responses.entry(status).or_insert_with(|| {
            let schema = RefOr::Ref(Ref::from_schema_name("ProblemDetails"));
            let mut response = Response::default();
            response.content.insert(PROBLEM.to_owned(), RefOr::T(Content::new(Some(schema))));
            RefOr::T(response)
        });
        if let RefOr::T(response) = response
            && !response.description.contains(&format!("`{code}`"))
        {
            let separator = if response.description.is_empty() { "" } else { "; " };
            response.description.push_str(&format!("{separator}`{code}`{more}"));
        }
    };
    if operation.request_body.is_some() {
        add(Code::BodyTooLarge, "");
        add(Code::UnsupportedMediaType, "");
    }
    add(Code::Internal, ": a fault of ours; the log has it under `instance`");
    let parameters = operation.parameters.iter().flatten().filter_map(|parameter| match parameter {
        RefOr::T(parameter) if parameter.parameter_in == ParameterIn::Header => Some(parameter.name.as_str()),
        RefOr::T(_) | RefOr::Ref(_) => None,
    });
    if parameters.into_iter().any(|name| name == "Idempotency-Key") {
        add(Code::IdempotencyKeyReused, "");
    }
    for code in
        path.strip_prefix("/api/v1/petitions/{code}/").and_then(CommandKind::parse).map(refusals).unwrap_or_default()
    {
        add(*code, "");
    }
    if *method == Method::GET && server::answers_not_modified(path) {
        let unchanged = Response::new("It has not changed since the `ETag` that `If-None-Match` names.");
        operation.responses.responses.insert(StatusCode::NOT_MODIFIED.as_str().to_owned(), RefOr::T(unchanged));
    }
}

/// Why the domain refuses a command that the status allows, and that is rightly written.
fn refusals(command: CommandKind) -> &'static [Code] {
    match command {
        CommandKind::Assign | CommandKind::Supplement | CommandKind::Unpublish => &[Code::NoEffect],
        CommandKind::ApproveAnswer | CommandKind::ReturnAnswer => &[Code::NoDraft],
        CommandKind::Recategorise => &[Code::NoEffect, Code::LongerDeadline],
        CommandKind::Withdraw => &[Code::OthersWait],
        CommandKind::Reopen => &[Code::ReopeningOver],
        CommandKind::Rating => &[Code::AlreadyRated],
        CommandKind::Submit
        | CommandKind::Receive
        | CommandKind::Start
        | CommandKind::RequestInformation
        | CommandKind::Progress
        | CommandKind::Extend
        | CommandKind::DraftAnswer
        | CommandKind::Transfer
        | CommandKind::Return
        | CommandKind::Answer
        | CommandKind::Reject
        | CommandKind::Merge
        | CommandKind::Note
        | CommandKind::Publish
        | CommandKind::Close
        | CommandKind::SetDeadlines
        | CommandKind::Escalate => &[],
    }
}

/// The codes that a description names.
fn codes(description: &str) -> Vec<Code> {
    let words = description.split('`').skip(1).step_by(2);
    words.filter_map(|word| Code::ALL.iter().copied().find(|code| code.as_str() == word)).collect()
}

/// Says the codes for programs, with an example of each.
fn tell_codes(status: &str, response: &mut Response) {
    // What is not there has one code, whatever it is.
    if codes(&response.description).is_empty() && status == Code::NotFound.status().as_str() {
        let told = std::mem::take(&mut response.description);
        let separator = if told.is_empty() { "" } else { ": " };
        response.description = format!("`{}`{separator}{told}", Code::NotFound.as_str());
    }
    let codes = codes(&response.description);
    let words: Vec<&str> = codes.iter().map(|code| code.as_str()).collect();
    response.extensions = Some(ExtensionsBuilder::new().add("codes", words).build());
    if let Some(RefOr::T(content)) = response.content.get_mut(PROBLEM) {
        content.examples = codes.iter().map(|code| (code.as_str().to_owned(), RefOr::T(example(*code)))).collect();
    }
}

fn example(code: Code) -> utoipa::openapi::example::Example {
    let problem =
        if code == Code::InvalidInput { Problem::fault("/content", FaultCode::Required) } else { Problem::new(code) };
    ExampleBuilder::new()
        .summary(code.title(Language::English))
        .value(serde_json::to_value(problem.details(Language::Vietnamese, None)).ok())
        .build()
}

/// What responses of those codes are called where they are shared.
fn name(codes: &[Code]) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
    };
    let pascal = |code: &Code| code.as_str().split('_').map(capital).collect::<String>();
    codes.iter().map(pascal).collect::<Vec<_>>().join("Or")
}
