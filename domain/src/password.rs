//! What a new password must be: long enough, not the login, and not one that everybody tries first.

use std::{collections::HashSet, sync::LazyLock};

use unicode_normalization::UnicodeNormalization;

use crate::{account::Login, text::fold};

/// Why a new password was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordFault {
    /// Fewer characters than [`PASSWORD_MIN`] (OWASP ASVS 5, 6.2.1).
    #[error("has fewer than {PASSWORD_MIN} characters")]
    TooShort,
    /// More bytes than [`PASSWORD_MAX_BYTES`]: hashing is costly, and the cost must not be the caller's to choose.
    #[error("has more than {PASSWORD_MAX_BYTES} bytes")]
    TooLong,
    /// The login itself.
    #[error("is the login")]
    IsLogin,
    /// One of those that are tried first (OWASP ASVS 5, 6.2.4; NIST SP 800-63B, 3.1.1.2).
    #[error("is one of those that are tried first")]
    Common,
}

/// The fewest characters of a password.
pub const PASSWORD_MIN: usize = 8;
/// The most bytes of a password.
pub const PASSWORD_MAX_BYTES: usize = 256;

/// Where they come from: `domain/data/README.md`.
static COMMON: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("../data/common_passwords.txt").lines().collect());

/// The form in which a password is counted and hashed: NFC, since the same keys give composed letters on one device and
/// decomposed ones on another (NIST SP 800-63B asks for one form).
pub fn password_form(password: &str) -> String {
    password.nfc().collect()
}

/// Whether it is on the list, in whatever capitals; or would be without its marks and spaces, since `Anh yêu em` is the same guess.
fn is_common(password: &str) -> bool {
    let folded: String = fold(password).split_whitespace().collect();
    let alike = |first: char| password.chars().all(|letter| letter == first);
    COMMON.contains(password.to_lowercase().as_str())
        || COMMON.contains(folded.as_str())
        || password.chars().next().is_some_and(alike)
}

/// Checks a new password, against the login where that is known; its characters are free, white space included (ASVS 5, 6.2.5).
///
/// # Errors
/// The [`PasswordFault`] that was found.
pub fn check_password(password: &str, login: Option<&Login>) -> Result<(), PasswordFault> {
    let password = password_form(password);
    if password.len() > PASSWORD_MAX_BYTES {
        return Err(PasswordFault::TooLong);
    }
    if password.chars().count() < PASSWORD_MIN {
        return Err(PasswordFault::TooShort);
    }
    let is =
        |login: &Login| password.eq_ignore_ascii_case(login.as_str()) || Login::parse(&password).as_ref() == Ok(login);
    if login.is_some_and(is) {
        return Err(PasswordFault::IsLogin);
    }
    if is_common(&password) { Err(PasswordFault::Common) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_long_but_not_too_long() {
        let login = Login::parse("canbo.256").unwrap();
        assert_eq!(check_password("bảy chữ", Some(&login)), Err(PasswordFault::TooShort));
        assert_eq!(check_password("tám chữ!", Some(&login)), Ok(()));
        assert_eq!(check_password("CanBo.256", Some(&login)), Err(PasswordFault::IsLogin));
        let phone = Login::phone("0912345678").unwrap();
        assert_eq!(check_password("0912 345 678", Some(&phone)), Err(PasswordFault::IsLogin));
        assert_eq!(check_password(&"x".repeat(257), Some(&login)), Err(PasswordFault::TooLong));
    }

    #[test]
    fn what_everybody_tries_first_is_refused() {
        for common in [
            "password",
            "PassWord",
            "12345678",
            "iloveyou",
            "Anh yêu em",
            "mật khẩu 123",
            "BacNinh@123",
            "aaaaaaaaaaaa",
        ] {
            assert_eq!(check_password(common, None), Err(PasswordFault::Common), "{common}");
        }
        for own in ["đèn đường sáng", "mật khẩu của người dân", "correct horse battery staple", "bacninh của tôi"]
        {
            assert_eq!(check_password(own, None), Ok(()), "{own}");
        }
        // ASVS asks for the top 3,000 at least.
        assert!(COMMON.len() > 10_000, "{}", COMMON.len());
        let listed = |word: &&str| word.chars().count() >= PASSWORD_MIN && **word == word.to_lowercase();
        assert!(COMMON.iter().all(listed), "a word there could never be met");
    }
}
