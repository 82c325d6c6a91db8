//! One-time codes: six digits that come by SMS or e-mail and show that an address is somebody's own.

use crate::vocabulary::vocabulary;

vocabulary! {
    /// What a code is good for; one that was asked for one thing opens no other.
    Purpose {
        /// That a phone number or an e-mail address is its account's.
        Verify = "verify",
        /// Another password for somebody who has lost theirs.
        Reset = "reset",
    }
}

/// How long a code is good for, in seconds (NIST SP 800-63B, 3.1.3.2: ten minutes at most).
pub const CODE_LIFE_SECS: u32 = 600;
/// How often a code may be tried. After that it is none, whoever tried: with the delay between two codes, guessing at one account all day
/// long is right once in some 6,600 days.
pub const CODE_TRIES: u32 = 5;
/// How many digits a code has.
pub const CODE_DIGITS: usize = 6;

/// A code as somebody typed it; it may be no code that was ever sent.
#[derive(Clone, PartialEq, Eq)]
pub struct TypedCode(String);

/// Not six digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a code has {CODE_DIGITS} digits")]
pub struct InvalidCode;

impl TypedCode {
    /// Six digits; spaces and hyphens between them are the keyboard's.
    ///
    /// # Errors
    /// [`InvalidCode`] for anything else.
    pub fn parse(raw: &str) -> Result<Self, InvalidCode> {
        let digits: String = raw.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
        let fits = digits.len() == CODE_DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
        if fits { Ok(Self(digits)) } else { Err(InvalidCode) }
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

// A code opens an account: it stays out of logs.
impl std::fmt::Debug for TypedCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TypedCode(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_six_digits_however_they_are_grouped() {
        for raw in ["012345", "012 345", " 012-345 "] {
            assert_eq!(TypedCode::parse(raw).unwrap().as_str(), "012345");
        }
        for raw in ["", "12345", "1234567", "12345a", "٠١٢٣٤٥", "012\u{0}345", "+12345"] {
            assert_eq!(TypedCode::parse(raw), Err(InvalidCode), "{raw}");
        }
        assert_eq!(format!("{:?}", TypedCode::parse("012345").unwrap()), "TypedCode(…)");
    }
}
