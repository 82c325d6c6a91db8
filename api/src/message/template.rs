//! Templates of what an SMS gateway is sent: `{phone}`, `{text}` and the like, each written as the place that it stands in needs it.

use std::collections::BTreeSet;

use domain::wording::{fill_as, named_places};

/// How a value is written where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Writing {
    /// As it is.
    Plain,
    /// Within a JSON string.
    Json,
    /// Within a URL or a form.
    Url,
}

impl Writing {
    fn write(self, value: &str) -> String {
        match self {
            Self::Plain => value.to_owned(),
            Self::Json => {
                let quoted = serde_json::Value::from(value).to_string();
                quoted.trim_start_matches('"').strip_suffix('"').unwrap_or_default().to_owned()
            }
            Self::Url => url::form_urlencoded::byte_serialize(value.as_bytes()).collect(),
        }
    }
}

/// A text with places to be filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template {
    text: String,
    writing: Writing,
}

impl Template {
    /// A template that may name those places.
    pub(super) fn new(text: &str, writing: Writing, places: &[&str]) -> Result<Self, String> {
        let named: BTreeSet<&str> = named_places(text)
            // Braces that are JSON's own have other things in them.
            .filter(|name| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'))
            .collect();
        match named.iter().find(|name| !places.contains(name)) {
            Some(unknown) => Err(format!("{{{unknown}}} is none of {{{}}}", places.join("}, {"))),
            None => Ok(Self { text: text.to_owned(), writing }),
        }
    }

    /// Whether it names that place.
    pub(super) fn names(&self, place: &str) -> bool {
        self.text.contains(&format!("{{{place}}}"))
    }

    /// Filled in, in one go: what is filled in is not looked at again.
    pub(super) fn fill(&self, values: &[(&str, &str)]) -> String {
        fill_as(&self.text, values, |value| self.writing.write(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACES: &[&str] = &["phone", "text"];

    fn filled(text: &str, writing: Writing, value: &str) -> String {
        Template::new(text, writing, PLACES).unwrap().fill(&[("phone", "+84912345678"), ("text", value)])
    }

    #[test]
    fn values_are_written_as_their_place_needs_them() {
        let text = r#"{"to":"{phone}","msg":"{text}"}"#;
        let json = filled(text, Writing::Json, "mã \"1\"\n{phone}\\");
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(value, serde_json::json!({"to": "+84912345678", "msg": "mã \"1\"\n{phone}\\"}));
        assert_eq!(filled("to={phone}&msg={text}", Writing::Url, "a&b=ệ"), "to=%2B84912345678&msg=a%26b%3D%E1%BB%87");
        assert_eq!(filled("{text}", Writing::Plain, "a\"b"), "a\"b");
        assert_eq!(filled("{{text}} {", Writing::Plain, "x"), "{x} {");
    }

    #[test]
    fn a_place_that_does_not_exist_is_told() {
        let error = Template::new("{phone} {message}", Writing::Plain, PLACES).unwrap_err();
        assert_eq!(error, "{message} is none of {phone}, {text}");
        assert!(Template::new(r#"{"a":{"b":"{text}"}}"#, Writing::Json, PLACES).is_ok());
    }
}
