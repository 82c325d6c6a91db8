//! The codes of the catalogue: short ASCII names that clients, rules and events use.

use std::{borrow::Borrow, fmt};

use serde::{Deserialize, Serialize};

/// A text that cannot be a code of its kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a {kind} code: {text:?}")]
pub struct InvalidCode {
    kind: &'static str,
    text: String,
}

fn parse(kind: &'static str, text: &str, separators: &[u8]) -> Result<String, InvalidCode> {
    let fits = (1..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || separators.contains(&b));
    if fits { Ok(text.to_owned()) } else { Err(InvalidCode { kind, text: text.chars().take(80).collect() }) }
}

macro_rules! code {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $separators:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks the shape: 1 to 64 of lower-case ASCII letters, digits and the separators of its kind.
            ///
            /// # Errors
            /// [`InvalidCode`] for any other text.
            pub fn parse(text: &str) -> Result<Self, InvalidCode> {
                parse($kind, text, $separators).map(Self)
            }

            /// The code as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidCode;
            fn try_from(text: String) -> Result<Self, InvalidCode> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(code: $name) -> Self {
                code.0
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

code! {
    /// An agency: `ubnd-256`, `dieu-phoi`, `so-xd`. Unique for all time.
    AgencyCode, "agency", b"-"
}
code! {
    /// A field of petitions: `chieu_sang`.
    CategoryCode, "category", b"_"
}
code! {
    /// An administrative unit by the General Statistics Office: `09163`. Re-used with other meanings in 2025, so a unit is this and a validity.
    UnitCode, "unit", b""
}
code! {
    /// A group of fields: `infrastructure`.
    GroupCode, "group", b"_"
}
code! {
    /// A question of a field, or a choice of one: `so_cot_den`.
    QuestionCode, "question", b"_"
}
code! {
    /// A target of the Steering Committee: `cds-2022`.
    TargetCode, "target", b"-"
}

code! {
    /// Where a petition came in that was entered for its sender: `hotline-1022`, `dvcqg`.
    SourceCode, "source", b"-"
}

impl AgencyCode {
    /// The coordinator (*điều phối*): the provincial operations centre, where whatever has no other desk goes.
    pub fn coordinator() -> Self {
        Self("dieu-phoi".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_short_and_plain() {
        assert_eq!(AgencyCode::parse("ubnd-09169-2025").unwrap().as_str(), "ubnd-09169-2025");
        assert_eq!(CategoryCode::parse("chieu_sang").unwrap().to_string(), "chieu_sang");
        for text in ["", "UBND-256", "ubnd 256", "chiếu_sáng", "a/b", &"a".repeat(65)] {
            assert!(AgencyCode::parse(text).is_err(), "{text}");
        }
        assert!(serde_json::from_str::<UnitCode>("\"09-163\"").is_err());
    }
}
