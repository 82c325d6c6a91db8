//! Reading a request field by field, so that everything wrong with it is named in one answer.

use domain::{account::Login, text::TextFault};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};

use crate::problem::{Fault, FaultCode, Problem};

/// A field of a body: absent (or `null`), of the wrong JSON type, or there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Field<T> {
    /// Not in the body, or `null`.
    #[default]
    Absent,
    /// Of another type.
    WrongType,
    /// There.
    Given(T),
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        if value.is_null() {
            return Ok(Self::Absent);
        }
        Ok(T::deserialize(value).map_or(Self::WrongType, Self::Given))
    }
}

/// An object within a body. serde alone would take an array for a struct too, one element after the other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Object<T>(pub T);

impl<'de, T: DeserializeOwned> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let members = serde_json::Map::deserialize(deserializer)?;
        T::deserialize(serde_json::Value::Object(members)).map(Self).map_err(serde::de::Error::custom)
    }
}

/// The most faults that are named in one answer: a body of nothing but faults must not grow into a larger answer.
const MOST_FAULTS: usize = 100;

/// How many words of a list are told where one is asked for that is none of them; of a longer list, those that look most like it.
const WORDS_TOLD: usize = 30;
const LIKE_IT: usize = 5;

/// How much of a word is told back.
const TOLD_BACK: usize = 80;

/// What was asked for, and what there is instead.
fn offered(given: &str, known: &[&str]) -> String {
    let given: String = given.chars().take(TOLD_BACK).collect();
    if known.len() <= WORDS_TOLD {
        return format!("{given} ({})", known.join(", "));
    }
    let mut like: Vec<(usize, &str)> = known.iter().map(|word| (strsim::osa_distance(&given, word), *word)).collect();
    like.sort_unstable();
    like.dedup();
    let like: Vec<&str> = like.into_iter().take(LIKE_IT).map(|(_, word)| word).collect();
    format!("{given} (≈ {}, …)", like.join(", "))
}

/// Collects what is wrong.
#[derive(Debug, Default)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// Notes a fault.
    pub fn add(&mut self, pointer: impl Into<String>, code: FaultCode) {
        self.push(Fault { pointer: pointer.into(), code, detail: None });
    }

    /// Notes a fault with more to say.
    pub fn add_with(&mut self, pointer: impl Into<String>, code: FaultCode, detail: impl Into<String>) {
        self.push(Fault { pointer: pointer.into(), code, detail: Some(detail.into()) });
    }

    /// Takes the faults of what lies within a field.
    pub fn within(&mut self, pointer: &str, others: Self) {
        for fault in others.0 {
            self.push(Fault { pointer: format!("{pointer}{}", fault.pointer), ..fault });
        }
    }

    fn push(&mut self, fault: Fault) {
        if self.0.len() < MOST_FAULTS {
            self.0.push(fault);
        }
    }

    /// A field that may be absent.
    pub fn optional<T>(&mut self, pointer: &str, field: Field<T>) -> Option<T> {
        match field {
            Field::Absent => None,
            Field::WrongType => {
                self.add(pointer, FaultCode::WrongType);
                None
            }
            Field::Given(value) => Some(value),
        }
    }

    /// A field that must be there.
    pub fn required<T>(&mut self, pointer: &str, field: Field<T>) -> Option<T> {
        if matches!(field, Field::Absent) {
            self.add(pointer, FaultCode::Required);
        }
        self.optional(pointer, field)
    }

    /// Takes a text that was checked.
    pub fn text<T>(&mut self, pointer: &str, parsed: Result<T, TextFault>) -> Option<T> {
        match parsed {
            Ok(text) => Some(text),
            Err(fault) => {
                match fault {
                    TextFault::Blank => self.add(pointer, FaultCode::Blank),
                    TextFault::TooLong { max } => self.add_with(pointer, FaultCode::TooLong, format!("max {max}")),
                    TextFault::ControlCharacter => self.add(pointer, FaultCode::ControlCharacter),
                }
                None
            }
        }
    }

    /// A text that must be there, checked.
    pub fn required_text<T>(
        &mut self,
        pointer: &str,
        field: Field<String>,
        parse: impl Fn(&str) -> Result<T, TextFault>,
    ) -> Option<T> {
        let raw = self.required(pointer, field)?;
        self.text(pointer, parse(&raw))
    }

    /// What somebody signs in with, which must be there.
    pub fn login(&mut self, field: Field<String>) -> Option<Login> {
        let raw = self.required("/login", field)?;
        Login::parse(&raw).inspect_err(|_| self.add("/login", FaultCode::InvalidLogin)).ok()
    }

    /// A word of a closed list.
    pub fn word<T: Copy>(
        &mut self,
        pointer: &str,
        raw: &str,
        parse: impl Fn(&str) -> Option<T>,
        known: &[T],
        name: impl Fn(T) -> &'static str,
    ) -> Option<T> {
        let word = parse(raw);
        if word.is_none() {
            let known: Vec<&str> = known.iter().map(|word| name(*word)).collect();
            self.unknown(pointer, FaultCode::UnknownWord, raw, &known);
        }
        word
    }

    /// A list, not empty, of words of a closed list, each once; `None` where any of it is wrong.
    pub fn word_list<T: Copy + PartialEq>(
        &mut self,
        pointer: &str,
        field: Field<Vec<Field<String>>>,
        parse: impl Fn(&str) -> Option<T>,
        known: &[T],
        name: impl Fn(T) -> &'static str,
    ) -> Option<Vec<T>> {
        let given = self.required(pointer, field)?;
        if given.is_empty() {
            self.add(pointer, FaultCode::Required);
            return None;
        }
        let (mut words, before) = (Vec::new(), self.0.len());
        for (index, word) in given.into_iter().enumerate() {
            let at = format!("{pointer}/{index}");
            let raw = self.required(&at, word);
            let Some(word) = raw.and_then(|raw| self.word(&at, &raw, &parse, known, &name)) else { continue };
            if words.contains(&word) {
                self.add(at, FaultCode::Repeated);
            }
            words.push(word);
        }
        (self.0.len() == before && !words.is_empty()).then_some(words)
    }

    /// Notes that something does not exist, with what does.
    pub fn unknown(&mut self, pointer: &str, code: FaultCode, given: &str, known: &[&str]) {
        self.add_with(pointer, code, offered(given, known));
    }

    /// All values, or everything that is wrong: `values` is `None` only when a fault was noted.
    ///
    /// # Errors
    /// [`Problem`] naming every fault.
    pub fn finish<T>(self, values: Option<T>) -> Result<T, Problem> {
        match values {
            Some(values) if self.0.is_empty() => Ok(values),
            Some(_) | None => Err(Problem::invalid(self.0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Body {
        #[serde(default)]
        one: Field<String>,
        #[serde(default)]
        two: Field<f64>,
        #[serde(default)]
        three: Field<bool>,
    }

    #[test]
    fn a_short_list_is_told_whole_and_of_a_long_one_what_is_alike() {
        assert_eq!(offered("tinh", &["commune", "district"]), "tinh (commune, district)");
        let codes: Vec<String> = (9_100..9_200).map(|number| format!("ubnd-0{number}")).collect();
        let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
        assert_eq!(
            offered("ubnd-9163", &codes),
            "ubnd-9163 (≈ ubnd-09163, ubnd-09103, ubnd-09113, ubnd-09123, ubnd-09133, …)"
        );
        assert!(offered(&"x".repeat(1_000), &codes).starts_with(&format!("{} (≈", "x".repeat(80))));
    }

    #[test]
    fn every_fault_is_named() {
        let Body { one, two, three } = serde_json::from_str("{\"one\": 5, \"three\": null}").unwrap();
        let mut faults = Faults::default();
        let values = (faults.required("/one", one), faults.required("/two", two), faults.optional("/three", three));
        assert_eq!(values, (None, None, None));
        let problem = faults.finish(None::<()>).unwrap_err();
        let named: Vec<_> = problem.faults.iter().map(|fault| (fault.pointer.as_str(), fault.code)).collect();
        assert_eq!(named, [("/one", FaultCode::WrongType), ("/two", FaultCode::Required)]);
    }
}
