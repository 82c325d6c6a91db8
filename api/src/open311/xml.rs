//! XML from the value that JSON is made of too, so that both say the same. A list `services` holds elements `service`, and so on; what is
//! `null` is an empty element.

use std::io;

use quick_xml::{
    Writer,
    events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event},
};
use serde_json::Value;

/// A document with that root.
///
/// # Errors
/// Never, as far as is known: it is written to memory.
pub(super) fn document(root: &str, value: &Value) -> io::Result<Vec<u8>> {
    let mut writer = Writer::new(Vec::new());
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
    element(&mut writer, root, value)?;
    Ok(writer.into_inner())
}

/// What the items of a list are called.
fn singular(list: &str) -> &str {
    match list {
        "services" => "service",
        "service_requests" => "request",
        "attributes" => "attribute",
        "values" => "value",
        "endpoints" => "endpoint",
        "formats" => "format",
        "errors" => "error",
        _ => "item",
    }
}

fn element(writer: &mut Writer<Vec<u8>>, name: &str, value: &Value) -> io::Result<()> {
    if value.is_null() {
        return writer.write_event(Event::Empty(BytesStart::new(name)));
    }
    writer.write_event(Event::Start(BytesStart::new(name)))?;
    match value {
        Value::Null => {}
        Value::Bool(yes) => text(writer, if *yes { "true" } else { "false" })?,
        Value::Number(number) => text(writer, &number.to_string())?,
        Value::String(words) => text(writer, words)?,
        Value::Array(items) => items.iter().try_for_each(|item| element(writer, singular(name), item))?,
        Value::Object(members) => members.iter().try_for_each(|(name, value)| element(writer, name, value))?,
    }
    writer.write_event(Event::End(BytesEnd::new(name)))
}

fn text(writer: &mut Writer<Vec<u8>>, words: &str) -> io::Result<()> {
    // What is stored has no such characters; what a client made up and is told back may.
    let words: String = words.chars().map(|c| if is_allowed(c) { c } else { char::REPLACEMENT_CHARACTER }).collect();
    writer.write_event(Event::Text(BytesText::new(&words)))
}

/// Whether XML 1.0 has that character at all, escaped or not (section 2.2).
fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_list_has_items_and_whatever_is_text_is_escaped() {
        let value =
            json!([{"description": "Cống <tắc> & \"tràn\"\u{0}]]>", "media_url": null, "metadata": true, "lat": 21.5}]);
        let text = String::from_utf8(document("services", &value).unwrap()).unwrap();
        assert_eq!(
            text,
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><services><service><description>Cống &lt;tắc&gt; &amp; &quot;tràn&quot;\u{FFFD}]]&gt;\
             </description><lat>21.5</lat><media_url/><metadata>true</metadata></service></services>"
        );
    }
}
