//! What every schema and every parameter has in common, said once.
//!
//! Bodies are read field by field so that everything wrong is named in one answer, and queries as texts: the types of the code do not say
//! what must be there and within what bounds. `tests/e2e/contract_forms.rs` holds what is said here against what the server refuses.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use utoipa::openapi::{
    Components, OpenApi, Ref, RefOr, Required, Schema,
    path::{Operation, Parameter, ParameterIn},
    schema::{ArrayItems, KnownFormat, Object, SchemaFormat, SchemaType, Type},
    security::SecurityRequirement,
};

use super::each_operation;
use crate::{
    open311::MOST_REQUESTS,
    petition::MAX_KEY_LENGTH,
    query::{DEFAULT_LIMIT, MAX_LIMIT},
};

/// How generic lists are called: what they are lists of follows.
const LISTS: [&str; 2] = ["Listed_", "Whole_"];

/// The public code of a petition.
const PETITION_CODE: &str = r"^PAKN\.[0-9]{8}\.[0-9]{6,}$";

/// `*`, or tags of versions as `ETag` gave them (RFC 9110, 13.1.1).
const IF_MATCH: &str = r#"^(\*|(W/)?"[^",]*"( *, *(W/)?"[^",]*")*)$"#;

/// tus 1.0.0, checksum: the last sign of a digest in base64 has bits that are nothing.
const UPLOAD_CHECKSUM: &str =
    "^(sha1 [A-Za-z0-9+/]{26}[AEIMQUYcgkosw048]=|sha256 [A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=)$";

/// tus 1.0.0, creation: keys, each with a value in base64 or none.
const UPLOAD_METADATA: &str = "^[^ ,]+( ([A-Za-z0-9+/]{4})*([A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?)?\
    (,[^ ,]+( ([A-Za-z0-9+/]{4})*([A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?)?)*$";

/// Brings the document into form.
pub(super) fn complete(document: &mut OpenApi) {
    let mut asked = BTreeSet::new();
    each_operation(document, |_, path, operation| {
        if let Some(RefOr::T(body)) = &operation.request_body {
            asked.extend(body.content.values().filter_map(|content| match content {
                RefOr::T(content) => name_of(content.schema.as_ref()?),
                RefOr::Ref(_) => None,
            }));
        }
        // Public is what asks for nothing, not what also takes nothing.
        if operation.security == Some(vec![SecurityRequirement::default()]) {
            operation.security = Some(Vec::new());
        }
        form_parameters(path, operation);
    });
    let components = document.components.get_or_insert_default();
    name_items(components);
    let asked = require(components, asked);
    for (name, schema) in &mut components.schemas {
        if let RefOr::T(schema) = schema
            && !asked.contains(name)
        {
            form_instants(schema);
        }
    }
    let may_be_empty: BTreeSet<String> = components
        .schemas
        .iter()
        .filter(|(_, schema)| matches!(schema, RefOr::T(Schema::Object(object)) if object.required.is_empty()))
        .map(|(name, _)| name.clone())
        .collect();
    // No body is the empty object.
    each_operation(document, |_, _, operation| {
        if let Some(RefOr::T(body)) = &mut operation.request_body
            && let Some(RefOr::T(content)) = body.content.get("application/json")
            && content.schema.as_ref().and_then(name_of).is_some_and(|name| may_be_empty.contains(&name))
        {
            body.required = Some(Required::False);
        }
    });
}

fn form_parameters(path: &str, operation: &mut Operation) {
    let Some(parameters) = &mut operation.parameters else { return };
    let mut seen = Vec::new();
    parameters.retain(|parameter| match parameter {
        RefOr::T(parameter) => {
            // What the path names is found by the framework a second time, without a word about it.
            let is_new = !seen.contains(&(parameter.name.clone(), parameter.parameter_in.clone()));
            seen.push((parameter.name.clone(), parameter.parameter_in.clone()));
            is_new
        }
        RefOr::Ref(_) => true,
    });
    for parameter in parameters {
        if let RefOr::T(parameter) = parameter {
            form(path, parameter);
        }
    }
}

fn form(path: &str, parameter: &mut Parameter) {
    let Some(RefOr::T(Schema::Object(schema))) = &mut parameter.schema else { return };
    match (&parameter.parameter_in, parameter.name.as_str()) {
        // A list that has bounds of its own says so.
        (ParameterIn::Query, "limit") if schema.maximum.is_none() => {
            set_bounds(schema, 1, MAX_LIMIT);
            schema.default = Some(json!(DEFAULT_LIMIT));
        }
        (ParameterIn::Header, "Idempotency-Key") => {
            schema.min_length = Some(1);
            schema.max_length = Some(MAX_KEY_LENGTH);
        }
        (ParameterIn::Header, "If-Match") => schema.pattern = Some(IF_MATCH.to_owned()),
        (ParameterIn::Header, "Upload-Metadata") => schema.pattern = Some(UPLOAD_METADATA.to_owned()),
        (ParameterIn::Query, "page") if path.starts_with("/open311/") => schema.minimum = Some(utoipa::Number::UInt(1)),
        (ParameterIn::Query, "page_size") if path.starts_with("/open311/") => set_bounds(schema, 1, MOST_REQUESTS),
        (ParameterIn::Header, "Upload-Checksum") => schema.pattern = Some(UPLOAD_CHECKSUM.to_owned()),
        (ParameterIn::Path, "code") if path.starts_with("/api/v1/petitions/") => {
            schema.pattern = Some(PETITION_CODE.to_owned());
        }
        _ => {}
    }
    // A parameter that is not there is left away; there is no way to send `null`.
    if parameter.required == Required::False
        && let SchemaType::Array(types) = &mut schema.schema_type
    {
        types.retain(|kind| *kind != Type::Null);
        if let [only] = types.as_slice() {
            schema.schema_type = SchemaType::Type(only.clone());
        }
    }
}

fn set_bounds(schema: &mut Object, least: u64, most: u64) {
    let least = usize::try_from(least).map(utoipa::Number::UInt).ok();
    schema.minimum = least;
    schema.maximum = usize::try_from(most).map(utoipa::Number::UInt).ok();
}

fn name_of(schema: &RefOr<Schema>) -> Option<String> {
    match schema {
        RefOr::Ref(reference) => reference.ref_location.rsplit_once('/').map(|(_, name)| name.to_owned()),
        RefOr::T(_) => None,
    }
}

/// The items of a generic list are written out in it: one name for one type instead.
fn name_items(components: &mut Components) {
    let mut items = BTreeMap::new();
    for (name, schema) in &mut components.schemas {
        let Some(of) = LISTS.iter().find_map(|list| name.strip_prefix(list)) else { continue };
        if let RefOr::T(Schema::Object(list)) = schema
            && let Some(RefOr::T(Schema::Array(array))) = list.properties.get_mut("items")
        {
            let reference = RefOr::Ref(Ref::from_schema_name(of));
            let written = std::mem::replace(&mut array.items, ArrayItems::RefOrSchema(Box::new(reference)));
            if let ArrayItems::RefOrSchema(written) = written {
                items.insert(of.to_owned(), *written);
            }
        }
    }
    for (name, schema) in items {
        components.schemas.entry(name).or_insert(schema);
    }
}

/// In a request everything must be there that may not be `null`.
///
/// Answers the names of all schemas that requests are made of.
fn require(components: &mut Components, asked: BTreeSet<String>) -> BTreeSet<String> {
    let (mut to_do, mut done): (Vec<String>, BTreeSet<String>) = (asked.into_iter().collect(), BTreeSet::new());
    while let Some(name) = to_do.pop() {
        if !done.insert(name.clone()) {
            continue;
        }
        if let Some(RefOr::T(schema)) = components.schemas.get_mut(&name) {
            require_in(schema, &mut to_do);
        }
    }
    done
}

/// What is told of when something happened or must happen is an instant. What is asked may be a day too, and stays a text.
#[expect(clippy::wildcard_enum_match_arm, reason = "other kinds of schemas have no members, and more may come")]
fn form_instants(schema: &mut Schema) {
    match schema {
        Schema::Object(object) => {
            for (name, property) in &mut object.properties {
                if let RefOr::T(Schema::Object(text)) = property
                    && (name == "at" || name.ends_with("_at"))
                    // What a camera wrote has no offset.
                    && name != "taken_at"
                    && text.format.is_none()
                    && has(&text.schema_type, &Type::String)
                {
                    text.format = Some(SchemaFormat::KnownFormat(KnownFormat::DateTime));
                }
            }
        }
        Schema::AllOf(all) => {
            for part in &mut all.items {
                if let RefOr::T(part) = part {
                    form_instants(part);
                }
            }
        }
        _ => {}
    }
}

fn has(kinds: &SchemaType, kind: &Type) -> bool {
    match kinds {
        SchemaType::Type(only) => only == kind,
        SchemaType::Array(several) => several.contains(kind),
        SchemaType::AnyValue => false,
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "other kinds of schemas have no members, and more may come")]
fn require_in(schema: &mut Schema, inner: &mut Vec<String>) {
    match schema {
        Schema::Object(object) => {
            let must: Vec<String> = object
                .properties
                .iter()
                .filter(|(_, property)| !is_nullable(property))
                .map(|(name, _)| name.clone())
                .collect();
            object.required = must;
            for (name, property) in &mut object.properties {
                collect(property, inner);
                // A text that must be there must say something.
                if object.required.contains(name)
                    && let RefOr::T(Schema::Object(text)) = property
                    && matches!(text.schema_type, SchemaType::Type(Type::String))
                    && text.format.is_none()
                    && text.enum_values.is_none()
                {
                    text.min_length = text.min_length.or(Some(1));
                }
            }
        }
        Schema::AllOf(all) => all.items.iter_mut().for_each(|part| require_part(part, inner)),
        _ => {}
    }
}

fn require_part(part: &mut RefOr<Schema>, inner: &mut Vec<String>) {
    match part {
        RefOr::Ref(_) => inner.extend(name_of(part)),
        RefOr::T(part) => require_in(part, inner),
    }
}

/// The schemas that a member names.
fn collect(property: &RefOr<Schema>, into: &mut Vec<String>) {
    into.extend(name_of(property));
    match property {
        RefOr::T(Schema::Array(array)) => {
            if let ArrayItems::RefOrSchema(items) = &array.items {
                collect(items, into);
            }
        }
        RefOr::T(Schema::OneOf(either)) => either.items.iter().for_each(|item| collect(item, into)),
        RefOr::T(_) | RefOr::Ref(_) => {}
    }
}

fn is_nullable(property: &RefOr<Schema>) -> bool {
    match property {
        RefOr::T(Schema::Object(object)) => has(&object.schema_type, &Type::Null),
        RefOr::T(Schema::Array(array)) => has(&array.schema_type, &Type::Null),
        RefOr::T(Schema::OneOf(either)) => either.items.iter().any(is_nullable),
        RefOr::T(_) | RefOr::Ref(_) => false,
    }
}
