//! XML read by a parser, compared with JSON: element by element the same texts.

use quick_xml::{Reader, events::Event};
use serde_json::Value;

/// The texts of JSON, each with the path of elements that XML has it under.
fn leaves(value: &Value, path: &str, into: &mut Vec<(String, String)>) {
    let leaf = |text: &str, into: &mut Vec<(String, String)>| into.push((path.to_owned(), text.to_owned()));
    match value {
        Value::Null => leaf("", into),
        Value::Bool(yes) => leaf(&yes.to_string(), into),
        Value::Number(number) => leaf(&number.to_string(), into),
        Value::String(text) => leaf(text, into),
        Value::Array(items) if items.is_empty() => leaf("", into),
        Value::Array(items) => {
            let item = match path.rsplit('/').next().unwrap() {
                "service_requests" => "request",
                list => list.strip_suffix('s').unwrap_or_else(|| panic!("what is an item of {list}?")),
            };
            items.iter().for_each(|value| leaves(value, &format!("{path}/{item}"), into));
        }
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| leaves(value, &format!("{path}/{name}"), into));
        }
    }
}

/// The texts of XML, each with the path of its element.
fn read(text: &str) -> Vec<(String, String)> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = true;
    let (mut path, mut said, mut has_children, mut leaves) = (Vec::new(), String::new(), vec![false], Vec::new());
    loop {
        match reader.read_event().unwrap() {
            Event::Decl(decl) => assert_eq!(decl.encoding().unwrap().unwrap().as_ref(), b"utf-8"),
            Event::Start(start) => {
                path.push(String::from_utf8(start.name().as_ref().to_vec()).unwrap());
                *has_children.last_mut().unwrap() = true;
                has_children.push(false);
                said.clear();
            }
            Event::Empty(empty) => {
                let name = String::from_utf8(empty.name().as_ref().to_vec()).unwrap();
                *has_children.last_mut().unwrap() = true;
                leaves.push((format!("{}/{name}", path.join("/")), String::new()));
            }
            Event::Text(words) => said.push_str(&words.decode().unwrap()),
            Event::GeneralRef(reference) => {
                let name = reference.decode().unwrap();
                said.push_str(
                    quick_xml::escape::resolve_predefined_entity(&name).expect("a sign that XML has a name for"),
                );
            }
            Event::End(_) => {
                if !has_children.pop().unwrap() {
                    leaves.push((path.join("/"), said.clone()));
                }
                path.pop();
            }
            Event::Eof => break,
            other => panic!("{other:?}"),
        }
    }
    assert!(path.is_empty(), "{text}");
    leaves
}

#[track_caller]
pub(super) fn says_the_same(text: &str, root: &str, value: &Value) {
    let mut expected = Vec::new();
    leaves(value, root, &mut expected);
    let mut found = read(text);
    // Links to files end, and may have become others between the two answers.
    for (path, text) in expected.iter_mut().chain(&mut found) {
        if path.ends_with("/media_url") {
            *text = text.split('?').next().unwrap().to_owned();
        }
    }
    expected.sort();
    found.sort();
    assert_eq!(found, expected, "{text}");
}
