//! Whether a text names a person, for what is not the person's own and may stay unless it does.

use std::fmt;

use crate::{
    account::Login,
    text::{fold, lower},
};

/// The digits by which a number of Việt Nam is known whatever stands before them (`0`, `84`, `+84`).
const SUBSCRIBER_DIGITS: usize = 9;

/// What a person is known by.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    full_name: String,
    login: Login,
}

// Nobody's name reaches a log.
impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Person(…)")
    }
}

impl Person {
    /// The person of that name, who signs in with that.
    pub fn new(full_name: String, login: Login) -> Self {
        Self { full_name, login }
    }

    /// Whether a text has the name, the phone number or the address. When in doubt it does: a name of two words and more is
    /// found without its marks too, a number however it is grouped. A name of one word, which may be any word of the language,
    /// only as it is written.
    pub fn is_named_in(&self, text: &str) -> bool {
        let words =
            |text: &str| format!(" {} ", text.split(|c: char| !c.is_alphanumeric()).collect::<Vec<_>>().join(" "));
        let one_word = self.full_name.split_whitespace().nth(1).is_none();
        let (name, said) = if one_word {
            (words(&self.full_name), words(text))
        } else {
            (words(&fold(&self.full_name)), words(&fold(text)))
        };
        if !name.trim().is_empty() && squeezed(&said).contains(&squeezed(&name)) {
            return true;
        }
        match &self.login {
            Login::Phone(number) => {
                let known = number.len().checked_sub(SUBSCRIBER_DIGITS).and_then(|from| number.get(from..));
                let digits: String = text.chars().filter(char::is_ascii_digit).collect();
                known.is_some_and(|known| digits.contains(known))
            }
            Login::Email(address) | Login::Name(address) => lower(text).contains(address.as_str()),
        }
    }
}

/// One space wherever there are several, and one at both ends.
fn squeezed(text: &str) -> String {
    format!(" {} ", text.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(name: &str, login: &str) -> Person {
        Person::new(name.to_owned(), Login::parse(login).unwrap())
    }

    #[test]
    fn a_person_is_found_however_they_are_written() {
        let thuy = person("Nguyễn Đặng Thuỳ-Trâm", "0912 345 678");
        for text in [
            "Kính gửi bà Nguyễn Đặng Thuỳ-Trâm,",
            "kinh gui ba NGUYEN DANG THUY TRAM.",
            "nguyễn  đặng\nthuỳ trâm",
            "Gọi 0912.345.678 để hẹn.",
            "+84 (912) 345-678",
        ] {
            assert!(thuy.is_named_in(text), "{text}");
        }
        for text in ["Kính gửi bà Nguyễn Thị Trâm, 0912 345 679.", "", "Đặng Thuỳ Trâm Anh"] {
            assert!(!thuy.is_named_in(text), "{text}");
        }
    }

    #[test]
    fn a_name_of_one_word_is_no_other_word() {
        let an = person("An", "an@example.vn");
        assert!(an.is_named_in("Chào An!"));
        assert!(an.is_named_in("gửi tới AN@example.vn"));
        assert!(!an.is_named_in("an toàn, công an, Ấn, ăn, Anh"));
    }
}
