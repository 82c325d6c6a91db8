//! The public code of a petition: what a citizen writes down.

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// `PAKN.YYYYMMDD.NNNNNN`: the local day of submission and a number. Unique; gaps are normal.
///
/// The shape is the national portal's (`PAKN.20200812.0012`), with room for a million petitions a day.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PetitionCode(String);

/// A text that is no petition code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a petition code")]
pub struct InvalidPetitionCode;

impl PetitionCode {
    /// The code of a petition submitted on that local day with that number in the order of all petitions.
    pub fn new(day: NaiveDate, number: u64) -> Self {
        Self(format!("PAKN.{}.{:06}", day.format("%Y%m%d"), number % 1_000_000))
    }

    /// The code as a person types it; letters may be small.
    ///
    /// # Errors
    /// [`InvalidPetitionCode`] when it has not the shape, or no such day exists.
    pub fn parse(text: &str) -> Result<Self, InvalidPetitionCode> {
        let code = text.to_ascii_uppercase();
        let mut parts = code.split('.');
        let (Some("PAKN"), Some(day), Some(number), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(InvalidPetitionCode);
        };
        let digits = |text: &str, count| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
        if digits(day, 8) && digits(number, 6) && NaiveDate::parse_from_str(day, "%Y%m%d").is_ok() {
            Ok(Self(code))
        } else {
            Err(InvalidPetitionCode)
        }
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for PetitionCode {
    type Error = InvalidPetitionCode;
    fn try_from(text: String) -> Result<Self, InvalidPetitionCode> {
        Self::parse(&text)
    }
}

impl From<PetitionCode> for String {
    fn from(code: PetitionCode) -> Self {
        code.0
    }
}

impl fmt::Display for PetitionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_carry_the_day_and_a_number() {
        let code = PetitionCode::new("2022-08-31".parse().unwrap(), 1_000_042);
        assert_eq!(code.as_str(), "PAKN.20220831.000042");
        assert_eq!(PetitionCode::parse("pakn.20220831.000042"), Ok(code));
        for text in ["", "PAKN.20221331.000001", "PAKN.20220831.42", "PAKN.20220831.000001.1", "X.20220831.000001"] {
            assert_eq!(PetitionCode::parse(text), Err(InvalidPetitionCode), "{text}");
        }
    }
}
