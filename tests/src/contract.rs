//! The contract, held against every answer that a test reads: its status, its media type, its code, every field it has.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex},
};

use jsonschema::{Registry, Validator};
use reqwest::header::HeaderMap;
use serde_json::{Map, Value, json};

/// The contract of the code that is tested.
pub static DOCUMENT: LazyLock<Value> = LazyLock::new(|| serde_json::to_value(api::server::contract()).unwrap());

/// Where the schemas refer to.
const NAME: &str = "urn:pakn:contract";

/// The same with schemas that refuse what they do not name.
static STRICT: LazyLock<Registry<'static>> = LazyLock::new(|| {
    let mut document = DOCUMENT.clone();
    for schema in document["components"]["schemas"].as_object_mut().unwrap().values_mut() {
        refuse_unnamed(schema, Within::Whole);
    }
    Registry::new().add(NAME, document).unwrap().prepare().unwrap()
});

/// Whether a schema is all that is said of an object, or others say more of it.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Within {
    Nothing,
    Whole,
}

/// Lets a schema refuse fields that neither it nor what it refers to names.
fn refuse_unnamed(schema: &mut Value, within: Within) {
    let Some(fields) = schema.as_object_mut() else { return };
    let has_own = fields.contains_key("properties") || fields.contains_key("allOf");
    let parts = if has_own { Within::Whole } else { within };
    for (key, part) in fields.iter_mut() {
        match key.as_str() {
            "properties" | "$defs" => {
                part.as_object_mut().unwrap().values_mut().for_each(|part| refuse_unnamed(part, Within::Nothing));
            }
            "items" | "additionalProperties" => refuse_unnamed(part, Within::Nothing),
            "allOf" => part.as_array_mut().unwrap().iter_mut().for_each(|part| refuse_unnamed(part, Within::Whole)),
            "oneOf" | "anyOf" => part.as_array_mut().unwrap().iter_mut().for_each(|part| refuse_unnamed(part, parts)),
            _ => {}
        }
    }
    let says_all = has_own || fields.contains_key("$ref");
    if says_all && within == Within::Nothing && !fields.contains_key("additionalProperties") {
        fields.insert("unevaluatedProperties".to_owned(), json!(false));
    }
}

/// The operation of that `operationId`.
pub fn operation(id: &str) -> Option<&'static Value> {
    all_operations().find(|operation| operation["operationId"] == id)
}

/// All operations.
pub fn all_operations() -> impl Iterator<Item = &'static Value> {
    let items = DOCUMENT["paths"].as_object().unwrap().values();
    items.flat_map(|item| item.as_object().unwrap().values()).filter(|operation| operation.get("operationId").is_some())
}

/// The operation that a request asks for: of two paths that fit, the one with fewer names in it.
pub fn operation_on(method: &str, path: &str) -> Option<&'static Value> {
    let method = method.to_lowercase();
    let fitting = operations(path).filter_map(|(template, item)| Some((template, item.get(&method)?)));
    fitting.min_by_key(|(template, _)| template.matches('{').count()).map(|(_, operation)| operation)
}

/// The operations on a path: every template that it fits, with its methods.
fn operations(path: &str) -> impl Iterator<Item = (&'static str, &'static Map<String, Value>)> {
    let fits = move |template: &str| {
        let (mut wanted, mut given) = (template.split('/'), path.split('/'));
        loop {
            match (wanted.next(), given.next()) {
                (None, None) => return true,
                (Some(wanted), Some(given)) if wanted == given => {}
                (Some(wanted), Some(given)) if fits_piece(wanted, given) => {}
                _ => return false,
            }
        }
    };
    let paths = DOCUMENT["paths"].as_object().unwrap();
    paths
        .iter()
        .filter(move |(template, _)| fits(template))
        .map(|(template, item)| (template.as_str(), item.as_object().unwrap()))
}

/// Whether a piece of a path may be that of a template, where names may have something before, between and after them.
fn fits_piece(wanted: &str, given: &str) -> bool {
    let mut literals = wanted.split('{').map(|part| part.split_once('}').map_or(part, |(_, after)| after));
    let Some(mut rest) = given.strip_prefix(literals.next().unwrap()) else { return false };
    let mut has_names = false;
    for literal in literals {
        has_names = true;
        // A name has at least one letter; the last literal may only be the end.
        let Some(end) = rest.char_indices().nth(1).map(|(at, _)| at).or((!rest.is_empty()).then_some(rest.len()))
        else {
            return false;
        };
        match literal {
            "" => rest = "",
            literal => match rest[end..].find(literal) {
                Some(at) => rest = &rest[end + at + literal.len()..],
                None => return false,
            },
        }
    }
    has_names && rest.is_empty()
}

/// A response, also where it is shared.
pub fn response<'a>(document: &'a Value, response: &'a Value) -> &'a Value {
    match response["$ref"].as_str() {
        None => response,
        Some(reference) => document.pointer(reference.strip_prefix('#').unwrap()).unwrap(),
    }
}

fn validator(schema: &Value) -> Arc<Validator> {
    static VALIDATORS: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);
    let key = schema.to_string();
    if let Some(validator) = VALIDATORS.lock().unwrap().get(&key) {
        return Arc::clone(validator);
    }
    let mut schema = schema.clone();
    refuse_unnamed(&mut schema, Within::Nothing);
    let absolute = schema.to_string().replace("\"#/", &format!("\"{NAME}#/"));
    let schema: Value = serde_json::from_str(&absolute).unwrap();
    let options = jsonschema::options().with_registry(&STRICT).should_validate_formats(true);
    let validator = Arc::new(options.build(&schema).unwrap());
    VALIDATORS.lock().unwrap().insert(key, Arc::clone(&validator));
    validator
}

/// What is wrong with a JSON value by a schema of the contract.
pub fn faults(schema: &Value, value: &Value) -> Vec<String> {
    let validator = validator(schema);
    validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// What is wrong with an answer by what an operation says of it.
fn fault(operation: &'static Value, status: u16, headers: &HeaderMap, text: &str) -> Option<String> {
    let id = &operation["operationId"];
    let Some(declared) = operation["responses"].get(status.to_string()) else {
        return Some(format!("{id} does not say that it may answer {status}"));
    };
    let declared = response(&DOCUMENT, declared);
    let codes = &declared["x-codes"];
    if text.is_empty() {
        return None;
    }
    let media_type = headers.get("content-type").map_or("", |value| value.to_str().unwrap());
    let media_type = media_type.split(';').next().unwrap().trim();
    // What is a file has a media type of its own.
    let declared = &declared["content"];
    let Some(content) = declared.get(media_type).or_else(|| declared.get("application/octet-stream")) else {
        return Some(format!("{id} does not say that it may answer {status} with {media_type}"));
    };
    if !media_type.ends_with("json") {
        return None;
    }
    let value: Value = serde_json::from_str(text).unwrap();
    if let Some(codes) = codes.as_array()
        && !codes.contains(&value["code"])
    {
        return Some(format!("{id} does not say that {status} may be {}", value["code"]));
    }
    let faults = faults(&content["schema"], &value);
    (!faults.is_empty()).then(|| format!("{id} answered {status} with what its schema does not say: {faults:?}"))
}

/// Fails where no operation on that path says that it may answer so. What is no operation is nobody's to describe.
#[track_caller]
pub fn check(path: &str, status: u16, headers: &HeaderMap, text: &str) {
    if status == 405 {
        return;
    }
    let mut faults = Vec::new();
    for operation in operations(path).flat_map(|(_, item)| item.values()) {
        match fault(operation, status, headers, text) {
            None => return,
            Some(fault) => faults.push(fault),
        }
    }
    // A path that fits only by chance: nothing is there under that name.
    assert!(faults.is_empty(), "{path}: {faults:#?}\n{text}");
}
