//! The contract: the OpenAPI document, from the code.
//!
//! An operation says what is its own (`#[utoipa::path]`): parameters, bodies, the problems that only it has. What follows from how every
//! request is read and served is said here once, so that no operation can forget it: `forms`, `problems`. `words` names the closed lists,
//! `links` says what may be done with what an operation answered. Its examples were recorded by a test: `recorded`.

mod deprecation;
mod forms;
mod head;
mod links;
mod problems;
mod recorded;
mod words;

use std::collections::BTreeMap;

use actix_web::http::Method;
use utoipa::openapi::{OpenApi, RefOr, Schema, path::Operation, schema::ArrayItems};

pub(crate) use self::deprecation::deprecated;
pub use self::{head::document, recorded::Recorded};
use crate::open311;

/// Completes the document of the operations that were registered.
pub fn complete(document: &mut OpenApi) {
    head::open_to_api_keys(document);
    open311::also_in_xml(document);
    deprecation::mark(document);
    words::add(document);
    describe_answers(document);
    forms::complete(document);
    problems::complete(document);
    recorded::add(document);
    links::add(document);
}

/// Calls for every operation there is, with its method and path.
fn each_operation(document: &mut OpenApi, mut call: impl FnMut(&Method, &str, &mut Operation)) {
    for (path, item) in &mut document.paths.paths {
        let operations = [
            (Method::GET, &mut item.get),
            (Method::PUT, &mut item.put),
            (Method::POST, &mut item.post),
            (Method::DELETE, &mut item.delete),
            (Method::OPTIONS, &mut item.options),
            (Method::HEAD, &mut item.head),
            (Method::PATCH, &mut item.patch),
        ];
        for (method, operation) in operations {
            if let Some(operation) = operation {
                call(&method, path, operation);
            }
        }
    }
}

/// Gives every answer a description, which OpenAPI asks for: what its schema says of itself.
fn describe_answers(document: &mut OpenApi) {
    let schemas = document.components.get_or_insert_default().schemas.clone();
    each_operation(document, |_, _, operation| {
        for response in operation.responses.responses.values_mut() {
            if let RefOr::T(response) = response
                && response.description.is_empty()
                && response.content.keys().all(|media_type| media_type != "application/problem+json")
            {
                let schema = response.content.values().find_map(|content| match content {
                    RefOr::T(content) => content.schema.as_ref(),
                    RefOr::Ref(_) => None,
                });
                response.description =
                    schema.and_then(|schema| described(&schemas, schema)).unwrap_or("Done.").to_owned();
            }
        }
    });
}

/// What a schema says of itself, or of what it is a list of.
fn described<'a>(schemas: &'a BTreeMap<String, RefOr<Schema>>, schema: &'a RefOr<Schema>) -> Option<&'a str> {
    match schema {
        RefOr::Ref(reference) => {
            let name = reference.ref_location.rsplit('/').next()?;
            schemas.get(name).and_then(|schema| described(schemas, schema))
        }
        RefOr::T(Schema::Object(object)) => object.description.as_deref(),
        RefOr::T(Schema::Array(array)) => match &array.items {
            ArrayItems::RefOrSchema(items) => described(schemas, items),
            ArrayItems::False => None,
        },
        RefOr::T(Schema::OneOf(one)) => one.description.as_deref(),
        RefOr::T(Schema::AllOf(all)) => all.description.as_deref(),
        RefOr::T(Schema::AnyOf(any)) => any.description.as_deref(),
        RefOr::T(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, fs, path::Path};

    /// The names of the types of a file that are schemas.
    fn schemas(source: &str) -> Vec<&str> {
        let mut names = Vec::new();
        let mut lines = source.lines();
        while let Some(line) = lines.next() {
            if !line.trim_start().starts_with("#[derive(") || !line.contains("ToSchema") {
                continue;
            }
            let declared = lines.by_ref().find(|line| line.contains("struct ") || line.contains("enum ")).unwrap();
            let after = declared.split_once("struct ").or_else(|| declared.split_once("enum ")).unwrap().1;
            names.push(after.split(|letter: char| !letter.is_alphanumeric()).next().unwrap());
        }
        names
    }

    fn gather(folder: &Path, found: &mut BTreeMap<String, Vec<String>>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                gather(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let source = fs::read_to_string(&path).unwrap();
                for name in schemas(&source) {
                    found.entry(name.to_owned()).or_default().push(path.display().to_string());
                }
            }
        }
    }

    /// The document knows schemas by the names of their types, and of two with one name shows only one.
    #[test]
    fn no_two_schemas_have_one_name() {
        let mut found = BTreeMap::new();
        gather(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
        assert!(found.len() > 200, "{}", found.len());
        found.retain(|_, files| files.len() > 1);
        assert!(found.is_empty(), "{found:#?}");
    }
}
